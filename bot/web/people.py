"""People: everybody whom somebody may see, in a list that is searched without a word in a URL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web import phrases
from bot.web.gate import Gate, Visitor, chosen_number
from bot.web.pages import page
from bot.web.times import Times
from handlers.spelling import fold, words
from storage import roster, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_GONE: Final = ("discharged", "deceased")
NOW: Final = "now"
"""Everybody but those whose time here is over."""
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom the list is to show."""

    name: str = field(default="", repr=False)
    counselor: int | None = None
    status: str = NOW


@dataclass(frozen=True, slots=True)
class Line:
    """One person in the list."""

    person_id: int
    name: str = field(repr=False)
    counselor: str = field(repr=False)
    status: str
    heard: str
    due: str
    language: str
    alert: int | None
    level: str
    level_said: str
    waiting: bool
    asked: bool
    """Somebody else's, seen because of an alert."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The list and what it can be narrowed by."""

    lines: list[Line] = field(repr=False)
    total: int
    counselors: list[Row[Any]] = field(repr=False)


class PeoplePages:
    """The list, and its filter."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        return [self._gate.show("/people", self.show), self._gate.take("/people", self.show)]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The whole list, or what a posted form narrows it to."""
        del request
        wanted = _wanted(visitor)
        house, now = self._site.house, visitor.now
        await self._site.store.write(lambda tx: staff.looked(tx, visitor.id, None, "people", now))
        found = await self._site.store.read(
            lambda tx: read(tx, visitor.staff, now, wanted, house.clinic.zone)
        )
        return page(
            "people",
            visitor=visitor,
            here="people",
            listed=found,
            wanted=wanted,
            statuses={NOW: "everybody now", ALL: "past ones too", **phrases.STATUSES},
        )


def _wanted(visitor: Visitor) -> Wanted:
    status, counselor = visitor.field("status"), visitor.field("counselor")
    return Wanted(
        visitor.field("name", 80),
        chosen_number(counselor),
        status if status in (*phrases.STATUSES, ALL) else NOW,
    )


def read(tx: Connection, worker: Row[Any], now: datetime, wanted: Wanted, zone: str) -> Listed:
    """The list as somebody may see it, by name."""
    names = roster.names(tx)
    alarms = {row.person_id: row for row in roster.open_alerts(tx, worker, now)}
    due = roster.checkins_due(tx, worker, now)
    rows = roster.everybody(tx, worker, now)
    shown = [row for row in rows if _matches(row, wanted)]
    lines = [
        _line(row, names, alarms.get(row.id), due.get(row.id), Times(now, zone, row.zone))
        for row in sorted(shown, key=lambda row: (fold(row.name), row.id))
    ]
    theirs = {row.counselor_id for row in rows}
    counselors = [each for each in roster.counselors(tx) if each.id in theirs]
    return Listed(lines, len(rows), counselors)


def _matches(row: Row[Any], wanted: Wanted) -> bool:
    """Each word that is looked for begins a word of the name, accents aside."""
    if wanted.counselor is not None and row.counselor_id != wanted.counselor:
        return False
    if wanted.status == NOW and row.status in _GONE:
        return False
    if wanted.status not in (NOW, ALL) and row.status != wanted.status:
        return False
    parts = words(row.name)
    return all(any(part.startswith(word) for part in parts) for word in words(wanted.name))


def _line(
    row: Row[Any],
    names: Mapping[int, str],
    alert: Row[Any] | None,
    due: datetime | None,
    times: Times,
) -> Line:
    foreign = row.language != "en"
    return Line(
        person_id=row.id,
        name=row.name,
        counselor=names.get(row.counselor_id, ""),
        status=phrases.STATUSES.get(row.status, row.status),
        heard=times.ago(row.heard_at) if row.heard_at else "never",
        due=times.at(due) if due is not None and row.status == "active" else "–",
        language=phrases.LANGUAGES.get(row.language, row.language) if foreign else "",
        alert=alert.id if alert else None,
        level=alert.level if alert else "",
        level_said=phrases.LEVELS.get(alert.level, alert.level) if alert else "",
        waiting=row.waiting_since is not None,
        asked=not row.own,
    )

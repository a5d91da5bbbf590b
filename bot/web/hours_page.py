"""Hours of the week: of everybody in somebody's care, what they had of what is prescribed.

A list to read once a week, and never an alert: who is short comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from babel.dates import format_date
from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import ledger
from bot.web.gate import Gate, Visitor
from bot.web.pages import page
from handlers import hours, moments
from handlers.hours_week import said
from handlers.programme import Week
from handlers.spelling import fold
from storage import roster, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_WEEK: Final = timedelta(days=hours.DAYS)
_FAR: Final = 2 * 370
"""Days; a week farther away than that is not counted."""
_GONE: Final = ("discharged", "deceased")


@dataclass(frozen=True, slots=True)
class Line:
    """One person in the list."""

    person_id: int
    name: str = field(repr=False)
    counselor: str = field(repr=False)
    had: str
    """What they had of what is prescribed in the week that is over: "7.5 of 9"."""
    excused: str
    missing: str
    set_for: str
    """What they are set for in the week after it, of what is prescribed."""
    short: str
    unmarked: bool
    sort: tuple[Any, ...]


class HoursPages:
    """The list for those who see people."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its address, for counselors and supervisors."""
        return [self._gate.show("/hours", self.show)]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The last week that is over and the one that runs, or those of a chosen Monday."""
        clinic, now, store = self._site.house.clinic, visitor.now, self._site.store
        this = hours.monday(now.astimezone(clinic.tz).date())
        first = _chosen(request.query_params.get("week", ""), this) or this - _WEEK
        await store.write(lambda tx: staff.looked(tx, visitor.id, None, "hours", now))
        lines = await store.read(lambda tx: read(tx, visitor.staff, first, clinic.zone, now))
        return page(
            "hours",
            visitor=visitor,
            here="hours",
            lines=lines,
            of=_week_said(first),
            next=_week_said(first + _WEEK),
            runs=first + _WEEK == this,
            before=(first - _WEEK).isoformat(),
            after=(first + _WEEK).isoformat() if first + _WEEK < this else None,
            zone=clinic.zone,
            told=clinic.programme.week_line,
        )


def _chosen(given: str, this: date) -> date | None:
    day = moments.day(given)
    return hours.monday(day) if day is not None and abs((this - day).days) < _FAR else None


def _week_said(first: date) -> str:
    last = first + _WEEK - timedelta(days=1)
    style = "d" if last.month == first.month else "MMM d"
    start = format_date(first, "MMM d", locale="en_US")
    return f"{start} to {format_date(last, style, locale='en_US')}"


def read(tx: Connection, worker: Row[Any], first: date, zone: str, now: datetime) -> list[Line]:
    """Everybody of the caseload who has hours in that week or the next, who is short in front."""
    names = roster.names(tx)
    those = [
        row for row in roster.everybody(tx, worker, now) if row.own and row.status not in _GONE
    ]
    ids = [row.id for row in those]
    over = ledger.weeks(tx, ids, first, zone, now)
    runs = ledger.weeks(tx, ids, first + _WEEK, zone, now)
    found = [
        _line(row, names.get(row.counselor_id, ""), over.get(row.id), runs.get(row.id))
        for row in those
        if row.id in over or row.id in runs
    ]
    return sorted(found, key=lambda line: line.sort)


def _line(row: Row[Any], counselor: str, over: Week | None, runs: Week | None) -> Line:
    return Line(
        person_id=row.id,
        name=row.name,
        counselor=counselor,
        had=_of(over, over.attended) if over is not None else "",
        excused=said(over.excused) if over is not None and over.excused else "",
        missing=_short(over),
        set_for=_of(runs, runs.attended + runs.planned + runs.unmarked) if runs is not None else "",
        short=_short(runs),
        unmarked=bool((over and over.unmarked) or (runs and runs.unmarked)),
        sort=(-(over.short if over is not None else 0), fold(row.name), row.id),
    )


def _of(week: Week, minutes: int) -> str:
    return (
        said(minutes) if week.prescribed is None else f"{said(minutes)} of {said(week.prescribed)}"
    )


def _short(week: Week | None) -> str:
    return said(week.short) if week is not None and week.short else ""

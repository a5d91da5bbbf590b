"""The forms of a session and of a series: what was typed, what is wrong, what is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row

from bot.attendance import length
from bot.calendars import hand
from bot.calendars.occurrence import CalendarError
from bot.section import DAYS
from handlers import moments

ONE: Final = ("day", "at", "minutes", "place", "link", "leader", "capacity")
"""Of a session."""
NEW: Final = ("title", "kind", "first", "last", *ONE[1:])
"""Of what is added: once, or on days of the week."""
SERIES: Final = ("kind", "leader", "capacity", "closed")
_FIELD: Final = {"from": "first", "until": "last"}
"""What the command line calls otherwise."""
_MOST: Final = 500


@dataclass(slots=True)
class Form:
    """One filled-in form."""

    typed: dict[str, str] = field(repr=False)
    days: tuple[str, ...] = ()
    """Days of the week that are ticked."""
    errors: dict[str, str] = field(default_factory=dict, repr=False)
    """A sentence for each field that is wrong."""

    def session(self, zone: str, leaders: Mapping[str, str]) -> dict[str, Any] | None:
        """What a session becomes; None, and the errors."""
        at, minutes = self._time(), self._whole("minutes", hand.LONGEST)
        day = moments.day(self.typed["day"])
        if day is None:
            self.errors["day"] = "Choose the day."
        if minutes is None and "minutes" not in self.errors:
            self.errors["minutes"] = "How many minutes it lasts."
        found = {"link": self._link(), "capacity": self._whole("capacity", _MOST)}
        leader = self._leader(leaders)
        if self.errors or day is None or at is None or minutes is None:
            return None
        start = moments.local(day, at, zone)
        place = " ".join(self.typed["place"].split())[:255] or None
        end = start + timedelta(minutes=minutes)
        return {"starts_at": start, "ends_at": end, "place": place, "staff_id": leader, **found}

    def new(self, leaders: Mapping[str, str]) -> tuple[hand.Series, int | None] | None:
        """What is added, and who leads it; None, and the errors."""
        leader = self._leader(leaders)
        names = ("title", "kind", "at", "minutes", "place", "link", "capacity")
        given: dict[str, Any] = {name: self.typed[name] for name in names}
        given |= {"from": self.typed["first"], "days": self.days}
        # Without days of the week it is held once.
        given["until"] = self.typed["last"] if self.days else self.typed["first"]
        try:
            found = hand.checked(given)
        except CalendarError as error:
            name, _, problem = str(error).partition(" ")
            name = _FIELD.get(name, name)
            self.errors[name] = f"{_LABELS.get(name, name)}: it {problem}."
            return None
        return None if self.errors else (found, leader)

    def series(self, leaders: Mapping[str, str]) -> dict[str, Any] | None:
        """What staff set for a series; without a number its calendar says it. None: see errors."""
        found = {
            "kind": self.typed["kind"] or None,
            "capacity": self._whole("capacity", _MOST) or 0,
            "leads": self._leader(leaders),
            "closed": bool(self.typed["closed"]),
        }
        return None if self.errors else found

    def _time(self) -> time | None:
        at = moments.hour(self.typed["at"])
        if at is None:
            self.errors["at"] = "A time like 18:00."
        return at

    def _whole(self, name: str, most: int) -> int | None:
        """A number; None where nothing is typed."""
        said = self.typed[name].strip()
        if not said:
            return None
        if not re.fullmatch("[0-9]{1,4}", said) or not 1 <= int(said) <= most:
            self.errors[name] = f"A whole number from 1 to {most}."
            return None
        return int(said)

    def _link(self) -> str | None:
        text = self.typed["link"].strip()
        if text and not re.fullmatch(r"https://[^\s<>\"]{3,490}", text):
            self.errors["link"] = "An address that begins with https://, or nothing."
            return None
        return text or None

    def _leader(self, leaders: Mapping[str, str]) -> int | None:
        if not self.typed["leader"]:
            return None
        if self.typed["leader"] not in leaders:
            self.errors["leader"] = "Choose somebody of the staff, or nobody."
            return None
        return int(self.typed["leader"])


_LABELS: Final = {
    "title": "Name",
    "kind": "Kind",
    "days": "Days",
    "at": "Begins",
    "minutes": "Minutes",
    "first": "First day",
    "last": "Last day",
    "link": "Link",
    "capacity": "Places",
}


def typed_from(row: Row[Any], zone: str) -> dict[str, str]:
    """A stored session as its form shows it."""
    start: datetime = row.starts_at.astimezone(ZoneInfo(zone))
    return {
        "day": start.date().isoformat(),
        "at": f"{start:%H:%M}",
        "minutes": str(length(row)),
        "place": row.place or "",
        "link": row.link or "",
        "leader": str(row.staff_id or ""),
        "capacity": str(row.capacity or ""),
    }


def typed_new(today: date) -> dict[str, str]:
    """An empty form for what is added."""
    return {**dict.fromkeys(NEW, ""), "kind": "group", "first": today.isoformat()}


def week_days(given: list[Any]) -> tuple[str, ...]:
    """The days of the week among what was ticked."""
    return tuple(day for day in DAYS if day in given)

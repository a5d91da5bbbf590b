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
from bot.calendars import changing, hand
from bot.calendars.occurrence import CalendarError
from bot.section import DAYS
from bot.web.times import day_said
from handlers import moments
from handlers.programme import KINDS

ONE: Final = ("day", "at", "minutes", "place", "link", "leader", "capacity")
"""Of a session."""
NEW: Final = ("title", "kind", "first", "last", *ONE[1:])
"""Of what is added: once, or on days of the week."""
SERIES: Final = ("kind", "leader", "capacity", "closed")
REGULAR: Final = ("title", "at", "minutes", "place", "link")
"""Of what comes again and is entered here."""
_COUNTED: Final = {"minutes": "Minutes", "capacity": "Places"}
_MOST: Final = 500
_A_WEEK: Final = timedelta(days=8)


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
        at, minutes = self._time(), self._length()
        day = moments.day(self.typed["day"])
        if day is None:
            self.errors["day"] = "Choose the day."
        found = {"link": self._link(), "capacity": self._whole("capacity", _MOST)}
        leader = self._leader(leaders)
        if self.errors or day is None or at is None or minutes is None:
            return None
        start = moments.local(day, at, zone)
        place = " ".join(self.typed["place"].split())[:255] or None
        end = start + timedelta(minutes=minutes)
        return {"starts_at": start, "ends_at": end, "place": place, "staff_id": leader, **found}

    def new(
        self, leaders: Mapping[str, str], today: date, zone: str
    ) -> tuple[hand.Series, int | None] | None:
        """What is added, and who leads it; None, and the errors."""
        leader, at, link = self._leader(leaders), self._time(), self._link()
        minutes, capacity = self._length(), self._whole("capacity", _MOST)
        first, last = moments.day(self.typed["first"]), self._last()
        title = " ".join(self.typed["title"].split())
        if not title:
            self.errors["title"] = "Give it a name."
        if self.typed["kind"] not in KINDS:
            self.errors["kind"] = "Choose what it is."
        if first is None:
            self.errors["first"] = "Choose the day."
        elif last is not None and last < first:
            self.errors["last"] = "That is before the first day."
        if self.errors or at is None or minutes is None or first is None:
            return None
        place = " ".join(self.typed["place"].split())[:255] or None
        given = hand.Series(
            title[:255],
            self.typed["kind"],
            self.days or (DAYS[first.weekday()],),
            at,
            minutes,
            first,
            # Without days of the week it is held once.
            last if self.days else first,
            place,
            link,
            capacity,
        )
        self._held(given, today, zone)
        return None if self.errors else (given, leader)

    def regular(self, row: Row[Any], today: date, zone: str) -> hand.Series | None:
        """What a stored series becomes from now on; its first and last day stay."""
        typed = {
            "kind": row.kind,
            "leader": "",
            "first": row.rule["from"],
            "last": row.rule["until"] or "",
            "capacity": str(row.capacity or ""),
        }
        whole = Form({**typed, **self.typed}, self.days)
        if not self.days:
            whole.errors["days"] = "Choose at least one day of the week."
        found = whole.new({}, today, zone)
        self.errors = whole.errors
        return None if found is None else found[0]

    def _last(self) -> date | None:
        last = moments.day(self.typed["last"])
        if last is not None and not self.days and self.typed["last"] != self.typed["first"]:
            self.errors["days"] = "Choose the days of the week, or leave the last day empty."
        return last

    def _held(self, given: hand.Series, today: date, zone: str) -> None:
        """Whether there is a day on which it is held, and not all of them long ago."""
        earliest = today - changing.BACK
        if (given.until_on or today) < earliest:
            self.errors["first" if not self.days else "last"] = (
                f"That is over: nothing before {day_said(earliest)} is entered."
            )
        elif not any(
            hand.occurrences(given.rule(), zone, earliest, max(given.from_on, today) + _A_WEEK)
        ):
            self.errors["days"] = "None of these days is between the first and the last day."

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
        try:
            return hand.read_time(self.typed["at"], "at")
        except CalendarError:
            self.errors["at"] = "When it begins, like 18:00 or 6:30 pm."
            return None

    def _length(self) -> int | None:
        minutes = self._whole("minutes", hand.LONGEST)
        if minutes is None and "minutes" not in self.errors:
            self.errors["minutes"] = "How many minutes it lasts."
        return minutes

    def _whole(self, name: str, most: int) -> int | None:
        """A number; None where nothing is typed."""
        said = self.typed[name].strip()
        if not said:
            return None
        if not re.fullmatch("[0-9]{1,4}", said) or not 1 <= int(said) <= most:
            self.errors[name] = f"{_COUNTED[name]}: a whole number from 1 to {most}."
            return None
        return int(said)

    def _link(self) -> str | None:
        text = self.typed["link"].strip()
        if text and not re.fullmatch(r"https://[^\s<>\"]{3,490}", text):
            self.errors["link"] = "Link: an address that begins with https://, or nothing."
            return None
        return text or None

    def _leader(self, leaders: Mapping[str, str]) -> int | None:
        if not self.typed["leader"]:
            return None
        if self.typed["leader"] not in leaders:
            self.errors["leader"] = "Choose somebody of the staff, or nobody."
            return None
        return int(self.typed["leader"])


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


def typed_new(today: date, leader: str) -> dict[str, str]:
    """An empty form for what is added."""
    usual = {"kind": "group", "first": today.isoformat(), "leader": leader}
    return {**dict.fromkeys(NEW, ""), **usual}


def typed_regular(row: Row[Any]) -> dict[str, str]:
    """A stored series that is entered here, as its form shows it."""
    return {
        "title": row.title,
        "at": str(row.rule["at"]),
        "minutes": str(row.rule["minutes"]),
        "place": row.place or "",
        "link": row.link or "",
    }


def week_days(given: list[Any]) -> tuple[str, ...]:
    """The days of the week among what was ticked."""
    return tuple(day for day in DAYS if day in given)

"""What is entered here by hand: a rule for a series (days, hour, length), and the times it means.

A local time that a clock change skips is held as much later as the clock jumped; the length is of
the clock on the wall's, as people mean it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Row

from bot.calendars.occurrence import Occurrence, refuse
from bot.section import DAYS
from handlers import moments
from handlers.programme import KINDS

CALENDAR: Final = "By hand"
LONGEST: Final = 12 * 60
WRONG: Final = "wrong"
"""The code of what staff typed that can't be."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Series:
    """What is entered: once where the first day is the last."""

    title: str = field(repr=False)
    kind: str
    days: tuple[str, ...]
    at: time
    minutes: int
    from_on: date
    until_on: date | None = None
    place: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)
    capacity: int | None = None

    def rule(self) -> dict[str, Any]:
        """When it is held, as JSON."""
        return {
            "days": list(self.days),
            "at": self.at.isoformat("minutes"),
            "minutes": self.minutes,
            "from": self.from_on.isoformat(),
            "until": self.until_on.isoformat() if self.until_on else None,
        }


def checked(given: Mapping[str, Any]) -> Series:
    """What staff typed, as a series; raises CalendarError in words that name the field.

    Takes title, kind, days ("mon,wed" or a list; none: the day of `from`), at, minutes, from,
    until, place, link, capacity.
    """
    title = " ".join(str(given.get("title") or "").split())
    if not title:
        refuse(WRONG, "title is missing")
    kind = str(given.get("kind") or "").strip().lower().replace("-", "_").replace(" ", "_")
    if kind not in KINDS:
        refuse(WRONG, f"kind is one of {', '.join(KINDS)}")
    from_on = _day(given, "from")
    if from_on is None:
        refuse(WRONG, "from is missing: the first day, like 2026-11-23")
    until_on = _day(given, "until")
    if until_on is not None and until_on < from_on:
        refuse(WRONG, "until is before the first day")
    return Series(
        title[:255],
        kind,
        _days(given.get("days")) or (DAYS[from_on.weekday()],),
        read_time(given.get("at"), "at"),
        _whole(given, "minutes", LONGEST),
        from_on,
        until_on,
        _short(given.get("place")),
        read_link(given.get("link")),
        _whole(given, "capacity", 500) if given.get("capacity") else None,
    )


def occurrences(
    rule: Mapping[str, Any], zone: str, since: date, until: date
) -> Iterator[tuple[str, datetime, datetime]]:
    """The times of a rule from a day until before another: key (the day), start, end; in UTC."""
    first = max(since, date.fromisoformat(rule["from"]))
    last = date.fromisoformat(rule["until"]) if rule["until"] else until
    at, length = time.fromisoformat(rule["at"]), timedelta(minutes=rule["minutes"])
    day = first
    while day < until and day <= last:
        if DAYS[day.weekday()] in rule["days"]:
            start = moments.local(day, at, zone)
            ends = datetime.combine(day, at) + length
            end = moments.local(ends.date(), ends.time(), zone)
            yield day.isoformat(), start, max(end, start + timedelta(minutes=1))
        day += _DAY


def times(series: Row[Any], zone: str, since: date, until: date) -> list[Occurrence]:
    """The same as what is held, of a stored series."""
    return [
        Occurrence(
            series.key,
            which,
            start,
            end,
            zone,
            series.title,
            series.kind,
            place=series.place,
            link=series.link,
            capacity=series.capacity,
        )
        for which, start, end in occurrences(series.rule, zone, since, until)
    ]


def _day(given: Mapping[str, Any], name: str) -> date | None:
    value = given.get(name)
    if value is None or isinstance(value, date) or not str(value).strip():
        return value if isinstance(value, date) else None
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        refuse(WRONG, f"{name} is a day like 2026-11-23")


def _days(value: object) -> tuple[str, ...]:
    words = value if isinstance(value, list | tuple) else re.split(r"[\s,;]+", str(value or ""))
    named = [str(word).strip().lower()[:3] for word in words if str(word).strip()]
    for name in named:
        if name not in DAYS:
            refuse(WRONG, f"days are some of {', '.join(DAYS)}")
    return tuple(day for day in DAYS if day in named)


def read_time(value: object, name: str) -> time:
    """A time of day like 18:00 or 6:30 pm; raises CalendarError."""
    found = re.fullmatch(
        r"(\d{1,2})(?::(\d\d))?\s*([ap])?\.?m?\.?", str(value or "").strip().lower()
    )
    if found is None:
        refuse(WRONG, f"{name} is a time like 18:00 or 6:30 pm")
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "p" else 0) if 1 <= hour <= 12 else 99  # noqa: PLR2004
    elif found[2] is None:
        refuse(WRONG, f"{name} is a time like 18:00 or 6:30 pm")
    try:
        return time(hour, minute)
    except ValueError:
        refuse(WRONG, f"{name} is a time like 18:00 or 6:30 pm")


def _whole(given: Mapping[str, Any], name: str, most: int) -> int:
    try:
        number = int(str(given.get(name) or ""))
    except ValueError:
        number = 0
    if not 1 <= number <= most:
        refuse(WRONG, f"{name} is a whole number from 1 to {most}")
    return number


def _short(value: object) -> str | None:
    return " ".join(str(value or "").split())[:255] or None


def read_link(value: object) -> str | None:
    """An address to join from afar; raises CalendarError."""
    text = str(value or "").strip()
    if text and not re.fullmatch(r"https://[^\s<>\"]{3,490}", text):
        refuse(WRONG, "link begins with https:// and is an address")
    return text or None

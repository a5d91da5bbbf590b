"""Days that are marked, days that are known as harder (`chips.toml`), and dates in words."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any, Final

from babel.dates import format_date

from content.wording import Language, entries

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK: Final = timedelta(days=7)
_PATTERNS: Final[dict[Language, str]] = {"en": "MMMM d, y", "es": "d 'de' MMMM 'de' y"}


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day of the year that many find harder: a date, or the nth weekday of a month."""

    name: str
    kind: str
    month: int
    day: int = 0
    weekday: str = ""
    nth: int = 0
    shift: int = 0

    def on(self, year: int) -> date:
        """The day that it is in a year."""
        return self._unmoved(year) + timedelta(days=self.shift)

    def _unmoved(self, year: int) -> date:
        if not self.weekday:
            return date(year, self.month, self.day)
        wanted = WEEKDAYS.index(self.weekday)
        if self.nth > 0:
            first = date(year, self.month, 1)
            ahead = (wanted - first.weekday()) % 7
            return first + timedelta(days=ahead) + (self.nth - 1) * _WEEK
        last = date(year + self.month // 12, self.month % 12 + 1, 1) - timedelta(days=1)
        back = (last.weekday() - wanted) % 7
        return last - timedelta(days=back) + (self.nth + 1) * _WEEK


@cache
def holidays() -> tuple[Holiday, ...]:
    """Every one, in the order of the file."""
    return tuple(Holiday(**each) for each in _data()["holiday"])


def is_holiday(day: date) -> bool:
    """Whether it is one of them, in its own year."""
    return any(each.on(day.year) == day for each in holidays())


def begins_weekend(day: date) -> bool:
    """Whether a weekend begins with it."""
    begins: str = _data()["weekend"]["day"]
    return WEEKDAYS[day.weekday()] == begins


def is_milestone(count: int, *, this_year: bool = False) -> bool:
    """Whether so many days are marked; `this_year`: in a count that is about this year only."""
    marks = _data()["milestones"]
    days: list[int] = marks["year" if this_year else "days"]
    again: int = 0 if this_year else marks["every"]
    return count in days or (again > 0 and count > days[-1] and count % again == 0)


def in_words(day: date, language: Language) -> str:
    """A date as people write it: "March 4, 2026"."""
    return str(format_date(day, _PATTERNS[language], locale=language))


def short(day: date, language: Language) -> str:
    """The same without its year: "Mar 4"."""
    return str(format_date(day, "MMM d" if language == "en" else "d MMM", locale=language))


def weekday(day: date, language: Language) -> str:
    """The name of its day of the week."""
    return entries(language)[f"rota.{WEEKDAYS[day.weekday()]}"].text


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files("content").joinpath("chips.toml").read_text("utf-8"))

"""A day that is behind somebody, as people say it: "March 4", "3/4/25", "hace 40 días"."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from handlers.answers import Scale
from handlers.choices import OrTyped
from handlers.said import UNREAD, Said, Unread
from handlers.spelling import fold, words

_MONTHS: Final = (
    ("january", "jan", "enero", "ene"),
    ("february", "feb", "febrero"),
    ("march", "mar", "marzo"),
    ("april", "apr", "abril", "abr"),
    ("may", "mayo"),
    ("june", "jun", "junio"),
    ("july", "jul", "julio"),
    ("august", "aug", "agosto", "ago"),
    ("september", "sep", "sept", "septiembre", "setiembre"),
    ("october", "oct", "octubre"),
    ("november", "nov", "noviembre"),
    ("december", "dec", "diciembre", "dic"),
)
_MONTH: Final = {name: n for n, names in enumerate(_MONTHS, start=1) for name in names}
_ISO: Final = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_SLASHED: Final = re.compile(r"(?<!\d)(\d{1,2})[/.\-](\d{1,2})(?:[/.\-](\d{4}|\d{2}))?(?!\d)")
_AGO: Final = re.compile(r"\b(\d{1,5})\s*(?:full\s+)?(?:days?|dias?)\b")
_LONG_AGO: Final = re.compile(
    r"\b(?:(\d{1,3})|an?|una?)\s*"
    r"(?:(weeks?|semanas?)|(months?|mes|meses)|(years?|anos?))\b(?! (?:and|y)\b)"
)
_HALF_A_YEAR: Final = re.compile(r"\b(?:half a year|medio ano)\b")
_NEAR: Final = {"today": 0, "hoy": 0, "yesterday": 1, "ayer": 1, "anteayer": 2, "antier": 2}
_CENTURY: Final = 2000
_SHORT: Final = 100
_FAREST: Final = 36_500


@dataclass(frozen=True, slots=True)
class Told:
    """A day as it was told: so many days or months ago, or two numbers and perhaps a year."""

    ago: int | None = None
    first: int = 0
    second: int = 0
    year: int | None = None
    named: bool = False
    """The first is surely the month."""
    months: int = 0
    """So many months ago, if any."""

    def on(self, today: date, *, day_first: bool) -> date | None:
        """The day that is meant, the latest that fits; None for one that is none, or to come."""
        if self.ago is not None:
            return today - timedelta(days=self.ago) if self.ago <= _FAREST else None
        if self.months:
            return _months_before(today, self.months)
        month, day = self.first, self.second
        if day_first and not self.named:
            month, day = day, month
        found = self._dated(today, month, day)
        return found if found or self.named else self._dated(today, day, month)

    def _dated(self, today: date, month: int, day: int) -> date | None:
        # Of a day without a year the last one; February 29 may be some years back.
        years = [self.year] if self.year is not None else range(today.year, today.year - 8, -1)
        for year in years:
            try:
                found = date(year, month, day)
            except ValueError:
                continue
            if found <= today and (today - found).days <= _FAREST:
                return found
        return None


@dataclass(frozen=True, slots=True)
class Month:
    """A month, 1 to 12, by its number or its name."""

    scale: Scale = field(default_factory=lambda: Scale(1, 12))

    @property
    def keys(self) -> tuple[str, ...]:
        """Those of the numbers."""
        return self.scale.keys

    def read(self, said: Said) -> int | Literal[Unread.UNREAD]:
        """The number, or that of the one month that is named."""
        number = self.scale.read(said)
        if number is not UNREAD or said.choice is not None:
            return number
        named = {_MONTH[word] for word in words(said.text) if word in _MONTH}
        return named.pop() if len(named) == 1 else UNREAD


@dataclass(frozen=True, slots=True)
class PastDay(OrTyped[Told]):
    """A day that is behind them, or a choice beside it."""

    def worded(self, said: Said) -> Told | Literal[Unread.UNREAD]:
        """The day as it was told."""
        text = fold(said.text)
        return _numbered(text) or _worded(words(said.text)) or UNREAD


def _numbered(text: str) -> Told | None:
    if found := _ISO.search(text):
        return Told(None, int(found[2]), int(found[3]), int(found[1]), named=True)
    if found := _SLASHED.search(text):
        year = int(found[3]) if found[3] else None
        if year is not None and year < _SHORT:
            year += _CENTURY
        return Told(None, int(found[1]), int(found[2]), year)
    if found := _AGO.search(text):
        return Told(int(found[1]))
    if found := _LONG_AGO.search(text):
        many = int(found[1] or 1)
        return Told(7 * many) if found[2] else Told(months=many * (1 if found[3] else 12))
    return Told(months=6) if _HALF_A_YEAR.search(text) else None


def _months_before(today: date, months: int) -> date | None:
    """The same day of an earlier month, or the last one that it has."""
    number = today.year * 12 + today.month - 1 - months
    year, month = divmod(number, 12)
    if year < _CENTURY - _SHORT:
        return None
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _worded(spoken: list[str]) -> Told | None:
    for word in spoken:
        if word in _NEAR:
            return Told(_NEAR[word])
    months = [_MONTH[word] for word in spoken if word in _MONTH]
    numbers = [
        int(n) for n in (re.sub(r"(?:st|nd|rd|th|ro)$", "", w) for w in spoken) if n.isdecimal()
    ]
    if len(months) != 1 or not numbers:
        return None
    years = [n for n in numbers if n >= _SHORT]
    days = [n for n in numbers if n < _SHORT]
    if len(years) > 1 or len(days) > 1:
        return None
    # "March 2025" is from its first day on.
    return Told(None, months[0], days[0] if days else 1, years[0] if years else None, named=True)

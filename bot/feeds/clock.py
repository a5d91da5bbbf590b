"""Days and hours as lists write them: a day is 0 for Sunday, an hour is minutes after midnight."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from functools import cache, lru_cache
from typing import Any, Final

from babel.dates import get_day_names

DAY: Final = 24 * 60
_HOUR, _NOON = 60, 12
USUAL: Final = 60
"""How long a meeting is taken to last where its list does not say, in minutes."""
_LONGEST: Final = 6 * 60
"""What ends later than this is a slip of the pen (07:15 for 19:15)."""
_WEEK: Final = tuple(range(7))
_NUMBER: Final = 9
"""Digits; with more it is no day."""

_TIME = re.compile(
    r"(?<!\d)(\d{1,2})(?:[:.h](\d{2})|(\d{2})(?:(?<=\d{4})\d{2})?)?(?::\d{2}(?:\.\d+)?)?(?!\d)\s*([ap])?\.?(?:m\b\.?)?",
    re.IGNORECASE,
)
_SPAN: Final = re.compile(r"(\w+)\s*(?:-|–|to|through|thru)\s*(\w+)")
_WORDS: Final = {"noon": 720, "midday": 720, "mediodía": 720, "midnight": 0, "medianoche": 0}
_DATES: Final = (
    "%m/%d/%Y", "%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M", "%m/%d/%y", "%Y/%m/%d",
)  # fmt: skip


def minute(value: Any) -> int | None:
    """`"20:00"`, `"8:00 PM"`, `"1930"`, `1930`, `"noon"`: minutes after midnight, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return _minute(text)


@lru_cache(maxsize=2048)
def _minute(said: str) -> int | None:
    text = " ".join(said.split()).casefold()
    if text in _WORDS:
        return _WORDS[text]
    # A date with an hour: the hour.
    text = re.sub(r"^\d{4}-\d{2}-\d{2}[t ]", "", text)
    found = _TIME.match(f"0{text}" if re.match(r"\d{3}(?!\d)", text) else text)
    if found is None or (found[2] is None and found[3] is None and found[4] is None):
        return None
    hour, minutes = int(found[1]), int(found[2] or found[3] or 0)
    if found[4] is not None and 1 <= hour <= _NOON:
        hour = hour % _NOON + (_NOON if found[4].casefold() == "p" else 0)
    if minutes >= _HOUR or hour * _HOUR + minutes > DAY:
        return None
    return (hour * _HOUR + minutes) % DAY


def length(start: int, end: int | None) -> int:
    """Minutes from the one to the other, over midnight too; the usual where that can't be meant."""
    if end is None:
        return USUAL
    minutes = (end - start) % DAY
    return minutes if 0 < minutes <= _LONGEST else USUAL


def lasting(value: Any) -> int:
    """`"01:30:00"` in minutes, up to a whole day; the usual for nothing."""
    found = re.match(r"\s*(\d{1,2}):(\d{2})", str(value or ""))
    minutes = int(found[1]) * 60 + int(found[2]) if found else 0
    return minutes if 0 < minutes <= DAY else USUAL


@cache
def _names() -> dict[str, int]:
    """Names of the days in the languages that lists are written in."""
    found: dict[str, int] = {}
    for locale in ("th", "ja", "sk", "sv", "pt", "nl", "de", "fr", "es", "en"):
        for width in ("abbreviated", "wide"):
            for number, name in get_day_names(width, locale=locale).items():
                found[name.casefold().rstrip(".")] = (number + 1) % 7
    return found | {"tues": 2, "wednes": 3, "thur": 4, "thurs": 4, "miercoles": 3, "sabado": 6}


def days(value: Any, base: int = 0) -> tuple[int, ...] | None:
    """Days of the week, in order; empty where there is none said, None where it is no day.

    `base` is what Sunday is called: 0, 1, or 7 for those who begin with Monday as 1.
    """
    if value is None or value == "":
        return ()
    if isinstance(value, Iterable) and not isinstance(value, str | dict):
        # A list within a list is no day: it may be as deep as somebody likes.
        each = [None if isinstance(one, list) else days(one, base) for one in value]
        if any(one is None for one in each):
            return None
        return tuple(sorted({day for one in each if one for day in one}))
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return _said(text.strip().casefold(), base)


@lru_cache(maxsize=1024)
def _said(text: str, base: int) -> tuple[int, ...] | None:
    if text.isascii() and text.isdigit():
        number = int(text) if len(text) <= _NUMBER else -1
        low = min(base, 1)
        return ((number - base) % 7,) if low <= number < low + 7 else None
    if text in {"daily", "every day", "everyday", "all"}:
        return _WEEK
    span = _SPAN.fullmatch("monday-friday" if text == "weekdays" else text)
    if span and span[1] in _names() and span[2] in _names():
        first, last = _names()[span[1]], _names()[span[2]]
        return tuple(sorted((first + day) % 7 for day in range((last - first) % 7 + 1)))
    words = [word.strip(" .[]'\"") for word in re.split(r"[,;/&+]|\band\b|\by\b", text)]
    found: set[int] = set()
    for word in filter(None, words):
        if word.isascii() and word.isdigit():
            one = _said(word, base)
            if not one:
                return None
            found |= set(one)
            continue
        day = _names().get(word, _names().get(word.removesuffix("s")))
        if day is None:
            return None
        found.add(day)
    return tuple(sorted(found))


def edited(value: Any) -> datetime | None:
    """When a row says that it was changed, in the ways that lists write it; UTC."""
    return _edited(value) if isinstance(value, str) and value else None


@lru_cache(maxsize=2048)
def _edited(value: str) -> datetime | None:
    text = " ".join(value.split())
    found = instant(text)
    for shape in () if found or not text else _DATES:
        try:
            return datetime.strptime(text, shape).replace(tzinfo=UTC)
        except ValueError:
            continue
    return found


def instant(value: Any) -> datetime | None:
    """A moment in ISO form, UTC; without an offset it is UTC already.

    None for the first and the last year that there is: in some zones these are another.
    """
    try:
        moment = datetime.fromisoformat(str(value).strip())
        if moment.year in {MINYEAR, MAXYEAR}:
            return None
        return (moment.replace(tzinfo=moment.tzinfo or UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None

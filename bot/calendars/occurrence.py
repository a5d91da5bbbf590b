"""A single time of something, as a calendar or a table has it, and what makes one unreadable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NoReturn

Json = Mapping[str, Any]

TITLE: Final = 255
PLACE: Final = 255
LINK: Final = 500
NAME: Final = 120
MOST_PLACES: Final = 500


class CalendarError(Exception):
    """A calendar is not taken: a code that is stored, and words for staff (no content of it)."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(words)
        self.code = code


def refuse(code: str, words: str) -> NoReturn:
    """Raise CalendarError."""
    raise CalendarError(code, words) from None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that something is held, or a day that is marked."""

    series: str
    """The calendar's own name of what comes again (UID)."""
    key: str
    """Which of its times: the start as first planned, in UTC, the day, or `once`."""
    start: datetime
    end: datetime
    zone: str
    title: str = field(repr=False)
    kind: str
    all_day: bool = False
    place: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)
    facilitator: str | None = field(default=None, repr=False)
    capacity: int | None = None
    cancelled: bool = False


@dataclass(slots=True)
class Read:
    """What a file came to: its times in order, and how many entries were left out and why."""

    occurrences: list[Occurrence]
    dropped: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What whoever brings it should look at, in words without its content."""


def digest(values: Json) -> str:
    """Of what a session is: the same again is left alone."""
    plain = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()

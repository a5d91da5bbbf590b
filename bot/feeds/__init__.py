"""Meeting lists from outside, in the shapes that they are published in, made into `Listing`s.

Every row of a list becomes listings or one `Dropped` with its reason: none is lost in silence.
What a row says of persons (contacts, their mail and phones) is left behind here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

Kind = Literal["meeting_guide", "bmlt", "list"]
"""Meeting Guide JSON (AA and many others), BMLT JSON (NA), or a list of the clinic's own."""


class FeedError(Exception):
    """A file or an answer is no meeting list that we read. Its message is for staff."""

    def __init__(self, code: str, message: str) -> None:
        """Hold a short code, which the store keeps, and the words."""
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a list does not say itself, and staff did."""

    fellowship: str | None = None
    zone: str | None = None


class Listing(NamedTuple):
    """One meeting on one weekday, as the table `meeting` has it (storage/models.py)."""

    key: str
    fellowship: str | None
    name: str
    group_name: str | None
    day: int
    minute: int
    minutes: int
    zone: str
    weekly: bool
    attendance: str
    location: str | None
    address: str | None
    city: str | None
    state: str | None
    postal: str | None
    lat: float | None
    lng: float | None
    join_url: str | None
    join_phone: str | None
    join_note: str | None
    kinds: tuple[str, ...]
    labels: tuple[str, ...]
    notes: str | None
    url: str | None
    updated_at: datetime | None

    @property
    def telling(self) -> tuple[Any, ...]:
        """All but when it was edited: what makes another of it for who goes there."""
        return self[:-1]


@dataclass(frozen=True, slots=True)
class Dropped:
    """A row that is not stored: why, as a code ("no_time", "no_day", "repeated", …)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list as read: what it came to."""

    listings: tuple[Listing, ...] = ()
    dropped: Dropped | None = None

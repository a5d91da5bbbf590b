"""What reading a row needs to know of its list, and what is found out of a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.feeds import Dropped, Listing

Raw = Mapping[str, Any]
"""A row as the file has it."""
Result = tuple[Listing, ...] | Dropped


@dataclass(frozen=True, slots=True)
class Format:
    """A format of a BMLT server."""

    world: str
    """What it is world-wide; empty for one of the server's own."""
    name: str
    """In English, where it has an English name; else empty."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The formats of a BMLT server, by number and by key."""

    by_id: Mapping[str, Format] = field(default_factory=dict)
    by_key: Mapping[str, Format] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class About:
    """What is known beside a row."""

    fellowship: str | None = None
    zone: str | None = None
    """As staff said."""
    usual: str | None = None
    """That of most of the list's meetings that one can go to."""
    vocabulary: Vocabulary | None = None


class Begins(NamedTuple):
    """When it meets: days (0 is Sunday), minute of the day, how many minutes."""

    days: tuple[int, ...]
    minute: int
    minutes: int


class Gone(NamedTuple):
    """Where one goes to; nothing where one can't."""

    location: str | None = None
    address: str | None = None
    city: str | None = None
    state: str | None = None
    postal: str | None = None
    lat: float | None = None
    lng: float | None = None


class Joined(NamedTuple):
    """By what one joins; nothing where one can't."""

    url: str | None = None
    phone: str | None = None
    note: str | None = None


class Named(NamedTuple):
    """What it is called and said to be."""

    name: str
    group: str | None = None
    weekly: bool = True
    kinds: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    notes: str | None = None


NOWHERE = Gone()
NO_WAY = Joined()

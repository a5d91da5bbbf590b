"""A list as it was read, brought into the store: the new and the changed written, the gone deleted.

All of it is read before anything is written, so that a list that ends in the middle, or has lost
half of its rows, leaves the last good copy as it is. What is to be written waits in a file.
"""

from __future__ import annotations

import json
import tempfile
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any, Final

from sqlalchemy import Row as SqlRow

from bot.feeds import Listing, Row
from bot.feeds.hands import Hands
from bot.feeds.problems import problem
from bot.feeds.rows import AT, digest, key, row
from storage import feeds

_LOOKED_UP: Final = 500
_LEAST: Final = 0.6
"""A copy with fewer of the rows than this is not believed."""

_WHAT: Final = {
    "day": "time", "minute": "time", "zone": "time", "attendance": "attendance",
    "location": "place", "address": "place", "lat": "place", "lng": "place",
    "join_url": "link", "join_phone": "link",
}  # fmt: skip

Told = Callable[[int], None]
"""Hears how many rows were dealt with."""


@dataclass(slots=True)
class Tally:
    """What a list came to. `rows` are the list's; everything else counts meetings."""

    rows: int = 0
    rows_kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    """Rows of which nothing is stored, by why."""
    attendance: Counter[str] = field(default_factory=Counter)
    fellowships: set[str | None] = field(default_factory=set)
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    """Of the changed, in what; one may be in several."""

    @property
    def meetings(self) -> int:
        """How many are stored."""
        return self.attendance.total()

    @property
    def touched(self) -> bool:
        """Whether anything in the store is another than before."""
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Before:
    """What the store had of the list."""

    number: int | None = None
    rows: int = 0
    meetings: int = 0


class Intake:
    """One list on its way into the store: first `read`, then `write`."""

    def __init__(self, hands: Hands, before: Before, told: Told = lambda _rows: None) -> None:
        self.tally = Tally()
        self._hands = hands
        self._before = before
        self._told = told
        # Of each key its hash: eight bytes, good for this process.
        self._seen = array("q")
        self._waiting: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._batch: list[str] = []
        self._size = 0

    def close(self) -> None:
        """Let go of what waits."""
        self._waiting.close()

    def read(self, rows: Iterable[Row], *, by_hand: bool = False, says_so: bool = False) -> None:
        """Read all of it; raises FeedError where the copy that is stored is the better one.

        By hand a smaller list is taken, for somebody has looked at it; one without any meeting
        only where the file says so itself, and none are stored that would be lost.
        """
        listings = self._counted(rows)
        while some := list(islice(listings, _LOOKED_UP)):
            self._compare(some)
        self._end_batch()
        tally, before = self.tally, self._before
        if not tally.rows and not (by_hand and says_so and not before.meetings):
            raise problem(code="empty")
        if before.meetings and not tally.meetings:
            raise problem(code="unreadable")
        shrunk = tally.rows < before.rows * _LEAST or tally.meetings < before.meetings * _LEAST
        if shrunk and not by_hand:
            raise problem(code="shrunk")

    def write(self, number: int) -> None:
        """Bring it into the store, as the list of that number."""
        self._waiting.seek(0)
        for line in self._waiting:
            rows = json.loads(line)
            self._hands.do("meetings_put", {"list": number, "rows": rows})
            self._told(len(rows))
        for ids in self._gone(number):
            self._hands.do("meetings_drop", {"list": number, "ids": ids})
            self.tally.removed += len(ids)

    def _counted(self, rows: Iterable[Row]) -> Iterator[Listing]:
        tally = self.tally
        for each in rows:
            tally.rows += 1
            if each.dropped is not None:
                tally.dropped[each.dropped.reason] += 1
            else:
                tally.rows_kept += 1
            yield from each.listings
            self._told(1)

    def _compare(self, some: list[Listing]) -> None:
        keys = [key(listing) for listing in some]
        number = self._before.number
        known: dict[str, SqlRow[Any]] = {}
        if number is not None:
            known = self._hands.read(lambda tx: feeds.known(tx, number, keys))
        for name, listing in zip(keys, some, strict=True):
            self._seen.append(hash(name))
            self.tally.attendance[listing.attendance] += 1
            self.tally.fellowships.add(listing.fellowship)
            stood = known.get(name)
            told = digest(listing)
            if stood is not None and stood.digest == told:
                self.tally.unchanged += 1
                continue
            values = row(listing, told)
            if stood is None:
                self.tally.added += 1
            else:
                self.tally.changed += 1
                self.tally.changes.update(_changes(stood, values))
            self._wait(values)

    def _wait(self, values: list[Any]) -> None:
        text = json.dumps(values)
        hands = self._hands
        if len(self._batch) == hands.rows or self._size + len(text) > hands.characters:
            self._end_batch()
        self._batch.append(text)
        self._size += len(text)

    def _end_batch(self) -> None:
        if self._batch:
            self._waiting.write(f"[{','.join(self._batch)}]\n")
        self._batch, self._size = [], 0

    def _gone(self, number: int) -> Iterator[list[int]]:
        seen = array("q", sorted(self._seen))
        after = ""
        while stored := self._hands.read(
            lambda tx, after=after: feeds.page(tx, number, after, _LOOKED_UP)  # type: ignore[misc]
        ):
            after = stored[-1].key
            ids = [meeting.id for meeting in stored if not _within(seen, hash(meeting.key))]
            if ids:
                yield ids


def _changes(stood: SqlRow[Any], values: list[Any]) -> set[str]:
    other = {_WHAT[name] for name in feeds.SHOWN if getattr(stood, name) != values[AT[name]]}
    return other or {"other"}


def _within(ordered: array[int], number: int) -> bool:
    at = bisect_left(ordered, number)
    return at < len(ordered) and ordered[at] == number

"""How good a list is, before anybody relies on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.feeds import Row


@dataclass(slots=True)
class Quality:
    """What a list would come to. `rows` and `dropped` are the list's rows, the rest meetings."""

    rows: int = 0
    meetings: int = 0
    attendance: Counter[str] = field(default_factory=Counter)
    to_go_to: int = 0
    placed: int = 0
    """Of those one can go to: where we know how far it is."""
    labelled: int = 0
    """Of which we can say what kind they are."""
    dropped: Counter[str] = field(default_factory=Counter)

    def lines(self) -> list[str]:
        """In words."""
        ways = ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in ordered(self.attendance))
        placed, labelled = _share(self.placed, self.to_go_to), _share(self.labelled, self.meetings)
        told = [
            f"{self.rows:,} rows, {self.meetings:,} meetings: {ways}",
            f"on the map: {placed} of those to go to; of a kind we know: {labelled}",
        ]
        if self.dropped:
            told.append(f"left out: {reasons(self.dropped)}")
        return told


def quality(rows: Iterable[Row]) -> Quality:
    """Read a list to its end; raises FeedError."""
    found = Quality()
    for row in rows:
        found.rows += 1
        if row.dropped is not None:
            found.dropped[row.dropped.reason] += 1
        for listing in row.listings:
            found.meetings += 1
            found.attendance[listing.attendance] += 1
            if listing.attendance in {"in_person", "hybrid"}:
                found.to_go_to += 1
                found.placed += listing.lat is not None
            found.labelled += bool(listing.labels or listing.kinds)
    return found


def reasons(dropped: Counter[str] | dict[str, int]) -> str:
    """Why rows were left out, the most frequent first."""
    return ", ".join(f"{n:,} {why.replace('_', ' ')}" for why, n in ordered(dropped))


def ordered(counts: Counter[str] | dict[str, int]) -> list[tuple[str, int]]:
    """The most frequent first."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "none"

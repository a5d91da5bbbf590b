"""When what meets weekly starts next: its weekday and minute, in its own zone, to a moment.

A meeting stays at its hour where it is, so that every moment is reckoned in the meeting's zone. An
hour that the clock skips is reckoned as if it had not; of one that comes twice the first counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from storage.meetings import Slot

DAY = 24 * 60
"""Minutes."""


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, both in it."""

    begin: datetime
    end: datetime


@cache
def zone_info(name: str) -> ZoneInfo | None:
    """A zone by its name; None where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def weekday(day: date) -> int:
    """As lists have it: 0 is Sunday."""
    return day.isoweekday() % 7


class Starts:
    """Next starts within a span."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self._known: dict[tuple[str, int, int], datetime | None] = {}

    def of(self, zone: str, day: int, minute: int) -> datetime | None:
        """When it starts first in the span, in UTC; None: not in it."""
        key = (zone, day, minute)
        if key not in self._known:
            self._known[key] = self._reckoned(*key)
        return self._known[key]

    def _reckoned(self, zone: str, day: int, minute: int) -> datetime | None:
        there = zone_info(zone)
        if there is None:
            return None
        first = self.span.begin.astimezone(there).date()
        on = first + timedelta(days=(day - weekday(first)) % 7)
        # Its day before: what the clock skipped may end up after midnight.
        for each in (on - timedelta(days=7), on, on + timedelta(days=7)):
            start = at(each, minute, there)
            if self.span.begin <= start <= self.span.end:
                return start
        return None


def at(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The moment of a minute after midnight, in UTC; 1440 and more are on the day after."""
    on = day + timedelta(days=minute // DAY)
    hour, past = divmod(minute % DAY, 60)
    return datetime(on.year, on.month, on.day, hour, past, tzinfo=zone).astimezone(UTC)


def near_slots(
    span: Span, zone: str, cells: Iterable[int], others: Iterable[str] = ()
) -> list[Slot]:
    """Where to look for what may start in a span around a place of this zone, `others` close by."""
    here, *there = (_offset(span, name) for name in (zone, *others))
    apart = max((abs(offset - here) for offset in there), default=timedelta(0))
    walls = list(_walls(span, zone, apart))
    return [Slot(cell, *wall) for cell in cells for wall in walls]


def _offset(span: Span, zone: str) -> timedelta:
    there = zone_info(zone)
    return (span.begin.astimezone(there).utcoffset() if there else None) or timedelta(0)


def online_slots(span: Span, zones: Iterable[str]) -> list[Slot]:
    """Where to look for what starts in a span anywhere in these zones."""
    return [Slot(zone, *wall) for zone in zones for wall in _walls(span, zone, timedelta(0))]


def _walls(span: Span, zone: str, slack: timedelta) -> Iterator[tuple[int, int, int]]:
    """(day, first, last) as clocks on the wall there show it, a little more where they change."""
    there = zone_info(zone)
    if there is None:
        return
    begin, end = span.begin.astimezone(there), span.end.astimezone(there)
    change = (end.utcoffset() or timedelta(0)) - (begin.utcoffset() or timedelta(0))
    low = begin.replace(tzinfo=None) - slack - abs(change)
    high = end.replace(tzinfo=None) + slack + abs(change)
    if high - low >= timedelta(days=6):
        yield from ((day, 0, DAY - 1) for day in range(7))
        return
    day = low.date()
    while day <= high.date():
        first = low.hour * 60 + low.minute if day == low.date() else 0
        last = high.hour * 60 + high.minute if day == high.date() else DAY - 1
        yield weekday(day), first, last
        day += timedelta(days=1)

"""When a meeting is: its next start, and when something is said about it.

It stays at its hour where it is held: a clock change there moves it for who lives elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Final

from handlers import moments
from handlers.meetings import Meeting

AHEAD: Final = timedelta(hours=1)
"""So long before it somebody is told who has to get there."""
AT_THE_DOOR: Final = timedelta(minutes=15)
"""And so long before, who joins from where they are."""
_AFTER: Final = timedelta(minutes=30)
_NEXT_MORNING: Final = time(9, 30)
_WEEK: Final = 7
_DAY: Final = 24 * 60


def next_start(day: int, minute: int, zone: str, after: datetime) -> datetime:
    """The first start after a moment, of what is held weekly; `day` 0 is Sunday."""
    later, minute = divmod(minute, _DAY)
    on, at = (day + later) % _WEEK, time(*divmod(minute, 60))
    found = moments.coming(lambda each: each.isoweekday() % _WEEK == on, at, zone, after)
    assert found is not None  # noqa: S101 - every weekday comes within a year
    return found


def starts(meeting: Meeting, after: datetime, *, weekly: bool) -> Iterator[datetime]:
    """Its starts after a moment: all that come, or the one that was picked."""
    if not weekly:
        if meeting.begins > after:
            yield meeting.begins
        return
    while True:
        after = next_start(meeting.day, meeting.minute, meeting.zone, after)
        yield after


def told_at(meeting: Meeting, start: datetime, zone: str) -> datetime:
    """When somebody who lives in a zone is reminded of it.

    Who goes there is told in waking hours, if need be the evening before; a room to join is open
    only just before, at whatever hour.
    """
    if meeting.miles is None:
        return start - AT_THE_DOOR
    return moments.ahead(start, AHEAD, zone)


def asked_at(meeting: Meeting, start: datetime, zone: str) -> datetime:
    """When it is asked how it was: half an hour after its end, or the next morning."""
    over = start + timedelta(minutes=meeting.minutes) + _AFTER
    if moments.ahead(over, timedelta(), zone) == over:
        return over
    morning = moments.coming(moments.every_day, _NEXT_MORNING, zone, over)
    assert morning is not None  # noqa: S101 - it comes every day
    return morning

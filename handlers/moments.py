"""When something that comes by the calendar comes next, where somebody lives.

A local time that a clock change skips comes as much later as the clock jumped; one that comes
twice comes the first time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

QUIET_FROM: Final = time(21)
QUIET_TO: Final = time(8)
"""Nothing unasked is sent before 8:00 or after 21:00 where the person lives (47 CFR 64.1200(c))."""
FIRST: Final = QUIET_TO
LAST: Final = time(20, 30)
"""What nobody asked for at that moment is said between these hours, with room to wait."""
_FAR: Final = 370
"""Days that are looked through: whatever comes yearly comes within them."""
_DAY: Final = timedelta(days=1)


def local(day: date, at: time, zone: str) -> datetime:
    """A local time of a day, in UTC."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def today(now: datetime, zone: str) -> date:
    """The day that a moment is on, there."""
    return now.astimezone(ZoneInfo(zone)).date()


def coming(
    fits: Callable[[date], bool],
    at: time,
    zone: str,
    after: datetime,
    early: timedelta | None = None,
) -> datetime | None:
    """The next moment after `after` at a local time of a day that fits; None within a year.

    With `early` it is so much before that time, and within the hours in which it may be said.
    """
    here = today(after, zone) - _DAY
    for _ in range(_FAR):
        if fits(here):
            moment = local(here, at, zone)
            if early is not None:
                moment = ahead(moment, early, zone)
            if moment > after:
                return moment
        here += _DAY
    return None


def ahead(moment: datetime, early: timedelta, zone: str) -> datetime:
    """So much before a moment; from the hours of rest to the hours in which it may be said."""
    before = moment - early
    here = before.astimezone(ZoneInfo(zone))
    if FIRST <= here.time() <= LAST:
        return before
    if here.time() > LAST:
        return local(here.date(), LAST, zone)
    opens = local(here.date(), FIRST, zone)
    return opens if opens < moment else local(here.date() - _DAY, LAST, zone)


def every_day(_: date) -> bool:
    """Fits every day."""
    return True


def day(stored: object) -> date | None:
    """A stored day ("2026-11-23"); None for what is none."""
    try:
        return date.fromisoformat(str(stored))
    except ValueError:
        return None


def hour(stored: object) -> time | None:
    """A stored hour ("17:00"); None for what is none."""
    try:
        return time.fromisoformat(str(stored))
    except ValueError:
        return None


def clock(stored: object, default: time) -> time:
    """The same, with a default for what is none."""
    at = hour(stored)
    return default if at is None else at

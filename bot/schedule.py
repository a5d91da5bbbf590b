"""The next moment of a local hour, and the next moment that quiet hours allow.

A local time that a clock change skips happens as much later as the clock jumped; one that comes
twice happens the first time. Each local day has exactly one.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from handlers import moments
from handlers.moments import QUIET_FROM, QUIET_TO

__all__ = ["QUIET_FROM", "QUIET_TO", "allowed", "local", "next_at", "quiet_from"]

_in_a_wave = lru_cache(maxsize=256)
"""Those who are asked at one moment share few hours and zones."""


def local(at: time, zone: str, day_of: datetime) -> datetime:
    """A local time on the local day of a moment, in UTC."""
    return moments.local(moments.today(day_of, zone), at, zone)


@_in_a_wave
def next_at(at: time, zone: str, after: datetime) -> datetime:
    """The first moment after `after` at which it is this local time, in UTC."""
    day = moments.today(after, zone)
    while (moment := moments.local(day, at, zone)) <= after:
        day += timedelta(days=1)
    return moment


@_in_a_wave
def quiet_from(moment: datetime, zone: str) -> datetime:
    """When the quiet hours of that local day begin, in UTC."""
    return local(QUIET_FROM, zone, moment) + timedelta(minutes=1)


@_in_a_wave
def allowed(moment: datetime, zone: str) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into."""
    # To the minute: what was set to 21:00 is looked at some seconds later.
    here = moment.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0)
    if QUIET_TO <= here <= QUIET_FROM:
        return moment
    return next_at(QUIET_TO, zone, moment)

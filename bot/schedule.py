"""The next moment of a local hour, and the next moment that quiet hours allow.

A local time that a clock change skips happens as much later as the clock jumped; one that comes
twice happens the first time. Each local day has exactly one.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_in_a_wave = lru_cache(maxsize=256)
"""Those who are asked at one moment share few hours and zones."""
QUIET_FROM = time(21)
QUIET_TO = time(8)
"""Nothing unasked is sent before 8:00 or after 21:00 where the person lives (47 CFR 64.1200(c))."""


def local(at: time, zone: str, day_of: datetime) -> datetime:
    """A local time on the local day of a moment, in UTC."""
    there = ZoneInfo(zone)
    day = day_of.astimezone(there).date()
    return datetime.combine(day, at, there).astimezone(UTC)


@_in_a_wave
def next_at(at: time, zone: str, after: datetime) -> datetime:
    """The first moment after `after` at which it is this local time, in UTC."""
    moment = local(at, zone, after)
    days = 0
    while moment <= after:
        days += 1
        there = ZoneInfo(zone)
        day = after.astimezone(there).date() + timedelta(days=days)
        moment = datetime.combine(day, at, there).astimezone(UTC)
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

"""When a time of a calendar is: its own zone, whatever that is called, or the clinic's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON


def moment(at: date, zone: str) -> datetime:
    """When it is, in UTC; a whole day begins at midnight of its zone."""
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day)  # noqa: DTZ001 - its zone comes next
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def end(begins: date, ends: date, start: datetime, zone: str) -> datetime:
    """Its end; one that begins in the hour that a clock skips is as long as it says."""
    at = moment(ends, zone)
    if at <= start and isinstance(begins, datetime) and isinstance(ends, datetime):
        return start + (ends.replace(tzinfo=None) - begins.replace(tzinfo=None))
    return at


def key(at: date, zone: str) -> str:
    """What names one time of a series, wherever it is moved."""
    if not isinstance(at, datetime):
        return at.isoformat()
    return f"{moment(at, zone):%Y%m%dT%H%M%SZ}"


def zone_of(prop: Any, at: date) -> str | None:
    """The IANA name of a time's own zone; None: it has none, or one of its own making."""
    own = getattr(getattr(at, "tzinfo", None), "key", None)
    said = named(str(prop.params.get("TZID", "")))
    return said or (own if own in _zones() and own != "UTC" else None)


def is_lost(prop: Any) -> bool:
    """Whether a zone is named that neither the file nor anybody else explains."""
    at = prop.dt
    return isinstance(at, datetime) and at.tzinfo is None and bool(prop.params.get("TZID"))


def named(name: str) -> str | None:
    """The IANA name of a zone, also where it is called as Windows calls it; None: of none."""
    name = name.strip().strip("/\"'")
    name = WINDOWS_TO_OLSON.get(name, name)
    return name if name in _zones() else None


@cache
def _zones() -> set[str]:
    return available_timezones()

"""A meeting that was found: when it starts next, how far it is, and how it is told."""

from __future__ import annotations

import json
import math
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from bot.starts import zone_info
from handlers.meetings import Meeting


class Found(NamedTuple):
    """A meeting that fits, and when it starts next."""

    id: int
    start: datetime
    miles: float | None
    name: str
    weekly: bool
    lacks: int
    """How many of the kinds that were asked for it is not."""

    @property
    def away(self) -> float:
        """What is nearer comes first, and what is only online last."""
        return math.inf if self.miles is None else self.miles


def told(row: Any, found: Found, zone: str) -> Meeting:
    """A stored meeting as a talk knows it; starts are told in this zone."""
    there = zone_info(zone) or ZoneInfo("UTC")
    return Meeting(
        id=f"{row.feed_name}/{row.key}",
        fellowship=row.fellowship,
        name=row.name,
        start=found.start.astimezone(there).isoformat(),
        minutes=row.minutes,
        zone=row.zone,
        day=row.day,
        minute=row.minute,
        attendance=row.attendance,
        miles=None if found.miles is None else round(found.miles, 1),
        location=row.location or "",
        address=address(row),
        lat=row.lat,
        lng=row.lng,
        join_url=row.join_url or "",
        join_phone=row.join_phone or "",
        join_note=row.join_note or "",
        labels=_words(row.labels),
        kinds=_words(row.kinds),
        weekly=row.weekly,
        as_of=_day(row.good_at, there) if row.good_at else "",
    )


@lru_cache(512)
def _words(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))


@lru_cache(64)
def _day(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).date().isoformat()


def address(row: Any) -> str:
    """Street, town, state and ZIP code, as far as they are known and not said already."""
    street, city = row.address or "", row.city or ""
    said = [street] if street else []
    if city and city.casefold() not in street.casefold():
        said.append(city)
    region = " ".join(part for part in (row.state, row.postal) if part)
    if region and said and not (row.postal and row.postal in street):
        said.append(region)
    return ", ".join(said)

"""A hundred thousand made-up meetings, a fifth of them online and a tenth in one big city."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

from sqlalchemy import Connection, insert

from bot.gazetteer import gazetteer
from storage.models import meeting
from tests.meeting_rows import listed, online, row

CITY = (40.7128, -74.0060)
"""The middle of New York."""
_AT_ONCE = 5_000
_LISTS = 50
_ONLINE = 10
_IN_THE_CITY = 5
_HOURS = (6, 7, 8, 9, 10, 12, 12, 13, 15, 17, 17, 18, 18, 18, 19, 19, 19, 19, 20, 20, 20, 21, 22)
_FELLOWSHIPS = ("aa", "aa", "aa", "na", "ca", "al-anon", "smart")
_KINDS = ((), (), (), ("women",), ("men",), ("newcomers",), ("lgbtq", "young"), ("spanish",))
_ZONES = (
    "America/New_York", "America/New_York", "America/Chicago", "America/Denver",
    "America/Los_Angeles", "America/Phoenix", "Europe/London", "Australia/Sydney",
)  # fmt: skip


def fill(tx: Connection, size: int) -> None:
    """Store so many, a list to an area, in no order within it; always the same ones."""
    dice = random.Random(6)
    some: list[dict[str, Any]] = []
    for number in range(_LISTS):
        feed = listed(tx, f"list {number}")
        some += [_made(dice, feed, number, at) for at in range(size // _LISTS)]
        while len(some) >= _AT_ONCE or (some and number == _LISTS - 1):
            tx.execute(insert(meeting), some[:_AT_ONCE])
            some = some[_AT_ONCE:]


def spots(number: int) -> list[tuple[str, str]]:
    """ZIP codes to look around and their zones: half of them in the big city."""
    dice = random.Random(7)
    city: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    known = gazetteer()
    while min(len(city), len(others)) < (number + 1) // 2:
        here = dice.random() < 0.5
        code = f"{dice.randrange(10001, 10282) if here else dice.randrange(1001, 99000):05d}"
        found = known.zip(code)
        if found is not None:
            (city if here else others).append((code, found.zone))
    return [each for pair in zip(city, others, strict=False) for each in pair][:number]


def _made(dice: random.Random, feed: int, number: int, at: int) -> dict[str, Any]:
    hour = f"{dice.choice(_HOURS)}:{dice.choice((0, 0, 0, 15, 30, 30, 45)):02d}"
    given: dict[str, Any] = {
        "fellowship": dice.choice(_FELLOWSHIPS),
        "name": f"Made-up group {number}-{at}",
        "kinds": ["open", *dice.choice(_KINDS)],
        "notes": "Made up to be measured. " * dice.randrange(8),
    }
    day = dice.randrange(7)
    if number < _ONLINE:
        return online(feed, day, hour, zone=dice.choice(_ZONES), **given)
    if number < _ONLINE + _IN_THE_CITY:
        lat, lng = CITY[0] + dice.gauss(0, 0.1), CITY[1] + dice.gauss(0, 0.13)
        zone = "America/New_York"
    else:
        lat, lng, zone = _somewhere(dice, number - _ONLINE - _IN_THE_CITY)
    how = "hybrid" if at % 8 == 0 else "in_person"
    return row(feed, day, hour, attendance=how, lat=lat, lng=lng, zone=zone, **given)


@cache
def _codes() -> list[str]:
    return gazetteer().codes()


def _somewhere(dice: random.Random, area: int) -> tuple[float, float, str]:
    """A ZIP code of an area: those that follow each other lie side by side."""
    codes = _codes()
    each = len(codes) // (_LISTS - _ONLINE - _IN_THE_CITY)
    found = gazetteer().zip(codes[area * each + dice.randrange(each)])
    assert found is not None
    return found.lat, found.lng, found.zone

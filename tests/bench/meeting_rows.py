"""Made-up lists of meetings of any size, as sites publish them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_NAMES = ("Lantern", "Noon", "Harbor", "Willow", "Second Street", "Early Bird", "Candle", "Bridge")
_TYPES = (["O", "D"], ["C", "ST"], ["O", "SP", "X"], ["C", "W"], ["O", "B", "BE"], ["O", "S"])
_NOTES = "Please use the side door. Parking is behind the building; the room is on the first floor."


def rows(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Meeting Guide rows all over the country, a quarter of them online; of nobody and nowhere."""
    dice = random.Random(seed)
    for number in range(count):
        minute = dice.randrange(6 * 4, 23 * 4) * 15
        # As in real lists half of the names are another's too, and a third has notes of its own.
        group = number // 2
        name = f"{_NAMES[group % len(_NAMES)]} Group {group}"
        one: dict[str, Any] = {
            "slug": f"group-{number}",
            "name": name,
            "group": f"{_NAMES[group % len(_NAMES)]} {group}",
            "day": dice.randrange(7),
            "time": f"{minute // 60:02d}:{minute % 60:02d}",
            "end_time": f"{minute // 60 + 1:02d}:{minute % 60:02d}",
            "timezone": "America/Chicago",
            "types": dice.choice(_TYPES),
            "location": f"{_NAMES[group % len(_NAMES)]} Hall {number // 4}",
            "location_notes": _NOTES,
            "formatted_address": f"{number % 900 + 1} Example St, Madeup, KS, USA",
            "latitude": round(dice.uniform(30, 46), 5),
            "longitude": round(dice.uniform(-120, -76), 5),
            "region": "Made-up County",
            "url": f"https://meetings.example/meetings/group-{number}/",
            "updated": "2026-10-01 12:00:00",
            "notes": f"Room {number}. {_NOTES}" if number % 3 == 0 else _NOTES,
        }
        if number % 4 == 0:
            one["formatted_address"] = "Madeup, KS, USA"
            one["conference_url"] = f"https://zoom.us/j/{10**9 + number}?pwd=made{number}up"
            one["conference_url_notes"] = f"Passcode: {number % 9000 + 1000}"
        yield one


def write(file: Path, count: int, seed: int = 1) -> None:
    """The same as a file, without holding all of it."""
    with file.open("w") as opened:
        opened.write("[")
        for number, row in enumerate(rows(count, seed)):
            opened.write(("," if number else "") + json.dumps(row))
        opened.write("]")

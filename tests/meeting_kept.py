"""A made-up meeting as a talk knows it, for tests that pick one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handlers.meetings import Meeting, meeting

EVENING = "2026-11-23T19:30:00-05:00"
"""The Monday of the tests, half past seven in New York."""


def picked(start: str = EVENING, **more: Any) -> Meeting:
    """One near by, of an hour, every week."""
    begins = datetime.fromisoformat(start)
    given: dict[str, Any] = {
        "id": "made-up/m1",
        "fellowship": "aa",
        "name": "Oak Street Serenity",
        "start": start,
        "minutes": 60,
        "zone": "America/New_York",
        "day": begins.isoweekday() % 7,
        "minute": begins.hour * 60 + begins.minute,
        "attendance": "in_person",
        "miles": 0.6,
        "location": "The Made-up Hall",
        "address": "12 Oak St, Philadelphia",
        "lat": 39.9513,
        "lng": -75.1741,
        **more,
    }
    return meeting(given)


def online(start: str = EVENING, **more: Any) -> Meeting:
    """One that is nowhere but online."""
    nowhere = {"attendance": "online", "miles": None, "location": "", "address": ""}
    room = {"lat": None, "lng": None, "join_url": "https://zoom.us/j/000000000"}
    return picked(start, **{**nowhere, **room, **more})

"""Made-up meetings, put straight into the store."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from storage import grid
from storage.models import feed, meeting
from tests.conftest import START

PHILADELPHIA = (39.9513, -75.1741)
"""The middle of 19103."""
_KEYS = itertools.count(1)


def listed(tx: Connection, name: str = "made-up", **more: Any) -> int:
    """A list; returns its id."""
    given: dict[str, Any] = {
        "name": name,
        "kind": "meeting_guide",
        "fellowship": "aa",
        "dropped": {},
        "good_at": START,
        "created_at": START,
        **more,
    }
    (feed_id,) = tx.execute(insert(feed).values(**given).returning(feed.c.id)).one()
    return int(feed_id)


def row(feed_id: int, day: int, at: str, **more: Any) -> dict[str, Any]:
    """A meeting in Philadelphia, open to all, on a weekday (0 is Sunday) at such an hour."""
    hour, minute = at.split(":")
    key = f"m{next(_KEYS)}"
    given: dict[str, Any] = {
        "feed_id": feed_id,
        "key": key,
        "digest": key,
        "fellowship": "aa",
        "name": f"Group {key}",
        "group_name": None,
        "day": day,
        "minute": int(hour) * 60 + int(minute),
        "minutes": 60,
        "zone": "America/New_York",
        "weekly": True,
        "attendance": "in_person",
        "location": "The Made-up Hall",
        "address": "12 Oak St",
        "city": "Philadelphia",
        "state": "PA",
        "postal": "19103",
        "lat": PHILADELPHIA[0],
        "lng": PHILADELPHIA[1],
        "join_url": None,
        "join_phone": None,
        "join_note": None,
        "kinds": ["open"],
        "labels": ["Open"],
        "notes": None,
        "url": None,
        "updated_at": None,
        **more,
    }
    going = given["attendance"] in {"in_person", "hybrid"} and given["lat"] is not None
    given["cell"] = grid.cell(given["lat"], given["lng"]) if going else None
    anywhere = given["attendance"] in {"online", "hybrid"}
    given["online_zone"] = given["zone"] if anywhere else None
    if anywhere and not given["join_url"] and not given["join_phone"]:
        given["join_url"] = "https://zoom.us/j/000000000"
    return given


def online(feed_id: int, day: int, at: str, **more: Any) -> dict[str, Any]:
    """A meeting that is nowhere but online."""
    nowhere: dict[str, Any] = {
        "attendance": "online", "lat": None, "lng": None, "location": None, "address": None,
        "city": None, "state": None, "postal": None,
    }  # fmt: skip
    return row(feed_id, day, at, **{**nowhere, **more})


def north(miles: float) -> dict[str, float]:
    """So far from the middle of Philadelphia."""
    return {"lat": PHILADELPHIA[0] + miles / grid.MILES_A_DEGREE, "lng": PHILADELPHIA[1]}


def put(tx: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Store them."""
    tx.execute(insert(meeting), list(rows))


def moment(text: str) -> datetime:
    """A moment as ISO."""
    return datetime.fromisoformat(text)

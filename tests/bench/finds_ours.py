"""Looks for meetings, one look after the other, beside a scan of all of them. Prints JSON."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from bot import near, places
from bot.circles import Look
from bot.starts import Span
from handlers.meetings import Spot, Wish
from storage import grid, meetings
from storage.encryption import Keyring
from storage.models import meeting
from storage.store import Store
from tests.bench.listings import spots

EVENING = datetime(2026, 11, 24, 0, 25, tzinfo=UTC)
"""Half past seven on a Monday in New York: the hour with most meetings."""
HOURS = timedelta(hours=6)
MILES = 25
_LOOKS = 60
_SCANS = 3
_WISHES = (Wish(), Wish(fellowships=("aa",)), Wish(fellowships=("na",), kinds=("newcomers",)))


def talked(tx: Connection, code: str, zone: str, number: int) -> None:
    """What a message that asks for a meeting looks up, its ZIP code included."""
    asked = _WISHES[number % len(_WISHES)]
    wish = Wish(near=code, fellowships=asked.fellowships, kinds=asked.kinds)
    assert near.search(tx, wish, None, zone, EVENING).found


def six_hours(tx: Connection, code: str, zone: str, number: int) -> None:
    """All within 25 miles and six hours, the soonest first."""
    del zone, number
    spot = places.spot(tx, code)
    assert isinstance(spot, Spot)
    found = Look(tx, Wish(how="near"), spot).near(Span(EVENING, EVENING + HOURS), MILES)
    found.sort(key=lambda one: (one.start, one.away, one.name))


def scan(tx: Connection, code: str, zone: str, number: int) -> None:
    """The same without an index: every row is read, and its distance taken."""
    del zone, number
    spot = places.spot(tx, code)
    assert isinstance(spot, Spot)
    asked = select(meeting.c.id, meeting.c.day, meeting.c.minute, meeting.c.lat, meeting.c.lng)
    found = []
    for row in tx.execute(asked):
        if row.lat is None:
            continue
        away = grid.miles_between(spot.lat, spot.lng, row.lat, row.lng)
        if away <= MILES and row.day == 1 and row.minute >= 19 * 60:
            found.append((row.minute, away, row.id))
    found.sort()


def _took(store: Store, work: Callable[..., None], times: int) -> list[float]:
    """Milliseconds of each."""
    took = []
    for number, (code, zone) in enumerate(spots(times)):
        begun = time.perf_counter()
        store.read_now(lambda tx, a=code, b=zone, n=number: work(tx, a, b, n))  # type: ignore[misc]
        took.append((time.perf_counter() - begun) * 1000)
    return took


def main(urls: Sequence[str], rounds: int) -> list[dict[str, Any]]:
    """Of each database: the first look, then looks and scans in turn."""
    places.load()
    found = []
    for url in urls:
        store = Store(url, Keyring.parse(os.environ["COMPANION_KEYS"]))
        looks: dict[str, list[float]] = {"search": [], "six hours": [], "scan": []}
        # As the companion does at its start.
        store.read_now(meetings.prepare)
        first = _took(store, talked, 1)[0]
        for _ in range(rounds):
            looks["search"] += _took(store, talked, _LOOKS)
            looks["six hours"] += _took(store, six_hours, _LOOKS)
            looks["scan"] += _took(store, scan, _SCANS)
        store.close()
        found.append({"first": first, **{name: _told(took) for name, took in looks.items()}})
    return found


def _told(took: list[float]) -> dict[str, float]:
    return {"p50": statistics.median(took), "p95": statistics.quantiles(took, n=20)[-1]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[2:], int(sys.argv[1]))))

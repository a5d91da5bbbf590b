"""How many meetings somebody told of, on their page: only where they let the team see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.config import House
from bot.web import attended
from bot.web.times import Times
from handlers.attended import SHARED
from handlers.meetings import SAVED
from storage import entries, people
from storage.store import Store
from tests.conftest import START, HandClock
from tests.world import World

ZONE = "America/New_York"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def told(tx: Connection, person_id: int, days: dict[str, int]) -> None:
    for n, (day, minutes) in enumerate(sorted(days.items())):
        at = START - timedelta(days=40 - n)
        entries.add(tx, person_id, SAVED, {"day": day, "minutes": minutes}, at)


async def test_weeks_are_counted_by_the_day_they_went(world: World) -> None:
    person_id = await world.joined()
    days = {"2026-11-23": 60, "2026-11-22": 90, "2026-11-16": 90, "2026-10-01": 60}
    await world.store.write(lambda tx: told(tx, person_id, days))

    def weeks() -> list[tuple[str, int, str]] | None:
        def work(tx: Connection) -> list[tuple[str, int, str]] | None:
            times = Times(START, ZONE, ZONE)
            found = attended.read(tx, people.get(tx, person_id), times)
            if found is None:
                return None
            return [(week.name, week.count, week.hours) for week in found]

        return world.store.read_now(work)

    def share(*, shared: bool) -> Any:
        return world.store.write(lambda tx: people.change(tx, person_id, own={SHARED: shared}))

    assert weeks() is None
    await share(shared=True)
    assert weeks() == [
        ("This week", 1, "1"),
        ("From Mon 16 Nov", 2, "3"),
        ("From Mon 9 Nov", 0, "0"),
        ("From Mon 2 Nov", 0, "0"),
    ]
    await share(shared=False)
    assert weeks() is None

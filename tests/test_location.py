"""A shared location: what is near it, or, in danger, where somebody is for who comes to help."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.channels import Kind
from bot.channels.telegram_updates import read
from bot.config import House
from storage.models import message
from storage.store import Store
from tests.conftest import START, HandClock
from tests.meeting_rows import listed, put, row
from tests.world import World

HERE = (39.95261, -75.16519)


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    world = await World(store, house, clock).staffed()
    await world.joined()
    return world


def told(world: World) -> list[Any]:
    return [
        (each.kind, each.text)
        for each in world.store.read_now(
            lambda tx: list(tx.execute(select(message).order_by(message.c.id)))
        )
    ]


def update(**more: Any) -> dict[str, Any]:
    chat = {"id": 100, "type": "private", "first_name": "Sam"}
    person = {"id": 100, "is_bot": False, "first_name": "Sam"}
    sent = {"message_id": 7, "date": int(START.timestamp()), "chat": chat, "from": person}
    return {"update_id": 7, "message": sent | more}


def test_telegram_tells_where() -> None:
    seen = read(update(location={"latitude": HERE[0], "longitude": HERE[1]}), "1", START)
    assert seen.inbound is not None
    assert (seen.inbound.kind, seen.inbound.point) == (Kind.LOCATION, HERE)
    assert "39.95" not in repr(seen.inbound)


async def test_it_is_looked_around_and_kept_nowhere(world: World) -> None:
    def lists(tx: Any) -> None:
        feed = listed(tx, "town")
        put(tx, [row(feed, day, "23:00", name="Made-up") for day in range(7)])

    await world.store.write(lists)
    await world.say("", kind=Kind.LOCATION, point=HERE)
    assert "Made-up" in world.texts()[-1]
    assert told(world)[-1] == ("location", "")
    assert world.alerts() == []


async def test_in_danger_it_is_for_who_helps(world: World) -> None:
    await world.say("i want to kill myself tonight")
    await world.say("", kind=Kind.LOCATION, point=HERE)
    assert "beside your alert" in world.texts()[-1]
    assert told(world)[-1] == ("location", "39.95261, -75.16519")
    assert [alert.level for alert in world.alerts()] == ["emergency"]


async def test_a_place_beyond_the_earth_is_no_place(world: World) -> None:
    await world.say("", kind=Kind.LOCATION, point=(91.0, 400.0))
    assert world.texts()[-1]
    assert world.alerts() == []

"""What staff see of somebody's people: those that are shared, and that one was asked alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.config import House
from storage import items
from storage.store import Store
from tests.conftest import HandClock
from tests.desk import Desk, words
from tests.world import World

WORDS = "Can you call me?"


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[Desk]:
    """The counselor of somebody who shares one of two people."""
    world = await World(store, house, clock).staffed()
    await world.joined(name="Sam Doe")
    for said in ("people", "Ana 215 555 0142", "1", WORDS, "2"):
        await world.say(said)
    for said in ("people", "2", "Joe <x> 215 555 0143", "2", "skip", "1"):
        await world.say(said)
    async with Desk(world) as opened:
        yield opened


def kept(desk: Desk) -> list[Any]:
    return desk.world.store.read_now(lambda tx: items.of(tx, 1, "contact"))


def here(desk: Desk) -> str:
    return f"/people/{kept(desk)[0].person_id}/contacts"


async def test_only_who_is_shared_is_there(desk: Desk) -> None:
    page = words(await desk.text(here(desk)))
    assert "Ana, sponsor +1 215-555-0142" in page
    assert WORDS in page
    assert "1 more they keep to themselves" in page
    assert "Joe" not in page
    assert len(await desk.looks("contacts_page")) == 1
    assert "Their people" in await desk.text(here(desk).removesuffix("/contacts"))


async def test_that_they_agreed_is_written_down_and_taken_back(desk: Desk) -> None:
    ana = kept(desk)[0].id
    fields = {"contact": str(ana), "agreed": "2026-11-20", "sure": "yes"}
    done = await desk.follow(await desk.post(here(desk), **fields))
    assert "Noted about one of their people." in done
    assert kept(desk)[0].data["agreed"] == "2026-11-20"
    assert "agreed to be texted on 2026-11-20" in words(await desk.text(here(desk)))
    await desk.post(here(desk), contact=str(ana), does="end")
    assert kept(desk)[0].data["agreed"] is None
    assert [row.detail for row in await desk.looks("contact_agreed")] == [str(ana)]
    assert len(await desk.looks("contact_ended")) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"agreed": "2026-11-20"},
        {"agreed": "2026-11-24", "sure": "yes"},
        {"agreed": "", "sure": "yes"},
    ],
)
async def test_not_without_having_asked_and_not_ahead_of_time(
    desk: Desk, fields: dict[str, str]
) -> None:
    answer = await desk.post(here(desk), contact=str(kept(desk)[0].id), **fields)
    assert answer.status_code == 400
    assert "agreed" not in kept(desk)[0].data


async def test_who_is_not_shared_cannot_be_agreed_for(desk: Desk) -> None:
    joe = kept(desk)[1].id
    fields = {"contact": str(joe), "agreed": "2026-11-20", "sure": "yes"}
    assert "Nothing was changed" in await desk.follow(await desk.post(here(desk), **fields))
    assert "agreed" not in kept(desk)[1].data

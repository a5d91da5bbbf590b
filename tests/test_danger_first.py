"""Danger is heard to its end: whoever may hold the number, however staff set the person."""

from __future__ import annotations

import pytest

from bot import handover, standing
from bot.config import House
from handlers.away import doubt
from storage import alerts, people
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def level(world: World, person: int) -> str:
    found = await world.read(lambda tx: alerts.open_of(tx, person))
    assert found is not None
    return str(found.level)


@pytest.mark.parametrize(
    "text",
    [
        "I'm not Sam anymore, I don't know who I am",
        "no soy Sam, ya no se quien soy",
        "this is not sam talking this is the disease",
        "sam does not live for anything anymore",
    ],
)
def test_despair_is_no_wrong_number(text: str) -> None:
    assert doubt(text, "Sam") is None


@pytest.mark.parametrize("text", ["this is not sam", "no soy sam", "sam doesn't live here"])
def test_a_wrong_number_is_one(text: str) -> None:
    assert doubt(text, "Sam") is not None


async def test_nobody_freezes_a_number_in_the_middle_of_danger(world: World) -> None:
    person = await world.joined(name="Sam Doe")
    await world.say("i want to die")
    await world.say("wrong number")
    await world.say("A")
    assert await level(world, person) == "emergency"
    assert "988" in world.texts()[-1]


@pytest.mark.parametrize("status", ["paused", "hospital", "custody", "discharged"])
async def test_an_answer_in_danger_counts_after_a_change_of_status(
    world: World, status: str
) -> None:
    person = await world.joined(name="Sam Doe")
    await world.say("i want to die")
    by = (await world.worker("Dana Reyes")).id
    now = world.clock.now()
    await world.store.write(lambda tx: standing.change(tx, world.house, person, status, by, now))
    await world.say("A")
    assert await level(world, person) == "emergency"


async def test_from_a_frozen_number_help_and_the_dangerous_side_are_answered(world: World) -> None:
    person = await world.joined(name="Sam Doe")
    await world.say("i want to die")
    by = (await world.worker("Dana Reyes")).id
    number = (await world.read(lambda tx: people.addresses(tx, person)))[0].id
    now = world.clock.now()
    await world.store.write(lambda tx: standing.freeze(tx, world.house, number, "staff", now, by))
    await world.say("HELP")
    assert "988" in world.texts()[-1]
    await world.say("A")
    assert await level(world, person) == "emergency"


async def test_nobody_asks_another_while_a_colleague_is_calling(world: World) -> None:
    person = await world.joined(name="Sam Doe")
    await world.say("i want to die")
    alert = await world.read(lambda tx: alerts.open_of(tx, person))
    assert alert is not None
    await world.say(f"CALLING {alert.id}", address="900")
    lee, dana = await world.worker("Lee Okafor"), await world.worker("Dana Reyes")
    now = world.clock.now()
    said = await world.store.write(
        lambda tx: handover.hand_alert(tx, world.house, alert.id, lee, dana.id, now)
    )
    assert said == "staff.taken_by_other"
    after = await world.read(lambda tx: alerts.open_of(tx, person))
    assert after is not None
    assert (after.state, after.taken_by) == ("calling", dana.id)

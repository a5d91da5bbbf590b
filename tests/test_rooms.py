"""The temperature of a room: asked of all, counted once, of nobody."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot import rooms
from bot.config import House
from handlers import temperature
from handlers.programme import Voice
from storage import broadcasts, seats, timetable
from storage.models import message, reminder
from storage.models import temperature as heap
from storage.store import Store
from tests import sessions_held
from tests.conftest import START, HandClock
from tests.world import COUNSELOR, World

EVENING = START.replace(hour=23)
"""6 pm."""


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def gathered(world: World, count: int) -> tuple[list[str], int]:
    """So many people with a place this evening: their addresses, and the session."""
    addresses = [str(100 * n) for n in range(1, count + 1)]
    ids = [await world.joined(name=f"P {each}", address=each) for each in addresses]
    worker = await world.worker(COUNSELOR)

    def work(tx: Connection) -> int:
        own = {broadcasts.TEMPERATURE: worker.id}
        group = sessions_held.series(tx, START, own=own, staff_id=worker.id)
        session = sessions_held.held(tx, group, EVENING)
        for each in ids:
            sessions_held.sits(tx, session, each, START)
        return session

    return addresses, await world.store.write(work)


async def ticks(world: World, at: datetime) -> None:
    """Time goes on to a moment, with the room's job and what falls due."""
    while world.clock.at < at:
        world.clock.at = min(world.clock.at + timedelta(minutes=15), at)
        await rooms.sweep(world.store, world.clock.at)
        await world.later(minutes=0.01)


async def room(world: World, session: int) -> Any:
    return await world.read(lambda tx: broadcasts.asked(tx, session))


async def answers(world: World) -> list[Any]:
    found: list[Any] = await world.read(lambda tx: list(tx.execute(select(heap))))
    return found


async def test_a_room_of_five_is_counted_once_and_stands_on_nobodys_page(world: World) -> None:
    addresses, session = await gathered(world, 5)
    await ticks(world, EVENING - timedelta(hours=2, minutes=30))
    assert "no name on them" in world.texts(addresses[0])[-1]
    said = {address: len(world.texts(address)) for address in addresses}
    before = await world.read(lambda tx: tx.execute(select(message.c.id)).all())
    for n, address in enumerate(addresses):
        for text in (str(n), "9"):
            await world.say(text, address=address)
        await world.press("sleep", address=address)
    row = await room(world, session)
    assert row.shown is None
    heard = await world.read(lambda tx: list(tx.execute(select(message).order_by(message.c.id))))
    assert {each.text for each in heard[len(before) :]} == {"\u2022"}
    # What is said back is the same for all, whatever they answered.
    back = {tuple(world.texts(each)[said[each] :]) for each in addresses}
    assert len(back) == 1
    assert world.alerts() == []
    assert len(await answers(world)) == 5
    await ticks(world, EVENING - temperature.BEFORE)
    row = await room(world, session)
    assert row.shown == {
        "mood": {"low": "most", "middle": "few", "high": "few"},
        "craving": {"low": "few", "middle": "few", "high": "most"},
        "topic": {"sleep": "most"},
    }
    assert await answers(world) == []
    # Late, or again: nothing moves any more.
    await world.store.write(lambda tx: rooms.keep(tx, Voice(row.id, 1, 1, None), world.clock.at))
    await ticks(world, EVENING)
    assert (await room(world, session)).shown == row.shown
    assert await answers(world) == []


async def test_four_answers_show_nothing_and_who_is_slow_is_let_go(world: World) -> None:
    addresses, session = await gathered(world, 5)
    await ticks(world, EVENING - timedelta(hours=2, minutes=30))
    for address in addresses[:4]:
        for text in ("5", "5", "1"):
            await world.say(text, address=address)
    await world.say("5", address=addresses[4])
    await ticks(world, EVENING - temperature.BEFORE)
    assert (await room(world, session)).shown == {}
    assert await answers(world) == []
    await world.say("5", address=addresses[4])
    assert "/menu shows" in world.texts(addresses[4])[-1]
    due = await world.read(lambda tx: list(tx.scalars(select(reminder.c.kind))))
    assert not [kind for kind in due if kind.startswith(temperature.PROMPT)]


async def test_who_gave_up_their_place_is_not_asked_nor_anybody_of_what_is_cancelled(
    world: World,
) -> None:
    addresses, session = await gathered(world, 2)
    worker = await world.worker(COUNSELOR)
    asked = await world.store.write(lambda tx: rooms.ask(tx, session, worker.id, START))
    assert asked is not None
    assert await world.store.write(lambda tx: rooms.ask(tx, session, worker.id, START)) is None

    def gives_up(tx: Connection) -> None:
        seats.change(tx, seats.at(tx, session)[0].id, START, "given_up", None, state="given_up")

    await world.store.write(gives_up)
    await ticks(world, EVENING - timedelta(hours=2, minutes=45))
    assert "no name" not in world.texts(addresses[0])[-1]
    assert "no name" in world.texts(addresses[1])[-1]

    def another(tx: Connection) -> int:
        group = timetable.one(tx, session)
        assert group is not None
        later = sessions_held.held(tx, group.series_id, EVENING + timedelta(days=1))
        sessions_held.sits(tx, later, seats.at(tx, session)[0].person_id, START)
        assert rooms.ask(tx, later, worker.id, world.clock.at) is not None
        timetable.change(tx, later, state="cancelled")
        return later

    await world.store.write(another)
    await ticks(world, EVENING + timedelta(hours=23))
    assert not any("no name" in text for text in world.texts(addresses[0]))


ANSWER = st.builds(
    SimpleNamespace,
    mood=st.none() | st.integers(0, 10),
    craving=st.none() | st.integers(0, 10),
    topic=st.none() | st.sampled_from(temperature.TOPICS),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ANSWER, max_size=12), st.randoms(use_true_random=False))
def test_what_is_shown_speaks_of_five_and_never_of_one(
    given_: list[Any], order: random.Random
) -> None:
    shown = rooms.counted(given_)
    shuffled = list(given_)
    order.shuffle(shuffled)
    assert rooms.counted(shuffled) == shown
    for name in ("mood", "craving", "topic"):
        values = [getattr(each, name) for each in given_ if getattr(each, name) is not None]
        assert (name in shown) == (len(values) >= rooms.FEWEST)
    for name in ("mood", "craving"):
        values = [getattr(each, name) for each in given_ if getattr(each, name) is not None]
        for band, lean in shown.get(name, {}).items():
            count = sum(value in rooms.BANDS[band] for value in values)
            assert lean == ("most" if count * 2 > len(values) else "some" if count > 1 else "few")
    # One topic that nobody else named is never named.
    topics = [each.topic for each in given_]
    assert all(topics.count(topic) > 1 for topic in shown.get("topic", {}))

"""Their reasons: written, seen, taken away; theirs alone, and behind the PIN."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from bot.config import House
from bot.web import history
from bot.web.times import Times
from storage import items, pins
from storage.models import message
from storage.store import Store
from tests.conftest import HandClock
from tests.notebook import Notebook
from tests.world import World

NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
GIRLS = "my two girls"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def kept(world: World, person_id: int) -> list[str]:
    rows = world.store.read_now(lambda tx: items.of(tx, person_id, "reason"))
    return [row.data["text"] for row in rows]


async def test_they_are_written_seen_and_taken_away(world: World) -> None:
    person_id = await world.joined(**SMS)
    for said in ("REASONS", GIRLS, "to sleep at night\nmy brother"):
        await world.say(said, **SMS)
    assert f"1. {GIRLS}\n2. to sleep at night\n3. my brother" in world.texts(NUMBER)[-1]
    for said in ("1", "5", "2", "done"):
        await world.say(said, **SMS)
    assert kept(world, person_id) == [GIRLS, "my brother"]
    assert world.person(person_id).place is None
    assert world.alerts() == []


async def test_they_are_sealed_and_staff_see_none_of_them(world: World) -> None:
    person_id = await world.joined(**SMS)
    for said in ("razones", GIRLS, "done", "reasons"):
        await world.say(said, **SMS)

    def look(tx: Any) -> list[str]:
        assert not any(
            "girls" in row for row in tx.execute(text("SELECT data FROM item")).scalars()
        )
        times = Times(world.clock.now(), "America/New_York", "America/New_York")
        thread = history.thread(tx, person_id, times, {})
        return ["".join(piece for piece, _ in each.pieces) for each in thread.messages]

    seen = await world.read(look)
    assert not any(GIRLS in each for each in seen)
    assert seen.count("Words of their own, for themselves alone.") == 3


async def test_what_sounds_like_danger_is_heard_and_no_reason(world: World) -> None:
    person_id = await world.joined()
    await world.say("reasons")
    await world.say("i want to die")
    assert world.alerts()[-1].level == "urgent"
    assert kept(world, person_id) == []
    await world.say("C")
    await world.say(GIRLS)
    marked = select(message.c.kind).order_by(message.c.id.desc())
    assert await world.read(lambda tx: tx.execute(marked).scalars().first()) != "plan"


async def test_of_what_is_no_danger_nobody_is_told_and_nobody_reads_it(world: World) -> None:
    await world.joined()
    for said in ("reasons", "i relapsed and my girls saw it", "call me please, i need to talk"):
        await world.say(said)
    assert world.alerts() == []
    latest = select(message.c.kind, message.c.risk).order_by(message.c.id.desc()).limit(2)
    rows = [tuple(row) for row in await world.read(lambda tx: list(tx.execute(latest)))]
    assert {kind for kind, _ in rows} == {"own"}
    assert "concern" in {risk for _, risk in rows}


async def test_a_pin_guards_them(world: World) -> None:
    person_id = await world.joined()
    for said in ("reasons", GIRLS, "done"):
        await world.say(said)
    await world.store.write(lambda tx: pins.put(tx, person_id, "4711"))
    await world.say("reasons")
    assert GIRLS not in world.texts()[-1]
    await world.say("4711")
    assert GIRLS in world.texts()[-1]
    world.clock.at = world.clock.at.replace(minute=40)
    await world.say("english")
    assert GIRLS not in world.texts()[-1]
    await world.say("done")
    assert "Your PIN first" in world.texts()[-1]


def test_so_many_fit_and_the_rest_is_said() -> None:
    book = Notebook()
    book.say("reasons")
    said = book.say("\n".join(f"reason {n}" for n in range(12)))
    assert len(book.of("reason")) == 9
    assert "9 fit here" in said[0]
    assert book.say("one reason more")[0] == said[0]


def test_looking_at_them_leaves_nothing_to_come_back() -> None:
    book = Notebook()
    for said in ("reasons", GIRLS, "metas"):
        book.say(said)
    assert book.parked is None

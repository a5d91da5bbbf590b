"""A theme for a group: one message a person, who is left out, quiet hours, and taking it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from bot import broadcasts
from bot.broadcasts import Theme
from bot.config import House
from storage import broadcasts as rows
from storage import enrolments, outbox, people
from storage.models import outbox as outbox_table
from storage.store import Store
from tests import sessions_held
from tests.conftest import HandClock
from tests.world import COUNSELOR, World

WORDS: dict[Any, Theme] = {
    "en": Theme("Asking for help", "Name one thing you need"),
    "es": Theme("Pedir ayuda", "Di una cosa que necesitas"),
}
NUMBER = "+12155550123"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def grouped(world: World, *person_ids: int) -> int:
    """A group in which they are enrolled."""
    now = world.clock.now()

    def work(tx: Connection) -> int:
        which = sessions_held.series(tx, now)
        for each in person_ids:
            enrolments.begin(tx, each, which, now.date() - timedelta(days=7), None, None, now)
        return which

    return await world.store.write(work)


async def sent(world: World, group: int, words: dict[Any, Theme] = WORDS) -> Any:
    """Send it; returns its row."""
    worker, now = await world.worker(COUNSELOR), world.clock.now()

    def work(tx: Connection) -> Any:
        which = broadcasts.queue(tx, world.house, group, worker.id, words, now)
        return rows.get(tx, which) if which is not None else None

    return await world.store.write(work)


def queued(world: World) -> list[Any]:
    return [row for row in world.rows() if row.kind == rows.KIND]


async def test_each_gets_one_in_their_language_and_the_others_are_counted(world: World) -> None:
    sam = await world.joined()
    ana = await world.joined(name="Ana Roe", language="es", address="200")
    away, stopped, grave = [
        await world.joined(name=f"P {n}", address=str(n)) for n in (300, 400, 500)
    ]
    out = await world.joined(name="Not There", address="600")
    await world.store.write(lambda tx: people.change(tx, away, status="paused"))
    await world.say("/stop", address="400")
    await world.say("I want to kill myself", address="500")
    group = await grouped(world, sam, ana, away, stopped, grave)
    row = await sent(world, group)
    assert row.left_out == {"away": 1, "stopped": 1, "unsafe": 1}
    assert row.sent == len(queued(world)) == 2
    texts = {each.person_id: each.text for each in queued(world)}
    assert "Asking for help" in texts[sam]
    assert "Pedir ayuda" in texts[ana]
    assert {each.priority for each in queued(world)} == {outbox.BROADCAST}
    # The form comes twice: nobody hears it twice.
    assert (await sent(world, group)).id == row.id
    assert len(queued(world)) == 2
    assert out not in texts


async def test_what_others_may_read_is_sent_in_no_word_that_outs(world: World) -> None:
    covered = await world.joined(channel="sms", address=NUMBER)
    plain = await world.joined(name="Pat P", address="200")
    group = await grouped(world, covered, plain)
    theme = Theme("Urges come and go", "Call your sponsor")
    assert set(broadcasts.outing(theme)) == {"urges", "sponsor"}
    row = await sent(world, group, {"en": theme})
    assert (row.sent, row.left_out) == (1, {"words": 1})
    assert [each.person_id for each in queued(world)] == [plain]


async def test_it_waits_for_the_morning_and_for_the_hours_of_the_card(world: World) -> None:
    sam = await world.joined()
    ana = await world.joined(name="Ana Roe", address="200", card={"hours": "17-19"})
    group = await grouped(world, sam, ana)
    world.clock.at = datetime(2026, 11, 25, 4, tzinfo=UTC)  # 11 pm on Tuesday
    await sent(world, group)
    leaves = {each.person_id: (each.not_before, each.not_after) for each in queued(world)}
    morning = datetime(2026, 11, 25, 13, tzinfo=UTC)
    assert leaves[sam] == (morning, morning + timedelta(hours=3))
    evening = datetime(2026, 11, 25, 22, tzinfo=UTC)
    assert leaves[ana][0] == evening
    assert evening + timedelta(hours=1) < leaves[ana][1] < evening + timedelta(hours=2)


async def test_what_has_not_left_is_taken_back_and_may_be_said_again(world: World) -> None:
    sam = await world.joined()
    ana = await world.joined(name="Ana Roe", address="200")
    group = await grouped(world, sam, ana)
    row = await sent(world, group)
    first = min(queued(world), key=lambda each: each.id)

    def leave(tx: Connection) -> None:
        tx.execute(update(outbox_table).where(outbox_table.c.id == first.id).values(state="sent"))

    await world.store.write(leave)
    assert await world.read(lambda tx: rows.waiting(tx, row)) == 1
    assert await world.store.write(lambda tx: broadcasts.take_back(tx, row.id)) == 1
    assert await world.store.write(lambda tx: broadcasts.take_back(tx, row.id)) == 0
    kept = await world.read(lambda tx: rows.get(tx, row.id))
    assert (kept.sent, kept.left_out) == (1, {"back": 1})
    again = await sent(world, group)
    assert again.id != row.id


async def test_two_a_day_are_enough_and_an_end_takes_all_back(world: World) -> None:
    sam = await world.joined()
    group = await grouped(world, sam)
    for n in range(2):
        assert (await sent(world, group, {"en": Theme(f"Theme {n}", "Try it")})).sent == 1
    row = await sent(world, group, {"en": Theme("Theme 2", "Try it")})
    assert (row.sent, row.left_out) == (0, {"often": 1})
    await world.say("/stop")
    assert {each.state for each in queued(world)} == {"cancelled"}

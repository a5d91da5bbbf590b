"""From the list to the door: picked, told of an hour before, the link opens, and it counts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.config import House
from handlers.attended import SHARED
from handlers.meetings import PATH, SAVED
from storage import entries, items, people
from storage.store import Store
from tests import town
from tests.conftest import START, HandClock
from tests.world import World

SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}
NUMBER = SMS["address"]
SIX = datetime(2026, 11, 23, 23, tzinfo=UTC)
"""Monday evening in New York."""


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    world = await World(store, house, clock).staffed()
    await store.write(lambda tx: town.settle(tx, START))
    return world


async def owned(world: World, person_id: int, **own: Any) -> None:
    await world.store.write(lambda tx: people.change(tx, person_id, own=own))


async def test_from_the_list_to_the_door(world: World) -> None:
    person_id = await world.joined(**SMS)
    await owned(world, person_id, **{PATH: "none", SHARED: False})
    for said in ("NEAR 19103 tonight", "2", "1"):
        await world.say(said, **SMS)
    world.sent_since(NUMBER)
    await world.later(hours=7)
    text = next(each for each in world.sent_since(NUMBER) if "The way" in each)
    assert text.startswith("Today at 6 pm: 7 Library Sq. The way: ")
    (link,) = re.findall(r"https?://\S+/m/\S+", text)
    async with world.client() as browser:
        answer = await browser.get(link)
    assert answer.headers["location"].endswith("destination=39.96010,-75.18220")
    # Their words and ours about it are nobody's but theirs.
    rows = [row for row in world.rows(NUMBER) if "7 Library Sq" in row.text and "way:" in row.text]
    assert rows
    assert all(row.kind.startswith("own") for row in rows)


async def test_afterwards_it_counts_and_what_was_for_once_is_gone(world: World) -> None:
    person_id = await world.joined(**SMS)
    await owned(world, person_id, **{PATH: "none", SHARED: False})
    for said in ("NEAR 19103 tonight", "2", "1"):
        await world.say(said, **SMS)
    world.clock.at = SIX
    await world.later(hours=2)
    assert "did you get there" in world.texts(NUMBER)[-1]
    await world.say("1", **SMS)
    await world.say("5", **SMS)

    def kept(tx: Connection) -> Any:
        rows = entries.latest(tx, person_id, SAVED, 9)
        return [row.data for row in rows], items.of(tx, person_id, SAVED)

    logged, left = await world.read(kept)
    assert [(each["day"], each["minutes"], each["how"]) for each in logged] == [
        ("2026-11-23", 60, 5)
    ]
    assert left == []


async def test_no_reminder_goes_where_somebody_else_may_hold_the_phone(world: World) -> None:
    person_id = await world.joined(**SMS)
    await owned(world, person_id, **{PATH: "none"})
    for said in ("NEAR 19103 tonight", "2", "1"):
        await world.say(said, **SMS)
    await world.say("he will hit me if he sees this phone", **SMS)
    world.sent_since(NUMBER)
    await world.later(hours=7)
    assert not [text for text in world.sent_since(NUMBER) if "The way" in text]


async def test_a_question_for_the_days_of_a_week_hears_what_was_told(world: World) -> None:
    person_id = await world.joined()

    def went(tx: Connection) -> None:
        for day in ("2026-11-20", "2026-11-21"):
            entries.add(tx, person_id, SAVED, {"day": day, "minutes": 60}, START)

    await world.store.write(went)
    await world.say("checkup")
    await world.press("bam_iop")
    await world.press("ready")
    for _ in range(20):
        if "self-help" in world.texts()[-1]:
            break
        await world.press("skip")
    text = world.texts()[-1]
    assert text.startswith("What you told me here comes to 2 of the past 7 days.\n")
    assert "how many days did you attend" in text

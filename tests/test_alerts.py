"""Alerts: one open a person, who hears of it when, who takes it, and what the person is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot import alerts, sweeps
from bot.config import House
from handlers.risk import Level
from storage import alerts as rows
from storage import people
from storage.models import alert, alert_event
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.world import COUNSELOR, World

LEE = "+12155550199"
DYING = "i want to die"
TONIGHT = "i want to kill myself tonight"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    world = await World(store, house, clock).staffed()
    await world.joined()
    return world


async def opened(world: World, level: Level, reason: str, person_id: int = 1, **more: Any) -> int:
    def work(tx: Connection) -> int:
        person = people.locked(tx, person_id)
        return alerts.raise_alert(tx, world.house, person, level, reason, world.clock.now(), **more)

    return await world.store.write(work)


async def kinds(world: World, number: int = 1) -> list[str]:
    return [row.kind for row in await world.read(lambda tx: rows.timeline(tx, number))]


def notices(world: World, address: str) -> list[Any]:
    return [row for row in world.rows(address) if row.kind == "alert_notice"]


async def test_the_database_allows_one_open_alert_a_person(world: World) -> None:
    await opened(world, Level.CONCERN, "craving")
    row = {
        "person_id": 1, "level": "urgent", "state": "seen", "silent": False, "known": True,
        "opened_at": world.clock.now(), "clock_from": world.clock.now(), "rung": 0,
    }  # fmt: skip
    with pytest.raises(IntegrityError):
        await world.store.write(lambda tx: tx.execute(insert(alert).values(**row)))
    await world.store.write(
        lambda tx: tx.execute(insert(alert).values(**{**row, "state": "closed"}))
    )
    await world.store.write(lambda tx: tx.execute(update(alert).values(state="closed")))
    await world.store.write(lambda tx: tx.execute(insert(alert).values(**row)))


async def test_a_level_only_rises(world: World) -> None:
    first = await opened(world, Level.URGENT, "suicidal_ideation_active")
    for level in (Level.CONCERN, Level.EMERGENCY, Level.URGENT, Level.CONCERN):
        assert await opened(world, level, "craving") == first
    (row,) = world.alerts()
    assert row.level == Level.EMERGENCY
    assert [k for k in await kinds(world) if k in ("opened", "raised", "added")] == [
        "opened", "added", "raised", "added", "added",
    ]  # fmt: skip


async def test_a_new_urgent_message_opens_a_taken_one_again(world: World) -> None:
    await world.say(TONIGHT)
    await world.press("seen", address="900")
    before = len(notices(world, "900"))
    world.clock.at += timedelta(minutes=3)
    await world.say(DYING)
    (row,) = world.alerts()
    assert (row.state, row.taken_by, row.clock_from) == ("open", None, world.clock.at)
    assert len(notices(world, "900")) == before + 1


async def test_a_concern_leaves_a_taken_one_taken(world: World) -> None:
    await world.say(TONIGHT)
    await world.press("seen", address="900")
    await opened(world, Level.CONCERN, "craving")
    assert world.alerts()[0].state == "seen"


async def test_passed_on_it_goes_to_others_at_once_and_not_back(world: World) -> None:
    await world.say(TONIGHT)
    world.sent_since()
    await world.press("seen", address="900")
    mine, lees = len(notices(world, "900")), len(notices(world, LEE))
    await world.say("PASS 1", address="900")
    assert len(notices(world, "900")) == mine
    assert len(notices(world, LEE)) == lees + 1
    assert world.alerts()[0].state == "open"
    assert "I'm asking the next person" in world.sent_since()[-1]


async def test_of_two_who_press_at_once_one_takes_it(world: World) -> None:
    await world.say(TONIGHT)
    await asyncio.gather(
        world.say("SEEN 1", address="900"), world.say("SEEN 1", channel="sms", address=LEE)
    )
    answers = [world.texts("900")[-1], world.texts(LEE)[-1]]
    assert sum("is yours" in text for text in answers) == 1
    assert sum("was taken by" in text for text in answers) == 1
    assert (await kinds(world)).count("seen") == 1
    assert sum("read this at" in text for text in world.texts()) == 1


async def test_a_silent_one_tells_the_person_nothing(world: World) -> None:
    await opened(world, Level.EMERGENCY, "duress")
    await world.store.write(lambda tx: tx.execute(update(alert).values(silent=True)))
    world.sent_since()
    await world.later(minutes=20)
    for text in ("SEEN 1", "CALLING 1", "PASS 1", "CLOSE 1 met her"):
        await world.say(text, address="900")
    assert world.alerts()[0].state == "closed"
    assert world.sent_since() == []


async def test_that_silence_was_noticed_is_not_told(world: World) -> None:
    await opened(world, Level.CONCERN, "silence", known=False)
    world.sent_since()
    for text in ("SEEN 1", "CALLING 1", "CLOSE 1 fine"):
        await world.say(text, address="900")
    assert world.sent_since() == []
    await opened(world, Level.CONCERN, "asked_for_person")
    await world.say("SEEN 2", address="900")
    assert "Your counselor read this" in world.sent_since()[-1]


async def test_the_timeline_only_grows(world: World) -> None:
    seen: list[tuple[Any, ...]] = []
    await world.say(TONIGHT)
    for text in ("SEEN 1", "PASS 1", "CALLING 1", "CLOSE 1 safe"):
        await world.say(text, address="900")
        await world.later(minutes=5)
        query = select(alert_event).order_by(alert_event.c.id)
        found = [tuple(row) for row in await world.read(lambda tx: list(tx.execute(query)))]  # noqa: B023
        assert found[: len(seen)] == seen
        assert len(found) > len(seen)
        seen = found
    assert (await kinds(world))[-1] == "told"
    assert "closed" in await kinds(world)


async def test_what_is_closed_stays_closed_and_news_opens_another(world: World) -> None:
    await world.say(TONIGHT)
    await world.say("CLOSE 1 reached", address="900")
    await world.say("SEEN 1", address="900")
    assert "closed already" in world.texts("900")[-1]
    await world.say(DYING)
    assert [row.state for row in world.alerts()] == ["closed", "open"]


async def test_the_operator_learns_nothing_of_an_alert(world: World) -> None:
    await world.do("staff_add", name="Olga Op", role="operator", sms="+12155550188")
    await world.say(TONIGHT)
    await world.later(minutes=30)
    assert notices(world, "+12155550188") == []
    await world.say("SEEN 1", channel="sms", address="+12155550188")
    assert "There is no 1 for you" in world.texts("+12155550188")[-1]
    assert world.alerts()[0].state == "open"


LADDERS = {
    Level.EMERGENCY: ([0, 3, 6, 10, 15, 20, 25, 30], [0, 3, 6, 10, 15, 20, 25, 30], [10]),
    Level.URGENT: ([0, 15], [0, 15], [15]),
    Level.CONCERN: ([0], [], []),
}
"""Minutes at which the counselor, the supervisor and the person hear, in half an hour."""


@pytest.mark.parametrize("level", LADDERS)
async def test_the_ladder_minute_by_minute(world: World, level: Level) -> None:
    start = world.clock.at
    before = {to: len(world.rows(to)) for to in ("100", "900", LEE)}
    await opened(world, level, "test")
    for _ in range(31):
        await sweeps.escalate(world.store, world.house, world.clock.at)
        world.clock.at += timedelta(minutes=1)

    def minutes(address: str) -> list[int]:
        found = world.rows(address)[before[address] :]
        return [(row.created_at - start) // timedelta(minutes=1) for row in found]

    assert (minutes("900"), minutes(LEE), minutes("100")) == LADDERS[level]


async def test_taken_without_an_outcome_it_opens_after_its_time(world: World) -> None:
    await opened(world, Level.URGENT, "test")
    await world.say("SEEN 1", address="900")
    for minute in range(1, 16):
        world.clock.at += timedelta(minutes=1)
        await sweeps.escalate(world.store, world.house, world.clock.at)
        assert world.alerts()[0].state == ("open" if minute == 15 else "seen")


async def test_another_clinics_ladder_is_followed(store: Store, clock: HandClock) -> None:
    ladder = {"rungs": [{"after": 0, "to": ["supervisor"]}], "repeat": 60}
    house = House(clinic(concern=ladder), "https://companion.example")
    world = await World(store, house, clock).staffed()
    await world.joined()
    await opened(world, Level.CONCERN, "craving")
    assert (len(notices(world, "900")), len(notices(world, LEE))) == (0, 1)


async def test_another_counselor_is_not_told_before_everybody_is(world: World) -> None:
    await world.do("staff_add", name="Kim Lund", role="counselor", sms="+12155550177")
    await world.say(TONIGHT)
    await world.later(minutes=5)
    assert notices(world, "+12155550177") == []
    await world.later(minutes=10)
    assert len(notices(world, "+12155550177")) >= 1
    assert COUNSELOR.split()[0] not in "".join(row.text for row in notices(world, "900"))

"""The ledger in the store: what a week comes to, what could make it up, and that edits add up."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from bot import ledger, prescribing
from bot.config import House
from handlers.programme import Week
from storage import prescriptions, seats
from storage.models import seat
from storage.store import Store
from tests import sessions_held
from tests.conftest import START, HandClock
from tests.world import World

MONDAY = date(2026, 11, 23)
ZONE = "America/New_York"
NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def evening(day: int) -> datetime:
    """6 pm of a day of that week in New York."""
    return START.replace(hour=23) + timedelta(days=day)


async def test_a_week_has_its_hours_and_what_could_make_them_up(store: Store) -> None:
    made: dict[str, int] = {}
    now = evening(2) + timedelta(hours=12)

    def work(tx: Connection) -> list[int]:
        those = sessions_held.somebody(tx, START, "Sam", "Ana", "Eli")
        sam, ana, _ = those
        prescriptions.add(tx, sam, MONDAY, 540, "IOP", None, START)
        group, other = sessions_held.series(tx, START), sessions_held.series(tx, START, "Other")
        gone = sessions_held.series(tx, START, "Gone", active=False)
        for day in (0, 2):
            there = sessions_held.held(tx, group, evening(day))
            kept = {"mark": "late", "minutes": 150} if day else {"mark": "present", "minutes": 180}
            sessions_held.sits(tx, there, sam, START, **kept)
        full = sessions_held.held(tx, other, evening(3), capacity=1)
        sessions_held.sits(tx, full, ana, START)
        made["friday"] = sessions_held.held(tx, other, evening(4), 120, capacity=1)
        made["saturday"] = sessions_held.held(tx, other, evening(5), 120)
        sessions_held.held(tx, other, evening(4), state="cancelled")
        sessions_held.held(tx, other, evening(4), all_day=True)
        sessions_held.held(tx, other, evening(4), kind="individual")
        sessions_held.held(tx, gone, evening(3))
        sessions_held.held(tx, other, evening(8))
        return those

    sam, ana, eli = await store.write(work)

    def read(person: int, **more: Any) -> Week | None:
        return store.read_now(
            lambda tx: ledger.week(tx, person, MONDAY + timedelta(days=2), ZONE, now, **more)
        )

    week = read(sam)
    assert week is not None
    assert (week.first, week.prescribed, week.attended, week.planned) == (MONDAY, 540, 330, 0)
    assert [each.id for each in week.open_] == [made["friday"], made["saturday"]]
    assert [each.free for each in week.open_] == [1, None]
    assert (read(sam, offers=False) or week).open_ == ()
    assert read(ana) is not None
    assert read(eli) is None


async def test_edits_of_the_past_are_a_trail_that_comes_to_what_stands(store: Store) -> None:
    """Marks are changed in any order; the trail replays to the seat, and the week to its sum."""
    chance = random.Random(7)

    def work(tx: Connection) -> tuple[int, list[int]]:
        (sam,) = sessions_held.somebody(tx, START, "Sam")
        group = sessions_held.series(tx, START)
        starts = [evening(0), evening(0) + timedelta(hours=1), evening(2)]
        made = [sessions_held.held(tx, group, start) for start in starts]
        theirs = [sessions_held.sits(tx, which, sam, START) for which in made]
        for n in range(40):
            mark = chance.choice([None, "present", "late", "left_early", "excused", "absent"])
            minutes = chance.randint(0, 180) if mark not in (None, "absent") else None
            at = START + timedelta(minutes=n)
            seats.change(tx, chance.choice(theirs), at, "marked", None, mark=mark, minutes=minutes)
        return sam, theirs

    sam, theirs = await store.write(work)

    def read(tx: Connection) -> tuple[Week | None, Any]:
        for which in theirs:
            stands = tx.execute(select(seat).where(seat.c.id == which)).one()
            replayed: dict[str, Any] = {"mark": None, "minutes": None}
            for event in seats.trail(tx, which):
                had = {name: replayed.get(name) for name in event.before}
                assert event.before == had
                replayed |= event.after
            assert (replayed["mark"], replayed["minutes"]) == (stands.mark, stands.minutes)
        now = evening(6)
        lines = ledger.lines(tx, sam, MONDAY, MONDAY + timedelta(days=6), ZONE, now)
        return ledger.week(tx, sam, MONDAY, ZONE, now), lines

    week, lines = await store.read(read)
    assert week is not None
    assert week.attended == sum(line.attended for line in lines)
    assert week.excused == sum(line.excused for line in lines)
    assert len(lines) == 3


async def test_a_place_that_makes_it_up_is_booked_by_its_number(world: World) -> None:
    sam = await world.joined(**SMS)

    def work(tx: Connection) -> None:
        group = sessions_held.series(tx, START)
        for day in (0, 1):
            there = sessions_held.held(tx, group, evening(day))
            sessions_held.sits(tx, there, sam, START, mark="present", minutes=180)
        for day in (4, 5):
            sessions_held.held(tx, group, evening(day), capacity=1)
        prescribing.prescribe(tx, world.house, sam, MONDAY, 540, "IOP", None, START)

    await world.store.write(work)
    world.sent_since(NUMBER)
    await say_checkin(world)
    world.clock.at = evening(3) - timedelta(hours=5, minutes=35)
    await world.later(minutes=10)
    (said,) = [text for text in world.sent_since(NUMBER) if "hours" in text]
    assert said.startswith("You're set for 6 of 9 hours this week.")
    assert said.endswith("1 Friday 6 pm  2 Saturday 6 pm")
    assert "group" not in said.lower()
    await world.say("2", **SMS)
    assert world.sent_since(NUMBER) == ["You have a place: Saturday at 6 pm. Good move."]
    rows = await world.read(lambda tx: seats.of(tx, sam, evening(5), evening(6)))
    assert [(row.state, row.via) for row in rows] == [("held", "once")]


async def say_checkin(world: World) -> None:
    """Answered, so that nothing else is asked in between."""
    await world.say("checkin", **SMS)
    await world.say("6 1 1 1", **SMS)
    world.sent_since(NUMBER)

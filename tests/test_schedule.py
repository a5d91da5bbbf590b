"""Times of day: once a local day, over every clock change, wherever somebody lives or moves to."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot import rounds, schedule
from bot.config import House
from storage.models import outbox, reminder
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

# Of each kind of clock: none, north, south, half an hour, at midnight, two jumps a year, far east.
ZONES = (
    "UTC", "America/New_York", "America/Los_Angeles", "America/Phoenix", "America/Puerto_Rico",
    "Pacific/Honolulu", "America/Anchorage", "America/Denver", "America/St_Johns",
    "America/Santiago", "America/Havana", "Europe/London", "Africa/Casablanca", "Africa/Cairo",
    "Asia/Beirut", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Kiritimati",
    "America/Scoresbysund",
)  # fmt: skip
zones = st.sampled_from(ZONES)
seconds = st.integers(0, 12 * 365 * 24 * 3600)
moments = seconds.map(lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=n))
hours = st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0))


def skipped(at: time, zone: str, moment: datetime) -> bool:
    """Whether the clock jumped over this time on the local day of a moment."""
    wall = datetime.combine(moment.astimezone(ZoneInfo(zone)).date(), at)
    back = wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone))
    return back.replace(tzinfo=None) != wall


@settings(max_examples=250, deadline=None)
@given(hours, zones, moments)
def test_it_is_the_next_such_hour(at: time, zone: str, after: datetime) -> None:
    due = schedule.next_at(at, zone, after)
    assert due.tzinfo is UTC
    assert after < due <= after + timedelta(hours=26)
    local = due.astimezone(ZoneInfo(zone))
    assert local.time() == at or skipped(at, zone, due)


@settings(max_examples=60, deadline=None)
@given(hours, zones, moments)
def test_it_comes_once_on_each_local_day(at: time, zone: str, start: datetime) -> None:
    due, days = start, []
    for _ in range(40):
        due = schedule.next_at(at, zone, due)
        days.append(due.astimezone(ZoneInfo(zone)).date())
    gaps = {(b - a).days for a, b in itertools.pairwise(days)}
    assert gaps == {1}


@settings(max_examples=250, deadline=None)
@given(zones, moments)
def test_nothing_unasked_leaves_in_quiet_hours(zone: str, moment: datetime) -> None:
    leaves = schedule.allowed(moment, zone)
    there = leaves.astimezone(ZoneInfo(zone)).time()
    # To the minute: a sweep looks at 21:00 some seconds later.
    assert schedule.QUIET_TO <= there.replace(second=0, microsecond=0) <= schedule.QUIET_FROM
    assert moment <= leaves < moment + timedelta(hours=12, minutes=1)
    assert schedule.allowed(leaves, zone) == leaves


@pytest.mark.parametrize(
    ("at", "before", "due"),
    [
        # Spring forward: 2:30 does not exist, and comes as 3:30; the next day it is 2:30 again.
        (
            time(2, 30),
            datetime(2027, 3, 14, 5, tzinfo=UTC),
            datetime(2027, 3, 14, 7, 30, tzinfo=UTC),
        ),
        (
            time(2, 30),
            datetime(2027, 3, 14, 8, tzinfo=UTC),
            datetime(2027, 3, 15, 6, 30, tzinfo=UTC),
        ),
        # Fall back: 1:30 comes twice, and counts the first time only.
        (
            time(1, 30),
            datetime(2027, 11, 7, 5, tzinfo=UTC),
            datetime(2027, 11, 7, 5, 30, tzinfo=UTC),
        ),
        (
            time(1, 30),
            datetime(2027, 11, 7, 5, 45, tzinfo=UTC),
            datetime(2027, 11, 8, 6, 30, tzinfo=UTC),
        ),
    ],
)
def test_clock_changes_in_new_york(at: time, before: datetime, due: datetime) -> None:
    assert schedule.next_at(at, "America/New_York", before) == due


CHANGES = [
    ("19103", "America/New_York", datetime(2027, 3, 12, 20, tzinfo=UTC)),
    ("19103", "America/New_York", datetime(2027, 11, 5, 20, tzinfo=UTC)),
    ("90210", "America/Los_Angeles", datetime(2027, 3, 12, 20, tzinfo=UTC)),
    ("90210", "America/Los_Angeles", datetime(2027, 11, 5, 20, tzinfo=UTC)),
]


@pytest.mark.parametrize(("code", "zone", "start"), CHANGES)
async def test_one_checkin_a_local_day_over_a_clock_change(
    store: Store, house: House, code: str, zone: str, start: datetime
) -> None:
    world = await World(store, house, HandClock(start)).staffed()
    await world.invited()
    for text in ("1", "1", code, "8:30 am"):
        await world.say(text)
    for _ in range(4 * 24):
        world.clock.at += timedelta(hours=1)
        await rounds.sweep(store, house, world.clock.at)
    asked = [row for row in world.rows("100") if row.kind == "checkin"]
    local = [row.created_at.astimezone(ZoneInfo(zone)) for row in asked]
    assert [moment.date().day for moment in local] == [start.day + n for n in range(1, 5)]
    assert {(moment.hour, row.window) for moment, row in zip(local, asked, strict=True)} == {
        (9, moment.date().isoformat()) for moment in local
    }


async def next_checkin(world: World) -> Any:
    query = select(reminder.c.due_at).where(reminder.c.kind == "checkin")
    return await world.read(lambda tx: tx.execute(query).scalar_one())


async def test_who_moves_is_asked_at_the_same_hour_there(store: Store, house: House) -> None:
    world = await World(store, house, HandClock()).staffed()
    await world.joined()
    assert await next_checkin(world) == datetime(2026, 11, 23, 23, tzinfo=UTC)
    for text in ("settings", "3", "Los Angeles, CA"):
        await world.say(text)
    assert await next_checkin(world) == datetime(2026, 11, 24, 2, tzinfo=UTC)
    world.clock.at += timedelta(hours=10)
    await rounds.sweep(store, house, world.clock.at)
    assert not [row for row in world.rows("100") if row.kind == "checkin"]
    world.clock.at += timedelta(hours=1)
    await rounds.sweep(store, house, world.clock.at)
    (asked,) = [row for row in world.rows("100") if row.kind == "checkin"]
    assert asked.created_at == datetime(2026, 11, 24, 2, tzinfo=UTC)


async def test_another_hour_is_kept_from_the_next_one_on(store: Store, house: House) -> None:
    world = await World(store, house, HandClock()).staffed()
    await world.joined()
    for text in ("settings", "1", "7 am"):
        await world.say(text)
    # 7 am lies in the quiet hours, and becomes 8 am.
    assert await next_checkin(world) == datetime(2026, 11, 24, 13, tzinfo=UTC)


async def test_a_reminder_is_sent_once_however_often_it_is_swept(
    store: Store, house: House
) -> None:
    world = await World(store, house, HandClock()).staffed()
    await world.joined()
    world.clock.at += timedelta(hours=9)
    for _ in range(3):
        await rounds.sweep(store, house, world.clock.at)
    kinds = await world.read(lambda tx: list(tx.execute(select(outbox.c.kind)).scalars()))
    assert kinds.count("checkin") == 1

"""Screens: planned in secret, told on the morning, heard from or not, and never missed unread."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select

from bot import rounds
from bot.screens import keep, paper
from handlers.drug_screen import CANNOT, UNREAD
from storage import people, reminders, screens, tasks
from storage.models import screen
from tests.world import World

TODAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
async def world(store: Any, house: Any, clock: Any) -> World:
    return await World(store, house, clock).staffed()


async def ordered(world: World, person_id: int, day: date = TOMORROW) -> int:
    """One that staff have planned; returns its number."""
    await world.store.write(lambda tx: keep.order(tx, world.house, [(person_id, day)]))
    return int((await rows(world))[-1].id)


async def rows(world: World) -> list[Any]:
    def read(tx: Connection) -> list[Any]:
        return list(tx.execute(select(screen).order_by(screen.c.id)))

    return await world.read(read)  # type: ignore[no-any-return]


async def kinds(world: World, person_id: int) -> dict[str, str]:
    found = await world.read(lambda tx: tasks.of(tx, person_id, 9))
    return {task.kind: task.state for task in found}


async def swept(world: World) -> None:
    await keep.sweep(world.store, world.house, world.clock.at)


async def morning(world: World, hour: int, minute: int = 0) -> list[str]:
    """The next day at this hour; what was said then."""
    there = datetime.combine(TOMORROW, time(hour, minute), ZoneInfo("America/New_York"))
    world.clock.at = there.astimezone(UTC)
    await rounds.sweep(world.store, world.house, world.clock.at)
    await keep.sweep(world.store, world.house, world.clock.at)
    return world.sent_since()


async def test_the_notice_comes_on_the_morning_and_counts_once_it_is_answered(world: World) -> None:
    person_id = await world.joined()
    which = await ordered(world, person_id)
    assert all("come by" not in text for text in await morning(world, 7, 59))
    (notice,) = await morning(world, 8)
    assert notice == (
        "Please come by today between 9 am and 4 pm, the usual place. Can you make it?"
    )
    assert [row.state for row in await rows(world)] == ["told"]
    await world.say("1")
    assert "9 am to 4 pm" in world.sent_since()[-1]
    (row,) = await rows(world)
    assert (row.id, row.state, row.confirmed_at) == (which, "confirmed", world.clock.at)
    assert await morning(world, 17) == []
    assert [row.state for row in await rows(world)] == ["confirmed"]
    assert await kinds(world, person_id) == {}


async def test_unread_is_not_missed_and_staff_hear_of_it(world: World) -> None:
    person_id = await world.joined()
    await ordered(world, person_id)
    await morning(world, 8)
    await morning(world, 10, 59)
    assert await kinds(world, person_id) == {}
    await morning(world, 11)
    await morning(world, 11, 1)
    assert [row.state for row in await rows(world)] == ["unread"]
    assert await kinds(world, person_id) == {UNREAD: "open"}
    await world.say("ok")
    assert [row.state for row in await rows(world)] == ["confirmed"]
    assert await kinds(world, person_id) == {UNREAD: "done"}


async def test_who_cannot_says_why_and_a_ride_is_asked_for(world: World) -> None:
    person_id = await world.joined()
    await ordered(world, person_id)
    await morning(world, 8)
    await world.say("2")
    assert "gets in the way" in world.sent_since()[-1]
    assert await kinds(world, person_id) == {CANNOT: "open"}
    await world.say("1")
    assert "No one has read it yet" in world.sent_since()[-1]
    (row,) = await rows(world)
    assert (row.state, row.barrier) == ("cannot", "ride")
    assert await kinds(world, person_id) == {CANNOT: "open", "ride": "open"}


async def test_what_is_said_once_it_is_over_changes_nothing(world: World) -> None:
    person_id = await world.joined()
    await ordered(world, person_id)
    await morning(world, 8)
    await morning(world, 16)
    await world.say("1")
    assert "over for today" in world.sent_since()[-1]
    await swept(world)
    assert [row.state for row in await rows(world)] == ["unread"]


async def test_who_is_away_is_not_told_and_not_blamed(world: World) -> None:
    person_id, other = await world.joined(), await world.joined(name="Ana Diaz", address="101")
    await ordered(world, person_id)
    await ordered(world, other)
    await world.store.write(lambda tx: people.change(tx, person_id, status="hospital"))
    # The other one's notice could not be said, whatever the reason.
    await world.store.write(lambda tx: reminders.drop(tx, other))
    await morning(world, 16)
    assert [(row.person_id, row.state) for row in await rows(world)] == [
        (person_id, "cancelled"),
        (other, "unread"),
    ]
    assert await kinds(world, person_id) == {}
    assert await kinds(world, other) == {UNREAD: "open"}


async def chosen(world: World, person_id: int, *limits: int) -> None:
    def work(tx: Connection) -> None:
        keep.choose(tx, people.locked(tx, person_id), limits or None)

    await world.store.write(work)


def asked(**changed: Any) -> dict[str, Any]:
    return {
        "name": "2026-12",
        "first": "2026-12-01",
        "last": "2026-12-31",
        "weekdays": ["mon", "tue", "wed", "thu", "fri"],
        "without": ["2026-12-25"],
        **changed,
    }


async def test_a_draw_is_committed_before_and_checked_by_anyone_afterwards(world: World) -> None:
    there = [await world.joined(name=f"P {n}", address=str(200 + n)) for n in range(4)]
    for person_id in there[:3]:
        await chosen(world, person_id, 2, 4)
    planned = await world.do("screens_plan", **asked())
    assert (planned["people"], len(planned["days"])) == (3, 22)
    assert await rows(world) == []
    published = (await world.do("screens_commit", **asked()))["published"]
    text = json.dumps(published)
    assert not any(f"P {n}" in text for n in range(4))
    assert "seed" not in published
    assert "holds until" in (await world.do("screens_reveal", name="2026-12"))["error"]
    assert (await world.do("screens_show", name="2026-12"))["published"] == published

    world.clock.at += timedelta(days=39)
    after = (await world.do("screens_reveal", name="2026-12"))["published"]
    assert len(paper.verify(json.dumps(after), text)) == 3
    (draw,) = await world.read(screens.draws)
    names = {person_id: keep.pseudonym(draw, person_id) for person_id in there}
    assert names[there[3]] is None
    by_person: dict[int, list[str]] = {person_id: [] for person_id in there[:3]}
    for row in await rows(world):
        by_person[row.person_id].append(row.day.isoformat())
    assert {names[i]: sorted(those) for i, those in by_person.items()} == after["drawn"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"first": "2026-11-23"}, "before its first day"),
        ({"last": "2026-11-30"}, "1 to 92 days"),
        ({"last": "2027-12-31"}, "1 to 92 days"),
        ({"name": "x" * 41}, "at most 40"),
        ({"last": "2026-12-01"}, "more often than the 1 days"),
        ({"weekdays": []}, "no day is left"),
    ],
)
async def test_what_cannot_be_drawn_is_said_in_words(
    world: World, changed: dict[str, Any], says: str
) -> None:
    await chosen(world, await world.joined(), 2, 4)
    assert says in (await world.do("screens_commit", **asked(**changed)))["error"]
    assert await rows(world) == []


async def test_no_two_draws_hold_on_one_day(world: World) -> None:
    assert "nobody is to be drawn" in (await world.do("screens_commit", **asked()))["error"]
    person_id = await world.joined()
    await chosen(world, person_id, 1, 2)
    assert "published" in await world.do("screens_commit", **asked())
    assert "of that name" in (await world.do("screens_commit", **asked()))["error"]
    late = asked(name="more", first="2026-12-31", last="2027-01-31")
    assert "already" in (await world.do("screens_commit", **late))["error"]
    await chosen(world, person_id)
    await world.store.write(lambda tx: people.change(tx, person_id, status="discharged"))
    next_ = asked(name="2027-01", first="2027-01-01", last="2027-01-31")
    assert "nobody is to be drawn" in (await world.do("screens_commit", **next_))["error"]

"""What is kept of a meeting beside what is listed now: they hear once where it differs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, update

from bot import recurring, saved
from bot.config import House
from bot.found import Found, told
from handlers.meetings import SAVED
from storage import items, listed, meetings, people, reminders
from storage.models import feed, meeting
from storage.store import Store
from tests import meeting_rows
from tests.conftest import HandClock
from tests.world import World

MONDAY = 1
ZONE = "America/New_York"
SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


class Kept:
    """Somebody who keeps one meeting, each Monday at half past seven, and is reminded of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.feed = self.person = self.item = 0
        self.address = "100"

    async def by(self, row: dict[str, Any] | None = None, **person: Any) -> Kept:
        self.person = await self.world.joined(**person)
        self.address = str(person.get("address", "100"))
        await self.world.store.write(lambda tx: self._keep(tx, row or {}))
        return self

    def _keep(self, tx: Connection, changed: dict[str, Any]) -> None:
        self.feed = meeting_rows.listed(tx)
        make = meeting_rows.online if changed.get("attendance") == "online" else meeting_rows.row
        meeting_rows.put(tx, [make(self.feed, MONDAY, "19:30", **{"key": "m1", **changed})])
        now = self.world.clock.now()
        number = listed.get(tx, self.feed, "m1")
        assert number is not None
        (row,) = meetings.whole(tx, [number.id]).values()
        miles = 0.6 if number.cell is not None else None
        start = now.replace(hour=0, minute=30) + timedelta(days=1)
        which = told(row, Found(row.id, start, miles, row.name, row.weekly, 0), ZONE)
        data = {**which.data(), "remind": True, "saved": True}
        self.item = items.keep(tx, self.person, SAVED, data, now)
        recurring.arrange(tx, self.world.house, self.person, now)

    async def change(self, **values: Any) -> None:
        await self.world.store.write(lambda tx: tx.execute(update(meeting).values(**values)))

    async def look(self) -> int:
        return await saved.look(self.world.store, self.world.house, self.world.clock.now())

    async def hears(self) -> list[str]:
        """What is said of it, once it falls due."""
        self.world.sent_since(self.address)
        await self.world.later(minutes=5)
        return self.world.sent_since(self.address)

    async def due(self) -> dict[str, Any]:
        rows = await self.world.read(lambda tx: reminders.of(tx, self.person))
        return {row.kind: row.due_at for row in rows if row.kind.startswith("meeting")}

    async def data(self) -> dict[str, Any]:
        row = await self.world.read(lambda tx: items.get(tx, self.person, self.item))
        return dict(row.data) if row is not None else {}


async def test_nothing_is_said_where_nothing_changed(world: World) -> None:
    kept = await Kept(world).by()
    before = await kept.data()
    assert await kept.look() == 0
    await world.store.write(
        lambda tx: tx.execute(update(feed).values(good_at=world.clock.now() + timedelta(days=3)))
    )
    assert await kept.look() == 0
    assert await kept.data() == before


async def test_one_that_moved_is_told_once_and_its_reminder_moves(world: World) -> None:
    kept = await Kept(world).by()
    before = (await kept.due())[f"meeting:{kept.item}"]
    await kept.change(day=2, minute=20 * 60)
    assert await kept.look() == 1
    assert await kept.look() == 0
    moved = (await kept.due())[f"meeting:{kept.item}"]
    assert moved - before == timedelta(days=1, minutes=30)
    (text,) = await kept.hears()
    assert text.startswith("Group m")
    assert "(today 7:30 pm) has moved. Now it's tomorrow at 8 pm" in text
    assert "Your reminder moved along." in text
    assert await kept.look() == 0
    assert await kept.hears() == []


async def test_moved_twice_before_they_heard_the_first_hour_is_named(world: World) -> None:
    kept = await Kept(world).by()
    for day in (2, 3):
        await kept.change(day=day)
        await kept.look()
    (text,) = await kept.hears()
    assert "(today 7:30 pm)" in text
    assert "Now it's Wednesday" in text


async def test_by_text_message_the_news_names_nothing(world: World) -> None:
    kept = await Kept(world).by(**SMS)
    await kept.change(minute=20 * 60)
    await kept.look()
    (text,) = await kept.hears()
    assert text == (
        "Yours, today 7:30 pm, has moved: now today at 8 pm, 12 Oak St. Lists can be wrong: "
        "check first.\nYour reminder moved along."
    )


@pytest.mark.parametrize("how", ["gone", "inactive", "list"])
async def test_one_that_is_gone_is_told_once_and_its_reminder_goes(world: World, how: str) -> None:
    kept = await Kept(world).by()
    if how == "inactive":
        await kept.change(attendance="inactive")
    else:
        await world.store.write(lambda tx: tx.execute(delete(meeting)))
    if how == "list":
        await world.store.write(lambda tx: tx.execute(delete(feed)))
    assert await kept.look() == 1
    assert list(await kept.due()) == [f"meeting_news:{kept.item}"]
    (text,) = await kept.hears()
    assert "today at 7:30 pm, is no longer listed" in text
    assert "I took its reminder away." in text
    assert await kept.data() == {}
    assert await kept.look() == 0


async def test_one_that_is_back_before_they_heard_of_it_is_not_spoken_of(world: World) -> None:
    kept = await Kept(world).by()
    await kept.change(attendance="inactive")
    await kept.look()
    await kept.change(attendance="in_person")
    assert await kept.look() == 0
    assert f"meeting_news:{kept.item}" not in await kept.due()
    assert f"meeting:{kept.item}" in await kept.due()
    assert await kept.hears() == []


async def test_another_name_in_the_list_is_followed_in_silence(world: World) -> None:
    kept = await Kept(world).by()
    await kept.change(key="m2")
    assert await kept.look() == 0
    assert (await kept.data())["id"] == "made-up/m2"
    assert await kept.look() == 0


@pytest.mark.parametrize(
    ("changed", "tells"),
    [
        ({"name": "Another name"}, False),
        ({"lat": meeting_rows.north(0.02)["lat"]}, False),
        ({**meeting_rows.north(2), "address": "99 Elm St"}, True),
        ({"zone": "America/Chicago"}, True),
        ({"attendance": "online", "lat": None, "lng": None, "cell": None}, True),
        ({"join_url": "https://zoom.us/j/111111111"}, False),
    ],
)
async def test_what_they_would_miss_it_by_is_told(
    world: World, changed: dict[str, Any], *, tells: bool
) -> None:
    kept = await Kept(world).by()
    await kept.change(**changed)
    assert await kept.look() == int(tells)


async def test_at_night_the_news_waits_for_the_morning(world: World) -> None:
    kept = await Kept(world).by()
    world.clock.at = world.clock.at.replace(hour=3) + timedelta(days=1)
    await kept.change(minute=20 * 60)
    await kept.look()
    due = (await kept.due())[f"meeting_news:{kept.item}"]
    assert due - world.clock.at == timedelta(hours=10)
    assert await kept.hears() == []


async def test_who_is_away_is_told_nothing_and_what_is_gone_goes(world: World) -> None:
    kept = await Kept(world).by()
    await world.store.write(lambda tx: people.change(tx, kept.person, status="paused"))
    await kept.change(minute=20 * 60)
    assert await kept.look() == 0
    assert (await kept.data())["minute"] == 20 * 60
    await kept.change(attendance="inactive")
    assert await kept.look() == 0
    assert await kept.data() == {}


async def test_a_room_online_that_moves_keeps_its_own_reminder(world: World) -> None:
    kept = await Kept(world).by({"attendance": "online"})
    await kept.change(minute=20 * 60)
    assert await kept.look() == 1
    due = await kept.due()
    start = world.clock.now().replace(hour=1, minute=0) + timedelta(days=1)
    assert due[f"meeting_join:{kept.item}"] == start - timedelta(minutes=15)
    assert f"meeting:{kept.item}" not in due

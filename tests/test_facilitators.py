"""Who leads a session hears of it by a number and a link, and is asked who came."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot import facilitators, rollcall
from bot.config import House
from storage import staff, timetable
from storage.store import Store
from tests import sessions_held
from tests.conftest import HandClock
from tests.world import COUNSELOR, SUPERVISOR, World

SATURDAY = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
"""3 pm in New York, when no counselor has a shift."""
HOUR = timedelta(hours=1)


class Group:
    """A session on a day off, led by the counselor."""

    def __init__(self, world: World, leader: int, session: int) -> None:
        self.world = world
        self.leader = leader
        self.session = session

    async def tell(self, now: datetime, what: str = "late") -> list[tuple[str, str]]:
        """Who was told: address and words."""
        before = len(self.world.rows())
        house = self.world.house
        await self.world.store.write(
            lambda tx: facilitators.tell(tx, house, self.session, what, now)
        )
        return [(row.address, row.text) for row in self.world.rows()[before:]]

    async def off(self, cover: int | None) -> None:
        start, end = SATURDAY - 24 * HOUR, SATURDAY + 24 * HOUR
        await self.world.store.write(
            lambda tx: staff.add_absence(tx, self.leader, start, end, cover)
        )

    def row(self) -> Any:
        return self.world.store.read_now(lambda tx: timetable.one(tx, self.session))


@pytest.fixture
async def group(store: Store, house: House, clock: HandClock) -> Group:
    world = await World(store, house, clock).staffed()
    person = await world.joined()

    def work(tx: Connection) -> tuple[int, int]:
        worker = staff.by_name(tx, COUNSELOR)
        assert worker is not None
        series = sessions_held.series(tx, clock.now(), staff_id=worker.id)
        which = sessions_held.held(tx, series, SATURDAY)
        sessions_held.sits(tx, which, person, clock.now())
        return worker.id, which

    leader, which = await store.write(work)
    return Group(world, leader, which)


async def test_around_their_own_session_they_are_told_whatever_their_shifts(group: Group) -> None:
    url = f"{group.world.house.url}/sessions/{group.session}"
    said = f"Session {group.session}: somebody runs late. {url}"
    assert await group.tell(SATURDAY - 4 * HOUR) == []
    assert await group.tell(SATURDAY - HOUR) == [("900", said)]
    # The next one within minutes stands on the page, and so does everybody's name.
    assert await group.tell(SATURDAY - HOUR + timedelta(minutes=5)) == []
    assert len(await group.tell(SATURDAY - HOUR + timedelta(minutes=15))) == 1
    assert len(await group.tell(SATURDAY - HOUR + timedelta(minutes=16), "cannot")) == 1


async def test_in_their_time_off_who_stands_in_is_told_if_on_duty(group: Group) -> None:
    await group.off(None)
    assert [address for address, _ in await group.tell(SATURDAY)] == ["+12155550199"]


async def test_nobody_who_is_off_duty_stands_in(group: Group) -> None:
    cover = await group.world.hired("Noa Iris", "counselor", "+12155550177")
    await group.off(cover)
    assert await group.tell(SATURDAY) == []


async def test_each_session_has_a_word_and_is_asked_for_once(group: Group) -> None:
    world, series = group.world, group.row().series_id
    other = await world.store.write(
        lambda tx: sessions_held.held(tx, series, SATURDAY + HOUR, staff_id=None)
    )
    await rollcall.sweep(world.store, world.house, SATURDAY - 20 * HOUR)
    named = group.row().word
    beside = world.store.read_now(lambda tx: timetable.one(tx, other))
    assert named in rollcall.WORDS
    assert beside is not None
    assert beside.word not in (None, named)
    before = len(world.rows())
    end = group.row().ends_at
    for minutes in (-20, -10, -5, 60):
        await rollcall.sweep(world.store, world.house, end + timedelta(minutes=minutes))
    asked = [row.text for row in world.rows()[before:]]
    # Nobody holds a place in the other one.
    link = f"{world.house.url}/sessions/{group.session}"
    assert asked == [f"Session {group.session}: who came? One tap marks them: {link}"]
    assert group.row().word == named
    assert group.row().asked_at == end - timedelta(minutes=10)


async def test_who_leads_nothing_of_ours_leaves_it_to_a_supervisor(group: Group) -> None:
    world = group.world
    nobodys = await world.store.write(lambda tx: sessions_held.series(tx, world.clock.now()))
    which = await world.store.write(lambda tx: sessions_held.held(tx, nobodys, SATURDAY))
    group.session = which
    worker = await world.worker(SUPERVISOR)
    assert [address for address, _ in await group.tell(SATURDAY)] == ["+12155550199"]
    assert worker.id != group.leader

"""On PostgreSQL: what a dead process had in hand is taken over, what a living one has is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot import orphans
from bot.config import House
from bot.orphans import Orphans
from bot.retry import DOUBT, LEASE
from storage import outbox as rows
from storage.models import outbox
from storage.presence import Presence, absent
from storage.store import Store
from tests.conftest import HandClock
from tests.waiting import until
from tests.world import World

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return World(store, house, clock)


@pytest.fixture
def other(world: World) -> Iterator[Store]:
    store = Store(world.store.url.render_as_string(hide_password=False), world.store.keyring)
    yield store
    store.close()


def _in_hand(world: World, store: Store) -> int:
    now = world.clock.at
    given = {"channel": "telegram", "address": "1", "address_hash": "h", "text": "hello"}
    number = store.write_now(lambda tx: rows.put(tx, **given, priority=1, created_at=now))
    assert number is not None
    claimed = store.write_now(
        lambda tx: rows.claim(tx, "telegram", now, most=1, lease=LEASE, mark=store.mark)
    )
    assert [row.id for row in claimed] == [number]
    return number


async def test_who_holds_the_lock_keeps_what_it_has(world: World, other: Store) -> None:
    _in_hand(world, other)
    lock = Presence(other)
    assert lock.hold()
    assert lock.hold()
    assert world.store.read_now(absent) == set()
    lock.let_go()
    await until(lambda: world.store.read_now(absent) == {other.mark})
    assert lock.hold()
    assert world.store.read_now(absent) == set()
    lock.let_go()


async def test_a_lock_that_a_broken_connection_still_has_is_asked_for_again(
    world: World, other: Store
) -> None:
    _in_hand(world, other)
    broken, lock = Presence(other), Presence(other)
    assert broken.hold()
    assert not lock.hold()
    broken.let_go()
    await until(lock.hold)
    assert world.store.read_now(absent) == set()
    lock.let_go()


async def test_what_the_dead_had_is_in_doubt_after_a_while(
    world: World, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = _in_hand(world, other)
    woken: list[bool] = []
    watch = Orphans(world.store, lambda: woken.append(True))
    await watch.look()
    assert not woken
    monkeypatch.setattr(orphans, "GONE_SECONDS", 0.01)
    await asyncio.sleep(0.02)
    await watch.look()
    stop = asyncio.Event()
    stop.set()
    await watch.run(stop)
    row = next(row for row in world.rows() if row.id == number)
    assert (woken, row.state, row.code, row.lease) == ([True], "pending", DOUBT, None)


async def test_what_a_version_before_had_waits_for_its_lease(world: World) -> None:
    now = world.clock.at
    given = {"channel": "telegram", "address": "1", "address_hash": "h", "text": "hello"}
    world.store.write_now(lambda tx: rows.put(tx, **given, priority=1, created_at=now))
    world.store.write_now(
        lambda tx: rows.claim(tx, "telegram", now, most=1, lease=timedelta(minutes=1))
    )
    assert world.store.read_now(absent) == set()
    assert world.store.read_now(lambda tx: rows.leases_of(tx, ["0000000"])) == []
    assert world.store.read_now(lambda tx: tx.execute(outbox.select()).one().state) == "leased"

"""Keys are changed under way: nothing is lost, everybody is found at every moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select

from bot.channels import Inbound
from bot.config import ConfigError, House, Settings
from bot.keys import ALIVE, Keys, agree
from bot.rotation import rotate
from storage import outbox, people, rotation, staff
from storage.encryption import Keyring, KeyringError
from storage.models import ledger, message, metadata, person, setup_link
from storage.models import outbox as outbox_table
from storage.store import Store
from tests.conftest import START, HandClock
from tests.world import COUNSELOR, World

OLD, NEW = Keyring.make("old"), Keyring.make("new")
BOTH = f"{NEW},{OLD}"


async def _rewrite(store: Store) -> int:
    """One round over every table, as the command does it."""
    return sum([await _rewrite_table(store, table.name) for table in rotation.tables()])


async def _rewrite_table(store: Store, name: str) -> int:
    total = 0
    after: int | None = 0
    while after is not None:
        after, done = await store.write(partial(rotation.step, name=name, after=after))
        total += done
    return total


async def _gather(store: Store) -> None:
    after: int | None = 0
    while after is not None:
        after = await store.write(partial(rotation.gather, after=after))


def _left(store: Store, key: str, now: Any = START) -> dict[str, int]:
    return store.read_now(lambda tx: rotation.needing(tx, key, now))


async def test_turns_go_on_while_everything_is_written_anew(
    database_url: str, house: House, clock: HandClock
) -> None:
    store = Store(database_url, Keyring.parse(OLD))
    world = await World(store, house, clock).staffed()
    numbers = [f"+1215555012{n}" for n in range(4)]
    for number in numbers:
        await world.joined(name=f"Sam {number}", channel="sms", address=number)
    await world.say("who is this?", address="777")
    store.take_keys(Keyring.parse(BOTH))
    said = 25
    missed: list[str] = []

    async def talk(number: str) -> None:
        for n in range(said):
            inbound = Inbound("sms", number, f"{number}-{n}", clock.now(), "menu")
            await world.door.receive(inbound)
            found = await store.read(lambda tx: people.address_of(tx, "sms", number))
            if found is None or found.person_id is None:
                missed.append(number)
            if await store.read(lambda tx: staff.by_name(tx, COUNSELOR)) is None:
                missed.append(COUNSELOR)

    talking = asyncio.gather(*(talk(number) for number in numbers))
    rounds = [await _rewrite(store) for _ in range(3)]
    await talking
    rounds += [await _rewrite(store) for _ in range(2)]
    await _gather(store)
    assert rounds[0] > 20
    assert rounds[-1] == 0
    assert missed == []
    needed = _left(store, "old")
    assert set(needed) <= set(rotation.EXPIRING), needed
    assert _left(store, "new") != {}
    stored = await world.read(
        lambda tx: tx.execute(select(message.c.provider_id).where(message.c.channel == "sms")).all()
    )
    ids = {row.provider_id for row in stored}
    assert {f"{number}-{n}" for number in numbers for n in range(said)} <= ids
    assert world.alerts() == []
    store.close()
    alone = Store(database_url, Keyring.parse(NEW))
    for table in metadata.sorted_tables:
        alone.read_now(lambda tx, table=table: tx.execute(select(table)).all())  # type: ignore[misc]
    after = World(alone, house, clock)
    await after.say("menu", channel="sms", address=numbers[0], provider_id="after")
    hashes = alone.read_now(
        lambda tx: set(tx.scalars(select(message.c.address_hash).where(message.c.person_id == 1)))
    )
    assert len(hashes) == 1
    alone.close()


async def test_a_stop_still_meets_what_was_queued_before(
    database_url: str, house: House, clock: HandClock
) -> None:
    store = Store(database_url, Keyring.parse(OLD))
    world = await World(store, house, clock).staffed()
    person_id = await world.joined()
    await world.say("menu")
    store.take_keys(Keyring.parse(BOTH))
    await _rewrite_table(store, "address")
    found = await store.read(lambda tx: people.address_of(tx, "telegram", "100"))
    assert found is not None
    assert found.hash.startswith("new:")
    cancelled = await store.write(lambda tx: outbox.cancel(tx, address_hash=found.hash))
    assert cancelled > 0
    await world.say("stop", provider_id="stop")
    kinds = await world.read(
        lambda tx: tx.execute(select(ledger.c.kind, ledger.c.address_hash)).all()
    )
    assert ("stopped", found.hash) in [tuple(row) for row in kinds]
    assert world.person(person_id).name == "Sam Doe"
    store.close()


async def test_a_row_that_changed_meanwhile_is_left_alone(
    store: Store, house: House, clock: HandClock
) -> None:
    world = await World(store, house, clock).staffed()
    await world.joined()
    ring = store.keyring
    assert await _rewrite(store) == 0
    await store.write(lambda tx: people.change(tx, 1, name="Sam Roe"))
    assert await _rewrite(store) == 0
    assert world.person(1).name == "Sam Roe"
    assert store.keyring is ring


async def test_links_are_waited_out(store: Store, house: House, clock: HandClock) -> None:
    world = await World(store, house, clock).staffed()
    await world.do(
        "invite", name="Sam Doe", counselor=COUNSELOR, born="1990-01-31", consented="2026-11-20",
        sms=None, language="en", plain=False, card={},
    )  # fmt: skip
    needed = _left(store, "k1")
    assert needed["invite.hash"] == 1
    until = store.read_now(lambda tx: rotation.expiring_until(tx, "k1", START))
    assert until is not None
    assert "invite.hash" not in _left(store, "k1", until + timedelta(seconds=1))


def test_what_is_hashed_can_be_made_anew_or_runs_out() -> None:
    hashes = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name == "hash" or column.name.endswith("_hash")
    }
    known = {"address.hash", "staff.name_hash"}
    known |= {f"{name}.address_hash" for name in ("ledger", "message", "outbox")}
    assert hashes == known | set(rotation.EXPIRING)
    for name, end in rotation.EXPIRING.items():
        assert end in metadata.tables[name.partition(".")[0]].c


def test_two_keys_of_one_id_are_refused() -> None:
    with pytest.raises(KeyringError, match="two keys have the same id"):
        Keyring.parse(f"{Keyring.make('k1')},{Keyring.make('k1')}")


class Process:
    """A running companion's keys, with a `.env` of its own to read."""

    def __init__(self, url: str, keys: str, clock: HandClock) -> None:
        self.store = Store(url, Keyring.parse(keys))
        self.keys = Keys(self.store, clock)

    @property
    def writing(self) -> str:
        return self.store.keyring.writing


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Writes COMPANION_KEYS into the `.env` of this test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMPANION_KEYS", raising=False)
    return lambda keys: (tmp_path / ".env").write_text(f"COMPANION_KEYS={keys}\n")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_none_writes_what_another_can_not_read(
    database_url: str, clock: HandClock, env: Callable[[str], object]
) -> None:
    env(OLD)
    first = Process(database_url, OLD, clock)
    await first.keys.start()
    second = Process(database_url, BOTH, clock)
    agree(second.store, clock.now())
    assert second.writing == "old"
    await second.keys.start()
    assert (first.writing, second.writing) == ("old", "old")
    env(BOTH)
    assert await first.keys.take() == ""
    assert first.writing == "new"
    await second.keys.start()
    assert second.writing == "new"
    foreign = Process(database_url, OLD, clock)
    with pytest.raises(ConfigError, match="not in COMPANION_KEYS here"):
        agree(foreign.store, clock.now())
    for process in (first, second):
        await process.keys.stop()
    agree(foreign.store, clock.now())
    assert foreign.writing == "old"
    for process in (first, second, foreign):
        process.store.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_process_that_is_gone_is_not_waited_for(
    database_url: str, clock: HandClock, env: Callable[[str], object]
) -> None:
    env(BOTH)
    gone, there = Process(database_url, OLD, clock), Process(database_url, BOTH, clock)
    await gone.keys.start()
    await there.keys.start()
    assert there.writing == "old"
    clock.at += ALIVE + timedelta(seconds=1)
    await there.keys.start()
    assert there.writing == "new"
    gone.store.close()
    there.store.close()


async def test_a_key_that_is_needed_is_not_let_go(
    store: Store, house: House, clock: HandClock, env: Callable[[str], object]
) -> None:
    await World(store, house, clock).staffed()
    keys = Keys(store, clock)
    have = store.keyring
    env(NEW)
    assert "still needed" in await keys.take()
    assert store.keyring is have
    env(Keyring.make("k1"))
    assert "another one than before" in await keys.take()
    env("nonsense")
    assert "is not id:base64" in await keys.take()
    env("")
    assert "no COMPANION_KEYS" in await keys.take()
    assert store.keyring is have


async def test_the_hash_of_what_has_left_is_made_anew_too(
    database_url: str, house: House, clock: HandClock
) -> None:
    store = Store(database_url, Keyring.parse(OLD))
    world = await World(store, house, clock).staffed()
    await world.joined()
    await world.say("hello", address="777")
    store.take_keys(Keyring.parse(BOTH))
    await _rewrite(store)
    old = await world.read(
        lambda tx: [
            name
            for name, column in (
                ("outbox", outbox_table.c.address_hash),
                ("message", message.c.address_hash),
            )
            if tx.execute(select(column).where(column.startswith("old:"))).first()
        ]
    )
    assert old == []
    assert await world.read(lambda tx: tx.execute(select(person.c.name)).scalars().all())
    store.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_is_in_a_turn_just_then_is_waited_for(
    database_url: str, house: House, clock: HandClock
) -> None:
    store = Store(database_url, Keyring.parse(OLD))
    await (await World(store, house, clock).staffed()).joined()
    # The links that staff were sent run out by themselves.
    await store.write(lambda tx: tx.execute(delete(setup_link)))
    done = threading.Event()

    def turn(tx: Connection) -> None:
        tx.execute(select(person).with_for_update())
        begun.set()
        done.wait(30)

    begun, said = threading.Event(), list[str]()
    talking = asyncio.create_task(store.write(turn))
    await asyncio.to_thread(begun.wait, 30)
    threading.Timer(0.5, done.set).start()
    settings = Settings(database_url=database_url, companion_keys=BOTH)
    both = Keyring.parse(BOTH)
    assert await asyncio.to_thread(rotate, settings, house, both, said.append), said
    await talking
    store.close()

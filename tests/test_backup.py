"""A backup is believed once it was restored; what is damaged or half is refused in words."""

from __future__ import annotations

import os
import shutil
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert, select, text

from bot import answering, backup, restoring, sweeps
from bot.backup import BackupError
from bot.config import ConfigError, House, Settings
from bot.database import open_store
from handlers.risk import Level
from storage import dump, facts, schema, sealed, staff
from storage import outbox as queue
from storage.encryption import Keyring
from storage.models import alert_event, metadata, outbox, reminder
from storage.store import Store
from tests.conftest import START, HandClock
from tests.world import COUNSELOR, World


@pytest.fixture
def target_url(store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of the other kind."""
    if not store.sqlite:
        yield f"sqlite:///{tmp_path}/restored.db"
        return
    server: str = request.getfixturevalue("postgres")
    base, _, query = server.partition("?")
    name = f"restored_{os.getpid()}_{abs(hash(request.node.nodeid))}"
    admin = create_engine(
        server.replace("postgresql://", "postgresql+psycopg://", 1), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    admin.dispose()
    yield f"{base.rsplit('/', 1)[0]}/{name}?{query}"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    """Some of everything: staff, a patient in danger, a stranger, a check-in, things waiting."""
    made = await World(store, house, clock).staffed()
    await made.joined()
    await made.say("5 8 2 1")
    await made.say("i want to kill myself tonight")
    await made.say("hello?", address="777")
    return made


def rows_of(store: Store) -> dict[str, list[Any]]:
    """Everything, opened."""

    def read(tx: Any) -> dict[str, list[Any]]:
        return {
            table.name: [
                tuple(row) for row in tx.execute(select(table).order_by(*table.primary_key.columns))
            ]
            for table in metadata.sorted_tables
            if table.name != "fact"
        }

    return store.read_now(read)


def hidden(folder: Path) -> list[Path]:
    """What a backup leaves lying about: nothing."""
    return list(folder.glob(".*"))


def restored(url: str, keyring: Keyring, file: Path) -> Store:
    store = Store(url, keyring)
    backup.fill(store, file)
    return store


async def test_all_comes_back_in_the_other_kind_of_database(
    world: World, target_url: str, keyring: Keyring, tmp_path: Path
) -> None:
    file = tmp_path / "a.backup"
    proof = backup.make(world.store, file, START)
    assert proof.summary.rows["message"] >= 8
    assert proof.opened > 30
    assert file.stat().st_mode & 0o777 == 0o600
    assert hidden(tmp_path) == []
    other = restored(target_url, keyring, file)
    assert rows_of(other) == rows_of(world.store)
    assert other.sqlite != world.store.sqlite
    # New rows get numbers of their own.
    again = World(other, world.house, world.clock)
    await again.do("staff_add", name="New Person", role="counselor", sms="+12155550111", pin="1234")
    row = other.read_now(lambda tx: staff.by_name(tx, "New Person"))
    assert row is not None
    assert row.id == 3
    other.close()


async def test_a_restored_house_goes_on_without_repeating_itself(
    world: World, target_url: str, keyring: Keyring, tmp_path: Path
) -> None:
    later = START + timedelta(days=3)

    def before(tx: Any) -> None:
        row = {
            "channel": "telegram", "address": "100", "address_hash": "k1:0", "text": "tomorrow",
            "buttons": [], "private": False, "priority": 3, "kind": "later", "state": "pending",
            "not_before": later, "created_at": START,
        }  # fmt: skip
        tx.execute(insert(outbox).values(row))

    await world.store.write(before)
    file = tmp_path / "a.backup"
    backup.make(world.store, file, START)
    waiting = [row for row in world.rows() if row.state == "pending"]
    assert any(row.priority == 0 for row in waiting)
    other = restored(target_url, keyring, file)
    now = START + timedelta(days=1)
    settled = other.write_now(lambda tx: restoring.settle(tx, START, now))
    assert settled.unsent == len(waiting) - 1
    assert settled.alerts == 1
    world.clock.at = now
    there = World(other, world.house, world.clock)
    assert {row.state for row in there.rows()} == {"expired", "pending"}
    assert [row.kind for row in there.rows() if row.state == "pending"] == ["later"]
    (alert,) = there.alerts()
    assert (alert.state, alert.level, alert.taken_by) == ("open", Level.EMERGENCY, None)
    await there.later(minutes=5)
    told = [row for row in there.rows() if row.kind == "alert_notice" and row.created_at > START]
    assert {row.staff_id for row in told} == {1, 2}
    details = other.read_now(lambda tx: tx.execute(select(alert_event.c.detail)).scalars().all())
    assert "emergency restored_from_backup" in details
    for name in ("page_session", "web_session", "setup_link", "draft"):
        gone = select(metadata.tables[name])
        assert other.read_now(lambda tx, gone=gone: tx.execute(gone).first()) is None  # type: ignore[misc]
    other.close()


async def test_who_wrote_an_answer_that_a_restore_dropped_is_told(
    store: Store, house: House, clock: HandClock, keyring: Keyring, tmp_path: Path
) -> None:
    world = await World(store, house, clock).staffed()
    person_id = await world.joined()
    dana = await world.worker(COUNSELOR)
    await store.write(
        lambda tx: answering.answer(tx, house, person_id, dana, "Come at two.", clock.at)
    )
    file = tmp_path / "a.backup"
    backup.make(store, file, clock.at)
    other = restored(f"sqlite:///{tmp_path}/r.db", keyring, file)
    clock.at += timedelta(hours=2)
    settled = other.write_now(lambda tx: restoring.settle(tx, START, clock.at))
    assert settled.unsent >= 1
    there = World(other, house, clock)

    def taken(tx: Connection) -> list[Any]:
        found = []
        for channel in ("telegram", "sms"):
            lease = timedelta(minutes=1)
            found += queue.claim(tx, channel, clock.at, most=50, lease=lease)
        return found

    # Not sent, whoever comes first: the sender or the sweep.
    assert [row.kind for row in other.write_now(taken) if row.said_by is not None] == []
    await sweeps.keep_outbox(other, house, clock.at)
    (answer,) = [row for row in there.rows() if row.said_by is not None]
    assert (answer.state, answer.code) == ("expired", restoring.RESTORED)
    (told,) = [row for row in there.rows("900") if "did not get through" in row.text]
    assert told.staff_id == dana.id
    assert there.person(person_id).waiting_since is not None
    assert "not_delivered" in {alert.reason for alert in there.alerts()}
    other.close()


async def test_a_reminder_that_fell_due_meanwhile_is_not_sent_again(
    store: Store, house: House, clock: HandClock, keyring: Keyring, tmp_path: Path
) -> None:
    world = await World(store, house, clock).staffed()
    await world.joined()
    file = tmp_path / "a.backup"
    backup.make(store, file, clock.at)
    made = clock.at
    other = restored(f"sqlite:///{tmp_path}/r.db", keyring, file)
    clock.at = START + timedelta(hours=9)  # an hour after six in the evening
    other.write_now(lambda tx: restoring.settle(tx, made, clock.at))
    there = World(other, house, clock)
    await there.later(minutes=30)
    assert [row for row in there.rows() if row.kind == "checkin"] == []
    asked = select(reminder.c.due_at).where(reminder.c.kind == "checkin")
    due = other.read_now(lambda tx: tx.execute(asked).scalars().all())
    assert due == [START + timedelta(hours=8, days=1)]
    other.close()


@pytest.fixture
def whole(keyring: Keyring, tmp_path: Path, request: pytest.FixtureRequest) -> bytes:
    """A backup of a small database."""
    shutil.copy(request.getfixturevalue("_template_file"), tmp_path / "small.db")
    store = Store(f"sqlite:///{tmp_path}/small.db", keyring)
    rows = [{"name": f"a{n}", "value": "x" * n} for n in range(200)]
    store.write_now(lambda tx: tx.execute(insert(metadata.tables["fact"]), rows))
    backup.make(store, tmp_path / "whole.backup", START)
    store.close()
    return (tmp_path / "whole.backup").read_bytes()


def test_what_was_cut_off_is_refused_and_nothing_is_stored(
    whole: bytes, keyring: Keyring, tmp_path: Path
) -> None:
    file = tmp_path / "a.backup"
    store = Store(f"sqlite:///{tmp_path}/r.db", keyring)
    for cut in (0, 10, whole.index(b"\n") + 1, 200, len(whole) // 2, -17, -1):
        file.write_bytes(whole[:cut])
        with pytest.raises(BackupError, match=r"a\.backup can't be used: .*"):
            backup.fill(store, file)
        with store.engine.begin() as tx:
            assert dump.is_empty(tx)
    store.close()


def test_one_flipped_bit_is_found(whole: bytes, keyring: Keyring, tmp_path: Path) -> None:
    file = tmp_path / "a.backup"
    for at in (5, 25, 60, whole.index(b"\n") + 3, len(whole) // 2, len(whole) - 1):
        raw = bytearray(whole)
        raw[at] ^= 1
        file.write_bytes(raw)
        with pytest.raises(BackupError, match=r"a\.backup can't be used: .*"):
            backup.prove(file, keyring)


def test_pieces_can_not_change_places_or_files(tmp_path: Path, keyring: Keyring) -> None:
    files = []
    for name in ("a", "b"):
        with (tmp_path / name).open("wb") as out:
            writer = sealed.Writer(out, keyring)
            writer.write(os.urandom(300_000))
            writer.finish()
        files.append((tmp_path / name).read_bytes())
    first, second = files
    head = first.index(b"\n") + 1
    piece = 64 * 1024 + 16
    swapped = bytearray(first)
    swapped[head : head + piece], swapped[head + piece : head + 2 * piece] = (
        first[head + piece : head + 2 * piece],
        first[head : head + piece],
    )
    mixed = first[:head] + second[second.index(b"\n") + 1 :]
    short = first[: head + 2 * piece]
    for raw in (bytes(swapped), mixed, short):
        (tmp_path / "c").write_bytes(raw)
        with (tmp_path / "c").open("rb") as source, pytest.raises(sealed.SealedError):
            sealed.Reader(source, keyring).read()


@pytest.mark.usefixtures("whole")
def test_the_wrong_key_is_named_and_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "whole.backup"
    with pytest.raises(BackupError, match="'k1', which is not in COMPANION_KEYS"):
        backup.prove(file, Keyring.parse(Keyring.make("k9")))
    with pytest.raises(BackupError, match="damaged"):
        backup.prove(file, Keyring.parse(Keyring.make("k1")))


async def test_nothing_of_anybody_can_be_read_in_it(world: World, tmp_path: Path) -> None:
    backup.make(world.store, tmp_path / "a.backup", START)
    raw = (tmp_path / "a.backup").read_bytes()
    assert not any(word in raw for word in (b"telegram", b"Sam", b"kill", b"message", b"staff"))


async def test_it_is_restored_into_an_empty_database_only(
    world: World, keyring: Keyring, tmp_path: Path
) -> None:
    file = tmp_path / "a.backup"
    backup.make(world.store, file, START)
    other = restored(f"sqlite:///{tmp_path}/r.db", keyring, file)
    with pytest.raises(BackupError, match="already holds something"):
        backup.fill(other, file)
    assert rows_of(other) == rows_of(world.store)
    other.close()


def test_a_restored_database_is_not_run_before_it_was_settled(tmp_path: Path) -> None:
    key = Keyring.make()
    store = Store(f"sqlite:///{tmp_path}/s.db", Keyring.parse(key))
    schema.upgrade(store)
    file = tmp_path / "a.backup"
    backup.make(store, file, START)
    store.close()
    other = restored(f"sqlite:///{tmp_path}/r.db", Keyring.parse(key), file)
    other.close()
    settings = Settings(database_url=f"sqlite:///{tmp_path}/r.db", companion_keys=key)
    with pytest.raises(ConfigError, match="cut off"):
        open_store(settings)
    other = Store(f"sqlite:///{tmp_path}/r.db", Keyring.parse(key))
    other.write_now(lambda tx: restoring.settle(tx, START, START))
    other.close()
    open_store(settings).close()


async def test_what_does_not_open_is_no_backup_and_the_old_one_stays(
    world: World, tmp_path: Path
) -> None:
    file = tmp_path / "a.backup"
    backup.make(world.store, file, START)
    old = file.read_bytes()
    broken = text("UPDATE person SET name = 'k1:AAAA'")
    await world.store.write(lambda tx: tx.execute(broken))
    with pytest.raises(BackupError, match="not every value opens"):
        backup.make(world.store, file, START)
    assert file.read_bytes() == old
    assert hidden(tmp_path) == []


def test_a_missing_place_or_file_is_said(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="can't be written: No such file"):
        backup.make(store, tmp_path / "nowhere" / "a.backup", START)
    with pytest.raises(BackupError, match="can't be read: No such file"):
        backup.prove(tmp_path / "nothing.backup", store.keyring)


def test_of_an_older_release_is_restored_and_brought_up_to_date(
    tmp_path: Path, keyring: Keyring
) -> None:
    old = Store(f"sqlite:///{tmp_path}/old.db", keyring)
    schema.upgrade(old, schema.known()[-1])
    with old.engine.begin() as tx:
        columns = "(name, name_hash, role, pin, created_at)"
        tx.execute(
            text(f"INSERT INTO staff {columns} VALUES (:n, :h, 'x', 'p', '2026-11-20 10:00:00')"),
            {"n": keyring.seal("Ann Lee", "staff.name"), "h": keyring.digest("staff:ann lee")},
        )
    file = tmp_path / "old.backup"
    assert schema.revisions(old)[0] != schema.revisions(old)[1]
    proof = backup.make(old, file, START)
    assert proof.summary.revision == schema.known()[-1]
    new = restored(f"sqlite:///{tmp_path}/new.db", keyring, file)
    assert schema.revisions(new) == (schema.known()[0], schema.known()[0])
    row = new.read_now(lambda tx: staff.by_name(tx, "Ann Lee"))
    assert row is not None
    assert row.created_at.isoformat() == "2026-11-20T10:00:00+00:00"
    old.close()
    new.close()


def test_of_a_folder_only_the_newest_dated_ones_are_kept(tmp_path: Path) -> None:
    made = [backup.named(tmp_path, START + timedelta(days=d)) for d in range(5)]
    for file in made:
        file.touch()
    (tmp_path / "companion-precious.backup").touch()
    assert backup.thin_out(tmp_path, 2) == 3
    assert sorted(f.name for f in tmp_path.iterdir()) == sorted(
        ["companion-precious.backup", *(f.name for f in made[-2:])]
    )
    assert backup.named(tmp_path / "file", START) == tmp_path / "file"


def test_every_column_has_a_way_into_a_backup(store: Store) -> None:
    with store.engine.begin() as tx:
        tables = dump.tables_of(tx)
    assert {table.name for table in tables} == set(metadata.tables)
    assert {dump.kind_of(column) for table in tables for column in table.columns} <= {
        "moment", "date", "truth", "number", "float", "json", "text",
    }  # fmt: skip


def test_a_backup_is_one_moment_while_others_write(store: Store, tmp_path: Path) -> None:
    """What is written while it is being read is not half in it."""
    with store.snapshot() as tx:
        assert facts.get_fact(tx, "a") is None
        store.write_now(lambda other: facts.put_fact(other, "a", "1"))
        assert facts.get_fact(tx, "a") is None
        with (tmp_path / "lines").open("wb") as out:
            assert dump.dump(tx, out, START).rows["fact"] == 0
    assert store.read_now(lambda tx: facts.get_fact(tx, "a")) == "1"


def test_many_rows_take_little_memory(tmp_path: Path, keyring: Keyring) -> None:
    store = Store(f"sqlite:///{tmp_path}/many.db", keyring)
    schema.upgrade(store)
    words = "x" * 2_000
    with store.engine.begin() as tx:
        for start in range(0, 8_000, 1_000):
            tx.execute(
                insert(metadata.tables["fact"]),
                [{"name": f"{start + n}", "value": words} for n in range(1_000)],
            )
    store.close()
    store = Store(f"sqlite:///{tmp_path}/many.db", keyring)
    tracemalloc.start()
    try:
        backup.make(store, tmp_path / "many.backup", START)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        store.close()
    assert peak < 8_000_000

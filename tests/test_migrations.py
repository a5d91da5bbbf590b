"""The migrations lead from nothing to what the code expects; stored names never go astray."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from handlers.flows import ALIASES, FLOWS, step_of
from handlers.place import Place
from storage import facts, schema
from storage.encryption import Keyring
from storage.models import metadata
from storage.store import Store

NAMES = Path(__file__).parent / "stored_names.txt"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path, keyring: Keyring) -> Iterator[Store]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/companion.db"
    else:
        server: str = request.getfixturevalue("postgres")
        admin = create_engine(
            server.replace("postgresql://", "postgresql+psycopg://", 1),
            isolation_level="AUTOCOMMIT",
        )
        with admin.connect() as connection:
            connection.execute(text("DROP DATABASE IF EXISTS migrating"))
            connection.execute(text("CREATE DATABASE migrating TEMPLATE template0"))
        admin.dispose()
        head, _, query = server.partition("?")
        url = f"{head.rsplit('/', 1)[0]}/migrating" + (f"?{query}" if query else "")
    store = Store(url, keyring)
    yield store
    store.close()


def test_the_files_are_numbered_as_alembic_knows_them() -> None:
    folder = str(Path(schema.__file__).parent / "migrations")
    scripts = ScriptDirectory(folder).walk_revisions()
    assert [script.revision for script in scripts] == schema.known()


def test_upgrading_from_nothing_gives_what_the_code_expects(empty: Store) -> None:
    assert schema.revisions(empty)[0] is None
    schema.upgrade(empty)
    current, head = schema.revisions(empty)
    assert current == head
    assert head is not None
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        predicates = {
            index["name"]: index["dialect_options"]
            for index in inspect(connection).get_indexes("alert")
        }
    assert any("where" in option for option in predicates["uq_alert_one_open"])


def test_upgrading_twice_changes_nothing(empty: Store) -> None:
    schema.upgrade(empty)
    empty.write_now(lambda tx: facts.put_fact(tx, "kept", "1"))
    schema.upgrade(empty)
    assert empty.read_now(lambda tx: facts.get_fact(tx, "kept")) == "1"


def test_a_difference_would_be_noticed(empty: Store) -> None:
    schema.upgrade(empty)
    with empty.engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_reminder_due_at"))
    with empty.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) != []


def stored_names() -> list[str]:
    return [line for line in NAMES.read_text("utf-8").splitlines() if line[:1] not in ("", "#")]


def test_every_name_that_was_ever_stored_is_still_understood() -> None:
    for name in stored_names():
        flow, _, step = name.partition(".")
        found = step_of(Place(flow, step))
        assert found is not None, f"{name} is gone: give it an alias in handlers/flows.py"


def test_every_step_is_on_the_list() -> None:
    here = {step.key for flow in FLOWS.values() for step in flow.steps.values()}
    new = sorted(here - set(stored_names()))
    assert new == [], f"append to {NAMES.name}, and never take a line out: {' '.join(new)}"
    assert set(ALIASES) <= set(stored_names())

"""Brings a database to the present schema, by Alembic, on both databases."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from storage.store import Store

_LOCK = 4_027_1990


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(store: Store, to: str = "head") -> None:
    """Run every migration that is missing, up to a revision; harmless when none is."""
    with store.engine.connect() as connection:
        if not store.sqlite:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
        try:
            command.upgrade(_config(connection), to)
            connection.commit()
        finally:
            if not store.sqlite:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
                connection.commit()


def current(tx: Connection) -> str | None:
    """The revision of the database that this transaction reads; None: empty."""
    return MigrationContext.configure(tx).get_current_revision()


def known() -> list[str]:
    """Every revision that this release knows, the newest first."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]


def revisions(store: Store) -> tuple[str | None, str | None]:
    """The revision of the database (None: empty) and the one that this code needs."""
    with store.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        head = ScriptDirectory.from_config(_config(connection)).get_current_head()
    return current, head

"""Brings a database to the present schema, by Alembic, on both databases.

Alembic is loaded only where something is to be migrated: a start has to know no more than the
revisions, and those are the numbers that the files begin with.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from storage.store import Store

_LOCK = 4_027_1990
_MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(store: Store, to: str = "head") -> None:
    """Run every migration that is missing, up to a revision; harmless when none is."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with store.at_leisure.connect() as connection:
        if not store.sqlite:
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
            connection.commit()
        finally:
            if not store.sqlite:
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
                connection.commit()


def current(tx: Connection) -> str | None:
    """The revision of the database that this transaction reads; None: empty."""
    if not inspect(tx).has_table("alembic_version"):
        return None
    found: str | None = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def known() -> list[str]:
    """Every revision that this release knows, the newest first."""
    files = (_MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return sorted((file.name.partition("_")[0] for file in files), reverse=True)


def revisions(store: Store) -> tuple[str | None, str | None]:
    """The revision of the database (None: empty) and the one that this code needs."""
    with store.at_leisure.connect() as connection:
        return current(connection), known()[0]

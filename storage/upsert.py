"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy keeps in two places."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_or(tx: Connection, table: Table) -> Any:
    """An insert that understands `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return upsert(tx.dialect.name, table)


def upsert(dialect: str, table: Table) -> Any:
    """The same, for a dialect by its name."""
    return pg_insert(table) if dialect == "postgresql" else sqlite_insert(table)

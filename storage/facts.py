"""Small facts that outlive a restart: when a sweep last ran, how far it came."""

from __future__ import annotations

from sqlalchemy import Connection, select

from storage.models import fact
from storage.upsert import insert_or


def put_fact(tx: Connection, name: str, value: str) -> None:
    """Remember a small fact, replacing what was there."""
    statement = insert_or(tx, fact).values(name=name, value=value)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def get_fact(tx: Connection, name: str) -> str | None:
    """A small fact, or None."""
    return tx.execute(select(fact.c.value).where(fact.c.name == name)).scalar_one_or_none()

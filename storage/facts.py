"""Small facts that outlive a restart: when a sweep last ran, how far it came."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from storage.models import fact
from storage.upsert import insert_or


def put_fact(tx: Connection, name: str, value: str) -> None:
    """Remember a small fact, replacing what was there."""
    statement = insert_or(tx, fact).values(name=name, value=value)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def get_fact(tx: Connection, name: str) -> str | None:
    """A small fact, or None."""
    return tx.execute(select(fact.c.value).where(fact.c.name == name)).scalar_one_or_none()


def locked_fact(tx: Connection, name: str, otherwise: str) -> str:
    """A small fact that nobody else changes until we are done; `otherwise` where there is none."""
    # In one statement: between two the row could be dropped.
    statement = insert_or(tx, fact).values(name=name, value=otherwise)
    kept = statement.on_conflict_do_update(index_elements=["name"], set_={"value": fact.c.value})
    return str(tx.execute(kept.returning(fact.c.value)).scalar_one())


def drop_fact(tx: Connection, name: str) -> None:
    """Forget a small fact."""
    tx.execute(delete(fact).where(fact.c.name == name))


def forget_facts(tx: Connection, beginning: str, before: str) -> int:
    """Forget those whose names begin so and whose values sort before another; how many."""
    late = (fact.c.name.startswith(beginning, autoescape=True), fact.c.value < before)
    return int(tx.execute(delete(fact).where(*late)).rowcount)

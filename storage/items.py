"""What is somebody's own and stays until it is changed: reasons, people, hard times, goals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from storage.models import item
from storage.prepared import Prepared


def of(tx: Connection, person_id: int, kind: str) -> list[Row[Any]]:
    """All of a kind, in the order of writing."""
    return _OF.rows(tx, whose=person_id, what=kind)


_OF = Prepared(
    select(item)
    .where(item.c.person_id == bindparam("whose"), item.c.kind == bindparam("what"))
    .order_by(item.c.id)
)


def get(tx: Connection, person_id: int, which: int) -> Row[Any] | None:
    """One by its number, if it is theirs."""
    whose = (item.c.id == which, item.c.person_id == person_id)
    return tx.execute(select(item).where(*whose)).one_or_none()


def keep(
    tx: Connection,
    person_id: int,
    kind: str,
    data: Mapping[str, Any],
    at: datetime,
    which: int | None = None,
) -> int:
    """Keep a new one, or write one of theirs anew; returns its number."""
    if which is not None:
        whose = (item.c.id == which, item.c.person_id == person_id, item.c.kind == kind)
        tx.execute(update(item).where(*whose).values(data=dict(data)))
        return which
    row = insert(item).values(person_id=person_id, kind=kind, data=dict(data), at=at)
    return int(tx.execute(row.returning(item.c.id)).scalar_one())


def drop(tx: Connection, person_id: int, which: int) -> bool:
    """Take one away; False if it is none of theirs."""
    whose = (item.c.id == which, item.c.person_id == person_id)
    return bool(tx.execute(delete(item).where(*whose)).rowcount)


def everybodys(tx: Connection, kind: str) -> list[Row[Any]]:
    """All of a kind, of everybody."""
    return list(tx.execute(select(item).where(item.c.kind == kind).order_by(item.c.id)))

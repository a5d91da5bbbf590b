"""What somebody told of a moment: cravings, lapses, doses; a log that is only ever added to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from storage.models import entry
from storage.prepared import Prepared


def add(tx: Connection, person_id: int, kind: str, data: Mapping[str, Any], at: datetime) -> None:
    """Write down one."""
    tx.execute(insert(entry).values(person_id=person_id, kind=kind, data=dict(data), at=at))


def latest(tx: Connection, person_id: int, kind: str, most: int) -> list[Row[Any]]:
    """The latest of a kind, newest first."""
    return _LATEST.rows(tx, whose=person_id, what=kind, most=most)


_LATEST = Prepared(
    select(entry)
    .where(entry.c.person_id == bindparam("whose"), entry.c.kind == bindparam("what"))
    .order_by(entry.c.at.desc(), entry.c.id.desc())
    .limit(bindparam("most"))
)


def amend(tx: Connection, person_id: int, kind: str, more: Mapping[str, Any]) -> bool:
    """Add to the latest of a kind; False if there is none."""
    found = latest(tx, person_id, kind, 1)
    if found:
        data = {**found[0].data, **more}
        tx.execute(update(entry).where(entry.c.id == found[0].id).values(data=data))
    return bool(found)

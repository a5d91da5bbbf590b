"""What was said with a person, both ways and on every channel, in pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, select, tuple_

from storage.models import message, outbox
from storage.outbox import REMINDER


@dataclass(frozen=True, slots=True)
class Before:
    """A place in a thread: older than this message of theirs, and than this one of ours."""

    theirs: int | None = None
    ours: int | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of a thread, oldest first, and where the page before it ends (None: no more)."""

    rows: list[tuple[bool, Row[Any]]] = field(repr=False)
    earlier: Before | None


def read(tx: Connection, person_id: int, before: Before, most: int) -> Leaf:
    """The last messages before a place; each with whether it is theirs.

    A reminder that never left says nothing and is not in it; anything else that never left is.
    """
    unsent = and_(outbox.c.state.in_(("expired", "cancelled")), outbox.c.priority >= REMINDER)
    theirs = _latest(tx, message, message.c.received_at, person_id, before.theirs, most + 1)
    ours = _latest(tx, outbox, outbox.c.created_at, person_id, before.ours, most + 1, ~unsent)
    found: list[tuple[bool, Row[Any]]] = []
    while len(found) < most and (theirs or ours):
        newest = theirs and (not ours or theirs[0].received_at > ours[0].created_at)
        found.append((True, theirs.pop(0)) if newest else (False, ours.pop(0)))
    if not theirs and not ours:
        return Leaf(found[::-1], None)
    ends = {is_theirs: row.id for is_theirs, row in found}
    return Leaf(found[::-1], Before(ends.get(True, before.theirs), ends.get(False, before.ours)))


def _latest(
    tx: Connection,
    table: Table,
    at: ColumnElement[datetime],
    person_id: int,
    before: int | None,
    most: int,
    *where: Any,
) -> list[Row[Any]]:
    query = select(table).where(table.c.person_id == person_id, *where)
    if before is not None:
        place = select(at, table.c.id).where(table.c.id == before)
        query = query.where(tuple_(at, table.c.id) < place.scalar_subquery())
    return list(tx.execute(query.order_by(at.desc(), table.c.id.desc()).limit(most)))


def said_since(tx: Connection, person_id: int, staff_id: int, since: datetime) -> list[str]:
    """What a member of staff has written to a person since a moment, as it was queued."""
    query = select(outbox.c.text).where(
        outbox.c.person_id == person_id,
        outbox.c.said_by == staff_id,
        outbox.c.created_at >= since,
    )
    return list(tx.execute(query).scalars())

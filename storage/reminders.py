"""What falls due for a person: one row a person and kind, moved on by compare-and-swap."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from storage.models import outbox, person, reminder
from storage.upsert import insert_or


def put(
    tx: Connection, person_id: int, kind: str, due_at: datetime, turn: int | None = None
) -> None:
    """Set when something is due, replacing what was set before."""
    row = {"person_id": person_id, "kind": kind, "due_at": due_at, "turn": turn}
    statement = insert_or(tx, reminder).values(**row)
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id", "kind"], set_={"due_at": due_at, "turn": turn}
        )
    )


def drop(tx: Connection, person_id: int, *kinds: str) -> None:
    """Forget what was due; without kinds, all of it."""
    statement = delete(reminder).where(reminder.c.person_id == person_id)
    tx.execute(statement.where(reminder.c.kind.in_(kinds)) if kinds else statement)


def due(tx: Connection, now: datetime, most: int) -> list[Row[Any]]:
    """What is due, oldest first; whom a turn or another process works on is passed over.

    It locks the people and not the rows, as a turn does: in another order two would wait for each
    other. `move` tells whether a row is still what it was.
    """
    query = (
        select(reminder)
        .join(person, person.c.id == reminder.c.person_id)
        .where(reminder.c.due_at <= now)
        .order_by(reminder.c.due_at, reminder.c.id)
        .limit(most)
        .with_for_update(of=person, skip_locked=True, key_share=True)
    )
    return list(tx.execute(query))


def move(tx: Connection, row: Row[Any], due_at: datetime | None) -> bool:
    """Move a due row on (None: it is done); False if somebody else did it first."""
    same = (reminder.c.id == row.id, reminder.c.due_at == row.due_at)
    if due_at is None:
        return bool(tx.execute(delete(reminder).where(*same)).rowcount)
    return bool(tx.execute(update(reminder).where(*same).values(due_at=due_at)).rowcount)


def was_asked(tx: Connection, person_id: int, kind: str, window: str) -> bool:
    """Whether this reminder has been queued before, whatever became of it."""
    same = (outbox.c.person_id == person_id, outbox.c.kind == kind, outbox.c.window == window)
    return tx.execute(select(outbox.c.id).where(*same).limit(1)).first() is not None


def next_due(tx: Connection) -> datetime | None:
    """When the next one is due."""
    found: datetime | None = tx.execute(select(func.min(reminder.c.due_at))).scalar_one_or_none()
    return found

"""What falls due for a person: one row a person and kind, moved on by compare-and-swap."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update

from storage.models import outbox, person, reminder
from storage.prepared import Prepared
from storage.upsert import upsert


def put(
    tx: Connection, person_id: int, kind: str, due_at: datetime, turn: int | None = None
) -> None:
    """Set when something is due, replacing what was set before."""
    _PUT.count(tx, person_id=person_id, kind=kind, due_at=due_at, turn=turn)


def _put(dialect: str) -> Any:
    statement = upsert(dialect, reminder)
    changed = {name: statement.excluded[name] for name in ("due_at", "turn")}
    return statement.on_conflict_do_update(index_elements=["person_id", "kind"], set_=changed)


def put_all(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """The same for many at once, each with all four."""
    _PUT.many(tx, rows)


_PUT = Prepared(_put)


def drop(tx: Connection, person_id: int, *kinds: str) -> None:
    """Forget what was due; without kinds, all of it."""
    if kinds:
        _DROP.many(tx, [{"which": person_id, "what": kind} for kind in kinds])
    else:
        tx.execute(delete(reminder).where(reminder.c.person_id == person_id))


_DROP = Prepared(
    delete(reminder).where(
        reminder.c.person_id == bindparam("which"), reminder.c.kind == bindparam("what")
    )
)


def of(tx: Connection, person_id: int) -> list[Row[Any]]:
    """All that is to fall due for a person."""
    return list(tx.execute(select(reminder).where(reminder.c.person_id == person_id)))


def carry(tx: Connection, person_id: int, kind: str, before: int, turn: int) -> None:
    """What was made in one turn belongs to a later one: they have not spoken in between."""
    whose = (reminder.c.person_id == person_id, reminder.c.kind == kind, reminder.c.turn == before)
    tx.execute(update(reminder).where(*whose).values(turn=turn))


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


def unmoved(tx: Connection, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Which of them nobody has moved on, once their people are locked."""
    query = select(reminder.c.id, reminder.c.due_at).where(reminder.c.id.in_([r.id for r in rows]))
    there = {row.id: row.due_at for row in tx.execute(query)}
    return [row for row in rows if there.get(row.id) == row.due_at]


def move_all(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Move what is unmoved on: `which` row, `to` when."""
    _MOVE.many(tx, rows)


_MOVE = Prepared(
    update(reminder)
    .where(reminder.c.id == bindparam("which"))
    .values(due_at=bindparam("to", type_=reminder.c.due_at.type))
)


def asked(
    tx: Connection, person_ids: Collection[int], kind: str, windows: Collection[str]
) -> set[tuple[int, str]]:
    """Who had this reminder queued in which window before, whatever became of it."""
    query = select(outbox.c.person_id, outbox.c.window).where(
        outbox.c.person_id.in_(person_ids), outbox.c.kind == kind, outbox.c.window.in_(windows)
    )
    return {(row.person_id, row.window) for row in tx.execute(query)}


def next_due(tx: Connection) -> datetime | None:
    """When the next one is due."""
    found: datetime | None = tx.execute(select(func.min(reminder.c.due_at))).scalar_one_or_none()
    return found

"""Tasks: what a human is to do for a person, which is no alert."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update

from storage import access
from storage.models import person, seat, session, task

_OPEN = task.c.state.in_(("open", "taken"))


def open_(
    tx: Connection,
    person_id: int,
    kind: str,
    source: str,
    now: datetime,
    *,
    seat_id: int | None = None,
    words: str | None = None,
    due_at: datetime | None = None,
) -> int:
    """Open one, or add the words to an open one of that kind and seat; returns its number."""
    same = (
        task.c.person_id == person_id,
        task.c.kind == kind,
        task.c.seat_id.is_(None) if seat_id is None else task.c.seat_id == seat_id,
        _OPEN,
    )
    there = tx.execute(select(task).where(*same).with_for_update()).first()
    if there is not None:
        if words:
            both = f"{there.words}\n{words}" if there.words else words
            tx.execute(update(task).where(task.c.id == there.id).values(words=both))
        return int(there.id)
    row = {
        "person_id": person_id,
        "kind": kind,
        "source": source,
        "seat_id": seat_id,
        "words": words,
        "state": "open",
        "opened_at": now,
        "due_at": due_at,
    }
    return int(tx.execute(insert(task).values(**row).returning(task.c.id)).scalar_one())


def get(tx: Connection, which: int) -> Row[Any] | None:
    """One by its number."""
    return tx.execute(select(task).where(task.c.id == which)).one_or_none()


def locked(tx: Connection, which: int) -> Row[Any] | None:
    """The same, for a change."""
    return tx.execute(select(task).where(task.c.id == which).with_for_update()).one_or_none()


def with_session(tx: Connection, which: int) -> Row[Any] | None:
    """One with whose it is, and when the session that it is about begins."""
    return tx.execute(_WITH_PERSON.where(task.c.id == which)).one_or_none()


def of(tx: Connection, person_id: int, most: int) -> list[Row[Any]]:
    """Of one person, the newest first."""
    query = select(task).where(task.c.person_id == person_id)
    return list(tx.execute(query.order_by(task.c.id.desc()).limit(most)))


def waiting(tx: Connection, person_id: int, seat_id: int, kind: str) -> list[Row[Any]]:
    """Those of one kind about a seat of theirs that nobody has taken; locked."""
    those = (task.c.person_id == person_id, task.c.seat_id == seat_id, task.c.kind == kind)
    return list(tx.execute(select(task).where(*those, task.c.state == "open").with_for_update()))


def listed(
    tx: Connection, worker: Row[Any], now: datetime, closed_since: datetime, *, everybody: bool
) -> list[Row[Any]]:
    """Unfinished ones and those closed lately, with whose they are; of somebody's own people.

    With `everybody` of all who are with the clinic.
    """
    query = _WITH_PERSON.where(or_(_OPEN, task.c.closed_at > closed_since))
    if not everybody:
        query = query.where(access.caseload(worker, now))
    return list(tx.execute(query.order_by(task.c.opened_at, task.c.id)))


def one(
    tx: Connection, which: int, worker: Row[Any], now: datetime, *, everybody: bool
) -> Row[Any] | None:
    """One of those by its number, if it is somebody's to see."""
    query = _WITH_PERSON.where(task.c.id == which)
    if not everybody:
        query = query.where(access.caseload(worker, now))
    return tx.execute(query).one_or_none()


_WITH_PERSON = (
    select(
        task,
        person.c.name,
        person.c.counselor_id,
        session.c.starts_at,
        seat.c.state.label("seat_state"),
    )
    .join(person, person.c.id == task.c.person_id)
    .outerjoin(seat, seat.c.id == task.c.seat_id)
    .outerjoin(session, session.c.id == seat.c.session_id)
)


def move(tx: Connection, which: int, state: str, now: datetime, **values: Any) -> bool:
    """To another state, by whoever was first; False if it is closed already."""
    stamp = "taken_at" if state == "taken" else "closed_at"
    row = update(task).where(task.c.id == which, _OPEN)
    return bool(tx.execute(row.values(state=state, **{stamp: now}, **values)).rowcount)

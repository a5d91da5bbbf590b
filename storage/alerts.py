"""Alerts: somebody needs a human. One open alert a person; every change is an appended row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    select,
    update,
)

from storage.models import alert, alert_event, person
from storage.prepared import Prepared


def open_of(tx: Connection, person_id: int) -> Row[Any] | None:
    """The open alert of a person, locked."""
    found: Row[Any] | None = _OPEN_OF.first(tx, which=person_id)
    return found


_OPEN_OF = Prepared(
    select(alert)
    # As a literal: with a bound value SQLite can't use the partial index.
    .where(alert.c.person_id == bindparam("which"), alert.c.state != literal_column("'closed'"))
    .with_for_update(key_share=True)
)


def seen_open(tx: Connection, person_id: int) -> Row[Any] | None:
    """The open alert of a person, to look at: nobody waits for who looks."""
    query = select(alert).where(alert.c.person_id == person_id, alert.c.state != "closed")
    return tx.execute(query).one_or_none()


def latest_of(tx: Connection, person_id: int) -> Row[Any] | None:
    """The latest alert of a person, open or closed, to look at."""
    query = select(alert).where(alert.c.person_id == person_id).order_by(alert.c.id.desc())
    return tx.execute(query.limit(1)).one_or_none()


def get(tx: Connection, alert_id: int) -> Row[Any] | None:
    """An alert by its number, locked."""
    query = select(alert).where(alert.c.id == alert_id).with_for_update(key_share=True)
    return tx.execute(query).one_or_none()


def add(tx: Connection, **values: Any) -> int:
    """Insert an alert and return its number."""
    return int(tx.execute(insert(alert).values(**values).returning(alert.c.id)).scalar_one())


def change(tx: Connection, alert_id: int, **values: Any) -> None:
    """Update an alert that this transaction has locked."""
    tx.execute(update(alert).where(alert.c.id == alert_id).values(**values))


def swap(tx: Connection, alert_id: int, states: tuple[str, ...], **values: Any) -> bool:
    """Change an alert only if it is in one of these states: whether it was."""
    statement = update(alert).where(alert.c.id == alert_id, alert.c.state.in_(states))
    return bool(tx.execute(statement.values(**values)).rowcount)


def due(tx: Connection, now: datetime, most: int = 100) -> list[Row[Any]]:
    """Alerts whose clock has run down: nobody took them, or no outcome came."""
    query = (
        select(alert)
        .where(alert.c.state != "closed", alert.c.next_at <= now)
        .order_by(_FIRST, alert.c.next_at)
        .limit(most)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return list(tx.execute(query))


def still_due(tx: Connection, alert_id: int, now: datetime) -> bool:
    """Whether an alert's clock has run down and nobody did anything since; locked."""
    row = get(tx, alert_id)
    return bool(row and row.state != "closed" and row.next_at and row.next_at <= now)


_FIRST = case((alert.c.level == "emergency", 0), (alert.c.level == "urgent", 1), else_=2)


def next_due(tx: Connection) -> datetime | None:
    """When the next alert's clock runs down."""
    query = select(func.min(alert.c.next_at)).where(alert.c.state != "closed")
    found: datetime | None = tx.execute(query).scalar_one_or_none()
    return found


def look_again(tx: Connection, counselor_id: int, at: datetime) -> None:
    """Whoever hears of this counselor's people changes at a moment: untaken alerts are due then."""
    theirs = select(person.c.id).where(person.c.counselor_id == counselor_id)
    later = (alert.c.next_at.is_(None)) | (alert.c.next_at > at)
    untaken = (alert.c.state == "open", alert.c.person_id.in_(theirs), later)
    tx.execute(update(alert).where(*untaken).values(next_at=at))


def note(
    tx: Connection,
    alert_id: int,
    at: datetime,
    kind: str,
    *,
    staff_id: int | None = None,
    message_id: int | None = None,
    detail: str | None = None,
) -> None:
    """Append to the timeline, which is the audit as well."""
    row = {"alert_id": alert_id, "at": at, "kind": kind, "staff_id": staff_id}
    tx.execute(insert(alert_event).values(**row, message_id=message_id, detail=detail))


def timeline(tx: Connection, alert_id: int) -> list[Row[Any]]:
    """What happened to an alert, oldest first."""
    query = select(alert_event).where(alert_event.c.alert_id == alert_id)
    return list(tx.execute(query.order_by(alert_event.c.id)))


def open_count(tx: Connection) -> int:
    """How many alerts are open."""
    query = select(func.count()).select_from(alert).where(alert.c.state != "closed")
    return int(tx.execute(query).scalar_one())

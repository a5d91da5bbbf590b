"""Answers that staff texted in and have not confirmed: one a member of staff, the last one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from storage.models import draft
from storage.upsert import upsert


def put(
    tx: Connection, staff_id: int, person_id: int, alert_id: int, text: str, at: datetime
) -> None:
    """Keep a draft; it replaces the one before."""
    row = {"staff_id": staff_id, "person_id": person_id, "alert_id": alert_id}
    statement = upsert(tx.dialect.name, draft).values(**row, text=text, at=at)
    changed = {"person_id": person_id, "alert_id": alert_id, "at": at}
    changed |= {"text": statement.excluded.text}
    tx.execute(statement.on_conflict_do_update(index_elements=["staff_id"], set_=changed))


def of(tx: Connection, staff_id: int) -> Row[Any] | None:
    """Somebody's draft, locked: of two that confirm it at once one finds nothing."""
    query = select(draft).where(draft.c.staff_id == staff_id)
    return tx.execute(query.with_for_update()).one_or_none()


def drop(tx: Connection, staff_id: int) -> None:
    """Forget somebody's draft."""
    tx.execute(delete(draft).where(draft.c.staff_id == staff_id))


def forget(tx: Connection, before: datetime) -> int:
    """Forget drafts that nobody has confirmed."""
    return int(tx.execute(delete(draft).where(draft.c.at < before)).rowcount)

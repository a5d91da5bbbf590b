"""Daily check-ins: one a person and local day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.models import checkin
from storage.upsert import insert_or


def put(
    tx: Connection, person_id: int, day: date, answers: dict[str, Any], answered_at: datetime
) -> None:
    """Keep a day's answers; a second answer on one day replaces the first."""
    row = {"person_id": person_id, "day": day, "answers": answers, "answered_at": answered_at}
    statement = insert_or(tx, checkin).values(**row)
    changed = {"answers": statement.excluded.answers, "answered_at": answered_at}
    tx.execute(statement.on_conflict_do_update(index_elements=["person_id", "day"], set_=changed))


def latest(tx: Connection, person_id: int, most: int = 14) -> list[Row[Any]]:
    """The latest check-ins of a person, newest first."""
    query = (
        select(checkin)
        .where(checkin.c.person_id == person_id)
        .order_by(checkin.c.day.desc())
        .limit(most)
    )
    return list(tx.execute(query))

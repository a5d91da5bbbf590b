"""Notes of staff about a person: written once, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from storage.models import note


def add(tx: Connection, person_id: int, staff_id: int, text: str, at: datetime) -> None:
    """Write a note."""
    row = {"person_id": person_id, "staff_id": staff_id, "at": at, "text": text}
    tx.execute(insert(note).values(**row))


def of_person(tx: Connection, person_id: int, most: int = 200) -> list[Row[Any]]:
    """The latest notes about a person, newest first."""
    query = select(note).where(note.c.person_id == person_id).order_by(note.c.id.desc())
    return list(tx.execute(query.limit(most)))

"""Safety plans: a person's own lines, a row each, in the order of writing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from storage.models import person, plan_line
from storage.prepared import Prepared


def lines(tx: Connection, person_id: int) -> list[Row[Any]]:
    """Every line of a person's plan, the oldest first."""
    return _LINES.rows(tx, whose=person_id)


_LINES = Prepared(
    select(plan_line).where(plan_line.c.person_id == bindparam("whose")).order_by(plan_line.c.id)
)


def is_shared(tx: Connection, person_id: int) -> bool:
    """Whether the person lets their team read it."""
    return bool(tx.scalar(select(person.c.plan_shared).where(person.c.id == person_id)))


def add(tx: Connection, person_id: int, section: str, text: str, at: datetime) -> None:
    """Write a line."""
    row = {"person_id": person_id, "section": section, "text": text, "at": at}
    tx.execute(insert(plan_line).values(**row))


def drop(tx: Connection, person_id: int, line_id: int) -> None:
    """Take a line out, if it is one of theirs."""
    whose = (plan_line.c.id == line_id, plan_line.c.person_id == person_id)
    tx.execute(delete(plan_line).where(*whose))

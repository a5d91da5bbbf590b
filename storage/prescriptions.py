"""How many minutes a week are prescribed for somebody, and from which day; only ever added to."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from storage.models import prescription


def add(
    tx: Connection,
    person_id: int,
    from_on: date,
    minutes: int,
    phase: str,
    staff_id: int | None,
    now: datetime,
) -> int:
    """From a day on so much a week, in a phase; 0 minutes: nothing. Returns its number."""
    row = {
        "person_id": person_id,
        "from_on": from_on,
        "minutes": minutes,
        "phase": phase,
        "staff_id": staff_id,
        "at": now,
    }
    return int(
        tx.execute(insert(prescription).values(**row).returning(prescription.c.id)).scalar_one()
    )


def of(tx: Connection, person_id: int) -> list[Row[Any]]:
    """Every one of somebody, in the order of writing: of one day the last holds."""
    query = select(prescription).where(prescription.c.person_id == person_id)
    return list(tx.execute(query.order_by(prescription.c.id)))


def of_all(tx: Connection, person_ids: Collection[int]) -> dict[int, list[Row[Any]]]:
    """The same of many people, by their numbers; who never had one is left out."""
    query = select(prescription).where(prescription.c.person_id.in_(person_ids))
    found: dict[int, list[Row[Any]]] = {}
    for row in tx.execute(query.order_by(prescription.c.id)):
        found.setdefault(row.person_id, []).append(row)
    return found

"""What supervisors changed of the clinic's settings in the console."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select

from storage.models import audit, setting
from storage.upsert import insert_or

CHANGED = "setting_changed"
"""What an audit row of a change is called."""


def everything(tx: Connection) -> dict[str, Row[Any]]:
    """Every change that holds, by its name."""
    return {row.name: row for row in tx.execute(select(setting))}


def put(tx: Connection, name: str, value: str, staff_id: int, at: datetime) -> None:
    """Remember a change in the place of the one before it."""
    new = {"value": value, "staff_id": staff_id, "at": at}
    made = insert_or(tx, setting).values(name=name, **new)
    tx.execute(made.on_conflict_do_update(index_elements=["name"], set_=new))


def drop(tx: Connection, name: str) -> None:
    """From now on clinic.toml holds."""
    tx.execute(delete(setting).where(setting.c.name == name))


def history(tx: Connection, most: int = 50) -> list[Row[Any]]:
    """The last changes, newest first, with who made them."""
    query = select(audit).where(audit.c.what == CHANGED)
    return list(tx.execute(query.order_by(audit.c.id.desc()).limit(most)))

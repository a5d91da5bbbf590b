"""A person's alerts with what happened in them, to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.models import alert, alert_event, message, outbox


def of_person(tx: Connection, person_id: int, most: int) -> list[Row[Any]]:
    """The latest alerts of a person, newest first."""
    query = select(alert).where(alert.c.person_id == person_id).order_by(alert.c.id.desc())
    return list(tx.execute(query.limit(most)))


def get(tx: Connection, number: int) -> Row[Any] | None:
    """One alert, to look at."""
    return tx.execute(select(alert).where(alert.c.id == number)).one_or_none()


def events(tx: Connection, numbers: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What happened in each of these alerts, oldest first."""
    found: dict[int, list[Row[Any]]] = {number: [] for number in numbers}
    query = select(alert_event).where(alert_event.c.alert_id.in_(list(numbers)))
    for row in tx.execute(query.order_by(alert_event.c.id)):
        found[row.alert_id].append(row)
    return found


def notices(tx: Connection, numbers: Sequence[int]) -> list[Row[Any]]:
    """What became of each message about these alerts: to whom, when and in which state."""
    columns = (outbox.c.alert_id, outbox.c.staff_id, outbox.c.created_at, outbox.c.state)
    return list(tx.execute(select(*columns).where(outbox.c.alert_id.in_(list(numbers)))))


def triggers(tx: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Messages that opened an alert or added to it, by number."""
    if not ids:
        return {}
    return {row.id: row for row in tx.execute(select(message).where(message.c.id.in_(list(ids))))}

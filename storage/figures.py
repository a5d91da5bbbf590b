"""How things stand, in numbers: for monitoring, never about one person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, literal_column, select

from storage.models import alert, outbox

Standing = tuple[int, datetime | None]


def waiting(tx: Connection, now: datetime) -> dict[int, Standing]:
    """By priority: how many messages are due and not out, and since when the oldest is due."""
    due = outbox.c.not_before
    open_states: tuple[ColumnElement[str], ...] = (
        literal_column("'pending'"),
        literal_column("'leased'"),
    )
    query = (
        select(outbox.c.priority, func.count(), func.min(due))
        .where(outbox.c.state.in_(open_states), due <= now)
        .group_by(outbox.c.priority)
    )
    return {priority: (count, since) for priority, count, since in tx.execute(query)}


def open_alerts(tx: Connection) -> dict[str, Standing]:
    """By level: how many alerts are open, and since when the oldest has been nobody's."""
    untaken = case((alert.c.state == "open", alert.c.clock_from))
    query = (
        select(alert.c.level, func.count(), func.min(untaken))
        .where(alert.c.state != literal_column("'closed'"))
        .group_by(alert.c.level)
    )
    return {level: (count, since) for level, count, since in tx.execute(query)}

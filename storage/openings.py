"""Sessions with a free place, for somebody who has none in them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, exists, func, or_, select

from storage.models import seat, series, session

_HELD = (
    select(func.count())
    .where(seat.c.session_id == session.c.id, seat.c.state == "held")
    .correlate(session)
    .scalar_subquery()
)


def free(
    tx: Connection, person_id: int, kinds: Collection[str], since: datetime, until: datetime
) -> list[Row[Any]]:
    """Planned ones of these kinds that start from a moment until before another, in order.

    `held`: how many places of it are taken. What they hold or once held themselves is left out,
    and so is what is closed to all but who is enrolled.
    """
    theirs = exists().where(seat.c.session_id == session.c.id, seat.c.person_id == person_id)
    query = (
        select(session, _HELD.label("held"), series.c.own, series.c.place.label("usual_place"))
        .join(series, series.c.id == session.c.series_id)
        .where(
            session.c.starts_at >= since,
            session.c.starts_at < until,
            session.c.state == "planned",
            session.c.all_day.is_(False),
            session.c.kind.in_(kinds),
            series.c.active,
            ~theirs,
            or_(session.c.capacity.is_(None), session.c.capacity > _HELD),
        )
    )
    found = tx.execute(query.order_by(session.c.starts_at, session.c.id))
    return [row for row in found if not row.own.get("closed")]

"""Notices to staff in the outbox: what was said a moment ago, and what can still be said better."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, literal_column, or_, select, update

from storage.models import alert, alert_event, outbox, staff

ALONE, TOGETHER, UNTAKEN = "alert_notice", "alerts_together", "alerts_untaken"
"""Kinds: about one alert; about several; how many nobody has, for operators."""
_EMERGENCY: Any = literal_column("'emergency'")


def in_turn(tx: Connection, staff_ids: Collection[int] | None = None) -> None:
    """Tell these (or anybody) one after the other: who waits here sees what the others were told.

    Locked in one order, so that nobody waits in a ring.
    """
    query = select(staff.c.id).where(staff.c.active).order_by(staff.c.id)
    if staff_ids is not None:
        query = query.where(staff.c.id.in_(list(staff_ids)))
    tx.execute(query.with_for_update(key_share=True)).all()


def recent(tx: Connection, staff_id: int, since: datetime) -> list[Row[Any]]:
    """What somebody was told since a moment of what is no emergency, as far as it stands.

    An alert that somebody has by now is not counted: there is nothing to say of it any more.
    """
    columns = ("id", "kind", "alert_id", "state", "not_before", "created_at")
    query = (
        select(*(outbox.c[name] for name in columns))
        .outerjoin(alert, alert.c.id == outbox.c.alert_id)
        # Nothing to staff is about a person by its row: so the index on both is of use.
        .where(
            outbox.c.person_id.is_(None),
            outbox.c.created_at > since,
            outbox.c.staff_id == staff_id,
            outbox.c.state.in_(("pending", "leased", "sent", "delivered")),
            or_(
                outbox.c.kind == TOGETHER,
                and_(
                    outbox.c.kind == ALONE,
                    alert.c.level != _EMERGENCY,
                    alert.c.state == literal_column("'open'"),
                ),
            ),
        )
        .order_by(outbox.c.id)
    )
    return list(tx.execute(query))


def needing(tx: Connection, staff_id: int, also: Sequence[int]) -> list[tuple[int, str]]:
    """The open alerts that nobody has and that somebody was told of, and these: number, level."""
    told = select(alert_event.c.alert_id).where(
        alert_event.c.staff_id == staff_id, alert_event.c.kind == "notified"
    )
    query = (
        select(alert.c.id, alert.c.level)
        .where(alert.c.state != literal_column("'closed'"), alert.c.state == "open")
        .where(or_(alert.c.id.in_(told), alert.c.id.in_(list(also))))
        .order_by(alert.c.id)
    )
    return [(row.id, row.level) for row in tx.execute(query)]


def take_back(tx: Connection, ids: Sequence[int]) -> None:
    """Cancel these where they have not left."""
    which = (outbox.c.id.in_(list(ids)), outbox.c.state == "pending")
    tx.execute(update(outbox).where(*which).values(state="cancelled"))


def take_back_of(tx: Connection, alert_id: int) -> None:
    """Nobody need be told of an alert any more that somebody has."""
    which = (outbox.c.alert_id == alert_id, outbox.c.kind == ALONE, outbox.c.state == "pending")
    tx.execute(update(outbox).where(*which).values(state="cancelled"))


def told_together(tx: Connection, staff_id: int, since: datetime) -> list[int]:
    """The open alerts that somebody was told of since a moment."""
    query = (
        select(alert.c.id)
        .join(alert_event, alert_event.c.alert_id == alert.c.id)
        .where(
            alert.c.state == "open",
            alert_event.c.kind == "notified",
            alert_event.c.staff_id == staff_id,
            alert_event.c.at >= since,
        )
        .distinct()
        .order_by(alert.c.id)
    )
    return list(tx.execute(query).scalars())


def said_untaken(tx: Connection, staff_id: int, since: datetime) -> bool:
    """Whether somebody heard since a moment how many alerts nobody has."""
    query = select(outbox.c.id).where(
        outbox.c.person_id.is_(None),
        outbox.c.created_at > since,
        outbox.c.staff_id == staff_id,
        outbox.c.kind == UNTAKEN,
    )
    return tx.execute(query.limit(1)).first() is not None


def said(tx: Connection, staff_id: int, kind: str, window: str, since: datetime) -> bool:
    """Whether somebody was told of a matter (a kind and what it is about) since a moment."""
    query = select(outbox.c.id).where(
        outbox.c.person_id.is_(None),
        outbox.c.created_at > since,
        outbox.c.staff_id == staff_id,
        outbox.c.kind == kind,
        outbox.c.window == window,
    )
    return tx.execute(query.limit(1)).first() is not None


def untaken(tx: Connection) -> int:
    """How many alerts of danger nobody has."""
    query = select(func.count()).where(
        alert.c.state != literal_column("'closed'"),
        alert.c.state == "open",
        alert.c.level.in_(("urgent", "emergency")),
    )
    return int(tx.execute(query).scalar_one())


def taken_since(tx: Connection, after_event: int, most: int) -> list[Row[Any]]:
    """Alerts that were taken or closed after an event, one row a change, oldest first."""
    query = (
        select(alert_event.c.id, alert_event.c.alert_id)
        .where(alert_event.c.id > after_event)
        .where(alert_event.c.kind.in_(("seen", "calling", "closed")))
        .order_by(alert_event.c.id)
        .limit(most)
    )
    return list(tx.execute(query))


def latest_event(tx: Connection) -> int:
    """The number of the last event there is."""
    return int(tx.execute(select(func.max(alert_event.c.id))).scalar_one_or_none() or 0)


def on_channel(tx: Connection, channel: str, alert_id: int) -> list[Row[Any]]:
    """The notices of an alert on a channel that have left or are just leaving."""
    query = select(outbox.c.address, outbox.c.provider_id, outbox.c.state, outbox.c.buttons).where(
        outbox.c.alert_id == alert_id,
        outbox.c.channel == channel,
        outbox.c.kind == ALONE,
        outbox.c.state.in_(("leased", "sent", "delivered")),
    )
    return list(tx.execute(query.order_by(outbox.c.id)))

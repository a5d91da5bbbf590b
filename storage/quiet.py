"""Numbers from which nothing is heard while messages go there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, or_, select

from storage import facts
from storage.models import address, message, outbox, person


def numbers(tx: Connection, before: datetime, *only: int) -> list[int]:
    """Open numbers of active people, written to since a moment and silent since before it.

    Not those of people who came back after it, and not those that staff verified after it. `only`:
    none but these.
    """
    # By person and not by hash, which a new key changes.
    heard = exists().where(
        message.c.person_id == address.c.person_id,
        message.c.channel == address.c.channel,
        message.c.received_at >= before,
    )
    written = exists().where(
        outbox.c.person_id == address.c.person_id,
        outbox.c.channel == address.c.channel,
        outbox.c.created_at >= before,
        outbox.c.state.in_(("sent", "delivered")),
    )
    query = (
        select(address.c.id)
        .join(person, person.c.id == address.c.person_id)
        .where(
            address.c.channel == "sms",
            address.c.state == "open",
            address.c.created_at < before,
            person.c.status.in_(("active", "invited")),
            or_(person.c.status_at.is_(None), person.c.status_at < before),
            ~heard,
            written,
            *([address.c.id.in_(only)] if only else []),
        )
        .order_by(address.c.id)
    )
    found = list(tx.execute(query).scalars())
    return [number for number in found if not _verified(tx, number, before)]


def _verified(tx: Connection, number: int, before: datetime) -> bool:
    at = facts.get_fact(tx, verified(number))
    return at is not None and datetime.fromisoformat(at) >= before


def verified(number: int) -> str:
    """The name of the fact that says when staff verified an address."""
    return f"verified_{number}"

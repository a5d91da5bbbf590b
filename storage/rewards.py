"""The ledger of rewards, which is only ever added to, and what was paid out of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from storage import access
from storage.models import payout, person, reward, seat, seat_event

_TAKEN = payout.c.state.in_(("asked", "paid"))


def of(tx: Connection, person_id: int) -> list[Row[Any]]:
    """Somebody's, in the order of writing."""
    query = select(reward).where(reward.c.person_id == person_id)
    return list(tx.execute(query.order_by(reward.c.id)))


def add(tx: Connection, **values: Any) -> None:
    """Add one; the same of an event can't be written twice."""
    tx.execute(insert(reward).values(**values))


def balance(tx: Connection, person_id: int, but: int | None = None) -> int:
    """What somebody has in cents that nobody has asked for; `but`: not counting this payout."""
    return balances(tx, [person_id], but).get(person_id, 0)


def balances(tx: Connection, person_ids: Collection[int], but: int | None = None) -> dict[int, int]:
    """The same of many, by their ids."""
    earned = select(reward.c.person_id, func.sum(reward.c.cents).label("cents"))
    earned = earned.where(reward.c.person_id.in_(person_ids)).group_by(reward.c.person_id)
    found = {row.person_id: int(row.cents) for row in tx.execute(earned)}
    out = select(payout.c.person_id, func.sum(payout.c.cents).label("cents"))
    out = out.where(payout.c.person_id.in_(person_ids), _TAKEN)
    if but is not None:
        out = out.where(payout.c.id != but)
    for row in tx.execute(out.group_by(payout.c.person_id)):
        found[row.person_id] = found.get(row.person_id, 0) - int(row.cents)
    return found


def ask(tx: Connection, person_id: int, cents: int, staff_id: int, now: datetime) -> int:
    """Somebody of the staff asks for a payout; returns its number."""
    row = {
        "person_id": person_id,
        "cents": cents,
        "state": "asked",
        "asked_by": staff_id,
        "asked_at": now,
    }
    return int(tx.execute(insert(payout).values(**row).returning(payout.c.id)).scalar_one())


def payout_of(tx: Connection, which: int) -> Row[Any] | None:
    """One payout by its number."""
    return tx.execute(select(payout).where(payout.c.id == which)).one_or_none()


def sign(tx: Connection, which: int, state: str, staff_id: int, now: datetime) -> bool:
    """Pay one that was asked for, or refuse it; False if somebody else did first."""
    fresh = update(payout).where(payout.c.id == which, payout.c.state == "asked")
    signed = {"state": state, "signed_by": staff_id, "signed_at": now}
    return bool(tx.execute(fresh.values(**signed)).rowcount)


def payouts(tx: Connection, worker: Row[Any], now: datetime, most: int) -> list[Row[Any]]:
    """Those of whom somebody may see, what waits first, then the newest."""
    query = (
        select(payout, person.c.name)
        .join(person, person.c.id == payout.c.person_id)
        .where(access.visible(worker, now))
        .order_by((payout.c.state == "asked").desc(), payout.c.id.desc())
    )
    return list(tx.execute(query.limit(most)))


def last_change(tx: Connection) -> int:
    """The number of the newest change of a seat."""
    return int(tx.execute(select(func.max(seat_event.c.id))).scalar_one() or 0)


def seated_since(tx: Connection, after: int) -> set[int]:
    """Of whom a seat has changed after the change with this number."""
    query = select(seat.c.person_id).join(seat_event, seat_event.c.seat_id == seat.c.id)
    return set(tx.scalars(query.where(seat_event.c.id > after).distinct()))

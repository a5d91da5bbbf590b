"""What people wrote: every message with what the screen said of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from storage.models import message
from storage.prepared import Prepared
from storage.upsert import upsert


def insert(tx: Connection, **values: Any) -> int | None:
    """Store a message and return its id; None if this provider id was stored before."""
    found = _INSERT.first(tx, **values)
    return None if found is None else int(found.id)


_INSERT = Prepared(
    lambda dialect: (
        upsert(dialect, message)
        .on_conflict_do_nothing(index_elements=["channel", "provider_id"])
        .returning(message.c.id)
    )
)


def seen(tx: Connection, channel: str, provider_ids: list[str]) -> set[str]:
    """Which of these provider ids are stored already."""
    query = select(message.c.provider_id).where(
        message.c.channel == channel, message.c.provider_id.in_(provider_ids)
    )
    return set(tx.execute(query).scalars())


def of_person(tx: Connection, person_id: int, since: datetime, most: int = 50) -> list[Row[Any]]:
    """The latest messages of a person since a moment, newest first."""
    query = (
        select(message)
        .where(message.c.person_id == person_id, message.c.received_at >= since)
        .order_by(message.c.received_at.desc(), message.c.id.desc())
        .limit(most)
    )
    return list(tx.execute(query))


def from_address(tx: Connection, address_hashes: list[str], since: datetime) -> int:
    """How many messages came from an address since a moment."""
    query = select(message.c.id).where(
        message.c.address_hash.in_(address_hashes), message.c.received_at >= since
    )
    return len(tx.execute(query.limit(100)).all())


def received_since(tx: Connection, since: datetime, after_id: int, most: int) -> list[Row[Any]]:
    """People's messages since a moment, in order of their ids, a page at a time."""
    query = (
        select(message)
        .where(message.c.received_at >= since, message.c.id > after_id)
        .order_by(message.c.id)
        .limit(most)
    )
    return list(tx.execute(query))


def rise(tx: Connection, row: Row[Any], risk: str, labels: list[str], words: list[str]) -> bool:
    """Write what a later screening found; False if somebody else did first, or it is gone.

    The caller only ever raises.
    """
    values = {"risk": risk, "labels": labels, "words": words}
    same = (message.c.id == row.id, message.c.risk == row.risk)
    return bool(tx.execute(update(message).where(*same).values(**values)).rowcount)


def mark(tx: Connection, message_id: int, kind: str) -> None:
    """Say what a message turned out to be."""
    _CHANGE.count(tx, which=message_id, kind=kind)


def rewrite(tx: Connection, message_id: int, text: str) -> None:
    """Keep another text than the one that came, where nobody may read that one."""
    _CHANGE.count(tx, which=message_id, text=text)


_CHANGE = Prepared(update(message).where(message.c.id == bindparam("which")))


def forget_strangers(tx: Connection, before: datetime) -> int:
    """Erase what strangers wrote before a moment (nobody's patient, nobody's staff)."""
    statement = delete(message).where(
        message.c.person_id.is_(None),
        message.c.staff_id.is_(None),
        message.c.received_at < before,
    )
    return int(tx.execute(statement).rowcount)

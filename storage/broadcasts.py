"""What is said to a whole group, and the answers about the temperature of its room.

An answer bears no person and no time, and is gone once all of them are counted.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from storage.models import broadcast, enrolment, outbox, series, session, temperature

KIND = "broadcast"
"""How its messages stand in the outbox, each in the window of its number."""
THEME, TEMPERATURE = "theme", "temperature"


def add(tx: Connection, **values: Any) -> int:
    """Write one down; returns its number."""
    row = {"sent": 0, "left_out": {}, **values}
    return int(tx.execute(insert(broadcast).values(**row).returning(broadcast.c.id)).scalar_one())


def get(tx: Connection, which: int) -> Row[Any] | None:
    """One by its number."""
    return tx.execute(select(broadcast).where(broadcast.c.id == which)).one_or_none()


def of_series(tx: Connection, series_id: int, kind: str, most: int) -> list[Row[Any]]:
    """The latest of a group, the newest first."""
    query = select(broadcast).where(broadcast.c.series_id == series_id, broadcast.c.kind == kind)
    return list(tx.execute(query.order_by(broadcast.c.id.desc()).limit(most)))


def change(tx: Connection, which: int, **values: Any) -> None:
    """Change one."""
    tx.execute(update(broadcast).where(broadcast.c.id == which).values(**values))


def lock_series(tx: Connection, series_id: int) -> Row[Any] | None:
    """A group, so that nothing is said to it twice at once; None: there is none."""
    # Whoever is enrolled in it meanwhile, with their own row locked, need not wait for us.
    query = select(series).where(series.c.id == series_id).with_for_update(key_share=True)
    return tx.execute(query).one_or_none()


def ask_always(tx: Connection, row: Row[Any], staff_id: int | None) -> None:
    """Whether the room of a group is asked before each session, and in whose name."""
    own = {name: value for name, value in (row.own or {}).items() if name != TEMPERATURE}
    new = own if staff_id is None else {**own, TEMPERATURE: staff_id}
    tx.execute(update(series).where(series.c.id == row.id).values(own=new))


def enrolled(tx: Connection, series_id: int, day: date) -> list[int]:
    """Who is enrolled in a group on a day."""
    query = select(enrolment.c.person_id).where(
        enrolment.c.series_id == series_id,
        enrolment.c.from_on <= day,
        or_(enrolment.c.until_on.is_(None), enrolment.c.until_on >= day),
    )
    return list(tx.scalars(query.distinct().order_by(enrolment.c.person_id)))


def received(tx: Connection, person_ids: Collection[int], since: datetime) -> dict[int, int]:
    """How many each was sent since a moment, by person; what was taken back is none."""
    query = select(outbox.c.person_id, func.count()).where(
        outbox.c.person_id.in_(person_ids),
        outbox.c.kind == KIND,
        outbox.c.created_at >= since,
        outbox.c.state != "cancelled",
    )
    return {who: count for who, count in tx.execute(query.group_by(outbox.c.person_id))}  # noqa: C416 - rows are no pairs


def waiting(tx: Connection, row: Row[Any]) -> int:
    """How many of a broadcast have not left."""
    query = select(func.count()).select_from(outbox).where(*_pending(row))
    return int(tx.execute(query).scalar_one())


def take_back(tx: Connection, row: Row[Any]) -> int:
    """Take back what has not left; how many that was."""
    return int(tx.execute(update(outbox).where(*_pending(row)).values(state="cancelled")).rowcount)


def _pending(row: Row[Any]) -> tuple[Any, ...]:
    # By person, for that index: there is none by window alone.
    ever = select(enrolment.c.person_id).where(enrolment.c.series_id == row.series_id)
    mine = (outbox.c.kind == KIND, outbox.c.window == str(row.id), outbox.c.state == "pending")
    return (outbox.c.person_id.in_(ever), *mine)


def asked(tx: Connection, session_id: int) -> Row[Any] | None:
    """The temperature of a session's room, where it was asked."""
    query = select(broadcast).where(
        broadcast.c.session_id == session_id, broadcast.c.kind == TEMPERATURE
    )
    return tx.execute(query).first()


def closing(tx: Connection, now: datetime) -> list[Row[Any]]:
    """Those whose answers are to be counted now."""
    due = (broadcast.c.closes_at <= now, broadcast.c.shown.is_(None))
    return list(tx.execute(select(broadcast).where(*due).order_by(broadcast.c.id)))


def to_ask(tx: Connection, now: datetime, until: datetime) -> list[Row[Any]]:
    """Sessions that begin by then, of groups whose room is asked by itself, and was not yet."""
    there = select(broadcast.c.session_id).where(
        broadcast.c.kind == TEMPERATURE, broadcast.c.session_id.is_not(None)
    )
    query = (
        select(session, series.c.own)
        .join(series, series.c.id == session.c.series_id)
        .where(session.c.starts_at > now, session.c.starts_at <= until)
        .where(session.c.state == "planned", session.c.id.not_in(there))
    )
    rows = tx.execute(query.order_by(session.c.starts_at, session.c.id))
    return [row for row in rows if (row.own or {}).get(TEMPERATURE)]


def answer(
    tx: Connection, which: int, mood: int | None, craving: int | None, topic: str | None
) -> None:
    """One answer, of nobody."""
    row = {"broadcast_id": which, "mood": mood, "craving": craving, "topic": topic}
    tx.execute(insert(temperature).values(**row))


def answers(tx: Connection, which: int) -> list[Row[Any]]:
    """All answers, in no order."""
    query = select(temperature.c.mood, temperature.c.craving, temperature.c.topic)
    return list(tx.execute(query.where(temperature.c.broadcast_id == which)))


def forget_answers(tx: Connection, which: int) -> None:
    """They were counted."""
    tx.execute(delete(temperature).where(temperature.c.broadcast_id == which))

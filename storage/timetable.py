"""The timetable: where sessions come from, the series they are of, and each single time.

Calendars: `calendars`, `calendar_named`, `settle_calendar`; series: `all_series`, `one_series`,
`put_series`; sessions: `between` (two moments, of all or of one series), `one`, `held` (how many
places are). Rows only: who holds a place hears of a change, and reminders move with it, by
`bot.calendars.changing` (add, cancel, change).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy import insert as insert_into

from storage.models import calendar, seat, series, session
from storage.upsert import insert_or

_WITH_SERIES = select(session, series.c.calendar_id).join(
    series, series.c.id == session.c.series_id
)


def calendars(tx: Connection) -> list[Row[Any]]:
    """Everything that sessions come from, by its name."""
    return list(tx.execute(select(calendar).order_by(calendar.c.name)))


def calendar_named(tx: Connection, name: str) -> Row[Any] | None:
    """One by its name."""
    return tx.execute(select(calendar).where(calendar.c.name == name)).one_or_none()


def settle_calendar(
    tx: Connection, name: str, kind: str, zone: str, now: datetime, **values: Any
) -> int:
    """Make one of that name, or change the one there is; returns its number."""
    given = {"kind": kind, "zone": zone, **values}
    new = {"name": name, "dropped": {}, "created_at": now, **given}
    made = insert_or(tx, calendar).values(new)
    tx.execute(made.on_conflict_do_update(index_elements=["name"], set_=given))
    return int(tx.execute(select(calendar.c.id).where(calendar.c.name == name)).scalar_one())


def change_calendar(tx: Connection, which: int, **values: Any) -> None:
    """Change one."""
    tx.execute(update(calendar).where(calendar.c.id == which).values(**values))


def due_calendars(tx: Connection, now: datetime) -> list[str]:
    """The names of those to be fetched now, the longest overdue first."""
    query = select(calendar.c.name).where(calendar.c.due_at <= now)
    return list(tx.scalars(query.order_by(calendar.c.due_at)))


def claim_calendar(tx: Connection, name: str, now: datetime, until: datetime) -> bool:
    """Take one that is due for oneself; False where somebody else was quicker."""
    mine = update(calendar).where(calendar.c.name == name, calendar.c.due_at <= now)
    return bool(tx.execute(mine.values(due_at=until)).rowcount)


def all_series(tx: Connection, *, ended: bool = False) -> list[Row[Any]]:
    """Every series by its title; those that have ended only if asked for."""
    query = select(series).order_by(series.c.title, series.c.id)
    return list(tx.execute(query if ended else query.where(series.c.active)))


def one_series(tx: Connection, which: int) -> Row[Any] | None:
    """A series by its number."""
    return tx.execute(select(series).where(series.c.id == which)).one_or_none()


def series_of(tx: Connection, calendar_id: int) -> dict[str, Row[Any]]:
    """The series of a calendar by their keys."""
    found = tx.execute(select(series).where(series.c.calendar_id == calendar_id))
    return {row.key: row for row in found}


def put_series(tx: Connection, calendar_id: int, key: str, values: Mapping[str, Any]) -> int:
    """Make a series, or change the one of that key; what staff have set (`own`) stays."""
    new = {"calendar_id": calendar_id, "key": key, "own": {}, **values}
    made = insert_or(tx, series).values(new)
    tx.execute(made.on_conflict_do_update(index_elements=["calendar_id", "key"], set_=dict(values)))
    same = (series.c.calendar_id == calendar_id, series.c.key == key)
    return int(tx.execute(select(series.c.id).where(*same)).scalar_one())


def change_series(tx: Connection, which: int, **values: Any) -> None:
    """Change a series."""
    tx.execute(update(series).where(series.c.id == which).values(**values))


def between(
    tx: Connection, since: datetime, until: datetime, *, series_id: int | None = None
) -> list[Row[Any]]:
    """Sessions that start from a moment until before another, in order; cancelled ones too."""
    query = _WITH_SERIES.where(session.c.starts_at >= since, session.c.starts_at < until)
    if series_id is not None:
        query = query.where(session.c.series_id == series_id)
    return list(tx.execute(query.order_by(session.c.starts_at, session.c.id)))


def one(tx: Connection, which: int) -> Row[Any] | None:
    """A session by its number."""
    return tx.execute(_WITH_SERIES.where(session.c.id == which)).one_or_none()


def locked(tx: Connection, which: int) -> Row[Any] | None:
    """The same; nobody takes a place in it or changes it until we are done."""
    query = select(session).where(session.c.id == which).with_for_update()
    return tx.execute(query).one_or_none()


def of_series(tx: Connection, series_id: int) -> list[Row[Any]]:
    """All sessions of a series, in order."""
    query = select(session).where(session.c.series_id == series_id)
    return list(tx.execute(query.order_by(session.c.starts_at, session.c.id)))


def planned(tx: Connection, series_ids: Collection[int], now: datetime, until: datetime) -> Any:
    """What is still to be held of some series, and begins before a moment."""
    query = select(session.c.id, session.c.series_id, session.c.starts_at).where(
        session.c.series_id.in_(series_ids),
        session.c.state == "planned",
        session.c.all_day.is_(False),
        session.c.ends_at > now,
        session.c.starts_at < until,
    )
    return list(tx.execute(query.order_by(session.c.starts_at, session.c.id)))


def last_of(tx: Connection) -> dict[int, datetime]:
    """When the last planned session of each calendar starts: a file's end at some time."""
    query = (
        select(series.c.calendar_id, func.max(session.c.starts_at))
        .join(session, session.c.series_id == series.c.id)
        .where(session.c.state == "planned")
        .group_by(series.c.calendar_id)
    )
    return {row[0]: row[1] for row in tx.execute(query)}


def held(tx: Connection, which: Collection[int]) -> dict[int, int]:
    """How many places of each of these sessions are held; those without any are left out."""
    query = select(seat.c.session_id, func.count()).where(
        seat.c.session_id.in_(which), seat.c.state == "held"
    )
    return {row[0]: row[1] for row in tx.execute(query.group_by(seat.c.session_id))}


def insert(tx: Connection, series_id: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """New sessions of a series; all name the same columns."""
    if rows:
        tx.execute(insert_into(session), [{**row, "series_id": series_id} for row in rows])


def change(tx: Connection, which: int, **values: Any) -> None:
    """Change a session."""
    tx.execute(update(session).where(session.c.id == which).values(**values))

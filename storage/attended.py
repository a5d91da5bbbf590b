"""Attendance counted: of sessions, of series, and of what was said or missed lately."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, exists, func, or_, select

from storage import access
from storage.models import enrolment, person, seat, seat_event, session


@dataclass(frozen=True, slots=True)
class Count:
    """Of one session: places held, and how many of those nobody has marked."""

    held: int = 0
    unmarked: int = 0


def counts(tx: Connection, session_ids: Collection[int]) -> dict[int, Count]:
    """Of each of these sessions in which somebody holds a place."""
    open_ = func.sum(case((seat.c.mark.is_(None), 1), else_=0))
    query = (
        select(seat.c.session_id, func.count(), open_)
        .where(seat.c.session_id.in_(session_ids), seat.c.state == "held")
        .group_by(seat.c.session_id)
    )
    return {row[0]: Count(row[1], int(row[2])) for row in tx.execute(query)}


def unmarked(tx: Connection, since: datetime, until: datetime) -> list[Row[Any]]:
    """Sessions that ended between two moments and in which a held place is not marked."""
    open_ = exists().where(
        seat.c.session_id == session.c.id, seat.c.state == "held", seat.c.mark.is_(None)
    )
    query = select(session).where(
        session.c.ends_at > since,
        session.c.ends_at <= until,
        session.c.state == "planned",
        session.c.all_day.is_(False),
        session.c.kind != "support_meeting",
        open_,
    )
    return list(tx.execute(query.order_by(session.c.starts_at, session.c.id)))


def enrolled(tx: Connection, day: date) -> dict[int, int]:
    """How many are enrolled in each series on a day or from later on."""
    runs = or_(enrolment.c.until_on.is_(None), enrolment.c.until_on >= day)
    query = select(enrolment.c.series_id, func.count(func.distinct(enrolment.c.person_id)))
    return {row[0]: row[1] for row in tx.execute(query.where(runs).group_by(enrolment.c.series_id))}


def own_series(tx: Connection, worker: Row[Any], now: datetime) -> set[int]:
    """The series in which somebody is, or was, enrolled whom a member of staff may see."""
    query = select(enrolment.c.series_id).join(person, person.c.id == enrolment.c.person_id)
    return set(tx.scalars(query.where(access.visible(worker, now)).distinct()))


def barriers(
    tx: Connection, worker: Row[Any], now: datetime, since: datetime, until: datetime
) -> list[Row[Any]]:
    """What people of somebody's said stands in the way of a session ahead, the soonest first."""
    said = and_(
        session.c.starts_at > now,
        session.c.starts_at < until,
        session.c.state == "planned",
        seat.c.mark.is_(None),
        seat.c.state != "cancelled",
        seat.c.reply.in_(("cannot", "help")),
        seat.c.replied_at >= since,
    )
    return _of_theirs(tx, worker, now, said)


def missed(tx: Connection, worker: Row[Any], now: datetime, since: datetime) -> list[Row[Any]]:
    """Who of somebody's people stayed away without a word since a moment, the latest first."""
    silent = or_(seat.c.reply.is_(None), seat.c.reply.not_in(("cannot", "help")))
    away = and_(
        session.c.starts_at > since, seat.c.mark == "absent", seat.c.state == "held", silent
    )
    return list(reversed(_of_theirs(tx, worker, now, away)))


def _of_theirs(
    tx: Connection, worker: Row[Any], now: datetime, which: ColumnElement[bool]
) -> list[Row[Any]]:
    query = (
        select(
            seat.c.id,
            seat.c.person_id,
            seat.c.reply,
            seat.c.barrier,
            session.c.starts_at,
            session.c.id.label("session_id"),
            person.c.name,
            person.c.counselor_id,
        )
        .join(session, session.c.id == seat.c.session_id)
        .join(person, person.c.id == seat.c.person_id)
        .where(which, access.caseload(worker, now))
    )
    return list(tx.execute(query.order_by(session.c.starts_at, seat.c.id)))


def trails(tx: Connection, seat_ids: Collection[int]) -> dict[int, list[Row[Any]]]:
    """Every change of each of these seats, the oldest first."""
    found: dict[int, list[Row[Any]]] = {which: [] for which in seat_ids}
    query = select(seat_event).where(seat_event.c.seat_id.in_(list(seat_ids)))
    for row in tx.execute(query.order_by(seat_event.c.id)):
        found[row.seat_id].append(row)
    return found

"""Who may see and mark a session: who leads it or stands in, supervisors, and counselors their own.

Whoever leads a group knows who sits in it: they see all names there. Another counselor sees those
of their own people, and for nobody else there is such a session.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, select

from bot import facilitators, tiers
from bot.web.gate import CLINICAL, Visitor
from bot.web.hooks import RefusedError
from storage import access, seats, staff, timetable
from storage.models import person, seat


def leads(tx: Connection, row: Row[Any], visitor: Visitor) -> bool:
    """Whether a session is the visitor's to change and mark as a whole."""
    return visitor.role == "supervisor" or _is_of(tx, facilitators.leader(tx, row), visitor)


def leads_series(tx: Connection, row: Row[Any], visitor: Visitor) -> bool:
    """The same of all that comes again."""
    return visitor.role == "supervisor" or _is_of(tx, series_leader(tx, row), visitor)


def series_leader(tx: Connection, row: Row[Any]) -> int | None:
    """Who leads a series: as staff have set it, else whom its calendar names."""
    if row.staff_id is not None or not row.facilitator:
        return None if row.staff_id is None else int(row.staff_id)
    named = staff.by_name(tx, row.facilitator)
    return None if named is None else int(named.id)


def _is_of(tx: Connection, leader: int | None, visitor: Visitor) -> bool:
    """Whether the visitor is who leads it, or stands in for them now."""
    if leader is None or leader == visitor.id:
        return leader is not None
    everyone = tiers.workers(tx, visitor.now)
    return visitor.id in tiers.standing_in(everyone, leader, visitor.now)


def leaders(tx: Connection) -> dict[str, str]:
    """Whom a session can be led by: their names, by their numbers as a form has them."""
    return {str(row.id): row.name for row in staff.everyone(tx) if row.role in CLINICAL}


def session(tx: Connection, which: int, visitor: Visitor) -> Row[Any]:
    """A session that the visitor leads; raises RefusedError (404) for any other."""
    row = timetable.one(tx, which)
    if row is None or not leads(tx, row, visitor):
        raise RefusedError(404)
    return row


def seated(tx: Connection, row: Row[Any], visitor: Visitor) -> list[Row[Any]]:
    """Seats of a session that the visitor may see; raises RefusedError (404) if there is none."""
    those = seats.at(tx, row.id)
    if leads(tx, row, visitor):
        return those
    theirs = own(tx, {each.person_id for each in those}, visitor)
    found = [each for each in those if each.person_id in theirs]
    if not found:
        raise RefusedError(404)
    return found


def own(tx: Connection, ids: Collection[int], visitor: Visitor) -> set[int]:
    """Which of these people are the visitor's to see."""
    query = select(person.c.id).where(
        person.c.id.in_(ids), access.visible(visitor.staff, visitor.now)
    )
    return set(tx.scalars(query))


def opens(tx: Connection, rows: Collection[Row[Any]], visitor: Visitor) -> set[int]:
    """Which of these sessions the visitor may open."""
    if visitor.role == "supervisor":
        return {row.id for row in rows}
    query = (
        select(seat.c.session_id)
        .join(person, person.c.id == seat.c.person_id)
        .where(
            seat.c.session_id.in_([row.id for row in rows]),
            access.visible(visitor.staff, visitor.now),
        )
    )
    there = set(tx.scalars(query.distinct()))
    return there | {row.id for row in rows if row.id not in there and leads(tx, row, visitor)}

"""A member of staff leaves: every way in and every place of theirs is taken back at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, or_, select, update

from storage.models import (
    absence,
    address,
    alert,
    draft,
    invite,
    outbox,
    page_link,
    page_session,
    person,
    setup_link,
    staff,
    web_session,
)


def shut_out(tx: Connection, staff_id: int, now: datetime) -> None:
    """No sign-in, no session, no link and no chat of theirs works from now on."""
    gone = {"active": False, "left_at": now, "password": None, "totp": None}
    tx.execute(update(staff).where(staff.c.id == staff_id).values(**gone))
    for table in (web_session, setup_link, page_session, page_link, draft, address):
        tx.execute(delete(table).where(table.c.staff_id == staff_id))
    unused = (invite.c.staff_id == staff_id, invite.c.used_at.is_(None))
    tx.execute(update(invite).where(*unused).values(used_at=now))


def end_absences(tx: Connection, staff_id: int, now: datetime) -> None:
    """Their time off is over; where they stood in, supervisors do."""
    tx.execute(delete(absence).where(absence.c.staff_id == staff_id, absence.c.to_at > now))
    theirs = (absence.c.cover_id == staff_id, absence.c.to_at > now)
    tx.execute(update(absence).where(*theirs).values(cover_id=None))


def take_back_notices(tx: Connection, staff_id: int) -> list[int]:
    """Cancel what was on its way to them; returns the alerts that it spoke of."""
    statement = (
        update(outbox)
        .where(outbox.c.staff_id == staff_id, outbox.c.state.in_(("pending", "leased")))
        .values(state="cancelled", lease=None, leased_until=None)
        .returning(outbox.c.alert_id)
    )
    return [number for number in tx.execute(statement).scalars() if number is not None]


def people_of(tx: Connection, staff_id: int) -> list[int]:
    """Everybody who is theirs, whatever their status, in order."""
    query = select(person.c.id).where(person.c.counselor_id == staff_id).order_by(person.c.id)
    return list(tx.execute(query).scalars())


def alerts_of(tx: Connection, staff_id: int) -> list[Row[Any]]:
    """Open alerts that are in their hands or about their people, in order."""
    query = (
        select(alert)
        .outerjoin(person, alert.c.person_id == person.c.id)
        .where(
            alert.c.state != "closed",
            or_(alert.c.taken_by == staff_id, person.c.counselor_id == staff_id),
        )
        .order_by(alert.c.id)
    )
    return list(tx.execute(query))


def supervisors_but(tx: Connection, staff_id: int) -> list[int]:
    """The other supervisors, the first to arrive first."""
    query = select(staff.c.id).where(
        staff.c.active, staff.c.role == "supervisor", staff.c.id != staff_id
    )
    return list(tx.execute(query.order_by(staff.c.id)).scalars())


def caseloads(tx: Connection) -> dict[int, int]:
    """How many people each member of staff has."""
    query = select(person.c.counselor_id, func.count()).group_by(person.c.counselor_id)
    return {row[0]: row[1] for row in tx.execute(query)}

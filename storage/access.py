"""Who may see whom: a counselor their own people and those they cover, a supervisor everybody.

Whoever was asked about an alert sees its person while it is open, and a day longer to write
down how it went. An operator sees nobody.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, false, or_, select, true

from storage.models import absence, alert, alert_event, person

AFTERWARDS = timedelta(hours=24)


def caseload(worker: Row[Any], now: datetime) -> ColumnElement[bool]:
    """The condition on `person` for whose people somebody's are now: their own and covered."""
    if not worker.active or worker.role == "operator":
        return false()
    if worker.role == "supervisor":
        return true()
    covered = select(absence.c.staff_id).where(
        absence.c.cover_id == worker.id, absence.c.from_at <= now, absence.c.to_at > now
    )
    return or_(person.c.counselor_id == worker.id, person.c.counselor_id.in_(covered))


def may_give_away(tx: Connection, person_id: int, worker: Row[Any]) -> bool:
    """Whether somebody may hand a person over: their own counselor or a supervisor, no cover."""
    if not worker.active or worker.role == "operator":
        return False
    whose = true() if worker.role == "supervisor" else person.c.counselor_id == worker.id
    query = select(person.c.id).where(person.c.id == person_id, whose)
    return tx.execute(query).first() is not None


def visible(worker: Row[Any], now: datetime) -> ColumnElement[bool]:
    """The condition on `person` for whom somebody may see: the caseload, and who they heard of."""
    if not worker.active or worker.role == "operator":
        return false()
    return or_(caseload(worker, now), person.c.id.in_(_asked_about(worker, now)))


def _asked_about(worker: Row[Any], now: datetime) -> Select[Any]:
    recent = or_(alert.c.state != "closed", alert.c.closed_at > now - AFTERWARDS)
    asked = and_(alert_event.c.staff_id == worker.id, alert_event.c.kind == "notified")
    joined = select(alert.c.person_id).join(alert_event, alert_event.c.alert_id == alert.c.id)
    return joined.where(asked, recent, alert.c.person_id.is_not(None))


def may_see(tx: Connection, person_id: int, worker: Row[Any], now: datetime) -> bool:
    """Whether a member of staff may see this person."""
    query = select(person.c.id).where(person.c.id == person_id, visible(worker, now))
    return tx.execute(query).first() is not None


def may_see_alert(tx: Connection, alert_id: int, worker: Row[Any], now: datetime) -> bool:
    """Whether a member of staff may see this alert, and act on it."""
    query = select(alert.c.id).join(person, alert.c.person_id == person.c.id)
    return tx.execute(query.where(alert.c.id == alert_id, visible(worker, now))).first() is not None

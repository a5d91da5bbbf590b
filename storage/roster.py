"""Who needs somebody, and everybody in a list: one query a question, however many they are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    case,
    false,
    func,
    or_,
    select,
)

from storage import access
from storage.models import address, alert, alert_event, ledger, outbox, person, reminder, staff
from storage.outbox import REMINDER

BEGUN = ("opened", "raised", "added")
"""Events of an alert that say why it is there."""
_LOST_FOR = timedelta(days=7)
"""How long a message that did not arrive is spoken of."""
_LIVE = ("invited", "active")

_COLUMNS = (
    person.c.id,
    person.c.name,
    person.c.counselor_id,
    person.c.language,
    person.c.zone,
    person.c.status,
    person.c.status_at,
    person.c.agreed,
    person.c.heard_at,
    person.c.misses,
    person.c.waiting_since,
    person.c.created_at,
)


def names(tx: Connection) -> dict[int, str]:
    """Everybody who is or was on the staff, by number."""
    return {row.id: row.name for row in tx.execute(select(staff.c.id, staff.c.name))}


def counselors(tx: Connection) -> list[Row[Any]]:
    """Whose people there are, who left without handing over included; in order of arrival."""
    theirs = select(person.c.counselor_id)
    query = select(staff.c.id, staff.c.name, staff.c.role, staff.c.active)
    return list(tx.execute(query.where(staff.c.id.in_(theirs)).order_by(staff.c.id)))


def everybody(tx: Connection, worker: Row[Any], now: datetime) -> list[Row[Any]]:
    """Whom somebody may see, in order of arrival; `own` says whether they are of the caseload."""
    query = _seen_by(worker, now).order_by(person.c.id)
    return list(tx.execute(query))


def active_of(tx: Connection, counselor_id: int) -> list[int]:
    """The people of one counselor who are with the clinic, by number."""
    theirs = (person.c.counselor_id == counselor_id, person.c.status == "active")
    return list(tx.execute(select(person.c.id).where(*theirs).order_by(person.c.id)).scalars())


def is_own(tx: Connection, person_id: int, worker: Row[Any], now: datetime) -> bool:
    """Whether a person is of somebody's caseload, covered ones included."""
    query = select(person.c.id).where(person.c.id == person_id, access.caseload(worker, now))
    return tx.execute(query).first() is not None


def in_need(
    tx: Connection, worker: Row[Any], now: datetime, lost: Collection[int]
) -> list[Row[Any]]:
    """Whom somebody may see and who may need something; `lost`: whose messages do not arrive."""
    alarmed = select(alert.c.person_id).where(alert.c.state != "closed")
    shut = select(address.c.person_id).where(address.c.state != "open")
    reached = select(address.c.person_id).where(_usable(), address.c.person_id.is_not(None))
    live = and_(
        person.c.status.in_(_LIVE),
        or_(
            person.c.status == "invited",
            person.c.misses > 0,
            person.c.id.in_(shut),
            person.c.id.not_in(reached),
            person.c.id.in_(lost) if lost else false(),
        ),
    )
    needs = or_(live, person.c.waiting_since.is_not(None), person.c.id.in_(alarmed))
    return list(tx.execute(_seen_by(worker, now).where(needs).order_by(person.c.id)))


def _seen_by(worker: Row[Any], now: datetime) -> Select[Any]:
    own = access.caseload(worker, now).label("own")
    return select(*_COLUMNS, own).where(access.visible(worker, now))


def open_alerts(tx: Connection, worker: Row[Any], now: datetime) -> list[Row[Any]]:
    """Every open alert that somebody may see, oldest first."""
    query = (
        select(alert)
        .join(person, person.c.id == alert.c.person_id)
        .where(alert.c.state != "closed", access.visible(worker, now))
        .order_by(alert.c.opened_at, alert.c.id)
    )
    return list(tx.execute(query))


def events(tx: Connection, worker: Row[Any], now: datetime) -> dict[int, list[Row[Any]]]:
    """What opened and re-opened each open alert that somebody may see, oldest first."""
    query = (
        select(alert_event)
        .join(alert, alert.c.id == alert_event.c.alert_id)
        .join(person, person.c.id == alert.c.person_id)
        .where(
            alert.c.state != "closed",
            alert_event.c.kind.in_((*BEGUN, "reopened")),
            access.visible(worker, now),
        )
        .order_by(alert_event.c.id)
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in tx.execute(query):
        found.setdefault(row.alert_id, []).append(row)
    return found


def addresses(tx: Connection, worker: Row[Any], now: datetime) -> dict[int, list[Row[Any]]]:
    """The addresses of the caseload by person, without the numbers; `usable` for writing to."""
    query = (
        select(address.c.person_id, address.c.channel, address.c.state, _usable().label("usable"))
        .join(person, person.c.id == address.c.person_id)
        .where(access.caseload(worker, now))
        .order_by(address.c.id)
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in tx.execute(query):
        found.setdefault(row.person_id, []).append(row)
    return found


@dataclass(frozen=True, slots=True)
class Loss:
    """When messages were lost last, as far as no later one has arrived."""

    at: datetime | None
    """Any message."""
    said_at: datetime | None
    """One that a member of staff wrote: only another of theirs makes it good."""


def losses(tx: Connection, worker: Row[Any], now: datetime) -> dict[int, Loss]:
    """Of the caseload, whose latest messages of a week did not arrive."""
    too_late = and_(outbox.c.state == "expired", outbox.c.priority < REMINDER)
    lost = or_(outbox.c.state.in_(("undelivered", "failed", "doubted")), too_late)
    query = (
        select(outbox.c.person_id, outbox.c.created_at, outbox.c.said_by)
        .join(person, person.c.id == outbox.c.person_id)
        .where(access.caseload(worker, now), outbox.c.created_at > now - _LOST_FOR, lost)
        .order_by(outbox.c.created_at)
    )
    last: dict[int, Loss] = {}
    for row in tx.execute(query):
        said_at = last[row.person_id].said_at if row.person_id in last else None
        last[row.person_id] = Loss(
            row.created_at, row.created_at if row.said_by is not None else said_at
        )
    arrived = _arrived(tx, list(last), now) if last else {}
    found = {number: _unmended(loss, arrived.get(number)) for number, loss in last.items()}
    return {number: loss for number, loss in found.items() if loss.at or loss.said_at}


def _arrived(tx: Connection, people: list[int], now: datetime) -> dict[int, Loss]:
    said = case((outbox.c.said_by.is_not(None), outbox.c.created_at))
    query = (
        select(
            outbox.c.person_id,
            func.max(outbox.c.created_at).label("at"),
            func.max(said).label("said_at"),
        )
        .where(
            outbox.c.person_id.in_(people),
            outbox.c.created_at > now - _LOST_FOR,
            outbox.c.state.in_(("sent", "delivered")),
        )
        .group_by(outbox.c.person_id)
    )
    return {row.person_id: Loss(row.at, row.said_at) for row in tx.execute(query)}


def _unmended(loss: Loss, arrived: Loss | None) -> Loss:
    if arrived is None:
        return loss

    def left(at: datetime | None, good: datetime | None) -> datetime | None:
        return None if at is None or (good is not None and good > at) else at

    return Loss(left(loss.at, arrived.at), left(loss.said_at, arrived.said_at))


def declined(tx: Connection, worker: Row[Any], now: datetime) -> dict[int, datetime]:
    """Who was invited and said no to messages, and when."""
    query = (
        select(ledger.c.person_id, func.max(ledger.c.at).label("at"))
        .join(person, person.c.id == ledger.c.person_id)
        .where(
            ledger.c.kind == "declined",
            person.c.status == "invited",
            access.caseload(worker, now),
        )
        .group_by(ledger.c.person_id)
    )
    return {row.person_id: row.at for row in tx.execute(query)}


def checkins_due(tx: Connection, worker: Row[Any], now: datetime) -> dict[int, datetime]:
    """When each of those that somebody may see is asked next."""
    query = (
        select(reminder.c.person_id, reminder.c.due_at)
        .join(person, person.c.id == reminder.c.person_id)
        .where(reminder.c.kind == "checkin", access.visible(worker, now))
    )
    return {row.person_id: row.due_at for row in tx.execute(query)}


def _usable() -> ColumnElement[bool]:
    return and_(address.c.state == "open", address.c.verified, address.c.safe)

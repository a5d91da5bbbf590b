"""What is counted of the past: alerts with what happened in them, and check-ins; no names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.models import alert, alert_event, checkin, checkup, person
from storage.roster import BEGUN


def alerts_since(tx: Connection, since: datetime) -> list[Row[Any]]:
    """Every alert that was opened since a moment, with whose person it is about."""
    query = (
        select(alert, person.c.counselor_id)
        .outerjoin(person, person.c.id == alert.c.person_id)
        .where(alert.c.opened_at >= since)
        .order_by(alert.c.id)
    )
    return list(tx.execute(query))


def events_since(tx: Connection, since: datetime) -> dict[int, list[Row[Any]]]:
    """What happened in the alerts that were opened since a moment, oldest first."""
    query = (
        select(alert_event)
        .join(alert, alert.c.id == alert_event.c.alert_id)
        .where(alert.c.opened_at >= since)
        .order_by(alert_event.c.id)
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in tx.execute(query):
        found.setdefault(row.alert_id, []).append(row)
    return found


def begun_since(tx: Connection, since: datetime) -> list[Row[Any]]:
    """Why alerts were opened, raised or added to since a moment: whose, when, and the reason."""
    query = (
        select(alert.c.person_id, alert_event.c.at, alert_event.c.detail)
        .join(alert, alert.c.id == alert_event.c.alert_id)
        .where(alert_event.c.at >= since, alert_event.c.kind.in_(BEGUN))
        .order_by(alert_event.c.id)
    )
    return list(tx.execute(query))


def checkins_since(tx: Connection, first: date) -> list[Row[Any]]:
    """Every check-in of a day or later, by person and day."""
    columns = (checkin.c.person_id, checkin.c.day, checkin.c.answers, checkin.c.answered_at)
    query = select(*columns).where(checkin.c.day >= first)
    return list(tx.execute(query.order_by(checkin.c.person_id, checkin.c.day)))


def checkups_since(tx: Connection, since: datetime) -> list[Row[Any]]:
    """Every questionnaire that ended since a moment, by person, the oldest first."""
    columns = (
        checkup.c.person_id,
        checkup.c.name,
        checkup.c.version,
        checkup.c.ended_at,
        checkup.c.answers,
    )
    query = select(*columns).where(checkup.c.ended_at >= since)
    return list(tx.execute(query.order_by(checkup.c.person_id, checkup.c.ended_at, checkup.c.id)))


def asked(tx: Connection) -> list[Row[Any]]:
    """Everybody who has ever agreed to be asked: whose they are, since when, and how they stand."""
    columns = (
        person.c.id,
        person.c.counselor_id,
        person.c.zone,
        person.c.status,
        person.c.status_at,
        person.c.created_at,
    )
    query = select(*columns).where(person.c.agreed, person.c.checkin_at.is_not(None))
    return list(tx.execute(query.order_by(person.c.id)))

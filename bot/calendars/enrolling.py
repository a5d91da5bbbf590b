"""Enrolments become seats: in every planned session ahead that an enrolment covers.

    seated(tx, house, now, series_id=…) or (…, person_id=…) -> people whose seats changed
    enrol(tx, house, now, person_id, series_id, from_on, until_on, staff_id)
    leave(tx, house, now, person_id, series_id, until_on, staff_id)

A seat goes with its session and its enrolment, and comes back with them; what somebody gave up
themselves stays given up. Whoever is not active holds none. Reminders are put in order afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import recurring
from bot.config import House
from handlers import moments
from storage import enrolments, people, seats, timetable

AHEAD: Final = timedelta(days=120)
"""So far ahead seats are held; the job `calendars` goes on from there every day."""


def seated(
    tx: Connection,
    house: House,
    now: datetime,
    *,
    series_id: int | None = None,
    person_id: int | None = None,
    staff_id: int | None = None,
) -> set[int]:
    """Bring seats in line with enrolments and sessions, of a series' people or of one person.

    Returns whose seats are others than before; their reminders are in order again.
    """
    whose = [person_id] if person_id is not None else enrolments.concerned(tx, series_id, now)
    touched = {each for each in whose if _bring(tx, house, each, now, staff_id)}
    arrange(tx, house, touched, now)
    return touched


def arrange(tx: Connection, house: House, whose: Iterable[int], now: datetime) -> None:
    """Put the reminders of some people in order."""
    for person_id in sorted(whose):
        recurring.arrange(tx, house, person_id, now)


def enrol(
    tx: Connection,
    house: House,
    now: datetime,
    person_id: int,
    series_id: int,
    from_on: date,
    until_on: date | None = None,
    staff_id: int | None = None,
) -> None:
    """Let somebody come to a series from a day on; seats and reminders follow."""
    people.locked(tx, person_id)
    enrolments.begin(tx, person_id, series_id, from_on, until_on, staff_id, now)
    seated(tx, house, now, person_id=person_id, staff_id=staff_id)


def leave(
    tx: Connection,
    house: House,
    now: datetime,
    person_id: int,
    series_id: int,
    until_on: date,
    staff_id: int | None = None,
) -> bool:
    """Let that end with a day; the seats after it are cancelled. False if there is nothing."""
    people.locked(tx, person_id)
    ended = enrolments.end(tx, person_id, series_id, until_on)
    if ended:
        seated(tx, house, now, person_id=person_id, staff_id=staff_id)
    return ended


def _bring(
    tx: Connection, house: House, person_id: int, now: datetime, staff_id: int | None
) -> bool:
    """Bring one person's seats in line; whether any changed."""
    person = people.get(tx, person_id)
    zone = house.clinic.zone
    covers = enrolments.of(tx, person_id) if person.status == "active" else []
    ahead = timetable.planned(tx, {row.series_id for row in covers}, now, now + AHEAD)
    wanted = {row.id for row in ahead if _covered(covers, row, zone)}
    there = {row.session_id: row for row in seats.unended(tx, person_id, now)}
    new = [which for which in wanted if which not in there]
    seats.enrol(tx, sorted(new), person_id, now, staff_id)
    changed = bool(new)
    for which, row in there.items():
        changed |= _keep(tx, row, which in wanted, now, staff_id, active=person.status == "active")
    return changed


def _keep(
    tx: Connection,
    row: Row[Any],
    wanted: bool,  # noqa: FBT001
    now: datetime,
    staff_id: int | None,
    *,
    active: bool,
) -> bool:
    """Cancel a seat that no longer is, or hold one again that is; what is marked stays."""
    if row.mark is not None:
        return False
    gone = not active or row.session_state != "planned"
    ended = row.via == "enrolled" and not wanted and row.starts_at <= now + AHEAD
    # Of what goes on right now the seat stays: they may be sitting in it.
    if row.state == "held" and row.starts_at > now and (gone or ended):
        return seats.change(tx, row.id, now, "cancelled", staff_id, state="cancelled")
    if row.state == "cancelled" and wanted:
        fresh = {"state": "held", "via": "enrolled", "reply": None, "barrier": None}
        return seats.change(tx, row.id, now, "booked", staff_id, **fresh)
    return False


def _covered(covers: list[Row[Any]], row: Row[Any], zone: str) -> bool:
    day = moments.today(row.starts_at, zone)
    return any(
        each.series_id == row.series_id
        and each.from_on <= day
        and (each.until_on is None or day <= each.until_on)
        for each in covers
    )

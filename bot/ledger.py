"""The hours of one person: read from their seats, counted by `handlers.hours`."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot.seating import as_seat, as_session
from handlers import hours
from handlers.hours import Line, Prescribed
from handlers.programme import Seat, Week
from storage import openings, prescriptions, seats

OPEN_KINDS: Final = ("group", "education", "vocational", "complementary")
"""What somebody may come to without being one of those that it is for."""


def week(
    tx: Connection, person_id: int, day: date, zone: str, now: datetime, *, offers: bool = True
) -> Week | None:
    """The ledger of the week that a day is in, in the clinic's zone; None: they have none.

    With `offers` it has the sessions that could make up what is missing, where something is.
    """
    first = hours.monday(day)
    start, end = hours.bounds(first, zone)
    minutes = hours.prescribed(first, prescribed(tx, person_id))
    those = around(tx, person_id, start, end)
    counted = [line for line in hours.lines(those, now) if _is_in(line, start, end)]
    if minutes is None and not counted:
        return None
    found = hours.week(first, counted, minutes)
    if not offers or not found.short or end <= now:
        return found
    there = [as_session(row) for row in openings.free(tx, person_id, OPEN_KINDS, now, end)]
    return hours.week(first, counted, minutes, hours.making_up(there, those, now))


def weeks(
    tx: Connection, person_ids: Collection[int], first: date, zone: str, now: datetime
) -> dict[int, Week]:
    """The ledger of many people for the week of a Monday; those who have none are left out."""
    start, end = hours.bounds(first, zone)
    window = (start - hours.NEIGHBOURS, end + hours.NEIGHBOURS)
    held = seats.of_all(tx, person_ids, *window)
    known = prescriptions.of_all(tx, person_ids)
    found = {}
    for each in sorted(held.keys() | known.keys()):
        minutes = hours.prescribed(first, _as_prescribed(known.get(each, ())))
        those = [as_seat(row) for row in held.get(each, ()) if not row.all_day]
        counted = [line for line in hours.lines(those, now) if _is_in(line, start, end)]
        if minutes is not None or counted:
            found[each] = hours.week(first, counted, minutes)
    return found


def lines(
    tx: Connection, person_id: int, since: date, until: date, zone: str, now: datetime
) -> tuple[Line, ...]:
    """Every session of somebody that starts on these days, both included, in the clinic's zone."""
    start, end = hours.since(since, zone), hours.since(until + timedelta(days=1), zone)
    counted = hours.lines(around(tx, person_id, start, end), now)
    return tuple(line for line in counted if _is_in(line, start, end))


def prescribed(tx: Connection, person_id: int) -> list[Prescribed]:
    """What is prescribed for somebody, in the order of writing."""
    return _as_prescribed(prescriptions.of(tx, person_id))


def is_prescribed(tx: Connection, person_id: int, day: date) -> bool:
    """Whether anything is prescribed for somebody in the week of a day, or from later on."""
    rows = prescribed(tx, person_id)
    holds = hours.prescribed(hours.monday(day), rows)
    return holds is not None or any(row.minutes and row.from_on > day for row in rows)


def around(tx: Connection, person_id: int, start: datetime, end: datetime) -> list[Seat]:
    """Their seats of that time, with those that may overlap; marked days are no sessions."""
    rows = seats.of(tx, person_id, start - hours.NEIGHBOURS, end + hours.NEIGHBOURS)
    return [as_seat(row) for row in rows if not row.all_day]


def _as_prescribed(rows: Iterable[Row[Any]]) -> list[Prescribed]:
    return [Prescribed(row.from_on, row.minutes, row.phase) for row in rows]


def _is_in(line: Line, start: datetime, end: datetime) -> bool:
    return start <= line.seat.session.start < end

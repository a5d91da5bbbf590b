"""Enrolments: who comes to which series, from which day until which.

    of(tx, person_id), in_series(tx, series_id), begin(...), end(...), everybody(tx)
Rows only: seats and reminders follow by `bot.calendars.enrolling` (enrol, end, seated).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, or_, select, update

from storage.models import enrolment, person, seat, series, session
from storage.upsert import insert_or

_WITH_SERIES = select(enrolment, series.c.title, series.c.kind, series.c.active).join(
    series, series.c.id == enrolment.c.series_id
)


def of(tx: Connection, person_id: int) -> list[Row[Any]]:
    """Somebody's, with title and kind of the series; those that have ended too."""
    query = _WITH_SERIES.where(enrolment.c.person_id == person_id)
    return list(tx.execute(query.order_by(enrolment.c.from_on, enrolment.c.id)))


def in_series(tx: Connection, series_id: int) -> list[Row[Any]]:
    """Of a series, with whose they are: name and status."""
    query = select(enrolment, person.c.name, person.c.status).join(
        person, person.c.id == enrolment.c.person_id
    )
    found = query.where(enrolment.c.series_id == series_id)
    return list(tx.execute(found.order_by(enrolment.c.from_on, enrolment.c.id)))


def running(tx: Connection, day: date) -> list[Row[Any]]:
    """Everybody's that hold on a day or begin later."""
    still = or_(enrolment.c.until_on.is_(None), enrolment.c.until_on >= day)
    return list(tx.execute(select(enrolment).where(still)))


def begin(
    tx: Connection,
    person_id: int,
    series_id: int,
    from_on: date,
    until_on: date | None,
    staff_id: int | None,
    now: datetime,
) -> None:
    """Enrol somebody from a day on; from the same day on again sets only its last day."""
    row = {
        "person_id": person_id,
        "series_id": series_id,
        "from_on": from_on,
        "until_on": until_on,
        "staff_id": staff_id,
        "at": now,
    }
    made = insert_or(tx, enrolment).values(row)
    tx.execute(
        made.on_conflict_do_update(
            index_elements=["person_id", "series_id", "from_on"],
            set_={"until_on": until_on, "staff_id": staff_id, "at": now},
        )
    )


def end(tx: Connection, person_id: int, series_id: int, until_on: date) -> bool:
    """Let what still runs of somebody in a series end on a day; False if nothing does."""
    runs = (
        enrolment.c.person_id == person_id,
        enrolment.c.series_id == series_id,
        or_(enrolment.c.until_on.is_(None), enrolment.c.until_on > until_on),
    )
    return bool(tx.execute(update(enrolment).where(*runs).values(until_on=until_on)).rowcount)


def concerned(tx: Connection, series_id: int | None, now: datetime) -> list[int]:
    """Whoever is enrolled in a series or holds a place in what is ahead of it; None: in any."""
    enrolled = select(enrolment.c.person_id)
    seated = select(seat.c.person_id).join(session, session.c.id == seat.c.session_id)
    seated = seated.where(session.c.ends_at > now, seat.c.state == "held")
    if series_id is not None:
        enrolled = enrolled.where(enrolment.c.series_id == series_id)
        seated = seated.where(session.c.series_id == series_id)
    found = enrolled.union(seated).subquery()
    return list(tx.scalars(select(found.c.person_id).order_by(found.c.person_id)))

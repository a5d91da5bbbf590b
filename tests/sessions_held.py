"""Sessions and seats as rows, for tests that need a timetable and no calendar."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from storage import seats, timetable
from storage.models import person, session, staff

_KEYS = itertools.count(1)


def series(tx: Connection, now: datetime, title: str = "Evening group", **given: Any) -> int:
    """A group of a calendar that is kept by hand."""
    calendar = timetable.settle_calendar(tx, "By hand", "hand", "America/New_York", now)
    values = {"kind": "group", "title": title, "active": True, **given}
    return timetable.put_series(tx, calendar, f"series-{next(_KEYS)}", values)


def held(tx: Connection, series_id: int, start: datetime, minutes: int = 180, **given: Any) -> int:
    """One time of it."""
    row = {
        "series_id": series_id,
        "key": f"{start.isoformat()} {next(_KEYS)}",
        "starts_at": start,
        "ends_at": start + timedelta(minutes=minutes),
        "zone": "America/New_York",
        "all_day": False,
        "kind": "group",
        "title": "Evening group",
        "state": "planned",
        "digest": "",
        **given,
    }
    return int(tx.execute(insert(session).values(row).returning(session.c.id)).scalar_one())


def sits(tx: Connection, session_id: int, person_id: int, now: datetime, **given: Any) -> int:
    """Somebody's place in it, with what became of it; returns the seat's number."""
    early = now - timedelta(days=400)
    assert seats.take(tx, session_id, person_id, "enrolled", early) == "booked"
    (mine,) = [row for row in seats.at(tx, session_id) if row.person_id == person_id]
    if given:
        seats.change(tx, mine.id, now, "marked", None, **given)
    return int(mine.id)


def somebody(tx: Connection, now: datetime, *names: str) -> list[int]:
    """People who agreed and live in New York, of one counselor; their numbers."""
    who = {"name": "Dana Reyes", "name_hash": "x", "role": "counselor", "active": True}
    counselor = tx.execute(insert(staff).values(created_at=now, **who).returning(staff.c.id))
    row = {
        "counselor_id": counselor.scalar_one(), "language": "en", "zone": "America/New_York",
        "status": "active", "plain": False, "agreed": True, "card": {}, "created_at": now,
    }  # fmt: skip
    new = [insert(person).values(name=name, **row).returning(person.c.id) for name in names]
    return [int(tx.execute(each).scalar_one()) for each in new]

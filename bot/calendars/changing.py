"""Staff change the timetable: add a series, change or cancel one session, set what a series is.

    add(tx, house, now, hand.checked({...}), staff_id=…, leads=…) -> the series' number
    cancel(tx, house, now, session_id, staff_id), change(tx, house, now, session_id, staff_id, …)
    set_series(tx, now, series_id, kind=…, capacity=…, leads=…), settle_series(…), end_series(…)
    entered(tx), extend(tx, house, now, series_id): what is entered here goes on as days pass

Seats and reminders follow, and who holds a place in what changes hears of it.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot.calendars import enrolling, hand, keep
from bot.calendars.keep import Changes
from bot.config import House
from handlers import moments
from storage import enrolments, people, timetable

BACK: Final = timedelta(days=60)
AHEAD: Final = timedelta(days=120)
_DAY: Final = timedelta(days=1)
_OPEN: Final = ("starts_at", "ends_at", "place", "link", "kind", "title", "staff_id", "capacity")


def add(
    tx: Connection,
    house: House,
    now: datetime,
    given: hand.Series,
    *,
    leads: int | None = None,
) -> int:
    """Enter a series, or what is held once, led by a member of staff; returns its number."""
    zone = house.clinic.zone
    number = timetable.settle_calendar(tx, hand.CALENDAR, "hand", zone, now)
    row = {
        "kind": given.kind,
        "title": given.title,
        "place": given.place,
        "link": given.link,
        "capacity": given.capacity,
        "staff_id": leads,
        "rule": given.rule(),
        "own": {"staff_id": leads} if leads is not None else {},
    }
    which = timetable.put_series(tx, number, secrets.token_hex(8), row)
    _bring(tx, house, timetable.one_series(tx, which), now)
    return which


def entered(tx: Connection) -> list[int]:
    """The series that are entered here and go on."""
    calendar = timetable.calendar_named(tx, hand.CALENDAR)
    if calendar is None:
        return []
    return [row.id for row in timetable.series_of(tx, calendar.id).values() if row.active]


def extend(tx: Connection, house: House, now: datetime, series_id: int) -> bool:
    """Let one of them go on to the days that have come within reach; whether it did."""
    return _bring(tx, house, timetable.one_series(tx, series_id), now)


def cancel(
    tx: Connection, house: House, now: datetime, session_id: int, staff_id: int | None = None
) -> bool:
    """Cancel one session; False if it is already, or was held."""
    row = timetable.one(tx, session_id)
    if row is None or row.state != "planned" or row.ends_at <= now:
        return False
    _write(tx, house, now, row, {"state": "cancelled", "by_hand": True}, staff_id)
    return True


def change(
    tx: Connection,
    house: House,
    now: datetime,
    session_id: int,
    staff_id: int | None = None,
    /,
    **values: Any,
) -> bool:
    """Change one session (starts_at, ends_at, place, link, kind, title, staff_id, capacity).

    The calendar that it came from no longer does. False if nothing is another than it was.
    """
    row = timetable.one(tx, session_id)
    given = {name: value for name, value in values.items() if name in _OPEN}
    new = {k: v for k, v in given.items() if row is not None and getattr(row, k) != v}
    if row is None or not new:
        return False
    _write(tx, house, now, row, {**new, "by_hand": True}, staff_id)
    return True


def _write(
    tx: Connection,
    house: House,
    now: datetime,
    row: Row[Any],
    values: dict[str, Any],
    staff_id: int | None,
) -> None:
    _change(tx, house, row.series_id, Changes(changed={row.id: values}), now, staff_id)


def _change(
    tx: Connection,
    house: House,
    series_id: int,
    changes: Changes,
    now: datetime,
    staff_id: int | None = None,
) -> None:
    """Write changes of a series; seats and reminders follow."""
    # Everybody first, and all at once: nobody gives a place up in between.
    people.all_locked(tx, enrolments.concerned(tx, series_id, now))
    touched = keep.apply(tx, house, series_id, changes, now, staff_id)
    seated = enrolling.seated(tx, house, now, series_id=series_id)
    enrolling.arrange(tx, house, touched - seated, now)


def set_series(
    tx: Connection,
    now: datetime,
    series_id: int,
    *,
    kind: str | None = None,
    capacity: int | None = None,
    leads: int | None = None,
    closed: bool | None = None,
) -> bool:
    """Set what a series is from now on, over what its calendar says; False if there is none.

    A capacity of 0 is the calendar's own again. What is closed is offered to nobody in place of
    something else.
    """
    row = timetable.one_series(tx, series_id)
    if row is None:
        return False
    given = {"kind": kind, "capacity": capacity, "staff_id": leads}
    new = {name: value for name, value in given.items() if value is not None}
    own = {**row.own, **new, **({} if closed is None else {"closed": closed})}
    if capacity == 0:
        new["capacity"] = row.capacity
        del own["capacity"]
    timetable.change_series(tx, series_id, own=own, **_of_series(new))
    for each in timetable.between(tx, now - _DAY, now + 4 * AHEAD, series_id=series_id):
        if new and each.ends_at > now and not each.by_hand:
            timetable.change(tx, each.id, **new)
    return True


def _of_series(new: dict[str, Any]) -> dict[str, Any]:
    """Who leads it stands in the series too; kind and capacity there are the calendar's."""
    return {name: new[name] for name in ("staff_id",) if name in new}


def settle_series(
    tx: Connection, house: House, now: datetime, series_id: int, given: hand.Series
) -> bool:
    """Hold a series that is entered here otherwise from now on; False if nothing is another.

    What was changed by itself stays as it is.
    """
    row = timetable.one_series(tx, series_id)
    if row is None or row.rule is None:
        return False
    new = {"title": given.title, "place": given.place, "link": given.link, "rule": given.rule()}
    if all(getattr(row, name) == value for name, value in new.items()):
        return False
    timetable.change_series(tx, series_id, **new)
    _bring(tx, house, timetable.one_series(tx, series_id), now)
    return True


def end_series(tx: Connection, house: House, now: datetime, series_id: int, last: date) -> bool:
    """Let a series that is entered here end with a day; False if it is not."""
    row = timetable.one_series(tx, series_id)
    if row is None or row.rule is None:
        return False
    timetable.change_series(tx, series_id, rule={**row.rule, "until": last.isoformat()})
    _bring(tx, house, timetable.one_series(tx, series_id), now)
    return True


def _bring(tx: Connection, house: House, row: Row[Any] | None, now: datetime) -> bool:
    """Bring the sessions of what is entered here in line with its rule."""
    if row is None or row.rule is None:
        return False
    zone = house.clinic.zone
    since, until = (moments.today(at, zone) for at in (now - BACK, now + AHEAD))
    found = hand.times(row, zone, since, until)
    wanted = [keep.values(each, row.own, lambda _name: None) for each in found]
    end = moments.local(until, time.min, zone)
    changes = keep.differences(timetable.of_series(tx, row.id), wanted, now, end)
    if not changes:
        return False
    _change(tx, house, row.id, changes, now)
    return True

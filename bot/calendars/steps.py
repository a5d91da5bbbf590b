"""What brings a calendar into the store, in small steps, and the commands of `companion schedule`.

SQLite has one writer: from the command line these go through the running server
(`bot.commands`), and a step is a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection

from bot.calendars import changing, enrolling, hand, keep
from bot.calendars.keep import Changes
from bot.calendars.occurrence import CalendarError
from bot.config import House
from handlers import moments
from handlers.programme import KINDS
from storage import people, staff, timetable

Given = dict[str, Any]
_MOMENTS: Final = ("good_at", "checked_at", "due_at")


def _settle(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Make the calendar, or change the one of that name."""
    zone = given["zone"] or house.clinic.zone
    more = {"url": given["url"]} if given.get("url") else {}
    if given.get("due"):
        more["due_at"] = now
    number = timetable.settle_calendar(tx, given["name"], given["kind"], zone, now, **more)
    return {"calendar": number}


def _series(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Make a series, or change the one of that key."""
    del house, now
    return {"series": timetable.put_series(tx, given["calendar"], given["key"], given["values"])}


def _ended(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """A series that its calendar has no more: the sessions that were stay."""
    del house, now
    timetable.change_series(tx, given["series"], active=False)
    return {}


def _put(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Write some sessions of a series, and tell who holds a place in what changed."""
    changes = Changes(
        [keep.from_plain(row) for row in given["new"]],
        {int(which): keep.from_plain(row) for which, row in given["changed"]},
        given["gone"],
    )
    return {"people": sorted(keep.apply(tx, house, given["series"], changes, now))}


def _follow(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Bring seats and reminders of some people in line."""
    touched = 0
    for person_id in given["people"]:
        people.locked(tx, person_id)
        if not enrolling.seated(tx, house, now, person_id=person_id):
            enrolling.arrange(tx, house, [person_id], now)
        else:
            touched += 1
    return {"touched": touched}


def _change(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Say of a calendar how it stands."""
    del house, now
    change = dict(given["change"])
    for name in _MOMENTS:
        if change.get(name) is not None:
            change[name] = datetime.fromisoformat(change[name])
    timetable.change_calendar(tx, given["calendar"], **change)
    return {}


def _claim(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Take a calendar that is due; nobody else fetches it until then."""
    del house
    until = datetime.fromisoformat(given["until"])
    return {"taken": timetable.claim_calendar(tx, given["name"], now, until)}


def add(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Enter a series by hand."""
    leader = _leader(tx, given)
    if "error" in leader:
        return leader
    try:
        entered = hand.checked(given)
    except CalendarError as error:
        return {"error": str(error)}
    return {"series": changing.add(tx, house, now, entered, leads=leader["id"])}


def cancel(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Cancel one session."""
    if not changing.cancel(tx, house, now, given["session"]):
        return {"error": "there is no such session ahead; `companion schedule list` shows them"}
    return {}


def enrol(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Let somebody come to a series from a day on, or until one."""
    person = people.find(tx, given["person"])
    row = timetable.one_series(tx, given["series"])
    if person is None:
        return {"error": "there is no such person; the number is that of their page"}
    if row is None:
        return {"error": "there is no such series; `companion schedule list` shows them"}
    today = moments.today(now, house.clinic.zone)
    from_on = date.fromisoformat(given["from"]) if given["from"] else today
    until = date.fromisoformat(given["until"]) if given["until"] else None
    enrolling.enrol(tx, house, now, person.id, row.id, from_on, until)
    return {"title": row.title}


def set_(tx: Connection, house: House, given: Given, now: datetime) -> Given:
    """Set what a series is."""
    del house
    leader = _leader(tx, given)
    if "error" in leader:
        return leader
    if given["kind"] is not None and given["kind"] not in KINDS:
        return {"error": f"a kind is one of {', '.join(KINDS)}"}
    new = {name: given[name] for name in ("kind", "capacity", "closed")} | {"leads": leader["id"]}
    if not changing.set_series(tx, now, given["series"], **new):
        return {"error": "there is no such series; `companion schedule list` shows them"}
    return {}


def _leader(tx: Connection, given: Given) -> Given:
    if not given.get("facilitator"):
        return {"id": None}
    worker = staff.by_name(tx, given["facilitator"])
    if worker is None:
        return {"error": "nobody of that name is on the staff"}
    return {"id": worker.id}


STEPS: Final[dict[str, Callable[[Connection, House, Given, datetime], Given]]] = {
    "schedule_settle": _settle,
    "schedule_series": _series,
    "schedule_ended": _ended,
    "schedule_put": _put,
    "schedule_follow": _follow,
    "schedule_change": _change,
    "schedule_claim": _claim,
    "schedule_add": add,
    "schedule_cancel": cancel,
    "schedule_enrol": enrol,
    "schedule_set": set_,
}

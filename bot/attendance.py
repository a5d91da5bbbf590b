"""Who came: marked by staff, with the minutes that count, and what follows for who did not.

    mark(tx, house, session_id, marks, staff_id, now) -> how many seats are others than before
    walk_in(tx, house, session_id, person_id, staff_id, now)
    minutes(mark, length, missed) -> the minutes that count

Who is absent and had not said so is asked within hours what got in the way, their counselor gets a
task, and on a second day in a row it is a concern. A mark that is changed takes back what is still
to come of that. What is marked days later asks nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row

from bot import alerts, followups, schedule
from bot.config import House
from handlers import moments
from handlers.risk import Level
from storage import people, reminders, seats, tasks, timetable

Mark = Literal["present", "late", "left_early", "excused", "absent"]
MARKS: Final[tuple[Mark, ...]] = ("present", "late", "left_early", "excused", "absent")
CAME: Final = ("present", "late", "left_early")
IN_PART: Final = ("late", "left_early")
MISSED: Final = "missed"
"""The kind of the task, and where it comes from."""
ASKED: Final = "session_missed"
"""The prompt that asks what got in the way, by the number of the seat."""
WALK_IN: Final = "walk_in"
TWO: Final = "missed_two"
"""Why an alert of concern is there: absent on two days in a row, without a word before."""
"""Replies by which we knew before: who asked for help was not silent."""
_LATELY: Final = timedelta(days=2)
_SETTLES: Final = timedelta(minutes=30)
"""A slip of the finger is put right within that, before anybody is asked."""
_ASKS: Final = timedelta(hours=36)
_CONCERNS: Final = timedelta(days=5)
_BACK: Final = timedelta(days=30)
_OPENS: Final = timedelta(minutes=30)
"""So long before it begins attendance can be marked."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What staff say of a seat."""

    mark: Mark | None
    """None: what was said is taken back."""
    missed: int = 0
    """Minutes that they were not there, of who came late or left early."""


def minutes(mark: Mark | None, length: int, missed: int = 0) -> int | None:
    """The minutes of a session that count: all, all but those missed, or with None none."""
    if mark not in CAME:
        return None
    return length - max(0, min(missed, length)) if mark in IN_PART else length


def length(row: Row[Any]) -> int:
    """Of a session or a seat with its session, in minutes."""
    lasts: timedelta = row.ends_at - row.starts_at
    return round(lasts / timedelta(minutes=1))


def may_mark(row: Row[Any], now: datetime) -> bool:
    """Whether a session is near enough for somebody to have come to it."""
    held = row.state == "planned" and not row.all_day
    return bool(held and now >= row.starts_at - _OPENS)


def mark(
    tx: Connection,
    house: House,
    session_id: int,
    marks: Mapping[int, Marked],
    staff_id: int,
    now: datetime,
) -> int:
    """Mark seats of a session, by their numbers; returns how many are others than before."""
    # People before sessions, as a talk of theirs does it: in another order two would wait for each
    # other.
    people.all_locked(tx, {r.person_id for r in seats.at(tx, session_id) if r.id in marks})
    session = timetable.locked(tx, session_id)
    if session is None or not may_mark(session, now):
        return 0
    count = 0
    for row in seats.at(tx, session_id):
        said = marks.get(row.id)
        if said is not None and row.state != "cancelled":
            count += _mark(tx, house, row, said, staff_id, now)
    _note_whole(tx, session_id, now)
    return count


def _mark(
    tx: Connection, house: House, row: Row[Any], said: Marked, staff_id: int, now: datetime
) -> bool:
    counted = minutes(said.mark, length(row), said.missed)
    if (row.mark, row.minutes) == (said.mark, counted):
        return False
    values = {"mark": said.mark, "minutes": counted, "marked_by": staff_id, "marked_at": now}
    seats.change(tx, row.id, now, "marked", staff_id, **values)
    if row.mark == "absent" and said.mark != "absent":
        _take_back(tx, row, now)
    if said.mark in CAME and now - row.ends_at < _LATELY:
        # Who was seen is not silent.
        people.change(tx, row.person_id, misses=0)
    if said.mark == "absent" and row.mark != "absent" and not had_told(row):
        _missed(tx, house, row, now)
    return True


def had_told(row: Row[Any]) -> bool:
    """Whether they had said before that they can't come, or with what they need a hand."""
    return row.state == "given_up" or row.reply == "cannot" or row.barrier is not None


def is_missed(row: Row[Any]) -> bool:
    """Whether they stayed away from it without a word."""
    return row.mark == "absent" and not had_told(row)


def _missed(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    """Ask them once a day, tell their counselor, and on the second day in a row with an alert."""
    person = people.get(tx, row.person_id)
    over = now - row.ends_at
    if person.status != "active" or over > _CONCERNS:
        return
    there = [r for r in seats.of(tx, person.id, row.starts_at - _BACK, now) if _counts(r)]
    day = _day(row, house)
    same_day = [r for r in there if r.id != row.id and is_missed(r) and _day(r, house) == day]
    if same_day:
        return
    tasks.open_(tx, person.id, MISSED, MISSED, now, seat_id=row.id)
    if over <= _ASKS and person.agreed:
        # Not while it still goes on: they may just be late.
        due = schedule.allowed(max(now, row.ends_at) + _SETTLES, person.zone)
        safe = followups.next_safe(person, due)
        if safe is not None:
            reminders.put(tx, person.id, f"{ASKED}:{row.id}", safe)
    if _in_a_row(there, row, house):
        alerts.secure(tx, house, person, Level.CONCERN, TWO, now, known=False)


def _counts(row: Row[Any]) -> bool:
    return row.mark in (*CAME, "absent") and row.session_state == "planned"


def _in_a_row(there: list[Row[Any]], row: Row[Any], house: House) -> bool:
    """Whether they stayed away without a word on the last day before this one, or the next."""
    days: dict[Any, bool] = {}
    for each in there:
        # A day with one session that they came to is none that they stayed away from.
        day = _day(each, house)
        days[day] = days.get(day, True) and is_missed(each)
    ordered = sorted(days)
    if not days.get(_day(row, house), False):
        return False
    at = ordered.index(_day(row, house))
    return any(days[day] for day in ordered[max(0, at - 1) : at] + ordered[at + 1 : at + 2])


def _day(row: Row[Any], house: House) -> Any:
    return moments.today(row.starts_at, house.clinic.zone)


def _take_back(tx: Connection, row: Row[Any], now: datetime) -> None:
    """They had been there after all: nobody asks what got in the way."""
    reminders.drop(tx, row.person_id, f"{ASKED}:{row.id}")
    for task in tasks.of(tx, row.person_id, 20):
        if task.seat_id == row.id and task.kind == MISSED and task.state in ("open", "taken"):
            tasks.move(tx, task.id, "dropped", now)


def _note_whole(tx: Connection, session_id: int, now: datetime) -> None:
    """Write down whether all of it is marked, so that nobody is asked for it any more."""
    open_ = any(r.state == "held" and r.mark is None for r in seats.at(tx, session_id))
    timetable.change(tx, session_id, marked_at=None if open_ else now)


def walk_in(tx: Connection, session_id: int, person_id: int, staff_id: int, now: datetime) -> bool:
    """Somebody is there who was not expected: present, and all of it counts unless marked so."""
    people.locked(tx, person_id)
    session = timetable.locked(tx, session_id)
    if session is None or not may_mark(session, now):
        return False
    row = next((r for r in seats.at(tx, session_id) if r.person_id == person_id), None)
    which = (
        seats.add(tx, session_id, person_id, "walk_in", now, staff_id) if row is None else row.id
    )
    values = {"mark": "present", "minutes": length(session)}
    if row is not None and row.state != "held":
        values |= {"state": "held", "via": WALK_IN}
    seats.change(tx, which, now, "marked", staff_id, **values, marked_by=staff_id, marked_at=now)
    if row is not None and row.mark == "absent":
        _take_back(tx, row, now)
    _note_whole(tx, session_id, now)
    return True

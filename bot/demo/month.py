"""The demo's timetable and its four weeks: who came, who could not, hours, screens, a need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import prescribing, rooms
from bot.attendance import length
from bot.calendars import changing, enrolling, hand
from bot.config import House
from bot.screens import keep as screening
from handlers.drug_screen import NOTICE
from storage import broadcasts, people, prescriptions, reminders, screens, seats, tasks, timetable

_WEEKS: Final = 4
_GROUP: Final = 180
_EVENING: Final = "Evening group"
_DAY: Final = "Day group"


@dataclass(frozen=True, slots=True)
class _Held:
    """Something on the timetable."""

    kind: str
    days: str
    at: str
    minutes: int
    leads: str
    place: str | None = "Suite 200"
    capacity: int | None = None
    link: str | None = None


_DANA, _MIGUEL, _JUNE = "Dana Reyes", "Miguel Santos", "June Abbott"
_TIMETABLE: Final[Mapping[str, _Held]] = {
    _EVENING: _Held("group", "mon,wed,thu", "18:00", _GROUP, _DANA, capacity=12),
    _DAY: _Held("group", "tue,wed,fri", "09:30", _GROUP, _MIGUEL, capacity=10),
    "Online group": _Held(
        "group", "tue", "18:30", _GROUP, _JUNE, None, 8, "https://meet.example/harbor"
    ),
    "Saturday group": _Held("group", "sat", "10:00", _GROUP, _JUNE, capacity=3),
    "Yoga": _Held("complementary", "fri", "17:30", 60, _JUNE, "Suite 210", 15),
    "Family evening": _Held("family", "tue", "18:00", 90, _MIGUEL, "Suite 120"),
    "One to one, Dana 1": _Held("individual", "tue", "16:00", 60, _DANA, "Suite 214"),
    "One to one, Dana 2": _Held("individual", "wed", "16:30", 60, _DANA, "Suite 214"),
    "One to one, Miguel": _Held("individual", "thu", "13:00", 60, _MIGUEL, "Suite 216"),
}


@dataclass(frozen=True, slots=True)
class _Month:
    """Somebody's weeks, a letter a session: present, Late, left early (x), excused, absent."""

    came: Mapping[str, str] = field(repr=False)
    hours: int = 9
    phase: str = "IOP"
    screened: tuple[int, int] | None = None


_MONTHS: Final[Mapping[str, _Month]] = {
    "Marcus Webb": _Month(
        {_EVENING: "ppppLppppxpp", "One to one, Dana 1": "pppp", "Yoga": "ppep"},
        10,
        screened=(1, 3),
    ),
    "Rosa Ibarra": _Month({_EVENING: "papLppepppLp", "One to one, Dana 2": "ppep"}),
    "Emily Hart": _Month({_EVENING: "ppppepLpppep", "Yoga": "eppp"}, screened=(1, 3)),
    "Joan Keller": _Month({_EVENING: "pppLppepxaaa", "Yoga": "ppaa"}),
    "Tyrone Banks": _Month(
        {_DAY: "pppppppppppp", _EVENING: "pepp", "One to one, Miguel": "pppp"}, 12
    ),
    "Lucía Paredes": _Month({_DAY: "ppLpppeppppp", "Family evening": "pppp"}),
}
_MARKS: Final = {"p": "present", "L": "late", "x": "left_early", "e": "excused", "a": "absent"}
_MISSED: Final = {"L": 20, "x": 45}
_BARRIERS: Final = ("work", "ride", "ill", "care")
_ROOM: Final = (
    (6, 3, "sleep"),
    (5, 6, "urges"),
    (7, 2, "people"),
    (4, 7, "urges"),
    (6, 4, None),
)
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri")


def write(
    tx: Connection,
    house: House,
    whose: Mapping[str, int],
    staff: Mapping[str, int],
    first: datetime,
    now: datetime,
) -> None:
    """Put the timetable and what became of it into the store, from the day on which they came."""
    start = first.astimezone(house.clinic.tz).date()
    series = {title: _add(tx, house, title, staff, start, now) for title in _TIMETABLE}
    for name, month in _MONTHS.items():
        for title, came in month.came.items():
            past = timetable.between(tx, first, now, series_id=series[title])
            _attended(tx, whose[name], past, came)
            enrolling.enrol(tx, house, now, whose[name], series[title], start)
        _prescribed(tx, house, whose[name], month, start, first, now)
    dana = staff[_DANA]
    _screened(tx, house, whose, dana, start, first, now)
    _asked_for(tx, whose, staff, now)
    _room(tx, series[_EVENING], dana, first, now)


def _add(
    tx: Connection, house: House, title: str, staff: Mapping[str, int], start: date, now: datetime
) -> int:
    held = _TIMETABLE[title]
    given = hand.checked(
        {
            "title": title,
            "kind": held.kind,
            "days": held.days,
            "at": held.at,
            "minutes": held.minutes,
            "from": start.isoformat(),
            "place": held.place,
            "link": held.link,
            "capacity": held.capacity,
        }
    )
    return changing.add(tx, house, now, given, leads=staff[held.leads])


def _attended(tx: Connection, person_id: int, past: list[Row[Any]], came: str) -> None:
    letters = came[-len(past) :] if len(came) >= len(past) else came.rjust(len(past), "p")
    for number, (held, letter) in enumerate(zip(past, letters, strict=False)):
        seats.enrol(tx, [held.id], person_id, held.starts_at - timedelta(days=7), None)
        row = next(r for r in seats.at(tx, held.id) if r.person_id == person_id)
        if letter == "e":
            told = {"reply": "cannot", "barrier": _BARRIERS[number % len(_BARRIERS)]}
            before = held.starts_at - timedelta(hours=3)
            seats.change(tx, row.id, before, "given_up", None, state="given_up", **told)
        counted = length(held) - _MISSED.get(letter, 0) if letter in "pLx" else None
        at = held.ends_at - timedelta(minutes=8)
        leads = held.staff_id
        values = {"mark": _MARKS[letter], "minutes": counted, "marked_by": leads, "marked_at": at}
        seats.change(tx, row.id, at, "marked", leads, **values)
        timetable.change(tx, held.id, asked_at=at, marked_at=at)


def _prescribed(
    tx: Connection,
    house: House,
    person_id: int,
    month: _Month,
    start: date,
    first: datetime,
    now: datetime,
) -> None:
    prescriptions.add(tx, person_id, start, month.hours * 60, month.phase, None, first)
    if month.screened is not None:
        screening.choose(tx, people.get(tx, person_id), month.screened)
    if month.phase == "IOP" and month.hours > 9:  # noqa: PLR2004 - the least of such a programme
        # Stepping down next month.
        down = start + timedelta(weeks=_WEEKS + 4)
        prescribing.prescribe(tx, house, person_id, down, 3 * 60, "Aftercare", None, now)


def _screened(
    tx: Connection,
    house: House,
    whose: Mapping[str, int],
    staff_id: int,
    start: date,
    first: datetime,
    now: datetime,
) -> None:
    """Last month's draw, over and revealed, and the one that holds from now on."""
    last = start + timedelta(weeks=_WEEKS) - timedelta(days=3)
    then = screening.plan(
        tx, house, "Last four weeks", start + timedelta(days=1), last, _WEEKDAYS, (), first
    )
    screening.commit(tx, house, then, staff_id, first)
    for name in whose:
        for row in _drawn(tx, whose[name], start, last):
            told, came = row.from_at - timedelta(hours=1), row.from_at + timedelta(hours=3)
            screens.change(
                tx,
                row.id,
                ("planned",),
                state="done",
                told_at=told,
                confirmed_at=told + timedelta(minutes=9),
                result={"came": "negative", "note": ""},
                entered_by=staff_id,
                entered_at=came,
            )
            reminders.drop(tx, whose[name], f"{NOTICE}:{row.id}")
    screening.reveal(tx, house, "Last four weeks", now)
    ahead = start + timedelta(weeks=_WEEKS) + timedelta(days=1)
    span = ahead + timedelta(weeks=_WEEKS)
    planned = screening.plan(tx, house, "These four weeks", ahead, span, _WEEKDAYS, (), now)
    screening.commit(tx, house, planned, staff_id, now)


def _drawn(tx: Connection, person_id: int, start: date, last: date) -> Iterable[Row[Any]]:
    days = ((start + timedelta(days=n)) for n in range((last - start).days + 1))
    return [row for day in days if (row := screens.on(tx, person_id, day)) is not None]


def _asked_for(
    tx: Connection, whose: Mapping[str, int], staff: Mapping[str, int], now: datetime
) -> None:
    """One need that was met, one that waits, and somebody who stayed away."""
    ago = now - timedelta(days=6)
    met = tasks.open_(tx, whose["Tyrone Banks"], "job", "need", ago, words="anything, mornings")
    done = {"staff_id": staff[_JUNE], "note": "CareerLink, Tuesday at 2; he has the address"}
    tasks.move(tx, met, "done", ago + timedelta(days=1), **done)
    tasks.open_(tx, whose["Emily Hart"], "phone", "need", now - timedelta(days=2))
    joan = whose["Joan Keller"]
    away = [row for row in seats.of(tx, joan, ago, now) if row.mark == "absent"][-1:]
    for row in away:
        tasks.open_(tx, joan, "missed", "missed", row.ends_at, seat_id=row.id)


def _room(tx: Connection, series_id: int, staff_id: int, first: datetime, now: datetime) -> None:
    """How the room was before the last group: five answered."""
    held = timetable.between(tx, first, now, series_id=series_id)[-1]
    which = broadcasts.add(
        tx,
        series_id=series_id,
        session_id=held.id,
        staff_id=staff_id,
        kind=broadcasts.TEMPERATURE,
        at=held.starts_at - rooms.BEFORE,
        closes_at=held.starts_at - timedelta(minutes=15),
        sent=len(_ROOM),
    )
    for mood, craving, topic in _ROOM:
        broadcasts.answer(tx, which, mood, craving, topic)
    row = broadcasts.get(tx, which)
    assert row is not None  # noqa: S101 - it was just written
    rooms.close(tx, row, now)

"""A week of the timetable as staff read it, what comes again, and what waits to be marked."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from babel.dates import format_date
from sqlalchemy import Connection, Row

from bot import facilitators
from bot.calendars import hand
from bot.config import House
from bot.section import DAYS
from bot.web import leading, register
from bot.web import programme_words as words
from bot.web.gate import Visitor
from bot.web.times import day_said
from content.wording import clock
from handlers import hours, moments
from handlers.programme import KINDS
from storage import attended, enrolments, roster, timetable

_SHARED: Final = ("group", "education", "vocational", "complementary", "support_meeting")
_UNMARKED: Final = timedelta(days=14)
_A_WEEK: Final = timedelta(days=7)
DAYS_SAID: Final = dict(zip(DAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))


@dataclass(frozen=True, slots=True)
class Held:
    """One session in the list."""

    number: int
    hours: str
    title: str
    more: str
    """Kind, leader, place."""
    places: str
    state: str
    """Cancelled, how many are marked, or nothing."""
    opens: bool
    own: bool
    cancelled: bool
    over: bool
    """More people hold a place than there are."""
    word: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the week."""

    name: str
    date: str
    today: bool
    closed: tuple[str, ...]
    """Titles of what is marked for the whole day."""
    held: list[Held]

    @property
    def still(self) -> bool:
        """Whether anything is held on it."""
        return any(not each.cancelled for each in self.held)


@dataclass(frozen=True, slots=True)
class Comes:
    """A series."""

    number: int
    title: str
    more: str
    enrolled: int
    closes: bool
    """It marks whole days: nobody is enrolled."""
    opens: bool


@dataclass(frozen=True, slots=True)
class Week:
    """The whole of it."""

    said: str
    days: list[Day]
    waiting: list[tuple[int, str]]
    """Sessions of the reader's that nobody has marked: number, and which."""
    series: list[Comes]
    before: str
    after: str
    now: bool


def read(tx: Connection, house: House, visitor: Visitor, first: date) -> Week:
    """The week of a Monday."""
    zone, now = house.clinic.zone, visitor.now
    start, end = hours.bounds(first, zone)
    rows = timetable.between(tx, start, end)
    counts = attended.counts(tx, [row.id for row in rows])
    opens, names = leading.opens(tx, rows, visitor), roster.names(tx)
    leaders = {row.id: facilitators.leader(tx, row) for row in rows}
    today = moments.today(now, zone)
    days = []
    for n in range(hours.DAYS):
        day = first + timedelta(days=n)
        those = [row for row in rows if moments.today(row.starts_at, zone) == day]
        held = [
            _held(row, counts, opens, names, leaders[row.id], zone, visitor)
            for row in those
            if not row.all_day
        ]
        closed = tuple(row.title for row in those if row.all_day and row.state == "planned")
        name, short = (str(format_date(day, f, locale="en_US")) for f in ("EEEE", "d MMM"))
        days.append(Day(name, short, day == today, closed, held))
    return Week(
        said=f"{day_said(first)} to {day_said(first + timedelta(days=hours.DAYS - 1))}",
        days=days,
        waiting=waiting(tx, house, visitor),
        series=_series(tx, today, names, visitor),
        before=(first - _A_WEEK).isoformat(),
        after=(first + _A_WEEK).isoformat(),
        now=first == hours.monday(today),
    )


def _held(
    row: Row[Any],
    counts: Mapping[int, attended.Count],
    opens: Collection[int],
    names: Mapping[int, str],
    leader: int | None,
    zone: str,
    visitor: Visitor,
) -> Held:
    count = counts.get(row.id, attended.Count())
    more = [
        words.named(words.KINDS, row.kind),
        names.get(leader, "") if leader is not None else "",
        row.place or ("online" if row.link else ""),
    ]
    places = f"{count.held} of {row.capacity}" if row.capacity else str(count.held)
    state = ""
    if row.state != "planned":
        state = "cancelled"
    elif row.ends_at <= visitor.now and count.held:
        state = "all marked" if not count.unmarked else f"{count.unmarked} not marked"
    return Held(
        number=row.id,
        hours=register.hours(row, zone),
        title=title(row.title, row.kind, opens=row.id in opens),
        more=", ".join(each for each in more if each),
        places=places,
        state=state,
        opens=row.id in opens,
        own=leader == visitor.id,
        cancelled=row.state != "planned",
        over=bool(row.state == "planned" and row.capacity and count.held > row.capacity),
        word=(row.word or "") if row.id in opens and row.ends_at > visitor.now else "",
    )


def waiting(tx: Connection, house: House, visitor: Visitor) -> list[tuple[int, str]]:
    """Sessions that the visitor leads, over and not marked, the oldest first."""
    now, zone = visitor.now, house.clinic.zone
    rows = attended.unmarked(tx, now - _UNMARKED, now)
    # Of a supervisor, who may mark them all, those that are for nobody else to mark.
    mine = [
        row
        for row in rows
        if facilitators.leader(tx, row) == visitor.id
        or (visitor.role == "supervisor" and row.ends_at < now - timedelta(days=1))
        or (visitor.role != "supervisor" and leading.leads(tx, row, visitor))
    ]
    return [(row.id, f"{register.span(row, zone)}: {row.title}") for row in mine]


def _series(tx: Connection, today: date, names: Mapping[int, str], visitor: Visitor) -> list[Comes]:
    enrolled = attended.enrolled(tx, today)
    own, closed = attended.own_series(tx, visitor.staff, visitor.now), closing(tx, visitor.now)
    found = []
    for row in timetable.all_series(tx):
        if not goes_on(row, today):
            continue
        opens = row.id in own or leading.leads_series(tx, row, visitor)
        leads = names.get(leading.series_leader(tx, row) or 0, "")
        more = ["all day"] if row.id in closed else [words.named(words.KINDS, kind(row)), rule(row)]
        told = ", ".join(each for each in (*more, leads) if each)
        called = row.title if row.id in closed else title(row.title, kind(row), opens=opens)
        found.append(Comes(row.id, called, told, enrolled.get(row.id, 0), row.id in closed, opens))
    return found


def title(said: str, kind: str, *, opens: bool) -> str:
    """What a session is called: of what is for one person, only to who may open it.

    Calendars name such a session after its person.
    """
    return said if opens or kind in _SHARED else words.named(words.KINDS, kind).capitalize()


def opens_series(tx: Connection, row: Row[Any], visitor: Visitor) -> bool:
    """Whether a series is the visitor's to see: they lead it, or have people in it."""
    own = attended.own_series(tx, visitor.staff, visitor.now)
    return row.id in own or leading.leads_series(tx, row, visitor)


def kind(row: Row[Any]) -> str:
    """What a series is: as staff have set it, else as its calendar says."""
    return str((row.own or {}).get("kind") or row.kind)


def rule(row: Row[Any]) -> str:
    """When a series is held, where that is entered here: `mon, wed 6 pm, 180 min`."""
    if row.rule is None:
        return ""
    days = ", ".join(DAYS_SAID[day] for day in row.rule["days"] if day in DAYS_SAID)
    at = moments.hour(row.rule["at"])
    said = f"{days} {clock(at, 'en', 'UTC') if at is not None else ''}"
    return f"{said}, {row.rule['minutes']} min"


def is_over(tx: Connection, which: int, now: datetime) -> bool:
    """Whether more people than places are in something of a series soon."""
    ahead = timetable.between(tx, now, now + 4 * _A_WEEK, series_id=which)
    counts = attended.counts(tx, [row.id for row in ahead])
    return any(
        row.capacity and counts.get(row.id, attended.Count()).held > row.capacity for row in ahead
    )


def closing(tx: Connection, now: datetime) -> set[int]:
    """The series that mark whole days ("Clinic closed"): nobody comes to them."""
    ahead = timetable.between(tx, now - 4 * _A_WEEK, now + 17 * _A_WEEK)
    return {row.series_id for row in ahead if row.all_day}


def goes_on(row: Row[Any], today: date) -> bool:
    """Whether a series is not over: of what a calendar brings, as long as it is there."""
    until = (row.rule or {}).get("until")
    return until is None or date.fromisoformat(until) >= today


@dataclass(frozen=True, slots=True)
class Series:
    """A series with who is enrolled."""

    number: int
    title: str
    kind: str
    rule: str
    calendar: str
    by_hand: bool
    closes: bool
    enrolled: list[tuple[int, str, str, bool]]
    """Person, name, from when until when, whether their page opens."""
    others: int
    """How many more are enrolled than the reader may see."""
    ahead: list[Held]


def series(tx: Connection, house: House, row: Row[Any], visitor: Visitor, *, leads: bool) -> Series:
    """One series for somebody; who does not lead it sees their own people."""
    zone, now = house.clinic.zone, visitor.now
    today = moments.today(now, zone)
    runs = [
        each
        for each in enrolments.in_series(tx, row.id)
        if each.until_on is None or each.until_on >= today
    ]
    theirs = leading.own(tx, {each.person_id for each in runs}, visitor)
    shown = [each for each in runs if leads or each.person_id in theirs]
    ahead = timetable.between(tx, now, now + 2 * _A_WEEK, series_id=row.id)
    counts, names = attended.counts(tx, [r.id for r in ahead]), roster.names(tx)
    opens = leading.opens(tx, ahead, visitor)
    calendars = {each.id: each for each in timetable.calendars(tx)}
    return Series(
        number=row.id,
        title=row.title,
        kind=kind(row),
        rule=rule(row),
        calendar=calendars[row.calendar_id].name,
        by_hand=calendars[row.calendar_id].name == hand.CALENDAR,
        closes=row.id in closing(tx, now),
        enrolled=sorted(
            ((e.person_id, e.name, _runs(e), e.person_id in theirs) for e in shown),
            key=lambda each: each[1].casefold(),
        ),
        others=len(runs) - len(shown),
        ahead=[
            dataclasses.replace(
                _held(r, counts, opens, names, facilitators.leader(tx, r), zone, visitor),
                hours=register.span(r, zone),
            )
            for r in ahead
            if not r.all_day
        ],
    )


def _runs(row: Row[Any]) -> str:
    until = f" until {day_said(row.until_on)}" if row.until_on is not None else ""
    return f"since {day_said(row.from_on)}{until}"


def kinds() -> list[tuple[str, str]]:
    """What a session can be, to choose from."""
    return [(code, words.named(words.KINDS, code)) for code in KINDS]

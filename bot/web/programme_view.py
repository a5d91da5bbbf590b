"""Somebody's programme as staff read it: what they come to, hours by week, seats and trails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import ledger
from bot.config import House
from bot.web import leading, register, timetable, trail
from bot.web import programme_words as words
from bot.web.gate import Visitor
from bot.web.times import Times, day_said
from handlers import hours, moments
from handlers.hours import Line
from handlers.hours_week import said
from handlers.programme import Seat
from storage import attended, enrolments, prescriptions, roster, seats
from storage import timetable as rows

_BACK: Final = 5
"""Weeks of the ledger that are shown before the one that runs."""
_SEATS_BACK: Final = timedelta(days=28)
_SEATS_AHEAD: Final = timedelta(days=14)
_WEEK: Final = timedelta(days=hours.DAYS)
_WHY: Final = {
    "present": "present",
    "late": "late",
    "left_early": "left early",
    "excused": "excused",
    "absent": "absent",
    "unmarked": "not marked yet",
    "ahead": "",
    "given_up": "gave the place up",
    "cancelled": "cancelled",
    "no_treatment": "does not count as hours",
}


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A series that they come to."""

    series: int
    title: str
    more: str
    runs: str
    over: bool


@dataclass(frozen=True, slots=True)
class LedgerWeek:
    """The hours of one week, in words."""

    when: str
    now: bool
    prescribed: str
    attended: str
    planned: str
    excused: str
    unmarked: str
    short: str


@dataclass(frozen=True, slots=True)
class Place:
    """One of their seats."""

    session: int
    when: str
    title: str
    state: str
    away: bool
    """Missed, or given up."""
    told: str
    """What they said, and the barrier."""
    trail: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class View:
    """The whole of it."""

    enrolled: list[Enrolled]
    prescribed: list[tuple[str, str]]
    """From which day, and what; the newest first."""
    weeks: list[LedgerWeek]
    ahead: list[Place] = field(repr=False)
    past: list[Place] = field(repr=False)
    series: list[tuple[str, str]] = field(repr=False)
    """What they may be enrolled in."""


def read(tx: Connection, house: House, person: Row[Any], visitor: Visitor) -> View:
    """Of one person, for somebody who may see them."""
    zone, now = house.clinic.zone, visitor.now
    today, names = moments.today(now, zone), roster.names(tx)
    times = Times(now, zone, zone)
    since, until = today - _SEATS_BACK, today + _SEATS_AHEAD
    lines = ledger.lines(tx, person.id, since, until, zone, now)
    stored = {
        row.id: row for row in seats.of(tx, person.id, now - 2 * _SEATS_BACK, now + _SEATS_BACK)
    }
    trails = attended.trails(tx, [line.seat.id for line in lines])
    places = [
        (
            line,
            _place(
                line, stored[line.seat.id], trail.lines(trails[line.seat.id], names, times), zone
            ),
        )
        for line in lines
        if line.seat.id in stored
    ]
    runs = enrolments.of(tx, person.id)
    closed = timetable.closing(tx, now)
    on = {each.series_id for each in runs if each.until_on is None or each.until_on >= today}
    return View(
        enrolled=_enrolled(tx, runs, today),
        prescribed=_prescribed(tx, person.id, names),
        weeks=_weeks(tx, person.id, today, zone, visitor),
        ahead=[
            place for line, place in places if line.seat.session.end > now and not _left(line.seat)
        ],
        past=[place for line, place in reversed(places) if line.seat.session.end <= now],
        series=[
            (str(row.id), _offered(tx, row, visitor, names))
            for row in rows.all_series(tx)
            if row.id not in on and row.id not in closed and timetable.goes_on(row, today)
        ],
    )


def _left(seat: Seat) -> bool:
    """Whether they gave up coming to it: it is held without them."""
    return seat.state == "cancelled" and seat.session.state == "planned"


def _enrolled(tx: Connection, runs: list[Row[Any]], today: date) -> list[Enrolled]:
    series = {row.id: row for row in rows.all_series(tx, ended=True)}
    found = []
    for each in runs:
        row = series[each.series_id]
        over = each.until_on is not None and each.until_on < today
        until = f" until {day_said(each.until_on)}" if each.until_on is not None else ""
        more = ", ".join(
            part
            for part in (words.named(words.KINDS, timetable.kind(row)), timetable.rule(row))
            if part
        )
        runs_said = f"since {day_said(each.from_on)}{until}"
        found.append(Enrolled(row.id, row.title, more, runs_said, over))
    return sorted(found, key=lambda each: each.over)


def _offered(tx: Connection, row: Row[Any], visitor: Visitor, names: dict[int, str]) -> str:
    """A series to choose; of what is for one person of somebody else's, who leads it."""
    leads = leading.leads_series(tx, row, visitor)
    called = timetable.title(row.title, timetable.kind(row), opens=leads)
    leader = leading.series_leader(tx, row) or 0
    more = [names.get(leader, "") if called != row.title else "", timetable.rule(row)]
    told = ", ".join(each for each in more if each)
    return f"{called} ({told})" if told else called


def _prescribed(tx: Connection, person_id: int, names: dict[int, str]) -> list[tuple[str, str]]:
    there: dict[date, Row[Any]] = {row.from_on: row for row in prescriptions.of(tx, person_id)}
    latest = sorted(there.values(), key=lambda each: each.from_on, reverse=True)
    return [(f"From {day_said(row.from_on)}", _so_much(row, names)) for row in latest]


def _so_much(row: Row[Any], names: dict[int, str]) -> str:
    phase = f", {row.phase}" if row.phase else ""
    return f"{said(row.minutes)} hours a week{phase} (by {names.get(row.staff_id, 'the server')})"


def _weeks(
    tx: Connection, person_id: int, today: date, zone: str, visitor: Visitor
) -> list[LedgerWeek]:
    this = hours.monday(today)
    found = []
    for n in range(1, -_BACK - 1, -1):
        first = this + n * _WEEK
        week = ledger.week(tx, person_id, first, zone, visitor.now, offers=False)
        if week is None:
            continue
        found.append(
            LedgerWeek(
                when=f"{day_said(first)} to {day_said(first + timedelta(days=hours.DAYS - 1))}",
                now=n == 0,
                prescribed=said(week.prescribed) if week.prescribed else "",
                attended=said(week.attended),
                planned=_some(week.planned),
                excused=_some(week.excused),
                unmarked=_some(week.unmarked),
                short=_some(week.short),
            )
        )
    return found


def _some(minutes: int) -> str:
    return said(minutes) if minutes else ""


def _place(line: Line, row: Row[Any], happened: tuple[tuple[str, str], ...], zone: str) -> Place:
    state = _WHY[line.why]
    counted = line.attended or line.excused
    if line.why in ("present", "late", "left_early"):
        state = f"{state}, {line.attended} of {line.length} min count"
    elif counted:
        state = f"{state}, {counted} min"
    if line.overlap:
        state = f"{state}; {line.overlap} min are in another session"
    told = words.reply(row.reply, row.barrier, row.late_minutes)
    via = words.named(words.VIAS, row.via)
    return Place(
        session=row.session_id,
        when=register.span(row, zone),
        title=row.title,
        state=state,
        away=line.why in ("absent", "given_up"),
        told="; ".join(each for each in (told, via) if each),
        trail=happened,
    )

"""The hours of the programme: what of a week was attended, is still to come, was excused.

No minute is ever in two columns, and none twice in one: where two sessions overlap, the earlier
one has the minutes, and what was attended goes before what is planned or excused. A mark that
staff have made stands whatever became of the session or the seat since.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from handlers.programme import Seat, Session, Week

COUNTED_NOT: Final = ("support_meeting",)
"""Kinds that are no treatment: meetings of a fellowship are never counted as required."""
NEIGHBOURS: Final = timedelta(days=1)
"""Seats so long before and after what is counted have to be known: they may overlap with it."""
DAYS: Final = 7

Why = Literal[
    "present",
    "late",
    "left_early",
    "excused",
    "absent",
    "unmarked",
    "ahead",
    "given_up",
    "cancelled",
    "no_treatment",
]
"""What became of a session: as marked; over and not marked; still to come; given up by them;
cancelled by us; of a kind that does not count."""

_CAME: Final = ("present", "late", "left_early")
_A_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Prescribed:
    """So many minutes a week from a day on, until another says otherwise."""

    from_on: date
    minutes: int
    phase: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One session in the ledger, in minutes."""

    seat: Seat
    why: Why
    length: int
    """Of the session."""
    attended: int = 0
    planned: int = 0
    """Still to come."""
    excused: int = 0
    unmarked: int = 0
    """Over, and nobody has said yet who came."""
    overlap: int = 0
    """Left out here, since another session has these minutes."""


def monday(day: date) -> date:
    """The first day of the week that a day is in."""
    return day - timedelta(days=day.weekday())


def week_of(first: date) -> tuple[date, ...]:
    """The days of the week of a Monday."""
    return tuple(first + timedelta(days=n) for n in range(DAYS))


def since(day: date, zone: str) -> datetime:
    """When a day begins there, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def bounds(first: date, zone: str) -> tuple[datetime, datetime]:
    """When the week of a Monday begins and ends there: 167 or 169 hours where clocks change."""
    return since(first, zone), since(first + timedelta(days=DAYS), zone)


def lines(seats: Iterable[Seat], now: datetime) -> tuple[Line, ...]:
    """A line for every seat, in the order of their sessions.

    What a line counts depends on the seats that overlap with it and on no others.
    """
    wanted = [_wanted(seat, now) for seat in seats]
    wanted.sort(key=lambda each: (_RANK[each.column], *_when(each.line.seat)))
    covered: list[tuple[int, int]] = []
    found = []
    for each in wanted:
        free = _free(each.start, each.end, covered)
        covered.append((each.start, each.end))
        overlap = each.end - each.start - free
        counted = {each.column: free, "overlap": overlap} if each.column else {}
        found.append(_line(each.line, counted))
    return tuple(sorted(found, key=lambda line: _when(line.seat)))


def prescribed(first: date, rows: Sequence[Prescribed]) -> int | None:
    """What is prescribed for the week of a Monday, in minutes; None: nothing is.

    Day by day, each a seventh of what holds on it, so that a phase that changes in mid-week counts
    from its day on. Of rows from one day the last one holds; `rows` are in the order of writing.
    """
    return prescribed_on(week_of(first), rows) or None


def prescribed_on(days: Iterable[date], rows: Sequence[Prescribed]) -> int:
    """What is prescribed for these days, in minutes, rounded to one."""
    sevenths = sum(row.minutes for day in days if (row := holding(day, rows)) is not None)
    return (2 * sevenths + DAYS) // (2 * DAYS)


def holding(day: date, rows: Sequence[Prescribed]) -> Prescribed | None:
    """What holds on a day; None before the first."""
    begun = [row for row in rows if row.from_on <= day]
    # Of equal ones `max` gives the first, and the last written holds.
    return max(reversed(begun), key=lambda row: row.from_on, default=None)


def week(
    first: date,
    counted: Iterable[Line],
    minutes: int | None,
    open_: tuple[Session, ...] = (),
) -> Week:
    """The ledger of the week of a Monday: the sums of the lines of its sessions."""
    those = tuple(counted)
    return Week(
        first,
        minutes,
        attended=sum(line.attended for line in those),
        planned=sum(line.planned for line in those),
        excused=sum(line.excused for line in those),
        open_=open_,
        unmarked=sum(line.unmarked for line in those),
    )


def making_up(
    there: Iterable[Session], held: Iterable[Seat], now: datetime, most: int = 2
) -> tuple[Session, ...]:
    """The first sessions that begin later and overlap with nothing that they hold or each other."""
    taken = [_span(seat.session) for seat in held if seat.state == "held"]
    found: list[Session] = []
    for session in sorted(there, key=lambda each: (each.start, each.id)):
        start, end = _span(session)
        if session.start > now and all(end <= a or b <= start for a, b in taken):
            taken.append((start, end))
            found.append(session)
    return tuple(found[:most])


_RANK: Final = {"attended": 0, "planned": 1, "unmarked": 2, "excused": 3, "": 4}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The minutes that a seat would have, and in which column, if no other had them."""

    line: Line
    column: str
    start: int
    end: int


def _wanted(seat: Seat, now: datetime) -> _Wanted:
    why = _why(seat, now)
    start, end = _span(seat.session)
    column = {"excused": "excused", "unmarked": "unmarked", "ahead": "planned"}.get(why, "")
    if why in _CAME:
        column = "attended"
        minutes = max(0, min(seat.minutes or 0, end - start))
        # Who came late was there for the last of it, who left early for the first.
        start, end = (end - minutes, end) if why == "late" else (start, start + minutes)
    if not column:
        end = start
    return _Wanted(Line(seat, why, seat.session.minutes), column, start, end)


def _why(seat: Seat, now: datetime) -> Why:
    if seat.session.kind in COUNTED_NOT:
        return "no_treatment"
    match seat.mark:
        case "present" | "late" | "left_early" | "excused" | "absent":
            return seat.mark
    if seat.session.state == "cancelled" or seat.state == "cancelled":
        return "cancelled"
    if seat.state == "given_up":
        return "given_up"
    return "ahead" if seat.session.end > now else "unmarked"


def _line(line: Line, counted: dict[str, int]) -> Line:
    return Line(line.seat, line.why, line.length, **counted)


def _when(seat: Seat) -> tuple[datetime, int]:
    return seat.session.start, seat.id


def _span(session: Session) -> tuple[int, int]:
    """From which minute to which, in UTC."""
    start = int(session.start.timestamp()) // _A_MINUTE
    return start, start + max(0, session.minutes)


def _free(start: int, end: int, covered: Sequence[tuple[int, int]]) -> int:
    """How many minutes of it nothing covers."""
    free, at = 0, start
    for a, b in sorted(covered):
        if b <= at:
            continue
        if a >= end:
            break
        free += max(0, a - at)
        at = max(at, b)
    return free + max(0, end - at)

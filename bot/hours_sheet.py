"""Hours for payers: each session with what counts and why, each sum with what it is the sum of.

Attendance and nothing else: no reasons, no words, no names. It leaves the house only with a
consent, and each person in it has a row in the audit that says who got it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final, TextIO
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot import ledger
from handlers import hours
from handlers.hours import Line, Prescribed
from storage import seats, staff

HEAD: Final = (
    "row", "person", "week", "date", "from", "until", "kind", "length", "attended", "planned",
    "excused", "unmarked", "overlap", "prescribed", "phase", "why", "arithmetic",
)  # fmt: skip
"""The columns; all but dates and words are minutes."""
SUMMED: Final = ("attended", "planned", "excused", "unmarked")
WHY: Final[Mapping[str, str]] = {
    "present": "present",
    "late": "came late",
    "left_early": "left early",
    "excused": "excused",
    "absent": "absent",
    "unmarked": "attendance not marked yet",
    "ahead": "still to come",
    "given_up": "gave up the place",
    "cancelled": "cancelled",
    "no_treatment": "not counted as treatment",
}
NOTICE: Final = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
"""Goes along with every record that is disclosed (42 CFR 2.32)."""
_TOLD: Final = "hours_disclosed"

Record = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Theirs:
    """The hours of one person, as they were read."""

    person: int
    lines: tuple[Line, ...] = field(repr=False)
    prescribed: tuple[Prescribed, ...] = field(repr=False)


def read(
    tx: Connection, since: date, until: date, person_id: int | None, zone: str, now: datetime
) -> list[Theirs]:
    """Of one person, or of everybody with a session on these days, both included."""
    start, end = hours.since(since, zone), hours.since(until + timedelta(days=1), zone)
    there = seats.sitting(tx, start, end)
    return [
        Theirs(
            each,
            ledger.lines(tx, each, since, until, zone, now),
            tuple(ledger.prescribed(tx, each)),
        )
        for each in there
        if person_id in {None, each}
    ]


def records(theirs: Theirs, since: date, until: date, zone: str) -> Iterator[Record]:
    """The rows of one person: sessions week by week, the sum of each week, and the sum of those."""
    weeks: list[Record] = []
    day = hours.monday(since)
    while day <= until:
        these = [line for line in theirs.lines if _monday(line, zone) == day]
        yield from (_session(theirs.person, line, zone) for line in these)
        days = [each for each in hours.week_of(day) if since <= each <= until]
        weeks.append(_week(theirs, day, days, these))
        yield weeks[-1]
        day += timedelta(days=hours.DAYS)
    total: Record = {"row": "total", "person": theirs.person}
    total |= _sums(weeks, (*SUMMED, "prescribed"))
    yield {**total, "arithmetic": _added(weeks)}


def write(file: TextIO, people: Sequence[Theirs], since: date, until: date, zone: str) -> None:
    """The whole sheet as CSV, the notice in its last row."""
    sheet = csv.DictWriter(file, HEAD, restval="")
    sheet.writeheader()
    for theirs in people:
        sheet.writerows(records(theirs, since, until, zone))
    sheet.writerow({"row": "notice", "arithmetic": NOTICE})


def told(tx: Connection, house: object, given: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Write down to whom the hours of which people go, and by which consent."""
    del house
    for person_id in given["people"]:
        staff.looked(tx, None, person_id, _TOLD, now, str(given["detail"]))
    return {}


def _monday(line: Line, zone: str) -> date:
    return hours.monday(line.seat.session.start.astimezone(ZoneInfo(zone)).date())


def _session(person: int, line: Line, zone: str) -> Record:
    start, end = (
        moment.astimezone(ZoneInfo(zone))
        for moment in (line.seat.session.start, line.seat.session.end)
    )
    return {
        "row": "session",
        "person": person,
        "week": hours.monday(start.date()).isoformat(),
        "date": start.date().isoformat(),
        "from": f"{start:%H:%M}",
        "until": f"{end:%H:%M}",
        "kind": line.seat.session.kind,
        "length": line.length,
        **{name: getattr(line, name) for name in (*SUMMED, "overlap")},
        "why": WHY[line.why],
        "arithmetic": _of(line),
    }


def _of(line: Line) -> str:
    """How its minutes come about."""
    counts = line.attended + line.planned + line.excused + line.unmarked
    if not line.overlap:
        return f"{counts} of {line.length}"
    had = counts + line.overlap
    return f"{had} of {line.length} - {line.overlap} that another session has = {counts}"


def _week(theirs: Theirs, first: date, days: Sequence[date], lines: Iterable[Line]) -> Record:
    each: list[Record] = [{name: getattr(line, name) for name in SUMMED} for line in lines]
    held = [(day, hours.holding(day, theirs.prescribed)) for day in days]
    phases = dict.fromkeys(row.phase for _, row in held if row is not None and row.minutes)
    minutes = hours.prescribed_on(days, theirs.prescribed)
    return {
        "row": "week",
        "person": theirs.person,
        "week": first.isoformat(),
        **_sums(each, SUMMED),
        "prescribed": minutes,
        "phase": _plain(", ".join(phase for phase in phases if phase)),
        "arithmetic": f"{_added(each)}; prescribed {_sevenths(row for _, row in held)} = {minutes}",
    }


def _sums(rows: Iterable[Record], names: Iterable[str]) -> Record:
    there = list(rows)
    return {name: sum(int(row[name]) for row in there) for name in names}


def _added(rows: Iterable[Record]) -> str:
    """What was attended, term by term."""
    terms = [int(row["attended"]) for row in rows]
    return f"attended {' + '.join(map(str, terms)) or '0'} = {sum(terms)}"


def _sevenths(rows: Iterable[Prescribed | None]) -> str:
    """A week's minutes by the days on which each holds: "3/7 x 540 + 4/7 x 360"."""
    minutes = [0 if row is None else row.minutes for row in rows]
    return " + ".join(f"{len(list(same))}/{hours.DAYS} x {each}" for each, same in groupby(minutes))


def _plain(text: str) -> str:
    """Staff's own words, such that no spreadsheet takes them for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text

"""The rest of this week and the next, by day: who reads, where nobody does, who is off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from babel.dates import format_date
from sqlalchemy import Connection

from bot import coverage, escalation, rota
from bot.config import Clinic
from bot.coverage import Hole
from bot.rota import Span, Worker
from content.wording import clock
from storage import team
from storage.team import Member

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Duty:
    """Some who are on duty for the same hours of a day."""

    hours: str
    names: str
    whose: str
    """Of whose people they hear."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a day in which nobody reads."""

    said: str
    declared: bool
    """The shifts leave it open; else time off does, or somebody whom nothing reaches."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the rota."""

    name: str
    date: str
    today: bool
    duties: tuple[Duty, ...]
    holes: tuple[Gap, ...]
    off: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Off:
    """Time off that is not over."""

    number: int
    staff_id: int
    name: str
    span: str
    cover: str
    now: bool


@dataclass(frozen=True, slots=True)
class Fortnight:
    """What the page shows."""

    weeks: tuple[tuple[str, tuple[Day, ...]], ...]
    now: tuple[str, ...]
    """Who reads at this moment, a sentence each."""
    nobody_now: str
    told: str
    """What people hear where nobody reads."""
    unlinked: tuple[str, ...]
    off: tuple[Off, ...]
    workers: tuple[tuple[str, str], ...]
    shifts: tuple[str, ...]
    zone: str


def read(tx: Connection, clinic: Clinic, now: datetime) -> Fortnight:
    """The fortnight that holds this moment."""
    everyone = [w for w in escalation.workers(tx, now) if w.role != "operator"]
    members = {member.row.id: member for member in team.members(tx, now)}
    return _Reading(clinic, now, everyone, members).all()


class _Reading:
    def __init__(
        self, clinic: Clinic, now: datetime, everyone: list[Worker], members: dict[int, Member]
    ) -> None:
        self._clinic = clinic
        self._now = now
        self._everyone = everyone
        self._names = {worker.id: worker.name for worker in everyone}
        self._members = members
        self._reachable = {
            worker.id
            for worker in everyone
            if any(a.state == "open" and a.verified for a in members[worker.id].addresses)
        }
        self._today = now.astimezone(clinic.tz).date()
        self._declared: list[Hole] = []
        self._this_week = 7 - self._today.weekday()

    def all(self) -> Fortnight:
        clinic, count = self._clinic, self._this_week + 7
        start, end = self._midnight(self._today), self._midnight(self._today + count * _DAY)
        counselors = {who for who in self._names if self._members[who].people}
        # A hole runs on to its true end beyond the last day.
        beyond = end + timedelta(days=4)
        holes = coverage.holes(self._everyone, self._reachable, counselors, clinic, start, beyond)
        as_declared = [replace(worker, off=(), covers=()) for worker in self._everyone]
        self._declared = coverage.holes(as_declared, set(self._names), (), clinic, start, beyond)
        on = coverage.duties(self._everyone, clinic, start, end + _DAY)
        days = [self._day(self._today + n * _DAY, on, holes) for n in range(count)]
        gap = [hole for hole in holes if hole.start <= self._now < hole.end]
        return Fortnight(
            weeks=(
                ("This week", tuple(days[: self._this_week])),
                ("Next week", tuple(days[self._this_week :])),
            ),
            now=tuple(self._reading_now()),
            nobody_now=self._gap(gap[0]) if gap else "",
            told=self._told(),
            unlinked=tuple(
                w.name for w in self._everyone
                if w.id not in self._reachable and any(on.get(w.id, ()))
            ),
            off=tuple(self._offs()),
            workers=tuple((str(worker.id), worker.name) for worker in self._everyone),
            shifts=tuple(shift_said(shift) for shift in clinic.shifts),
            zone=clinic.zone.replace("_", " "),
        )  # fmt: skip

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self._clinic.tz)

    def _day(self, day: date, on: dict[int, list[Span]], holes: Sequence[Hole]) -> Day:
        start, end = self._midnight(day), self._midnight(day + _DAY)
        return Day(
            name=str(format_date(day, "EEEE", locale="en_US")),
            date=str(format_date(day, "d MMMM", locale="en_US")),
            today=day == self._today,
            duties=tuple(self._duties(on, start, end)),
            holes=tuple(
                Gap(self._hole(hole, start, end), self._is_declared(hole)) for hole in holes
                if hole.start < end and hole.end > max(start, self._now)
                and (hole.start >= start or hole.end >= end)
            ),
            off=tuple(self._off_on(start, end)),
        )  # fmt: skip

    def _duties(self, on: dict[int, list[Span]], start: datetime, end: datetime) -> Iterable[Duty]:
        """Those with the same hours together; a shift over midnight stands where it begins."""
        named = {shift.who.casefold() for shift in self._clinic.shifts}
        found: dict[tuple[Span, str], list[str]] = {}
        for worker in self._everyone:
            own = worker.role == "counselor" and worker.name.casefold() not in named
            whose = "their own people" if own else "everybody"
            for span in on[worker.id]:
                if start <= span[0] < end:
                    heard = "" if worker.id in self._reachable else " (hears nothing)"
                    found.setdefault((span, whose), []).append(worker.name + heard)
        for (span, whose), names in sorted(found.items()):
            hours = "all day" if span == (start, end) else self._from_to(*span, start)
            yield Duty(hours, listed(names), whose)

    def _is_declared(self, hole: Hole) -> bool:
        return any(one.start <= hole.start and hole.end <= one.end for one in self._declared)

    def _hole(self, hole: Hole, start: datetime, end: datetime) -> str:
        whose = f" for the people of {self._names[hole.whose]}" if hole.whose else ""
        if hole.start < start and hole.end >= end:
            return f"Nobody{whose}, all day"
        return f"Nobody{whose} from {self._from_to(hole.start, hole.end, start)}"

    def _from_to(self, a: datetime, b: datetime, start: datetime) -> str:
        """`8 am to 8 pm`; with the day where it ends later than the next noon."""
        late = b > start + _DAY + timedelta(hours=12)
        day = ""
        if late:
            local = b.astimezone(self._clinic.tz).date()
            day = f" {format_date(local, 'EEEE', locale='en_US')}"
        return f"{self._clock(a)} to {self._clock(b)}{day}"

    def _clock(self, moment: datetime) -> str:
        local = moment.astimezone(self._clinic.tz)
        if (local.hour, local.minute) == (0, 0):
            return "midnight"
        return clock(moment, "en", self._clinic.zone)

    def _off_on(self, start: datetime, end: datetime) -> Iterable[str]:
        for worker in self._everyone:
            for row in self._members[worker.id].absences:
                if row.from_at < end and row.to_at > start:
                    whole = row.from_at <= start and row.to_at >= end
                    a, b = max(row.from_at, start), min(row.to_at, end)
                    hours = "" if whole else f" from {self._clock(a)} to {self._clock(b)}"
                    yield f"{worker.name} is off{hours}; {self._cover(row)}"

    def _cover(self, row: Any) -> str:
        if row.cover_id is None:
            others = (w.role == "supervisor" and w.id != row.staff_id for w in self._everyone)
            return "supervisors stand in" if any(others) else "there is no supervisor to stand in"
        name = self._names.get(row.cover_id, "somebody who left")
        away = self._members[row.cover_id].absences if row.cover_id in self._members else ()
        both = any(off.from_at < row.to_at and off.to_at > row.from_at for off in away)
        return f"{name} stands in" + (", supervisors while both are off" if both else "")

    def _offs(self) -> Iterable[Off]:
        rows = sorted(
            (row for w in self._everyone for row in self._members[w.id].absences),
            key=lambda row: (row.from_at, row.id),
        )
        for row in rows:
            span = f"{self._when(row.from_at)} to {self._when(row.to_at)}"
            now = row.from_at <= self._now
            name = self._names[row.staff_id]
            yield Off(row.id, row.staff_id, name, span, self._cover(row), now)

    def _when(self, moment: datetime) -> str:
        local = moment.astimezone(self._clinic.tz).date()
        return f"{format_date(local, 'EEE d MMM', locale='en_US')}, {self._clock(moment)}"

    def _reading_now(self) -> Iterable[str]:
        for worker in self._everyone:
            if worker.id in self._reachable and rota.on_duty(worker, self._clinic, self._now):
                until = rota.read_until([worker], self._clinic, self._now)
                long = until is None or until - self._now > timedelta(days=2)
                when = "day and night" if long else f"until {self._until(until)}"
                yield f"{worker.name}, {worker.role}, {when}"

    def _until(self, moment: datetime | None) -> str:
        assert moment is not None  # noqa: S101 - only asked for when there is an end
        same = (
            moment.astimezone(self._clinic.tz).date()
            == self._now.astimezone(self._clinic.tz).date()
        )
        return self._clock(moment) if same else self._when(moment)

    def _gap(self, hole: Hole) -> str:
        whose = f" for the people of {self._names[hole.whose]}" if hole.whose else ""
        return f"Nobody reads now{whose}, until {self._until(hole.end)}."

    def _told(self) -> str:
        after = self._clinic.after_hours
        if after.mode == "line":
            return f"people are given the line {after.line}, with 988 and 911"
        if after.mode == "staffed":
            return (
                "people are told so, with 988 and 911, though clinic.toml promises that somebody "
                "always does"
            )
        return "people are told so, with 988 and 911"


def listed(names: Sequence[str]) -> str:
    """`Ann, Bo and Cy`."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def shift_said(shift: Any) -> str:
    """A shift in words: `counselor: Mon to Fri, 8 am to 8 pm`."""
    names = {"counselor": "Counselors, each for their own people", "supervisor": "Supervisors"}
    hours = (
        "all day" if shift.start == shift.end
        else f"{clock(shift.start, 'en', 'UTC')} to {clock(shift.end, 'en', 'UTC')}"
    )  # fmt: skip
    return f"{names.get(shift.who, shift.who)}: {days_said(shift.days)}, {hours}"


def days_said(days: Sequence[str]) -> str:
    """`Mon to Fri`, or each."""
    whole = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    if len(days) == len(whole):
        return "every day"
    first = whole.index(days[0])
    if len(days) > 2 and tuple(days) == tuple((whole * 2)[first : first + len(days)]):  # noqa: PLR2004
        return f"{days[0].title()} to {days[-1].title()}"
    return listed([day.title() for day in days])

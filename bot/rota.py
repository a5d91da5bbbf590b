"""Who is on duty, and when the team reads next: computed from the shifts, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import Clinic
from bot.duty_rules import Shift
from bot.section import DAYS
from content import wording

_AHEAD_DAYS = 8
_WEEKS_AHEAD = 6
_ALWAYS = timedelta(days=2)
_TOUCHING = timedelta(minutes=1)


Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Worker:
    """A member of staff as the rota sees them."""

    id: int
    name: str
    role: str
    off: tuple[Span, ...] = ()
    """Time off: nobody is told anything in it."""
    covers: tuple[tuple[int, datetime, datetime], ...] = ()
    """Whom they stand in for, from when to when."""

    def is_off(self, now: datetime) -> bool:
        """Whether they have time off now."""
        return any(start <= now < end for start, end in self.off)

    def stands_in_for(self, staff_id: int, now: datetime) -> bool:
        """Whether they cover a colleague now."""
        return any(who == staff_id and start <= now < end for who, start, end in self.covers)


def spans(shift: Shift, clinic: Clinic, around: datetime) -> Iterator[Span]:
    """The shift's spans from the day before a moment to a week after it, in UTC order.

    A shift that ends at or before its start runs over midnight; 00:00 to 00:00 is the whole day.
    """
    first = around.astimezone(clinic.tz).date() - timedelta(days=1)
    for offset in range(_AHEAD_DAYS + 1):
        day = first + timedelta(days=offset)
        if DAYS[day.weekday()] not in shift.days:
            continue
        start = datetime.combine(day, shift.start, clinic.tz)
        last = day if shift.end > shift.start else day + timedelta(days=1)
        yield start, datetime.combine(last, shift.end, clinic.tz)


def _shifts_of(worker: Worker, clinic: Clinic) -> list[Shift]:
    """The shifts that name somebody; only if none does, those of the role."""
    named = [s for s in clinic.shifts if s.who.casefold() == worker.name.casefold()]
    return named or [s for s in clinic.shifts if s.who == worker.role]


def duties(worker: Worker, clinic: Clinic, around: datetime) -> Iterator[Span]:
    """When somebody is on duty, from the day before a moment to a week after it."""
    for shift in _shifts_of(worker, clinic):
        for span in spans(shift, clinic, around):
            yield from _without(span, worker.off)


def _without(span: Span, off: Sequence[Span]) -> Iterator[Span]:
    """What is left of a span beside the time off."""
    start, end = span
    for away, back in sorted(off):
        if back <= start or away >= end:
            continue
        if away > start:
            yield start, away
        start = max(start, back)
        if start >= end:
            return
    yield start, end


def on_duty(worker: Worker, clinic: Clinic, now: datetime) -> bool:
    """Whether somebody may be told now."""
    return any(start <= now < end for start, end in duties(worker, clinic, now))


def next_duty(workers: Sequence[Worker], clinic: Clinic, now: datetime) -> datetime | None:
    """When the first of them is on duty next; None within a week."""
    starts = [
        start for worker in workers for start, _ in duties(worker, clinic, now) if start > now
    ]
    return min(starts, default=None)


def working_day_end(workers: Sequence[Worker], clinic: Clinic, since: datetime) -> datetime | None:
    """The end of the first day on which a duty of theirs begins after a moment, in UTC.

    The day is the clinic's, a shift over midnight belongs to the day it begins; None where there
    is no such day within some weeks.
    """
    for week in range(_WEEKS_AHEAD):
        around = since + week * timedelta(days=7)
        found = [
            (start.astimezone(clinic.tz).date(), end.astimezone(UTC))
            for worker in workers
            for start, end in duties(worker, clinic, around)
            if start > since
        ]
        if found:
            first = min(day for day, _ in found)
            return max(end for day, end in found if day == first)
    return None


def read_until(workers: Sequence[Worker], clinic: Clinic, now: datetime) -> datetime | None:
    """Until when somebody of these is on duty without a gap; None if nobody is now."""
    covered = sorted(span for worker in workers for span in duties(worker, clinic, now))
    until = now
    for start, end in covered:
        if start <= until + _TOUCHING and end > until and (until > now or start <= now):
            until = end
    return until if until > now else None


def team_line(
    workers: Sequence[Worker],
    clinic: Clinic,
    now: datetime,
    *,
    language: wording.Language,
    zone: str,
) -> str:
    """The sentence that says when the team reads, in the person's language and zone."""

    def say(key: str, **values: wording.Value) -> str:
        return wording.word(
            f"rota.{key}", values, language=language, zone=zone, channel="", plain=True
        ).text

    until = read_until(workers, clinic, now)
    if until is not None:
        return say("always") if until - now > _ALWAYS else say("until", time=until)
    if clinic.after_hours.line is not None:
        return say("line", phone=clinic.after_hours.line)
    return _next_line(next_duty(workers, clinic, now), now, zone, say)


def closed_line(
    workers: Sequence[Worker],
    clinic: Clinic,
    now: datetime,
    *,
    language: wording.Language,
    zone: str,
) -> str:
    """Where nobody reads now: the contracted line, if there is one, and when the team is back.

    Empty where somebody reads now.
    """

    def say(key: str, **values: wording.Value) -> str:
        return wording.word(
            f"rota.{key}", values, language=language, zone=zone, channel="", plain=True
        ).text

    if read_until(workers, clinic, now) is not None:
        return ""
    line = clinic.after_hours.line
    start = next_duty(workers, clinic, now)
    back = _next_line(start, now, zone, say)
    if line is None:
        return back
    return f"{say('line', phone=line)} {back}" if start is not None else say("line", phone=line)


def _next_line(start: datetime | None, now: datetime, zone: str, say: Callable[..., str]) -> str:
    if start is None:
        return say("none")
    there = ZoneInfo(zone)
    days = (start.astimezone(there).date() - now.astimezone(there).date()).days
    if days > 1:
        day = say(DAYS[start.astimezone(there).weekday()])
        return say("day_from", day=day, time=start)
    return say("tomorrow_from" if days else "from", time=start)

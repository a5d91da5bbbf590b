"""What a rule would have done: on the clinic's own history, how often, and what came of such days.

A rule is a name and a number: `craving=7` (7 or more), `low_mood=2` (so many low check-ins in a
row), `use=1` (said that they used), `silence=2` (so many check-ins without an answer), or one of
the check-ups' (`bot.checkup_rules`): `bam_risk=12` (12 or more), `bam_protective=12` (or less).
It says nothing about a person: whether those days were followed by more trouble than the others
is what decides whether a rule is worth a counselor's time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot import checkup_rules
from bot.alert_report import SMALL
from bot.config import Clinic
from bot.signing import Budget
from handlers.risk import Level
from storage import reckoning

AFTER_DAYS: Final = 3
_BEFORE: Final = timedelta(days=31)
"""So far back a row of low or silent days may have begun."""
_CHECKUP_BEFORE: Final = timedelta(days=92)
"""So far back the last check-up may lie: some rules are news only when they begin."""
_RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "craving": (1, 10),
    "low_mood": (1, 14),
    "use": (1, 1),
    "silence": (1, 30),
}


class RuleError(Exception):
    """No rule that can be simulated; its text says what can."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its limit."""

    name: str
    limit: int

    def __str__(self) -> str:
        """As it is typed."""
        return f"{self.name}={self.limit}"


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What came within three days of some days, as far as those three are over."""

    days: int = 0
    danger: int = 0
    """Days that an urgent alert or an emergency followed."""
    lapse: int = 0
    missed: int = 0
    """Days after which a check-in went unanswered."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What one rule would have done."""

    rule: Rule
    fired: int
    people: int
    a_counselor_a_day: float
    busiest: int
    """The most that one counselor would have had on one day."""
    afterwards: Afterwards
    otherwise: Afterwards
    """The days on which it would have been silent, to compare with."""


@dataclass(frozen=True, slots=True)
class _Life:
    """One person's days, as far as they were asked."""

    person_id: int
    counselor_id: int
    zone: ZoneInfo
    asked: tuple[date, ...]
    answers: Mapping[date, Mapping[str, Any]] = field(repr=False)
    at: Mapping[date, datetime]
    danger: tuple[tuple[datetime, str], ...]
    """When something urgent was heard, and why."""
    checkups: tuple[checkup_rules.Answered, ...] = ()
    """In their order."""


def parse(text: str) -> Rule:
    """Read `craving=7`; raises RuleError."""
    name, _, limit = text.partition("=")
    ranges = {**_RANGES, **checkup_rules.limits()}
    if name in ranges and limit.isascii() and limit.isdecimal():
        low, high = ranges[name]
        if low <= int(limit) <= high:
            return Rule(name, int(limit))
    known = ", ".join(f"{n}={a}" + (f" to {b}" if b > a else "") for n, (a, b) in ranges.items())
    message = f"{text!r} is no rule that can be tried. Those are: {known}."
    raise RuleError(message)


def in_force(clinic: Clinic) -> list[Rule]:
    """The clinic's own rules as they are now, with those of the check-ups that it asks."""
    rules = clinic.rules
    found = [
        Rule("craving", rules.craving_at_least),
        Rule("low_mood", rules.low_moods_in_a_row),
        Rule("silence", rules.silent_days),
    ]
    found += [Rule("use", 1)] if rules.use else []
    of_checkups = checkup_rules.in_force(clinic.checkups).items()
    return [*found, *(Rule(name, limit) for name, limit in of_checkups)]


def simulate(
    tx: Connection, clinic: Clinic, rules: Sequence[Rule], days: int, now: datetime
) -> list[Simulated]:
    """What each rule would have done in the days before today."""
    lives = list(_lives(tx, clinic, days, now))
    counselors = len({life.counselor_id for life in lives if life.asked})
    return [_simulated(rule, lives, clinic, days, counselors, now) for rule in rules]


def exceeding(simulated: Sequence[Simulated], budget: Budget) -> list[Simulated]:
    """Which rules go over the budget together: the smallest fit first."""
    total, over = 0.0, []
    for each in sorted(simulated, key=lambda one: one.a_counselor_a_day):
        total += each.a_counselor_a_day
        if total > budget.alerts_a_day:
            over.append(each)
    return over


def hidden(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same for other eyes: no small count of people or days, nor a share that tells one."""
    small = any(isinstance(told.get(n), int) and 0 < told[n] < SMALL for n in ("fired", "days"))
    if small:
        return {name: value if name == "rule" else None for name, value in told.items()}
    return {
        name: hidden(value)
        if isinstance(value, Mapping) and name != "rule"
        else None
        if isinstance(value, int) and 0 < value < SMALL
        else value
        for name, value in told.items()
    }


def _lives(tx: Connection, clinic: Clinic, days: int, now: datetime) -> Iterator[_Life]:
    first = now.astimezone(clinic.tz).date() - timedelta(days=days)
    rows: dict[int, list[Row[Any]]] = {}
    for row in reckoning.checkins_since(tx, first - _BEFORE):
        rows.setdefault(row.person_id, []).append(row)
    danger: dict[int, list[tuple[datetime, str]]] = {}
    since = datetime.combine(first, time(), clinic.tz)
    for row in reckoning.begun_since(tx, since):
        level, _, reason = (row.detail or "").partition(" ")
        if level in (Level.URGENT, Level.EMERGENCY):
            danger.setdefault(row.person_id, []).append((row.at, reason))
    ended: dict[int, list[Row[Any]]] = {}
    for row in reckoning.checkups_since(tx, since - _CHECKUP_BEFORE):
        ended.setdefault(row.person_id, []).append(row)
    for person in reckoning.asked(tx):
        zone = ZoneInfo(person.zone)
        theirs = rows.get(person.id, [])
        begun = min([row.day for row in theirs], default=person.created_at.astimezone(zone).date())
        over = now.astimezone(zone).date()
        if person.status not in ("active", "invited") and person.status_at is not None:
            over = min(over, person.status_at.astimezone(zone).date())
        asked = tuple(_days(max(begun, first - _BEFORE), over))
        there = any(day >= first for day in asked)
        yield _Life(
            person.id,
            person.counselor_id,
            zone,
            asked if there else (),
            {row.day: row.answers for row in theirs},
            {row.day: row.answered_at for row in theirs},
            tuple(danger.get(person.id, ())),
            tuple(_checkup(row, zone) for row in ended.get(person.id, ())),
        )


def _checkup(row: Row[Any], zone: ZoneInfo) -> checkup_rules.Answered:
    day = row.ended_at.astimezone(zone).date()
    return checkup_rules.Answered(row.name, row.version, row.ended_at, day, row.answers)


def _days(first: date, over: date) -> Iterator[date]:
    """The days from one to before another."""
    for ahead in range((over - first).days):
        yield first + timedelta(days=ahead)


def _simulated(
    rule: Rule,
    lives: Sequence[_Life],
    clinic: Clinic,
    days: int,
    counselors: int,
    now: datetime,
) -> Simulated:
    first = now.astimezone(clinic.tz).date() - timedelta(days=days)
    hit: list[Afterwards] = []
    other: list[Afterwards] = []
    of_counselor: Counter[tuple[int, date]] = Counter()
    people: set[int] = set()
    for life in lives:
        fired = {day for day in _fired(rule, life, clinic) if day >= first}
        people |= {life.person_id} if fired else set()
        of_counselor.update((life.counselor_id, day) for day in fired)
        for day in _considered(rule, life):
            if day < first:
                continue
            came = _afterwards(life, day, rule, now)
            if came is not None:
                (hit if day in fired else other).append(came)
    total = sum(of_counselor.values())
    return Simulated(
        rule=rule,
        fired=total,
        people=len(people),
        a_counselor_a_day=total / counselors / days if counselors else 0.0,
        busiest=max(of_counselor.values(), default=0),
        afterwards=_sum(hit),
        otherwise=_sum(other),
    )


def _sum(found: Sequence[Afterwards]) -> Afterwards:
    return Afterwards(
        len(found),
        sum(each.danger for each in found),
        sum(each.lapse for each in found),
        sum(each.missed for each in found),
    )


def _afterwards(life: _Life, day: date, rule: Rule, now: datetime) -> Afterwards | None:
    """What came after one day; None while that is not over."""
    last = day + timedelta(days=AFTER_DAYS)
    if last >= now.astimezone(life.zone).date():
        return None
    at = _told_at(rule, life, day)
    until = datetime.combine(last + timedelta(days=1), time(), life.zone)
    following = [day + timedelta(days=ahead) for ahead in range(1, AFTER_DAYS + 1)]
    asked = set(life.asked)
    return Afterwards(
        1,
        int(
            any(at < when <= until and rule.name not in why.split(",") for when, why in life.danger)
        ),
        int(any(life.answers.get(each, {}).get("used") == "yes" for each in following)),
        int(any(each in asked and each not in life.answers for each in following)),
    )


def _fired(rule: Rule, life: _Life, clinic: Clinic) -> Iterator[date]:
    fires = _FIRES.get(rule.name)
    if fires is not None:
        return fires(life, rule.limit, clinic)
    return (each.day for each in checkup_rules.fired(rule.name, rule.limit, life.checkups))


def _considered(rule: Rule, life: _Life) -> Sequence[date]:
    """The days on which it could have fired."""
    if rule.name in _FIRES:
        return life.asked if rule.name == "silence" else tuple(life.answers)
    those = checkup_rules.considered(rule.name, life.checkups)
    return tuple(dict.fromkeys(each.day for each in those))


def _told_at(rule: Rule, life: _Life, day: date) -> datetime:
    """When it was known what the day was like."""
    midnight = datetime.combine(day + timedelta(days=1), time(), life.zone)
    if rule.name in _FIRES:
        return life.at.get(day, midnight)
    those = checkup_rules.considered(rule.name, life.checkups)
    return max(each.at for each in those if each.day == day)


def _strong(life: _Life, limit: int, clinic: Clinic) -> Iterator[date]:
    del clinic
    for day, answers in life.answers.items():
        craving = answers.get("craving")
        if isinstance(craving, int) and craving >= limit:
            yield day


def _low(life: _Life, limit: int, clinic: Clinic) -> Iterator[date]:
    """As the check-in counts: low answers in a row, whatever days lie between them."""
    row = 0
    for day in sorted(life.answers):
        mood = life.answers[day].get("mood")
        low = isinstance(mood, int) and mood <= clinic.rules.low_mood_at_most
        row = row + 1 if low else 0
        if row >= limit:
            yield day


def _used(life: _Life, limit: int, clinic: Clinic) -> Iterator[date]:
    del limit, clinic
    return (day for day, answers in life.answers.items() if answers.get("used") == "yes")


def _silent(life: _Life, limit: int, clinic: Clinic) -> Iterator[date]:
    del clinic
    row = 0
    for day in life.asked:
        row = 0 if day in life.answers else row + 1
        if row and row % limit == 0:
            yield day


_FIRES: Final[Mapping[str, Callable[[_Life, int, Clinic], Iterator[date]]]] = {
    "craving": _strong,
    "low_mood": _low,
    "use": _used,
    "silence": _silent,
}

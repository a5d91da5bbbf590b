"""What a turn may know: the person as the core sees them, and the facts around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, time
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot import escalation, keeping, meeting_links, rota
from bot import programme as timetable
from bot.config import ClinicRules, House
from content.wording import Later
from handlers.person import Answered, Around, Person, PlanLine
from handlers.plan import shortest
from handlers.risk import Level
from storage import checkins, pins, plans

Line = Callable[..., str]


def view(person: Row[Any], *, alert_open: bool = False, now: datetime | None = None) -> Person:
    """A person as the core knows them; without a moment, what a PIN guards is shut."""
    return Person(
        id=person.id,
        name=person.name.split()[0],
        language=person.language,
        zone=person.zone,
        plain=person.plain,
        status=person.status,
        agreed=person.agreed,
        checkin_at=time.fromisoformat(person.checkin_at) if person.checkin_at else None,
        alert_open=alert_open,
        answered=answered(person),
        withdrawal=person.withdrawal_since is not None,
        pin=person.pin is not None,
        shut=pins.is_shut(person, now),
        rests_until=pins.rests_until(person, now) if now is not None else None,
        plan_shared=person.plan_shared,
        since=person.created_at.astimezone(ZoneInfo(person.zone)).date(),
    )


def answered(person: Row[Any]) -> Answered:
    """How they chose danger to be answered: on their card, which a wave of reminders is without."""
    chosen = (getattr(person, "card", None) or {}).get("answer")
    return chosen if chosen in ("short", "nothing") else "plain"


def around(
    tx: Connection,
    house: House,
    person: Row[Any],
    now: datetime,
    *,
    moods: bool = True,
    danger: bool = False,
) -> Around:
    """The facts that a turn may speak of; the rota's are looked up when they are spoken of.

    Without `moods` those of the days before are left out: nothing was answered yet. In `danger`
    some lines of the safety plan are at hand, unless a PIN shuts it.
    """
    clinic = house.clinic
    shut = pins.is_shut(person, now)
    own = _lines(tx, person.id) if danger else ()
    before = max(clinic.rules.low_moods_in_a_row, 1)
    days = checkins.latest(tx, person.id, before) if moods else []

    def read(level: Level, line: Line = rota.team_line) -> Later:
        def ask() -> str:
            workers = escalation.hearers(tx, house, person.counselor_id, level, now)
            return line(workers, clinic, now, language=person.language, zone=person.zone)

        return Later(ask)

    return Around(
        clinic.sender,
        clinic.phone,
        team=read(Level.CONCERN),
        on_call=read(Level.URGENT),
        closed=read(Level.CONCERN, rota.closed_line),
        low_moods_before=_low_moods(clinic.rules, days),
        checked_in=_checked_in(person, days, now) if moods else True,
        rules=_for_core(clinic.rules),
        plan=() if shut else shortest(own, person.language),
        plan_shut=shut and bool(own),
        lines=partial(_lines, tx, person.id),
        # A wave of check-ins is read without it, and asks for none of it.
        own=keeping.own(tx, person.id, getattr(person, "own", None)),
        checkups=clinic.checkups,
        nurse=clinic.medication_phone,
        programme=timetable.programme(tx, house, person, now),
        link=partial(meeting_links.made, tx, house, person.language),
    )


def _lines(tx: Connection, person_id: int) -> tuple[PlanLine, ...]:
    return tuple(PlanLine(row.id, row.section, row.text) for row in plans.lines(tx, person_id))


_for_core = lru_cache(ClinicRules.for_core)


def _low_moods(rules: ClinicRules, days: Sequence[Row[Any]]) -> int:
    low = 0
    for row in days:
        mood = row.answers.get("mood")
        if mood is None or mood > rules.low_mood_at_most:
            break
        low += 1
    return low


def _checked_in(person: Row[Any], days: Sequence[Row[Any]], now: datetime) -> bool:
    today = now.astimezone(ZoneInfo(person.zone)).date()
    return person.checkin_at is None or bool(days and days[0].day >= today)

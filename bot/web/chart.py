"""Everything about one person as their page shows it, read in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot.config import House
from bot.web import card as cards
from bot.web import case, clocks, history, phrases, plan_page, record
from bot.web import way as ways
from bot.web.times import Times
from storage import access, cases, notes, people, roster
from storage.threads import Before

_MOST_ALERTS: Final = 20
_PAGE: Final = 30
"""Messages on a page of the thread."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alert of theirs."""

    number: int
    level: str
    level_said: str
    why: str
    opened: str
    standing: str
    clock: str
    open: bool
    silent: bool
    buttons: list[tuple[str, str, str]]
    timeline: list[history.Happened] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody of the staff wrote down."""

    at: str
    by: str = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chart:
    """A person's page."""

    person_id: int
    name: str = field(repr=False)
    language: str
    there: str
    status: str
    status_said: str
    level: str
    """Of the open alert; empty without one."""
    waiting: str
    facts: list[tuple[str, str]] = field(repr=False)
    warnings: list[str]
    card: cards.Card = field(repr=False)
    thread: history.Thread = field(repr=False)
    way: ways.Way
    silence: list[tuple[str, str]] = field(repr=False)
    days: list[history.Day] = field(repr=False)
    alerts: list[Alarm] = field(repr=False)
    notes: list[Note] = field(repr=False)
    plan: plan_page.Plan = field(repr=False)
    record: record.Record = field(repr=False)
    gives: bool
    """Whether the reader may hand them over."""
    shown: str


def read(
    tx: Connection,
    house: House,
    person_id: int,
    worker: Row[Any],
    now: datetime,
    before: Before,
) -> Chart | None:
    """Read a person for a member of staff; None if they are not theirs to see."""
    if not access.may_see(tx, person_id, worker, now):
        return None
    person = people.get(tx, person_id)
    times = Times(now, house.clinic.zone, person.zone)
    names = roster.names(tx)
    addresses = people.addresses(tx, person_id)
    numbers = [a.value for a in addresses if a.channel == "sms"]
    alerts, codes = _alerts(tx, person_id, worker, names, times)
    opened = next((row for row in alerts if row.open), None)
    silent = opened is not None and opened.silent
    card = cards.read(person.card or {}, numbers, times, hands_off=silent, plain=person.plain)
    return Chart(
        person_id=person_id,
        name=person.name,
        language=phrases.LANGUAGES.get(person.language, person.language),
        there=f"{times.there()} ({times.place()})",
        status=person.status,
        status_said=_status(person, times),
        level=opened.level if opened else "",
        waiting=ways.waiting(person, times),
        facts=[*case.facts(person, names, times, addresses), *_settings(person)],
        warnings=case.warnings(codes, silent=silent),
        card=card,
        thread=history.thread(tx, person_id, times, names, before, _PAGE),
        way=ways.read(tx, house, person, worker, card, times),
        silence=history.silence(tx, person, times),
        days=history.days(tx, person, times),
        alerts=alerts,
        notes=[
            Note(times.here(row.at), names.get(row.staff_id, "Somebody"), row.text)
            for row in notes.of_person(tx, person_id)
        ],
        plan=plan_page.read(tx, person, times),
        record=record.read(tx, house, person, times),
        gives=access.may_give_away(tx, person_id, worker),
        shown=times.at(now),
    )


def _alerts(
    tx: Connection, person_id: int, worker: Row[Any], names: Mapping[int, str], times: Times
) -> tuple[list[Alarm], set[str]]:
    """Their alerts, the newest first, and every label in them."""
    rows = cases.of_person(tx, person_id, _MOST_ALERTS)
    numbers = [row.id for row in rows]
    events, sent = cases.events(tx, numbers), history.notices(tx, numbers)
    codes: set[str] = set()
    found = []
    for row in rows:
        happened = events[row.id]
        begun = [event.detail or "" for event in happened if event.kind in roster.BEGUN]
        theirs = tuple(code for detail in begun for code in phrases.reason(detail)[1])
        codes.update(theirs)
        taker = clocks.YOU if row.taken_by == worker.id else names.get(row.taken_by)
        found.append(
            Alarm(
                number=row.id,
                level=row.level,
                level_said=phrases.LEVELS.get(row.level, row.level),
                why=phrases.labels(theirs),
                opened=times.at(row.opened_at),
                standing=case.standing(row, happened, times, taker),
                clock=clocks.running(row, times),
                open=row.state != "closed",
                silent=row.silent,
                buttons=case.buttons(row, worker.id, taker),
                timeline=history.timeline(happened, sent, names, times),
            )
        )
    return found, codes


def _status(person: Row[Any], times: Times) -> str:
    said = phrases.STATUSES.get(person.status, person.status)
    return f"{said} since {times.day(person.status_at)}" if person.status_at else said


def _settings(person: Row[Any]) -> list[tuple[str, str]]:
    return [
        ("Their texts are in", phrases.LANGUAGES.get(person.language, person.language)),
        ("SMS speaks in", "plain words" if person.plain else "cover words"),
    ]

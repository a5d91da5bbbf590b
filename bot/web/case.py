"""Everything that the alert page shows, read in one transaction and put into words."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.config import House
from bot.web import card as cards
from bot.web import clocks, history, phrases
from bot.web import way as ways
from bot.web.times import Times, span
from handlers.risk import Level
from storage import access, cases, people, roster

_MOST_TRIGGERS = 8
_BEFORE_911 = ("Must never learn of it", "Where they are tonight", "No police unless")
_SNOOZES = (15, 30, 60, 120, 240, 1440)
"""Minutes that can be chosen, as far as the clinic lets an alert be put off."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One thing that opened the alert or added to it."""

    at: str
    level: str
    level_said: str
    why: str
    pieces: list[tuple[str, bool]] = field(repr=False)
    words: list[str] = field(repr=False)
    """What the screen heard, where it could not be found in the text as typed."""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Case:
    """One alert as its page says it."""

    number: int
    person_id: int
    level: str
    level_said: str
    state: str
    status: str = field(repr=False)
    clock: str
    opened: str
    warnings: list[str]
    threat: bool
    """Somebody else may be in danger."""
    name: str = field(repr=False)
    language: str
    there: str
    facts: list[tuple[str, str]] = field(repr=False)
    card: cards.Card = field(repr=False)
    forbidden: list[cards.Line] = field(repr=False)
    """What the card forbids, to be read once more before anybody is called in."""
    way: ways.Way
    waiting: str
    triggers: list[Trigger] = field(repr=False)
    earlier_triggers: int
    silence: list[tuple[str, str]] = field(repr=False)
    messages: list[history.Message] = field(repr=False)
    days: list[history.Day] = field(repr=False)
    timeline: list[history.Happened] = field(repr=False)
    buttons: list[tuple[str, str, str]] = field(repr=False)
    snoozes: list[tuple[int, str]]
    """How long it may be put off, in minutes and in words."""
    taker: str | None = field(repr=False)
    shown: str


def read(tx: Connection, house: House, number: int, worker: Row[Any], now: datetime) -> Case | None:
    """Read an alert for a member of staff; None if it is not theirs to see."""
    row = cases.get(tx, number)
    if row is None or not access.may_see_alert(tx, number, worker, now):
        return None
    person = people.get(tx, row.person_id)
    times = Times(now, house.clinic.zone, person.zone)
    events = cases.events(tx, [number])[number]
    heard = _heard(tx, events)
    codes = {code for _, _, _, found in heard for code in found}
    triggers = _folded([_trigger(*each, times) for each in reversed(heard)])
    names = roster.names(tx)
    taker = clocks.YOU if row.taken_by == worker.id else names.get(row.taken_by)
    addresses = people.addresses(tx, person.id)
    numbers = [a.value for a in addresses if a.channel == "sms"]
    card = cards.read(person.card or {}, numbers, times, hands_off=row.silent, plain=person.plain)
    return Case(
        number=number,
        person_id=person.id,
        level=row.level,
        level_said=phrases.LEVELS.get(row.level, row.level),
        state=row.state,
        status=standing(row, events, times, taker),
        clock=clocks.running(row, times),
        opened=_opened(row, times),
        warnings=warnings(codes, silent=row.silent),
        threat=bool(codes & phrases.THREAT),
        name=person.name,
        language=phrases.LANGUAGES.get(person.language, person.language),
        there=f"{times.there()} ({times.place()})",
        facts=facts(person, names, times, addresses),
        card=card,
        forbidden=[line for line in card.lines if line.name in _BEFORE_911],
        way=ways.read(tx, house, person, worker, card, times),
        waiting=ways.waiting(person, times),
        triggers=triggers[:_MOST_TRIGGERS],
        earlier_triggers=max(len(triggers) - _MOST_TRIGGERS, 0),
        silence=history.silence(tx, person, times),
        messages=history.thread(tx, person.id, times, names).messages,
        days=history.days(tx, person, times),
        timeline=history.timeline(events, history.notices(tx, [number]), names, times),
        buttons=buttons(row, worker.id, taker),
        snoozes=_snoozes(row, house, worker.id),
        taker=taker,
        shown=times.at(now),
    )


def standing(row: Row[Any], events: Sequence[Row[Any]], times: Times, taker: str | None) -> str:
    """Who has an alert, by its row and what happened in it."""
    again = [event.at for event in events if event.kind == "reopened"]
    closed = [event.detail for event in events if event.kind == "closed"]
    return clocks.standing(
        row,
        times,
        taker,
        reopened_at=again[-1] if again else None,
        outcome=closed[-1] if closed else None,
    )


Heard = tuple[Row[Any], Row[Any] | None, str, tuple[str, ...]]


def _heard(tx: Connection, events: Sequence[Row[Any]]) -> list[Heard]:
    """What triggered: the event, its message, its level, its labels."""
    begun = [event for event in events if event.kind in roster.BEGUN]
    texts = cases.triggers(tx, [e.message_id for e in begun if e.message_id is not None])
    return [(e, texts.get(e.message_id), *phrases.reason(e.detail or "")) for e in begun]


def _trigger(
    event: Row[Any], message: Row[Any] | None, level: str, codes: tuple[str, ...], times: Times
) -> Trigger:
    pieces = history.pieces(message) if message is not None else []
    words = list(message.words) if message is not None else []
    unmarked = words if words and not any(on for _, on in pieces) else []
    return Trigger(
        at=times.at(event.at),
        level=level,
        level_said=phrases.LEVELS.get(level, ""),
        why=phrases.labels(codes),
        pieces=pieces,
        words=unmarked,
    )


def _folded(triggers: list[Trigger]) -> list[Trigger]:
    """Newest first; what came again and again without words is said once."""
    found: dict[tuple[object, ...], Trigger] = {}
    for index, trigger in enumerate(triggers):
        key = (index,) if trigger.pieces else (trigger.why, trigger.level)
        known = found.get(key)
        found[key] = dataclasses.replace(known, times=known.times + 1) if known else trigger
    return list(found.values())


def _opened(row: Row[Any], times: Times) -> str:
    first = f"{times.at(row.opened_at)}, {times.ago(row.opened_at)}"
    if row.clock_from == row.opened_at:
        return f"Opened {first}."
    again = f"{times.at(row.clock_from)}, {times.ago(row.clock_from)}"
    return f"New {again}. First opened {times.here(row.opened_at)}."


def warnings(codes: AbstractSet[str], *, silent: bool) -> list[str]:
    """What whoever wants to reach them must know first."""
    said = []
    if silent:
        said.append("SILENT. Do not call or text. Do what was agreed with them.")
    if codes & phrases.VICTIM:
        said.append(
            "Somebody may be hurting or controlling them, and may hold the phone. "
            "No call, text or voicemail unless the card says it is safe."
        )
    if codes & phrases.THREAT:
        said.append(
            "Somebody else may be in danger. Danger right now: 911. "
            "Then a supervisor decides about the duty to protect, and it is written down."
        )
    return said


def facts(
    person: Row[Any], names: Mapping[int, str], times: Times, addresses: Sequence[Row[Any]]
) -> list[tuple[str, str]]:
    """What is short and good to know: born, counselor, where messages go, consent, status."""
    card = person.card or {}
    reach = [
        f"{phrases.CHANNELS.get(a.channel, a.channel)}: {phrases.ADDRESSES.get(a.state, a.state)}"
        + ("" if a.safe else ", not marked safe")
        + ("" if a.verified else ", not verified")
        for a in addresses
    ]
    found = [
        ("Born", cards.age(card.get("born"), times)),
        ("Counselor", names.get(person.counselor_id, cards.MISSING)),
        ("Our messages go to", "; ".join(reach) or "nowhere yet: they have not joined"),
        ("Signed consent to messages", str(card.get("consented") or cards.MISSING)),
    ]
    if person.status == "active":
        return found
    return [*found, ("Status", phrases.STATUSES.get(person.status, person.status))]


def _snoozes(row: Row[Any], house: House, worker_id: int) -> list[tuple[int, str]]:
    longest = house.clinic.ladder(Level(row.level)).snooze or 0
    theirs = row.state == "open" or (row.state != "closed" and row.taken_by == worker_id)
    return [(m, span(timedelta(minutes=m))) for m in _SNOOZES if m <= longest] if theirs else []


def buttons(row: Row[Any], worker_id: int, taker: str | None) -> list[tuple[str, str, str]]:
    """What may be pressed now: action, label, and what it does to the person."""
    seen = ("seen", "Seen", "they are told: somebody has read it")
    calling = ("calling", "Calling now", "they are told: you are calling")
    passing = ("pass", "Can't, pass on", "the next people are asked now")
    if row.state == "closed":
        return []
    if row.state == "open":
        found = [seen, calling, passing]
    elif row.taken_by != worker_id:
        found = [("calling", f"I call instead of {taker}", "they are told: you are calling")]
    elif row.state == "seen":
        found = [calling, passing]
    else:
        found = [passing]
    if row.silent:
        # Nobody is to call: what takes it over from a colleague is not named so.
        others = row.state != "open" and row.taken_by != worker_id
        found = (
            [("calling", f"I take it over from {taker}", "")]
            if others
            else [each for each in found if each is not calling]
        )
    if row.known and not row.silent:
        return found
    return [(action, name, "they are told nothing") for action, name, _ in found]

"""Everything that the alert page shows, read in one transaction and put into words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from bot.config import House
from bot.web import card as cards
from bot.web import history, phrases
from bot.web.times import Times, span
from handlers.flow import Level
from storage import alerts, people, staff
from storage.models import alert as alert_table
from storage.models import message as message_table

_TRIGGERS = ("opened", "raised", "added")
_MOST_TRIGGERS = 8


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
    level: str
    level_said: str
    state: str
    status: str = field(repr=False)
    clock: str
    opened: str
    warnings: list[str]
    name: str = field(repr=False)
    language: str
    there: str
    facts: list[tuple[str, str]] = field(repr=False)
    card: cards.Card = field(repr=False)
    triggers: list[Trigger] = field(repr=False)
    earlier_triggers: int
    silence: list[tuple[str, str]] = field(repr=False)
    messages: list[history.Message] = field(repr=False)
    days: list[history.Day] = field(repr=False)
    timeline: list[history.Happened] = field(repr=False)
    buttons: list[tuple[str, str, str]] = field(repr=False)
    taker: str | None = field(repr=False)
    shown: str


def read(tx: Connection, house: House, number: int, worker_id: int, now: datetime) -> Case:
    """Read an alert for a member of staff who was let in."""
    row = tx.execute(select(alert_table).where(alert_table.c.id == number)).one()
    person = people.get(tx, row.person_id)
    times = Times(now, house.clinic.zone, person.zone)
    events = alerts.timeline(tx, number)
    heard = _heard(tx, events)
    codes = {code for _, _, _, found in heard for code in found}
    triggers = _folded([_trigger(*each, times) for each in reversed(heard)])
    names = _names(tx, events, row, person)
    taker = names.get(row.taken_by) if row.taken_by != worker_id else "You"
    addresses = people.addresses(tx, person.id)
    numbers = [a.value for a in addresses if a.channel == "sms"]
    card = person.card or {}
    given = cards.read(card, numbers, times, hands_off=row.silent, plain=person.plain)
    return Case(
        number=number,
        level=row.level,
        level_said=phrases.LEVELS.get(row.level, row.level),
        state=row.state,
        status=_status(row, events, times, taker),
        clock=_clock(row, times, now),
        opened=_opened(row, times),
        warnings=_warnings(row, codes),
        name=person.name,
        language=phrases.LANGUAGES.get(person.language, person.language),
        there=f"{times.there()} ({times.place()})",
        facts=_facts(card, person, names, times, addresses),
        card=given,
        triggers=triggers[:_MOST_TRIGGERS],
        earlier_triggers=max(len(triggers) - _MOST_TRIGGERS, 0),
        silence=history.silence(tx, person, times),
        messages=history.messages(tx, person.id, times, now),
        days=history.days(tx, person, times),
        timeline=history.timeline(tx, row, events, names, times),
        buttons=_buttons(row, worker_id, taker),
        taker=taker,
        shown=times.at(now),
    )


Heard = tuple[Row[Any], Row[Any] | None, str, tuple[str, ...]]


def _heard(tx: Connection, events: Sequence[Row[Any]]) -> list[Heard]:
    """What triggered: the event, its message, its level, its labels."""
    triggers = [event for event in events if event.kind in _TRIGGERS]
    ids = [event.message_id for event in triggers if event.message_id is not None]
    query = select(message_table).where(message_table.c.id.in_(ids))
    texts = {row.id: row for row in tx.execute(query)} if ids else {}
    return [
        (event, texts.get(event.message_id), *_reason(event.detail or "")) for event in triggers
    ]


def _reason(detail: str) -> tuple[str, tuple[str, ...]]:
    """A reason as stored, `urgent label,label`, in its parts; the level may be missing."""
    first, _, rest = detail.partition(" ")
    level, codes = (first, rest) if first in set(Level) else ("", detail)
    return level, tuple(code for code in codes.split(",") if code)


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


def _names(
    tx: Connection, events: Sequence[Row[Any]], row: Row[Any], person: Row[Any]
) -> dict[int, str]:
    ids = {event.staff_id for event in events} | {row.taken_by, person.counselor_id}
    return {each: staff.get(tx, each).name for each in ids if each is not None}


def _status(row: Row[Any], events: Sequence[Row[Any]], times: Times, taker: str | None) -> str:
    has = "have" if taker == "You" else "has"
    if row.state == "closed":
        said, note = phrases.outcome(
            next((e.detail for e in events[::-1] if e.kind == "closed"), None)
        )
        how = said or note or "no outcome written"
        return f"Closed by {_low(taker)}, {times.here(row.closed_at)}: {how}."
    if row.state == "seen":
        return f"{taker} {has} read it, {times.here(row.taken_at)}. No call noted yet."
    if row.state == "calling":
        are = "are" if taker == "You" else "is"
        return f"{taker} {are} calling, since {times.here(row.taken_at)}."
    again = [event for event in events if event.kind == "reopened"]
    if again:
        return (
            f"Open again since {times.here(again[-1].at)}: no outcome was written. Nobody has it."
        )
    return "Nobody has taken it yet."


def _low(taker: str | None) -> str:
    return "you" if taker == "You" else taker or "somebody"


def _clock(row: Row[Any], times: Times, now: datetime) -> str:
    if row.state == "closed" or row.next_at is None:
        return ""
    left = row.next_at - now
    when = times.here(row.next_at) + (f", in {span(left)}" if left >= _MINUTE else ", any moment")
    if row.state == "open":
        return f"The next people are asked {when}."
    return f"Without an outcome it opens again {when}."


def _warnings(row: Row[Any], codes: set[str]) -> list[str]:
    said = []
    if row.silent:
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


def _facts(
    card: dict[str, Any],
    person: Row[Any],
    names: dict[int, str],
    times: Times,
    addresses: Sequence[Row[Any]],
) -> list[tuple[str, str]]:
    reach = [
        f"{phrases.CHANNELS.get(a.channel, a.channel)}: {phrases.ADDRESSES.get(a.state, a.state)}"
        + ("" if a.safe else ", not marked safe")
        + ("" if a.verified else ", not verified")
        for a in addresses
    ]
    facts = [
        ("Born", cards.age(card.get("born"), times)),
        ("Counselor", names.get(person.counselor_id, cards.MISSING)),
        ("Our messages go to", "; ".join(reach) or "nowhere yet: they have not joined"),
        ("Signed consent to messages", str(card.get("consented") or cards.MISSING)),
    ]
    return facts if person.status == "active" else [*facts, ("Status", person.status)]


def _buttons(row: Row[Any], worker_id: int, taker: str | None) -> list[tuple[str, str, str]]:
    """What may be pressed now: action, label, and what it does to the person."""
    told = row.known and not row.silent
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
    if told:
        return found
    return [(action, name, "they are told nothing") for action, name, _ in found]


_MINUTE = timedelta(minutes=1)

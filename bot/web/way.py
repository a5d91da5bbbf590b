"""How an answer of a member of staff would reach a person, said before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import answering, escalation, post, rota
from bot.config import House
from bot.web import card as cards
from bot.web import phrases
from bot.web.times import Times, span
from handlers.risk import Level

_ANY: Final = "?"
"""Some text: whether anything at all may be sent."""


@dataclass(frozen=True, slots=True)
class Way:
    """How an answer would go out."""

    lines: list[str]
    alarms: list[str]
    """What speaks against it."""
    open: bool
    """Whether there is any way at all."""


def read(
    tx: Connection,
    house: House,
    person: Row[Any],
    worker: Row[Any],
    card: cards.Card,
    times: Times,
) -> Way:
    """Which way it would go, and what speaks against it."""
    to = post.safe_recipient(tx, person)
    try:
        answering.check(tx, person, worker, _ANY, times.now)
    except answering.AnswerError as error:
        return Way([], [str(error)], open=False)
    if to is None:
        return Way([], ["There is no address that we may write to."], open=False)
    number = f" to {cards.shown(to.address)}" if to.channel == "sms" else ""
    lines = [f"It goes at once, by {phrases.CHANNELS.get(to.channel, to.channel)}{number}."]
    if to.channel == "sms" and not person.plain:
        lines.append(
            "They agreed on cover words for SMS: no clinic, no drug, no counselor. "
            "It goes as you write it."
        )
    key = "talk.from_counselor" if worker.id == person.counselor_id else "talk.from_team"
    lines.append(f"Above your words they read: {to.words(key, {}).text}")
    lines.append(_read_back(tx, house, person, times))
    alarms = [] if card.hour_fine else ["This is not one of their safe hours."]
    return Way(lines, alarms, open=True)


def _read_back(tx: Connection, house: House, person: Row[Any], times: Times) -> str:
    """When somebody reads what they write back, by the rota."""
    workers = escalation.hearers(tx, house, person.counselor_id, Level.CONCERN, times.now)
    until = rota.read_until(workers, house.clinic, times.now)
    if until is not None:
        return f"What they write back is read until {times.here(until)}."
    start = rota.next_duty(workers, house.clinic, times.now)
    when = f"from {times.here(start)}" if start is not None else "by nobody in the coming week"
    return (
        f"Nobody is on duty now: what they write back is read {when}. "
        "Danger goes to whoever is on call."
    )


def waiting(person: Row[Any], times: Times) -> str:
    """Since when they wait for an answer; empty if they don't."""
    since = person.waiting_since
    if since is None:
        return ""
    return f"Waits for an answer since {times.at(since)}, {span(times.now - since)}."

"""Talking to a person: what somebody writes goes to their team, while the line to it is open.

A line is opened by asking for a person (TALK), or by an answer of the team. It stands beside the
question that is open: what that question can read is its answer, other words go to the team.
It is stored in the same two places as everything else, folded by `pack`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from handlers.answers import Choice, Free
from handlers.aside import over, pile, piled
from handlers.flow import Flow, Outcome, Raise, Say, ToTeam, Turn
from handlers.own import Json
from handlers.place import Place, place_from, place_to
from handlers.risk import Level
from handlers.spelling import bag, words

talking = Flow("talking")

LIFE = timedelta(hours=48)
_CONFIRMED_AGAIN = timedelta(hours=3)
_POLITE = bag(
    "ok okay k kk thanks thank thx ty you so much very welcome cool good great nice night bye yes "
    "no yep nope sure fine lol haha amen done vale bueno bien gracias muchas muy si noches adios "
    "jaja de nada listo claro perfect perfecto"
)
_BY = "by"
_UNDER = "under"
_TOLD = "told"
_CRISIS = "crisis"
PASSING = (
    "menu",
    "settings",
    "stopping",
    "myplan",
    "pin",
    "reasons",
    "contacts",
    "hard_times",
    "goals",
    "day",
    "days",
    "saved",
    "sessions",
    "here",
    talking.name,
)
"""Talks that nothing is lost by leaving: they are not put aside for another."""
LASTING = (
    "session", "barrier", "booking", "screen", "dose", "refill", "naloxone", "lapse", "went",
)  # fmt: skip
"""Questions whose silence would be taken for an answer, or that are not asked again soon."""


@talking.step(Free(2_000), hours=48)
def more(turn: Turn, answer: str) -> Outcome:
    """Words for the team; told once who can see them, not once a text."""
    del answer
    told = turn.data.get(_TOLD)
    fresh = isinstance(told, str) and turn.now - datetime.fromisoformat(told) < _CONFIRMED_AGAIN
    if fresh:
        return turn.then(more, ToTeam(), ask=False)
    now = turn.now.isoformat()
    received = Say("talking.received", {"team": turn.around.team})
    return turn.keep(told=now).then(more, ToTeam(), received, ask=False)


@talking.step(Choice("give", "leave"), hours=24)
def offer(turn: Turn, answer: str) -> Outcome:
    """Words came while nothing was open: whether the team shall see them."""
    if answer == "leave":
        return turn.end(Say("talking.left"))
    told = turn.keep(told=turn.now.isoformat(), by="person")
    given = Say("talking.received", {"team": turn.around.team})
    return told.then(more, ToTeam(earlier=True), given, ask=False)


def says_something(text: str) -> bool:
    """Whether a text is more than "ok, thanks": only then is it offered to the team."""
    said = words(text)
    return any(word not in _POLITE and any(c.isalpha() for c in word) for word in said)


def asked(turn: Turn) -> tuple[Raise, Say]:
    """The team is asked for a person; when they read, or what is open until then."""
    ask = Raise(Level.CONCERN, "asked_for_person")
    closed = str(turn.around.closed)
    if closed:
        return ask, Say("talk.asked_closed", {"team": closed})
    return ask, Say("talk.asked", {"team": turn.around.team})


def talk(turn: Turn) -> Outcome:
    """Ask the team for a person, say when they read, and offer to write what it is about."""
    return turn.keep(by="person").then(more, *asked(turn))


def line(now: datetime, by: str) -> Place:
    """A line that opens now; `by` the person, or by the team."""
    return Place(talking.name, more.name, {_BY: by}, until=now + LIFE)


def is_line(place: Place | None) -> bool:
    """Whether a place is the line to the team."""
    return place is not None and (place.flow, place.step) == (talking.name, more.name)


def by_team(place: Place | None) -> bool:
    """Whether the team opened it: then it outlives a look at the menu."""
    return place is not None and place.data.get(_BY) == "team"


Unpacked = tuple[Place | None, Place | None, Place | None]
"""The question that is open, the one that was put aside for it, and the line."""


def unpack(place: Place | None, parked: Place | None, now: datetime) -> Unpacked:
    """What the two stored places hold; a line that is over is none."""
    if place is not None and is_line(place):
        return None, _live(parked, now), _live(_bare(place), now)
    if parked is not None and is_line(parked):
        return (
            place,
            _live(place_from(_json(parked.data.get(_UNDER))), now),
            _live(_bare(parked), now),
        )
    return place, parked, None


def pack(top: Place | None, aside: Place | None, line: Place | None) -> tuple[Any, Any]:
    """The two places to store."""
    if line is None:
        return top, aside
    return (line, aside) if top is None else (top, _folded(line, aside))


def _folded(line: Place, aside: Place | None) -> Place:
    under = {} if aside is None else {_UNDER: place_to(aside)}
    return dataclasses.replace(line, data={**line.data, **under})


def open_line(
    place: Place | None, parked: Place | None, now: datetime
) -> tuple[Place | None, Place | None]:
    """The stored places once somebody of the team has written: next words go to them.

    A question about danger stays on top, since its A, B and C must be heard.
    """
    top, aside, _ = unpack(place, parked, now)
    opened = line(now, "team")
    top = _live(top, now)
    if top is None or top.flow == _CRISIS:
        return pack(top, aside, opened)
    return pack(None, aside if top.flow in PASSING else over(top, aside, now), opened)


def beneath(place: Place | None, parked: Place | None, now: datetime) -> Place | None:
    """What to park for the daily question: the line, and what must not go unanswered by it."""
    top, aside, line = unpack(place, parked, now)
    waits = [each for each in (*pile(top), *pile(aside)) if each.flow in LASTING]
    kept = over(piled(waits), None, now)
    return kept if line is None else _folded(line, kept)


def _live(place: Place | None, now: datetime) -> Place | None:
    over = place is not None and place.until is not None and place.until < now
    return None if over else place


def _json(value: Json) -> Mapping[str, Any] | None:
    return value if isinstance(value, dict) else None


def _bare(line: Place) -> Place:
    return dataclasses.replace(line, data={k: v for k, v in line.data.items() if k != _UNDER})

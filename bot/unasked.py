"""A turn that no message of theirs began: decided on top of whatever is open, and written down."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row

from handlers.decide import interrupt
from handlers.flow import Effect, Outcome, Turn
from handlers.place import Place, place_from, place_to
from storage import people


@dataclass(frozen=True, slots=True)
class Unasked:
    """What it came to: its number, what should happen, and the question that is open by it."""

    number: int
    effects: tuple[Effect, ...]
    place: Place | None
    """None: nothing is asked, and what was open stays so."""


def put(tx: Connection, person: Row[Any], turn: Turn, outcome: Outcome, **more: Any) -> Unasked:
    """Write it down, with `more` of the person's columns; what it says is for the caller to say."""
    top, parked = place_from(person.place), place_from(person.parked)
    decision = interrupt(turn, outcome, top, parked)
    number, place = person.turn + 1, decision.place
    asks = place is not None and place is not top
    if place is not None and asks:
        place = dataclasses.replace(place, asked_in=number)
    stored = {"place": place_to(place), "parked": place_to(decision.parked)}
    people.change(tx, person.id, turn=number, **stored, **more)
    return Unasked(number, decision.effects, place if asks else None)

"""What a step decided, as a place and effects; and how an open question takes what was said."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from content import wording
from handlers import shelf
from handlers.answers import UNREAD, Said
from handlers.crisis import crisis
from handlers.flow import (
    Agree,
    Ask,
    Effect,
    Find,
    Flow,
    Outcome,
    Place,
    Say,
    Step,
    Stop,
    Turn,
)
from handlers.flows import step_of
from handlers.joining import joining
from handlers.myplan import shown
from handlers.retries import again
from handlers.talking import offer


@dataclass(frozen=True, slots=True)
class Decision:
    """What a turn came to: the new place, what should happen, and what to look up first."""

    place: Place | None
    effects: tuple[Effect, ...]
    parked: Place | None = None
    find: Find | None = None
    turn: Turn | None = None


def answer(turn: Turn, said: Said, place: Place, parked: Place | None, step: Step[Any]) -> Decision:
    """Read what was said as the answer; asked once more, or as often as it takes in danger."""
    value = step.answer.read(said)
    turn = dataclasses.replace(turn, data=place.data)
    if value is not UNREAD:
        return settle(step.decide(turn, value), turn, parked)
    if step is offer:
        # Offered once; every text after it is only told what there is.
        return Decision(place, (Say("system.nothing_open"),), parked)
    lasting = place.flow in (crisis.name, joining.name)
    if place.tries == 0 or lasting:
        tried = dataclasses.replace(place, tries=place.tries + 1)
        return Decision(tried, (again(step, place.tries), asking(step, turn, bare=True)), parked)
    # The question stays: what can be read a moment later still counts.
    still = dataclasses.replace(place, tries=place.tries + 1)
    return Decision(still, (Say("system.way_out"),), parked)


def settle(outcome: Outcome, turn: Turn, parked: Place | None) -> Decision:
    """Turn what a step decided into a place and effects; the next question is asked here."""
    following = outcome.next
    if isinstance(following, Find):
        ready = dataclasses.replace(turn, data=outcome.data)
        return Decision(None, outcome.effects, parked, following, ready)
    if following is None and any(ends(effect) for effect in outcome.effects):
        return Decision(None, outcome.effects)
    if following is None or outcome.back:
        back = step_of(parked)
        if parked is not None and back is not None and not is_over(parked, turn):
            there = dataclasses.replace(turn, data=parked.data)
            question = asking(back, there)
            return Decision(dataclasses.replace(parked, tries=0), (*outcome.effects, question))
    if following is None:
        return Decision(None, outcome.effects)
    step = following.first if isinstance(following, Flow) else following
    data = {} if isinstance(following, Flow) else outcome.data
    if parked is not None and parked.flow == step.flow:
        # It goes on from what it asks now, not from both.
        parked = None
    place = Place(step.flow, step.name, data, until=turn.now + timedelta(hours=step.hours))
    there = dataclasses.replace(turn, data=data)
    question = asking(step, there, outcome.values, bare=not outcome.ask)
    return Decision(place, (*outcome.effects, question), parked)


def asking(
    step: Step[Any],
    turn: Turn,
    values: Mapping[str, wording.Value] | None = None,
    *,
    bare: bool = False,
) -> Ask:
    """The question of a step, as the talk stands."""
    shows = step.shows(turn.data, turn.person.language) if step.shows is not None else None
    given = {**named(turn), **(shows.values if shows is not None else {}), **(values or {})}
    return Ask(step.flow, step.name, given, bare, shows)


def ends(effect: Effect) -> bool:
    """Whether it ends the messages: then nothing that was parked is asked again."""
    return isinstance(effect, Stop) or (isinstance(effect, Agree) and not effect.granted)


def is_open(place: Place, turn: Turn) -> bool:
    """Whether its question may be answered; one about danger, as long as the alert is open."""
    return not is_over(place, turn) or (in_crisis(place) and turn.person.alert_open)


def is_over(place: Place, turn: Turn) -> bool:
    """Whether the time to answer has passed."""
    return place.until is not None and place.until < turn.now


def named(turn: Turn) -> dict[str, wording.Value]:
    """What any question may name without its flow handing it over: what the talk remembers, too."""
    remembered = {k: str(v) for k, v in turn.data.items() if isinstance(v, str | int)}
    return {
        **remembered,
        "name": turn.person.name,
        "team": turn.around.team,
        "frequency": turn.around.frequency,
        "craving": str(turn.data.get("craving", "")),
        **shown(turn),
        **shelf.shown(turn),
    }


def in_crisis(place: Place | None) -> bool:
    """Whether something was asked in danger."""
    return place is not None and place.flow == crisis.name

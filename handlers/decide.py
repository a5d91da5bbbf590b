"""A message or a reminder to a Decision: a command, the answer to an open question, or the menu.

Pure: takes values, returns values. The screen has read the text before it comes here.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from content import wording
from handlers import answers, commands
from handlers.answers import UNREAD, Said
from handlers.checkin import checkin
from handlers.crisis import Status, afterwards, ask, crisis, respond
from handlers.flow import (
    Agree,
    Ask,
    Effect,
    Find,
    Flow,
    Level,
    Outcome,
    Place,
    Prefer,
    Raise,
    Risk,
    Say,
    Step,
    Stop,
    Turn,
)
from handlers.flows import step_of
from handlers.joining import joining, welcome
from handlers.menu import menu, settings, talk

DANGEROUS = "a"
"""Of A, B and C the side that is never waved away."""
_PASSING = ("menu", "settings", "stopping")
_RETRY = {
    answers.Scale: "again_scale",
    answers.Choice: "again_choice",
    answers.Letters: "again_letters",
    answers.Time: "again_time",
    answers.Place: "again_place",
    answers.Free: "again_free",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a turn came to: the new place, what should happen, and what to look up first."""

    place: Place | None
    effects: tuple[Effect, ...]
    parked: Place | None = None
    find: Find | None = None
    turn: Turn | None = None


def decide(
    turn: Turn, said: Said, place: Place | None, parked: Place | None, asked_in: int | None = None
) -> Decision:
    """What follows from something said. `asked_in` is the turn whose button was pressed, if any."""
    command = commands.heard(said.text) if said.choice is None else None
    in_crisis = place is not None and place.flow == crisis.name
    if not turn.person.agreed and not in_crisis:
        return _before_agreement(turn, said, place, command)
    if command is not None:
        return _command(command, turn, place, parked)
    return _said(turn, said, place, parked, asked_in)


def _said(
    turn: Turn, said: Said, place: Place | None, parked: Place | None, asked_in: int | None
) -> Decision:
    older = asked_in is not None and (place is None or asked_in != place.asked_in)
    if said.choice == DANGEROUS and turn.person.alert_open and older:
        # In danger the dangerous side counts, from whichever question it was pressed under.
        return _settle(ask.decide(turn, DANGEROUS), turn, parked)
    step = step_of(place)
    if place is None or step is None:
        key = "system.stale" if said.choice is not None else "system.nothing_open"
        return Decision(None, (Say(key),), parked)
    in_crisis = place.flow == crisis.name
    if _over(place, turn) and not (in_crisis and turn.person.alert_open):
        return Decision(None, (Say("checkin.late"),), parked)
    if said.choice is not None and older:
        return Decision(place, (Say("system.stale"),), parked)
    return _answer(turn, said, place, parked, step)


def begin(flow: Flow, turn: Turn, parked: Place | None = None) -> Decision:
    """Start a flow by asking its first question."""
    if flow is joining:
        return _settle(welcome(turn), turn, parked)
    return _settle(turn.then(flow), turn, parked)


def found(decision: Decision, result: str | None) -> Decision:
    """Go on with what the door looked up."""
    if decision.find is None or decision.turn is None:
        return decision
    following = decision.find.step(decision.turn, result)
    settled = _settle(following, decision.turn, decision.parked)
    return dataclasses.replace(settled, effects=(*decision.effects, *settled.effects))


def in_danger(
    turn: Turn, risk: Risk, place: Place | None, parked: Place | None, status: Status
) -> Decision:
    """The crisis answer; the talk in progress is parked, not lost."""
    in_crisis = place is not None and place.flow == crisis.name
    said = place.data.get("said") if place is not None and in_crisis else None
    outcome = respond(turn, risk, status, said)
    if outcome.next is None:
        # Nothing is asked, so nothing shows: the talk stays where it was.
        return Decision(place, outcome.effects, parked)
    aside = parked if in_crisis or place is None or place.flow in _PASSING else place
    return _settle(outcome, turn, aside)


def _before_agreement(turn: Turn, said: Said, place: Place | None, command: str | None) -> Decision:
    if command == "talk":
        return dataclasses.replace(_settle(talk(turn), turn, None), place=place)
    if command == "help":
        return Decision(place, (Say("system.help", {"phone": turn.around.clinic_phone}),))
    if command in ("english", "spanish"):
        language = wording.LANGUAGES[command == "spanish"]
        turn = dataclasses.replace(turn, person=dataclasses.replace(turn.person, language=language))
        again = begin(joining, turn)
        return dataclasses.replace(again, effects=(Prefer(language=language), *again.effects))
    step = step_of(place)
    if command == "start":
        return begin(joining, turn)
    if place is None or step is None or place.flow != joining.name:
        # Declined, or left: nothing is asked of them until they ask.
        return Decision(None, (Say("joining.not_yet"),))
    return _answer(turn, said, place, None, step)


def _command(command: str, turn: Turn, place: Place | None, parked: Place | None) -> Decision:
    if command == "talk":
        return dataclasses.replace(_settle(talk(turn), turn, parked), place=place)
    if command == "help":
        text = Say("system.help", {"phone": turn.around.clinic_phone})
        if turn.person.alert_open:
            return Decision(place, (Raise(Level.URGENT, "help_in_danger"), text), parked)
        return Decision(place, (text,), parked)
    if command in ("english", "spanish"):
        language = wording.LANGUAGES[command == "spanish"]
        kept = (Prefer(language=language), Say("settings.language_kept"))
        step = step_of(place)
        if place is None or step is None or _over(place, turn):
            return Decision(place, kept, parked)
        # What is open is asked again, in the language they read.
        turn = dataclasses.replace(turn, data=place.data)
        question = Ask(step.flow, step.name, _values(turn))
        return Decision(dataclasses.replace(place), (*kept, question), parked)
    aside = place if place is not None and place.flow not in _PASSING else parked
    flow = {"checkin": checkin, "settings": settings}.get(command, menu)
    if flow is checkin and place is not None and place.flow == checkin.name:
        aside = None
    return begin(flow, turn, aside)


def _answer(
    turn: Turn, said: Said, place: Place, parked: Place | None, step: Step[Any]
) -> Decision:
    value = step.answer.read(said)
    turn = dataclasses.replace(turn, data=place.data)
    if value is not UNREAD:
        return _settle(step.decide(turn, value), turn, parked)
    lasting = place.flow in (crisis.name, joining.name)
    if place.tries == 0 or lasting:
        again = dataclasses.replace(place, tries=place.tries + 1)
        retry = _retry(step)
        question = Ask(step.flow, step.name, _values(turn), bare=True)
        return Decision(again, (retry, question), parked)
    # The question stays: what can be read a moment later still counts.
    still = dataclasses.replace(place, tries=place.tries + 1)
    return Decision(still, (Say("system.way_out"),), parked)


def _retry(step: Step[Any]) -> Say:
    if step is afterwards:
        return Say("crisis.again")
    inner = getattr(step.answer, "answer", step.answer)
    if isinstance(inner, answers.Scale):
        return Say("system.again_scale", {"low": str(inner.low), "high": str(inner.high)})
    return Say(f"system.{_RETRY.get(type(inner), 'again_numbers')}")


def _settle(outcome: Outcome, turn: Turn, parked: Place | None) -> Decision:
    """Turn what a step decided into a place and effects; the next question is asked here."""
    following = outcome.next
    if isinstance(following, Find):
        ready = dataclasses.replace(turn, data=outcome.data)
        return Decision(None, outcome.effects, parked, following, ready)
    if following is None and any(_ends(effect) for effect in outcome.effects):
        return Decision(None, outcome.effects)
    if following is None:
        back = step_of(parked)
        if parked is not None and back is not None and not _over(parked, turn):
            question = Ask(back.flow, back.name, _values(turn))
            return Decision(dataclasses.replace(parked, tries=0), (*outcome.effects, question))
        return Decision(None, outcome.effects)
    step = following.first if isinstance(following, Flow) else following
    data = {} if isinstance(following, Flow) else outcome.data
    place = Place(step.flow, step.name, data, until=turn.now + timedelta(hours=step.hours))
    values = {**_values(turn), **outcome.values}
    question = Ask(step.flow, step.name, values, bare=not outcome.ask)
    return Decision(place, (*outcome.effects, question), parked)


def _ends(effect: Effect) -> bool:
    """Whether it ends the messages: then nothing that was parked is asked again."""
    return isinstance(effect, Stop) or (isinstance(effect, Agree) and not effect.granted)


def _over(place: Place, turn: Turn) -> bool:
    return place.until is not None and place.until < turn.now


def _values(turn: Turn) -> dict[str, wording.Value]:
    """What any question may name without its flow handing it over."""
    return {
        "name": turn.person.name,
        "team": turn.around.team,
        "frequency": turn.around.frequency,
        "craving": str(turn.data.get("craving", "")),
    }

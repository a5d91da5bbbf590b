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
from handlers import talking as team
from handlers.answers import UNREAD, Said
from handlers.checkin import checkin
from handlers.crisis import Status, ask, crisis, respond
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
    ToTeam,
    Turn,
)
from handlers.flows import step_of
from handlers.joining import joining, welcome
from handlers.menu import menu, settings, talk
from handlers.retries import again
from handlers.talking import is_line, more, offer, pack, talking, unpack

DANGEROUS = "a"
"""Of A, B and C the side that is never waved away."""
_PASSING = team.PASSING


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
    top, aside, line = unpack(place, parked, turn.now)
    command = commands.heard(said.text) if said.choice is None else None
    if command == "hello":
        # To the team it is a word like another.
        command = "start" if line is None else None
    if not turn.person.agreed and not _in_crisis(top):
        return _before_agreement(turn, said, top, command)
    if command is not None:
        # What the person opened by TALK ends with the next command; what the team opened does not.
        kept = line if team.by_team(line) else None
        return _packed(_command(command, turn, top, aside), kept, turn)
    if line is not None and said.choice is None:
        return _beside_line(turn, said, top, aside, line)
    beneath = line is not None and top is None and aside is not None
    if beneath and aside is not None and said.choice is not None and aside.asked_in == asked_in:
        # The button of the question that stands under the line.
        return _packed(_said(turn, said, aside, None, asked_in), line, turn)
    return _packed(_said(turn, said, top, aside, asked_in), line, turn)


def _in_crisis(place: Place | None) -> bool:
    return place is not None and place.flow == crisis.name


def _beside_line(
    turn: Turn, said: Said, top: Place | None, aside: Place | None, line: Place
) -> Decision:
    """Typed while the line to the team is open: a question's answer, words for the team, or both.

    Both where it can't be told: a word of one's own, something said in danger, and what fits a
    question that the team's own words have covered. Somebody who answers the person who wrote is
    not asked again for a letter; a bare yes or no is.
    """
    question = top if top is not None else aside
    step = step_of(question) if question is not None and _open(question, turn) else None
    fits = step is not None and step.answer.read(said) is not UNREAD
    free = step is not None and isinstance(
        getattr(step.answer, "answer", step.answer), answers.Free
    )
    if question is not None and fits and not free and top is not None:
        return _packed(_said(turn, said, top, aside, None), line, turn)
    to_a_human = team.by_team(line) and team.says_something(said.text)
    unread_in_crisis = step is not None and _in_crisis(question) and not to_a_human
    if question is not None and (fits or unread_in_crisis):
        under = aside if top is not None else None
        decision = _said(turn, said, question, under, None)
        decision = dataclasses.replace(decision, effects=(ToTeam(), *decision.effects))
        return _packed(decision, line, turn)
    outcome = more.decide(dataclasses.replace(turn, data=line.data), said.text)
    longer = dataclasses.replace(line, data=outcome.data, until=turn.now + team.LIFE)
    return _packed(Decision(top, outcome.effects, aside), longer, turn)


def _packed(decision: Decision, line: Place | None, turn: Turn) -> Decision:
    """The decision with the line to the team beside it, where there is one from now on."""
    if any(_ends(effect) for effect in decision.effects):
        return decision
    top = decision.place
    if is_line(top):
        top, line = None, top
    elif line is None and any(_asks(effect) for effect in decision.effects):
        line = team.line(turn.now, "person")
    place, parked = pack(top, decision.parked, line)
    return dataclasses.replace(decision, place=place, parked=parked)


def _asks(effect: Effect) -> bool:
    return isinstance(effect, Raise) and effect.reason == "asked_for_person"


def _said(
    turn: Turn, said: Said, place: Place | None, parked: Place | None, asked_in: int | None
) -> Decision:
    older = asked_in is not None and (place is None or asked_in != place.asked_in)
    if said.choice == DANGEROUS and turn.person.alert_open and older:
        # In danger the dangerous side counts, from whichever question it was pressed under.
        return _settle(ask.decide(turn, DANGEROUS), turn, parked)
    step = step_of(place)
    lapsed = place is not None and place.flow == talking.name and _over(place, turn)
    if place is None or lapsed:
        return _nothing_open(turn, said, parked)
    if step is None:
        return Decision(
            None,
            (Say("system.stale" if said.choice is not None else "system.nothing_open"),),
            parked,
        )
    if not _open(place, turn):
        return Decision(None, (Say("checkin.late"),), parked)
    if said.choice is not None and older:
        return Decision(place, (Say("system.stale"),), parked)
    return _answer(turn, said, place, parked, step)


def _nothing_open(turn: Turn, said: Said, parked: Place | None) -> Decision:
    if said.choice is not None:
        return Decision(None, (Say("system.stale"),), parked)
    if team.says_something(said.text):
        return _settle(turn.then(offer), turn, parked)
    return Decision(None, (Say("system.nothing_open"),), parked)


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
    _, aside, line = unpack(decision.place, decision.parked, decision.turn.now)
    settled = _settle(following, decision.turn, aside)
    settled = dataclasses.replace(settled, effects=(*decision.effects, *settled.effects))
    return _packed(settled, line, decision.turn)


def in_danger(
    turn: Turn, risk: Risk, place: Place | None, parked: Place | None, status: Status
) -> Decision:
    """The crisis answer; the talk in progress is parked, not lost."""
    top, under, line = unpack(place, parked, turn.now)
    in_crisis = _in_crisis(top)
    said = top.data.get("said") if top is not None and in_crisis else None
    outcome = respond(turn, risk, status, said)
    if outcome.next is None:
        # Nothing is asked, so nothing shows: the talk stays where it was.
        return Decision(place, outcome.effects, parked)
    aside = under if in_crisis or top is None or top.flow in _PASSING else top
    return _packed(_settle(outcome, turn, aside), line, turn)


def _before_agreement(turn: Turn, said: Said, place: Place | None, command: str | None) -> Decision:
    if command == "talk":
        return Decision(place, team.asked(turn))
    if command == "help":
        return Decision(place, (Say("system.help", {"phone": turn.around.clinic_phone}),))
    if command in ("english", "spanish"):
        language = wording.LANGUAGES[command == "spanish"]
        turn = dataclasses.replace(turn, person=dataclasses.replace(turn.person, language=language))
        anew = begin(joining, turn)
        return dataclasses.replace(anew, effects=(Prefer(language=language), *anew.effects))
    step = step_of(place)
    if command == "start":
        return begin(joining, turn)
    if place is None or step is None or place.flow != joining.name:
        # Declined, or left: nothing is asked of them until they ask.
        return Decision(None, (Say("joining.not_yet"),))
    return _answer(turn, said, place, None, step)


def _talk(turn: Turn, place: Place | None, parked: Place | None) -> Decision:
    """Ask for a person; a question about danger stays on top, another one is put aside."""
    if _in_crisis(place):
        return Decision(place, team.asked(turn), parked)
    busy = place is not None and place.flow not in _PASSING and _open(place, turn)
    return _settle(talk(turn), turn, place if busy else parked)


def _command(command: str, turn: Turn, place: Place | None, parked: Place | None) -> Decision:
    if command == "talk":
        return _talk(turn, place, parked)
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
    if step is offer:
        # Offered once; every text after it is only told what there is.
        return Decision(place, (Say("system.nothing_open"),), parked)
    lasting = place.flow in (crisis.name, joining.name)
    if place.tries == 0 or lasting:
        tried = dataclasses.replace(place, tries=place.tries + 1)
        question = Ask(step.flow, step.name, _values(turn), bare=True)
        return Decision(tried, (again(step), question), parked)
    # The question stays: what can be read a moment later still counts.
    still = dataclasses.replace(place, tries=place.tries + 1)
    return Decision(still, (Say("system.way_out"),), parked)


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


def _open(place: Place, turn: Turn) -> bool:
    """Whether its question may be answered; one about danger, as long as the alert is open."""
    return not _over(place, turn) or (_in_crisis(place) and turn.person.alert_open)


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

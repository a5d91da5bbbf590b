"""A message or a reminder to a Decision: a command, the answer to an open question, or the menu.

Pure: takes values, returns values. The screen has read the text before it comes here.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

from content import wording
from handlers import answers, commands
from handlers import talking as team
from handlers.answers import UNREAD, Said
from handlers.checkin import checkin, used
from handlers.contact import relation
from handlers.crisis import Status, ask, check_withdrawal, respond
from handlers.entrances import ENTRANCES
from handlers.flow import (
    Effect,
    Flow,
    Level,
    Outcome,
    Place,
    Prefer,
    Raise,
    Risk,
    Say,
    Step,
    ToTeam,
    Turn,
)
from handlers.flows import step_of
from handlers.joining import joining, welcome
from handlers.lines import Line
from handlers.menu import opened as menu_opened
from handlers.menu import settings
from handlers.myplan import at_once, myplan, opened
from handlers.pin import pin
from handlers.plan import plan
from handlers.settling import Decision, answer, asking, ends, in_crisis, is_open, is_over, settle
from handlers.talking import is_line, more, offer, pack, talk, talking, unpack

DANGEROUS = "a"
"""Of A, B and C the side that is never waved away."""
_PASSING = team.PASSING
_WHO = (relation.flow, relation.name)
_USED = (used.flow, used.name)
_PRIVATE = (
    plan.name,
    myplan.name,
    pin.name,
    "reasons",
    "contacts",
    "contact",
    "hard_time",
    "goals",
    "today",
)
"""Talks whose answers are nobody's but theirs, unless they share them."""


def decide(
    turn: Turn, said: Said, place: Place | None, parked: Place | None, asked_in: int | None = None
) -> Decision:
    """What follows from something said. `asked_in` is the turn whose button was pressed, if any."""
    top, aside, line = unpack(place, parked, turn.now)
    command = commands.heard(said.text) if said.choice is None else None
    if command == "sponsor" and top is not None and (top.flow, top.step) == _WHO:
        # Here the word says who somebody is.
        command, said = None, Said(said.text, command)
    if command == "lapse" and top is not None and (top.flow, top.step) == _USED:
        # Here it is the answer.
        command, said = (None, Said("", "yes")) if is_open(top, turn) else (command, said)
    if command == "hello":
        # To the team it is a word like another.
        command = "start" if line is None else None
    if not turn.person.agreed and not in_crisis(top):
        return _before_agreement(turn, said, top, command)
    if command is not None:
        # What the person opened by TALK ends with the next command; what the team opened does not.
        kept = line if team.by_team(line) else None
        return _packed(_command(command, turn, top, aside), kept, turn)
    if _is_letter(said, top, aside):
        return _packed(_said(turn, Said(said.text), aside, None, None), line, turn)
    if line is not None and said.choice is None:
        return _beside_line(turn, said, top, aside, line)
    beneath = line is not None and top is None and aside is not None
    if beneath and aside is not None and said.choice is not None and aside.asked_in == asked_in:
        # The button of the question that stands under the line.
        return _packed(_said(turn, said, aside, None, asked_in), line, turn)
    return _packed(_said(turn, said, top, aside, asked_in), line, turn)


def _is_letter(said: Said, top: Place | None, aside: Place | None) -> bool:
    """Whether a letter was typed that answers a question about danger under another one."""
    step = step_of(aside)
    if top is None or step is None or not in_crisis(aside) or said.choice is not None:
        return False
    return isinstance(step.answer, answers.Letters) and (
        step.answer.read(Said(said.text)) is not UNREAD
    )


def _beside_line(
    turn: Turn, said: Said, top: Place | None, aside: Place | None, line: Place
) -> Decision:
    """Typed while the line to the team is open: a question's answer, words for the team, or both.

    Both where it can't be told: a word of one's own, something said in danger, and what fits a
    question that the team's own words have covered. Somebody who answers the person who wrote is
    not asked again for a letter; a bare yes or no is.
    """
    question = top if top is not None else aside
    step = step_of(question) if question is not None and is_open(question, turn) else None
    fits = step is not None and step.answer.read(said) is not UNREAD
    free = step is not None and isinstance(
        getattr(step.answer, "answer", step.answer), answers.Free
    )
    if question is not None and fits and not free and top is not None:
        return _packed(_said(turn, said, top, aside, None), line, turn)
    if top is None and step is not None and _is_private(step):
        # It came after the team's own words, and what is private is never guessed to be both.
        step = question = None
    fits = fits and step is not None
    to_a_human = team.by_team(line) and team.says_something(said.text)
    unread_in_crisis = step is not None and in_crisis(question) and not to_a_human
    if question is not None and (fits or unread_in_crisis):
        under = aside if top is not None else None
        decision = _said(turn, said, question, under, None)
        decision = dataclasses.replace(decision, effects=(ToTeam(), *decision.effects))
        return _packed(decision, line, turn)
    outcome = more.decide(dataclasses.replace(turn, data=line.data), said.text)
    longer = dataclasses.replace(line, data=outcome.data, until=turn.now + team.LIFE)
    return _packed(Decision(top, outcome.effects, aside), longer, turn)


def _is_private(step: Step[Any]) -> bool:
    return step.flow in _PRIVATE or isinstance(step.answer, Line)


def _packed(decision: Decision, line: Place | None, turn: Turn) -> Decision:
    """The decision with the line to the team beside it, where there is one from now on."""
    if any(ends(effect) for effect in decision.effects):
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
    in_danger = turn.person.alert_open or turn.person.withdrawal
    if said.choice == DANGEROUS and in_danger and older:
        # The dangerous side counts, from whichever question it was pressed under.
        return settle(ask.decide(turn, DANGEROUS), turn, parked)
    step = step_of(place)
    lapsed = place is not None and place.flow == talking.name and is_over(place, turn)
    if place is None or lapsed:
        return _nothing_open(turn, said, parked)
    if step is None:
        return Decision(
            None,
            (Say("system.stale" if said.choice is not None else "system.nothing_open"),),
            parked,
        )
    if not is_open(place, turn):
        return Decision(None, (Say("checkin.late"),), parked)
    if said.choice is not None and older:
        return Decision(place, (Say("system.stale"),), parked)
    return answer(turn, said, place, parked, step)


def _nothing_open(turn: Turn, said: Said, parked: Place | None) -> Decision:
    if said.choice is not None:
        return Decision(None, (Say("system.stale"),), parked)
    if team.says_something(said.text):
        return settle(turn.then(offer), turn, parked)
    return Decision(None, (Say("system.nothing_open"),), parked)


def begin(flow: Flow, turn: Turn, parked: Place | None = None) -> Decision:
    """Start a flow by asking its first question."""
    if flow is joining:
        return settle(welcome(turn), turn, parked)
    return settle(turn.then(flow), turn, parked)


def found(decision: Decision, result: str | None) -> Decision:
    """Go on with what the door looked up."""
    if decision.find is None or decision.turn is None:
        return decision
    following = decision.find.step(decision.turn, result)
    _, aside, line = unpack(decision.place, decision.parked, decision.turn.now)
    settled = settle(following, decision.turn, aside)
    settled = dataclasses.replace(settled, effects=(*decision.effects, *settled.effects))
    return _packed(settled, line, decision.turn)


def in_danger(
    turn: Turn, risk: Risk, place: Place | None, parked: Place | None, status: Status
) -> Decision:
    """The crisis answer; the talk in progress is parked, not lost."""
    top, _, _ = unpack(place, parked, turn.now)
    data = top.data if top is not None and in_crisis(top) else {}
    outcome = respond(dataclasses.replace(turn, data=data), risk, status)
    return interrupt(turn, outcome, place, parked)


def interrupt(turn: Turn, outcome: Outcome, place: Place | None, parked: Place | None) -> Decision:
    """What can't wait comes on top; the talk in progress is put aside."""
    if outcome.next is None:
        # Nothing is asked, so nothing shows: the talk stays where it was.
        return Decision(place, outcome.effects, parked)
    top, under, line = unpack(place, parked, turn.now)
    covered = top is None or in_crisis(top) or top.flow in (*_PASSING, _begun(outcome))
    aside = under if covered else top
    return _packed(settle(outcome, turn, aside), line, turn)


def _begun(outcome: Outcome) -> str | None:
    following = outcome.next
    if isinstance(following, Flow):
        return following.name
    return following.flow if isinstance(following, Step) else None


def ask_withdrawal(turn: Turn, place: Place | None, parked: Place | None) -> Decision:
    """They stopped what is dangerous to stop: it is asked about; the team still gets the words."""
    decision = interrupt(turn, check_withdrawal(turn), place, parked)
    _, _, line = unpack(place, parked, turn.now)
    given = (ToTeam(),) if line is not None else ()
    return dataclasses.replace(decision, effects=(*given, *decision.effects))


def as_checkin(place: Place | None, now: datetime) -> str:
    """What to say to a check-in that goes on by itself: leave its question out, or begin one."""
    step = step_of(place)
    over = place is None or (place.until is not None and place.until < now)
    asked = step is not None and step.flow == checkin.name and not over
    skips = step is not None and isinstance(step.answer, answers.Skippable)
    return "skip" if asked and skips else "checkin"


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
    return answer(turn, said, place, None, step)


def _talk(turn: Turn, place: Place | None, parked: Place | None) -> Decision:
    """Ask for a person; a question about danger stays on top, another one is put aside."""
    if in_crisis(place):
        return Decision(place, team.asked(turn), parked)
    busy = place is not None and place.flow not in _PASSING and is_open(place, turn)
    return settle(talk(turn), turn, place if busy else parked)


def _in_language(
    language: wording.Language, turn: Turn, place: Place | None, parked: Place | None
) -> Decision:
    kept = (Prefer(language=language), Say("settings.language_kept"))
    step = step_of(place)
    if place is None or step is None or is_over(place, turn):
        return Decision(place, kept, parked)
    # What is open is asked again, in the language they read.
    person = dataclasses.replace(turn.person, language=language)
    question = asking(step, dataclasses.replace(turn, data=place.data, person=person))
    return Decision(dataclasses.replace(place), (*kept, question), parked)


def _plan(turn: Turn, place: Place | None, parked: Place | None, aside: Place | None) -> Decision:
    """Their own plan; in danger all of it, and the question about danger stays on top."""
    whole = at_once(turn) if in_crisis(place) else None
    step = step_of(place)
    if whole is not None and place is not None and step is not None:
        question = asking(step, dataclasses.replace(turn, data=place.data), bare=True)
        return Decision(dataclasses.replace(place), (whole, question), parked)
    # One that is being written is gone on with from what is shown.
    writing = place is not None and place.flow == plan.name
    return settle(opened(turn), turn, parked if writing else aside)


def _command(command: str, turn: Turn, place: Place | None, parked: Place | None) -> Decision:
    if command == "talk":
        return _talk(turn, place, parked)
    if command == "help":
        return Decision(place, _help(turn), parked)
    if command in ("english", "spanish"):
        return _in_language(wording.LANGUAGES[command == "spanish"], turn, place, parked)
    aside = place if place is not None and place.flow not in _PASSING else parked
    if command == "plan":
        return _plan(turn, place, parked, aside)
    if command in ENTRANCES:
        same = place is not None and place.flow == command
        return settle(ENTRANCES[command](turn), turn, parked if same else aside)
    return _begin(command, turn, place, aside)


def _help(turn: Turn) -> tuple[Effect, ...]:
    text = Say("system.help", {"phone": turn.around.clinic_phone})
    if turn.person.alert_open:
        # Else it counts as the panic word: this alert is one that must not show.
        return Raise(Level.URGENT, "help_in_danger", known=False), text
    return (text,)


def _begin(command: str, turn: Turn, place: Place | None, aside: Place | None) -> Decision:
    if command == "checkin":
        again = place is not None and place.flow == checkin.name
        return begin(checkin, turn, None if again else aside)
    if command == "settings":
        return begin(settings, turn, aside)
    return settle(menu_opened(turn), turn, aside)

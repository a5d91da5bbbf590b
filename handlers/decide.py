"""A message or a reminder to a Decision: a command, the answer to an open question, or the menu.

Pure: takes values, returns values. The screen has read the text before it comes here.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime

from handlers import answers, arriving, commands, need, orders, unprompted
from handlers import talking as team
from handlers.answers import UNREAD, Said
from handlers.aside import lifted, over, pile, without
from handlers.barrier import barrier
from handlers.checkin import checkin, used
from handlers.contact import relation
from handlers.crisis import Status, check_withdrawal, respond
from handlers.flow import Flow, Outcome, Step, ToTeam, Turn
from handlers.flows import step_of
from handlers.meeting import here, meeting
from handlers.meeting import wanted as meeting_wanted
from handlers.meeting_words import commanded
from handlers.meeting_words import wanted as meeting_asked
from handlers.meetings import Spot, Wish
from handlers.place import Place
from handlers.risk import Risk
from handlers.session import session
from handlers.settling import Decision, in_crisis, is_open, read, settle, taken
from handlers.talking import unpack
from handlers.team_line import beside, packed

_WHO = (relation.flow, relation.name)
_USED = (used.flow, used.name)
_COMING = (session.name, barrier.name)


def decide(
    turn: Turn, said: Said, place: Place | None, parked: Place | None, asked_in: int | None = None
) -> Decision:
    """What follows from something said. `asked_in` is the turn whose button was pressed, if any."""
    top, aside, line = unpack(place, parked, turn.now)
    command = _heard(turn, said, top, line)
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
        return orders.before_agreement(turn, said, top, command)
    heard = _said_freely(turn, said, command, top, aside, line)
    if heard is not None:
        return packed(heard, line, turn)
    if command is not None:
        # What the person opened by TALK ends with the next command; what the team opened does not.
        kept = line if team.by_team(line) else None
        return packed(orders.follow(command, turn, top, aside), kept, turn)
    letter = _letter(said, top, aside)
    if letter is not None:
        rest = without(aside, letter.flow)
        return packed(taken(turn, Said(said.text), letter, rest, None), line, turn)
    if line is not None and said.choice is None:
        return beside(turn, said, top, aside, line)
    if not in_crisis(top):
        top, aside = lifted(top, aside, asked_in, turn.now)
    return packed(taken(turn, said, top, aside, asked_in), line, turn)


def _said_freely(
    turn: Turn,
    said: Said,
    command: str | None,
    top: Place | None,
    aside: Place | None,
    line: Place | None,
) -> Decision | None:
    """What follows where they say in words of their own that they are late, there, or look."""
    if said.choice is None and not in_crisis(top):
        arrived = arriving.heard(turn, said.text, to_team=line is not None)
        if arrived is not None:
            return settle(arrived, turn, orders.beneath(turn, top, aside))
        another = unprompted.of_another_day(turn, said.text, top)
        if command is None and line is None and (another or not _reads(turn, said, top)):
            outcome = unprompted.heard(turn, said.text) or need.heard(turn, said.text)
            if outcome is not None:
                return settle(outcome, turn, orders.beneath(turn, top, aside))
    wish = _wished(turn, said, command, top, line)
    if wish is None:
        return None
    return settle(meeting_wanted(turn, wish), turn, _under_meetings(turn, top, aside))


def _reads(turn: Turn, said: Said, top: Place | None) -> bool:
    """Whether the open question reads it as its answer."""
    step = step_of(top) if top is not None and is_open(top, turn) else None
    return step is not None and read(said, step, turn) is not UNREAD


def _wished(
    turn: Turn, said: Said, command: str | None, top: Place | None, line: Place | None
) -> Wish | None:
    """The meeting that is asked for: by the word for it, or where nothing else is being said."""
    if said.choice is not None or command not in (None, meeting.name) or in_crisis(top):
        return None
    if not commanded(said.text):
        step = step_of(top) if top is not None and is_open(top, turn) else None
        answers_it = step is not None and (
            step.flow == meeting.name or step.answer.read(Said(said.text)) is not UNREAD
        )
        if line is not None or answers_it:
            return None
    return meeting_asked(said.text)


def _heard(turn: Turn, said: Said, top: Place | None, line: Place | None) -> str | None:
    """The command that a text is, if it is one here."""
    command = commands.heard(said.text) if said.choice is None else None
    if command in arriving.FLOWS and (line is not None or in_crisis(top)):
        # To the team it is a word like another, and in danger what was asked is asked again.
        return None
    if command == "need" and top is not None and top.flow in _COMING:
        # Here it says what stands in their way, unless it is the bare word.
        step = step_of(top)
        if step is not None and step.answer.read(Said(said.text)) is not UNREAD:
            return None
    if command != "spanish" or turn.person.language != "en" or "spanish" not in said.text.lower():
        return command
    # Who reads English and looks for a meeting means one in Spanish; "español" is the language.
    looking = top is not None and top.flow == meeting.name and is_open(top, turn)
    return None if looking else command


def _under_meetings(turn: Turn, top: Place | None, aside: Place | None) -> Place | None:
    """What is put aside for a search; one search gives way to the next."""
    stays = top is not None and top.flow not in (*team.PASSING, meeting.name)
    return over(top, aside, turn.now) if stays else aside


def near_here(turn: Turn, spot: Spot, place: Place | None, parked: Place | None) -> Decision:
    """They shared where they are: what is near it, as it was asked for before if it was."""
    top, aside, line = unpack(place, parked, turn.now)
    if top is not None and top.flow == meeting.name:
        turn = dataclasses.replace(turn, data=top.data)
    return packed(settle(here(turn, spot), turn, _under_meetings(turn, top, aside)), line, turn)


def _letter(said: Said, top: Place | None, aside: Place | None) -> Place | None:
    """The question about danger under another one that a typed letter answers.

    What was asked in danger comes first, then what is asked after use, unless the open question
    is answered by a letter itself.
    """
    if top is None or said.choice is not None:
        return None
    below = [place for place in pile(aside) if _by_letter(place)]
    asked = next(filter(in_crisis, below), None)
    if asked is None and below and not _by_letter(top):
        asked = below[0]
    step = step_of(asked)
    if step is None or step.answer.read(Said(said.text)) is UNREAD:
        return None
    return asked


def _by_letter(place: Place) -> bool:
    step = step_of(place)
    return step is not None and isinstance(step.answer, answers.Letters)


def found(decision: Decision, result: str | None) -> Decision:
    """Go on with what the door looked up."""
    if decision.find is None or decision.turn is None:
        return decision
    following = decision.find.step(decision.turn, result)
    _, aside, line = unpack(decision.place, decision.parked, decision.turn.now)
    settled = settle(following, decision.turn, aside)
    settled = dataclasses.replace(settled, effects=(*decision.effects, *settled.effects))
    return packed(settled, line, decision.turn)


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
    covered = top is None or in_crisis(top) or top.flow in (*team.PASSING, _begun(outcome))
    aside = under if covered else over(top, under, turn.now)
    return packed(settle(outcome, turn, aside), line, turn)


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

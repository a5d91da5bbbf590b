"""The line to the team beside the question that is open: which of the two a text is for."""

from __future__ import annotations

import dataclasses

from handlers import answers
from handlers import talking as team
from handlers.answers import UNREAD, Said
from handlers.aside import popped
from handlers.flow import Effect, Raise, ToTeam, Turn
from handlers.flows import step_of
from handlers.place import Place
from handlers.private import is_private
from handlers.settling import Decision, ends, in_crisis, is_open, taken
from handlers.talking import is_line, more, pack


def beside(turn: Turn, said: Said, top: Place | None, aside: Place | None, line: Place) -> Decision:
    """Typed while the line to the team is open: a question's answer, words for the team, or both.

    Both where it can't be told: a word of one's own, something said in danger, and what fits a
    question that the team's own words have covered. Somebody who answers the person who wrote is
    not asked again for a letter; a bare yes or no is.
    """
    question, under = (top, aside) if top is not None else popped(aside)
    step = step_of(question) if question is not None and is_open(question, turn) else None
    fits = step is not None and step.answer.read(said) is not UNREAD
    free = step is not None and isinstance(
        getattr(step.answer, "answer", step.answer), answers.Free
    )
    if question is not None and fits and not free and top is not None:
        return packed(taken(turn, said, top, aside, None), line, turn)
    if top is None and step is not None and is_private(step):
        # It came after the team's own words, and what is private is never guessed to be both.
        step = question = None
    fits = fits and step is not None
    to_a_human = team.by_team(line) and team.says_something(said.text)
    unread_in_crisis = step is not None and in_crisis(question) and not to_a_human
    if question is not None and (fits or unread_in_crisis):
        decision = taken(turn, said, question, under, None)
        decision = dataclasses.replace(decision, effects=(ToTeam(), *decision.effects))
        return packed(decision, line, turn)
    outcome = more.decide(dataclasses.replace(turn, data=line.data), said.text)
    longer = dataclasses.replace(line, data=outcome.data, until=turn.now + team.LIFE)
    return packed(Decision(top, outcome.effects, aside), longer, turn)


def packed(decision: Decision, line: Place | None, turn: Turn) -> Decision:
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

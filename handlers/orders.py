"""What a command does: where it leads, and what becomes of the question that was open."""

from __future__ import annotations

import dataclasses

from content import wording
from handlers import arriving
from handlers import talking as team
from handlers.answers import Said
from handlers.aside import over
from handlers.checkin import checkin
from handlers.entrances import ENTRANCES
from handlers.flow import Effect, Prefer, Raise, Say, Turn
from handlers.flows import step_of
from handlers.joining import joining
from handlers.menu import opened as menu_opened
from handlers.menu import settings
from handlers.myplan import at_once, opened
from handlers.place import Place
from handlers.plan import plan
from handlers.risk import Level
from handlers.settling import (
    Decision,
    answer,
    asking,
    begin,
    in_crisis,
    is_open,
    is_over,
    settle,
)
from handlers.talking import talk


def follow(command: str, turn: Turn, place: Place | None, parked: Place | None) -> Decision:
    """What a command does, over the question that is open."""
    if command == "talk":
        return _talk(turn, place, parked)
    if command == "help":
        return Decision(place, _help(turn), parked)
    if command in ("english", "spanish"):
        return _in_language(wording.LANGUAGES[command == "spanish"], turn, place, parked)
    aside = beneath(turn, place, parked)
    if command == "plan":
        return _plan(turn, place, parked, aside)
    if command in ENTRANCES:
        same = place is not None and place.flow == command
        return settle(ENTRANCES[command](turn), turn, parked if same else aside)
    return _begin(command, turn, aside)


def beneath(turn: Turn, top: Place | None, aside: Place | None) -> Place | None:
    """What is put aside for a command."""
    leaves = top is None or top.flow in (*team.PASSING, *arriving.FLOWS)
    return aside if leaves else over(top, aside, turn.now)


def _talk(turn: Turn, place: Place | None, parked: Place | None) -> Decision:
    """Ask for a person; a question about danger stays on top, another one is put aside."""
    if in_crisis(place):
        return Decision(place, team.asked(turn), parked)
    busy = place is not None and place.flow not in team.PASSING and is_open(place, turn)
    return settle(talk(turn), turn, over(place, parked, turn.now) if busy else parked)


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


def _help(turn: Turn) -> tuple[Effect, ...]:
    text = Say("system.help", {"phone": turn.around.clinic_phone})
    if turn.person.alert_open:
        # Else it counts as the panic word: this alert is one that must not show.
        return Raise(Level.URGENT, "help_in_danger", known=False), text
    return (text,)


def _begin(command: str, turn: Turn, aside: Place | None) -> Decision:
    if command == "checkin":
        return begin(checkin, turn, aside)
    if command == "settings":
        return begin(settings, turn, aside)
    return settle(menu_opened(turn), turn, aside)


def before_agreement(turn: Turn, said: Said, place: Place | None, command: str | None) -> Decision:
    """What follows as long as they have not agreed: a few commands, and the agreement itself."""
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

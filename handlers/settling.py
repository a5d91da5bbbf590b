"""What a step decided, as a place and effects; and how an open question takes what was said."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from content import wording
from handlers import shelf
from handlers.answers import UNREAD, Letters, Said
from handlers.aside import over, popped, without
from handlers.barrier import barrier
from handlers.booking import booking
from handlers.crisis import DANGEROUS, ask, crisis
from handlers.flow import Agree, Ask, Effect, Find, Flow, Outcome, Say, Step, Stop, Turn
from handlers.flows import step_of
from handlers.joining import joining, welcome
from handlers.lines import Code, Line
from handlers.myplan import shown
from handlers.place import Place
from handlers.programme import ReplySeat
from handlers.retries import again
from handlers.session import session
from handlers.spelling import words
from handlers.talking import offer, says_something, talking

_A_SENTENCE = 4
"""From so many words on it is a sentence, and no slip at a label."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a turn came to: the new place, what should happen, and what to look up first."""

    place: Place | None
    effects: tuple[Effect, ...]
    parked: Place | None = None
    find: Find | None = None
    turn: Turn | None = None


def begin(flow: Flow, turn: Turn, parked: Place | None = None) -> Decision:
    """Start a flow by asking its first question."""
    if flow is joining:
        return settle(welcome(turn), turn, parked)
    return settle(turn.then(flow), turn, parked)


def taken(
    turn: Turn, said: Said, place: Place | None, parked: Place | None, asked_in: int | None
) -> Decision:
    """What follows from something said where a question is open, or none; buttons may be old."""
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
    if says_something(said.text):
        return settle(turn.then(offer), turn, parked)
    return Decision(None, (Say("system.nothing_open"),), parked)


def answer(turn: Turn, said: Said, place: Place, parked: Place | None, step: Step[Any]) -> Decision:
    """Read what was said as the answer; asked once more, or as often as it takes in danger."""
    value = read(said, step, turn)
    turn = dataclasses.replace(turn, data=place.data)
    if value is not UNREAD:
        return settle(step.decide(turn, value), turn, parked)
    if step is offer:
        return _beside_offer(turn, said, place, parked)
    inner = getattr(step.answer, "answer", step.answer)
    lasting = place.flow in (crisis.name, joining.name) or isinstance(inner, Letters)
    # Digits may be a PIN, and nothing that may be one is handed on.
    if not lasting and not isinstance(step.answer, Code) and _is_for_somebody(said, place, step):
        aside = over(dataclasses.replace(place, tries=0), parked, turn.now)
        return settle(turn.then(offer), turn, aside)
    if place.tries == 0 or lasting:
        tried = dataclasses.replace(place, tries=place.tries + 1)
        return Decision(tried, (again(step, place.tries), asking(step, turn, bare=True)), parked)
    # The question stays: what can be read a moment later still counts.
    still = dataclasses.replace(place, tries=place.tries + 1)
    return Decision(still, (Say("system.way_out"),), parked)


def read(said: Said, step: Step[Any], turn: Turn) -> Any:
    """The answer that was said, in their language or the other one; else UNREAD."""
    value = step.answer.read(said)
    if value is not UNREAD or said.choice is not None or step.shows is not None:
        return value
    if isinstance(step.answer, Letters):
        # In danger nothing is guessed at.
        return UNREAD
    other = wording.LANGUAGES[turn.person.language == wording.LANGUAGES[0]]
    labels = wording.entries(other)[step.key].choices
    return step.answer.read(Said(said.text, None, labels))


def _is_for_somebody(said: Said, place: Place, step: Step[Any]) -> bool:
    """Whether these are words for a human rather than a slip.

    At once where anything may be typed; elsewhere the question is asked once more before.
    """
    if said.choice is not None or not says_something(said.text):
        return False
    asks = "?" in said.text or len(words(said.text)) >= _A_SENTENCE
    return isinstance(step.answer, Line) or (asks and place.tries > 0)


def _beside_offer(turn: Turn, said: Said, place: Place, parked: Place | None) -> Decision:
    """Offered once; a number still answers the question it stands on, other words do not."""
    first, rest = popped(parked)
    under = step_of(first)
    if first is not None and under is not None and not is_over(first, turn):
        value = under.answer.read(Said(said.text))
        if isinstance(value, int | tuple) and not isinstance(value, bool):
            return answer(turn, Said(said.text), first, rest, under)
    return Decision(place, (Say("system.nothing_open"),), parked)


def settle(outcome: Outcome, turn: Turn, parked: Place | None) -> Decision:
    """Turn what a step decided into a place and effects; the next question is asked here."""
    following = outcome.next
    if isinstance(following, Find):
        ready = dataclasses.replace(turn, data=outcome.data)
        return Decision(None, outcome.effects, parked, following, ready)
    if following is None and any(ends(effect) for effect in outcome.effects):
        return Decision(None, outcome.effects)
    if following is None or outcome.back:
        back, parked = _back(parked, outcome, turn)
        step = step_of(back)
        if back is not None and step is not None:
            question = asking(step, dataclasses.replace(turn, data=back.data))
            return Decision(back, (*outcome.effects, question), parked)
    if following is None:
        return Decision(None, outcome.effects)
    step = following.first if isinstance(following, Flow) else following
    data = {} if isinstance(following, Flow) else outcome.data
    # It goes on from what it asks now, not from both.
    parked = without(parked, step.flow)
    place = Place(step.flow, step.name, data, until=turn.now + timedelta(hours=step.hours))
    there = dataclasses.replace(turn, data=data)
    question = asking(step, there, outcome.values, bare=not outcome.ask)
    return Decision(place, (*outcome.effects, question), parked)


def _back(parked: Place | None, outcome: Outcome, turn: Turn) -> tuple[Place | None, Place | None]:
    """The newest question put aside that can still be asked, and what stays aside."""
    while parked is not None:
        first, parked = popped(parked)
        if first is None or step_of(first) is None or is_over(first, turn):
            continue
        if not _is_moot(first, outcome, turn):
            return dataclasses.replace(first, tries=0), parked
    return None, None


def _is_moot(parked: Place, outcome: Outcome, turn: Turn) -> bool:
    """Whether coming was asked of what has begun, or of what they have just spoken of.

    What stands in the way names no session: said under another one it would be taken for that.
    """
    told = {effect.seat for effect in outcome.effects if isinstance(effect, ReplySeat)}
    if parked.flow in (barrier.name, booking.name):
        return bool(told)
    ids = parked.data.get("seats")
    if parked.flow != session.name or not isinstance(ids, list):
        return False
    seats = (turn.around.programme.seat(each) for each in ids if isinstance(each, int))
    return all(s is None or s.id in told or s.session.start <= turn.now for s in seats)


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

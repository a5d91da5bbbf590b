"""The PIN that guards what shows history: asked for, set, changed, taken off.

What it guards is marked with `guarded`. In danger nothing waits for it: help comes without what
it guards. Forgotten, it is taken off by staff who have checked who asks.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any, Final

from handlers.answers import UNREAD, Choice, Said
from handlers.flow import Find, Flow, Outcome, Say, SetPin, Step, Turn
from handlers.lines import Code
from handlers.place import Place

pin = Flow("pin")

Opening = Callable[[Turn], Outcome]
_OPENS: dict[str, Opening] = {}
_MINUTES: Final = 10
_SHORTEST: Final = 4
_RUN: Final = "01234567890123456789"
_DIGIT: Final = re.compile(r"\d")


def guarded(name: str) -> Callable[[Opening], Opening]:
    """Mark what begins only after the PIN, where they set one; `name` is stored meanwhile."""

    def mark(opening: Opening) -> Opening:
        _OPENS[name] = opening

        @wraps(opening)
        def begin(turn: Turn) -> Outcome:
            return ask(turn, name) if turn.person.shut else opening(turn)

        return begin

    return mark


def ask(turn: Turn, name: str) -> Outcome:
    """Ask for the PIN, whether or not it is open; then begin what goes by that name."""
    until = turn.person.rests_until
    if until is not None and until > turn.now:
        return _rests(turn, until)
    return dataclasses.replace(turn, data={"opens": name}).then(enter)


@pin.step(Code(Choice("forgot", "later")), hours=_MINUTES / 60)
def enter(turn: Turn, answer: str) -> Outcome:
    """The PIN, before something is shown or changed."""
    if answer == "forgot":
        return turn.end(Say("pin.forgotten", {"phone": turn.around.clinic_phone}))
    if answer == "later":
        return turn.end(Say("pin.left"))
    return turn.then(Find("pin", answer, checked))


def checked(turn: Turn, found: str | None) -> Outcome:
    """Right, wrong, or it rests after too many wrong ones."""
    if found == "right":
        opening = _OPENS.get(str(turn.data.get("opens")))
        person = dataclasses.replace(turn.person, shut=False)
        turn = dataclasses.replace(turn, person=person, data={})
        return opening(turn) if opening is not None else turn.end(Say("pin.left"))
    if found is None or found == "wrong":
        return turn.then(enter, Say("pin.wrong"), ask=False)
    return _rests(turn, datetime.fromisoformat(found))


def _rests(turn: Turn, until: datetime) -> Outcome:
    return turn.end(Say("pin.rests", {"time": until, "phone": turn.around.clinic_phone}))


@pin.step(Choice("change", "remove", "leave"))
def home(turn: Turn, answer: str) -> Outcome:
    """They have one: what to do with it. Both take the PIN, even while it is open."""
    if answer == "leave":
        return turn.end(Say("pin.left"))
    return ask(turn, answer)


@pin.step(Code(Choice("later")), hours=_MINUTES / 60)
def choose(turn: Turn, answer: str) -> Outcome:
    """A new one; they see what they typed, so it is asked for once."""
    if answer == "later":
        return turn.end(Say("pin.left"))
    if is_weak(answer):
        return turn.then(choose, Say("pin.weak"), ask=False)
    return turn.end(SetPin(answer), Say("pin.kept"))


@guarded("change")
def _change(turn: Turn) -> Outcome:
    return turn.then(choose)


@guarded("remove")
def _remove(turn: Turn) -> Outcome:
    return turn.end(SetPin(None), Say("pin.removed"))


def settings(turn: Turn) -> Outcome:
    """From the settings: set one, or change what is there."""
    return turn.then(home) if turn.person.pin else turn.then(choose)


def is_weak(digits: str) -> bool:
    """Whether anybody would try it first: one digit again and again, or a run of them."""
    return len(set(digits)) == 1 or digits in _RUN or digits[::-1] in _RUN


def hides(
    text: str, places: Iterable[Place | None], step: Step[Any] | None, *, has_pin: bool
) -> bool:
    """Whether a typed text may hold a PIN, so that nobody may read it later.

    Where a question for one is open or put aside, whatever has four digits; else a bare number of
    that length from somebody who has one, unless the open question takes it for its answer.
    """
    if len(_DIGIT.findall(text)) < _SHORTEST:
        return False
    if any(place is not None and place.flow == pin.name for place in places):
        return True
    bare = Code(Choice()).read(Said(text)) == re.sub(r"[ .\-]", "", text.strip())
    return has_pin and bare and (step is None or step.answer.read(Said(text)) is UNREAD)


def hidden(text: str) -> str:
    """The text without its digits."""
    return _DIGIT.sub("\u2022", text)

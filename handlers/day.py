"""A morning intention and an evening review, for those who want them.

Nothing hangs on an answer. Three in a row without one, and it is asked once whether to go on;
without an answer to that it stops by itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime, time
from typing import Final

from handlers import moments, named
from handlers.answers import Answer, Choice, Time
from handlers.flow import Effect, Flow, Outcome, Record, Say, Turn
from handlers.lines import MORE, Line, Written
from handlers.named import Named
from handlers.own import Amend, Choose, Json
from handlers.shelf import LONGEST

day = Flow("day")
today = Flow("today")

MORNING: Final = "morning"
EVENING: Final = "evening"
INTENTION: Final = "intention"
REVIEW: Final = "review"
_QUIET: Final = "_quiet"
"""How often in a row there was no answer, beside the hour's name."""
_PATIENCE: Final = 3
_NOON: Final = 12
_MORNINGS: Final = (time(8), time(12))
_EVENINGS: Final = (time(16), time(21))
_LINE: Final[Answer[Written | str]] = Line(Choice("skip"), LONGEST, ends="skip")
_THING: Final[Answer[Written | str]] = Line(Choice("skip"), LONGEST, ends="skip", a_thing=True)


def opened(turn: Turn) -> Outcome:
    """What they have of it, and what they want."""
    return turn.anew().then(home)


@day.step(
    Named(Choice("both", "morning", "evening", "neither", "later"), named.WHICH_HALF), hours=1
)
def home(turn: Turn, answer: str) -> Outcome:
    """Which of the two."""
    if answer == "later":
        return turn.end(Say("day.left"))
    if answer == "neither":
        return turn.end(_forget(MORNING, EVENING), Say("day.off"))
    turn = turn.keep(want=answer)
    return turn.then(evening_at) if answer == EVENING else turn.then(morning_at)


@day.step(Time(), hours=1)
def morning_at(turn: Turn, answer: time) -> Outcome:
    """The hour of the morning: "8" is eight in the morning here."""
    if answer.hour >= _NOON + _MORNINGS[0].hour - 3:
        answer = answer.replace(hour=answer.hour - _NOON)
    at = min(max(answer, _MORNINGS[0]), _MORNINGS[1])
    kept = _choose(MORNING, at)
    if turn.data.get("want") == MORNING:
        return turn.end(kept, _forget(EVENING), Say("day.morning_kept", {"time": at}))
    return turn.then(evening_at, kept, Say("day.morning_first", {"time": at}))


@day.step(Time(), hours=1)
def evening_at(turn: Turn, answer: time) -> Outcome:
    """The hour of the evening: "9" is nine at night here."""
    if answer.hour < _NOON:
        answer = answer.replace(hour=answer.hour + _NOON)
    at = min(max(answer, _EVENINGS[0]), _EVENINGS[1])
    other = () if turn.data.get("want") == "both" else (_forget(MORNING),)
    return turn.end(_choose(EVENING, at), *other, Say("day.evening_kept", {"time": at}))


def _choose(which: str, at: time) -> Choose:
    return Choose({which: at.strftime("%H:%M"), which + _QUIET: None})


def _forget(*which: str) -> Choose:
    return Choose({name: None for each in which for name in (each, each + _QUIET)})


def mornings(turn: Turn) -> Mapping[str, datetime]:
    """When the next morning question comes."""
    return _next(turn, MORNING)


def evenings(turn: Turn) -> Mapping[str, datetime]:
    """When the next evening question comes."""
    return _next(turn, EVENING)


def _next(turn: Turn, which: str) -> Mapping[str, datetime]:
    chosen = turn.around.own.settings.get(which)
    if not isinstance(chosen, str):
        return {}
    at = moments.clock(chosen, time(_NOON))
    found = moments.coming(moments.every_day, at, turn.person.zone, turn.now)
    return {} if found is None else {"": found}


def ask_morning(turn: Turn, _detail: str) -> Outcome | None:
    """One thing that matters today."""
    if _intention(turn) is not None:
        # They named one already.
        return None
    return _patient(turn, MORNING, turn.then(morning))


def ask_evening(turn: Turn, _detail: str) -> Outcome | None:
    """What came of the morning's words; where there are none, one good thing."""
    said = _intention(turn)
    if said is None:
        return _patient(turn, EVENING, turn.then(evening))
    if turn.person.shut:
        return _patient(turn, EVENING, turn.then(review_shut))
    return _patient(turn, EVENING, turn.keep(line=said).then(review))


def _patient(turn: Turn, which: str, asking: Outcome) -> Outcome:
    """The question, unless it went unanswered too often."""
    before = turn.around.own.settings.get(which + _QUIET)
    times = before if isinstance(before, int) else 0
    if times > _PATIENCE:
        return turn.end(_forget(which))
    counted = Choose({which + _QUIET: times + 1})
    if times == _PATIENCE:
        return turn.keep(which=which).then(still, counted)
    return dataclasses.replace(asking, effects=(counted, *asking.effects))


def _intention(turn: Turn) -> str | None:
    """What they named this morning."""
    newest = turn.around.own.entries(INTENTION, 1)
    zone = turn.person.zone
    if not newest or moments.today(newest[0].at, zone) != moments.today(turn.now, zone):
        return None
    text = newest[0].data.get("text")
    return text if isinstance(text, str) else None


@today.step(_THING, hours=4)
def morning(turn: Turn, answer: Written | str) -> Outcome:
    """One thing that matters today."""
    if answer == MORE:
        return turn.then(morning, Say("shelf.go_ahead"), ask=False)
    heard = Choose({MORNING + _QUIET: None})
    if not isinstance(answer, Written):
        return turn.end(heard, Say("today.skipped"))
    kept = Record(INTENTION, {"text": " ".join(answer.lines)})
    evening_too = isinstance(turn.around.own.settings.get(EVENING), str)
    return turn.end(heard, kept, Say("today.named") if evening_too else Say("today.noted"))


_DID: Final = Choice("did", "partly", "not", "skip_today")


@today.step(_DID, hours=4)
def review(turn: Turn, answer: str) -> Outcome:
    """Whether it happened."""
    return _reviewed(turn, answer)


@today.step(_DID, hours=4)
def review_shut(turn: Turn, answer: str) -> Outcome:
    """The same without their words, where a PIN guards them."""
    return _reviewed(turn, answer)


_TOLD: Final = {"did": "today.did", "partly": "today.partly", "not": "today.not_yet"}


def _reviewed(turn: Turn, answer: str) -> Outcome:
    if answer == "skip_today":
        return turn.end(_heard(), Say("today.skipped"))
    kept: tuple[Effect, ...] = (_heard(), Record(REVIEW, {"did": answer}))
    return turn.keep(reviewed=True).then(good, *kept, Say(_TOLD[answer]))


@today.step(_LINE, hours=3)
def evening(turn: Turn, answer: Written | str) -> Outcome:
    """An evening without a morning's words begins with one good thing."""
    return _closed(turn, answer)


@today.step(_LINE, hours=3)
def good(turn: Turn, answer: Written | str) -> Outcome:
    """One good thing about the day."""
    return _closed(turn, answer)


def _closed(turn: Turn, answer: Written | str) -> Outcome:
    if answer == MORE:
        again = good if turn.data.get("reviewed") else evening
        return turn.then(again, Say("shelf.go_ahead"), ask=False)
    if not isinstance(answer, Written):
        return turn.end(_heard(), Say("today.rest"))
    words: dict[str, Json] = {"good": " ".join(answer.lines)}
    more = turn.data.get("reviewed") is True
    return turn.end(
        _heard(), Amend(REVIEW, words) if more else Record(REVIEW, words), Say("today.rest")
    )


def _heard() -> Choose:
    return Choose({EVENING + _QUIET: None})


@today.step(Choice("go_on", "enough"), hours=20)
def still(turn: Turn, answer: str) -> Outcome:
    """Three went by without an answer: asked once whether to go on."""
    which = EVENING if turn.data.get("which") == EVENING else MORNING
    asks = isinstance(turn.around.own.settings.get(which), str)
    if answer == "enough" or not asks:
        return turn.end(_forget(which), Say("day.off"))
    return turn.end(Choose({which + _QUIET: None}), Say("today.goes_on"))

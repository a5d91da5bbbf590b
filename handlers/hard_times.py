"""The times that are hard for them: the list, and what is said before one comes.

What is said before is theirs: what they call it, and what they wrote that they will do. It is
left out where somebody else may read it: behind a PIN, and by text in cover words.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from content import wording
from handlers import named, shelf
from handlers.answers import Choice, Scale, Skippable
from handlers.flow import Flow, Outcome, Record, Say, Turn
from handlers.hard_time import KIND, MOST, coming, day_and_hour, label, over, said, to_come
from handlers.named import Named
from handlers.own import Choose, Item
from handlers.pin import guarded
from handlers.plan import shortest
from handlers.shelf import Shelf, behind_pin, look
from handlers.talking import talk

hard_times = Flow("hard_times")
ahead = Flow("ahead")

_SHELF: Final = shelf.put_up(Shelf(hard_times.name, KIND, MOST, to_come, said))
_HOW: Final = Named(Choice("ok", "try", "talk"), named.AHEAD)
_MINUTES: Final = {"quarter": 15, "half": 30, "hour": 60, "two_hours": 120}


@guarded(hard_times.name)
def opened(turn: Turn) -> Outcome:
    """All of them; whoever has none is asked for a first one."""
    turn = turn.anew()
    forgotten = over(turn)
    if _SHELF.items(turn):
        return look(turn, _SHELF, view, *forgotten)
    return turn.then(label, *forgotten)


@hard_times.step(Choice("add", "remove", "early", "done"), hours=1)
@behind_pin(hard_times.name)
def view(turn: Turn, answer: str) -> Outcome:
    """All of them, and what to change."""
    if answer == "add":
        if _SHELF.full(turn):
            return look(turn, _SHELF, view, Say("shelf.full", {"count": str(MOST)}))
        return turn.anew().then(label)
    if answer == "remove" and _SHELF.items(turn):
        return turn.then(remove)
    if answer == "early":
        return turn.then(early)
    return turn.end(Say("hard_times.closed"))


@hard_times.step(Skippable(Scale(1, MOST)), hours=1)
@behind_pin(hard_times.name)
def remove(turn: Turn, answer: int | None) -> Outcome:
    """Which one to take away, by its number."""
    return shelf.take(turn, _SHELF, view, remove, answer)


@hard_times.step(Skippable(Choice(*_MINUTES)), hours=1)
@behind_pin(hard_times.name)
def early(turn: Turn, answer: str | None) -> Outcome:
    """How long before it they want to hear of it."""
    if answer is None:
        return look(turn, _SHELF, view)
    return look(turn, _SHELF, view, Choose({"early": _MINUTES[answer]}), Say("shelf.kept"))


def comings(turn: Turn) -> Mapping[str, datetime]:
    """When each is said next, by its number in the store."""
    found = {str(item.id): coming(turn, item.data) for item in turn.around.own.items(KIND)}
    return {number: at for number, at in found.items() if at is not None}


def ask(turn: Turn, detail: str) -> Outcome | None:
    """Before it comes: their own words, and one question."""
    item = next((i for i in turn.around.own.items(KIND) if str(i.id) == detail), None)
    if item is None:
        return None
    line = _line(turn, item)
    if turn.person.shut or not line:
        return turn.then(soon)
    _, at = day_and_hour(item.data)
    hour = wording.clock(at, turn.person.language, turn.person.zone)
    return turn.keep(label=item.text("label"), line=line, time=hour).then(near)


def _line(turn: Turn, item: Item) -> str:
    """What they wrote for it, or what their plan has for a hard hour."""
    if item.text("line"):
        return item.text("line")
    first = shortest(turn.around.lines(), turn.person.language)[:1]
    return first[0] if first else ""


@ahead.step(_HOW, hours=3)
def near(turn: Turn, answer: str) -> Outcome:
    """It comes, and they have something to hold on to."""
    return _on(turn, answer)


@ahead.step(_HOW, hours=3)
def soon(turn: Turn, answer: str) -> Outcome:
    """The same where their words are not shown, or there are none."""
    return _on(turn, answer)


def _on(turn: Turn, answer: str) -> Outcome:
    told = Record(KIND, {"now": answer})
    if answer == "ok":
        return turn.end(told, Say("ahead.ok"))
    following = talk(turn) if answer == "talk" else _one_thing(turn)
    return dataclasses.replace(following, effects=(told, *following.effects))


def _one_thing(turn: Turn) -> Outcome:
    """One thing to try, or a person."""
    from handlers.entrances import ENTRANCES

    opening = ENTRANCES.get("craving", talk)
    return opening(turn.anew())

"""What is set for them at an hour: seen, moved, switched off, named in words of their own.

Questions about it go to a person, always.
"""

from __future__ import annotations

from datetime import time
from typing import Final

from content import wording
from content.unsaid import fold, outs
from handlers import medicines, shelf
from handlers.answers import Answer, Choice, Scale, Skippable, Time
from handlers.flow import Effect, Flow, Outcome, Say, Turn
from handlers.lines import MORE, Line, Written
from handlers.medicines import KIND, LONGEST, MOST, changed, current, find, hours, is_quiet, label
from handlers.own import DropItem, Item, Json, KeepItem
from handlers.pin import guarded
from handlers.shelf import Shelf, behind_pin, look
from handlers.talking import talk

medicine = Flow("medicine")

_NAME: Final[Answer[Written | str]] = Line(Choice("by_hour", "leave"), LONGEST, ends="leave")
_MINE: Final = ("my ", "mi ", "mis ")
_SHORT: Final = 3
"""Letters of words in a name that are no part of it: "mg", "one"."""


def line(turn: Turn, item: Item) -> str:
    """One of them as the list shows it: its name, its hours, and whether a reminder goes out."""
    texts, language = wording.entries(turn.person.language), turn.person.language
    there = [wording.clock(at, language, turn.person.zone) for at in hours(item)]
    told = there if item.text("label") or len(there) > 1 else []
    state = "medicine.on" if item.data.get("reminders") else "medicine.off"
    state = "medicine.waits" if medicines.waits(item) else state
    return ", ".join([label(turn, item), *told, texts[state].text])


_SHELF: Final = shelf.put_up(Shelf(medicine.name, KIND, MOST, current, line))


@guarded(medicine.name)
def opened(turn: Turn) -> Outcome:
    """What is set; whoever has nothing may set an hour."""
    turn = turn.anew()
    return look(turn, _SHELF, view) if current(turn) else turn.then(first)


@medicine.step(Choice("add", "ask", "done"), hours=1)
def first(turn: Turn, answer: str) -> Outcome:
    """Nothing is set yet."""
    return _chosen(turn, answer)


@medicine.step(Choice("change", "add", "ask", "done"), hours=1)
@behind_pin(medicine.name)
def view(turn: Turn, answer: str) -> Outcome:
    """All of it."""
    if answer != "change":
        return _chosen(turn, answer)
    there = current(turn)
    return turn.then(which) if len(there) > 1 else _card(turn, there[0] if there else None)


def _chosen(turn: Turn, answer: str) -> Outcome:
    if answer == "ask":
        return talk(turn.anew())
    if answer == "done":
        return turn.end(Say("medicine.closed"))
    if _SHELF.full(turn):
        return look(turn, _SHELF, view, Say("shelf.full", {"count": str(MOST)}))
    return turn.anew().then(hour)


@medicine.step(Skippable(Scale(1, MOST)), hours=1)
@behind_pin(medicine.name)
def which(turn: Turn, answer: int | None) -> Outcome:
    """Which one, by its number on the list."""
    if answer is None:
        return look(turn, _SHELF, view)
    item = _SHELF.at(turn, answer)
    return turn.then(which, Say("shelf.no_such"), ask=False) if not item else _card(turn, item)


def _card(turn: Turn, item: Item | None, *effects: Effect) -> Outcome:
    """What can be changed about one of them."""
    if item is None:
        return turn.end(*effects, Say("medicine.closed"))
    turn = turn.keep(item=item.id, what=line(turn, item))
    return turn.then(own if item.data.get("own") else one, *effects)


@medicine.step(Choice("hour", "remind", "name", "done"), hours=1)
@behind_pin(medicine.name)
def one(turn: Turn, answer: str) -> Outcome:
    """One that the team has set."""
    return _change(turn, answer)


@medicine.step(Choice("hour", "remind", "name", "remove", "done"), hours=1)
@behind_pin(medicine.name)
def own(turn: Turn, answer: str) -> Outcome:
    """One that they have set themselves."""
    return _change(turn, answer)


def _change(turn: Turn, answer: str) -> Outcome:
    item = find(turn, turn.data.get("item"))
    if item is None or answer == "done":
        return turn.end(Say("medicine.closed"))
    if answer == "remove":
        return turn.end(DropItem(item.id), Say("shelf.taken_away"))
    if answer == "remind" and hours(item):
        return _switch(turn, item)
    if answer == "hour" and len(hours(item)) > 1:
        return _card(turn, item, Say("medicine.several"))
    return turn.then(name if answer == "name" else hour)


def _switch(turn: Turn, item: Item) -> Outcome:
    """Reminders on or off; in an hour of rest only once they say that it is meant."""
    off = not item.data.get("reminders")
    if medicines.waits(item) or (off and any(is_quiet(at) for at in hours(item))):
        return turn.then(early)
    said = Say("medicine.turned_on" if off else "medicine.turned_off")
    return turn.end(changed(item, reminders=off), said)


@medicine.step(Time(), hours=1)
@behind_pin(medicine.name)
def hour(turn: Turn, answer: time) -> Outcome:
    """The hour of a reminder, of one of them or of a new one."""
    turn = turn.keep(hour=answer.strftime("%H:%M"))
    return turn.then(early) if is_quiet(answer) else _set(turn, answer, in_rest=False)


@medicine.step(Choice("keep", "other", "leave"), hours=1)
@behind_pin(medicine.name)
def early(turn: Turn, answer: str) -> Outcome:
    """An hour of rest, in which nothing else is sent: whether it is meant."""
    if answer == "leave":
        return turn.end(Say("medicine.closed"))
    if answer == "other":
        return turn.then(hour)
    told, item = turn.data.get("hour"), find(turn, turn.data.get("item"))
    if isinstance(told, str):
        return _set(turn, time.fromisoformat(told), in_rest=True)
    if item is None:
        return turn.end(Say("medicine.closed"))
    return turn.end(changed(item, reminders=True, early=True), Say("medicine.turned_on"))


def _set(turn: Turn, at: time, *, in_rest: bool) -> Outcome:
    times, said = [at.strftime("%H:%M")], Say("medicine.kept", {"time": at})
    if (number := turn.data.get("item")) is None:
        new: dict[str, Json] = {"own": True, "state": "current", "kind": "other", "label": ""}
        more: dict[str, Json] = {"times": [*times], "flagged": False, "early": in_rest}
        if _SHELF.full(turn):
            return turn.end(Say("shelf.full", {"count": str(MOST)}))
        return turn.end(KeepItem(KIND, {**new, **more, "reminders": True}), said)
    item = find(turn, number)
    if item is None:
        return turn.end(Say("medicine.closed"))
    return turn.end(changed(item, times=[*times], reminders=True, early=in_rest), said)


@medicine.step(_NAME, hours=1)
@behind_pin(medicine.name)
def name(turn: Turn, answer: Written | str) -> Outcome:
    """What to call it; nothing that tells others, unless they chose plain words."""
    item = find(turn, turn.data.get("item"))
    if answer == MORE:
        return turn.then(name, Say("shelf.go_ahead"), ask=False)
    if item is None or answer == "leave":
        return turn.end(Say("medicine.closed"))
    if not isinstance(answer, Written):
        return turn.end(changed(item, label=""), Say("shelf.kept"))
    told = answer.lines[0]
    for mine in _MINE:
        told = told[len(mine) :] if told.casefold().startswith(mine) and told[len(mine) :] else told
    if not turn.person.plain and tells(told, item.text("name")):
        return turn.then(name, Say("medicine.tells"), ask=False)
    return turn.end(changed(item, label=told), Say("shelf.kept"))


def tells(told: str, real: str) -> bool:
    """Whether a label would tell whoever reads it what it is."""
    words = (word for word in fold(real).split() if len(word) > _SHORT)
    return outs(told) or any(word in fold(told) for word in words)

"""Lists of what is somebody's own: shown with numbers, added to by typing, taken from by number.

Behind the PIN a list shows nothing, also where its question comes back after something else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final, TypeVar

from content import wording
from content.wording import Later, Value
from handlers import pin, private
from handlers.flow import Effect, Outcome, Say, Step, Turn
from handlers.lines import Written
from handlers.own import DropItem, Item, Json, KeepItem

A = TypeVar("A")
LONGEST: Final = 140
"""Characters of one line of a list."""
_SHELF: Final = "shelf"
_GAPS: Final = (*private.OWN_GAPS, "list", "time")


@dataclass(frozen=True, slots=True)
class Shelf:
    """One list: how many it holds, what is on it, and how each is shown."""

    name: str
    """Its flow's; what opens behind the PIN goes by it too."""
    kind: str
    """Of its items."""
    most: int
    items: Callable[[Turn], Sequence[Item]] = field(repr=False)
    line: Callable[[Turn, Item], str] = field(repr=False)

    def at(self, turn: Turn, number: int) -> Item | None:
        """What was shown under a number."""
        there = self.items(turn)
        return there[number - 1] if 0 < number <= len(there) else None

    def full(self, turn: Turn) -> bool:
        """Whether nothing more fits."""
        return len(self.items(turn)) >= self.most

    def text(self, turn: Turn) -> str:
        """All of it, with numbers."""
        if turn.person.shut:
            return wording.entries(turn.person.language)["shelf.hidden"].text
        lines = [f"{n}. {self.line(turn, each)}" for n, each in enumerate(self.items(turn), 1)]
        return "\n".join(lines) or wording.entries(turn.person.language)["shelf.empty"].text


_SHELVES: dict[str, Shelf] = {}


def put_up(shelf: Shelf) -> Shelf:
    """A list that questions can show in their gap `list`."""
    _SHELVES[shelf.name] = shelf
    return shelf


def shown(turn: Turn) -> dict[str, Value]:
    """What questions show of somebody's own: the list, looked up when it is asked for.

    A question that comes back after the PIN has shut shows none of what the talk remembers.
    """
    # A place that was stored without them is asked about with nothing in its gaps.
    found: dict[str, Value] = {name: "" for name in _GAPS if name not in turn.data}
    if turn.person.shut:
        hidden = wording.entries(turn.person.language)["shelf.hidden"].text
        found |= {name: hidden for name in private.OWN_GAPS if name in turn.data}
    shelf = _SHELVES.get(str(turn.data.get(_SHELF)))
    return found if shelf is None else {**found, "list": Later(lambda: shelf.text(turn))}


def look(turn: Turn, shelf: Shelf, view: Step[Any], *effects: Effect) -> Outcome:
    """Show a list by the question under it, also in the turn in which the PIN has opened it."""
    turn = turn.keep(**{_SHELF: shelf.name})
    return turn.then(view, *effects, values=shown(turn))


def write(turn: Turn, shelf: Shelf, view: Step[Any], answer: Written, **more: Json) -> Outcome:
    """What was typed goes on the list, as far as there is room."""
    room = max(shelf.most - len(shelf.items(turn)), 0)
    kept = [KeepItem(shelf.kind, {"text": line, **more}) for line in answer.lines[:room]]
    fits = len(kept) == len(answer.lines)
    told = Say("shelf.kept") if fits else Say("shelf.full", {"count": str(shelf.most)})
    return look(turn, shelf, view, *kept, told)


def take(
    turn: Turn, shelf: Shelf, view: Step[Any], remove: Step[Any], number: int | None
) -> Outcome:
    """What was shown under a number is taken away; None leaves the list as it is."""
    if number is None:
        return look(turn, shelf, view)
    item = shelf.at(turn, number)
    if item is None:
        return turn.then(remove, Say("shelf.no_such"), ask=False)
    return look(turn, shelf, view, DropItem(item.id), Say("shelf.taken_away"))


def behind_pin(
    name: str,
) -> Callable[[Callable[[Turn, A], Outcome]], Callable[[Turn, A], Outcome]]:
    """Of a step that shows something: while the PIN is shut it is asked for, and `name` opens."""

    def mark(decide: Callable[[Turn, A], Outcome]) -> Callable[[Turn, A], Outcome]:
        @wraps(decide)
        def step(turn: Turn, answer: A) -> Outcome:
            return pin.ask(turn, name) if turn.person.shut else decide(turn, answer)

        return step

    return mark

"""Their reasons for recovery, in their own words: seen, added to, taken away."""

from __future__ import annotations

from typing import Final

from handlers import shelf
from handlers.answers import Answer, Choice, Scale, Skippable
from handlers.flow import Flow, Outcome, Say, Turn
from handlers.lines import MORE, Line, Written
from handlers.pin import guarded
from handlers.shelf import Shelf, behind_pin, look

reasons = Flow("reasons")

KIND: Final = "reason"
MOST: Final = 9
_FIRST: Final[Answer[Written | str]] = Line(Choice("later"), shelf.LONGEST, ends="later")
_LINE: Final[Answer[Written | str]] = Line(Choice("remove", "done"), shelf.LONGEST, ends="done")
_SHELF: Final = shelf.put_up(
    Shelf(
        reasons.name,
        KIND,
        MOST,
        lambda turn: turn.around.own.items(KIND),
        lambda _turn, item: item.text("text"),
    )
)


@guarded(reasons.name)
def opened(turn: Turn) -> Outcome:
    """What they have written; whoever has nothing is asked for a first one."""
    turn = turn.anew()
    return look(turn, _SHELF, view if _SHELF.items(turn) else first)


@reasons.step(_FIRST)
def first(turn: Turn, answer: Written | str) -> Outcome:
    """The first reason."""
    if isinstance(answer, Written):
        return shelf.write(turn, _SHELF, view, answer)
    if answer == MORE:
        return turn.then(first, Say("shelf.go_ahead"), ask=False)
    return turn.end(Say("reasons.later"))


@reasons.step(_LINE, hours=1)
@behind_pin(reasons.name)
def view(turn: Turn, answer: Written | str) -> Outcome:
    """All of them; what is typed is one more."""
    if isinstance(answer, Written):
        return shelf.write(turn, _SHELF, view, answer)
    if answer == MORE:
        return turn.then(view, Say("shelf.go_ahead"), ask=False)
    if answer == "remove":
        return turn.then(remove) if _SHELF.items(turn) else look(turn, _SHELF, view)
    return turn.end(Say("reasons.closed"))


@reasons.step(Skippable(Scale(1, MOST)), hours=1)
@behind_pin(reasons.name)
def remove(turn: Turn, answer: int | None) -> Outcome:
    """Which one to take away, by its number."""
    return shelf.take(turn, _SHELF, view, remove, answer)

"""One's own safety plan seen and changed: a part at a time, lines added and taken away by number.

Everything here shows what was written, so it begins with the PIN where there is one, and it is
never put aside for another talk: it would come back after the PIN has shut.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from content import wording
from content.wording import Later, Value
from handlers.answers import Answer, Choice, Scale, Skippable
from handlers.flow import Flow, KeepLine, Outcome, Say, Turn
from handlers.lines import MORE, Line, Paged, Written
from handlers.pin import guarded
from handlers.plan import (
    LONGEST,
    MOST,
    PARTS,
    dropped,
    intro,
    next_empty,
    of_part,
    share,
    title,
)

myplan = Flow("myplan")

A = TypeVar("A")
_LONGEST_MESSAGE: Final = 3_500
"""Characters of a whole plan in one message; a longer one goes a part at a time everywhere."""
_LINE: Final[Answer[Written | str]] = Line(Choice("remove", "other", "done"), LONGEST, ends="done")


@guarded("plan")
def opened(turn: Turn) -> Outcome:
    """Their plan, from its first part; whoever has none is told what it is."""
    turn = turn.anew()
    filled = _filled(turn)
    if not filled:
        return turn.then(intro)
    turn = turn.keep(part=filled[0])
    return turn.then(view, values=shown(turn))


def at_once(turn: Turn) -> Say | None:
    """All of it in one message, for danger; None if there is none, or it is behind the PIN."""
    filled = [] if turn.person.shut else _filled(turn)
    if not filled:
        return None
    return Say("myplan.whole", {"part": "\n\n".join(_text(turn, part) for part in filled)})


def shown(turn: Turn) -> dict[str, Value]:
    """What the questions here show, looked up when they are asked; nothing behind the PIN."""
    part = turn.data.get("part")
    if turn.person.shut or part not in PARTS:
        return {"part": "", "rest": ""}

    def this() -> str:
        return _text(turn, str(part))

    def rest() -> str:
        after = _filled(turn)[_filled(turn).index(part) + 1 :] if part in _filled(turn) else []
        text = "".join(f"\n\n{_text(turn, each)}" for each in after)
        return text if len(text) < _LONGEST_MESSAGE else ""

    return {"part": Later(this), "rest": Later(rest)}


def _open(decide: Callable[[Turn, A], Outcome]) -> Callable[[Turn, A], Outcome]:
    """Of a step that shows lines: only while the PIN is open."""

    @wraps(decide)
    def step(turn: Turn, answer: A) -> Outcome:
        return opened(turn) if turn.person.shut else decide(turn, answer)

    return step


@myplan.step(Paged(Choice("go_on", "change", "sharing", "done")), hours=1)
@_open
def view(turn: Turn, answer: str) -> Outcome:
    """A part after the other, or all of it where there is room; then what to do with it."""
    if answer == MORE:
        return _further(turn)
    if answer == "go_on":
        following = next_empty(turn)
        return turn.then(which) if following is None else turn.then(following)
    if answer == "change":
        return turn.then(which)
    if answer == "sharing":
        now = Say("myplan.team_reads") if turn.person.plan_shared else Say("myplan.only_you")
        return turn.anew().then(share, now)
    return turn.end(Say("myplan.closed"))


def _further(turn: Turn) -> Outcome:
    filled, part = _filled(turn), turn.data.get("part")
    after = filled[filled.index(str(part)) + 1 :] if part in filled else filled
    if not after:
        return turn.then(view, Say("myplan.end"), values=shown(turn), ask=False)
    turn = turn.keep(part=after[0])
    return turn.then(view, values=shown(turn))


@myplan.step(Choice(*PARTS), hours=1)
@_open
def which(turn: Turn, answer: str) -> Outcome:
    """Which part to change."""
    return _edit(turn.keep(part=answer))


@myplan.step(_LINE, hours=1)
@_open
def edit(turn: Turn, answer: Written | str) -> Outcome:
    """One part with its lines: what is typed is one more."""
    part = str(turn.data.get("part"))
    if isinstance(answer, Written):
        room = max(MOST - len(of_part(turn, part)), 0)
        kept = [KeepLine(part, text) for text in answer.lines[:room]]
        told = () if len(kept) == len(answer.lines) else (Say("plan.full"),)
        return _edit(turn, *kept, *told)
    if answer == "remove":
        return turn.then(remove) if of_part(turn, part) else _edit(turn)
    if answer == "other":
        return turn.then(which)
    if answer == MORE:
        return turn.then(edit, Say("plan.go_ahead"), values=shown(turn), ask=False)
    return turn.end(Say("myplan.closed"))


@myplan.step(Skippable(Scale(1, MOST)), hours=1)
@_open
def remove(turn: Turn, answer: int | None) -> Outcome:
    """Which line to take away, by its number."""
    if answer is None:
        return _edit(turn)
    gone = dropped(turn, str(turn.data.get("part")), answer)
    if gone is None:
        return turn.then(remove, Say("myplan.no_such_line"), ask=False)
    return _edit(turn, gone, Say("myplan.taken_away"))


def _edit(turn: Turn, *effects: Any) -> Outcome:
    return turn.then(edit, *effects, values=shown(turn))


def _filled(turn: Turn) -> list[str]:
    """The parts with lines, in their order."""
    there = {line.part for line in turn.around.lines()}
    return [part for part in PARTS if part in there]


def _text(turn: Turn, part: str) -> str:
    """A part as it is shown: its name, and its lines with their numbers."""
    language = turn.person.language
    lines = [f"{n}. {line.text}" for n, line in enumerate(of_part(turn, part), start=1)]
    lines = lines or [wording.entries(language)["myplan.empty"].text]
    return "\n".join([title(part, language), *lines])

"""A person's own safety plan: seven parts, asked one at a time, a line an answer.

The questions are our own wording. Whoever writes it decides whether their team may read it; what
sounds like danger now is heard as everywhere. Nothing has to be finished: an empty part is asked
again when they go on. How it is seen and changed is in `handlers.myplan`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from content import wording
from handlers.answers import Answer, Choice
from handlers.flow import DropLine, Effect, Flow, KeepLine, Outcome, Say, Share, Step, Turn
from handlers.lines import MORE, NEXT, PAUSE, Line, Written
from handlers.person import PlanLine

plan = Flow("plan")

PARTS: Final = ("signs", "alone", "places", "people", "professionals", "safer", "worth")
"""In the order in which they are asked."""
MOST: Final = 6
"""Lines of one part."""
LONGEST: Final = 140
"""Characters of one line."""
_FIRST_IN_DANGER: Final = ("places", "people", "alone", "professionals", "safer", "worth")
"""Near someone first; getting away from the means is said before any plan."""
_SHOWN_IN_DANGER: Final = 3
_SHORT: Final = 60
_LINE: Final[Answer[Written | str]] = Line(Choice(NEXT, PAUSE), LONGEST)


@plan.step(Choice("begin", "later"))
def intro(turn: Turn, answer: str) -> Outcome:
    """What it is and who sees it; then whether to begin."""
    if answer == "later":
        return turn.end(Say("plan.later"))
    return turn.keep(fresh=True).then(signs)


@plan.step(_LINE)
def signs(turn: Turn, answer: Written | str) -> Outcome:
    """How they notice that trouble is coming."""
    return _part(turn, signs, answer)


@plan.step(_LINE)
def alone(turn: Turn, answer: Written | str) -> Outcome:
    """What they can do by themselves."""
    return _part(turn, alone, answer)


@plan.step(_LINE)
def places(turn: Turn, answer: Written | str) -> Outcome:
    """Places and people that take their mind off it."""
    return _part(turn, places, answer)


@plan.step(_LINE)
def people(turn: Turn, answer: Written | str) -> Outcome:
    """People they can ask for help."""
    return _part(turn, people, answer)


@plan.step(_LINE)
def professionals(turn: Turn, answer: Written | str) -> Outcome:
    """Professionals and lines they can call."""
    return _part(turn, professionals, answer)


@plan.step(_LINE)
def safer(turn: Turn, answer: Written | str) -> Outcome:
    """What makes it safer around them."""
    return _part(turn, safer, answer)


@plan.step(_LINE)
def worth(turn: Turn, answer: Written | str) -> Outcome:
    """What is worth living for."""
    return _part(turn, worth, answer)


@plan.step(Choice("share", "keep"))
def share(turn: Turn, answer: str) -> Outcome:
    """Who may read it: asked once when the first part is done, and whenever they want to."""
    shared = answer == "share"
    told: tuple[Effect, ...] = (
        Share(shared),
        Say("plan.shared") if shared else Say("plan.kept_private"),
    )
    after = turn.data.get("after")
    if not isinstance(after, str):
        return turn.end(*told)
    turn = turn.keep(fresh=False)
    return _on(turn, after, *told)


_PAUSED: Final = ""


def _part(turn: Turn, step: Step[Any], answer: Written | str) -> Outcome:
    if isinstance(answer, Written):
        room = MOST - len(of_part(turn, step.name))
        kept = tuple(KeepLine(step.name, text) for text in answer.lines[: max(room, 0)])
        told = "plan.kept" if len(kept) == len(answer.lines) else "plan.full"
        written = bool(kept) or turn.data.get("written") is True
        return turn.keep(written=written).then(step, *kept, Say(told), ask=False)
    if answer == MORE:
        return turn.then(step, Say("plan.go_ahead"), ask=False)
    after = _PAUSED if answer == PAUSE else step.name
    first = turn.data.get("fresh") is True and turn.data.get("written") is True
    if first and not turn.person.plan_shared:
        return turn.keep(after=after).then(share)
    return _on(turn, after)


def _on(turn: Turn, after: str, *told: Effect) -> Outcome:
    """To the next part that is still empty, or out."""
    if after == _PAUSED:
        return turn.end(*told, Say("plan.paused"))
    following = next_empty(turn, after)
    if following is not None:
        return turn.then(following, *told)
    any_line = bool(turn.around.lines())
    return turn.end(*told, Say("plan.done") if any_line else Say("plan.later"))


def next_empty(turn: Turn, after: str | None = None) -> Step[Any] | None:
    """The first part without a line, or the first one after another part; None: there is none."""
    filled = {line.part for line in turn.around.lines()}
    begin_at = PARTS.index(after) + 1 if after is not None else 0
    return next((plan.steps[part] for part in PARTS[begin_at:] if part not in filled), None)


def of_part(turn: Turn, part: str) -> list[PlanLine]:
    """The lines of a part, in the order of writing."""
    return [line for line in turn.around.lines() if line.part == part]


def dropped(turn: Turn, part: str, number: int) -> DropLine | None:
    """What takes away the line that was shown under a number; None if there is no such line."""
    there = of_part(turn, part)
    return DropLine(there[number - 1].id) if 0 < number <= len(there) else None


def title(part: str, language: wording.Language) -> str:
    """What a part is called where its lines are shown."""
    return wording.entries(language)[f"plan.{part}_title"].text


def shortest(lines: Iterable[PlanLine], language: wording.Language) -> tuple[str, ...]:
    """Some lines for danger, what helps first in front: the first line of each of a few parts."""
    firsts: dict[str, str] = {}
    for line in lines:
        firsts.setdefault(line.part, line.text)
    leads = {part: wording.entries(language)[f"plan.{part}_lead"].text for part in _FIRST_IN_DANGER}
    found = [f"{leads[part]}: {_cut(firsts[part])}" for part in _FIRST_IN_DANGER if part in firsts]
    return tuple(found[:_SHOWN_IN_DANGER])


def _cut(text: str) -> str:
    if len(text) <= _SHORT:
        return text
    return text[: _SHORT - 3].rsplit(" ", 1)[0] + "..."


SIGNS: Final = frozenset({"strong_craving"})
"""What the screen hears in the usual signs of a hard time; no danger by itself."""
KIND: Final = "plan"
"""What a message is, theirs or ours, that holds lines of a plan and nothing else says so."""
_AGAIN: Final = f"_{KIND}_"
"""Stands in the kind of a message that went again by another channel."""
_SHOW_LINES: Final = frozenset({KIND, "crisis.plan", "myplan.view", "myplan.whole", "myplan.edit"})


def shows_lines(key: str) -> bool:
    """Whether a text, by its key or by the kind of its message, shows lines of the plan."""
    return key in _SHOW_LINES or _AGAIN in key

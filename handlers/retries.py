"""How a question is asked once more, by what kind of answer it takes."""

from __future__ import annotations

from typing import Any

from handlers import answers
from handlers.arriving import LONGEST, Minutes
from handlers.crisis import AGAIN, afterwards
from handlers.flow import Say, Step
from handlers.lines import Code, Line
from handlers.named import Named
from handlers.pastday import PastDay
from handlers.picked import Picked
from handlers.replies import Reason
from handlers.shown import Shown
from handlers.sought import Sought
from handlers.substance import Substance

_RETRY = {
    answers.Choice: "again_choice",
    answers.Letters: "again_letters",
    answers.Time: "again_time",
    answers.Place: "again_place",
    answers.Free: "again_free",
    Line: "again_free",
    Named: "again_choice",
    Picked: "again_choice",
    Reason: "again_choice",
    Shown: "again_choice",
    Sought: "again_place",
    Substance: "again_choice",
}


def again(step: Step[Any], tries: int = 0) -> Say:
    """The words before the choices are shown again; `tries` were made before."""
    if step is afterwards:
        return Say(AGAIN[tries % len(AGAIN)])
    if isinstance(step.answer, Code):
        return Say("pin.again")
    inner = getattr(step.answer, "answer", step.answer)
    if isinstance(step.answer, Line):
        inner = step.answer
    if isinstance(inner, answers.Numbers) and step.flow != "checkin":
        inner = inner.parts[0]
    if isinstance(inner, Minutes):
        inner = answers.Scale(1, LONGEST)
    if isinstance(inner, answers.Scale):
        span = {"low": str(inner.low), "high": str(inner.high)}
        skips = isinstance(step.answer, answers.Skippable)
        return Say("system.again_scale_skip" if skips else "system.again_scale", span)
    if isinstance(inner, PastDay):
        return Say("days.no_such_day")
    if isinstance(inner, answers.Letters) and tries % 2:
        return Say("system.again_letters_more")
    listed = isinstance(inner, Sought) and inner.numbered
    kind = "again_sought" if listed else _RETRY.get(type(inner), "again_numbers")
    return Say(f"system.{kind}")

"""How a question is asked once more, by what kind of answer it takes."""

from __future__ import annotations

from typing import Any

from handlers import answers
from handlers.crisis import AGAIN, afterwards
from handlers.flow import Say, Step
from handlers.lines import Code
from handlers.pastday import PastDay
from handlers.shown import Shown
from handlers.substance import Substance

_RETRY = {
    answers.Scale: "again_scale",
    answers.Choice: "again_choice",
    answers.Letters: "again_letters",
    answers.Time: "again_time",
    answers.Place: "again_place",
    answers.Free: "again_free",
    Shown: "again_choice",
    Substance: "again_choice",
}


def again(step: Step[Any], tries: int = 0) -> Say:
    """The words before the choices are shown again; `tries` were made before."""
    if step is afterwards:
        return Say(AGAIN[tries % len(AGAIN)])
    if isinstance(step.answer, Code):
        return Say("pin.again")
    inner = getattr(step.answer, "answer", step.answer)
    if isinstance(inner, answers.Scale):
        return Say("system.again_scale", {"low": str(inner.low), "high": str(inner.high)})
    if isinstance(inner, PastDay):
        return Say("days.no_such_day")
    if isinstance(inner, answers.Letters) and tries % 2:
        return Say("system.again_letters_more")
    return Say(f"system.{_RETRY.get(type(inner), 'again_numbers')}")

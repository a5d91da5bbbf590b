"""What is nobody's but theirs: the talks whose answers are, and the texts that show such words."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from content import wording
from handlers.flow import Step
from handlers.lines import Line

PLAN: Final = ("plan", "myplan")
"""Talks whose lines are the plan's: staff read them where the plan is shared."""
ALONE: Final = ("reasons", "contact", "contacts", "hard_time", "goals")
"""Talks that they open themselves, and in which they are told that only danger is passed on."""
_THEIRS: Final = (*PLAN, *ALONE, "pin", "today")
OWN_GAPS: Final = ("who", "number", "label", "line", "goal")
"""Gaps of questions that only ever hold words of their own."""
OWN: Final = "own"
"""What a message is, theirs or ours, that holds words which are nobody's but theirs."""
_SHOWN_BY: Final = frozenset(
    {
        "lapse",
        "days",
        "reasons",
        "contact",
        "contacts",
        "hard_times",
        "ahead",
        "today",
        "goals",
        "week",
        "saved",
        "going",
        "coming",
    }
)
_SHOWING: Final = frozenset({*OWN_GAPS, "list", "words", "where"})


def is_private(step: Step[Any]) -> bool:
    """Whether its answers are nobody's but theirs, unless they share them."""
    return step.flow in _THEIRS or isinstance(step.answer, Line)


@cache
def shows_own(key: str) -> bool:
    """Whether a text, by its key, shows words that are nobody's but theirs."""
    if key.partition(".")[0] not in _SHOWN_BY:
        return False
    return not _SHOWING.isdisjoint(wording.gaps(wording.entries("en")[key].text))


def is_own(kind: str) -> bool:
    """Whether a message, by its kind, holds such words; also where it went again another way."""
    return kind == OWN or kind.startswith(f"{OWN} ") or f"_{OWN}_" in kind

"""Whose meetings are theirs: asked once, after a first search, and never guessed.

It orders what is found, and is the same as the one that their day count speaks by.
"""

from __future__ import annotations

from handlers.answers import Choice, Skippable
from handlers.days import PATHS
from handlers.flow import Effect, Flow, Outcome, Say, Turn
from handlers.meetings import PATH
from handlers.own import Choose

path = Flow("path")


@path.step(Skippable(Choice(*PATHS)))
def which(turn: Turn, answer: str | None) -> Outcome:
    """Whose; who leaves it out is not asked again."""
    said = Say("path.kept" if answer is not None else "path.left")
    return turn.end(Choose({PATH: answer or "none"}), said)


def ending(turn: Turn, *effects: Effect) -> Outcome:
    """The end of a talk about meetings: their path is asked where it never was."""
    if PATH in turn.around.own.settings:
        return turn.end(*effects)
    return turn.anew().then(which, *effects)


def of(turn: Turn) -> str:
    """Theirs; "none" where they have none, or were not asked."""
    kept = turn.around.own.settings.get(PATH)
    return str(kept) if kept in PATHS else "none"

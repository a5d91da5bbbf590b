"""Whether they have naloxone at hand, and where: asked after the first check-in, then monthly.

The answer is kept as `naloxone` (one of `PLACES`, `SOMEWHERE` or `NONE`) with its day,
`naloxone_at`, so that other texts can say where it is. Without it the team hears of it: whoever
has none is to get one.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from handlers import moments, named
from handlers.answers import Choice, Skippable
from handlers.flow import Flow, Outcome, Say, Turn
from handlers.named import Named
from handlers.own import Choose, Remind
from handlers.programme import OpenTask

naloxone = Flow("naloxone")

PLACES: Final = ("home", "me", "other")
"""At home, on them, with somebody else."""
SOMEWHERE: Final = "yes"
NONE: Final = "none"

_AT: Final = time(11)
_MONTH: Final = timedelta(days=30)
_WEEK: Final = timedelta(days=7)
"""After which it is asked again, where there was no answer."""
FIRST: Final = "naloxone_first"


def after_checkin(turn: Turn) -> tuple[Remind, ...]:
    """A check-in was answered: the day after their first, it is asked for the first time."""
    if "naloxone_asked" in turn.around.own.settings:
        return ()
    return (Remind(FIRST, moments.coming(moments.every_day, _AT, turn.person.zone, turn.now)),)


def comings(turn: Turn) -> dict[str, datetime]:
    """When it is asked again, once it was asked."""
    chosen, zone = turn.around.own.settings, turn.person.zone
    told, put = moments.day(chosen.get("naloxone_at")), moments.day(chosen.get("naloxone_asked"))
    days = [day + _MONTH for day in [told] if day] + [day + _WEEK for day in [put] if day]
    found = moments.coming(lambda day: day >= max(days), _AT, zone, turn.now) if days else None
    return {} if found is None else {"": found}


def ask(turn: Turn, _: str) -> Outcome | None:
    """Whether they have it."""
    return turn.then(have, Choose({"naloxone_asked": turn.today.isoformat()}))


@naloxone.step(Skippable(Named(Choice("yes", "none"), named.NALOXONE)))
def have(turn: Turn, answer: str | None) -> Outcome:
    """Whether they have it; none is a task for the team."""
    if answer is None:
        return turn.end(Say("naloxone.left"))
    if answer == NONE:
        need = OpenTask("naloxone", "naloxone")
        return turn.end(_keep(turn, NONE), need, Say("naloxone.none", {"team": turn.around.team}))
    return turn.then(where, _keep(turn, SOMEWHERE))


@naloxone.step(Skippable(Choice(*PLACES)))
def where(turn: Turn, answer: str | None) -> Outcome:
    """Where it is, so that a text can say so when it counts."""
    kept = [_keep(turn, answer)] if answer is not None else []
    return turn.end(*kept, Say("naloxone.kept"))


def _keep(turn: Turn, answer: str) -> Choose:
    return Choose({"naloxone": answer, "naloxone_at": turn.today.isoformat()})

"""A line a week and two days before a refill: whether it is arranged, or a hand is needed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from handlers import medicines, moments
from handlers.answers import Choice
from handlers.flow import Effect, Flow, Outcome, Raise, Say, Turn
from handlers.hard_time import day_of
from handlers.own import Item
from handlers.replies import Reply
from handlers.risk import Level

refill = Flow("refill")

_AT: Final = time(10)
_BEFORE: Final = (7, 2)
"""Days before it."""


def comings(turn: Turn) -> dict[str, datetime]:
    """When each refill that is not arranged is spoken of next, by its day."""
    found: dict[str, datetime] = {}
    for day in sorted({day for item in medicines.current(turn) if (day := _day(item))}):
        told = [moments.local(day - timedelta(days=n), _AT, turn.person.zone) for n in _BEFORE]
        later = [moment for moment in told if moment > turn.now]
        if later:
            found[day.isoformat()] = min(later)
    return found


def _day(item: Item) -> date | None:
    """The day of its refill; None without one, or where it is arranged."""
    stored = item.text("refill_on")
    return None if stored == item.text("refill_done") else moments.day(stored)


def ask(turn: Turn, day: str) -> Outcome | None:
    """That it comes up, and whether it is arranged."""
    on = date.fromisoformat(day)
    left = (on - turn.today).days
    if left <= 0 or not _of(turn, day):
        return None
    named = day_of(turn, moments.local(on, _AT, turn.person.zone))
    comes = Say("refill.comes", {"count": str(left), "day": named})
    return turn.keep(refill=day).then(arranged, comes)


def _of(turn: Turn, day: str) -> list[Item]:
    return [item for item in medicines.current(turn) if item.text("refill_on") == day]


@refill.step(Reply(Choice("yes", "not_yet", "hand"), "yes", "not_yet"))
def arranged(turn: Turn, answer: str) -> Outcome:
    """Arranged, not yet, or a hand is needed."""
    day = str(turn.data.get("refill"))
    if answer == "not_yet":
        return turn.end(Say("refill.not_yet"))
    done: list[Effect] = [medicines.changed(item, refill_done=day) for item in _of(turn, day)]
    if answer == "yes":
        return turn.end(*done, Say("refill.good"))
    values = {"phone": turn.around.medication_phone, "team": turn.around.team}
    return turn.end(Raise(Level.CONCERN, "refill_help"), Say("refill.hand", values))

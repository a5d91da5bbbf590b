"""What they have earned, where the clinic gives rewards: the sum, and the latest lines of it."""

from __future__ import annotations

from content import days
from handlers.flow import Outcome, Say, Turn
from handlers.pin import guarded


@guarded("rewards")
def opened(turn: Turn) -> Outcome:
    """The sum, and what it came from, by day alone."""
    found = turn.around.programme.rewards()
    if found is None:
        return turn.end(Say("rewards.off"))
    if not found.lines:
        return turn.end(Say("rewards.none"))
    language = turn.person.language
    each = [f"{days.short(day, language)} {money(cents)}" for day, cents in found.lines]
    latest = Say("rewards.latest", {"list": ", ".join(each)})
    if found.cents <= 0:
        return turn.end(Say("rewards.nothing_now"), latest)
    return turn.end(Say("rewards.have", {"money": money(found.cents)}), latest)


def money(cents: int) -> str:
    """An amount as it is read: `$12.50`."""
    return f"{'-' if cents < 0 else ''}${abs(cents) / 100:,.2f}"

"""Their own calendar: an address that a phone subscribes to, in which every entry has one name.

It says when and nothing else. Whoever has the address sees the times, so it can be taken back.
"""

from __future__ import annotations

from content.wording import Later
from handlers.answers import Choice
from handlers.flow import Flow, Outcome, Say, Turn
from handlers.pin import guarded
from handlers.programme import RevokeFeed

feed = Flow("feed")


@guarded(feed.name)
def opened(turn: Turn) -> Outcome:
    """The address, and what to do with it."""
    return turn.anew().then(after, _said(turn, "feed.address"))


@feed.step(Choice("done", "new", "stop"), hours=1)
def after(turn: Turn, answer: str) -> Outcome:
    """Keep it, have another in its place, or none."""
    if answer == "stop":
        return turn.end(RevokeFeed(), Say("feed.stopped"))
    if answer == "new":
        return turn.end(RevokeFeed(), _said(turn, "feed.renewed"))
    return turn.end(Say("feed.done"))


def _said(turn: Turn, key: str) -> Say:
    return Say(key, {"link": Later(turn.around.programme.feed)}, alone=True)

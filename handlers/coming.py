"""Before a meeting that they wanted to be told of: when it is, the way there, the room to join.

And what they are told by itself where one of theirs has moved, closed, or is listed no longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from content.wording import clock
from handlers import moments, occasions
from handlers.answers import Choice
from handlers.flow import Effect, Flow, Outcome, Say, Turn
from handlers.going import day_said, is_weekly, of, said
from handlers.meetings import SAVED, Meeting
from handlers.own import DropItem, Item, KeepItem

coming = Flow("coming")

TOLD: Final = "meeting_news"
"""The prompt that tells them."""
NEWS: Final = "news"
"""In an item: what has happened to it since, of which they are to be told once."""
MOVED: Final = "moved"
GONE: Final = "gone"
BEFORE: Final = "before"
"""In an item that moved: its day and minute until then."""
SKIPPED: Final = "skipped"
"""In an item: the start of the one time that they will not go."""


def item_of(turn: Turn, number: object) -> tuple[Item, Meeting] | None:
    """One of theirs by its number, as a prompt or a talk has it."""
    for item in turn.around.own.items(SAVED):
        which = of(item)
        if str(item.id) == str(number) and which is not None:
            return item, which
    return None


def _reminded(turn: Turn) -> list[tuple[Item, Meeting]]:
    there = ((item, of(item)) for item in turn.around.own.items(SAVED) if item.data.get("remind"))
    return [(item, which) for item, which in there if which and item.data.get(NEWS) != GONE]


def ahead(turn: Turn) -> Mapping[str, datetime]:
    """When somebody is told next of what they go to."""
    return _next_told(turn, online=False)


def at_the_door(turn: Turn) -> Mapping[str, datetime]:
    """When they are told next of what they join from where they are."""
    return _next_told(turn, online=True)


def _next_told(turn: Turn, *, online: bool) -> dict[str, datetime]:
    found = {}
    for item, which in _reminded(turn):
        if (which.miles is None) is online:
            at = _first_told(turn, item, which)
            if at is not None:
                found[str(item.id)] = at
    return found


def _first_told(turn: Turn, item: Item, which: Meeting) -> datetime | None:
    for start in occasions.starts(which, turn.now, weekly=is_weekly(item, which)):
        at = occasions.told_at(which, start, turn.person.zone)
        if at > turn.now:
            return at
    return None


def _start(turn: Turn, item: Item, which: Meeting) -> datetime | None:
    return next(occasions.starts(which, turn.now, weekly=is_weekly(item, which)), None)


def ask_ahead(turn: Turn, number: str) -> Outcome | None:
    """When and where it is, and whether they will go."""
    found = item_of(turn, number)
    start = _start(turn, *found) if found is not None else None
    if found is None or start is None or not found[0].data.get("remind"):
        return None
    item, which = found
    tomorrow = moments.today(start, turn.person.zone) > turn.today
    told = Say("coming.tomorrow" if tomorrow else "coming.today", said(turn, which, start))
    turn = turn.anew().keep(item=item.id, start=start.isoformat())
    return turn.then(soon, told, ask=False)


def ask_at_the_door(turn: Turn, number: str) -> Outcome | None:
    """The room is open: the way in."""
    found = item_of(turn, number)
    start = _start(turn, *found) if found is not None else None
    if found is None or start is None or not found[0].data.get("remind"):
        return None
    return turn.end(Say("coming.open", said(turn, found[1], start)))


@coming.step(Choice("going", "not_today", "off"), hours=3)
def soon(turn: Turn, answer: str) -> Outcome:
    """They go, not this time, or want no reminders of it."""
    found = item_of(turn, turn.data.get("item"))
    if answer == "going" or found is None:
        return turn.end(Say("coming.going"))
    item, which = found
    if answer == "off":
        return turn.end(off(item), Say("coming.off"))
    skipped = KeepItem(SAVED, {**item.data, SKIPPED: turn.data.get("start")}, item.id)
    effect: Effect = skipped if is_weekly(item, which) else DropItem(item.id)
    return turn.end(effect, Say("coming.not_today"))


def off(item: Item) -> Effect:
    """No reminders of it; what was only for once goes."""
    if item.data.get("saved"):
        return KeepItem(SAVED, {**item.data, "remind": False}, item.id)
    return DropItem(item.id)


def tell_news(turn: Turn, number: str) -> Outcome | None:
    """One of theirs has moved, or is no more; said once."""
    found = item_of(turn, number)
    if found is None:
        return None
    item, which = found
    reminded = item.data.get("remind") is True
    if item.data.get(NEWS) == GONE:
        start = occasions.next_start(which.day, which.minute, which.zone, turn.now)
        told = [Say("coming.gone", said(turn, which, start))]
        if reminded:
            told.append(Say("coming.gone_reminder"))
        return turn.end(DropItem(item.id), *told, Say("coming.others"))
    start_ = _start(turn, item, which)
    if item.data.get(NEWS) != MOVED or start_ is None:
        return None
    known = {name: value for name, value in item.data.items() if name not in (NEWS, BEFORE)}
    values = {**said(turn, which, start_), "before": _before(turn, item, which)}
    moved = Say("coming.moved", values)
    more = [Say("coming.moved_reminder")] if reminded else []
    return turn.end(KeepItem(SAVED, known, item.id), moved, *more)


def _before(turn: Turn, item: Item, which: Meeting) -> str:
    """How they know it: its day and hour until now, in words."""
    had = item.data.get(BEFORE)
    day, minute = which.day, which.minute
    if isinstance(had, list) and len(had) == 2:  # noqa: PLR2004 - a day and a minute
        day, minute = int(str(had[0])), int(str(had[1]))
    start = occasions.next_start(day, minute, which.zone, turn.now)
    return f"{day_said(turn, start)} {clock(start, turn.person.language, turn.person.zone)}"

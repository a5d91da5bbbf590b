"""After a meeting: whether they got there and how it was; and how many they plan for a week.

Not having gone is nothing: it is neither counted nor kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from content import wording
from handlers import attended, goals, moments, occasions
from handlers.answers import Choice, Scale, Skippable
from handlers.attended import PLANNED, SHARED
from handlers.coming import NEWS, SKIPPED, item_of
from handlers.flow import Effect, Flow, Outcome, Record, Say, Turn
from handlers.going import is_weekly, of
from handlers.meetings import SAVED, Meeting
from handlers.own import Amend, Choose, DropItem, Item, KeepItem

went = Flow("went")

_BACK: Final = timedelta(hours=40)
"""The longest from a start to the question how it was."""
_POOR: Final = 2
_PLANS: Final[Mapping[str, int]] = {"one": 1, "two": 2, "three": 3}


def afterwards(turn: Turn) -> Mapping[str, datetime]:
    """When they are asked next how it was."""
    found = {}
    for item in turn.around.own.items(SAVED):
        which = of(item)
        if which is not None and item.data.get("remind") and item.data.get(NEWS) != "gone":
            at = _first_asked(turn, item, which)
            if at is not None:
                found[str(item.id)] = at
    return found


def _first_asked(turn: Turn, item: Item, which: Meeting) -> datetime | None:
    # What was kept after it had begun is asked about too.
    first = min(turn.now, item.at) - _BACK
    for start in occasions.starts(which, first, weekly=is_weekly(item, which)):
        at = occasions.asked_at(which, start, turn.person.zone)
        if at > turn.now:
            return at
    return None


def ask(turn: Turn, number: str) -> Outcome | None:
    """Whether they got there. What was for once is done with now."""
    found = item_of(turn, number)
    start = _latest(turn, *found) if found is not None else None
    if found is None or start is None:
        return None
    item, which = found
    over: tuple[Effect, ...] = () if is_weekly(item, which) else (DropItem(item.id),)
    if item.data.get(SKIPPED) == start.isoformat() or _told(turn, item, start):
        return turn.end(*over) if over else None
    turn = turn.anew().keep(
        item=item.id,
        day=moments.today(start, turn.person.zone).isoformat(),
        minutes=which.minutes,
        online=which.miles is None,
    )
    return turn.then(after, *over, Say("went.ask", {"time": start}), ask=False)


def _latest(turn: Turn, item: Item, which: Meeting) -> datetime | None:
    """The start that it is asked about."""
    latest = None
    for start in occasions.starts(which, turn.now - _BACK, weekly=is_weekly(item, which)):
        if occasions.asked_at(which, start, turn.person.zone) > turn.now:
            break
        latest = start
    return latest


def _told(turn: Turn, item: Item, start: datetime) -> bool:
    day = moments.today(start, turn.person.zone)
    return any(
        entry.data.get("item") == item.id and attended.day_of(entry, turn.person.zone) == day
        for entry in attended.since(turn, day)
    )


@went.step(Choice("went", "not_this_time", "skip"), hours=20)
def after(turn: Turn, answer: str) -> Outcome:
    """They got there, or not; either is fine."""
    if answer == "went":
        return told(turn)
    return turn.end(Say("went.not_this_time") if answer == "not_this_time" else Say("went.left"))


def told(turn: Turn) -> Outcome:
    """They went: it counts, and they may say how it was."""
    names = ("item", "day", "minutes", "online")
    data = {name: turn.data[name] for name in names if name in turn.data}
    data = {"day": turn.today.isoformat(), **data}
    return turn.then(how, Record(SAVED, data), *attended.counted(turn))


@went.step(Skippable(Scale(1, 5)), hours=20)
def how(turn: Turn, answer: int | None) -> Outcome:
    """How it was for them, 1 to 5."""
    effects: list[Effect] = []
    if answer is not None:
        effects.append(Amend(SAVED, {"how": answer}))
        effects.append(Say("went.may_differ" if answer <= _POOR else "went.noted"))
    if turn.around.own.settings.get(SHARED) is None and not turn.person.shut:
        return turn.then(share, *effects)
    return turn.end(*(effects or [Say("went.left")]))


@went.step(Choice("keep", "share"), hours=20)
def share(turn: Turn, answer: str) -> Outcome:
    """Whether the team may see how many; not unless they say so."""
    shared = answer == "share"
    return turn.end(Choose({SHARED: shared}), Say("went.shared" if shared else "went.kept_private"))


def plan(turn: Turn) -> Outcome:
    """How many they want to go to in a week."""
    return turn.anew().then(many)


@went.step(Choice(*_PLANS, "none"), hours=2)
def many(turn: Turn, answer: str) -> Outcome:
    """The plan stands among their goals for the week, and is counted by itself."""
    week = goals.week_of(turn)
    old = attended.plan_of(turn, week)
    if answer == "none":
        dropped = (DropItem(old.id),) if old is not None else ()
        return turn.end(*dropped, Say("went.no_plan"))
    if old is None and len(goals.of_now(turn)) >= goals.MOST:
        return turn.end(Say("shelf.full", {"count": str(goals.MOST)}))
    count = _PLANS[answer]
    goal = KeepItem(
        attended.GOAL,
        {
            "text": wording.entries(turn.person.language)[f"went.goal_{answer}"].text,
            "week": week,
            "state": "open",
            PLANNED: count,
        },
        old.id if old is not None else None,
    )
    there = str(len(attended.this_week(turn)))
    return turn.end(goal, Say("went.planned", {"most": str(count), "count": there}))

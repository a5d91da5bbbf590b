"""The meetings that somebody told of having been to: how many, on which days, how long.

Only that they went, when, for how long and how it was are kept; which one it was is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from handlers import moments
from handlers.flow import Effect, Say, Turn
from handlers.meetings import SAVED
from handlers.own import Entry, Item, Json, KeepItem, whole

SHARED: Final = "meetings_shared"
"""Among what they chose: whether the team sees how many in a week."""
GOAL: Final = "goal"
"""The kind of item among which a plan for the week stands."""
PLANNED: Final = "meetings"
"""In such an item: how many they planned."""
_LOOKED_AT: Final = 60
_ASKED: Final = ("bam_iop", "10")
"""The item of a questionnaire that asks for the days of the past week."""
_WEEK: Final = 7


def day_of(entry: Entry, zone: str) -> date:
    """The day on which they went."""
    return moments.day(entry.data.get("day")) or moments.today(entry.at, zone)


def minutes_of(data: Mapping[str, Json]) -> int:
    """How long it was; an hour where nobody knows."""
    return whole(data.get("minutes")) or 60


def since(turn: Turn, first: date) -> list[Entry]:
    """Those from a day on, the newest first."""
    there = turn.around.own.entries(SAVED, _LOOKED_AT)
    return [each for each in there if day_of(each, turn.person.zone) >= first]


def this_week(turn: Turn) -> list[Entry]:
    """Those since Monday."""
    return since(turn, turn.today - timedelta(days=turn.today.weekday()))


def days_lately(turn: Turn, days: int = _WEEK) -> int:
    """On how many of the past days they went to one."""
    first = turn.today - timedelta(days=days)
    return len({day_of(each, turn.person.zone) for each in since(turn, first)})


def plan_of(turn: Turn, week: str) -> Item | None:
    """What they planned for a week, if they did."""
    there = (item for item in turn.around.own.items(GOAL) if item.data.get(PLANNED))
    return next((item for item in there if item.text("week") == week), None)


def week_of(day: date) -> str:
    """The week that a day is in, as goals name it."""
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"


def counted(turn: Turn) -> tuple[Effect, ...]:
    """One more was told of: what the week comes to, beside what they planned."""
    count = len(this_week(turn)) + 1
    plan = plan_of(turn, week_of(turn.today))
    planned = whole(plan.data.get(PLANNED)) if plan is not None else None
    if plan is None or planned is None or count > planned:
        return (Say("went.counted", {"count": str(count)}),)
    values = {"count": str(count), "most": str(planned)}
    if count < planned:
        return (Say("went.counted_plan", values),)
    done = KeepItem(GOAL, {**plan.data, "state": "done"}, plan.id)
    return done, Say("went.reached", values)


def told_before(turn: Turn, questionnaire: str, item: str) -> tuple[Say, ...]:
    """Where a questionnaire asks on how many days they went: what they told of here."""
    count = days_lately(turn) if (questionnaire, item) == _ASKED and not turn.person.shut else 0
    return (Say("went.told_lately", {"count": str(count)}),) if count else ()


def so_far(turn: Turn, goal: Item) -> str:
    """Beside a goal that is counted: how many of how many."""
    planned = whole(goal.data.get(PLANNED))
    if planned is None or goal.text("week") != week_of(turn.today):
        return ""
    return f" ({min(len(this_week(turn)), planned)}/{planned})"

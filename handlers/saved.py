"""The meetings that are theirs: those they keep, and those they are to be reminded of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from content import wording
from content.wording import clock
from handlers import attended, meeting_list, occasions, shelf, went
from handlers.answers import Choice, Scale, Skippable
from handlers.coming import GONE, NEWS, off
from handlers.flow import Flow, Outcome, Say, Turn
from handlers.going import MOST, day_said, is_weekly, of
from handlers.meetings import SAVED, Meeting
from handlers.own import Item, KeepItem
from handlers.pin import guarded
from handlers.shelf import Shelf, behind_pin, look

saved = Flow("saved")


def _those(turn: Turn) -> Sequence[Item]:
    """Those that still come."""
    return [item for item in turn.around.own.items(SAVED) if _start(turn, item) is not None]


def _start(turn: Turn, item: Item) -> tuple[Meeting, datetime] | None:
    which = of(item)
    if which is None or item.data.get(NEWS) == GONE:
        return None
    start = next(occasions.starts(which, turn.now, weekly=is_weekly(item, which)), None)
    return None if start is None else (which, start)


def _line(turn: Turn, item: Item) -> str:
    found = _start(turn, item)
    if found is None:
        return ""
    which, start = found
    texts = wording.entries(turn.person.language)
    at = f"{day_said(turn, start)} {clock(start, turn.person.language, turn.person.zone)}"
    marks = [texts["saved.mark_remind"].text] if item.data.get("remind") else []
    where = meeting_list.place(which, turn.person.language)
    # A list reads the same wherever it is sent: a name or a house stands in none.
    return ", ".join((at, where.cover, *marks))


_SHELF = shelf.put_up(Shelf(saved.name, SAVED, MOST, _those, _line))


@guarded(saved.name)
def opened(turn: Turn) -> Outcome:
    """All of them; whoever has none may still tell of one, or plan."""
    turn = turn.anew()
    week = _week(turn)
    return look(turn, _SHELF, view, *week) if _those(turn) else turn.then(none, *week)


def _week(turn: Turn) -> tuple[Say, ...]:
    """How many there were this week, and how long."""
    those = attended.this_week(turn)
    minutes = sum(attended.minutes_of(each.data) for each in those)
    values = {"count": str(len(those)), "minutes": str(minutes)}
    return (Say("saved.week", values),) if those else ()


@saved.step(Choice("went", "plan", "done"), hours=1)
def none(turn: Turn, answer: str) -> Outcome:
    """There are none yet."""
    return _chosen(turn, answer)


@saved.step(Choice("went", "remind", "remove", "plan", "sees", "done"), hours=1)
@behind_pin(saved.name)
def view(turn: Turn, answer: str) -> Outcome:
    """What to do with them."""
    if answer in ("remind", "remove") and _those(turn):
        return turn.then(reminder if answer == "remind" else remove)
    return _chosen(turn, answer)


def _chosen(turn: Turn, answer: str) -> Outcome:
    if answer == "went":
        return went.told(turn.anew())
    if answer == "plan":
        return went.plan(turn)
    if answer == "sees":
        return turn.anew().then(went.share)
    return turn.end(Say("saved.closed"))


@saved.step(Skippable(Scale(1, MOST)), hours=1)
@behind_pin(saved.name)
def reminder(turn: Turn, answer: int | None) -> Outcome:
    """Of which one they want reminders, or no longer."""
    if answer is None:
        return look(turn, _SHELF, view)
    item = _SHELF.at(turn, answer)
    which = of(item) if item is not None else None
    if item is None or which is None:
        return turn.then(reminder, Say("shelf.no_such"), ask=False)
    if item.data.get("remind"):
        return look(turn, _SHELF, view, off(item), Say("saved.no_reminder"))
    kept = KeepItem(SAVED, {**item.data, "remind": True}, item.id)
    return look(turn, _SHELF, view, kept, Say("saved.reminds"))


@saved.step(Skippable(Scale(1, MOST)), hours=1)
@behind_pin(saved.name)
def remove(turn: Turn, answer: int | None) -> Outcome:
    """Which one goes, by its number on the list."""
    return shelf.take(turn, _SHELF, view, remove, answer)

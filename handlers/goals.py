"""Goals for a week: one to three, their own; once a week looked back at and chosen anew."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Final

from content import wording
from handlers import attended, moments, shelf
from handlers.answers import Answer, Choice, Scale, Skippable, Time
from handlers.flow import Effect, Flow, Outcome, Say, Turn
from handlers.lines import MORE, Line, Written
from handlers.own import Choose, Item, Json, KeepItem
from handlers.pin import guarded
from handlers.shelf import Shelf, behind_pin, look

goals = Flow("goals")
week = Flow("week")

KIND: Final = "goal"
MOST: Final = 3
SETTING: Final = "goals"
"""When they look back: {"weekday": 6, "time": "18:00"}, or False: they don't."""
_DAYS: Final = {"sun": 6, "mon": 0, "fri": 4}
_SUNDAY: Final = 6
_USUAL: Final = time(18)
_FRESH: Final = timedelta(days=1)
"""What was set less long ago is not looked back at yet."""
_HOURS: Final = (time(8), time(20, 30))
_LEFT: Final = ("open", "partly", "not")
_FIRST: Final[Answer[Written | str]] = Line(Choice("later"), shelf.LONGEST, ends="later")
_VIEW: Final[Answer[Written | str]] = Line(
    Choice("reached", "remove", "when", "done"), shelf.LONGEST, ends="done"
)


def of_now(turn: Turn) -> Sequence[Item]:
    """Those of this week, and older ones that were not looked back at."""
    this = week_of(turn)
    there = turn.around.own.items(KIND)
    return [each for each in there if each.text("week") == this or _is_open(each)][-MOST:]


def week_of(turn: Turn) -> str:
    """The week that a goal set now is for; on a Sunday it is the one to come."""
    day = turn.today
    if day.weekday() == _SUNDAY:
        day += timedelta(days=1)
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"


def _is_open(item: Item) -> bool:
    return item.text("state") == "open"


def _line(turn: Turn, item: Item) -> str:
    marks = wording.entries(turn.person.language)
    mark = marks.get(f"goals.mark_{item.text('state')}")
    text = f"{item.text('text')}{attended.so_far(turn, item)}"
    return f"{text} ({mark.text})" if mark else text


_SHELF: Final = shelf.put_up(Shelf(goals.name, KIND, MOST, of_now, _line))


@guarded(goals.name)
def opened(turn: Turn) -> Outcome:
    """This week's; whoever has none is asked for a first one."""
    turn = turn.anew()
    return look(turn, _SHELF, view if of_now(turn) else first)


@goals.step(_FIRST)
def first(turn: Turn, answer: Written | str) -> Outcome:
    """The first one of a week."""
    if answer == MORE:
        return turn.then(first, Say("shelf.go_ahead"), ask=False)
    if not isinstance(answer, Written):
        return turn.end(Say("goals.later"))
    return _written(turn, answer)


def _written(turn: Turn, answer: Written) -> Outcome:
    return shelf.write(turn, _SHELF, view, answer, week=week_of(turn), state="open")


@goals.step(_VIEW, hours=1)
@behind_pin(goals.name)
def view(turn: Turn, answer: Written | str) -> Outcome:
    """This week's; what is typed is one more."""
    if isinstance(answer, Written):
        return _written(turn, answer)
    if answer == MORE:
        return turn.then(view, Say("shelf.go_ahead"), ask=False)
    if answer == "when":
        return turn.then(when)
    if answer in ("reached", "remove") and of_now(turn):
        return turn.then(reached if answer == "reached" else remove)
    return turn.end(Say("goals.closed"))


@goals.step(Skippable(Scale(1, MOST)), hours=1)
@behind_pin(goals.name)
def reached(turn: Turn, answer: int | None) -> Outcome:
    """Which one they did."""
    if answer is None:
        return look(turn, _SHELF, view)
    item = _SHELF.at(turn, answer)
    if item is None:
        return turn.then(reached, Say("shelf.no_such"), ask=False)
    return look(turn, _SHELF, view, _changed(item, state="done"), Say("goals.reached_one"))


@goals.step(Skippable(Scale(1, MOST)), hours=1)
@behind_pin(goals.name)
def remove(turn: Turn, answer: int | None) -> Outcome:
    """Which one to take away, by its number."""
    return shelf.take(turn, _SHELF, view, remove, answer)


@goals.step(Choice(*_DAYS, "never"), hours=1)
def when(turn: Turn, answer: str) -> Outcome:
    """On which day they look back, if at all."""
    if answer == "never":
        return turn.end(Choose({SETTING: False}), Say("goals.no_look_back"))
    return turn.keep(weekday=_DAYS[answer]).then(hour)


@goals.step(Time(), hours=1)
def hour(turn: Turn, answer: time) -> Outcome:
    """And at what hour."""
    at = min(max(answer, _HOURS[0]), _HOURS[1])
    chosen: dict[str, Json] = {"weekday": turn.data.get("weekday"), "time": at.strftime("%H:%M")}
    return turn.end(Choose({SETTING: chosen}), Say("goals.when_kept", {"time": at}))


def look_back_at(turn: Turn) -> Mapping[str, datetime]:
    """When the next look back comes: only where there is something to look back at."""
    chosen = turn.around.own.settings.get(SETTING)
    if chosen is False or not any(_is_open(each) for each in turn.around.own.items(KIND)):
        return {}
    given = chosen if isinstance(chosen, dict) else {}
    day, at = given.get("weekday"), moments.clock(given.get("time"), _USUAL)
    weekday = day if isinstance(day, int) else _SUNDAY
    zone = turn.person.zone
    found = moments.coming(lambda each: each.weekday() == weekday, at, zone, turn.now)
    return {} if found is None else {"": found}


def ask(turn: Turn, _detail: str) -> Outcome | None:
    """Whether they want to look back; nothing of theirs is said before they do."""
    return turn.then(back) if _past(turn) else None


def _past(turn: Turn) -> list[Item]:
    """What is looked back at."""
    there = turn.around.own.items(KIND)
    return [each for each in there if _is_open(each) and turn.now - each.at >= _FRESH]


@week.step(Choice("begin", "later"), hours=20)
def back(turn: Turn, answer: str) -> Outcome:
    """A look back at the week, if they like."""
    return turn.end(Say("week.later")) if answer == "later" else begin(turn)


@guarded(week.name)
def begin(turn: Turn) -> Outcome:
    """The first of those that are looked back at."""
    turn = dataclasses.replace(turn, data={"seen": []})
    return _next(turn)


@week.step(Choice("done", "partly", "not", "skip_one"), hours=20)
@behind_pin(week.name)
def each(turn: Turn, answer: str) -> Outcome:
    """How one of them went."""
    number = turn.data.get("goal_id")
    item = next((i for i in turn.around.own.items(KIND) if i.id == number), None)
    if answer != "done":
        turn = turn.keep(left=True)
    if answer == "skip_one" or item is None:
        return _next(turn)
    told = {"done": "week.done", "partly": "week.partly", "not": "week.not_yet"}
    return _next(turn, _changed(item, state=answer), Say(told[answer]))


def _next(turn: Turn, *effects: Effect) -> Outcome:
    """The next one that was not spoken of, or what comes after them."""
    seen = turn.data.get("seen")
    spoken = list(seen) if isinstance(seen, list) else []
    for item in _past(turn):
        if item.id not in spoken:
            text = item.text("text")
            on = turn.keep(seen=[*spoken, item.id], goal_id=item.id, goal=text)
            return on.then(each, *effects, values={"goal": text})
    return turn.keep(goal="").then(after if turn.data.get("left") else anew, *effects)


@week.step(Choice("carry", "new", "rest"), hours=20)
@behind_pin(goals.name)
def after(turn: Turn, answer: str) -> Outcome:
    """The week to come: what is left goes on, new ones, or a week without."""
    return _chosen(turn, answer)


@week.step(Choice("new", "rest"), hours=20)
@behind_pin(goals.name)
def anew(turn: Turn, answer: str) -> Outcome:
    """The same where all of it is done."""
    return _chosen(turn, answer)


def _chosen(turn: Turn, answer: str) -> Outcome:
    seen = turn.data.get("seen")
    numbers = seen if isinstance(seen, list) else []
    spoken = [item for item in turn.around.own.items(KIND) if item.id in numbers]
    if answer == "carry":
        left = [item for item in spoken if item.text("state") in _LEFT][:MOST]
        kept = [_changed(item, state="open", week=week_of(turn)) for item in left]
        return look(turn.anew(), _SHELF, view, *kept)
    # What was skipped is not asked about again.
    closed = [_changed(item, state="not") for item in spoken if _is_open(item)]
    fresh = turn.anew()
    if answer == "new":
        return look(fresh, _SHELF, first, *closed)
    return turn.end(*closed, Say("week.rest"))


def _changed(item: Item, **data: Json) -> KeepItem:
    return KeepItem(KIND, {**item.data, **data}, item.id)

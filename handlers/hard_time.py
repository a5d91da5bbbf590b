"""One time that is hard for them, put on the calendar by taps, with what they will do then."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final

from content import days, wording
from handlers import moments
from handlers.answers import Answer, Choice, Scale, Skippable, Time
from handlers.flow import Flow, Outcome, Say, Step, Turn
from handlers.lines import MORE, Line, Written
from handlers.own import DropItem, Item, Json, KeepItem
from handlers.pastday import Month
from handlers.shelf import LONGEST

hard_time = Flow("hard_time")

KIND: Final = "hard_time"
MOST: Final = 9
EARLY: Final = 30
"""Minutes before it, unless they chose others (`early` among their settings)."""
_LONGEST_LABEL: Final = 40
_WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEK: Final = 7
_LEAP_YEAR: Final = 2028
_LABEL: Final[Answer[Written | str]] = Line(Choice("later"), _LONGEST_LABEL, ends="later")
_LINE: Final[Answer[Written | str]] = Line(Choice("none"), LONGEST, ends="none")


@hard_time.step(_LABEL)
def label(turn: Turn, answer: Written | str) -> Outcome:
    """What they call it."""
    if answer == MORE:
        return turn.then(label, Say("shelf.go_ahead"), ask=False)
    if not isinstance(answer, Written):
        return turn.end(Say("hard_time.left"))
    return turn.keep(label=answer.lines[0]).then(comes)


@hard_time.step(Choice("week", "month", "year", "once", "later"))
def comes(turn: Turn, answer: str) -> Outcome:
    """How often it comes."""
    following: dict[str, Step[int | None] | Step[str | None]] = {
        "week": weekday,
        "month": monthday,
        "year": month,
        "once": month,
    }
    if answer not in following:
        return turn.end(Say("hard_time.left"))
    return turn.keep(comes=answer).then(following[answer])


@hard_time.step(Skippable(Choice(*_WEEKDAYS)))
def weekday(turn: Turn, answer: str | None) -> Outcome:
    """Which day of the week."""
    if answer is None:
        return turn.end(Say("hard_time.left"))
    return turn.keep(weekday=_WEEKDAYS.index(answer)).then(hour)


@hard_time.step(Skippable(Month()))
def month(turn: Turn, answer: int | None) -> Outcome:
    """Which month."""
    if answer is None:
        return turn.end(Say("hard_time.left"))
    return turn.keep(month=answer).then(monthday)


@hard_time.step(Skippable(Scale(1, 31)))
def monthday(turn: Turn, answer: int | None) -> Outcome:
    """Which day of the month; a shorter month has it on its last day."""
    if answer is None:
        return turn.end(Say("hard_time.left"))
    of = turn.data.get("month")
    if turn.data.get("comes") in ("year", "once") and isinstance(of, int):
        longest = calendar.monthrange(_LEAP_YEAR, of)[1]
        if answer > longest:
            return turn.then(monthday, Say("hard_time.no_such_day"), ask=False)
    return turn.keep(monthday=answer).then(hour)


@hard_time.step(Skippable(Time()))
def hour(turn: Turn, answer: time | None) -> Outcome:
    """At what hour it is hard."""
    if answer is None:
        return turn.end(Say("hard_time.left"))
    return turn.keep(hour=answer.strftime("%H:%M")).then(line)


@hard_time.step(_LINE)
def line(turn: Turn, answer: Written | str) -> Outcome:
    """What they will do then, in words that are said back to them."""
    if answer == MORE:
        return turn.then(line, Say("shelf.go_ahead"), ask=False)
    if len(to_come(turn)) >= MOST:
        return turn.end(Say("shelf.full", {"count": str(MOST)}))
    when = _when(turn)
    if when is None:
        return turn.end(Say("hard_time.left"))
    text = " ".join(answer.lines) if isinstance(answer, Written) else ""
    data: dict[str, Json] = {"label": turn.data.get("label"), "when": when, "line": text}
    at = coming(turn, data)
    if is_past(turn, data):
        return turn.end(Say("hard_time.past"))
    kept = KeepItem(KIND, data)
    if at is None:
        return turn.end(kept, Say("hard_time.kept_close"))
    return turn.end(kept, Say("hard_time.kept", {"day": _named(turn, at), "time": at}))


def _when(turn: Turn) -> dict[str, Json] | None:
    """What was tapped, as it is kept; None where a part of it is missing."""
    data, at = turn.data, turn.data.get("hour")
    day, of = data.get("monthday"), data.get("month")
    if data.get("comes") == "week":
        return {"weekday": data.get("weekday"), "time": at}
    if data.get("comes") == "month":
        return {"monthday": day, "time": at}
    if not (isinstance(day, int) and isinstance(of, int)):
        return None
    return {"date": _next(turn, of, day), "yearly": data.get("comes") == "year", "time": at}


def _next(turn: Turn, of: int, day: int) -> str:
    """The next such date from today on."""
    today = turn.today
    years = (today.year, today.year + 1)
    dates = (date(year, of, min(day, calendar.monthrange(year, of)[1])) for year in years)
    return next(each for each in dates if each >= today).isoformat()


def coming(turn: Turn, data: object) -> datetime | None:
    """When it is said before such a time comes next; None: never again, or it makes no sense."""
    fits, at = day_and_hour(data)
    minutes = turn.around.own.settings.get("early")
    early = timedelta(minutes=minutes if isinstance(minutes, int) else EARLY)
    return fits and moments.coming(fits, at, turn.person.zone, turn.now, early)


def is_past(turn: Turn, data: object) -> bool:
    """Whether it was to come once, and has."""
    when = data.get("when") if isinstance(data, dict) else None
    there = moments.day(when.get("date")) if isinstance(when, dict) else None
    if not isinstance(when, dict) or there is None or when.get("yearly"):
        return False
    at = moments.clock(when.get("time"), time(12))
    return moments.local(there, at, turn.person.zone) <= turn.now


def to_come(turn: Turn) -> list[Item]:
    """All of theirs but those that came once and are over."""
    return [each for each in turn.around.own.items(KIND) if not is_past(turn, each.data)]


def over(turn: Turn) -> list[DropItem]:
    """What forgets those that came once and are over."""
    there = turn.around.own.items(KIND)
    return [DropItem(each.id) for each in there if is_past(turn, each.data)]


def day_and_hour(data: object) -> tuple[Callable[[date], bool] | None, time]:
    """Which days a kept time comes on, and at what hour; None where that is not to be read."""
    when = data.get("when") if isinstance(data, dict) else None
    if not isinstance(when, dict):
        return None, time()
    at = moments.clock(when.get("time"), time(12))
    day, of, once = when.get("weekday"), when.get("monthday"), when.get("date")
    if isinstance(day, int):
        return lambda each: each.weekday() == day, at
    if isinstance(of, int):
        return lambda each: each.day == min(of, _last(each)), at
    there = moments.day(once)
    if there is None:
        return None, at
    if not when.get("yearly"):
        return lambda each: each == there, at
    return lambda each: (each.month, each.day) == (there.month, min(there.day, _last(each))), at


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def day_of(turn: Turn, at: datetime) -> str:
    """The day of the week of a moment, in their language."""
    named = wording.entries(turn.person.language)["hard_time.weekday"].choices
    return named[_WEEKDAYS[moments.today(at, turn.person.zone).weekday()]]


def _named(turn: Turn, at: datetime) -> str:
    """The day of the week of a moment; its date, where that is not this week's."""
    day = moments.today(at, turn.person.zone)
    if (day - turn.today).days < _WEEK:
        return day_of(turn, at)
    return days.in_words(day, turn.person.language)


def said(turn: Turn, item: Item) -> str:
    """One of them as the list shows them: what, when, and what they will do."""
    _, at = day_and_hour(item.data)
    hour = wording.clock(at, turn.person.language, turn.person.zone)
    parts = [item.text("label"), f"{_days(turn, item)} {hour}".strip(), item.text("line")]
    return ", ".join(part for part in parts if part)


def _days(turn: Turn, item: Item) -> str:
    texts = wording.entries(turn.person.language)
    when = item.data.get("when")
    if not isinstance(when, dict):
        return ""
    day, of = when.get("weekday"), when.get("monthday")
    if isinstance(day, int):
        return texts["hard_time.weekday"].choices[_WEEKDAYS[day]]
    if isinstance(of, int):
        return texts["hard_time.each_month"].text.format(count=of)
    there = moments.day(when.get("date"))
    if there is None:
        return ""
    named = texts["hard_time.months"].text.split()[there.month - 1]
    return texts["hard_time.date"].text.format(count=there.day, words=named)

"""What comes by the calendar of their days: a milestone, and a word before a harder day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from content import days as known
from content.unsaid import outs
from handlers import counting
from handlers.days import HOLIDAY, is_milestone_today, milestone, thing
from handlers.flow import Outcome, Record, Say, Turn
from handlers.moments import coming

_DAY: Final = timedelta(days=1)
_A_WEEK: Final = timedelta(days=6, hours=12)
_MORNING: Final = time(10)
_LATEST: Final = time(19, 30)
_NOON, _AFTERNOON = time(12), time(17)
_EARLY, _APART = time(11), time(14)
_PARTS: Final = ("places", "people", "alone")


def hour(turn: Turn) -> time:
    """An hour after their check-in, so that today's answer is heard first; else 10 am."""
    at = turn.person.checkin_at
    return time(at.hour + 1, at.minute) if at is not None and at <= _LATEST else _MORNING


def by_day(turn: Turn) -> time:
    """Noon, or some hours before their check-in: a question must not meet another one."""
    at = turn.person.checkin_at
    if at is None or at >= _APART:
        return _NOON
    return time(at.hour - 2, at.minute) if at >= _EARLY else _AFTERNOON


def milestones(turn: Turn) -> Mapping[str, datetime]:
    """When the next one comes, as things stand."""
    fits = counting.counter(turn).marks
    moment = coming(fits, hour(turn), turn.person.zone, turn.now)
    return {} if moment is None else {"": moment}


def ask_milestone(turn: Turn, detail: str) -> Outcome | None:
    """Today's milestone, if it is still one."""
    del detail
    said = milestone(turn)
    return None if said is None else turn.end(said)


def is_hard(turn: Turn, day: date) -> bool:
    """Whether a word is wanted before that day."""
    wanted = turn.around.own.settings.get("holidays", "on")
    if wanted == "off":
        return False
    return known.is_holiday(day) or (wanted == "weekends" and known.begins_weekend(day))


def hard_days(turn: Turn) -> Mapping[str, datetime]:
    """When the day before the next one comes."""
    moment = coming(lambda day: is_hard(turn, day + _DAY), by_day(turn), turn.person.zone, turn.now)
    return {} if moment is None else {"": moment}


def ask_hard_day(turn: Turn, detail: str) -> Outcome | None:
    """A line of their own plan for tomorrow, or one question; at most once a week.

    Nothing just after a lapse, beside a milestone, or while somebody of the team is asked: they
    have enough to read.
    """
    del detail
    tomorrow = turn.today + _DAY
    said = turn.around.own.entries(HOLIDAY, 1)
    lately = bool(said) and turn.now - said[0].at < _A_WEEK
    busy = turn.person.alert_open or counting.lately(turn, 3) or is_milestone_today(turn)
    # Another question came this morning (`handlers.naloxone`).
    asked = turn.around.own.settings.get("naloxone_asked")
    busy = busy or asked == turn.today.isoformat()
    if lately or busy or not is_hard(turn, tomorrow):
        return None
    kept = Record(HOLIDAY, {"day": tomorrow.isoformat()})
    line = plan_line(turn)
    if line is not None:
        return turn.end(kept, _named(turn, tomorrow), Say("days.from_plan", {"line": line}))
    return turn.then(thing, kept, _named(turn, tomorrow))


def _named(turn: Turn, tomorrow: date) -> Say:
    """Of two in a row the later one is named."""
    after = tomorrow + _DAY
    run = is_hard(turn, after)
    name = known.weekday(after if run else tomorrow, turn.person.language)
    return Say("days.holiday_run" if run else "days.holiday", {"day": name})


def plan_line(turn: Turn) -> str | None:
    """A line of their plan that may be read by others; None where there is none, or a PIN."""
    if turn.person.shut:
        return None
    for part in _PARTS:
        for line in turn.around.lines():
            if line.part == part and (turn.person.plain or not outs(line.text)):
                return line.text
    return None

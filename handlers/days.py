"""Their days: what is counted and from when, what is marked on the way, and days that are harder.

The count is theirs. A lapse takes away nothing but its own day, and how to go on is asked once,
later. History is kept (entries of kind `counter`), whatever they choose.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from content import days as known
from content import wording
from handlers import afterlapse, counting, lapse, named
from handlers.afterlapse import is_numbers
from handlers.answers import Answer, Choice, Skippable
from handlers.counting import MODES, NONE, SINCE, YEAR, Counter, counter
from handlers.flow import Effect, Flow, Outcome, Record, Say, Step, Turn
from handlers.lines import MORE, Line, Written
from handlers.named import Named
from handlers.own import Amend, Choose, Json
from handlers.pastday import PastDay, Told
from handlers.pin import guarded
from handlers.shelf import behind_pin

days = Flow("days")

PATHS: Final = ("12step", "smart", "both", "none")
"""In whose words a number is said; asked, never assumed."""
HOLIDAYS: Final = ("on", "weekends", "off")
HOLIDAY: Final = "holiday"
"""The kind of entry: a word before a harder day, and what they have planned for it."""
_DAY: Final[Answer[Told | str | None]] = Skippable(PastDay(Choice("today", "yesterday")))
_LONGEST: Final = 140
_LINE: Final[Answer[Written | str]] = Line(Choice("skip"), _LONGEST, ends="skip", a_thing=True)


@guarded(days.name)
def opened(turn: Turn) -> Outcome:
    """Their number; first what was not asked yet: how to go on after a lapse, their path."""
    turn = turn.anew()
    chosen = turn.around.own.settings
    if counting.is_undecided(turn):
        return turn.then(after)
    if "path" not in chosen:
        return turn.then(path)
    if "counter" not in chosen:
        return turn.then(mode)
    return _shown(turn, counter(turn))


def _shown(turn: Turn, now: Counter, *effects: Effect, way: str | None = None) -> Outcome:
    """The number in words of their path, and what can be done."""
    way = way or _path(turn)
    turn = turn.anew()
    count = now.on(turn.today)
    if count is None:
        return turn.then(home, *effects, Say("days.uncounted"))
    if count == 0:
        return turn.then(home, *effects, Say("days.beginning"))
    key = "days.this_year" if now.mode == YEAR else f"days.now_{way}"
    return turn.then(home, *effects, Say(key, {"count": counted(turn, count)}))


@days.step(Skippable(Named(Choice(*PATHS), named.PATHS)), hours=1)
@behind_pin(days.name)
def path(turn: Turn, answer: str | None) -> Outcome:
    """Whose way of counting is theirs."""
    way = answer or "none"
    chose = Choose({"path": way})
    if "counter" not in turn.around.own.settings:
        return turn.then(mode, chose)
    return _shown(turn, counter(turn), chose, way=way)


@days.step(Skippable(Named(Choice(*MODES), named.COUNT)), hours=1)
@behind_pin(days.name)
def mode(turn: Turn, answer: str | None) -> Outcome:
    """Days since a day, days of this year, or no count."""
    how = answer or NONE
    now = dataclasses.replace(counter(turn), mode=how)
    if how == NONE:
        return turn.end(*_chosen(turn, now), Say("days.off"))
    if now.since is None:
        return turn.keep(mode=how).then(since)
    return _shown(turn, now, *_chosen(turn, now))


@days.step(_DAY, hours=1)
@behind_pin(days.name)
def since(turn: Turn, answer: Told | str | None) -> Outcome:
    """The day from which they count; the first full day is the next one."""
    here = turn.today
    if answer is None:
        return turn.end(Say("days.closed"))
    told = answer if isinstance(answer, Told) else Told(1 if answer == "yesterday" else 0)
    day = told.on(here, day_first=turn.person.language == "es")
    if day is None:
        return turn.then(since, Say("days.no_such_day"), ask=False)
    kept, before = turn.data.get("mode"), counter(turn)
    how = str(kept) if kept in MODES else before.mode
    now = dataclasses.replace(before, mode=SINCE if how == NONE else how, since=day)
    said = Say("days.since_kept", {"day": known.in_words(day, turn.person.language)})
    return _shown(turn, now, *_chosen(turn, now), said)


@days.step(Choice("change", "learned", "done"), hours=1)
@behind_pin(days.name)
def home(turn: Turn, answer: str) -> Outcome:
    """What to do with it."""
    if answer == "change":
        return turn.then(change)
    if answer == "learned":
        lines = "\n".join(lapse.cards(turn))
        said = Say("days.cards", {"words": lines}) if lines else Say("days.no_cards")
        return turn.end(said)
    return turn.end(Say("days.closed"))


@days.step(Choice("date", "mode", "path", "holidays", "leave"), hours=1)
@behind_pin(days.name)
def change(turn: Turn, answer: str) -> Outcome:
    """What to change."""
    if answer == "leave":
        return turn.end(Say("days.closed"))
    steps: dict[str, Step[Any]] = {
        "date": since, "mode": mode, "path": path, "holidays": holidays,
    }  # fmt: skip
    return turn.then(steps[answer])


@days.step(Choice(*HOLIDAYS), hours=1)
def holidays(turn: Turn, answer: str) -> Outcome:
    """Whether a word comes the day before one that is known as harder."""
    said = Say("days.holidays_off" if answer == "off" else "days.holidays_on")
    return turn.end(Choose({"holidays": answer}), said)


@days.step(Skippable(Named(Choice("year", "restart", "leave"), named.GOES_ON)), hours=20)
def after(turn: Turn, answer: str | None) -> Outcome:
    """How the count goes on after a lapse; asked once, and not answering leaves it as it is."""
    now = counter(turn)
    if answer == "year":
        now = dataclasses.replace(now, mode=YEAR)
    elif answer == "restart":
        now = dataclasses.replace(now, mode=SINCE, since=counting.after_lapse(turn))
    said = Say("days.after_restart" if answer == "restart" else "days.after_kept")
    return turn.end(*_chosen(turn, now, answer or "leave"), said)


@days.step(_LINE, hours=12)
def thing(turn: Turn, answer: Written | str) -> Outcome:
    """One thing planned for a day that may be harder."""
    if answer == MORE:
        return turn.then(thing, Say("lapse.go_ahead"), ask=False)
    if not isinstance(answer, Written) or is_numbers(answer):
        return turn.end(Say("days.thing_left"))
    text = " ".join(answer.lines)[:_LONGEST]
    return turn.end(Amend(HOLIDAY, {"text": text}), Say("days.thing_kept"))


def two_days_after(turn: Turn, detail: str) -> Outcome | None:
    """Two days after a lapse: whoever counts is asked how to go on, who does not, how it is."""
    if counting.is_undecided(turn):
        return turn.then(after)
    return afterlapse.second(turn, detail)


def _chosen(turn: Turn, now: Counter, how: str = "set") -> tuple[Effect, ...]:
    """What they chose, and a line of history with what it was before."""
    was = counter(turn)
    day = turn.today
    since = now.since.isoformat() if now.since is not None else None
    line: dict[str, Json] = {
        "how": how,
        "counter": now.mode,
        "since": since,
        "was": was.on(day),
        "was_since": was.since.isoformat() if was.since is not None else None,
    }
    return Choose({"counter": now.mode, "since": since}), Record("counter", line)


def _path(turn: Turn) -> str:
    way = turn.around.own.settings.get("path")
    return str(way) if way in PATHS else "none"


def counted(turn: Turn, count: int) -> str:
    """So many days in words: "1 day", "1,095 days"."""
    texts = wording.entries(turn.person.language)
    return texts["days.one" if count == 1 else "days.many"].text.format(count=f"{count:,}")


def is_milestone_today(turn: Turn) -> bool:
    """Whether a day that is marked is reached today."""
    return counter(turn).marks(turn.today)


def milestone(turn: Turn) -> Say | None:
    """What is said of today's milestone; quietly on a hard day, and nothing just after a lapse."""
    now, day = counter(turn), turn.today
    count = now.on(day)
    if not count or not now.marks(day) or counting.lately(turn, 3):
        return None
    values = {"count": counted(turn, count)}
    if turn.person.alert_open or turn.around.low_moods_before:
        return Say("days.mark_quiet", values)
    if now.mode == YEAR:
        return Say("days.mark_year", values)
    return Say(f"days.mark_{_path(turn)}", values)

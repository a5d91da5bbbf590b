"""How many days somebody counts: full days behind them, none of them one on which they used.

The count is theirs: days since a day, days of this year, or none at all. It is never below zero,
never counts a day twice, and is told in days where they live, so that clocks don't matter to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from content.days import is_milestone
from handlers.flow import Turn
from handlers.moments import day as stored_day
from handlers.moments import today
from handlers.own import Entry

LAPSE: Final = "lapse"
SINCE, YEAR, NONE = "since", "year", "none"
MODES: Final = (SINCE, YEAR, NONE)
_MOST: Final = 400
"""Lapses that are looked at; more than a year of daily ones."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted, from which day on, and the days that are left out."""

    mode: str = NONE
    since: date | None = None
    lapsed: frozenset[date] = field(default_factory=frozenset, repr=False)

    def on(self, day: date) -> int | None:
        """Full days before a day; None where nothing is counted."""
        if self.since is None or self.mode not in (SINCE, YEAR):
            return None
        begin = self.since if self.mode == SINCE else max(self.since, date(day.year, 1, 1))
        left_out = sum(1 for each in self.lapsed if begin <= each < day)
        return max((day - begin).days, 0) - left_out

    def marks(self, day: date) -> bool:
        """Whether a milestone is reached on a day: only where the count went up to it."""
        count, before = self.on(day), self.on(day - _DAY)
        if not count or count == before:
            return False
        return is_milestone(count, this_year=self.mode == YEAR)


def counter(turn: Turn) -> Counter:
    """Theirs, as they chose it."""
    chosen = turn.around.own.settings
    mode = chosen.get("counter")
    since = stored_day(chosen.get("since"))
    return Counter(str(mode) if mode in MODES else NONE, since, lapsed_days(turn))


def lapsed_days(turn: Turn) -> frozenset[date]:
    """Every day on which they said they used."""
    return frozenset(day_of(each, turn.person.zone) for each in lapses(turn))


def lapses(turn: Turn, most: int = _MOST) -> list[Entry]:
    """What they told, newest first, without what was a wrong tap."""
    return [each for each in turn.around.own.entries(LAPSE, most) if not each.data.get("undone")]


def latest(turn: Turn) -> Entry | None:
    """The newest lapse."""
    return next(iter(lapses(turn, 5)), None)


def day_of(entry: Entry, zone: str) -> date:
    """The day that it is about, as it was where they were; a move changes nothing."""
    return stored_day(entry.data.get("day")) or today(entry.at, zone)


def lately(turn: Turn, days: int) -> bool:
    """Whether they told of one less than so many days ago."""
    entry = latest(turn)
    return entry is not None and turn.now - entry.at < timedelta(days=days)


def is_undecided(turn: Turn) -> bool:
    """Whether a count goes on after a lapse without their having said how.

    Never on the day of the lapse itself: that is not the time to ask.
    """
    entry, now = latest(turn), counter(turn)
    if entry is None or now.on(turn.today) is None:
        return False
    decided = turn.around.own.entries("counter", 1)
    if decided and decided[0].at > entry.at:
        return False
    return day_of(entry, turn.person.zone) < turn.today


def after_lapse(turn: Turn) -> date:
    """The day from which a count that begins again is counted."""
    days = lapsed_days(turn)
    return max(days) + _DAY if days else turn.today

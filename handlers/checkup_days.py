"""On which day each questionnaire is asked by itself, and at what hour.

The clinic says which and how often; what a person has set (`checkups` among their settings) goes
before. Each begins on a day of its own after they came, so that no day has two; where settings
put two on one day, the later one waits for the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from content.questionnaires import questionnaires
from handlers import moments
from handlers.flow import Turn
from handlers.own import Json, whole

SETTING: Final = "checkups"
"""Their own rhythm, by name: `{"weekday": 0, "time": "17:00", "every_weeks": 2}` or `{"off":
true}`; what is not said is as the clinic has it."""
SCREENER: Final = "cssrs"
"""Asked only because of an answer, and at once."""
LED_TO: Final = (SCREENER, "phq9", "gad7")
"""What is asked because of others, never by itself."""
_WEEK: Final = 7
_EARLIEST: Final = time(9)
_LATEST: Final = time(19)
_AT: Final = time(17)
_SOME_HOURS: Final = timedelta(hours=3)
_MORNING: Final = time(10)
_LOOK_BACK: Final = 7
"""Days after which one that waits for a free day has certainly been asked."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When one questionnaire comes: a first day, every so many weeks, an hour."""

    name: str
    first: date
    weeks: int
    at: time

    def falls_on(self, day: date) -> bool:
        """Whether it is due on a day."""
        since = (day - self.first).days
        return since >= 0 and since % (self.weeks * _WEEK) == 0


def rhythms(turn: Turn) -> tuple[Rhythm, ...]:
    """Those of one person, in the order in which they have a day first."""
    own = turn.around.own.settings.get(SETTING)
    chosen = own if isinstance(own, dict) else {}
    names = dict.fromkeys([*turn.around.checkups, *chosen])
    known = [name for name in names if name in questionnaires() and name not in LED_TO]
    found = (_rhythm(turn, name, place, chosen.get(name)) for place, name in enumerate(known))
    return tuple(each for each in found if each is not None)


def _rhythm(turn: Turn, name: str, place: int, chosen: Json) -> Rhythm | None:
    theirs: Mapping[str, Json] = chosen if isinstance(chosen, dict) else {}
    weeks = _whole(theirs.get("every_weeks"), 1, 12) or turn.around.checkups.get(name, 1)
    if theirs.get("off"):
        return None
    came = turn.person.since or date(2024, 1, 1)
    first = came + timedelta(days=1 + place)
    weekday = _whole(theirs.get("weekday"), 0, 6)
    if weekday is not None:
        first += timedelta(days=(weekday - first.weekday()) % _WEEK)
    return Rhythm(name, first, weeks, moments.clock(theirs.get("time"), _hour(turn)))


def _hour(turn: Turn) -> time:
    """An hour before the check-in, so that the two don't meet."""
    at = turn.person.checkin_at
    if at is None:
        return _AT
    return min(max(time((at.hour - 1) % 24, at.minute), _EARLIEST), _LATEST)


def _whole(value: Json, least: int, most: int) -> int | None:
    number = whole(value)
    return number if number is not None and least <= number <= most else None


def asked_on(day: date, those: Sequence[Rhythm]) -> str | None:
    """Which is asked on a day: the one that has waited longest, or is due and comes first."""
    waiting: list[str] = []
    asked: str | None = None
    for back in range(_LOOK_BACK, -1, -1):
        here = day - timedelta(days=back)
        waiting += [r.name for r in those if r.falls_on(here) and r.name not in waiting]
        asked = waiting.pop(0) if waiting else None
    return asked


def comings(turn: Turn) -> dict[str, datetime]:
    """When each is asked next."""
    those = rhythms(turn)
    found: dict[str, datetime] = {}
    for each in those:

        def fits(day: date, name: str = each.name) -> bool:
            return asked_on(day, those) == name

        moment = moments.coming(fits, each.at, turn.person.zone, turn.now)
        if moment is not None:
            found[each.name] = moment
    return found


def later_today(turn: Turn) -> datetime:
    """In some hours, or the next morning where that is too late in the day."""
    at = turn.now + _SOME_HOURS
    here = at.astimezone(ZoneInfo(turn.person.zone))
    same_day = here.date() == turn.today
    if same_day and moments.FIRST <= here.time() <= moments.LAST:
        return at
    return tomorrow(turn)


def tomorrow(turn: Turn) -> datetime:
    """The next morning."""
    return moments.local(turn.today + timedelta(days=1), _MORNING, turn.person.zone)

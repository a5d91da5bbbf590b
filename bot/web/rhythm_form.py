"""The form of how often somebody is asked check-ups: what was chosen, what is wrong, what is kept.

Of each questionnaire it says whether it comes as the clinic has it, not at all, or in a rhythm of
their own, with a weekday, an hour where they live, and the number of weeks between two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import time
from typing import Final

from content.wording import clock
from handlers.checkup_days import Rhythm
from handlers.own import Json

CLINIC: Final = "clinic"
OFF: Final = "off"
OWN: Final = "own"
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS: Final[Mapping[str, str]] = {
    f"{hour:02d}:00": clock(time(hour), "en", "UTC") for hour in range(8, 21)
}
"""Before the quiet hours begin, with room to wait for a talk to end."""
WEEKS: Final[Mapping[str, str]] = {
    "1": "every week",
    **{str(weeks): f"every {weeks} weeks" for weeks in range(2, 5)},
}
_DAYS: Final = {str(number): name for number, name in enumerate(WEEKDAYS)}
_PARTS: Final = {
    "weekday": (_DAYS, "Choose a day."),
    "hour": (HOURS, "Choose an hour from 8 am to 8 pm."),
    "weeks": (WEEKS, "Choose every how many weeks, from 1 to 4."),
}


def options(part: str) -> list[tuple[str, str]]:
    """What there is to choose from for a part, with nothing chosen in front."""
    return [("", "choose"), *_PARTS[part][0].items()]


def fields(name: str) -> tuple[str, ...]:
    """The fields of one questionnaire: how it comes, and the parts of an own rhythm."""
    return (name, *(f"{name}.{part}" for part in _PARTS))


def shown(name: str, chosen: Json, rhythm: Rhythm | None) -> dict[str, str]:
    """Its fields as they stand: what was chosen for the person, and the rhythm that holds."""
    theirs = chosen if isinstance(chosen, dict) else {}
    mode = CLINIC if not theirs else (OFF if theirs.get("off") else OWN)
    parts = ("", "", "")
    if rhythm is not None:
        weeks = str(rhythm.weeks) if str(rhythm.weeks) in WEEKS else ""
        hour = f"{rhythm.at.hour:02d}:00"
        parts = (str(rhythm.first.weekday()), hour if hour in HOURS else "", weeks)
    return dict(zip(fields(name), (mode, *parts), strict=True))


@dataclass(slots=True)
class Form:
    """One filled-in form."""

    typed: dict[str, str] = field(repr=False)
    errors: dict[str, str] = field(default_factory=dict, repr=False)
    """A sentence for each field that is wrong."""

    def read(
        self, names: Iterable[str], stands: Mapping[str, str], before: Mapping[str, Json]
    ) -> dict[str, Json] | None:
        """What is kept, on top of what was; None, and the errors.

        What was left as it stands stays what it was, also where the form can't say all of it.
        """
        found = dict(before)
        for name in names:
            if all(self.typed[each] == stands[each] for each in fields(name)):
                continue
            mode = self.typed[name]
            if mode == OWN:
                found[name] = self._own(name)
            elif mode not in (CLINIC, OFF):
                self.errors[name] = "Choose how it comes."
            elif mode == stands[name]:
                self.errors[name] = "A day or an hour is for a rhythm of their own: choose that."
            elif mode == OFF:
                found[name] = {"off": True}
            else:
                found.pop(name, None)
        return None if self.errors else found

    def _own(self, name: str) -> Json:
        typed = {part: self.typed[f"{name}.{part}"] for part in _PARTS}
        wrong = {
            f"{name}.{part}": problem
            for part, (known, problem) in _PARTS.items()
            if typed[part] not in known
        }
        self.errors.update(wrong)
        if wrong:
            return None
        return {
            "weekday": int(typed["weekday"]),
            "time": typed["hour"],
            "every_weeks": int(typed["weeks"]),
        }

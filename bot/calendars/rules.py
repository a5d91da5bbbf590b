"""Which rules of a calendar can be unfolded: a bad one is left out before it is tried.

They are bounded: how often, how many, and that they can come true at all (dateutil looks through
ten thousand years for a 30 February).
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from icalendar import Event
from icalendar.prop import vDDDTypes

from bot.calendars import details

_OFTEN: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_SCARCE: Final = ("BYYEARDAY", "BYWEEKNO", "BYEASTER", "BYHOUR", "BYMINUTE", "BYSECOND")
_SETS: Final = ("MONTHLY", "YEARLY")
_RARELY: Final = 1000
_EARLIEST: Final = 1970
_MONTH: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def refused(event: Event) -> str | None:
    """Why an event is left out before it is unfolded."""
    if details.is_private(event):
        return "private"
    begins = event.get("DTSTART")
    # What can't be read is kept as text.
    start = begins.dt if isinstance(begins, vDDDTypes) else None
    if not isinstance(start, date) or start.year < _EARLIEST:
        return "no_start"
    return None if all(map(_comes_true, _rules(event))) else "rule"


def is_odd_zone(calendar: Any) -> bool:
    """Whether a zone of its own changes its clock other than yearly."""
    parts = (*calendar.walk("STANDARD"), *calendar.walk("DAYLIGHT"))
    return any(
        [str(each) for each in rule.get("FREQ", [])] != ["YEARLY"] or not _comes_true(rule)
        for part in parts
        for rule in _rules(part)
    )


def _rules(part: Any) -> list[Any]:
    found = part.get("RRULE", [])
    return found if isinstance(found, list) else [found]


def _comes_true(rule: Any) -> bool:
    """Whether a rule is of a kind that calendars make, and has days to find."""
    often = str((rule.get("FREQ") or [""])[0])
    if often not in _OFTEN or any(name in rule for name in _SCARCE):
        return False
    if any(not 1 <= int(each) <= _RARELY for each in rule.get("INTERVAL", [])):
        return False
    if "BYSETPOS" in rule and often not in _SETS:
        return False
    months = [int(each) for each in rule.get("BYMONTH", range(1, 13))]
    if any(month not in range(1, 13) for month in months):
        return False
    longest = max(_MONTH[month - 1] for month in months)
    return any(0 < abs(int(each)) <= longest for each in rule.get("BYMONTHDAY", [1]))

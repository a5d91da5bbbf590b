"""How many meetings somebody told of, week by week: only where they let their team see it.

It is what they say of themselves, and no proof that they were there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot.web.times import Times, day_said
from handlers import attended
from handlers.meetings import SAVED
from handlers.own import Entry
from storage import entries

_WEEKS: Final = 4
_MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Week:
    """One week from Monday on: how many, and how many hours."""

    name: str
    count: int
    hours: str


def read(tx: Connection, person: Row[Any], times: Times) -> list[Week] | None:
    """The latest weeks, this one first; None: they keep it to themselves."""
    if (person.own or {}).get(attended.SHARED) is not True:
        return None
    those = [Entry(r.kind, r.at, r.data) for r in entries.latest(tx, person.id, SAVED, _MOST)]
    today = times.today_there()
    monday = today - timedelta(days=today.weekday())
    firsts = [monday - timedelta(weeks=back) for back in range(_WEEKS)]
    return [_week(those, first, person.zone, is_this=first == monday) for first in firsts]


def _week(those: list[Entry], first: date, zone: str, *, is_this: bool) -> Week:
    last = first + timedelta(days=7)
    in_it = [each for each in those if first <= attended.day_of(each, zone) < last]
    minutes = sum(attended.minutes_of(each.data) for each in in_it)
    name = "This week" if is_this else f"From {day_said(first)}"
    return Week(name, len(in_it), f"{minutes / 60:.1f}".removesuffix(".0"))

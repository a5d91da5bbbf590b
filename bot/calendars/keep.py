"""Sessions as they are wanted beside those there are: what is new, what changed, what is gone.

- The same again changes nothing, and what staff changed themselves (`by_hand`) is left alone.
- What has ended is history and stays as it was; only a series that is new here brings its past.
- A time that is gone and a new one of the same day are one that moved; so are those of one week,
  where as many came as went. Else what is gone is cancelled, never deleted: seats hang on it.
- What staff have set for a series (`own`: kind, capacity, staff_id) wins over the calendar.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot.calendars import leaders, telling
from bot.calendars.occurrence import Occurrence, digest
from bot.config import House
from storage import people, seats, timetable

MOMENTS: Final = ("starts_at", "ends_at")
Values = dict[str, Any]
Staff = Callable[[str], int | None]
"""Whose full name it is, of the staff."""


@dataclass(slots=True)
class Changes:
    """What brings the sessions of a series in line."""

    new: list[Values] = field(default_factory=list, repr=False)
    changed: dict[int, Values] = field(default_factory=dict, repr=False)
    gone: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.new or self.changed or self.gone)


def values(which: Occurrence, own: Mapping[str, Any], staff: Staff) -> Values:
    """A session's columns, of one of its times and what staff have set."""
    named = staff(which.facilitator) if which.facilitator else None
    row: Values = {
        "key": which.key,
        "starts_at": which.start,
        "ends_at": which.end,
        "zone": which.zone,
        "all_day": which.all_day,
        "kind": own.get("kind") or which.kind,
        "title": which.title,
        "place": which.place,
        "link": which.link,
        "staff_id": own.get("staff_id") or named,
        "capacity": own.get("capacity") or which.capacity,
        "state": "cancelled" if which.cancelled else "planned",
    }
    return {**row, "digest": digest(row)}


def differences(
    known: Sequence[Row[Any]], wanted: Sequence[Values], now: datetime, until: datetime
) -> Changes:
    """What has to change; `known` is all of a series, `wanted` what starts before a moment."""
    there = {row.key: row for row in known}
    found = Changes()
    came = []
    for each in wanted:
        row = there.pop(each["key"], None)
        if row is not None:
            if _may_change(row, now) and row.digest != each["digest"]:
                found.changed[row.id] = each
        elif each["ends_at"] > now or not known:
            came.append(each)
    went = [row for row in there.values() if _may_change(row, now) and _is_gone(row, until)]
    for row, each in _moved(went, came):
        found.changed[row.id] = each
        went.remove(row)
        came.remove(each)
    found.new = came
    found.gone = [row.id for row in went]
    return found


def _may_change(row: Row[Any], now: datetime) -> bool:
    return not row.by_hand and bool(row.ends_at > now)


def _is_gone(row: Row[Any], until: datetime) -> bool:
    return bool(row.state == "planned" and row.starts_at < until)


def _moved(went: list[Row[Any]], came: list[Values]) -> list[tuple[Row[Any], Values]]:
    """Which that came is which that went."""
    pairs = []
    left, new = list(went), [each for each in came if each["state"] == "planned"]
    for part in ("%Y-%m-%d", "%G-%V"):
        old = defaultdict(list)
        for row in left:
            old[_said(row.starts_at, row.zone, part)].append(row)
        fresh = defaultdict(list)
        for each in new:
            fresh[_said(each["starts_at"], each["zone"], part)].append(each)
        for when, rows in old.items():
            if len(rows) == len(fresh[when]):
                pairs += list(zip(rows, fresh[when], strict=True))
        done = {row.id for row, _ in pairs}
        keys = {each["key"] for _, each in pairs}
        left = [row for row in left if row.id not in done]
        new = [each for each in new if each["key"] not in keys]
    return pairs


def _said(moment: datetime, zone: str, part: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):{part}}"


def apply(
    tx: Connection,
    house: House,
    series_id: int,
    changes: Changes,
    now: datetime,
    staff_id: int | None = None,
) -> set[int]:
    """Write them, and tell who holds a place and who leads; returns whose reminders to arrange."""
    ids = [*changes.changed, *changes.gone]
    # People before sessions, as in a turn: in another order two would wait for each other.
    for person_id in sorted(seats.holders(tx, ids)):
        people.locked(tx, person_id)
    touched: set[int] = set()
    soonest: telling.Soonest = {}
    led: leaders.Changed = {}
    for which in sorted(ids):
        row = timetable.locked(tx, which)
        if row is None:
            continue
        new = changes.changed.get(which, {"state": "cancelled", "digest": ""})
        timetable.change(tx, which, **new)
        touched |= telling.tell(tx, row, new, staff_id, now, soonest)
        leaders.note(tx, row, new, staff_id, now, led)
    telling.remind(tx, soonest, now)
    leaders.tell(tx, house, led, now)
    timetable.insert(tx, series_id, changes.new)
    return touched


def plain(row: Values) -> Values:
    """A session's columns as JSON."""
    return {name: v.isoformat() if name in MOMENTS else v for name, v in row.items()}


def from_plain(row: Values) -> Values:
    """The columns again."""
    return {k: datetime.fromisoformat(v) if k in MOMENTS else v for k, v in row.items()}

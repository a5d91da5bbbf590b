"""What somebody keeps of a meeting beside what is listed now: they are told where it differs.

Told once, at an hour at which they may be written to, and in words that name no meeting
(`handlers.coming`). Their reminder moves or goes with it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import found, recurring, schedule
from bot.config import House
from handlers import occasions
from handlers.coming import BEFORE, GONE, MOVED, NEWS, SKIPPED, TOLD
from handlers.going import is_weekly, of
from handlers.meetings import SAVED, Meeting
from handlers.own import Item, Json
from storage import feeds, grid, items, listed, meetings, people, reminders
from storage.store import Store

_AROUND: Final = timedelta(days=3, hours=12)
"""Half a week: of what moved to another day, the start that is nearest."""
_SAME_PLACE: Final = 0.1
"""Miles: a pin that was set anew is no move."""
_SILENT: Final = {"start", "as_of"}
"""What differs from day to day, and is no change."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of an item: its new data, and whether they are told."""

    data: Mapping[str, Json] = field(repr=False)
    tell: bool


async def look(store: Store, house: House, now: datetime) -> int:
    """Compare all that is kept with what is listed; how many are to be told."""
    those = await store.read(partial(_differing, now=now))
    told = 0
    for person_id, which in those:
        told += await store.write(partial(_change, house, person_id, which, now))
    return told


def _differing(tx: Connection, now: datetime) -> list[tuple[int, int]]:
    rows = items.everybodys(tx, SAVED)
    lists = {row.name: row.id for row in feeds.everything(tx)}
    return [
        (row.person_id, row.id) for row in rows if _changed(tx, lists, row, "UTC", now) is not None
    ]


def _change(house: House, person_id: int, which: int, now: datetime, tx: Connection) -> int:
    person = people.locked(tx, person_id)
    row = items.get(tx, person_id, which)
    lists = {row.name: row.id for row in feeds.everything(tx)}
    change = _changed(tx, lists, row, person.zone, now) if row is not None else None
    if row is None or change is None:
        return 0
    prompt = f"{TOLD}:{which}"
    away = person.status != "active" or not person.agreed
    if change.data.get(NEWS) == GONE and away:
        items.drop(tx, person_id, which)
        return 0
    items.keep(tx, person_id, SAVED, change.data, now, which)
    if change.tell and not away:
        reminders.put(tx, person_id, prompt, schedule.allowed(now, person.zone))
    elif NEWS not in change.data:
        reminders.drop(tx, person_id, prompt)
    recurring.arrange(tx, house, person_id, now)
    return int(change.tell and not away)


def _changed(
    tx: Connection, lists: Mapping[str, int], row: Row[Any], zone: str, now: datetime
) -> _Change | None:
    """What is another than they keep it; None: nothing."""
    item = Item(row.id, row.kind, row.data, row.at)
    kept = of(item)
    if kept is None or (not is_weekly(item, kept) and kept.begins < now):
        return None
    news = item.data.get(NEWS)
    there = _listed(tx, lists, kept)
    if there is None:
        return None if news == GONE else _Change({**item.data, NEWS: GONE}, tell=True)
    new = _as_listed(tx, there, kept, zone, now, weekly=is_weekly(item, kept))
    moved = _is_moved(kept, new)
    data: dict[str, Json] = {**item.data, **new.data()}
    if moved:
        # Moved twice before they were told: it is the first that they know.
        was: list[Json] = [kept.day, kept.minute]
        before = item.data.get(BEFORE) if news == MOVED else was
        data = {**data, NEWS: MOVED, BEFORE: before}
        data.pop(SKIPPED, None)
    elif news == GONE:
        del data[NEWS]
    changed = any(data.get(n) != item.data.get(n) for n in {*data, *item.data} - _SILENT)
    return _Change(data, tell=moved) if changed else None


def _listed(tx: Connection, lists: Mapping[str, int], kept: Meeting) -> Row[Any] | None:
    """The row that it is now; None: it is gone, or not held."""
    name, key = listed.parted(kept.id)
    if name not in lists:
        return None
    row = listed.get(tx, lists[name], key)
    if row is None:
        alike = listed.alike(tx, lists[name], kept.name, kept.day, kept.minute)
        row = next((each for each in alike if found.address(each) == kept.address), None)
    return None if row is None or row.attendance == "inactive" else row


def _as_listed(
    tx: Connection, row: Row[Any], kept: Meeting, zone: str, now: datetime, *, weekly: bool
) -> Meeting:
    """It as it stands in the list, at its next start."""
    online = row.attendance == "online" or (row.attendance == "hybrid" and kept.miles is None)
    miles = None if online else (kept.miles or 0.0)
    after = now if weekly else max(now, kept.begins - _AROUND)
    start = occasions.next_start(row.day, row.minute, row.zone, after)
    whole = meetings.whole(tx, [row.id])[row.id]
    return found.told(whole, found.Found(row.id, start, miles, row.name, row.weekly, 0), zone)


def _is_moved(kept: Meeting, new: Meeting) -> bool:
    """Whether who counts on it would miss it."""
    if (kept.day, kept.minute, kept.zone) != (new.day, new.minute, new.zone):
        return True
    if kept.miles is None or new.miles is None:
        return kept.miles is not new.miles
    if kept.lat is None or kept.lng is None or new.lat is None or new.lng is None:
        return kept.address != new.address
    return grid.miles_between(kept.lat, kept.lng, new.lat, new.lng) > _SAME_PLACE

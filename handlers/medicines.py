"""What somebody takes at an hour: how it is kept, what it is called, and what became of it.

An item of kind `medicine` holds a neutral `label` (empty: named by its hour), the real `name` that
only staff read, its `kind`, `times`, `refill_on`, and whether it is `flagged` (a missed one matters
at once) and `reminders` go out. `own`: they added it themselves. `early`: they want to be reminded
in the hours of rest too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final

from content import wording
from handlers import moments
from handlers.flow import Turn
from handlers.own import Entry, Item, Json, KeepItem

KIND: Final = "medicine"
KINDS: Final = (
    "methadone", "buprenorphine", "naltrexone", "benzodiazepine", "alcohol_med", "other",
)  # fmt: skip
FLAGGED: Final = ("methadone", "buprenorphine")
"""Kinds of which a missed one matters at once, unless staff say otherwise."""
MOST: Final = 9
LONGEST: Final = 30
"""Characters of a label."""

LOG: Final = "dose"
"""The kind of entry: `item`, `what` became of it, and `why` it was left out."""
ASKED, TAKEN, LATER, SKIPPED, SILENT = "asked", "taken", "later", "skipped", "silent"
_MISSED: Final = (SKIPPED, SILENT)
_OPEN: Final = (ASKED, LATER)
_SAME_DAY: Final = timedelta(hours=12)
_LOOKED_AT: Final = 60

_ONE: Final = (1, 13)


def current(turn: Turn) -> list[Item]:
    """What they take now, in the order in which it was written down."""
    return [item for item in turn.around.own.items(KIND) if item.data.get("state") != "stopped"]


def find(turn: Turn, number: Json) -> Item | None:
    """One of them by its number."""
    return next((item for item in current(turn) if str(item.id) == str(number)), None)


def changed(item: Item, **data: Json) -> KeepItem:
    """The same one with something else about it."""
    return KeepItem(KIND, {**item.data, **data}, item.id)


def hours(item: Item) -> list[time]:
    """Its hours, the earliest first."""
    return hours_of(item.data)


def hours_of(data: Mapping[str, Json]) -> list[time]:
    """The hours of what is stored about one."""
    told = data.get("times")
    found = {moments.hour(each) for each in told} if isinstance(told, list) else set()
    return sorted(each for each in found if each is not None)


def is_quiet(at: time) -> bool:
    """Whether it is an hour of rest, in which only what they said yes to is sent."""
    return not moments.QUIET_TO <= at <= moments.QUIET_FROM


def reminded(item: Item, at: time) -> bool:
    """Whether they are reminded at this hour of it."""
    wanted = item.data.get("reminders") is True and at in hours(item)
    return wanted and (not is_quiet(at) or item.data.get("early") is True)


def waits(item: Item) -> bool:
    """Whether it has an hour of rest to which they have not said yes."""
    on = item.data.get("reminders") is True and item.data.get("early") is not True
    return on and any(is_quiet(at) for at in hours(item))


def label(turn: Turn, item: Item, at: time | None = None) -> str:
    """What it is called in messages: in neutral words, by itself or by its hour."""
    if own := item.text("label"):
        return own
    texts, there = wording.entries(turn.person.language), hours(item)
    at = at if at is not None else (there[0] if there else None)
    if at is None:
        return texts["medicine.no_hour"].text
    hour = wording.clock(at, turn.person.language, turn.person.zone)
    # Spanish says "la 1" and "las 2".
    key = "medicine.by_one" if at.hour in _ONE else "medicine.by_hour"
    name = texts[key].text.format(time=hour)
    alike = [each for each in current(turn) if not each.text("label") and at in hours(each)]
    place = [each.id for each in alike].index(item.id) + 1 if item in alike else 1
    return name if place == 1 else f"{name} ({place})"


def log(turn: Turn) -> tuple[Entry, ...]:
    """What became of the latest times, the newest first."""
    return turn.around.own.entries(LOG, _LOOKED_AT)


def misses(entries: tuple[Entry, ...], number: int) -> int:
    """How many times in a row it was left out, until now.

    What was unheard and then, on that day, said to be left out is one.
    """
    count = 0
    newer: Entry | None = None
    for entry in entries:
        what = entry.data.get("what")
        if entry.data.get("item") != number:
            continue
        if what not in (*_OPEN, *_MISSED):
            break
        told_since = (
            what == SILENT
            and newer is not None
            and newer.data.get("what") == SKIPPED
            and newer.at - entry.at < _SAME_DAY
        )
        count += what in _MISSED and not told_since
        newer = entry
    return count


def last(entries: tuple[Entry, ...], number: int) -> Entry | None:
    """The latest of one."""
    return next((entry for entry in entries if entry.data.get("item") == number), None)


def open_since(entries: tuple[Entry, ...], number: int, *whats: str) -> datetime | None:
    """Since when nothing has become of it; None: they have told, or were not asked."""
    found = last(entries, number)
    return found.at if found is not None and found.data.get("what") in (whats or _OPEN) else None

"""Around each session: its word of the day, and whoever leads it is asked who came.

The word is on the board of the room. Each session of a day has another, so that it says which one
somebody is in; it is spelled the same in both languages.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import facilitators
from bot.config import House
from storage import timetable
from storage.store import Store

WORDS: Final = (
    "alpaca", "animal", "arena", "banjo", "cactus", "canal", "canoa", "cereal", "coral", "corral",
    "delta", "flora", "fauna", "gala", "hotel", "idea", "iguana", "kiwi", "koala", "llama",
    "local", "mango", "metro", "motor", "mural", "natural", "opera", "palma", "panda", "pasta",
    "patio", "piano", "plaza", "polo", "puma", "radio", "rodeo", "sofa", "solar", "taxi",
    "tango", "tornado", "total", "tuba", "tractor", "triple", "vista", "violeta", "yogur", "zona",
)  # fmt: skip
_AHEAD: Final = timedelta(hours=26)
SOON_OVER: Final = timedelta(minutes=15)
_LATE: Final = timedelta(hours=12)
"""Whoever leads it is not asked any more after that: it stands on their first page."""
_UNCOUNTED: Final = ("support_meeting",)
_LONGEST: Final = timedelta(days=1)


async def sweep(store: Store, house: House, now: datetime) -> int:
    """Give words to the sessions of the next day, and ask who came to those that end; how many."""
    if not await store.read(partial(_is_due, now=now)):
        return 0
    return await store.write(partial(_sweep, house=house, now=now))


def _is_due(tx: Connection, now: datetime) -> bool:
    return any(_wants_word(row, now) or _wants_marks(row, now) for row in _around(tx, now))


def _sweep(tx: Connection, house: House, now: datetime) -> int:
    held = _around(tx, now)
    asked = [_ask(tx, house, row, now) for row in held if _wants_marks(row, now)]
    return _give_words(tx, held, now) + sum(asked)


def _around(tx: Connection, now: datetime) -> list[Row[Any]]:
    around = timetable.between(tx, now - _LONGEST - _LATE, now + _AHEAD)
    return [row for row in around if row.state == "planned" and not row.all_day]


def _wants_word(row: Row[Any], now: datetime) -> bool:
    return row.word is None and row.ends_at > now


def _wants_marks(row: Row[Any], now: datetime) -> bool:
    if row.asked_at is not None or row.marked_at is not None or row.kind in _UNCOUNTED:
        return False
    return bool(row.ends_at - SOON_OVER <= now < row.ends_at + _LATE)


def _give_words(tx: Connection, held: list[Row[Any]], now: datetime) -> int:
    new = [row for row in held if _wants_word(row, now)]
    used = {row.word for row in held if row.word}
    for row in new:
        if not _still(tx, row, _wants_word, now):
            continue
        left = [word for word in WORDS if word not in used] or list(WORDS)
        word = secrets.choice(left)
        used.add(word)
        timetable.change(tx, row.id, word=word)
    return len(new)


def _still(
    tx: Connection, row: Row[Any], wants: Callable[[Row[Any], datetime], bool], now: datetime
) -> bool:
    """Whether another process has not done it meanwhile; from now on none does."""
    fresh = timetable.locked(tx, row.id)
    return fresh is not None and wants(fresh, now)


def _ask(tx: Connection, house: House, row: Row[Any], now: datetime) -> bool:
    """Ask who came, once; where nobody is on duty for it, again at the next round."""
    if not timetable.held(tx, [row.id]) or not _still(tx, row, _wants_marks, now):
        return False
    told = facilitators.tell(tx, house, row.id, "mark", now)
    if told:
        timetable.change(tx, row.id, asked_at=now)
    return told

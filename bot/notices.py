"""Notices to staff: an id, a level and a link; what comes together is said together.

An emergency always stands alone and leaves first. Of the rest somebody who was told a moment ago
gets one message about all who need them, in the order in which they need them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import post
from bot.config import House
from handlers.risk import Level
from storage import alerts, notices, outbox

TOGETHER = "staff.together"
_JUST_NOW = timedelta(minutes=1)
_GATHERS = {Level.URGENT: timedelta(seconds=20), Level.CONCERN: timedelta(minutes=1)}
"""How long a message about several waits for more, after somebody was told a moment ago."""
_MOST_NUMBERS = 8
_SEVERAL = 2


def notice(
    tx: Connection, house: House, row: Row[Any], to: post.Recipient, key: str, now: datetime
) -> None:
    """Queue one about one alert; no name and no word of anybody."""
    level = Level(row.level)
    values = {"id": str(row.id), "level": level.upper(), "link": f"{house.url}/alerts/{row.id}"}
    # Danger is told as fast as it is answered; what names nobody is still not passed on.
    priority = outbox.CRISIS if level is Level.EMERGENCY else outbox.STAFF
    more = {"kind": notices.ALONE, "alert_id": row.id, "asked_in": row.id, "private": True}
    post.put(tx, to, to.words(key, values), now, priority=priority, **more)


def tell(
    tx: Connection, house: House, row: Row[Any], to: post.Recipient, key: str, now: datetime
) -> None:
    """Tell a member of staff of an alert, alone or with others, and write it down."""
    assert to.staff_id is not None  # noqa: S101 - staff are told
    if Level(row.level) is not Level.EMERGENCY and _together(tx, house, row, to, now):
        return
    notice(tx, house, row, to, key, now)
    alerts.note(tx, row.id, now, "notified", staff_id=to.staff_id)


def _together(
    tx: Connection, house: House, row: Row[Any], to: post.Recipient, now: datetime
) -> bool:
    """Say it in one message with what waits or has just left: whether that was done."""
    staff_id = to.staff_id or 0
    recent = notices.recent(tx, staff_id, now - _JUST_NOW)
    waiting = [each for each in recent if each.state == "pending"]
    others = {each.alert_id for each in recent if each.alert_id is not None} - {row.id}
    if not others and all(each.kind == notices.ALONE for each in recent):
        return False
    left = len(waiting) < len(recent)
    not_before = now + (_GATHERS[Level(row.level)] if left else timedelta())
    not_before = min([not_before, *(each.not_before for each in waiting)])
    merged = [each.alert_id for each in waiting if each.alert_id is not None]
    numbers = dict.fromkeys([*merged, row.id])
    needing = notices.needing(tx, staff_id, tuple(numbers))
    if len(needing) < _SEVERAL:
        return False
    notices.take_back(tx, [each.id for each in waiting])
    about = {
        "kind": notices.TOGETHER,
        "created_at": min([now, *(each.created_at for each in waiting)]),
        "not_before": max(not_before, now),
        "private": True,
    }
    words = to.words(*_words(house, needing))
    post.put(tx, to, words, now, priority=outbox.STAFF, **about)
    for number in numbers:
        alerts.note(tx, number, now, "notified", staff_id=staff_id, detail=TOGETHER)
    return True


def _words(house: House, needing: list[tuple[int, str]]) -> tuple[str, dict[str, str]]:
    """How many people need them, the emergencies first, and the numbers to answer with."""
    ordered = sorted(needing, key=lambda each: (-Level(each[1]).rank, each[0]))
    numbers = [str(number) for number, _ in ordered]
    said = ", ".join(numbers[:_MOST_NUMBERS]) + (" ..." if numbers[_MOST_NUMBERS:] else "")
    first = sum(level == Level.EMERGENCY for _, level in ordered)
    values = {"count": str(len(ordered)), "ids": said, "link": f"{house.url}/"}
    if first:
        return f"{TOGETHER}_first", {**values, "first": str(first)}
    return TOGETHER, values

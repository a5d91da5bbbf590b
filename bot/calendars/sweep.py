"""The job that keeps timetables going: each day another day comes within reach, each hour a look.

What is fetched is read in a process of its own, behind everything else.
"""

from __future__ import annotations

import sys
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import Connection

from bot.calendars import changing, enrolling
from bot.config import House
from bot.feeds.sweep import spawned
from handlers import moments
from storage import enrolments, facts, people, timetable
from storage.store import Store

COMMAND: Final = (sys.executable, "-m", "bot", "schedule", "sync", "--due")
DAY: Final = "calendars_day"
"""The fact that says for which day everybody's seats are there."""
_TOGETHER: Final = 5


async def sweep(store: Store, house: House, now: datetime) -> int:
    """Go on by a day where one has begun; then have fetched what is due. How many it touched."""
    touched = await carry_on(store, house, now)
    if await store.read(lambda tx: timetable.due_calendars(tx, now)):
        await spawned(COMMAND)
    return touched


async def carry_on(store: Store, house: House, now: datetime) -> int:
    """Once a day: what is entered by hand goes on, and everybody's seats with it."""
    today = moments.today(now, house.clinic.zone).isoformat()
    if await store.read(lambda tx: facts.get_fact(tx, DAY)) == today:
        return 0
    touched = 0
    for which in await store.read(changing.entered):
        touched += await store.write(
            partial(changing.extend, house=house, now=now, series_id=which)
        )
    whose = await store.read(lambda tx: enrolments.concerned(tx, None, now))
    for at in range(0, len(whose), _TOGETHER):
        some = whose[at : at + _TOGETHER]
        touched += await store.write(partial(_seat, house=house, some=some, now=now))
    await store.write(lambda tx: facts.put_fact(tx, DAY, today))
    return touched


def _seat(tx: Connection, house: House, some: list[int], now: datetime) -> int:
    for person_id in some:
        people.locked(tx, person_id)
    return sum(bool(enrolling.seated(tx, house, now, person_id=each)) for each in some)

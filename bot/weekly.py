"""Once a week a counselor hears how many of their people were short of hours: a count, a link.

In the first shift of theirs from Monday on; nobody is told where nobody was short.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import Connection

from bot import ledger, post, rota, tiers
from bot.config import House
from bot.rota import Worker
from handlers import hours, moments
from storage import notices, outbox, roster
from storage.store import Store

_KIND: Final = "hours_week"
_WEEK: Final = timedelta(days=hours.DAYS)
_LATEST: Final = timedelta(days=3)
"""Who has no shift from Monday to Wednesday finds it in the console."""
_LIVES: Final = timedelta(hours=12)


async def sweep(store: Store, house: House, now: datetime) -> int:
    """Tell who is on duty and has not heard of the last week; returns how many that were."""
    if not house.clinic.programme.week_line or not await store.read(partial(_due, house, now)):
        return 0
    return await store.write(lambda tx: _sweep(tx, house, now))


def _due(house: House, now: datetime, tx: Connection) -> dict[int, tuple[int, int]]:
    """Who is to be told: how many of theirs were short, and of how many."""
    clinic = house.clinic
    this = hours.monday(moments.today(now, clinic.zone))
    start, _ = hours.bounds(this, clinic.zone)
    if now >= start + _LATEST:
        return {}
    found = {}
    for worker in tiers.workers(tx, now):
        told = notices.said(tx, worker.id, _KIND, this.isoformat(), start)
        if not told and rota.on_duty(worker, clinic, now):
            found[worker.id] = _short(tx, worker, this - _WEEK, clinic.zone, now)
    return {which: counts for which, counts in found.items() if counts[0]}


def _short(
    tx: Connection, worker: Worker, first: date, zone: str, now: datetime
) -> tuple[int, int]:
    counted = ledger.weeks(tx, roster.active_of(tx, worker.id), first, zone, now).values()
    weeks = [week for week in counted if week.prescribed]
    return sum(1 for week in weeks if week.short), len(weeks)


def _sweep(tx: Connection, house: House, now: datetime) -> int:
    clinic = house.clinic
    # One process after the other: the second sees what the first has told.
    notices.in_turn(tx)
    this = hours.monday(moments.today(now, clinic.zone))
    told = 0
    for which, (short, of) in _due(house, now, tx).items():
        to = post.staff_recipient(tx, which, clinic.language, clinic.zone)
        if to is None:
            continue
        values = {"count": str(short), "most": str(of), "link": f"{house.url}/hours"}
        about = {"kind": _KIND, "window": this.isoformat(), "not_after": now + _LIVES}
        words = to.words("facilitator.hours", values)
        post.put(tx, to, words, now, priority=outbox.STAFF, **about)
        told += 1
    return told

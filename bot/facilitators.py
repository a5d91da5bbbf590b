"""Who leads a session hears of it: a number and a link, never a name.

    tell(tx, house, session_id, what, now) -> whether somebody was told
`what` is late, cannot or mark: somebody runs late; can't come after all; who came is to be marked.
Around their own session whoever leads it is told also outside of their shifts; in their time off
who stands in, or else a supervisor, is told if they are on duty.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import post, rota, tiers
from bot.config import House
from bot.rota import Worker
from storage import notices, outbox, timetable

_AROUND: Final = timedelta(hours=3)
"""So long before and after it somebody is busy with their own session."""
_AGAIN: Final = timedelta(minutes=10)
"""Of several who say the same about one session, one message tells: the page shows them all."""
_LIVES: Final = timedelta(hours=12)


def tell(tx: Connection, house: House, session_id: int, what: str, now: datetime) -> bool:
    """Tell who leads a session that something is to be seen on its page."""
    row = timetable.one(tx, session_id)
    if row is None or row.all_day:
        return False
    kind, link = f"session_{what}", f"{house.url}/sessions/{session_id}"
    told = False
    for worker in hearers(tx, house, row, now):
        clinic = house.clinic
        to = post.staff_recipient(tx, worker.id, clinic.language, clinic.zone)
        if to is None:
            continue
        told = True
        if notices.said(tx, worker.id, kind, str(session_id), now - _AGAIN):
            continue
        words = to.words(f"facilitator.{what}", {"id": str(session_id), "link": link})
        about = {"kind": kind, "window": str(session_id), "not_after": now + _LIVES}
        post.put(tx, to, words, now, priority=outbox.STAFF, **about)
    return told


def hearers(tx: Connection, house: House, row: Row[Any], now: datetime) -> list[Worker]:
    """Who is told about a session now; nobody, where none of them is on duty."""
    leads, everyone = leader(tx, row), tiers.workers(tx, now)
    near = row.starts_at - _AROUND <= now <= row.ends_at + _AROUND
    for worker in everyone:
        if worker.id == leads and not worker.is_off(now):
            return [worker] if near or rota.on_duty(worker, house.clinic, now) else []
    others = tiers.standing_in(everyone, leads or 0, now)
    return [
        worker
        for worker in everyone
        if worker.id in others and rota.on_duty(worker, house.clinic, now)
    ]


def leader(tx: Connection, row: Row[Any]) -> int | None:
    """Who of the staff leads a session: its own, or that of its series; None: nobody of ours."""
    if row.staff_id is not None:
        return int(row.staff_id)
    series = timetable.one_series(tx, row.series_id)
    return None if series is None or series.staff_id is None else int(series.staff_id)

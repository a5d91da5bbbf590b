"""Whoever leads what somebody else moved or cancelled hears of it: one link, never a name.

Nobody is told outside of their duty: then they hear as it begins, if that is before the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot import facilitators, post, rota, tiers
from bot.config import House
from handlers import hours, moments
from storage import notices, outbox

KIND: Final = "sessions_changed"
Changed = dict[int, datetime]
"""By who leads them: when the first of what changed begins."""
_SOON: Final = timedelta(days=14)
"""What is later they see on the timetable."""
_AGAIN: Final = timedelta(minutes=10)
"""A calendar comes in pieces: one message tells of them all."""
_NAMED: Final = ("starts_at", "ends_at", "place", "link", "state")


def note(
    tx: Connection,
    row: Row[Any],
    values: Mapping[str, Any],
    staff_id: int | None,
    now: datetime,
    changed: Changed,
) -> None:
    """A session (as it was) becomes another: who leads it, unless they changed it themselves."""
    begins = min(row.starts_at, values.get("starts_at", row.starts_at))
    differs = any(name in values and values[name] != getattr(row, name) for name in _NAMED)
    leads = facilitators.leader(tx, row)
    if leads is None or leads == staff_id or row.all_day:
        return
    if differs and now < begins < now + _SOON:
        changed[leads] = min(begins, changed.get(leads, begins))


def tell(tx: Connection, house: House, changed: Changed, now: datetime) -> None:
    """One message each, for some minutes."""
    clinic = house.clinic
    for worker in tiers.workers(tx, now):
        begins = changed.get(worker.id)
        if begins is None or notices.said(tx, worker.id, KIND, KIND, now - _AGAIN):
            continue
        to = post.staff_recipient(tx, worker.id, clinic.language, clinic.zone)
        due = now if rota.on_duty(worker, clinic, now) else rota.next_duty([worker], clinic, now)
        if to is None or due is None or due >= begins:
            continue
        week = hours.monday(moments.today(begins, clinic.zone))
        words = to.words("facilitator.changed", {"link": f"{house.url}/sessions?week={week}"})
        about = {"kind": KIND, "window": KIND, "not_before": due, "not_after": begins}
        post.put(tx, to, words, now, priority=outbox.STAFF, **about)

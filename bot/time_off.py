"""Time off of a member of staff, and who stands in meanwhile."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.config import House
from bot.handover import HandoverError, able, tell
from content import wording
from storage import alerts as alert_rows
from storage import outbox, staff, team


def take(
    tx: Connection,
    house: House,
    staff_id: int,
    from_at: datetime,
    to_at: datetime,
    cover_id: int | None,
    by_id: int,
    now: datetime,
) -> int:
    """Write down time off and who stands in (None: supervisors do); returns its number.

    The cover is told when it begins; open alerts that nobody has are looked at again then.
    Audited here. Raises HandoverError.
    """
    if to_at <= from_at or to_at <= now:
        message = "Time off ends after it begins, and not in the past."
        raise HandoverError(message)
    if cover_id == staff_id:
        message = "Nobody stands in for themselves."
        raise HandoverError(message)
    if cover_id is not None:
        able(tx, cover_id)
    who = staff.get(tx, staff_id)
    number = staff.add_absence(tx, staff_id, from_at, to_at, cover_id)
    staff.looked(tx, by_id, None, "time_off", now, f"{who.name}, {from_at:%F} to {to_at:%F}")
    begins = max(from_at, now)
    if cover_id is not None:
        values: dict[str, wording.Value] = {"who": who.name}
        about = {"kind": "cover", "window": str(number)}
        tell(tx, house, cover_id, "staff.cover", values, begins, now, **about)
    alert_rows.look_again(tx, staff_id, begins)
    return number


def give_back(tx: Connection, house: House, absence_id: int, by_id: int, now: datetime) -> None:
    """Take time off back: they read again, and the cover is not told any more; audited here."""
    del house
    row = team.absence_of(tx, absence_id)
    if row is None:
        return
    staff.drop_absence(tx, absence_id)
    who = staff.get(tx, row.staff_id)
    staff.looked(tx, by_id, None, "time_off_ended", now, who.name)
    outbox.cancel_kind(tx, "cover", str(absence_id))
    alert_rows.look_again(tx, row.staff_id, now)

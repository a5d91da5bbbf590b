"""How many hours a week are prescribed for somebody, changed by staff."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from bot import recurring
from bot.config import House
from storage import prescriptions, staff

MOST = 40 * 60
"""Minutes a week: more is no outpatient programme."""


def prescribe(
    tx: Connection,
    house: House,
    person_id: int,
    from_on: date,
    minutes: int,
    phase: str,
    staff_id: int | None,
    now: datetime,
) -> None:
    """From a day on so many minutes a week, 0 for none; audited, and told of from then on.

    A row of the same day takes the place of the one before it; none is ever taken out.
    """
    prescriptions.add(tx, person_id, from_on, minutes, phase, staff_id, now)
    detail = f"{minutes} minutes a week from {from_on}, {phase}"
    staff.looked(tx, staff_id, person_id, "hours_prescribed", now, detail)
    recurring.arrange(tx, house, person_id, now)

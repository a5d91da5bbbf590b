"""Daily check-ins: one a person and local day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from storage.models import checkin
from storage.prepared import Prepared
from storage.upsert import upsert


def put(
    tx: Connection, person_id: int, day: date, answers: dict[str, Any], answered_at: datetime
) -> None:
    """Keep a day's answers; a second answer on one day replaces the first."""
    _PUT.count(tx, person_id=person_id, day=day, answers=answers, answered_at=answered_at)


def _put(dialect: str) -> Any:
    statement = upsert(dialect, checkin)
    changed = {name: statement.excluded[name] for name in ("answers", "answered_at")}
    return statement.on_conflict_do_update(index_elements=["person_id", "day"], set_=changed)


_PUT = Prepared(_put)


def latest(tx: Connection, person_id: int, most: int = 14) -> list[Row[Any]]:
    """The latest check-ins of a person, newest first."""
    return _LATEST.rows(tx, which=person_id, most=most)


_LATEST = Prepared(
    select(checkin)
    .where(checkin.c.person_id == bindparam("which"))
    .order_by(checkin.c.day.desc())
    .limit(bindparam("most"))
)


def answered(
    tx: Connection, person_ids: Collection[int], days: Collection[str]
) -> set[tuple[int, str]]:
    """Who of them has answered on which of the days (ISO), asked or not."""
    wanted = [date.fromisoformat(day) for day in days]
    query = select(checkin.c.person_id, checkin.c.day).where(
        checkin.c.person_id.in_(person_ids), checkin.c.day.in_(wanted)
    )
    return {(row.person_id, row.day.isoformat()) for row in tx.execute(query)}

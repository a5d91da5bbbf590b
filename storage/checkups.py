"""Questionnaires that were asked: one row each, whatever was answered of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from storage.models import checkup
from storage.prepared import Prepared


def keep(
    tx: Connection,
    person_id: int,
    name: str,
    version: str,
    answers: Mapping[str, Any],
    scores: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """Write what was answered so far into the one that is open, or begin one; scores end it."""
    ended = now if scores is not None else None
    changed = {"answers": dict(answers), "scores": scores, "ended_at": ended}
    found = open_of(tx, person_id, name)
    if found is not None and found.version == version:
        tx.execute(update(checkup).where(checkup.c.id == found.id).values(**changed))
        return
    named = {"person_id": person_id, "name": name, "version": version, "asked_at": now}
    tx.execute(insert(checkup).values(**named, **changed))


def open_of(tx: Connection, person_id: int, name: str) -> Row[Any] | None:
    """The newest of a questionnaire, if it has not ended."""
    found = latest(tx, person_id, name, 1)
    return found[0] if found and found[0].ended_at is None else None


def latest(tx: Connection, person_id: int, name: str, most: int) -> list[Row[Any]]:
    """The latest of a questionnaire, newest first."""
    return _LATEST.rows(tx, whose=person_id, what=name, most=most)


_LATEST = Prepared(
    select(checkup)
    .where(checkup.c.person_id == bindparam("whose"), checkup.c.name == bindparam("what"))
    .order_by(checkup.c.asked_at.desc(), checkup.c.id.desc())
    .limit(bindparam("most"))
)

"""Whom each tier of the escalation means, and when it is due: from the staff list and the rota."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import rota
from bot.config import Clinic, House
from bot.duty_rules import NEXT_WORKING_DAY, Ladder, Rung, Wait
from bot.rota import Span, Worker
from handlers.risk import Level
from storage import people, staff

_NO_DUTY_IN_SIGHT = timedelta(days=1)
"""Where nobody of theirs has a working day within weeks, so long is waited."""


def workers(tx: Connection, now: datetime) -> list[Worker]:
    """Everybody who could be on duty, with their time off and whom they cover."""
    off: dict[int, list[Span]] = {}
    covers: dict[int, list[tuple[int, datetime, datetime]]] = {}
    for row in staff.absences(tx, now):
        off.setdefault(row.staff_id, []).append((row.from_at, row.to_at))
        if row.cover_id is not None:
            covers.setdefault(row.cover_id, []).append((row.staff_id, row.from_at, row.to_at))
    return [
        Worker(
            row.id, row.name, row.role, tuple(off.get(row.id, ())), tuple(covers.get(row.id, ()))
        )
        for row in staff.everyone(tx)
    ]


def hearers(
    tx: Connection, house: House, counselor_id: int, level: Level, now: datetime
) -> list[Worker]:
    """Who hears at once of an alert of this level about somebody of this counselor's.

    In danger a tier that nobody can be told of is passed over, so it is everybody of the ladder.
    """
    ladder = house.clinic.ladder(level)
    everyone = workers(tx, now)
    if in_danger(level):
        return of_ladder(everyone, house.clinic, counselor_id, ladder, now)
    return of_rung(everyone, house.clinic, counselor_id, ladder.rungs[0], now)


def anyone_on_duty(
    tx: Connection, house: House, counselor_id: int, level: Level, now: datetime
) -> bool:
    """Whether somebody who hears at once of it may be told now, and can be."""
    return any(
        rota.on_duty(worker, house.clinic, now) and staff.reachable(tx, worker.id) is not None
        for worker in hearers(tx, house, counselor_id, level, now)
    )


def in_danger(level: Level | str) -> bool:
    """Whether an alert of this level waits for nobody's shift to begin."""
    return Level(level).rank >= Level.URGENT.rank


def of_rung(
    everyone: Sequence[Worker], clinic: Clinic, counselor_id: int, rung: Rung, now: datetime
) -> list[Worker]:
    """Whom a rung tells of somebody of this counselor's, on duty or not."""
    theirs = standing_in(everyone, counselor_id, now) if "counselor" in rung.to else set()
    on_call = _on_call(everyone, clinic, now) if "on_call" in rung.to else set()
    return [
        worker
        for worker in everyone
        if worker.id in theirs
        or worker.id in on_call
        or ("supervisor" in rung.to and worker.role == "supervisor")
        or ("all" in rung.to and worker.role != "operator")
    ]


def of_ladder(
    everyone: Sequence[Worker], clinic: Clinic, counselor_id: int, ladder: Ladder, now: datetime
) -> list[Worker]:
    """Whom a ladder tells in the end, on whatever rung, on duty or not."""
    told = {
        worker.id
        for rung in ladder.rungs
        for worker in of_rung(everyone, clinic, counselor_id, rung, now)
    }
    return [worker for worker in everyone if worker.id in told]


def standing_in(everyone: Sequence[Worker], counselor_id: int, now: datetime) -> set[int]:
    """Who is somebody's counselor now: their own; in time off the cover, else supervisors."""
    own = next((worker for worker in everyone if worker.id == counselor_id), None)
    if own is not None and not own.is_off(now):
        return {own.id}
    cover = {w.id for w in everyone if w.stands_in_for(counselor_id, now) and not w.is_off(now)}
    return cover or {worker.id for worker in everyone if worker.role == "supervisor"}


def _on_call(everyone: Sequence[Worker], clinic: Clinic, now: datetime) -> set[int]:
    """On call is whom a shift names; where none of those is on duty, supervisors."""
    named = {shift.who.casefold() for shift in clinic.shifts}
    called = [w for w in everyone if w.role != "operator" and w.name.casefold() in named]
    if any(rota.on_duty(worker, clinic, now) for worker in called):
        return {worker.id for worker in called}
    return {w.id for w in (*called, *(w for w in everyone if w.role == "supervisor"))}


def due(
    everyone: Sequence[Worker], clinic: Clinic, counselor_id: int, wait: Wait, since: datetime
) -> datetime:
    """When a time of a ladder is up, counted from a moment."""
    if wait != NEXT_WORKING_DAY:
        return since + timedelta(minutes=wait)
    theirs = standing_in(everyone, counselor_id, since)
    those = [worker for worker in everyone if worker.id in theirs]
    return rota.working_day_end(those, clinic, since) or since + _NO_DUTY_IN_SIGHT


def due_of(
    tx: Connection, house: House, row: Row[Any], wait: Wait, since: datetime, now: datetime
) -> datetime:
    """The same, for an alert."""
    if wait != NEXT_WORKING_DAY:
        return since + timedelta(minutes=wait)
    counselor_id = people.get(tx, row.person_id).counselor_id
    return due(workers(tx, min(since, now)), house.clinic, counselor_id, wait, since)

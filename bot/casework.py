"""Tasks as staff do them: who sees which, taking one, closing it, and telling who asked for it.

A named case manager (`[programme] case_manager`) sees all of them, and so do supervisors; a
counselor sees those of their own people. What staff note with one is never sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row

from bot import escalation, post, rota, schedule
from bot.config import Clinic, House
from bot.rota import Worker
from handlers.risk import Level
from handlers.task_news import NEWS
from storage import notices, outbox, people, reminders, tasks

Step = Literal["taken", "done", "dropped"]
STEPS: Final[tuple[Step, ...]] = ("taken", "done", "dropped")
_ASKED: Final = ("need", "barrier", "naloxone")
"""From where a task came of which its person knows."""
_TOLD: Final = "task_soon"
_SOON: Final = timedelta(days=1)
_GAVE_UP: Final = "They gave the place up, or took another one."
_SETTLES: Final = timedelta(minutes=2)
"""Taken and done at once is said once."""


def sees_all(worker: Row[Any], clinic: Clinic) -> bool:
    """Whether somebody sees the tasks of everybody's people."""
    named = clinic.programme.case_manager
    return worker.role == "supervisor" or (
        worker.role != "operator"
        and named is not None
        and str(worker.name).casefold() == named.casefold()
    )


def hearers(tx: Connection, house: House, counselor_id: int, now: datetime) -> list[Worker]:
    """Who does what is asked for: the case manager, if one is named; else who reads concerns."""
    named = house.clinic.programme.case_manager
    everyone = escalation.workers(tx, now) if named else []
    those = [each for each in everyone if each.name.casefold() == str(named).casefold()]
    return those or escalation.hearers(tx, house, counselor_id, Level.CONCERN, now)


def tell(tx: Connection, house: House, which: int, now: datetime) -> None:
    """Whoever does it hears of what is needed for a session of the next day: a number, a link."""
    row = tasks.with_session(tx, which)
    if row is None or row.starts_at is None or not now < row.starts_at < now + _SOON:
        return
    for worker in hearers(tx, house, row.counselor_id, now):
        clinic = house.clinic
        to = post.staff_recipient(tx, worker.id, clinic.language, clinic.zone)
        told = notices.said(tx, worker.id, _TOLD, str(which), now - _SOON)
        if to is None or told or not rota.on_duty(worker, clinic, now):
            continue
        link = f"{house.url}/tasks/{which}"
        words = to.words("facilitator.task", {"id": str(which), "link": link})
        about = {"kind": _TOLD, "window": str(which), "not_after": row.starts_at}
        post.put(tx, to, words, now, priority=outbox.STAFF, **about)


def let_go(tx: Connection, person_id: int, seat_id: int, now: datetime) -> None:
    """A ride to what they no longer come to is not looked for, unless somebody is at it already."""
    for row in tasks.waiting(tx, person_id, seat_id, "ride"):
        tasks.move(tx, row.id, "dropped", now, note=_GAVE_UP)


def move(
    tx: Connection, row: Row[Any], step: Step, staff_id: int, note: str, now: datetime
) -> bool:
    """Take a task or close it; its person hears of it.

    False if it is closed already, or if somebody else took it this moment.
    """
    fresh = tasks.locked(tx, row.id)
    if fresh is None or (step == "taken" and fresh.staff_id != row.staff_id):
        return False
    values: dict[str, Any] = {"staff_id": staff_id}
    if note:
        before = fresh.note
        values["note"] = f"{before}\n{note}" if before else note
    if not tasks.move(tx, row.id, step, now, **values):
        return False
    if hears(tx, row) and not (step == "taken" and row.state == "taken"):
        due = schedule.allowed(now + _SETTLES, people.get(tx, row.person_id).zone)
        reminders.put(tx, row.person_id, f"{NEWS}:{row.id}", due)
    return True


def hears(tx: Connection, row: Row[Any]) -> bool:
    """Whether its person is told what becomes of it: they know of it, and we write to them."""
    if row.source not in _ASKED:
        return False
    person = people.get(tx, row.person_id)
    return bool(person.status == "active" and person.agreed)

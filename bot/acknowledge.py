"""Staff take an alert, say that they are calling, pass it on, or close it.

Of two who press at once one takes it and the other is told who has it. The person is told what
the tap said, and nothing more. What may cost a life is closed with words on how it went.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import post
from bot.config import House
from bot.escalation import (
    SETTLED_BY_AN_ANSWER,
    TAKEN,
    escalate,
    notice,
    reasons,
    reopen,
    tell_person,
)
from content import wording
from handlers.flow import Level
from storage import access, alerts, people, staff


def act(
    tx: Connection,
    house: House,
    number: int,
    worker: Row[Any],
    action: str,
    now: datetime,
    *,
    outcome: str | None = None,
    by_text: bool = False,
) -> tuple[str, dict[str, wording.Value]]:
    """Do what a member of staff said of an alert; returns the content key and values to answer.

    `action` is seen, calling, pass or close. The state is swapped only from the states it was
    meant for, so of two who press at once one takes it and the other is told who has it.
    `by_text`: it came as a text or a chat message, from somebody who has no page before them.
    """
    row = alerts.get(tx, number)
    values: dict[str, wording.Value] = {"id": str(number)}
    if row is None or not access.may_see_alert(tx, number, worker, now):
        return "staff.unknown", values
    if row.state == "closed":
        return "staff.not_open", values
    other = row.taken_by is not None and row.taken_by != worker.id
    if other and (
        action in ("seen", "pass") or (action == "close" and _in_hand(row, worker, by_text=by_text))
    ):
        who = staff.get(tx, row.taken_by).name
        return "staff.taken_by_other", {**values, "who": who, "time": row.taken_at}
    if action == "close" and by_text and not _is_told(row, outcome):
        return "staff.close_how", values
    return ACTIONS[action](tx, house, row, worker, now, outcome)


def _in_hand(row: Row[Any], worker: Row[Any], *, by_text: bool) -> bool:
    """Whether a colleague's alert is not for them to close.

    By text nobody sees who has it; in the console a supervisor may, and others unless the
    colleague is on the phone.
    """
    return by_text or (row.state == "calling" and worker.role != "supervisor")


def _is_told(row: Row[Any], outcome: str | None) -> bool:
    """Whether enough was said of how it went: at urgent and above it needs words."""
    words = any(letter.isalpha() for letter in outcome or "")
    return words or Level(row.level).rank < Level.URGENT.rank


def _take(
    tx: Connection, house: House, row: Row[Any], worker: Row[Any], now: datetime, state: str
) -> None:
    ladder = house.clinic.ladder(Level(row.level))
    wait = timedelta(minutes=ladder.outcome) if ladder.outcome else None
    alerts.change(
        tx,
        row.id,
        state=state,
        taken_by=worker.id,
        taken_at=now,
        next_at=now + wait if wait else None,
    )
    alerts.note(tx, row.id, now, state, staff_id=worker.id)


def _seen(
    tx: Connection, house: House, row: Row[Any], worker: Row[Any], now: datetime, _: str | None
) -> tuple[str, dict[str, wording.Value]]:
    if row.state == "open":
        _take(tx, house, row, worker, now, "seen")
        tell_person(tx, row, "alert.seen", now)
    return "staff.taken_by_you", {"id": str(row.id)}


def _calling(
    tx: Connection, house: House, row: Row[Any], worker: Row[Any], now: datetime, _: str | None
) -> tuple[str, dict[str, wording.Value]]:
    if row.state != "calling" or row.taken_by != worker.id:
        _take(tx, house, row, worker, now, "calling")
        tell_person(tx, row, "alert.calling", now)
    return "staff.calling_by_you", {"id": str(row.id)}


def _pass(
    tx: Connection, house: House, row: Row[Any], worker: Row[Any], now: datetime, _: str | None
) -> tuple[str, dict[str, wording.Value]]:
    alerts.note(tx, row.id, now, "passed", staff_id=worker.id)
    if row.state in TAKEN:
        tell_person(tx, row, "alert.passed", now)
        reopen(tx, row.id, now)
    # Whoever passes it on has read it: the next rung is due at once.
    following = min(row.rung if row.state == "open" else 1, 1)
    alerts.change(tx, row.id, rung=following)
    escalate(tx, house, row.id, now, skip=worker.id)
    return "staff.passed", {"id": str(row.id)}


def _close(
    tx: Connection,
    _house: House,
    row: Row[Any],
    worker: Row[Any],
    now: datetime,
    outcome: str | None,
) -> tuple[str, dict[str, wording.Value]]:
    if reasons(tx, row.id) & SETTLED_BY_AN_ANSWER:
        people.change(tx, row.person_id, waiting_since=None)
    alerts.change(tx, row.id, state="closed", closed_at=now, next_at=None, taken_by=worker.id)
    alerts.note(tx, row.id, now, "closed", staff_id=worker.id, detail=outcome)
    tell_person(tx, row, "alert.closed", now)
    return "staff.closed", {"id": str(row.id)}


ACTIONS = {"seen": _seen, "calling": _calling, "pass": _pass, "close": _close}


def link_again(
    tx: Connection,
    house: House,
    number: int,
    worker: Row[Any],
    to: post.Recipient,
    now: datetime,
) -> bool:
    """Send a member of staff the link to an alert again: whether they may see it."""
    row = alerts.get(tx, number)
    if row is None or not access.may_see_alert(tx, number, worker, now):
        return False
    notice(tx, house, row, to, "staff.notice", now)
    return True

"""Staff take an alert, say that they are calling, put it off, pass it on, or close it.

Of two who press at once one takes it and the other is told who has it. The person is told what
the tap said, and nothing more. What may cost a life is closed with words on how it went.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import outcomes, post, tiers
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
from handlers.risk import Level
from storage import access, alerts, people, staff
from storage import notices as notice_rows

_PUT_OFF = timedelta(minutes=30)
"""How long an alert is put off where nobody says how long."""


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

    `action` is seen, calling, snooze, pass or close; `outcome` is how it went, a code and a note
    or free words, and for snooze the minutes. The state is swapped only from the states it was
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
        action in ("seen", "snooze", "pass")
        or (action == "close" and _in_hand(row, worker, by_text=by_text))
    ):
        who = staff.get(tx, row.taken_by).name
        return "staff.taken_by_other", {**values, "who": who, "time": row.taken_at}
    if action == "close" and by_text and outcomes.read(outcome)[0] == outcomes.CALLED_911:
        # The card is read before that is chosen, and it is on the page only.
        return "staff.close_911", {**values, "link": f"{house.url}/alerts/{number}"}
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
    late = tiers.due_of(tx, house, row, ladder.outcome, now, now) if ladder.outcome else None
    alerts.change(tx, row.id, state=state, taken_by=worker.id, taken_at=now, next_at=late)
    alerts.note(tx, row.id, now, state, staff_id=worker.id)
    notice_rows.take_back_of(tx, row.id)


def _role(tx: Connection, row: Row[Any], worker: Row[Any]) -> str:
    """Who somebody is to the person: receipts name no one."""
    if row.person_id is not None and people.get(tx, row.person_id).counselor_id == worker.id:
        return "counselor"
    return "supervisor" if worker.role == "supervisor" else "colleague"


def _seen(
    tx: Connection, house: House, row: Row[Any], worker: Row[Any], now: datetime, _: str | None
) -> tuple[str, dict[str, wording.Value]]:
    if row.state == "open":
        _take(tx, house, row, worker, now, "seen")
        tell_person(tx, row, f"alert.seen_{_role(tx, row, worker)}", now)
    ladder = house.clinic.ladder(Level(row.level))
    key = "staff.taken_by_you" if ladder.snooze is None else "staff.taken_may_wait"
    return key, {"id": str(row.id)}


def _calling(
    tx: Connection, house: House, row: Row[Any], worker: Row[Any], now: datetime, _: str | None
) -> tuple[str, dict[str, wording.Value]]:
    if row.state != "calling" or row.taken_by != worker.id:
        _take(tx, house, row, worker, now, "calling")
        tell_person(tx, row, f"alert.calling_{_role(tx, row, worker)}", now)
    return "staff.calling_by_you", {"id": str(row.id)}


def _snooze(
    tx: Connection,
    house: House,
    row: Row[Any],
    worker: Row[Any],
    now: datetime,
    minutes: str | None,
) -> tuple[str, dict[str, wording.Value]]:
    """Put it off: it is theirs until then, and comes back by itself. Never an emergency."""
    longest = house.clinic.ladder(Level(row.level)).snooze
    if longest is None:
        return "staff.no_snooze", {"id": str(row.id)}
    asked = (minutes or "").split()[:1]
    wished = int(asked[0]) if asked and asked[0].isdecimal() and asked[0].isascii() else None
    wait = _PUT_OFF if wished is None else timedelta(minutes=min(max(wished, 1), longest))
    wait = min(wait, timedelta(minutes=longest))
    if row.state == "open":
        _seen(tx, house, row, worker, now, None)
    alerts.change(tx, row.id, next_at=now + wait)
    detail = str(wait // timedelta(minutes=1))
    alerts.note(tx, row.id, now, "snoozed", staff_id=worker.id, detail=detail)
    return "staff.snoozed", {"id": str(row.id), "time": now + wait}


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
    done = {"state": "closed", "closed_at": now, "next_at": None, "taken_by": worker.id}
    alerts.change(tx, row.id, **done, outcome=outcomes.read(outcome)[0])
    alerts.note(tx, row.id, now, "closed", staff_id=worker.id, detail=outcome)
    notice_rows.take_back_of(tx, row.id)
    tell_person(tx, row, "alert.closed", now)
    return "staff.closed", {"id": str(row.id)}


ACTIONS = {
    "seen": _seen,
    "calling": _calling,
    "snooze": _snooze,
    "pass": _pass,
    "close": _close,
}


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

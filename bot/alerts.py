"""Opens, escalates, acknowledges and closes alerts; a person is told the truth at each stage.

One open alert a person: its level only rises. What is new and urgent re-opens one that somebody
took, and restarts its clock. Staff hear an id, a level and a link, and only while on duty; until
somebody takes it, the ladder of its level climbs. Every change is a row of its timeline.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import post, rota
from bot.config import House, Ladder, Rung
from bot.rota import Worker
from content import wording
from handlers.flow import Level
from storage import alerts, outbox, people, staff

_log = logging.getLogger("companion.alerts")

LINK_HOURS = 24
TAKEN = ("seen", "calling")
ASKS = ("asked_for_person", "help_in_danger")
"""Reasons by which a person asks for somebody: they are told that the team was asked."""
_SAME_MATTER = timedelta(hours=4)


def workers(tx: Connection) -> list[Worker]:
    """Everybody who could be on duty."""
    return [Worker(row.id, row.name, row.role) for row in staff.everyone(tx)]


def hearers(tx: Connection, house: House, counselor_id: int, level: Level) -> list[Worker]:
    """Who hears first of an alert of this level about somebody of this counselor's."""
    return _of_rung(tx, house, counselor_id, house.clinic.ladder(level).rungs[0])


def anyone_on_duty(
    tx: Connection, house: House, counselor_id: int, level: Level, now: datetime
) -> bool:
    """Whether somebody who hears first of it may be told now."""
    return any(rota.on_duty(w, house.clinic, now) for w in hearers(tx, house, counselor_id, level))


def raise_alert(
    tx: Connection,
    house: House,
    person: Row[Any],
    level: Level,
    reason: str,
    now: datetime,
    *,
    message_id: int | None = None,
    known: bool = True,
) -> int:
    """Open an alert, or add to the open one; returns its number.

    `reason` is a label, never the person's words. `known`: the person was told that it was
    opened, and will be told who read it (silence, for one, is not told).
    """
    current = alerts.open_of(tx, person.id)
    if current is None:
        number = alerts.add(
            tx,
            person_id=person.id,
            level=level,
            state="open",
            silent=False,
            known=known,
            opened_at=now,
            clock_from=now,
            rung=0,
            next_at=now,
        )
        alerts.note(tx, number, now, "opened", message_id=message_id, detail=f"{level} {reason}")
        escalate(tx, house, number, now)
        return number
    number = int(current.id)
    before = Level(current.level)
    if known and not current.known:
        alerts.change(tx, number, known=True)
    higher = level.rank > before.rank
    if higher:
        alerts.change(tx, number, level=level)
    kind = "raised" if higher else "added"
    alerts.note(tx, number, now, kind, message_id=message_id, detail=f"{level} {reason}")
    if higher or (current.state in TAKEN and _news(level, reason, current, now)):
        _reopen(tx, number, now)
        escalate(tx, house, number, now)
    return number


def _news(level: Level, reason: str, current: Row[Any], now: datetime) -> bool:
    """Whether who has taken it must hear of it again: danger, somebody who asks, or a new day."""
    asks = reason in ASKS
    old = current.taken_at is not None and now - current.taken_at > _SAME_MATTER
    return level.rank >= Level.URGENT.rank or asks or old


def secure(
    tx: Connection,
    house: House,
    person: Row[Any],
    level: Level,
    reason: str,
    now: datetime,
    message_id: int | None = None,
    *,
    known: bool = True,
) -> None:
    """Open an alert whatever else is broken: if telling fails, the sweep tells."""
    try:
        with tx.begin_nested():
            raise_alert(tx, house, person, level, reason, now, message_id=message_id, known=known)
    except Exception:  # noqa: BLE001 - a bug must not lose the message or the alert
        _log.exception("alert_failed", extra={"person": person.id})
        current = alerts.open_of(tx, person.id)
        if current is not None:
            higher = max(level, Level(current.level), key=lambda each: each.rank)
            alerts.change(tx, current.id, level=higher, state="open", next_at=now)
            return
        number = alerts.add(
            tx,
            person_id=person.id,
            level=level,
            state="open",
            silent=False,
            known=known,
            opened_at=now,
            clock_from=now,
            rung=0,
            next_at=now,
        )
        alerts.note(tx, number, now, "opened", message_id=message_id, detail=reason)


def _reopen(tx: Connection, number: int, now: datetime) -> None:
    alerts.change(
        tx,
        number,
        state="open",
        clock_from=now,
        rung=0,
        next_at=now,
        taken_by=None,
        taken_at=None,
        told_unread_at=None,
    )


def escalate(
    tx: Connection, house: House, number: int, now: datetime, *, skip: int | None = None
) -> None:
    """Do what an alert's clock says: tell the next people, re-open it, or tell the person.

    `skip` is a member of staff who has just passed it on.
    """
    row = alerts.get(tx, number)
    if row is None or row.state == "closed":
        return
    ladder = house.clinic.ladder(Level(row.level))
    if row.state in TAKEN:
        _no_outcome(tx, house, row, now)
        return
    minutes = (now - row.clock_from) / timedelta(minutes=1)
    rung = ladder.rungs[min(row.rung, len(ladder.rungs) - 1)]
    told = _tell_staff(tx, house, row, rung, now, skip)
    if told:
        following = row.rung + 1
        climbing = following < len(ladder.rungs)
        next_at = (
            row.clock_from + timedelta(minutes=ladder.rungs[following].after)
            if climbing
            else now + timedelta(minutes=ladder.repeat)
        )
        if not climbing and ladder.tell_unread is not None and minutes < ladder.tell_unread:
            # The person is told in time that nobody has read it, and the team once more with it.
            next_at = min(next_at, row.clock_from + timedelta(minutes=ladder.tell_unread))
        alerts.change(tx, number, rung=following, next_at=max(next_at, now + timedelta(minutes=1)))
    else:
        alerts.change(tx, number, next_at=_when_somebody_is(tx, house, row, rung, ladder, now))
    if (
        ladder.tell_unread is not None
        and minutes >= ladder.tell_unread
        and row.told_unread_at is None
    ):
        alerts.change(tx, number, told_unread_at=now)
        tell_person(tx, house, row, "alert.nobody_yet", now)


def _tell_staff(
    tx: Connection, house: House, row: Row[Any], rung: Rung, now: datetime, skip: int | None
) -> bool:
    """Queue a notice to everybody of the rung who is on duty and can be reached: whether any."""
    told = False
    before = {event.staff_id: event for event in alerts.timeline(tx, row.id) if event.staff_id}
    for worker in _recipients(tx, house, row, rung):
        if worker.id == skip or not rota.on_duty(worker, house.clinic, now):
            continue
        to = post.staff_recipient(tx, worker.id, house.clinic.language, house.clinic.zone)
        if to is None:
            alerts.note(tx, row.id, now, "no_address", staff_id=worker.id)
            continue
        _notice(tx, house, row, worker.id, to, _notice_key(before.get(worker.id)), now)
        alerts.note(tx, row.id, now, "notified", staff_id=worker.id)
        told = True
    return told


def _notice_key(last: Row[Any] | None) -> str:
    """Which notice, by what last happened between this alert and this member of staff."""
    if last is None:
        return "staff.notice"
    return "staff.reopened" if last.kind in ("reopened", "seen", "calling") else "staff.again"


def _notice(
    tx: Connection,
    house: House,
    row: Row[Any],
    worker_id: int,
    to: post.Recipient,
    key: str,
    now: datetime,
) -> None:
    """An id, a level and a link of their own that expires; no name and no word of anybody."""
    token = secrets.token_urlsafe(18)
    staff.add_link(tx, token, row.id, worker_id, now + timedelta(hours=LINK_HOURS))
    level = Level(row.level).upper()
    values = {"id": str(row.id), "level": level, "link": f"{house.url}/a/{token}"}
    words = to.words(key, values)
    more = {"kind": "alert_notice", "alert_id": row.id, "asked_in": row.id}
    post.put(tx, to, words, now, priority=outbox.STAFF, **more)


def link_again(
    tx: Connection,
    house: House,
    number: int,
    worker: Row[Any],
    to: post.Recipient,
    now: datetime,
) -> bool:
    """Send a member of staff a new link to an alert that they may see: whether they may."""
    row = alerts.get(tx, number)
    if row is None or not alerts.may_see(tx, number, worker):
        return False
    _notice(tx, house, row, worker.id, to, "staff.notice", now)
    return True


def _recipients(tx: Connection, house: House, row: Row[Any], rung: Rung) -> list[Worker]:
    return _of_rung(tx, house, people.get(tx, row.person_id).counselor_id, rung)


def _of_rung(tx: Connection, house: House, counselor_id: int, rung: Rung) -> list[Worker]:
    named = {shift.who.casefold() for shift in house.clinic.shifts}
    return [
        worker
        for worker in workers(tx)
        if ("counselor" in rung.to and worker.id == counselor_id)
        or ("supervisor" in rung.to and worker.role == "supervisor")
        or ("on_call" in rung.to and _on_call(worker, named, counselor_id))
    ]


def _on_call(worker: Worker, named: set[str], counselor_id: int) -> bool:
    """On call is whom a shift names, and supervisors; other people's counselors are not."""
    if worker.role == "counselor" and worker.id != counselor_id:
        return worker.name.casefold() in named
    return worker.role != "operator"


def _when_somebody_is(
    tx: Connection, house: House, row: Row[Any], rung: Rung, ladder: Ladder, now: datetime
) -> datetime:
    """When to look again where nobody of this rung is on duty: never later than any of these."""
    opened: datetime = row.clock_from
    # Somebody of this rung begins; or the next rung is due, which may have somebody on duty.
    times = [rota.next_duty(_recipients(tx, house, row, rung), house.clinic, now)]
    for at, later in enumerate(ladder.rungs):
        if later.after > rung.after and _on_duty_of(tx, house, row, later, now):
            due = opened + timedelta(minutes=later.after)
            if due <= now:
                alerts.change(tx, row.id, rung=at)
            times.append(due)
    if ladder.tell_unread is not None and row.told_unread_at is None:
        times.append(opened + timedelta(minutes=ladder.tell_unread))
    soon = now + timedelta(minutes=1)
    found = [moment for moment in times if moment is not None]
    return max(min(found, default=now + timedelta(minutes=ladder.repeat)), soon)


def _on_duty_of(tx: Connection, house: House, row: Row[Any], rung: Rung, now: datetime) -> bool:
    return any(rota.on_duty(w, house.clinic, now) for w in _recipients(tx, house, row, rung))


def _no_outcome(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    """Taken, but no outcome in time: open again, and everybody is told the truth."""
    alerts.note(tx, row.id, now, "reopened", staff_id=row.taken_by)
    _reopen(tx, row.id, now)
    tell_person(tx, house, row, "alert.reopened", now)
    escalate(tx, house, row.id, now)


def tell_person(tx: Connection, house: House, row: Row[Any], key: str, now: datetime) -> None:
    """Tell the person what happened to an alert they know of; a silent one says nothing."""
    del house
    if row.silent or not row.known or row.person_id is None:
        return
    person = people.get(tx, row.person_id)
    to = post.safe_recipient(tx, person)
    if to is None:
        return
    priority = outbox.CRISIS if Level(row.level).rank >= Level.URGENT.rank else outbox.REPLY
    words = to.words(key, {"time": now})
    post.put(tx, to, words, now, priority=priority, kind="alert_told", alert_id=row.id)
    alerts.note(tx, row.id, now, "told", detail=key)


def act(
    tx: Connection,
    house: House,
    number: int,
    worker: Row[Any],
    action: str,
    now: datetime,
    *,
    outcome: str | None = None,
) -> tuple[str, dict[str, wording.Value]]:
    """Do what a member of staff said of an alert; returns the content key and values to answer.

    `action` is seen, calling, pass or close. The state is swapped only from the states it was
    meant for, so of two who press at once one takes it and the other is told who has it.
    """
    row = alerts.get(tx, number)
    values: dict[str, wording.Value] = {"id": str(number)}
    if row is None or not alerts.may_see(tx, number, worker):
        return "staff.unknown", values
    if row.state == "closed":
        return "staff.not_open", values
    other = row.taken_by is not None and row.taken_by != worker.id
    if other and action in ("seen", "pass"):
        who = staff.get(tx, row.taken_by).name
        return "staff.taken_by_other", {**values, "who": who, "time": row.taken_at}
    return ACTIONS[action](tx, house, row, worker, now, outcome)


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
        tell_person(tx, house, row, "alert.seen", now)
    return "staff.taken_by_you", {"id": str(row.id)}


def _calling(
    tx: Connection, house: House, row: Row[Any], worker: Row[Any], now: datetime, _: str | None
) -> tuple[str, dict[str, wording.Value]]:
    if row.state != "calling" or row.taken_by != worker.id:
        _take(tx, house, row, worker, now, "calling")
        tell_person(tx, house, row, "alert.calling", now)
    return "staff.calling_by_you", {"id": str(row.id)}


def _pass(
    tx: Connection, house: House, row: Row[Any], worker: Row[Any], now: datetime, _: str | None
) -> tuple[str, dict[str, wording.Value]]:
    alerts.note(tx, row.id, now, "passed", staff_id=worker.id)
    if row.state in TAKEN:
        tell_person(tx, house, row, "alert.passed", now)
        _reopen(tx, row.id, now)
    # Whoever passes it on has read it: the next rung is due at once.
    following = min(row.rung if row.state == "open" else 1, 1)
    alerts.change(tx, row.id, rung=following)
    escalate(tx, house, row.id, now, skip=worker.id)
    return "staff.passed", {"id": str(row.id)}


def _close(
    tx: Connection,
    house: House,
    row: Row[Any],
    worker: Row[Any],
    now: datetime,
    outcome: str | None,
) -> tuple[str, dict[str, wording.Value]]:
    alerts.change(tx, row.id, state="closed", closed_at=now, next_at=None, taken_by=worker.id)
    alerts.note(tx, row.id, now, "closed", staff_id=worker.id, detail=outcome)
    tell_person(tx, house, row, "alert.closed", now)
    return "staff.closed", {"id": str(row.id)}


ACTIONS = {"seen": _seen, "calling": _calling, "pass": _pass, "close": _close}

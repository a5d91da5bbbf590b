"""How an alert climbs: who is told when, until somebody takes it.

The ladder of its level says so, and only people on duty are told. Staff hear an id, a level and a
link; the person is told when nobody has read it, and when it is open again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import post, rota
from bot.config import Clinic, House, Ladder, Rung
from bot.rota import Span, Worker
from content import wording
from handlers.flow import Level
from storage import alerts, outbox, people, roster, staff

TAKEN = ("seen", "calling")
BEGUN = ("opened", "raised", "added")
"""Events that say why an alert is there."""
ASKED = "asked_for_person"
WROTE = "wrote_to_team"
SETTLED_BY_AN_ANSWER = frozenset({ASKED, WROTE, "wants_human_contact"})
"""Why an alert may be there that needs nothing but an answer."""
_VICTIM = "victim_of_violence"
_ANSWERED_LATELY = timedelta(days=7)


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
    """Who hears first of an alert of this level about somebody of this counselor's."""
    return _of_rung(tx, house, counselor_id, house.clinic.ladder(level).rungs[0], now)


def anyone_on_duty(
    tx: Connection, house: House, counselor_id: int, level: Level, now: datetime
) -> bool:
    """Whether somebody who hears first of it may be told now, and can be."""
    return any(
        rota.on_duty(worker, house.clinic, now) and staff.reachable(tx, worker.id) is not None
        for worker in hearers(tx, house, counselor_id, level, now)
    )


def reopen(tx: Connection, number: int, now: datetime) -> None:
    """Nobody has it, and its clock starts again."""
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


def reasons(tx: Connection, number: int) -> set[str]:
    """Every reason for which an alert was opened, raised or added to."""
    found: set[str] = set()
    for event in alerts.timeline(tx, number):
        if event.kind in BEGUN:
            level, _, codes = (event.detail or "").partition(" ")
            found |= set((codes if level in set(Level) else event.detail or "").split(","))
    return found - {""}


def hands_off(tx: Connection, person_id: int) -> bool:
    """Whether somebody else may hold the phone, as far as an open alert says.

    Then nothing goes there unasked: no follow-up, no receipt and no check of the number.
    """
    row = alerts.seen_open(tx, person_id)
    return row is not None and (row.silent or _VICTIM in reasons(tx, row.id))


def tell_writer(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    """The person wrote again: who has the alert, or answered them, hears of it once.

    Once, until they have done something. Where who has it is not on duty any more, the alert is
    open again and climbs.
    """
    done = [e for e in alerts.timeline(tx, row.id) if e.staff_id is not None]
    answered = [e.staff_id for e in done if e.kind == "answered"]
    number = row.taken_by if row.state in TAKEN else next(reversed(answered), None)
    worker = next((w for w in workers(tx, now) if w.id == number), None)
    if worker and row.state not in TAKEN and not _is_theirs(tx, row, worker, now):
        return
    clinic = house.clinic
    to = post.staff_recipient(tx, number, clinic.language, clinic.zone) if number else None
    if worker is None or to is None or not rota.on_duty(worker, clinic, now):
        if row.state in TAKEN:
            reopen(tx, row.id, now)
            escalate(tx, house, row.id, now)
        return
    if [e.kind for e in done if e.staff_id == worker.id][-1:] != ["notified"]:
        notice(tx, house, row, to, "staff.answer_waiting", now)
        alerts.note(tx, row.id, now, "notified", staff_id=worker.id)


def may_be_told(person: Row[Any], key: str) -> bool:
    """Whether a receipt may go to somebody: not where another person may hold the phone.

    In hospital or custody only who has written since then has it in hand; who has died is never
    written to. Who was discharged can't ask for a person any more, as the last receipt offers.
    """
    if person.status == "discharged" and key == "alert.closed":
        return False
    if person.status in ("hospital", "custody"):
        heard, since = person.heard_at, person.status_at
        return heard is not None and (since is None or heard >= since)
    return bool(person.status != "deceased")


def tell_person(
    tx: Connection, row: Row[Any], key: str, now: datetime, **values: wording.Value
) -> None:
    """Tell the person what happened to an alert they know of; a silent one says nothing."""
    if row.silent or not row.known or row.person_id is None:
        return
    person = people.get(tx, row.person_id)
    to = post.safe_recipient(tx, person)
    if to is None or not may_be_told(person, key):
        return
    priority = outbox.CRISIS if Level(row.level).rank >= Level.URGENT.rank else outbox.REPLY
    words = to.words(key, {"time": now, **values})
    post.put(tx, to, words, now, priority=priority, kind="alert_told", alert_id=row.id)
    alerts.note(tx, row.id, now, "told", detail=key)


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
    if told and row.rung == 0 and minutes >= 1:
        # It waited for somebody to be on duty: the climb begins now.
        alerts.change(tx, number, clock_from=now)
        row = alerts.get(tx, number) or row
        minutes = 0.0
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
        and row.rung > 0
    ):
        alerts.change(tx, number, told_unread_at=now)
        if not _was_read(tx, number):
            tell_person(tx, row, "alert.nobody_yet", now)
        elif told:
            tell_person(tx, row, "alert.reopened", now)


def _was_read(tx: Connection, number: int) -> bool:
    """Whether somebody has read what came last, and then passed it on or fell silent."""
    read = False
    for event in alerts.timeline(tx, number):
        if event.kind in ("seen", "calling", "passed"):
            read = True
        elif event.kind in BEGUN:
            read = False
    return read


def _tell_staff(
    tx: Connection, house: House, row: Row[Any], rung: Rung, now: datetime, skip: int | None
) -> bool:
    """Queue a notice to everybody of the rung who is on duty and can be reached: whether any."""
    told = False
    before = {event.staff_id: event for event in alerts.timeline(tx, row.id) if event.staff_id}
    writer = _whose_answer(tx, house, row, now)
    for worker in [writer] if writer else _recipients(tx, house, row, rung, now):
        if worker.id == skip or not rota.on_duty(worker, house.clinic, now):
            continue
        to = post.staff_recipient(tx, worker.id, house.clinic.language, house.clinic.zone)
        if to is None:
            alerts.note(tx, row.id, now, "no_address", staff_id=worker.id)
            continue
        key = "staff.answer_waiting" if writer else _notice_key(before.get(worker.id))
        notice(tx, house, row, to, key, now)
        alerts.note(tx, row.id, now, "notified", staff_id=worker.id)
        told = True
    return told


def _whose_answer(tx: Connection, house: House, row: Row[Any], now: datetime) -> Worker | None:
    """Who hears first that somebody wrote back: the colleague who wrote to them, if on duty."""
    if row.rung or row.level != Level.CONCERN or reasons(tx, row.id) != {WROTE}:
        return None
    wrote = outbox.last_said_by(tx, row.person_id, now - _ANSWERED_LATELY)
    for worker in workers(tx, now):
        if worker.id == wrote and rota.on_duty(worker, house.clinic, now):
            if not _is_theirs(tx, row, worker, now):
                return None
            return worker if staff.reachable(tx, worker.id) is not None else None
    return None


def _is_theirs(tx: Connection, row: Row[Any], worker: Worker, now: datetime) -> bool:
    """Whether the person is still theirs: a notice opens their page to whoever gets it."""
    return roster.is_own(tx, row.person_id, staff.get(tx, worker.id), now)


def _notice_key(last: Row[Any] | None) -> str:
    """Which notice, by what last happened between this alert and this member of staff."""
    if last is None:
        return "staff.notice"
    return "staff.reopened" if last.kind in ("reopened", "seen", "calling") else "staff.again"


def notice(
    tx: Connection,
    house: House,
    row: Row[Any],
    to: post.Recipient,
    key: str,
    now: datetime,
) -> None:
    """An id, a level and a link that asks to sign in; no name and no word of anybody."""
    level = Level(row.level).upper()
    values = {"id": str(row.id), "level": level, "link": f"{house.url}/alerts/{row.id}"}
    words = to.words(key, values)
    more = {"kind": "alert_notice", "alert_id": row.id, "asked_in": row.id}
    post.put(tx, to, words, now, priority=outbox.STAFF, **more)


def _recipients(
    tx: Connection, house: House, row: Row[Any], rung: Rung, now: datetime
) -> list[Worker]:
    return _of_rung(tx, house, people.get(tx, row.person_id).counselor_id, rung, now)


def _of_rung(
    tx: Connection, house: House, counselor_id: int, rung: Rung, now: datetime
) -> list[Worker]:
    return of_rung(workers(tx, now), house.clinic, counselor_id, rung, now)


def of_rung(
    everyone: Sequence[Worker], clinic: Clinic, counselor_id: int, rung: Rung, now: datetime
) -> list[Worker]:
    """Whom a rung tells of somebody of this counselor's, on duty or not."""
    named = {shift.who.casefold() for shift in clinic.shifts}
    theirs = standing_in(everyone, counselor_id, now)
    return [
        worker
        for worker in everyone
        if ("counselor" in rung.to and worker.id in theirs)
        or ("supervisor" in rung.to and worker.role == "supervisor")
        or ("on_call" in rung.to and _on_call(worker, named, counselor_id))
    ]


def standing_in(everyone: Sequence[Worker], counselor_id: int, now: datetime) -> set[int]:
    """Who is somebody's counselor now: their own; in time off the cover, else supervisors."""
    own = next((worker for worker in everyone if worker.id == counselor_id), None)
    if own is not None and not own.is_off(now):
        return {own.id}
    cover = {w.id for w in everyone if w.stands_in_for(counselor_id, now) and not w.is_off(now)}
    return cover or {worker.id for worker in everyone if worker.role == "supervisor"}


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
    times = [rota.next_duty(_recipients(tx, house, row, rung, now), house.clinic, now)]
    if _on_duty_of(tx, house, row, rung, now):
        # On duty and not told: passed on by them, or without an open address for now.
        times.append(now + timedelta(minutes=ladder.repeat))
    for at, later in enumerate(ladder.rungs):
        if later.after > rung.after and _on_duty_of(tx, house, row, later, now):
            due = opened + timedelta(minutes=later.after)
            if due <= now:
                alerts.change(tx, row.id, rung=at)
            times.append(due)
    times += _turns_of_duty(tx, people.get(tx, row.person_id).counselor_id, now)
    if ladder.tell_unread is not None and row.told_unread_at is None:
        times.append(opened + timedelta(minutes=ladder.tell_unread))
    soon = now + timedelta(minutes=1)
    found = [moment for moment in times if moment is not None]
    return max(min(found, default=now + timedelta(minutes=ladder.repeat)), soon)


def _turns_of_duty(tx: Connection, counselor_id: int, now: datetime) -> list[datetime]:
    """When a counselor's time off begins or ends: from then on others hear of their people."""
    own = [worker for worker in workers(tx, now) if worker.id == counselor_id]
    return [at for worker in own for span in worker.off for at in span if at > now]


def _on_duty_of(tx: Connection, house: House, row: Row[Any], rung: Rung, now: datetime) -> bool:
    return any(rota.on_duty(w, house.clinic, now) for w in _recipients(tx, house, row, rung, now))


def _no_outcome(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    """Taken, but no outcome in time: open again, and everybody is told the truth."""
    alerts.note(tx, row.id, now, "reopened", staff_id=row.taken_by)
    reopen(tx, row.id, now)
    tell_person(tx, row, "alert.reopened", now)
    escalate(tx, house, row.id, now)

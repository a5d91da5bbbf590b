"""How an alert climbs: who is told when, until somebody takes it.

The ladder of its level says so, and only people on duty are told. Staff hear an id, a level and a
link; the person is told when nobody has read it, and when it is open again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import notices, post, receipts, rota, tiers
from bot.config import House
from bot.duty_rules import NEXT_WORKING_DAY, Ladder, Rung, Wait
from bot.notices import notice
from bot.receipts import codes_of, hands_off, reasons, tell_person
from bot.rota import Worker
from bot.tiers import anyone_on_duty, hearers, of_rung, standing_in, workers
from handlers.risk import Level
from storage import alerts, outbox, people, roster, staff
from storage import notices as notice_rows

__all__ = [
    "anyone_on_duty",
    "hands_off",
    "hearers",
    "notice",
    "of_rung",
    "reasons",
    "standing_in",
    "tell_person",
    "workers",
]

TAKEN = ("seen", "calling")
ASKED = "asked_for_person"
WROTE = "wrote_to_team"
SETTLED_BY_AN_ANSWER = frozenset({ASKED, WROTE, "wants_human_contact"})
"""Why an alert may be there that needs nothing but an answer."""
_THREAT = "harm_to_others"
_ANSWERED_LATELY = timedelta(days=7)
_HOURLY = timedelta(hours=1)


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
    told = _tell_next(tx, house, row, ladder, now, skip)
    late = now - row.clock_from >= timedelta(minutes=1)
    if told is not None and row.rung == 0 and late and not _by_working_day(ladder):
        # It waited for somebody to be on duty: the climb begins now.
        alerts.change(tx, number, clock_from=now)
        row = alerts.get(tx, number) or row
    if told is None:
        next_at = _when_somebody_is(tx, house, row, ladder, now)
    else:
        next_at = _climb_on(tx, house, row, ladder, told, now)
        alerts.change(tx, number, rung=told + 1)
    alerts.change(tx, number, next_at=max(next_at, now + timedelta(minutes=1)))
    _tell_unread(tx, house, row, ladder, now, told=told is not None)
    nobody = told is None and house.clinic.after_hours.mode == "staffed"
    if tiers.in_danger(row.level) and (nobody or row.rung >= len(ladder.rungs)):
        _tell_operators(tx, house, now)


def _tell_next(
    tx: Connection,
    house: House,
    row: Row[Any],
    ladder: Ladder,
    now: datetime,
    skip: int | None,
) -> int | None:
    """Tell the tier that is due; which one was told, or None.

    In danger a tier of which nobody can be told is passed over at once.
    """
    last = len(ladder.rungs) - 1
    first = min(row.rung, last)
    for at in range(first, last + 1 if tiers.in_danger(row.level) else first + 1):
        if _tell_staff(tx, house, row, ladder.rungs[at], now, skip):
            return at
    return None


def _by_working_day(ladder: Ladder) -> bool:
    return any(rung.after == NEXT_WORKING_DAY for rung in ladder.rungs)


def _climb_on(
    tx: Connection, house: House, row: Row[Any], ladder: Ladder, told: int, now: datetime
) -> datetime:
    """When the next tier is due, after one was told."""
    if told + 1 < len(ladder.rungs):
        next_at = _due(tx, house, row, ladder.rungs[told + 1].after, now)
    else:
        next_at = now + timedelta(minutes=ladder.repeat)
    if ladder.tell_unread is not None and row.told_unread_at is None:
        # The person is told in time that nobody has read it, and the team once more with it.
        unread = _due(tx, house, row, ladder.tell_unread, now)
        next_at = min(next_at, unread) if unread > now else next_at
    return next_at


def _due(tx: Connection, house: House, row: Row[Any], wait: Wait, now: datetime) -> datetime:
    return tiers.due_of(tx, house, row, wait, row.clock_from, now)


def _tell_unread(
    tx: Connection, house: House, row: Row[Any], ladder: Ladder, now: datetime, *, told: bool
) -> None:
    """Once, in time: the person learns that nobody has read it."""
    if ladder.tell_unread is None or row.told_unread_at is not None or row.rung == 0:
        return
    if now < _due(tx, house, row, ladder.tell_unread, now):
        return
    alerts.change(tx, row.id, told_unread_at=now)
    danger = tiers.in_danger(row.level)
    if not receipts.was_read(tx, row.id):
        key = "alert.nobody_yet" if danger else "alert.nobody_yet_concern"
        tell_person(tx, row, key, now, **({} if danger else {"phone": house.clinic.phone}))
    elif told and danger:
        tell_person(tx, row, "alert.reopened", now)


def _tell_operators(tx: Connection, house: House, now: datetime) -> None:
    """How many alerts nobody has: no number of one, no level, and once an hour."""
    clinic = house.clinic
    for worker in workers(tx, now):
        if worker.role != "operator" or not rota.on_duty(worker, clinic, now):
            continue
        to = post.staff_recipient(tx, worker.id, clinic.language, clinic.zone)
        if to is None or notice_rows.said_untaken(tx, worker.id, now - _HOURLY):
            continue
        words = to.words("staff.untaken", {"count": str(notice_rows.untaken(tx))})
        post.put(tx, to, words, now, priority=outbox.STAFF, kind=notice_rows.UNTAKEN)


def _tell_staff(
    tx: Connection, house: House, row: Row[Any], rung: Rung, now: datetime, skip: int | None
) -> bool:
    """Queue a notice to everybody of the rung who is on duty and can be reached: whether any."""
    told = False
    events = alerts.timeline(tx, row.id)
    before = {event.staff_id: event for event in events if event.staff_id}
    writer = _whose_answer(tx, house, row, codes_of(events), now)
    if row.rung == 0 and _THREAT in codes_of(events):
        # Somebody else may be in danger: a supervisor decides about the duty to protect.
        rung = rung.model_copy(update={"to": (*rung.to, "supervisor")})
    asked = [writer] if writer else _recipients(tx, house, row, rung, now)
    asked = [w for w in asked if w.id != skip and rota.on_duty(w, house.clinic, now)]
    if not writer and row.level != Level.EMERGENCY:
        notice_rows.in_turn(tx, [worker.id for worker in asked])
    for worker in asked:
        to = post.staff_recipient(tx, worker.id, house.clinic.language, house.clinic.zone)
        if to is None:
            alerts.note(tx, row.id, now, "no_address", staff_id=worker.id)
            continue
        if writer:
            notice(tx, house, row, to, "staff.answer_waiting", now)
            alerts.note(tx, row.id, now, "notified", staff_id=worker.id)
        else:
            notices.tell(tx, house, row, to, _notice_key(before.get(worker.id)), now)
        told = True
    return told


def _whose_answer(
    tx: Connection, house: House, row: Row[Any], codes: set[str], now: datetime
) -> Worker | None:
    """Who hears first that somebody wrote back: the colleague who wrote to them, if on duty."""
    if row.rung or row.level != Level.CONCERN or codes != {WROTE}:
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
    return "staff.reopened" if last.kind in ("reopened", *TAKEN, "snoozed") else "staff.again"


def _recipients(
    tx: Connection, house: House, row: Row[Any], rung: Rung, now: datetime
) -> list[Worker]:
    counselor_id = people.get(tx, row.person_id).counselor_id
    return of_rung(workers(tx, now), house.clinic, counselor_id, rung, now)


def _when_somebody_is(
    tx: Connection, house: House, row: Row[Any], ladder: Ladder, now: datetime
) -> datetime:
    """When to look again where nobody can be told: never later than any of these."""
    clinic = house.clinic
    counselor_id = people.get(tx, row.person_id).counselor_id
    everyone = workers(tx, now)
    first = min(row.rung, len(ladder.rungs) - 1)
    if tiers.in_danger(row.level):
        asked = tiers.of_ladder(everyone, clinic, counselor_id, ladder, now)
    else:
        asked = of_rung(everyone, clinic, counselor_id, ladder.rungs[first], now)
    # Somebody of them begins; or the next tier is due, which may have somebody on duty.
    times = [rota.next_duty(asked, clinic, now)]
    if _any_on_duty(asked, house, now):
        # On duty and not told: passed on by them, or without an open address for now.
        times.append(now + timedelta(minutes=ladder.repeat))
    for at, later in enumerate(ladder.rungs[first + 1 :], first + 1):
        if _any_on_duty(of_rung(everyone, clinic, counselor_id, later, now), house, now):
            due = _due(tx, house, row, later.after, now)
            if due <= now:
                alerts.change(tx, row.id, rung=at)
            times.append(due)
    times += _turns_of_duty(everyone, counselor_id, now)
    if ladder.tell_unread is not None and row.told_unread_at is None:
        unread = _due(tx, house, row, ladder.tell_unread, now)
        times += [unread] if unread > now else []
    found = [moment for moment in times if moment is not None]
    return min(found, default=now + timedelta(minutes=ladder.repeat))


def _turns_of_duty(everyone: Sequence[Worker], counselor_id: int, now: datetime) -> list[datetime]:
    """When a counselor's time off begins or ends: from then on others hear of their people."""
    own = [worker for worker in everyone if worker.id == counselor_id]
    return [at for worker in own for span in worker.off for at in span if at > now]


def _any_on_duty(those: Sequence[Worker], house: House, now: datetime) -> bool:
    return any(rota.on_duty(worker, house.clinic, now) for worker in those)


def _no_outcome(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    """Taken, but no outcome in time: open again, and everybody is told the truth."""
    alerts.note(tx, row.id, now, "reopened", staff_id=row.taken_by)
    reopen(tx, row.id, now)
    if tiers.in_danger(row.level):
        tell_person(tx, row, "alert.reopened", now)
    escalate(tx, house, row.id, now)

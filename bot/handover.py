"""People and alerts change hands: another counselor, a colleague, somebody who leaves.

People are told by role, never by name; staff are told a number, never whose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import escalation, post, rota, schedule, tiers
from bot.config import House
from content import wording
from handlers.risk import Level
from storage import access, leaving, notices, outbox, people, staff
from storage import alerts as alert_rows

_IN_TOUCH = timedelta(days=14)
"""Who was not heard from for longer is not told that somebody else reads."""
_STALE = timedelta(days=2)


class HandoverError(Exception):
    """A hand-over that was not done; the words may be shown to staff."""


@dataclass(frozen=True, slots=True)
class Left:
    """What somebody who left has handed over."""

    people: int
    alerts: int
    heir_id: int | None = None
    """Whose their people are now."""


def hand_over(
    tx: Connection, house: House, person_id: int, to_id: int, by_id: int, now: datetime
) -> None:
    """A person's counselor is another one from now on; audited here. Raises HandoverError."""
    heir = able(tx, to_id)
    person = people.locked(tx, person_id)
    if person.counselor_id == heir.id:
        message = "That is their counselor already."
        raise HandoverError(message)
    _move(tx, house, person, heir, by_id, now)
    _tell_heir(tx, house, heir.id, 1, now)


def able(tx: Connection, staff_id: int) -> Row[Any]:
    """A member of staff who may have people; raises HandoverError."""
    found = staff.staying(tx, staff_id)
    if found is None or found.role == "operator":
        message = "Only a counselor or a supervisor who is on the staff can take this."
        raise HandoverError(message)
    return found


def _move(
    tx: Connection,
    house: House,
    person: Row[Any],
    heir: Row[Any],
    by_id: int | None,
    now: datetime,
) -> None:
    before = staff.get(tx, person.counselor_id)
    people.change(tx, person.id, counselor_id=heir.id)
    staff.looked(tx, by_id, person.id, "handed_over", now, f"{before.name} to {heir.name}")
    alert = alert_rows.open_of(tx, person.id)
    if alert is not None and alert.state == "open":
        alert_rows.change(tx, alert.id, rung=0)
        escalation.escalate(tx, house, alert.id, now)
    _tell_person(tx, person, now)


def _tell_person(tx: Connection, person: Row[Any], now: datetime) -> None:
    """By role, and only who has been in touch: once a day at most, and not at night."""
    heard = person.heard_at is not None and now - person.heard_at <= _IN_TOUCH
    to = post.safe_recipient(tx, person)
    if to is None or not heard or person.status != "active" or not person.agreed:
        return
    if escalation.hands_off(tx, person.id):
        return
    post.put(
        tx,
        to,
        to.words("talk.someone_else", {}),
        now,
        priority=outbox.BROADCAST,
        kind="handed_over",
        window=now.date().isoformat(),
        not_before=schedule.allowed(now, person.zone),
        not_after=now + _STALE,
    )


def _tell_heir(tx: Connection, house: House, heir_id: int, count: int, now: datetime) -> None:
    key = "staff.yours_one" if count == 1 else "staff.yours"
    tell(tx, house, heir_id, key, {"count": str(count)}, now, now, kind="handed_over")


def tell(
    tx: Connection,
    house: House,
    staff_id: int,
    key: str,
    values: dict[str, wording.Value],
    at: datetime,
    now: datetime,
    **more: Any,
) -> None:
    """Tell a member of staff what is no alert, at a moment or when they are on duty after it."""
    clinic = house.clinic
    to = post.staff_recipient(tx, staff_id, clinic.language, clinic.zone)
    who = next((w for w in escalation.workers(tx, now) if w.id == staff_id), None)
    if to is None or who is None:
        return
    duty = at if rota.on_duty(who, clinic, at) else rota.next_duty([who], clinic, at)
    # Not of the urgent ones: it may wait for days, and nothing is late because of it.
    more = {"priority": outbox.REMINDER, "not_before": duty or at, **more}
    post.put(tx, to, to.words(key, values), now, **more)


def hand_alert(
    tx: Connection,
    house: House,
    alert_id: int,
    worker: Row[Any],
    to_id: int,
    now: datetime,
) -> str:
    """Ask a named colleague who is on duty to take an alert; a content key like `act` gives.

    It climbs on if they don't: `staff.handed` says only that they were asked.
    """
    row = alert_rows.get(tx, alert_id)
    if row is None or not access.may_see_alert(tx, alert_id, worker, now):
        return "staff.unknown"
    if row.state == "closed":
        return "staff.not_open"
    clinic = house.clinic
    who = next((w for w in escalation.workers(tx, now) if w.id == to_id), None)
    if who is None or who.role == "operator" or who.id == worker.id:
        return "staff.cannot_take"
    to = post.staff_recipient(tx, to_id, clinic.language, clinic.zone)
    if to is None or not rota.on_duty(who, clinic, now):
        return "staff.not_on_duty"
    if row.taken_by is not None and row.taken_by != worker.id:
        return "staff.taken_by_other"
    alert_rows.note(tx, row.id, now, "passed", staff_id=worker.id)
    if row.state in escalation.TAKEN:
        escalation.tell_person(tx, row, "alert.passed", now)
        escalation.reopen(tx, row.id, now)
        row = alert_rows.get(tx, alert_id) or row
    ladder = clinic.ladder(Level(row.level))
    later = ladder.rungs[1].after if len(ladder.rungs) > 1 else ladder.repeat
    due = [tiers.due_of(tx, house, row, later, at, now) for at in (row.clock_from, now)]
    following = min(max(row.rung, 1), len(ladder.rungs))
    # Asking somebody by name never puts off what was to come.
    due += [row.next_at] if row.next_at is not None and row.next_at > now else []
    soon = now + timedelta(minutes=1)
    alert_rows.change(tx, row.id, rung=following, next_at=max(min(due), soon))
    row = alert_rows.get(tx, alert_id) or row
    escalation.notice(tx, house, row, to, "staff.notice", now)
    alert_rows.note(tx, row.id, now, "notified", staff_id=to_id)
    return "staff.handed"


def burden(tx: Connection, staff_id: int, heir_id: int | None) -> Left:
    """What `leave` would hand over, and to whom; nothing is done. Raises HandoverError."""
    who = _present(tx, staff_id)
    count = len(leaving.people_of(tx, staff_id))
    heir = _heir(tx, who, heir_id, count)
    return Left(count, len(leaving.alerts_of(tx, staff_id)), heir.id if count else None)


def leave(
    tx: Connection,
    house: House,
    staff_id: int,
    heir_id: int | None,
    by_id: int | None,
    now: datetime,
) -> Left:
    """A member of staff leaves: nothing of theirs opens or reaches anything from now on.

    Their people go to the heir, else to the supervisor with the fewest; alerts in their hands
    are open again, and everybody concerned is told. Audited here. Raises HandoverError.
    """
    # Nobody is given to them meanwhile, and of the last two supervisors one stays.
    notices.in_turn(tx)
    who = _present(tx, staff_id)
    theirs = leaving.people_of(tx, staff_id)
    heir = _heir(tx, who, heir_id, len(theirs))
    # People before alerts, as a turn locks them.
    alerts = leaving.alerts_of(tx, staff_id)
    for number in sorted({*theirs, *(row.person_id for row in alerts)}):
        people.locked(tx, number)
    spoken_of = leaving.take_back_notices(tx, staff_id)
    leaving.shut_out(tx, staff_id, now)
    leaving.end_absences(tx, staff_id, now)
    staff.looked(tx, by_id, None, "left", now, who.name)
    for number in theirs:
        _move(tx, house, people.get(tx, number), heir, by_id, now)
    for row in alerts:
        if row.taken_by == staff_id:
            _open_again(tx, house, row, now)
    _ask_again(tx, house, spoken_of, [row.id for row in alerts], now)
    if theirs:
        _tell_heir(tx, house, heir.id, len(theirs), now)
    return Left(len(theirs), len(alerts), heir.id if theirs else None)


def _present(tx: Connection, staff_id: int) -> Row[Any]:
    who = staff.find(tx, staff_id)
    if who is None or not who.active:
        message = "They are not on the staff any more."
        raise HandoverError(message)
    return who


def _heir(tx: Connection, who: Row[Any], heir_id: int | None, count: int) -> Row[Any]:
    """Who takes their people; raises HandoverError where nobody can, or nobody would be left."""
    supervisors = leaving.supervisors_but(tx, who.id)
    if who.role == "supervisor" and not supervisors:
        message = "They are the last supervisor: make somebody else one first."
        raise HandoverError(message)
    if heir_id == who.id:
        message = "They can't hand their people over to themselves."
        raise HandoverError(message)
    if heir_id is not None:
        return able(tx, heir_id)
    if not supervisors:
        message = f"Name who takes their {count} people: there is no supervisor."
        raise HandoverError(message)
    loads = leaving.caseloads(tx)
    return staff.get(tx, min(supervisors, key=lambda each: loads.get(each, 0)))


def _open_again(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    alert_rows.note(tx, row.id, now, "reopened", staff_id=row.taken_by)
    escalation.reopen(tx, row.id, now)
    escalation.tell_person(tx, row, "alert.reopened", now)
    escalation.escalate(tx, house, row.id, now)


def _ask_again(
    tx: Connection, house: House, spoken_of: list[int], done: list[int], now: datetime
) -> None:
    """Of what else they would have been told a moment later, the others are told at once."""
    for number in sorted(set(spoken_of) - set(done)):
        if alert_rows.swap(tx, number, ("open",), next_at=now):
            escalation.escalate(tx, house, number, now)

"""How a person stands: active, away, or gone.

What is said on a change, and why:
- paused, hospital, custody: nothing, and nothing unasked until they are back; somebody else may
  hold the phone.
- discharged: one goodbye that says what is still read. For 30 days danger still reaches staff.
- deceased: nothing, ever, to anybody. Whoever writes from there is a relative, or the status is
  wrong and they are alive: so it is not answered, and a human hears of every message.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import escalation, invitations, post, recurring, schedule
from bot.calendars import enrolling
from bot.config import House
from bot.reassigned import freeze, verify
from handlers.crisis import crisis
from storage import outbox, people, reminders, staff

__all__ = ["STATUSES", "StandingError", "change", "freeze", "verify"]

STATUSES = ("active", "paused", "hospital", "custody", "discharged", "deceased")
_STALE = timedelta(days=2)


class StandingError(Exception):
    """A change that was not made; the words may be shown to staff."""


def change(
    tx: Connection, house: House, person_id: int, status: str, by_id: int, now: datetime
) -> None:
    """Set how a person stands; audited here. Raises StandingError.

    Leaving active takes back everything that waits for them in this transaction, but for the
    answer to a message in danger. Open alerts stay until a human closes them.
    """
    if status not in STATUSES:
        message = f"A status is one of {', '.join(STATUSES)}."
        raise StandingError(message)
    person = people.locked(tx, person_id)
    if person.status == status:
        message = f"Their status is {status} already."
        raise StandingError(message)
    if status == "active" and not person.agreed:
        # Consent is asked again before anything else is said.
        status = "invited"
        if person.status == "invited":
            message = "They have not agreed to messages yet."
            raise StandingError(message)
    people.change(tx, person_id, status=status, status_at=now)
    staff.looked(tx, by_id, person_id, "status", now, f"{person.status} to {status}")
    if status == "invited":
        invitations.ask_agreement(tx, house, person_id, now)
    elif status == "active":
        _begin_again(tx, person, now)
        enrolling.seated(tx, house, now, person_id=person_id)
        recurring.arrange(tx, house, person_id, now)
    else:
        _take_back(tx, person, status)
        enrolling.seated(tx, house, now, person_id=person_id)
        if status == "discharged":
            _goodbye(tx, house, person, now)


def _take_back(tx: Connection, person: Row[Any], status: str) -> None:
    outbox.take_back(tx, person.id, everything=status == "deceased")
    reminders.drop(tx, person.id)
    # What was asked in danger may still be answered, however they stand.
    asked = person.place is not None and person.place.get("flow") == crisis.name
    place = person.place if asked and status != "deceased" else None
    people.change(tx, person.id, place=place, parked=None, misses=0, waiting_since=None)


def _begin_again(tx: Connection, person: Row[Any], now: datetime) -> None:
    if person.checkin_at is not None:
        at = time.fromisoformat(person.checkin_at)
        reminders.put(tx, person.id, "checkin", schedule.next_at(at, person.zone, now))


def _goodbye(tx: Connection, house: House, person: Row[Any], now: datetime) -> None:
    to = post.safe_recipient(tx, person)
    if to is None or not person.agreed or escalation.hands_off(tx, person.id):
        return
    post.put(
        tx,
        to,
        to.words("standing.goodbye", {"phone": house.clinic.phone}),
        now,
        priority=outbox.BROADCAST,
        kind="goodbye",
        not_before=schedule.allowed(now, person.zone),
        not_after=now + _STALE,
    )

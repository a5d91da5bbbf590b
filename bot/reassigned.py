"""A number that may be somebody else's now: frozen until staff have verified it.

No name and no content goes there, only one neutral question. Its answer is noted for staff and
changes nothing by itself: whoever holds the phone may say yes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import alerts, escalation, post, schedule
from bot.calendars import own_feed
from bot.config import House
from handlers.risk import Level
from storage import alerts as alert_rows
from storage import facts, outbox, people, quiet, staff

REASON = "number_maybe_reassigned"
WRONG = "wrong_number"
QUIET = "quiet"


def freeze(
    tx: Connection,
    house: House,
    address_id: int,
    why: str,
    now: datetime,
    by_id: int | None = None,
    *,
    message_id: int | None = None,
) -> None:
    """An address may be somebody else's now: nothing goes there until staff have verified it.

    `why`: wrong_number (they said so), quiet (nothing heard for 30 days), or staff's own words.
    Unless staff do it, an alert asks staff to find out, and one neutral question goes there; but
    not where somebody else may hold the phone.
    """
    row = people.address_by_id(tx, address_id)
    if row is None or row.state == "frozen" or row.person_id is None:
        return
    person = people.locked(tx, row.person_id)
    people.set_address_state(tx, row.id, "frozen")
    # Whoever holds the phone may hold the calendar too.
    own_feed.revoke(tx, person.id)
    # Help in danger that was said a moment ago names nobody, and still leaves.
    outbox.take_back(tx, person.id, everything=False)
    if by_id is not None:
        staff.looked(tx, by_id, person.id, "number_frozen", now, why)
        return
    alerts.secure(tx, house, person, Level.CONCERN, REASON, now, message_id, known=False)
    if row.state == "open" and not escalation.hands_off(tx, person.id):
        ask(tx, person, row, now if why == WRONG else schedule.allowed(now, person.zone), now)


def ask(tx: Connection, person: Row[Any], address: Row[Any], at: datetime, now: datetime) -> None:
    """The one neutral question, at a moment and once a day at most."""
    to = post.recipient(person, address)
    more: dict[str, Any] = {
        "kind": "number_check",
        "window": at.date().isoformat(),
        "not_before": at,
    }
    post.put(tx, to, to.words("standing.right_number", {}), now, **more)


def verify(tx: Connection, house: House, address_id: int, by_id: int, now: datetime) -> None:
    """Staff have checked that the address is theirs, or theirs again; audited here.

    If they had stopped messages to it, it stays stopped: only they turn that back.
    """
    del house
    row = people.address_by_id(tx, address_id)
    if row is None or row.person_id is None or row.state not in ("frozen", "unreachable"):
        return
    people.locked(tx, row.person_id)
    kinds = {e.kind: e for e in people.ledger_of(tx, row.person_id) if e.address_hash == row.hash}
    last = max(
        (kinds[kind] for kind in ("stopped", "resumed") if kind in kinds),
        key=lambda each: each.id,
        default=None,
    )
    stopped = last is not None and last.kind == "stopped"
    how = "carrier" if stopped and last is not None and last.how == "carrier" else "stopped"
    people.set_address_state(tx, row.id, how if stopped else "open")
    people.mark_verified(tx, row.id)
    facts.put_fact(tx, quiet.verified(row.id), now.isoformat())
    staff.looked(tx, by_id, row.person_id, "number_verified", now)
    alert = alert_rows.open_of(tx, row.person_id)
    if alert is not None:
        alert_rows.note(tx, alert.id, now, "verified", staff_id=by_id)

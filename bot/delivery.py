"""What became of a message after it was claimed: given up, taken back, delivered, or not.

Out of order, doubled and late status callbacks change nothing that is final.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import alerts, answering, escalation, post, supporters
from bot.channels import Delivery, DeliveryState, SendProblem
from bot.config import House
from bot.retry import DOUBT, retry
from content import wording
from handlers.plan import KIND, shows_lines
from handlers.private import OWN, is_own
from handlers.risk import Level
from storage import alerts as alert_rows
from storage import notices, outbox, people
from storage.supporters import KIND as SUPPORTER

_log = logging.getLogger("companion.outbox")

FILTERED = "30007"
GONE = ("21211", "21614", "30005", "30006")
"""Twilio: there is no such number, or it takes no texts. It will be so tomorrow as well."""
_FINAL_STATES = ("delivered", "undelivered", "failed")


def gave_up(
    tx: Connection,
    house: House,
    row: Row[Any],
    now: datetime,
    *,
    stopped: bool,
    code: str | None = None,
) -> None:
    """A message will not arrive: close the address if need be, and tell a human."""
    if supporters.lost(tx, row, now, stopped=stopped):
        return
    _lock(tx, row)
    _mark_gone(tx, row, code)
    _notices_lost(tx, house, row, now)
    if stopped:
        close_address(tx, house, row, now)
        answering.lost(tx, house, row, now)
        return
    if row.person_id is None:
        return
    person = people.locked(tx, row.person_id)
    level = Level.URGENT if row.priority == outbox.CRISIS else Level.CONCERN
    alerts.secure(tx, house, person, level, "not_delivered", now, known=False)
    answering.lost(tx, house, row, now)


def _lock(tx: Connection, row: Row[Any]) -> None:
    """Wait for the person's turn, which may stop the address, before the address is looked at."""
    if row.person_id is not None:
        people.locked(tx, row.person_id)


def _mark_gone(tx: Connection, row: Row[Any], code: str | None) -> None:
    """Nothing more goes to a number that is none, until something comes from it."""
    address = people.address_of(tx, row.channel, row.address) if code in GONE else None
    if address is not None and address.state == "open":
        people.set_address_state(tx, address.id, "unreachable")
        outbox.cancel(tx, address_hash=row.address_hash)


def _notices_lost(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    """A member of staff could not be told of an alert, or of several in one message."""
    if row.staff_id is None:
        return
    numbers = [row.alert_id] if row.alert_id is not None else []
    if row.kind == notices.TOGETHER:
        numbers = notices.told_together(tx, row.staff_id, row.created_at)
    for number in numbers:
        _notice_lost(tx, house, row, number, now)


def _notice_lost(tx: Connection, house: House, row: Row[Any], number: int, now: datetime) -> None:
    """The climb goes on at once.

    If nobody else was told of it either, the person hears that we did not get through.
    """
    alert_rows.note(tx, number, now, "no_address", staff_id=row.staff_id)
    alert_rows.swap(tx, number, ("open",), next_at=now)
    alert = alert_rows.get(tx, number)
    if alert is None or alert.state != "open" or outbox.notices_out(tx, alert.id, but=row.id):
        return
    if Level(alert.level).rank >= Level.URGENT.rank:
        phone = house.clinic.phone
        escalation.tell_person(tx, alert, "alert.not_delivered", now, phone=phone)


def close_address(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    """The person blocked us or opted out with the carrier: mark the address, tell staff."""
    address = people.address_of(tx, row.channel, row.address)
    state = "carrier" if row.channel == "sms" else "stopped"
    if address is None or address.state in ("carrier", state):
        return
    people.set_address_state(tx, address.id, state)
    outbox.cancel(tx, address_hash=row.address_hash)
    people.write_ledger(
        tx,
        "stopped",
        now,
        "provider",
        person_id=row.person_id,
        address_hash=row.address_hash,
        channel=row.channel,
    )
    if row.person_id is not None:
        person = people.locked(tx, row.person_id)
        alerts.secure(tx, house, person, Level.CONCERN, "address_closed", now, known=False)


def reclaim(tx: Connection, now: datetime) -> int:
    """Leases that ran out: their worker died or froze, and whether they were sent is in doubt."""
    return _doubt(tx, outbox.overdue_leases(tx, now))


def reclaim_from(tx: Connection, marks: Sequence[str]) -> int:
    """What processes that are gone had in hand, before their leases run out."""
    return _doubt(tx, outbox.leases_of(tx, marks))


def _doubt(tx: Connection, rows: list[Row[Any]]) -> int:
    for row in rows:
        answer = retry(SendProblem.UNKNOWN, row.priority, row.attempts, None)
        # A provider with a list will tell: it is asked before anything is sent again.
        state = "pending" if row.channel == "sms" else answer.state
        outbox.finish(tx, row.id, row.lease, state=state, code=DOUBT)
    return len(rows)


def take_over(tx: Connection) -> int:
    """Every lease there is, for a process that knows that it is the only one.

    Also those of a clock that was ahead of this one.
    """
    return _doubt(tx, outbox.leases(tx))


def delivered(
    tx: Connection, house: House, channel: str, delivery: Delivery, now: datetime
) -> bool:
    """What a status callback says; late, doubled and reordered ones change nothing.

    False where the message is not known: it may be a moment before its id is written down.
    """
    row = outbox.by_provider(tx, channel, delivery.provider_id)
    if row is None:
        return False
    if row.state in _FINAL_STATES:
        return True
    if delivery.state is not DeliveryState.DELIVERED and row.kind == SUPPORTER:
        if delivery.stopped or delivery.state is DeliveryState.UNDELIVERED:
            outbox.mark(tx, row.id, state="undelivered", code=delivery.code)
            supporters.lost(tx, row, now, stopped=delivery.stopped)
        return True
    if delivery.stopped:
        outbox.mark(tx, row.id, state="undelivered", code=delivery.code)
        _lock(tx, row)
        close_address(tx, house, row, now)
        answering.lost(tx, house, row, now)
        return True
    if delivery.state is DeliveryState.DELIVERED:
        outbox.mark(tx, row.id, state="delivered")
    elif delivery.state is DeliveryState.UNDELIVERED:
        outbox.mark(tx, row.id, state="undelivered", code=delivery.code)
        _other_way(tx, house, row, now, delivery.code)
    return True


def _other_way(
    tx: Connection, house: House, row: Row[Any], now: datetime, code: str | None
) -> None:
    """Undelivered: other words, the other channel if it is marked safe, else a person."""
    _lock(tx, row)
    _mark_gone(tx, row, code)
    _notices_lost(tx, house, row, now)
    if row.person_id is None:
        return
    person = people.locked(tx, row.person_id)
    if _may_go_again(tx, person, row):
        if code == FILTERED and _in_other_words(tx, person, row, now):
            return
        if row.priority <= outbox.REPLY and _by_telegram(tx, person, row, now):
            return
    if row.priority <= outbox.STAFF:
        level = Level.URGENT if row.priority == outbox.CRISIS else Level.CONCERN
        _log.warning("undelivered", extra={"outbox": row.id, "code": code})
        alerts.secure(tx, house, person, level, "not_delivered", now, known=False)
        answering.lost(tx, house, row, now)


def _may_go_again(tx: Connection, person: Row[Any], row: Row[Any]) -> bool:
    """What was said to somebody who is there may be said again; help in danger to all but the dead.

    A callback may come days later, when much has changed.
    """
    if row.priority == outbox.CRISIS:
        return bool(person.status != "deceased")
    return person.status in ("active", "invited") and not escalation.hands_off(tx, person.id)


def _by_telegram(tx: Connection, person: Row[Any], row: Row[Any], now: datetime) -> bool:
    """A text in cover words may go by Telegram; what Telegram says is too plain for a text."""
    for address in people.addresses(tx, person.id):
        usable = address.safe and address.verified and address.state == "open"
        if row.channel == "sms" and address.channel == "telegram" and usable:
            to = post.recipient(person, address)
            words = wording.Wording(row.text)
            what = f"{KIND}_" if shows_lines(row.kind) else f"{OWN}_" if is_own(row.kind) else ""
            kind = f"{outbox.OTHER_WAY}{what}{row.id}"
            more = {"kind": kind, "window": str(row.id), "said_by": row.said_by}
            post.put(tx, to, words, now, priority=row.priority, **more)
            return True
    return False


def _in_other_words(tx: Connection, person: Row[Any], row: Row[Any], now: datetime) -> bool:
    """A carrier filtered a crisis text: the same help without the names of drugs, once."""
    key = f"{row.kind}_bare"
    address = people.address_of(tx, row.channel, row.address)
    if address is None or key not in wording.entries(person.language):
        return False
    to = post.recipient(person, address)
    post.put(tx, to, to.words(key, {}), now, priority=row.priority, kind=key, window=str(row.id))
    return True

"""Sweeps behind the door, for what it could not see: harmless twice, complete after downtime."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from bot import (
    alerts,
    answering,
    delivery,
    escalation,
    meeting_links,
    questions,
    reassigned,
    replying,
    setup,
    supporters,
)
from bot.channels import Inbound, Receive
from bot.config import House
from bot.web import sessions, tries
from handlers import away
from handlers.crisis import silent
from handlers.risk import Level, Risk
from handlers.screening import screen
from storage import alerts as alert_rows
from storage import drafts, facts, messages, notices, people, quiet, staff
from storage import outbox as outbox_rows
from storage.store import Store, StoreDownError, is_passing

_log = logging.getLogger("companion.sweeps")

STRANGERS_DAYS = 7
QUIET = timedelta(days=30)
_OVERLAP = timedelta(minutes=30)
_FIRST_LOOK = timedelta(hours=24)
_PAGE = 200
_CAUGHT_UP = "sms_caught_up"


async def escalate(store: Store, house: House, now: datetime) -> int:
    """Alerts whose clock ran down: the next people, an alert opened again, the truth told."""

    def work(tx: Connection) -> int:
        rows = alert_rows.due(tx, now)
        if rows:
            notices.in_turn(tx)
        for row in rows:
            escalation.escalate(tx, house, row.id, now)
        return len(rows)

    try:
        return await store.write(work)
    except StoreDownError:
        raise
    except Exception:  # noqa: BLE001 - one broken alert must not hold back the others
        _log.exception("escalation_failed")
    rows = await store.read(lambda tx: alert_rows.due(tx, now))
    for row in rows:
        try:
            await store.write(partial(_climb, house=house, number=row.id, now=now))
        except StoreDownError:
            raise
        except Exception:  # noqa: BLE001 - it is tried again, behind the others
            _log.exception("escalation_failed", extra={"alert": row.id})
            await store.write(partial(_put_off, number=row.id, now=now))
    return len(rows)


def _climb(tx: Connection, house: House, number: int, now: datetime) -> None:
    if alert_rows.still_due(tx, number, now):
        escalation.escalate(tx, house, number, now)


def _put_off(tx: Connection, number: int, now: datetime) -> None:
    if alert_rows.still_due(tx, number, now):
        alert_rows.change(tx, number, next_at=now + timedelta(minutes=1))


async def keep_outbox(store: Store, house: House, now: datetime) -> int:
    """Drop what is past its time, and say so to who wrote it; decide about leases that ran out."""

    def work(tx: Connection) -> int:
        late = outbox_rows.expire(tx, now)
        for row in late:
            _log.info("expired", extra={"outbox": row.id, "kind": row.kind})
            _tell_lost(tx, house, row, now)
        return len(late) + delivery.reclaim(tx, now)

    return await store.write(work)


def _tell_lost(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    try:
        with tx.begin_nested():
            if not supporters.lost(tx, row, now):
                answering.lost(tx, house, row, now)
    except Exception as error:  # one broken person must not keep the others' queue
        if is_passing(error):
            raise
        _log.exception("loss_not_told", extra={"outbox": row.id})


async def catch_up(
    store: Store,
    listed: Callable[[datetime], Awaitable[list[Inbound]]],
    receive: Receive,
    now: datetime,
) -> int:
    """Texts that came while we were down: the provider's list, through the same door."""
    last = await store.read(lambda tx: facts.get_fact(tx, _CAUGHT_UP))
    since = datetime.fromisoformat(last) - _OVERLAP if last else now - _FIRST_LOOK
    found = await listed(since)
    ids = [inbound.provider_id for inbound in found]
    known = await store.read(lambda tx: messages.seen(tx, "sms", ids))
    missed = [inbound for inbound in found if inbound.provider_id not in known]
    for inbound in missed:
        await receive(inbound)
    await store.write(lambda tx: facts.put_fact(tx, _CAUGHT_UP, now.isoformat()))
    return len(missed)


async def rescreen(
    store: Store, house: House, now: datetime, screening: Callable[[str], Risk] = screen
) -> int:
    """Read the last day again with today's rules: a level only rises, and staff hear of it."""
    after = 0
    raised = 0
    since = now - timedelta(days=1)
    while True:
        rows = await store.read(
            partial(messages.received_since, since=since, after_id=after, most=_PAGE)
        )
        if not rows:
            return raised
        for row in rows:
            after = row.id
            try:
                risk = screening(row.text)
            except Exception:  # noqa: BLE001 - the door took it for a hit; the others are read
                _log.exception("screen_failed", extra={"person": row.person_id})
                continue
            if risk.level.rank <= Level(row.risk).rank:
                continue
            raised += 1
            work = partial(_raised, house=house, row=row, risk=risk, now=now)
            await _alone(store, work, "rescreen", row.person_id)


def _raised(tx: Connection, house: House, row: Row[Any], risk: Risk, now: datetime) -> None:
    new = messages.rise(tx, row, risk.level, list(risk.labels), list(risk.words))
    if new and row.person_id is not None:
        person = people.locked(tx, row.person_id)
        from_level = away.heard_from(person.status, person.status_at, now)
        if from_level is None or risk.level.rank < from_level.rank:
            return
        reason = ",".join(risk.labels)
        hush = silent(risk)
        alerts.secure(tx, house, person, risk.level, reason, now, row.id, known=False, hush=hush)


async def quiet_numbers(store: Store, house: House, now: datetime) -> int:
    """Numbers that we wrote to for 30 days and heard nothing from: they may be somebody else's."""
    found = await store.read(lambda tx: quiet.numbers(tx, now - QUIET))
    for number in found:
        work = partial(_freeze, house=house, number=number, now=now)
        await _alone(store, work, "numbers")
    return len(found)


def _freeze(tx: Connection, house: House, number: int, now: datetime) -> None:
    row = people.address_by_id(tx, number)
    if row is None or row.person_id is None:
        return
    people.locked(tx, row.person_id)
    if quiet.numbers(tx, now - QUIET, number):
        # Still: they may have written since it was looked for.
        reassigned.freeze(tx, house, number, reassigned.QUIET, now)


async def _alone(
    store: Store, work: Callable[[Connection], None], job: str, person: int | None = None
) -> None:
    """Do it in a transaction of its own: one broken person must not keep the others waiting."""
    try:
        await store.write(work)
    except StoreDownError:
        raise
    except Exception:  # noqa: BLE001 - it is tried again the next time
        _log.exception("sweep_failed", extra={"job": job, "person": person})


async def forget(store: Store, now: datetime) -> int:
    """What strangers wrote is erased in a week; sessions and links of staff once they are over."""
    before = now - timedelta(days=STRANGERS_DAYS)

    def work(tx: Connection) -> int:
        strangers = messages.forget_strangers(tx, before)
        strangers += outbox_rows.forget_strangers(tx, before)
        over = sessions.forget(tx, now) + setup.forget(tx, now) + staff.forget_links(tx, now)
        over += drafts.forget(tx, now - replying.LIFE) + tries.forget(tx, now)
        over += questions.forget(tx, now) + meeting_links.forget(tx, now)
        return strangers + over

    return await store.write(work)

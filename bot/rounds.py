"""What falls due for a person: the daily check-in, one nudge, and noticing silence.

Every row is a turn of its own: locked, decided, and moved on by compare-and-swap, so that two
processes send it once and a missed night is made up for once. Some hundreds share a transaction;
if that fails, each is done alone and the broken one waits.
"""

from __future__ import annotations

import dataclasses
import logging
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot import alerts, post, schedule
from bot.config import House
from bot.effects import Scene
from bot.visit import around, place_from, place_to, view
from content import wording
from handlers.decide import begin
from handlers.flow import Level, Place, Turn
from handlers.flows import FLOWS, step_of
from storage import alerts as alert_rows
from storage import outbox, people, reminders
from storage.store import Store, StoreDownError, is_passing

_log = logging.getLogger("companion.rounds")

TOGETHER = 200
_TALKING = timedelta(minutes=10)
_WAIT = timedelta(minutes=30)
_FRESH = timedelta(hours=3)
"""How long after its hour a check-in may still be sent."""


async def sweep(store: Store, house: House, now: datetime) -> int:
    """Handle everything that is due; returns how many rows that was."""
    total = 0
    while True:
        try:
            done = await store.write(lambda tx: _batch(tx, house, now, TOGETHER))
        except StoreDownError:
            raise
        except Exception:  # noqa: BLE001 - one broken row must not stop the others
            _log.exception("round_failed")
            done = await _one_by_one(store, house, now)
        total += done
        if done < TOGETHER:
            return total


def _batch(tx: Connection, house: House, now: datetime, most: int) -> int:
    rows = reminders.due(tx, now, most)
    for row in rows:
        handle(tx, house, row, now)
    return len(rows)


async def _one_by_one(store: Store, house: House, now: datetime) -> int:
    rows = await store.read(lambda tx: reminders.due(tx, now, TOGETHER))
    for row in rows:
        try:
            await store.write(partial(handle, house=house, row=row, now=now))
        except StoreDownError:
            raise
        except Exception:  # noqa: BLE001 - it waits, and its counselor hears of it
            _log.exception("reminder_failed", extra={"person": row.person_id, "kind": row.kind})
            await store.write(partial(_postpone, house=house, row=row, now=now))
    return len(rows)


def _postpone(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    if not reminders.move(tx, row, now + timedelta(hours=1)):
        return
    try:
        with tx.begin_nested():
            person = people.locked(tx, row.person_id)
            alerts.secure(tx, house, person, Level.CONCERN, "software_error", now, known=False)
    except Exception as error:  # what is broken may be the person's own row
        if is_passing(error):
            raise
        _log.exception("person_unreadable", extra={"person": row.person_id})


def handle(tx: Connection, house: House, row: Row[Any], now: datetime) -> None:
    """Do one due row."""
    person = people.locked(tx, row.person_id)
    if person.status != "active" or not person.agreed:
        reminders.move(tx, row, None)
        return
    {"checkin": _checkin, "checkin_nudge": _nudge, "checkin_missed": _missed}[row.kind](
        tx, house, row, person, now
    )


def _checkin(tx: Connection, house: House, row: Row[Any], person: Row[Any], now: datetime) -> None:
    if person.checkin_at is None:
        reminders.move(tx, row, None)
        return
    at = time.fromisoformat(person.checkin_at)
    place = place_from(person.place)
    if _busy(tx, person, place, now) and now - row.due_at < _FRESH - _WAIT:
        reminders.move(tx, row, now + _WAIT)
        return
    if not reminders.move(tx, row, schedule.next_at(at, person.zone, now)):
        return
    window = now.astimezone(ZoneInfo(person.zone)).date().isoformat()
    if (
        now - row.due_at > _FRESH
        or schedule.allowed(now, person.zone) != now
        # Another hour or zone was chosen on a day that was asked about already.
        or reminders.was_asked(tx, person.id, "checkin", window)
    ):
        _log.info("reminder_skipped", extra={"person": person.id, "kind": row.kind})
        return
    to = post.safe_recipient(tx, person)
    if to is None:
        return
    number = person.turn + 1
    turn = Turn(view(person), around(tx, house, person, now), now)
    decision = begin(FLOWS["checkin"], turn)
    until = now + timedelta(hours=house.clinic.checkins.answer_hours)
    # What is answered after midnight is still about the day it was asked of.
    data = {"day": window}
    place = decision.place and dataclasses.replace(
        decision.place, data=data, asked_in=number, until=until
    )
    changed = {"turn": number, "place": place_to(place), "parked": None}
    people.change(tx, person.id, **changed)
    extra = {
        "kind": "checkin",
        "window": window,
        "not_after": min(row.due_at + _FRESH, schedule.quiet_from(now, person.zone)),
    }
    Scene(tx, house, now, person, to, number, priority=outbox.REMINDER, extra=extra).apply(
        decision.effects
    )
    nudge = now + timedelta(hours=house.clinic.checkins.nudge_hours)
    if schedule.allowed(nudge, person.zone) == nudge:
        reminders.put(tx, person.id, "checkin_nudge", nudge, number)
    reminders.put(tx, person.id, "checkin_missed", until, number)


def _busy(tx: Connection, person: Row[Any], place: Place | None, now: datetime) -> bool:
    """In the middle of something: a talk a moment ago, or danger that nobody has closed."""
    if place is None or (place.until is not None and place.until < now):
        return False
    talking = person.heard_at is not None and now - person.heard_at < _TALKING
    return talking or (place.flow == "crisis" and alert_rows.open_of(tx, person.id) is not None)


def _nudge(tx: Connection, house: House, row: Row[Any], person: Row[Any], now: datetime) -> None:
    """Once, if they have not said anything since."""
    del house
    if not reminders.move(tx, row, None) or person.turn != row.turn:
        return
    place = place_from(person.place)
    to = post.safe_recipient(tx, person)
    step = step_of(place)
    if place is None or step is None or to is None or schedule.allowed(now, person.zone) != now:
        return
    words = to.words("checkin.nudge", {"name": view(person).name})
    keys = tuple((key, key) for key in step.answer.keys)
    post.put(
        tx,
        to,
        wording.Wording(words.text, keys + words.choices, words.listed),
        now,
        priority=outbox.REMINDER,
        kind="checkin_nudge",
        window=now.astimezone(ZoneInfo(person.zone)).date().isoformat(),
        not_after=min(now + _FRESH, schedule.quiet_from(now, person.zone)),
        asked_in=place.asked_in,
    )


def _missed(tx: Connection, house: House, row: Row[Any], person: Row[Any], now: datetime) -> None:
    """A check-in went by in silence; after so many the counselor sees it."""
    if not reminders.move(tx, row, None) or person.turn != row.turn:
        return
    misses = person.misses + 1
    people.change(tx, person.id, misses=misses)
    if misses % house.clinic.rules.silent_days == 0:
        alerts.secure(tx, house, person, Level.CONCERN, "silence", now, known=False)

"""Opens alerts: somebody needs a human.

One open alert a person: its level only rises. What is new and urgent re-opens one that somebody
took, and restarts its clock. Every change is a row of its timeline, which is the audit as well.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot.config import House
from bot.escalation import TAKEN, WROTE, escalate, reopen, tell_writer
from handlers.crisis import VICTIM
from handlers.risk import Level
from storage import alerts, outbox
from storage.store import is_passing

_log = logging.getLogger("companion.alerts")

ASKS = ("asked_for_person", "help_in_danger")
"""Reasons by which a person asks for somebody: they are told that the team was asked."""
_AGAIN = (*ASKS, "craving_not_falling", "phq_item9")
"""What staff hear of again although an alert is open: the person is told that they do, or it is
about dying."""
_ASKED_JUST_NOW = timedelta(minutes=30)
_SAME_MATTER = timedelta(hours=4)
_LONGEST_REASON = 60


def raise_alert(  # noqa: PLR0913 - an alert is all of this
    tx: Connection,
    house: House,
    person: Row[Any],
    level: Level,
    reason: str,
    now: datetime,
    *,
    message_id: int | None = None,
    known: bool = True,
    hush: bool = False,
) -> int:
    """Open an alert, or add to the open one; returns its number.

    `reason` is a label, never the person's words. `known`: the person was told that it was
    opened, and will be told who read it (silence, for one, is not told). `hush`: somebody else
    may hold the phone; from now on nothing is sent about it, and what waits is taken back.
    """
    if hush or VICTIM in reason.split(","):
        # Also where help was said as well: what comes unasked may be found by somebody else.
        outbox.hush(tx, person.id)
    current = alerts.open_of(tx, person.id)
    if current is None:
        number = _open(tx, person, level, reason, now, known=known, hush=hush)
        alerts.note(tx, number, now, "opened", message_id=message_id, detail=f"{level} {reason}")
        escalate(tx, house, number, now)
        return number
    number = int(current.id)
    before = Level(current.level)
    if known and not current.known:
        alerts.change(tx, number, known=True)
    if hush:
        alerts.change(tx, number, silent=True)
    higher = level.rank > before.rank
    if higher:
        alerts.change(tx, number, level=level)
    kind = "raised" if higher else "added"
    alerts.note(tx, number, now, kind, message_id=message_id, detail=f"{level} {reason}")
    if higher or _news(level, reason, current, now):
        reopen(tx, number, now)
        escalate(tx, house, number, now)
    elif reason == WROTE:
        tell_writer(tx, house, alerts.get(tx, number) or current, now)
    return number


def _open(
    tx: Connection,
    person: Row[Any],
    level: Level,
    reason: str,
    now: datetime,
    *,
    known: bool,
    hush: bool,
) -> int:
    return alerts.add(
        tx,
        person_id=person.id,
        level=level,
        state="open",
        silent=hush,
        known=known,
        opened_at=now,
        clock_from=now,
        rung=0,
        next_at=now,
        # Of several labels the one that weighs most stands first.
        reason=reason.partition(",")[0][:_LONGEST_REASON],
    )


def _news(level: Level, reason: str, current: Row[Any], now: datetime) -> bool:
    """Whether staff must hear of it again: danger, somebody who asks, or another matter."""
    if current.state not in TAKEN:
        return reason in _AGAIN and now - current.clock_from > _ASKED_JUST_NOW
    if reason == WROTE:
        return False  # who took it is told, and nobody else
    old = current.taken_at is not None and now - current.taken_at > _SAME_MATTER
    return level.rank >= Level.URGENT.rank or reason in _AGAIN or old


def secure(  # noqa: PLR0913 - an alert is all of this
    tx: Connection,
    house: House,
    person: Row[Any],
    level: Level,
    reason: str,
    now: datetime,
    message_id: int | None = None,
    *,
    known: bool = True,
    hush: bool = False,
) -> None:
    """Open an alert whatever else is broken: if telling fails, the sweep tells."""
    try:
        with tx.begin_nested():
            raise_alert(
                tx, house, person, level, reason, now, message_id=message_id, known=known, hush=hush
            )
    except Exception as error:  # a bug must not lose the message or the alert
        if is_passing(error):
            raise
        _log.exception("alert_failed", extra={"person": person.id})
        current = alerts.open_of(tx, person.id)
        if current is not None:
            higher = max(level, Level(current.level), key=lambda each: each.rank)
            silent = current.silent or hush
            reopen(tx, current.id, now)
            alerts.change(tx, current.id, level=higher, silent=silent)
            alerts.note(
                tx, current.id, now, "added", message_id=message_id, detail=f"{level} {reason}"
            )
            return
        number = _open(tx, person, level, reason, now, known=known, hush=hush)
        alerts.note(tx, number, now, "opened", message_id=message_id, detail=f"{level} {reason}")

"""One message that is grave: the alert first, whatever else is broken; then the answer.

Where a duress word was sent, staff hear of it and nothing else shows: not a word to whoever holds
the phone, then or later.
"""

from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from bot import away, escalation, followups, post
from bot.surroundings import answered
from content.unsaid import outs
from handlers import ownwords
from handlers.crisis import VICTIM, Status, crisis, silent
from handlers.decide import as_checkin, in_danger
from handlers.person import Around
from handlers.risk import Level, Risk
from handlers.talking import unpack
from storage import alerts as alert_rows
from storage import outbox
from storage.prepared import savepoint
from storage.store import is_passing

if TYPE_CHECKING:
    from bot.visit import Visit

_log = logging.getLogger("companion.turn")

_READ_LATELY = timedelta(hours=2)
"""Help that they were given less long ago is not given in the same words again."""


def in_duress(visit: Visit) -> None:
    """Staff hear of it; from here on the message is one of an ordinary check-in."""
    if away.heard_from(visit) is not None:
        visit.raise_(Level.EMERGENCY, ownwords.DURESS, known=False, hush=True)
    top, _, _ = unpack(visit.place, visit.parked, visit.now)
    ordinary = as_checkin(top, visit.now)
    visit.inbound = dataclasses.replace(visit.inbound, text=ordinary, choice=None, asked_in=None)
    visit.risk, visit.serious = Risk(Level.NONE), False


def answer(visit: Visit, *, may_answer: bool) -> None:
    """Open the alert and say what helps; `may_answer`: they have not stopped our messages."""
    tx, person, risk, now = visit.tx, visit.person, visit.risk, visit.now
    before = alert_rows.open_of(tx, person.id)
    victim = VICTIM in risk.labels
    known = not victim and answered(person) != "nothing"
    visit.raise_(risk.level, ",".join(risk.labels), known=known, hush=silent(risk))
    after = alert_rows.open_of(tx, person.id)
    asked = (
        before is not None
        and after is not None
        and (before.clock_from, before.level) == (after.clock_from, after.level)
    )
    # After a stop by their own wish, one answer to their own message is still given;
    # what the carrier has blocked can't be answered.
    if not may_answer and visit.address.state == "carrier":
        return
    try:
        with savepoint(tx):
            counselor, level = person.counselor_id, risk.level
            duty = escalation.anyone_on_duty(tx, visit.house, counselor, level, now)
            turn = visit.view(said=_read_lately(visit) if before is not None else ())
            status = _status(duty, asked)
            decision = in_danger(turn, risk, visit.place, visit.parked, status)
            visit.settle(decision, priority=outbox.CRISIS)
            if not victim:
                followups.after_danger(tx, person, now)
    except Exception as error:  # a bug must not lose the message or the alert
        if is_passing(error):
            raise
        _log.exception("crisis_failed", extra={"person": person.id})
        key = "crisis.got_it" if silent(risk) else "crisis.fallback"
        post.put(tx, visit.to(), visit.to().words(key, {}), now, priority=outbox.CRISIS)


def _status(duty: bool, asked: bool) -> Status:  # noqa: FBT001 - two facts, one word
    if not duty:
        return Status.NOBODY_ON_DUTY
    return Status.ASKED if asked else Status.ASKING


def _read_lately(visit: Visit) -> tuple[str, ...]:
    since = visit.now - _READ_LATELY
    return tuple(outbox.kinds_since(visit.tx, visit.person.id, f"{crisis.name}.", since))


def covered(facts: Around) -> Around:
    """Lines of their plan that may stand in a text that others read; else where the plan is."""
    lines = tuple(line for line in facts.plan if not outs(line))
    hidden = bool(facts.plan) and not lines
    return dataclasses.replace(facts, plan=lines, plan_shut=facts.plan_shut or hidden)

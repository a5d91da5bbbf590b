"""A prompt that fell due (`handlers.prompts`): whether it may be said now, and saying it.

It waits while somebody is in the middle of a talk, keeps quiet hours and those of the safe-contact
card unless they asked for it at that moment, and is left out where somebody else may hold the
phone, once it is too late, and while an urgent alert is open: then only what their health, or words
of their own, want still goes.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import escalation, followups, post, schedule, unasked
from bot.config import House
from bot.effects import Scene
from bot.surroundings import around, view
from handlers.checkin import checkin
from handlers.crisis import UNANSWERED, crisis, later
from handlers.flow import Outcome, Turn
from handlers.flows import step_of
from handlers.place import Place, place_from
from handlers.prompts import PROMPTS, Prompt, parted
from handlers.risk import Level
from handlers.talking import unpack
from storage import alerts, outbox, people, reminders

_log = logging.getLogger("companion.rounds")

_TALKING = timedelta(minutes=10)
_WAIT = timedelta(minutes=15)
_ANSWERING = timedelta(minutes=30)
_TIMER_LIVES = timedelta(hours=1)
_WATCHED = (*UNANSWERED, later.name)
"""Questions in danger whose silence is heard: nothing may cover them."""


def handle(tx: Connection, house: House, row: Row[Any], person: Row[Any], now: datetime) -> None:
    """Do one due row; the person is locked."""
    name, detail = parted(row.kind)
    prompt = PROMPTS.get(name)
    if prompt is None:
        # Of another release: it is forgotten.
        reminders.move(tx, row, None)
        return
    person = people.get(tx, person.id)
    is_open = alerts.open_of(tx, person.id) is not None
    seen = view(person, alert_open=is_open, now=now)
    turn = Turn(seen, around(tx, house, person, now), now)
    late = now - row.due_at
    if not prompt.asked_for and _busy(person, house, now) and late < prompt.late - _WAIT:
        reminders.move(tx, row, now + _WAIT)
        return
    safe = followups.next_safe(person, now) if prompt.waits else None
    if safe is not None and now < safe <= now + prompt.waits and late <= prompt.late:
        reminders.move(tx, row, safe)
        return
    again = prompt.moments(turn).get(detail) if prompt.moments is not None else None
    if not reminders.move(tx, row, again):
        return
    in_time = late <= (_TIMER_LIVES if prompt.asked_for else prompt.late)
    to = post.safe_recipient(tx, person)
    if not in_time or to is None or not _may_go(tx, person, now, prompt):
        _log.info("reminder_skipped", extra={"person": person.id, "kind": name})
        return
    outcome = prompt.ask(turn, detail)
    if outcome is not None:
        _say(tx, house, row, person, to, turn, outcome, asked_for=prompt.asked_for)


def just_asked(place: Place | None, house: House, now: datetime) -> bool:
    """Whether a question of ours went out a moment ago: the next one would cover it."""
    step = step_of(place)
    if place is None or step is None or place.until is None or place.until < now:
        return False
    daily = place.flow == checkin.name
    lives = house.clinic.checkins.answer_hours if daily else step.hours
    return place.until - timedelta(hours=lives) > now - _ANSWERING


def _busy(person: Row[Any], house: House, now: datetime) -> bool:
    """In the middle of a talk, asked something just now, or about danger and not heard from yet."""
    place, heard = place_from(person.place), person.heard_at
    open_ = place is not None and (place.until is None or place.until > now)
    talking = open_ and heard is not None and now - heard < _TALKING
    return talking or just_asked(place, house, now) or _is_asked_in_danger(person, now)


def _is_asked_in_danger(person: Row[Any], now: datetime) -> bool:
    top, _, _ = unpack(place_from(person.place), place_from(person.parked), now)
    if top is None or top.flow != crisis.name or top.step not in _WATCHED:
        return False
    return top.until is None or top.until > now


def _may_go(tx: Connection, person: Row[Any], now: datetime, prompt: Prompt) -> bool:
    if escalation.hands_off(tx, person.id) or _is_asked_in_danger(person, now):
        return False
    top, _, _ = unpack(place_from(person.place), place_from(person.parked), now)
    alert = alerts.open_of(tx, person.id)
    grave = alert is not None and Level(alert.level).rank >= Level.URGENT.rank
    wanted = prompt.asked_for or prompt.in_danger
    if grave and (not wanted or (top is not None and top.flow == crisis.name)):
        return False
    if prompt.asked_for:
        return True
    by_day = schedule.allowed(now, person.zone) == now
    return by_day and followups.in_safe_hours(person, now)


def _say(
    tx: Connection,
    house: House,
    row: Row[Any],
    person: Row[Any],
    to: post.Recipient,
    turn: Turn,
    outcome: Outcome,
    *,
    asked_for: bool,
) -> None:
    """A turn of its own, on top of whatever is open."""
    now = turn.now
    ours = unasked.put(tx, person, turn, outcome)
    # What we say by ourselves is no sign of life of theirs: their silence still counts.
    reminders.carry(tx, person.id, "checkin_missed", person.turn, ours.number)
    late = now + _TIMER_LIVES
    if not asked_for:
        late = min(now + 3 * _TIMER_LIVES, schedule.quiet_from(now, person.zone))
    extra = {"kind": row.kind, "window": row.due_at.isoformat(), "not_after": late}
    scene = Scene(tx, house, now, person, to, ours.number, extra=extra)
    scene.priority = outbox.REPLY if asked_for else outbox.REMINDER
    scene.apply(ours.effects)

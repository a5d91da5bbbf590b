"""What falls due for a person: the daily check-in, one nudge, silence, and after danger.

Every row is a turn of its own: locked, decided, and moved on by compare-and-swap, so that two
processes send it once and a missed night is made up for once. Some hundreds share a transaction;
if that fails, each is done alone and the broken one waits.
"""

from __future__ import annotations

import dataclasses
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from bot import alerts, escalation, followups, post, prompts, schedule
from bot.config import House
from bot.effects import Scene
from bot.surroundings import around, view
from content import wording
from handlers.crisis import crisis
from handlers.flow import Turn
from handlers.flows import FLOWS, step_of
from handlers.place import Place, place_from, place_to
from handlers.risk import Level
from handlers.settling import begin
from handlers.talking import beneath, pack, unpack
from storage import alerts as alert_rows
from storage import outbox, people, reminders
from storage.checkins import answered
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
    seen: Counter[int] = Counter()
    passes: dict[int, list[Row[Any]]] = {}
    for row in rows:
        # Of one person one after the other: the second stands on what the first has changed.
        passes.setdefault(seen[row.person_id], []).append(row)
        seen[row.person_id] += 1
    for some in passes.values():
        _handle(tx, house, some, now)
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
    _handle(tx, house, [row], now)


def _handle(tx: Connection, house: House, rows: Sequence[Row[Any]], now: datetime) -> None:
    those = people.all_locked(tx, {row.person_id for row in rows})
    checkins = []
    for row in reminders.unmoved(tx, rows):
        person = those[row.person_id]
        if person.status != "active" or not person.agreed:
            followups.put_off(tx, row, person, now)
        elif row.kind in followups.KINDS:
            followups.handle(tx, house, row, person, now)
        elif row.kind == "checkin":
            checkins.append((row, person))
        elif row.kind in _AFTER_CHECKIN:
            _AFTER_CHECKIN[row.kind](tx, house, row, person, now)
        else:
            prompts.handle(tx, house, row, person, now)
    if checkins:
        _checkins(tx, house, checkins, now)


def _checkins(
    tx: Connection, house: House, due: Sequence[tuple[Row[Any], Row[Any]]], now: datetime
) -> None:
    """Each is decided by itself; what they look up and write goes a statement for all."""
    ids = [person.id for _, person in due]
    addresses = people.safe_addresses(tx, ids)
    days = {_day(person.zone, now) for _, person in due}
    done = reminders.asked(tx, ids, "checkin", days) | answered(tx, ids, days)
    wave = _Wave(tx, house, now)
    for row, person in due:
        address = addresses.get(person.id)
        to = post.recipient(person, address) if address is not None else None
        # Another hour or zone may have been chosen on a day that was asked about already, or
        # they have answered by themselves.
        wave.checkin(row, person, to, again=(person.id, _day(person.zone, now)) in done)
    wave.write()


@lru_cache(maxsize=64)
def _day(zone: str, now: datetime) -> str:
    return now.astimezone(ZoneInfo(zone)).date().isoformat()


class _Wave:
    """The check-ins of one transaction: gathered, then written."""

    def __init__(self, tx: Connection, house: House, now: datetime) -> None:
        self._tx = tx
        self._house = house
        self._now = now
        self._until = now + timedelta(hours=house.clinic.checkins.answer_hours)
        self._nudge = now + timedelta(hours=house.clinic.checkins.nudge_hours)
        self._moves: list[dict[str, Any]] = []
        self._people: list[dict[str, Any]] = []
        self._posts: list[dict[str, Any]] = []
        self._reminders: list[dict[str, Any]] = []

    def write(self) -> None:
        """All of it."""
        reminders.move_all(self._tx, self._moves)
        people.change_all(self._tx, self._people)
        outbox.put_all(self._tx, self._posts)
        reminders.put_all(self._tx, self._reminders)

    def checkin(
        self, row: Row[Any], person: Row[Any], to: post.Recipient | None, *, again: bool
    ) -> None:
        """Ask one of them, unless there is a reason not to."""
        tx, now = self._tx, self._now
        if person.checkin_at is None:
            reminders.move(tx, row, None)
            return
        at = time.fromisoformat(person.checkin_at)
        place = place_from(person.place)
        other = place is not None and place.flow != FLOWS["checkin"].name
        asked = other and prompts.just_asked(place, self._house, now)
        busy = asked or _busy(tx, person, place, now)
        if busy and now - row.due_at < _FRESH - _WAIT:
            self._moves.append({"which": row.id, "to": now + _WAIT})
            return
        self._moves.append({"which": row.id, "to": schedule.next_at(at, person.zone, now)})
        if again or now - row.due_at > _FRESH or schedule.allowed(now, person.zone) != now:
            _log.info("reminder_skipped", extra={"person": person.id, "kind": row.kind})
        elif to is not None:
            self._ask(row, person, to)

    def _ask(self, row: Row[Any], person: Row[Any], to: post.Recipient) -> None:
        # Also where somebody else may hold the phone: a routine that stops would show.
        tx, house, now, until = self._tx, self._house, self._now, self._until
        number, day = person.turn + 1, _day(person.zone, now)
        turn = Turn(view(person), around(tx, house, person, now, moods=False), now)
        decision = begin(FLOWS["checkin"], turn)
        # What is answered after midnight is still about the day it was asked of.
        place = decision.place and dataclasses.replace(
            decision.place, data={"day": day}, asked_in=number, until=until
        )
        # A line to the team stays open beneath the question: what it can't read goes to them.
        line = beneath(place_from(person.place), place_from(person.parked), now)
        changed = {"turn": number, "place": place_to(place), "parked": place_to(line)}
        self._people.append({"which": person.id, **changed})
        extra = {
            "kind": "checkin",
            "window": day,
            "not_after": min(row.due_at + _FRESH, schedule.quiet_from(now, person.zone)),
        }
        scene = Scene(tx, house, now, person, to, number, priority=outbox.REMINDER, extra=extra)
        scene.put = self._put
        scene.apply(decision.effects)
        if schedule.allowed(self._nudge, person.zone) == self._nudge:
            self._remind(person, "checkin_nudge", self._nudge, number)
        self._remind(person, "checkin_missed", until, number)

    def _put(self, _tx: Connection, *what: Any, **more: Any) -> None:
        self._posts.append(post.row(*what, **more))

    def _remind(self, person: Row[Any], kind: str, due_at: datetime, turn: int) -> None:
        row = {"person_id": person.id, "kind": kind, "due_at": due_at, "turn": turn}
        self._reminders.append(row)


def _busy(tx: Connection, person: Row[Any], place: Place | None, now: datetime) -> bool:
    """In the middle of something: a talk a moment ago, or danger that nobody has closed."""
    if place is None or (place.until is not None and place.until < now):
        return False
    talking = person.heard_at is not None and now - person.heard_at < _TALKING
    if talking or place.flow != crisis.name:
        return talking
    alert = alert_rows.open_of(tx, person.id)
    return alert is not None and Level(alert.level).rank >= Level.URGENT.rank


def _nudge(tx: Connection, house: House, row: Row[Any], person: Row[Any], now: datetime) -> None:
    """Once, if they have not said anything since."""
    del house
    if not reminders.move(tx, row, None) or person.turn != row.turn:
        return
    top, aside, line = unpack(place_from(person.place), place_from(person.parked), now)
    place = next((p for p in (top, aside) if p is not None and p.flow == "checkin"), None)
    to = post.safe_recipient(tx, person)
    step = step_of(place)
    if place is None or step is None or to is None or schedule.allowed(now, person.zone) != now:
        return
    if escalation.hands_off(tx, person.id):
        return
    if line is not None:
        # The question stands above the line again.
        top, under = pack(place, None, line)
        people.change(tx, person.id, place=place_to(top), parked=place_to(under))
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


_AFTER_CHECKIN = {"checkin_nudge": _nudge, "checkin_missed": _missed}

"""Rewards are earned by what staff have verified: attendance that was marked, a screen's result.

The ledger follows what is marked: it adds what is missing, and takes back (in a line of its own)
what is no longer so. However often it looks, an event counts at most once.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row

from bot.config import House
from bot.programme_rules import RewardRules
from bot.rewards.book import Book, Event, Line
from handlers import moments
from handlers.programme import Rewards
from storage import facts, people, rewards, screens, seats
from storage.prepared import savepoint
from storage.store import Store

GAMBLING: Final = "gambling"
"""In what is kept of a person: whether they have trouble with it; not there: nobody has asked."""
_SEEN: Final = "rewards_seen"
"""The fact that says how far the ledger has looked."""
_BEHIND: Final = 500
"""Changes that may have been written out of order: they are looked at again."""
_OVERLAP: Final = timedelta(minutes=10)
_TOGETHER: Final = 25
_LATEST: Final = 4
"""Lines that a text has room for."""
_HOPED_FOR: Final = ("negative", "explained")


class RewardError(ValueError):
    """It can't be paid so; the words say why."""


def events(tx: Connection, house: House, person_id: int, now: datetime) -> list[Event]:
    """Everything of somebody since rewards are earned, in order."""
    since, tz = house.clinic.rewards.since, house.clinic.tz
    if since is None:
        return []
    start = moments.local(since, time(), house.clinic.zone)
    found = [
        (row.starts_at, Event("seat", row.id, row.starts_at.astimezone(tz).date(), _attended(row)))
        for row in seats.of(tx, person_id, start, now)
        if row.mark is not None and not row.all_day and row.kind != "drug_screen"
    ]
    found += [
        (row.from_at, Event("screen", row.id, row.day, _as_hoped(row)))
        for row in screens.entered(tx, person_id, since)
    ]
    return [event for _, event in sorted(found, key=lambda pair: (pair[0], pair[1].id))]


def _attended(row: Row[Any]) -> bool | None:
    if row.session_state != "planned" or row.mark == "excused":
        return None
    if row.mark == "absent":
        return False
    half = (row.ends_at - row.starts_at).total_seconds() / 120
    return True if (row.minutes or 0) >= half else None


def _as_hoped(row: Row[Any]) -> bool | None:
    if row.state == "missed":
        return False
    came = (row.result or {}).get("came") if row.state == "done" else None
    if came in _HOPED_FOR:
        return True
    return False if came == "positive" else None


def settle(tx: Connection, house: House, person_id: int, now: datetime) -> int:
    """Bring somebody's ledger to what is marked now; how many lines that took."""
    rules, person = house.clinic.rewards, people.locked(tx, person_id)
    if not rules.enabled:
        return 0

    def seed(event: Event) -> bytes:
        # Ours alone to know, and settled before the event: it can't be drawn until it pleases.
        about = f"reward:{event.source}:{event.id}"
        return bytes.fromhex(people.digests(tx, about)[0].partition(":")[2])

    there = [
        Line(row.what, row.source, row.source_id, row.cents, row.detail)
        for row in rewards.of(tx, person_id)
    ]
    book = Book(rules, there, seed if by_bowl(rules, person.own) else None)
    new = book.follow(events(tx, house, person_id, now))
    for line in new:
        rewards.add(tx, person_id=person_id, at=now, **dataclasses.asdict(line))
    return len(new)


def by_bowl(rules: RewardRules, own: dict[str, Any] | None) -> bool:
    """Whether somebody draws: the bowl is on, and they were asked about gambling and said no."""
    return rules.bowl is not None and (own or {}).get(GAMBLING) is False


def told(tx: Connection, house: House, person_id: int) -> Rewards | None:
    """Their ledger as they are told of it; None: nobody earns any here, and they have none."""
    rows = rewards.of(tx, person_id)
    if not house.clinic.rewards.enabled and not rows:
        return None
    lines = sorted((date.fromisoformat(r.detail["day"]), r.id, r.cents) for r in rows)[::-1]
    latest = tuple((day, cents) for day, _, cents in lines[:_LATEST])
    return Rewards(rewards.balance(tx, person_id), latest)


async def sweep(store: Store, house: House, now: datetime) -> int:
    """Whatever was marked or entered since the last look; how many lines it took."""
    if not house.clinic.rewards.enabled:
        return 0
    those, seen = await store.read(lambda tx: _touched(tx, house, now))
    added = 0
    for start in range(0, len(those), _TOGETHER):
        some = those[start : start + _TOGETHER]
        added += await store.write(partial(_settle_some, house=house, those=some, now=now))
    await store.write(lambda tx: facts.put_fact(tx, _SEEN, seen))
    return added


def _settle_some(tx: Connection, house: House, those: Sequence[int], now: datetime) -> int:
    added = 0
    for person_id in those:
        with savepoint(tx):
            added += settle(tx, house, person_id, now)
    return added


def _touched(tx: Connection, house: House, now: datetime) -> tuple[list[int], str]:
    since = house.clinic.rewards.since or now.date()
    after, at, newest = 0, moments.local(since, time(), house.clinic.zone), rewards.last_change(tx)
    settled = False
    seen = facts.get_fact(tx, _SEEN)
    if seen is not None:
        known = json.loads(seen)
        if known["since"] == since.isoformat():
            after, at = known["event"], datetime.fromisoformat(known["at"]) - _OVERLAP
            # Looked at twice with nothing after it: what was out of order has been seen.
            settled = newest == after == known.get("before")
    those = screens.entered_since(tx, at)
    if not settled:
        those |= rewards.seated_since(tx, after - _BEHIND)
    last = {"event": newest, "before": after, "at": now.isoformat(), "since": since.isoformat()}
    return sorted(those), json.dumps(last)


def ask(tx: Connection, person_id: int, cents: int, staff_id: int, now: datetime) -> int:
    """Ask for a payout, which another member of staff signs; raises RewardError."""
    people.locked(tx, person_id)
    _covered(cents, rewards.balance(tx, person_id))
    return rewards.ask(tx, person_id, cents, staff_id, now)


def sign(tx: Connection, row: Row[Any], staff_id: int, now: datetime) -> None:
    """The second signature: it is paid; raises RewardError."""
    if row.asked_by == staff_id:
        message = "Somebody else signs for it: you asked for this payout."
        raise RewardError(message)
    people.locked(tx, row.person_id)
    _covered(row.cents, rewards.balance(tx, row.person_id, but=row.id))
    if not rewards.sign(tx, row.id, "paid", staff_id, now):
        message = "It was signed for or refused already."
        raise RewardError(message)


def _covered(cents: int, balance: int) -> None:
    if cents <= 0 or cents > balance:
        message = f"There is {max(0, balance) / 100:.2f} to pay out, not {cents / 100:.2f}."
        raise RewardError(message)

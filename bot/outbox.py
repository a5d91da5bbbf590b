"""Claims, sends, retries, gives up. The only caller of Channel.send.

A sender a channel. It waits for the provider's rate first and claims only what can leave now,
so that a lease is short and little is ever in doubt. Crisis texts come first, wait for no
address to rest, and go out while a queue of reminders stands behind them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import alerts, post
from bot.channels import Button, Channel, Delivery, DeliveryState, Outgoing, SendError, SendProblem
from bot.clock import Clock
from bot.config import House
from content import wording
from handlers.flow import Level
from storage import alerts as alert_rows
from storage import outbox, people
from storage.outbox import BROADCAST, REMINDER
from storage.store import Store, StoreDownError

_log = logging.getLogger("companion.outbox")

SEND_SECONDS = 25
"""Longer than any channel lets a request take."""
LEASE = timedelta(seconds=50)
"""Long enough to ask for a message in doubt and then to send it; short, because what a process
that died had in hand waits for it."""
STOP_SECONDS = 4
IN_FLIGHT = 8
_ASKED_OFTEN = 3
_IDLE_SECONDS = 1.0
FILTERED = "30007"
DOUBT = "doubt"
"""The code of a message that may have been accepted."""
_FINAL_STATES = ("delivered", "undelivered", "failed")


@dataclass(frozen=True, slots=True)
class Retry:
    """What to do with a message that was not sent: again after so many seconds, or give up."""

    after: float | None
    state: str = "pending"


def retry(problem: SendProblem, priority: int, attempts: int, retry_after: float | None) -> Retry:
    """The whole of the retry rule.

    A crisis text or a reply in doubt may go twice; a reminder or a broadcast may not.
    """
    if problem is SendProblem.STOPPED or problem is SendProblem.REJECTED:
        return Retry(None, "failed")
    if problem is SendProblem.THROTTLED:
        return Retry(retry_after if retry_after is not None else min(2.0**attempts, 60))
    if problem is SendProblem.UNKNOWN and priority in (REMINDER, BROADCAST):
        return Retry(None, "doubted")
    if priority in (REMINDER, BROADCAST) and attempts >= 20:  # noqa: PLR2004 - about an hour
        return Retry(None, "failed")
    # What a person waits for is tried until somebody takes it back or it is past its time.
    return Retry(min(2.0 ** min(attempts, 6), 30))


class Sender:
    """Empties one channel's part of the outbox."""

    def __init__(self, store: Store, house: House, clock: Clock, channel: Channel) -> None:
        self._store = store
        self._house = house
        self._clock = clock
        self._channel = channel
        self._wake = asyncio.Event()
        self._resting: dict[str, float] = {}
        self._paused_until = 0.0
        self._flying: set[asyncio.Task[None]] = set()
        self._bucket = _Bucket(channel.per_second)

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; then let what is in flight finish, for a moment."""
        try:
            while not stop.is_set():
                if not await self.step():
                    self._wake.clear()
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(_either(self._wake, stop), self._patience())
        finally:
            if self._flying:
                await asyncio.wait(self._flying, timeout=STOP_SECONDS)
            for task in self._flying:
                task.cancel()
            if self._flying:
                await asyncio.wait(self._flying)

    async def step(self) -> bool:
        """Claim and start what may leave now: whether anything was."""
        loop = asyncio.get_running_loop()
        room = min(IN_FLIGHT - len(self._flying), self._bucket.available(loop.time()))
        if room <= 0 or loop.time() < self._paused_until:
            return False
        self._resting = {a: t for a, t in self._resting.items() if t > loop.time()}
        now = self._clock.now()
        resting = tuple(self._resting)
        try:
            rows = await self._store.write(
                lambda tx: outbox.claim(
                    tx, self._channel.name, now, most=room, lease=LEASE, resting=resting
                )
            )
        except StoreDownError:
            return False
        for row in rows:
            self._bucket.take(loop.time())
            self._resting[row.address_hash] = loop.time() + self._channel.per_address_seconds
            task = asyncio.create_task(self._send(row))
            self._flying.add(task)
            task.add_done_callback(self._landed)
        return bool(rows)

    async def drain(self) -> None:
        """Send all that is due now; for the demo's clock and for tests."""
        while True:
            started = await self.step()
            if self._flying:
                await asyncio.wait(self._flying)
            elif not started and not self._resting and self._bucket.full():
                return
            elif not started:
                await asyncio.sleep(0.02)
                self._resting = {
                    a: t for a, t in self._resting.items() if t > asyncio.get_running_loop().time()
                }

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _log.error("send_crashed", exc_info=task.exception())
        self._wake.set()

    def _patience(self) -> float:
        loop = asyncio.get_running_loop()
        waits = [_IDLE_SECONDS, *(t - loop.time() for t in self._resting.values())]
        if self._paused_until > loop.time():
            waits = [self._paused_until - loop.time()]
        return max(min(waits), 0.01)

    async def _send(self, row: Row[Any]) -> None:
        message = Outgoing(
            reference=row.id,
            address=row.address,
            text=row.text,
            buttons=tuple(Button(*b) for b in row.buttons),
            asked_in=row.asked_in,
            valid_for=_seconds(row.not_after, self._clock.now()),
            private=row.private,
        )
        try:
            provider_id = await self._known(row, message)
            if provider_id is None:
                if self._clock.now() > row.leased_until - timedelta(seconds=SEND_SECONDS):
                    await self._write(lambda tx: self._give_back(tx, row))
                    return
                async with asyncio.timeout(SEND_SECONDS):
                    provider_id = await self._channel.send(message)
        except SendError as error:
            await self._failed(row, error)
        except TimeoutError:
            await self._failed(row, SendError(SendProblem.UNKNOWN, "timeout"))
        except asyncio.CancelledError:
            # Stopping: whether it arrives is not known, and nobody is left to hear of it.
            await self._failed(row, SendError(SendProblem.UNKNOWN, "stopping"))
        else:
            await self._write(lambda tx: self._sent(tx, row, provider_id))

    async def _known(self, row: Row[Any], message: Outgoing) -> str | None:
        """The provider's id of a message in doubt, if it has it; raises SendError."""
        if row.code != DOUBT:
            return None
        try:
            found = await self._channel.find(message, row.created_at)
        except SendError as error:
            if error.kind is SendProblem.THROTTLED:
                raise
            refused = error.kind is SendProblem.REJECTED or row.attempts > _ASKED_OFTEN
            if refused and row.priority not in (REMINDER, BROADCAST):
                # What a person waits for goes twice rather than never.
                return None
            problem = SendError(SendProblem.UNREACHABLE, error.code)
        else:
            return found and await self._store.read(lambda tx: _unless_anothers(tx, row, found))
        raise problem

    def _give_back(self, tx: Connection, row: Row[Any]) -> None:
        """Frozen until too little was left of the lease; nothing has left the house."""
        outbox.finish(tx, row.id, row.lease, state="pending", code=row.code)

    def _sent(self, tx: Connection, row: Row[Any], provider_id: str) -> None:
        now = self._clock.now()
        done = {"state": "sent", "provider_id": provider_id, "sent_at": now, "code": None}
        if not outbox.finish(tx, row.id, row.lease, **done):
            _log.warning("lease_lost", extra={"outbox": row.id})

    async def _failed(self, row: Row[Any], error: SendError) -> None:
        _log.warning(
            "send_failed",
            extra={
                "outbox": row.id,
                "kind": error.kind,
                "code": error.code,
                "attempt": row.attempts,
            },
        )
        if error.kind is SendProblem.THROTTLED:
            pause = error.retry_after if error.retry_after is not None else 1.0
            self._paused_until = asyncio.get_running_loop().time() + pause
        await self._write(lambda tx: self._give_up_or_wait(tx, row, error))

    def _give_up_or_wait(self, tx: Connection, row: Row[Any], error: SendError) -> None:
        now = self._clock.now()
        answer = retry(error.kind, row.priority, row.attempts, error.retry_after)
        # A doubt stays until the provider has the message or refuses it for good.
        doubt = answer.state != "failed" and (
            error.kind is SendProblem.UNKNOWN or row.code == DOUBT
        )
        values: dict[str, Any] = {"state": answer.state, "code": DOUBT if doubt else error.code}
        if answer.after is not None:
            values["not_before"] = now + timedelta(seconds=answer.after)
        if outbox.finish(tx, row.id, row.lease, **values) and answer.state == "failed":
            gave_up(tx, self._house, row, now, stopped=error.kind is SendProblem.STOPPED)

    async def _write(self, work: Callable[[Connection], None]) -> None:
        """Write down what happened; if the database is away, the lease will run out and tell."""
        try:
            await self._store.write(work)
        except StoreDownError:
            _log.error("outcome_not_written", extra={"channel": self._channel.name})


def _unless_anothers(tx: Connection, row: Row[Any], provider_id: str) -> str | None:
    """The same words sent a moment earlier are another row's, and known to be."""
    owner = outbox.by_provider(tx, row.channel, provider_id)
    return provider_id if owner is None or owner.id == row.id else None


def gave_up(tx: Connection, house: House, row: Row[Any], now: datetime, *, stopped: bool) -> None:
    """A message will not arrive: close the address if need be, and tell a human."""
    if stopped:
        close_address(tx, house, row, now)
        _notice_lost(tx, row, now)
        return
    if row.person_id is None:
        return
    person = people.locked(tx, row.person_id)
    level = Level.URGENT if row.priority == outbox.CRISIS else Level.CONCERN
    alerts.secure(tx, house, person, level, "not_delivered", now, known=False)


def _notice_lost(tx: Connection, row: Row[Any], now: datetime) -> None:
    """A member of staff can't be told there any more: the next rung is due at once."""
    if row.alert_id is None or row.staff_id is None:
        return
    alert_rows.note(tx, row.alert_id, now, "no_address", staff_id=row.staff_id)
    alert_rows.swap(tx, row.alert_id, ("open",), next_at=now)


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
    rows = outbox.overdue_leases(tx, now)
    for row in rows:
        answer = retry(SendProblem.UNKNOWN, row.priority, row.attempts, None)
        # A provider with a list will tell: it is asked before anything is sent again.
        state = "pending" if row.channel == "sms" else answer.state
        outbox.finish(tx, row.id, row.lease, state=state, code=DOUBT)
    return len(rows)


def take_over(tx: Connection, now: datetime) -> int:
    """Every lease there is, for a process that knows that it is the only one."""
    return reclaim(tx, now + 2 * LEASE)


def delivered(
    tx: Connection, house: House, channel: str, delivery: Delivery, now: datetime
) -> None:
    """What a status callback says; late, doubled and reordered ones change nothing."""
    row = outbox.by_provider(tx, channel, delivery.provider_id)
    if row is None or row.state in _FINAL_STATES:
        return
    if delivery.stopped:
        outbox.mark(tx, row.id, state="undelivered", code=delivery.code)
        close_address(tx, house, row, now)
        return
    if delivery.state is DeliveryState.DELIVERED:
        outbox.mark(tx, row.id, state="delivered")
    elif delivery.state is DeliveryState.UNDELIVERED:
        outbox.mark(tx, row.id, state="undelivered", code=delivery.code)
        _other_way(tx, house, row, now, delivery.code)


def _other_way(
    tx: Connection, house: House, row: Row[Any], now: datetime, code: str | None
) -> None:
    """Undelivered: the other channel if it is marked safe, else a person."""
    if row.person_id is None:
        return
    person = people.locked(tx, row.person_id)
    if code == FILTERED and _in_other_words(tx, person, row, now):
        return
    for address in people.addresses(tx, person.id):
        other = address.channel != row.channel and address.safe and address.verified
        if other and address.state == "open" and row.priority <= outbox.REPLY:
            to = post.recipient(person, address)
            outbox.put(
                tx,
                person_id=person.id,
                channel=to.channel,
                address=to.address,
                address_hash=to.address_hash,
                text=row.text,
                priority=row.priority,
                kind=f"other_way_{row.id}",
                window=str(row.id),
                created_at=now,
            )
            return
    if row.priority <= outbox.STAFF:
        level = Level.URGENT if row.priority == outbox.CRISIS else Level.CONCERN
        _log.warning("undelivered", extra={"outbox": row.id, "code": code})
        alerts.secure(tx, house, person, level, "not_delivered", now, known=False)


def _in_other_words(tx: Connection, person: Row[Any], row: Row[Any], now: datetime) -> bool:
    """A carrier filtered a crisis text: the same help without the names of drugs, once."""
    key = f"{row.kind}_bare"
    address = people.address_of(tx, row.channel, row.address)
    if address is None or key not in wording.entries(person.language):
        return False
    to = post.recipient(person, address)
    post.put(tx, to, to.words(key, {}), now, priority=row.priority, kind=key, window=str(row.id))
    return True


class _Bucket:
    """So many a second, with a short burst; monotonic, so a moved clock changes nothing."""

    def __init__(self, per_second: float) -> None:
        self._rate = per_second
        self._most = max(1.0, per_second / 2)
        self._tokens = self._most
        self._at: float | None = None

    def available(self, at: float) -> int:
        """How many may start now."""
        if self._at is not None:
            self._tokens = min(self._most, self._tokens + (at - self._at) * self._rate)
        self._at = at
        return int(self._tokens)

    def take(self, at: float) -> None:
        """One started."""
        self.available(at)
        self._tokens -= 1

    def full(self) -> bool:
        """Whether nothing has to wait for the rate."""
        return self.available(asyncio.get_running_loop().time()) >= 1


def _seconds(not_after: datetime | None, now: datetime) -> int | None:
    return None if not_after is None else max(int((not_after - now).total_seconds()), 60)


async def _either(*events: asyncio.Event) -> None:
    tasks = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()

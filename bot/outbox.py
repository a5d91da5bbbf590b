"""Claims, sends, retries, gives up. The only caller of Channel.send.

A sender a channel. It waits for the provider's rate first and claims only what can leave now,
so that a lease is short and little is ever in doubt. Crisis texts come first, wait for no
address to rest, and go out while a queue of reminders stands behind them.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row

from bot import charts
from bot.channels import Button, Channel, Outgoing, SendError, SendProblem
from bot.clock import Clock
from bot.config import House
from bot.delivery import gave_up
from bot.retry import DOUBT, LEASE, retry
from storage import outbox
from storage.outbox import BROADCAST, REMINDER
from storage.store import Store, StoreDownError

_log = logging.getLogger("companion.outbox")

SEND_SECONDS = 25
"""Longer than any channel lets a request take."""
STOP_SECONDS = 4
IN_FLIGHT = 16
_ASKED_OFTEN = 3
_IDLE_SECONDS = 1.0
_LONGEST_LOOK_AWAY = 15.0
"""However long a provider asks us to wait: the watchdog must see that we are there."""


class Sender:
    """Empties one channel's part of the outbox."""

    def __init__(
        self,
        store: Store,
        house: House,
        clock: Clock,
        channel: Channel,
        seen: Callable[[Row[Any], str], None] = lambda _row, _outcome: None,
    ) -> None:
        self._store = store
        self._house = house
        self._clock = clock
        self._channel = channel
        self._seen = seen
        self.stepped = 0.0
        """When it last looked for something to send, by the event loop's time."""
        self._wake = asyncio.Event()
        self._resting: dict[str, float] = {}
        self._paused_until = 0.0
        self._flying: set[asyncio.Task[None]] = set()
        self._bucket = _Bucket(channel.per_second)
        self._accepted: list[tuple[Row[Any], str]] = []

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until told to stop; then let what is in flight finish, for a moment."""
        stopping = asyncio.create_task(self._wake_at(stop))
        try:
            while not stop.is_set():
                # Before it looks: what comes in while it does is looked for once more.
                self._wake.clear()
                if not await self.step():
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self._patience()):
                            await self._wake.wait()
        finally:
            stopping.cancel()
            if self._flying:
                await asyncio.wait(self._flying, timeout=STOP_SECONDS)
            for task in self._flying:
                task.cancel()
            if self._flying:
                await asyncio.wait(self._flying)
            await self._write(partial(self._mark, accepted=self._accepted))

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def step(self) -> bool:
        """Write down what was accepted, then claim and start what may leave now.

        Returns whether anything was started.
        """
        loop = asyncio.get_running_loop()
        self.stepped = loop.time()
        room = min(IN_FLIGHT - len(self._flying), self._bucket.available(loop.time()))
        if room <= 0 or loop.time() < self._paused_until:
            room = 0
        if not room and not self._accepted:
            return False
        self._resting = {a: t for a, t in self._resting.items() if t > loop.time()}
        accepted, self._accepted = self._accepted, []
        try:
            rows = await self._store.write(partial(self._go_on, accepted=accepted, room=room))
        except BaseException as error:
            # Nothing was written: it is told again the next time, or the lease runs out and tells.
            self._accepted += accepted
            if isinstance(error, StoreDownError):
                return False
            raise
        for row in rows:
            self._bucket.take(loop.time())
            self._resting[row.address_hash] = loop.time() + self._channel.per_address_seconds
            task = asyncio.create_task(self._send(row))
            self._flying.add(task)
            task.add_done_callback(self._landed)
        return bool(rows)

    def _go_on(
        self, tx: Connection, accepted: list[tuple[Row[Any], str]], room: int
    ) -> list[Row[Any]]:
        self._mark(tx, accepted)
        if not room:
            return []
        now, resting = self._clock.now(), tuple(self._resting)
        name = self._channel.name
        mark = self._store.mark
        return outbox.claim(tx, name, now, most=room, lease=LEASE, resting=resting, mark=mark)

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
            waits = [min(self._paused_until - loop.time(), _LONGEST_LOOK_AWAY)]
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
                if row.picture and self._channel.pictures:
                    picture = await charts.picture(self._store, row.person_id, row.picture)
                    message = dataclasses.replace(message, picture=picture)
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
        except StoreDownError:
            raise  # its lease runs out
        except Exception as error:  # noqa: BLE001 - a bug: its address must not wait for that
            await self._failed(row, _crashed(error))
        else:
            self._seen(row, "sent")
            # Written down with the next step, which comes at once.
            self._accepted.append((row, provider_id))

    async def _known(self, row: Row[Any], message: Outgoing) -> str | None:
        """The provider's id of a message in doubt, if it has it; raises SendError."""
        if row.code != DOUBT:
            return None
        try:
            found = await self._channel.find(message, row.created_at)
        except Exception as caught:  # also a bug keeps back no crisis text
            error = caught if isinstance(caught, SendError) else _crashed(caught)
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

    def _mark(self, tx: Connection, accepted: list[tuple[Row[Any], str]]) -> None:
        now = self._clock.now()
        for row, provider_id in accepted:
            done = {"state": "sent", "provider_id": provider_id, "sent_at": now, "code": None}
            if not outbox.finish(tx, row.id, row.lease, **done):
                _log.warning("lease_lost", extra={"outbox": row.id})

    async def _failed(self, row: Row[Any], error: SendError) -> None:
        self._seen(row, error.kind)
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
            stopped = error.kind is SendProblem.STOPPED
            gave_up(tx, self._house, row, now, stopped=stopped, code=error.code)

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


def _crashed(error: Exception) -> SendError:
    """What nobody has thought of: whether it left the house is not known."""
    _log.error("send_crashed", exc_info=error)
    return SendError(SendProblem.UNKNOWN, "crashed")


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

"""A queue, the sender that empties it, and a provider that behaves as it is told."""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from bot import delivery, sweeps
from bot.channels import Delivery, DeliveryState, Outgoing, SendError, SendProblem
from bot.config import House
from bot.outbox import Sender
from bot.retry import LEASE
from storage import outbox as rows
from storage import people
from storage.outbox import REPLY
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

PHONE = "+12155550123"


class Provider:
    """A provider that takes everything, unless it was told otherwise; of texts it has a list."""

    per_second = 10_000.0
    per_address_seconds = 0.0
    pictures = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.taken: list[Outgoing] = []
        self.sends: deque[SendProblem | asyncio.Event | None] = deque()
        self.finds: deque[SendProblem | asyncio.Event] = deque()
        self.asked = 0
        self.takes_before_failing = False

    async def send(self, message: Outgoing) -> str:
        trouble = self.sends.popleft() if self.sends else None
        if isinstance(trouble, SendProblem) and not self.takes_before_failing:
            raise SendError(trouble, "made-up", 30.0)
        self.taken.append(message)
        number = f"p{len(self.taken)}"
        if isinstance(trouble, SendProblem):
            raise SendError(trouble, "made-up", 30.0)
        if trouble is not None:
            await trouble.wait()
        return number

    async def find(self, message: Outgoing, since: datetime) -> str | None:
        del since
        self.asked += 1
        if self.name == "telegram":
            return None
        trouble = self.finds.popleft() if self.finds else None
        if isinstance(trouble, SendProblem):
            raise SendError(trouble, "made-up")
        if trouble is not None:
            await trouble.wait()
        return next(
            (f"p{n}" for n, one in enumerate(self.taken, 1) if one.text == message.text), None
        )

    async def close(self) -> None:
        pass


class Line:
    """A queue, its sender and its provider."""

    def __init__(self, world: World, provider: Any) -> None:
        self.world = world
        self.provider = provider
        self.sender = self.another()

    def another(self) -> Sender:
        """Another worker on the same queue."""
        return Sender(self.world.store, self.world.house, self.world.clock, self.provider)

    def put(self, text: str, *, to: str = "100", priority: int = REPLY, **more: Any) -> int:
        channel, now = self.provider.name, self.world.clock.at

        def work(tx: Any) -> int | None:
            known = people.address_of(tx, channel, to)
            person = {} if known is None else {"person_id": known.person_id}
            digest = people.address_hash(tx, channel, to)
            given = {"channel": channel, "address": to, "address_hash": digest, "text": text}
            return rows.put(
                tx, **{**given, **person, "priority": priority, "created_at": now, **more}
            )

        number = self.world.store.write_now(work)
        assert number is not None
        return number

    def claim(self, most: int = 10, resting: tuple[str, ...] = ()) -> list[str]:
        """What would leave now, in order."""
        claimed = self.world.store.write_now(
            lambda tx: rows.claim(
                tx,
                self.provider.name,
                self.world.clock.at,
                most=most,
                lease=LEASE,
                resting=resting,
            )
        )
        return [row.text for row in claimed]

    def row(self, number: int) -> Any:
        return next(row for row in self.world.rows() if row.id == number)

    async def drained(self, seconds: float = 0) -> list[str]:
        """What the provider has taken after so many seconds and a round of the sender."""
        self.world.clock.at += timedelta(seconds=seconds)
        await sweeps.keep_outbox(self.world.store, self.world.house, self.world.clock.at)
        await self.sender.drain()
        return [message.text for message in getattr(self.provider, "taken", [])]

    def says(self, number: int, state: DeliveryState, code: str | None = None) -> None:
        """A status callback about a row."""
        said = Delivery(self.row(number).provider_id, state, code, code == "21610")
        world = self.world
        world.store.write_now(
            lambda tx: delivery.delivered(tx, world.house, self.provider.name, said, world.clock.at)
        )


async def staffed(store: Store, house: House, clock: HandClock) -> World:
    """A clinic with its staff, and nothing to send."""
    world = await World(store, house, clock).staffed()
    store.write_now(rows.cancel)
    return world


async def joined(world: World, **more: Any) -> int:
    """Somebody who has joined and read it all."""
    number = await world.joined(**more)
    world.store.write_now(rows.cancel)
    return number


def address(world: World, channel: str, value: str) -> Any:
    return world.store.read_now(lambda tx: people.address_of(tx, channel, value))

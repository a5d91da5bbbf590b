"""A stand-in service, a channel on it and a door behind it, for tests of the channel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from bot.channels import (
    Inbound,
    Outgoing,
)
from bot.channels.telegram import Telegram, Timing
from bot.demo.telegram_api import TelegramApi

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
# A request has long enough for a machine that is busy elsewhere.
QUICK = Timing(poll=5, request=5, backoff=0.01)
REFUSAL = "I only talk in private."


class Door:
    """A door that keeps what it is handed and refuses as often as it is told to."""

    def __init__(self) -> None:
        self.got: list[Inbound] = []
        self.tried: list[str] = []
        self.refuse: list[Exception] = []

    async def receive(self, inbound: Inbound) -> None:
        self.tried.append(inbound.provider_id)
        if self.refuse:
            raise self.refuse.pop(0)
        self.got.append(inbound)

    @property
    def texts(self) -> list[str]:
        return [inbound.text for inbound in self.got]


@asynccontextmanager
async def open_api() -> AsyncIterator[TelegramApi]:
    api = TelegramApi(speed=100, now=lambda: NOW)
    await api.start()
    yield api
    await api.close()


@asynccontextmanager
async def open_channel(
    api: TelegramApi, unreadable: list[str] | None = None
) -> AsyncIterator[Telegram]:
    async def set_aside(provider_id: str) -> None:
        if unreadable is not None:
            unreadable.append(provider_id)

    channel = Telegram(
        api.token,
        api.origin,
        refusal=REFUSAL,
        on_unreadable=set_aside,
        now=lambda: NOW,
        timing=QUICK,
    )
    yield channel
    await channel.close()


@asynccontextmanager
async def polling(channel: Telegram, door: Door) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(channel.poll(door.receive, stop))
    try:
        yield stop
    finally:
        stop.set()
        async with asyncio.timeout(30):
            await task


async def started(api: TelegramApi) -> int:
    chat = api.new_user("Ana")
    await api.say(chat, "/start")
    api.updates.drop()
    return chat


def outgoing(chat: int, text: str = "How was today?", **more: Any) -> Outgoing:
    return Outgoing(1, str(chat), text, **more)


def calls(api: TelegramApi, method: str) -> list[int]:
    return [call.status for call in api.ledger if call.method == method]

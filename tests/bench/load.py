"""Turns in a closed loop: so many people in flight, each waits for the reply before the next."""

from __future__ import annotations

import asyncio
import itertools
import json
import statistics
import time
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.bench.service import SECRET, Service

FIRST_CHAT = 5_000_000
_TALK = ("checkin", "6", "3", "1", "1", "had a long day at work but i went and it was good")
"""A check-in from the first question to the last word: each gets one reply."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one round came to: turns a second, and milliseconds from the post to the reply."""

    a_second: float
    median: float
    slowest: float
    """The 99th of a hundred."""
    late: float
    """The 95th."""


class Load:
    """Everybody who writes. Each chat says the next line of its talk when its turn comes."""

    def __init__(self, service: Service, chats: int) -> None:
        self._service = service
        self._chats = deque((FIRST_CHAT + n, itertools.cycle(_TALK)) for n in range(chats))
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._numbers = itertools.count(1)

    async def run(self, url: str, in_flight: int, seconds: float) -> Figure:
        """Write to a webhook for so many seconds."""
        self._service.accepted = self._replied
        until = time.perf_counter() + seconds
        took: list[float] = []
        begun = time.perf_counter()
        await asyncio.gather(*(self._write(url, until, took) for _ in range(in_flight)))
        passed = time.perf_counter() - begun
        ordered = sorted(took)
        return Figure(
            len(took) / passed,
            statistics.median(ordered) * 1000,
            ordered[len(ordered) * 99 // 100] * 1000,
            ordered[len(ordered) * 95 // 100] * 1000,
        )

    def _replied(self, chat: int, body: bytes) -> None:
        del body
        waiting = self._waiting.pop(chat, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def _write(self, url: str, until: float, took: list[float]) -> None:
        loop = asyncio.get_running_loop()
        post = await Post.open(url)
        while time.perf_counter() < until:
            chat, talk = self._chats.popleft()
            reply = self._waiting[chat] = loop.create_future()
            begun = time.perf_counter()
            async with asyncio.timeout(30):
                await post.update(next(self._numbers), chat, next(talk))
                await reply
            took.append(time.perf_counter() - begun)
            self._chats.append((chat, talk))
        post.close()


class Post(asyncio.Protocol):
    """One kept-alive connection of the service to a bot's webhook."""

    def __init__(self) -> None:
        self._come = b""
        self._answer: asyncio.Future[int] | None = None

    @classmethod
    async def open(cls, url: str) -> Post:
        """Connect to where a webhook is."""
        where = urlsplit(url)
        loop = asyncio.get_running_loop()
        host, port = str(where.hostname), int(where.port or 80)
        transport, post = await loop.create_connection(cls, host, port)
        post._transport = transport
        post._head = (
            f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        return post

    async def update(self, number: int, chat: int, text: str) -> None:
        """Post one message of somebody; raises AssertionError unless the bot took it."""
        who = {"id": chat, "first_name": "Ana"}
        message = {
            "message_id": number,
            "from": {**who, "is_bot": False, "language_code": "en"},
            "chat": {**who, "type": "private"},
            "date": int(time.time()),
            "text": text,
        }
        body = json.dumps({"update_id": number, "message": message}).encode()
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(self._head + b"%d\r\n\r\n" % len(body) + body)
        status = await self._answer
        assert status == 200, status

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._come += data
        head = self._come.find(b"\r\n\r\n")
        lower = self._come[:head].lower() if head >= 0 else b""
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 :].split(b"\r\n")[0]) if at >= 0 else 0
        if head < 0 or len(self._come) < head + 4 + length:
            return
        status = int(self._come[9:12])
        self._come = b""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError())

    _transport: asyncio.WriteTransport
    _head: bytes

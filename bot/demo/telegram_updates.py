"""The stand-in's queue of updates: long poll and webhook, kept and repeated as the service does.

An update stays until it is confirmed: by a later `offset` when polled, by a 2xx when posted.
A webhook that fails is tried again at once, then after 2, 4, 8... seconds (at most a minute or
two), and holds back the next updates of the same chat; updates live 24 hours. Source: the
published server, `WebhookActor.cpp`.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp

_LIFE = timedelta(hours=24)
_LONGEST_RETRY_AFTER = 3600
_DELIVERED = range(200, 300)

Json = dict[str, Any]


class ApiError(Exception):
    """An answer that is not ok: the service's code and description, seconds to wait."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        """Hold the code, the description and the wait in seconds."""
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where updates are posted instead of being polled."""

    url: str
    secret: str = field(default="", repr=False)
    max_connections: int = 40


@dataclass(frozen=True, slots=True)
class _Pending:
    chat: int
    update: Json = field(repr=False)
    born: datetime


class Updates:
    """What the bot has not confirmed yet, and the ways to it."""

    def __init__(self, now: Callable[[], datetime], speed: float) -> None:
        self.copies = 1
        self.allowed: list[str] = []
        self.webhook: Webhook | None = None
        self.last_error: tuple[int, str] | None = None
        self._now = now
        self._speed = speed
        self._pending: list[_Pending] = []
        self._next_id = 481_516_001
        self._news = asyncio.Event()
        self._asker = 0
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._slots = asyncio.Semaphore(40)
        self._closed = False

    def __len__(self) -> int:
        """How many updates are not confirmed."""
        return len(self._pending)

    def add(self, chat: int, kind: str, payload: Json) -> int:
        """Queue an update and return its id; kinds the bot did not allow are dropped."""
        update_id = self._next_id
        self._next_id += 1
        if not self.allowed or kind in self.allowed:
            update = {"update_id": update_id, kind: payload}
            self._pending.append(_Pending(chat, update, self._now()))
            self._wake()
            self._work(chat)
        return update_id

    def drop(self) -> None:
        """Forget everything that is pending."""
        self._pending.clear()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """Answer one getUpdates; raises ApiError 409 when somebody else asks too."""
        if self.webhook:
            raise ApiError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._asker += 1
        mine = self._asker
        self._wake()
        if offset < 0:
            self._pending = self._pending[offset:]
        elif offset:
            self._pending = [p for p in self._pending if p.update["update_id"] >= offset]
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while True:
            self._expire()
            first = self._pending[: min(max(limit, 1), 100)]
            left = deadline - loop.time()
            if first or left <= 0 or self._closed:
                return [p.update for p in first for _ in range(self.copies)]
            try:
                await asyncio.wait_for(self._news.wait(), left)
            except TimeoutError:
                continue
            if mine != self._asker:
                raise ApiError(
                    409,
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                )

    async def set_webhook(self, webhook: Webhook | None) -> None:
        """Post to this address from now on; None goes back to being polled."""
        self.webhook = webhook
        await self._rest()
        self.last_error = None
        self._wake()
        if webhook:
            self._slots = asyncio.Semaphore(webhook.max_connections)
            for chat in {p.chat for p in self._pending}:
                self._work(chat)

    async def close(self) -> None:
        """Let every waiting poll go and stop posting."""
        self._closed = True
        self._wake()
        await self._rest()
        if self._session:
            await self._session.close()

    async def _rest(self) -> None:
        workers, self._workers = list(self._workers.values()), {}
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _expire(self) -> None:
        self._pending = [p for p in self._pending if self._now() - p.born < _LIFE]

    def _work(self, chat: int) -> None:
        if self.webhook and not self._closed and chat not in self._workers:
            self._workers[chat] = asyncio.create_task(self._deliver(chat))

    async def _deliver(self, chat: int) -> None:
        while pending := next((p for p in self._pending if p.chat == chat), None):
            for delay in _delays():
                if self.webhook is None:
                    return
                # The address of now: it may have changed since the worker began.
                done, retry_after = await self._post(pending.update, self.webhook)
                if done or self._now() - pending.born >= _LIFE:
                    break
                wait = delay if retry_after is None else retry_after
                await asyncio.sleep(wait / self._speed)
            if pending in self._pending:
                self._pending.remove(pending)
        self._workers.pop(chat, None)

    async def _post(self, update: Json, webhook: Webhook) -> tuple[bool, float | None]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        posts = (self._post_once(update, webhook, self._session) for _ in range(self.copies))
        answers = await asyncio.gather(*posts)
        return any(done for done, _ in answers), answers[0][1]

    async def _post_once(
        self, update: Json, webhook: Webhook, session: aiohttp.ClientSession
    ) -> tuple[bool, float | None]:
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret
        patience = aiohttp.ClientTimeout(total=max(5.0, 60 / self._speed))
        try:
            async with (
                self._slots,
                session.post(
                    webhook.url,
                    data=json.dumps(update),
                    headers=headers,
                    timeout=patience,
                    allow_redirects=False,
                ) as answer,
            ):
                await answer.read()
                status, reason, said = answer.status, answer.reason, answer.headers
        except (aiohttp.ClientError, OSError) as error:
            self._failed(type(error).__name__)
            return False, None
        if status in _DELIVERED:
            return True, None
        self._failed(f"Wrong response from the webhook: {status} {reason}")
        wait = said.get("Retry-After", "")
        return False, min(int(wait), _LONGEST_RETRY_AFTER) if wait.isdecimal() else None

    def _failed(self, message: str) -> None:
        self.last_error = (int(self._now().timestamp()), message)


def _delays() -> Iterator[float]:
    """Seconds before each repetition: none, then 2, 4, 8... up to a minute or two."""
    yield 0
    delay = 2.0
    while True:
        longest = random.uniform(60, 120)  # noqa: S311 - spreads load, guards nothing
        yield min(delay, longest)
        delay = min(delay * 2, 120)

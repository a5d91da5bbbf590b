"""Telegram's webhook: repeated until taken, and only with the secret."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels import (
    TryLaterError,
    WebhookRejectedError,
)
from bot.channels.telegram import Telegram, WebhookSettings
from bot.demo.telegram_api import TelegramApi
from tests.telegram_house import (
    QUICK,
    Door,
    open_api,
    started,
)
from tests.waiting import until


@pytest.fixture
async def api() -> AsyncIterator[TelegramApi]:
    async with open_api() as made:
        yield made


Posted = Callable[[Telegram, Door], Awaitable[str]]


@asynccontextmanager
async def posted_to(api: TelegramApi, door: Door) -> AsyncIterator[Telegram]:
    """A channel in webhook mode behind a small web server, started."""
    made: list[Telegram] = []

    async def take(request: web.Request) -> web.Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        try:
            await made[0].webhook(secret, await request.read(), door.receive)
        except WebhookRejectedError:
            return web.Response(status=403)
        except TryLaterError:
            return web.Response(status=503)
        return web.Response()

    app = web.Application()
    app.router.add_post("/telegram", take)
    async with TestServer(app) as server:
        settings = WebhookSettings(str(server.make_url("/telegram")), "s3cret")
        made.append(Telegram(api.token, api.origin, webhook=settings, timing=QUICK))
        await made[0].start()
        yield made[0]
        await made[0].close()
        await api.updates.set_webhook(None)


async def test_a_webhook_is_repeated_until_the_door_has_it(api: TelegramApi) -> None:
    door, chat = Door(), await started(api)
    door.refuse = [TryLaterError(), TryLaterError()]
    async with posted_to(api, door):
        assert api.updates.webhook is not None
        assert api.updates.webhook.max_connections == 40
        await api.say(chat, "one")
        await api.say(chat, "two")
        await until(lambda: len(door.got) == 2)
    assert door.texts == ["one", "two"]
    assert door.tried[:3] == [door.tried[0]] * 3


@pytest.mark.parametrize("secret", [None, "", "wrong", "s3cre", "s3cret ", "\udcff"])
async def test_a_webhook_without_the_secret_is_rejected(
    api: TelegramApi, secret: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    door = Door()
    channel = Telegram(api.token, api.origin, webhook=WebhookSettings("https://x", "s3cret"))
    with pytest.raises(WebhookRejectedError):
        await channel.webhook(secret, b"{}", door.receive)
    await channel.close()
    assert "wrong" not in caplog.text


async def test_no_secret_configured_lets_nobody_in(api: TelegramApi) -> None:
    polls = Telegram(api.token, api.origin)
    for given in (None, ""):
        with pytest.raises(WebhookRejectedError):
            await polls.webhook(given, b"{}", Door().receive)
    with pytest.raises(ValueError, match="needs a secret"):
        WebhookSettings("https://x", "")


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b'{"update_id": 5, "message": 7}', b"[" * 100_000]
)
async def test_a_poisoned_webhook_is_set_aside_and_done_with(api: TelegramApi, body: bytes) -> None:
    aside: list[str] = []

    async def set_aside(provider_id: str) -> None:
        aside.append(provider_id)

    settings = WebhookSettings("https://x", "s3cret")
    channel = Telegram(api.token, api.origin, webhook=settings, on_unreadable=set_aside)
    await channel.webhook("s3cret", body, Door().receive)
    await channel.close()
    number = "5" if b"update_id" in body else "unknown"
    assert aside == [f"{api.token.partition(':')[0]}:{number}"]

"""The demo: the real program between two stand-ins, phones in a page, a clock that is moved."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import tempfile
import threading
import webbrowser
from collections.abc import AsyncIterator, Coroutine
from datetime import datetime, time, timedelta
from typing import Any

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot import log
from bot.app import App
from bot.channels import Channel
from bot.clock import Clock, MovableClock
from bot.config import ConfigError, Settings
from bot.demo import clinic, past
from bot.demo.page import build
from bot.demo.phones import Stage
from bot.demo.telegram_api import TelegramApi
from bot.demo.telegram_methods import Limits
from bot.demo.travel import local
from bot.demo.twilio_api import TwilioApi
from bot.web.server import listen, server
from storage.encryption import Keyring

HISTORY = timedelta(days=past.DAYS)
_BEGIN = time(16)
_PORTS = 20
_REST = 0.25
"""Seconds an address rests between two messages: a fourth of Telegram's own, nobody waits here."""
_READY_SECONDS = 60


def _first_monday(clock: Clock) -> datetime:
    """The Monday on or after today, at four in the afternoon: somebody is on duty."""
    today = clock.now()
    begin = local(today, _BEGIN, clinic.CLINIC.zone)
    return begin + timedelta(days=-begin.weekday() % 7)


class _Made(Settings):
    """Settings made in code: nothing is taken from the environment or a file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed in."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def _settings(folder: str, telegram: TelegramApi, twilio: TwilioApi) -> Settings:
    with contextlib.closing(listen("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return _Made(
        database_url=f"sqlite:///{folder}/companion.db",
        companion_keys=Keyring.make(),
        public_url=f"http://127.0.0.1:{port}",
        port=port,
        telegram_bot_token=telegram.token,
        telegram_api_url=telegram.origin,
        twilio_account_sid=twilio.account_sid,
        twilio_auth_token=twilio.auth_token,
        twilio_from=twilio.numbers[0],
        twilio_api_url=twilio.origin,
        sms_per_second=20.0,
    )


@contextlib.asynccontextmanager
async def opened(*, history: timedelta = HISTORY) -> AsyncIterator[Stage]:
    """The program and its stand-ins, running; the clock stands that long before the beginning."""
    with tempfile.TemporaryDirectory(prefix="companion-demo-") as folder:
        clock = MovableClock(_first_monday(Clock()) - history)
        telegram, twilio = TelegramApi(now=clock.now, limits=None), TwilioApi(now=clock.now)
        await telegram.start()
        await twilio.start()
        try:
            settings = _settings(folder, telegram, twilio)
            app = App(settings, clinic=clinic.CLINIC, clock=clock)
            pace(app, 0)
            twilio.sms_url = f"{settings.url}/sms"
            async with _running(app):
                yield Stage(app, clock, telegram, twilio)
        finally:
            await twilio.close()
            await telegram.close()


@contextlib.asynccontextmanager
async def _running(app: App) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(app.run(stop))
    ready = asyncio.create_task(app.ready.wait())
    try:
        await asyncio.wait(
            {running, ready}, timeout=_READY_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        if not app.ready.is_set():
            await running
        yield
    finally:
        ready.cancel()
        stop.set()
        await running


def pace(app: App, seconds: float) -> None:
    """How long an address rests between two messages, for the eye."""
    channels: list[Channel | None] = [app.telegram, app.sms]
    for channel in channels:
        if channel is not None:
            channel.per_address_seconds = seconds


def _listen(port: int) -> socket.socket:
    """The port that was asked for, or one of the next; raises ConfigError."""
    for offset in range(_PORTS):
        with contextlib.suppress(OSError, OverflowError):
            return listen("127.0.0.1", port + offset if port else 0)
    message = f"no free port from {port} to {port + _PORTS - 1}; say another with --port"
    raise ConfigError(message)


async def play(port: int, *, browser: bool) -> None:
    """Run the demo until it is stopped; the last line printed is its address."""
    log.configure(logging.WARNING)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    listener = _listen(port)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    print("Setting up a small made-up clinic, a few seconds...", flush=True)  # noqa: T201
    with contextlib.closing(listener):
        async with opened() as stage:
            if not await _unless(stop, clinic.populate(stage)):
                return
            pace(stage.app, _REST)
            stage.telegram.limits = Limits(per_chat_seconds=_REST)
            web = server(build(stage))
            serving = asyncio.create_task(web.serve([listener]))
            print(f"Everybody in it is made up. Stop with Ctrl-C.\nOpen {address}", flush=True)  # noqa: T201
            if browser:
                # A browser that lives in the terminal would hold up whoever waits for it.
                threading.Thread(target=_show, args=(address,), daemon=True).start()
            await stop.wait()
            web.should_exit = True
            await serving


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do a piece of work, or leave it when told to stop: whether it was done."""
    working, stopping = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if stop.is_set():
        working.cancel()
        await asyncio.wait({working})
        return False
    await working
    return True


def _show(address: str) -> None:
    with contextlib.suppress(Exception):
        webbrowser.open(address)

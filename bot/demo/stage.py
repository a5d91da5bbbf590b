"""The demo: the real program between two stand-ins, phones in a page, a clock that is moved."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import signal
import socket
import tempfile
import threading
import webbrowser
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Literal

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot import log
from bot.app import App
from bot.channels import Channel
from bot.clock import Clock, MovableClock
from bot.config import ConfigError, Settings
from bot.demo import clinic
from bot.demo.telegram_api import TelegramApi
from bot.demo.telegram_methods import Limits
from bot.demo.travel import Travel, local
from bot.demo.twilio_api import TwilioApi
from bot.web.server import listen, server
from content.wording import Language
from storage.encryption import Keyring

Phone = Literal["telegram", "sms", "staff"]

HISTORY = timedelta(days=14)
_BEGIN = time(16)
_PORTS = 20
_REST = 0.25
"""Seconds an address rests between two messages: a fourth of Telegram's own, nobody waits here."""
_AREAS = (215, 267, 610, 484)
_READY_SECONDS = 60


@dataclass(slots=True)
class Account:
    """Somebody with a phone in the demo."""

    key: str
    phone: Phone
    name: str = field(repr=False)
    address: str = field(repr=False)
    """A chat's number on Telegram (staff too), else a phone number."""
    language: Language = "en"
    link: str | None = field(default=None, repr=False)
    """A deep link that was handed over and not opened yet."""
    role: str = ""
    pin: str = field(default="", repr=False)
    off: bool = False
    """Blocked the bot, or the phone is switched off."""

    @property
    def chat(self) -> int:
        """The Telegram chat."""
        return int(self.address)


class Stage:
    """What people do with their phones, in terms of the stand-ins."""

    def __init__(
        self, app: App, clock: MovableClock, telegram: TelegramApi, twilio: TwilioApi
    ) -> None:
        self.app = app
        self.clock = clock
        self.telegram = telegram
        self.twilio = twilio
        self.travel = Travel(app, clock, telegram, twilio)
        self.accounts: dict[str, Account] = {}
        self._numbers = itertools.count()
        self.version = 1
        """Counts up with everything that a phone may show differently."""
        telegram.on_change = twilio.on_change = self.changed

    def changed(self) -> None:
        """Something may look different."""
        self.version += 1

    async def invite(
        self, name: str, phone: Phone, language: Language, *, plain: bool = False, counselor: str
    ) -> Account:
        """Invite somebody new with a phone of their own, as the command line does.

        Raises ValueError with words for people if the invitation is refused.
        """
        today = self.clock.now().astimezone(self.app.house.clinic.tz).date()
        number = self._new_number()
        card = {
            "channel": phone,
            "phone": number,
            "calls": True,
            "hours": "8-21",
            "voicemail": False,
            "emergency_contact": "Jo, a sister, 215-555-0177",
            "never": "",
        }
        reply = await self._do(
            "invite",
            name=name,
            counselor=counselor,
            born="1990-01-31",
            consented=today.isoformat(),
            sms=number if phone == "sms" else None,
            language=language,
            plain=plain,
            card=card,
        )
        if phone == "sms":
            return self._keep(Account("", phone, name, number, language))
        return self._keep(self._on_telegram("telegram", name, language, reply["code"]))

    async def hire(self, name: str, role: str, pin: str) -> Account:
        """Add a member of staff, who opens their link at once; raises ValueError."""
        reply = await self._do("staff_add", name=name, role=role, sms=None, pin=pin)
        account = self._on_telegram("staff", name, "en", reply["code"])
        account.role, account.pin = role, pin
        await self.start(self._keep(account))
        return account

    async def _do(self, what: str, **given: Any) -> dict[str, Any]:
        reply = await self.app.do(what, given)
        if "error" in reply:
            raise ValueError(reply["error"])
        return reply

    def _on_telegram(self, phone: Phone, name: str, language: Language, code: str) -> Account:
        chat = self.telegram.new_user(name.split(maxsplit=1)[0], language)
        link = f"https://t.me/{self.telegram.username}?start={code}"
        return Account("", phone, name, str(chat), language, link)

    def _keep(self, account: Account) -> Account:
        account.key = f"{account.phone}-{len(self.accounts) + 1}"
        self.accounts[account.key] = account
        self.changed()
        return account

    def _new_number(self) -> str:
        """A number that nobody has: 555-0100 to 555-0199 are kept for fiction."""
        area, last = divmod(next(self._numbers), 100)
        return f"+1{_AREAS[area % len(_AREAS)]}55501{last:02d}"

    async def start(self, account: Account) -> None:
        """Open the invitation: the link's code is sent as Telegram's own app does."""
        if account.link is not None:
            code = account.link.rpartition("=")[2]
            account.link = None
            await self.say(account, f"/start {code}")

    async def say(self, account: Account, text: str) -> None:
        """Type and send a text."""
        async with self.travel.still:
            if account.phone == "sms":
                await self.twilio.text(account.address, self.twilio.numbers[0], text)
            else:
                account.off = False
                await self.telegram.say(account.chat, text)

    async def tap(self, account: Account, message_id: int, data: str) -> None:
        """Press a button; raises ValueError or KeyError when it is not there."""
        async with self.travel.still:
            await self.telegram.tap(account.chat, message_id, data)

    async def send_kind(self, account: Account, kind: str) -> None:
        """Send something that is not text; raises KeyError for an unknown kind."""
        async with self.travel.still:
            if account.phone == "sms":
                await self.twilio.text(account.address, self.twilio.numbers[0], "", media=1)
            else:
                await self.telegram.send_kind(account.chat, kind)

    async def switch(self, account: Account, *, off: bool) -> None:
        """Block the bot, or switch the phone off; or take that back."""
        async with self.travel.still:
            account.off = off
            if account.phone == "sms":
                self.twilio.handset(account.address, "unreachable" if off else "ok")
            elif off:
                self.telegram.block(account.chat)
            else:
                self.telegram.unblock(account.chat)
            self.changed()


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
    from bot.demo.page import build

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

"""The only place that builds things; one TaskGroup runs them, each supervised.

Stopping: nothing new is taken in, what is in flight finishes, then the database is let go.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import cache, partial
from typing import Any, TypeVar

from sqlalchemy import Row

from bot import buttons, commands, control, jobs, outbox, places, rotation, triage
from bot import delivery as deliveries
from bot.channels import Channel, Delivery, Inbound, Receive
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram, WebhookSettings
from bot.clock import Clock
from bot.config import Clinic, ConfigError, House, Settings, read_clinic
from bot.database import open_store
from bot.feeds.hands import STEPS
from bot.health import Health
from bot.keys import Keys
from bot.metrics import Metrics
from bot.orphans import Orphans
from bot.supervision import supervised
from bot.turn import Door
from bot.watchdog import Watchdog
from bot.web.server import listen, server
from bot.web.site import Site, build
from content import checking, wording
from handlers import optout
from handlers.screening import screen
from storage import facts, meetings
from storage.store import Store, StoreDownError

T = TypeVar("T")

check_words = cache(checking.check)
"""Refuse words with problems, as `content.checking` does; they are looked through once."""
_log = logging.getLogger("companion.app")
_CALLBACK_PAUSES = (0.05, 0.2, 0.75, 2.0, 0.0)
"""Seconds after which a status callback looks again for the message that it speaks of."""
TELEGRAM_COMMANDS = (
    *("menu", "checkin", "craving", "slip", "near", "talk", "plan"),
    *("sessions", "need", "checkup", "chart", "settings", "help", "stop"),
)


class App:
    """Everything, built; `run` is the program."""

    def __init__(self, settings: Settings, *, clinic: Clinic | None = None, clock: Clock) -> None:
        """Build all of it; raises ConfigError or ContentError with every problem."""
        check_words()
        # Rules are read at their first use: what is wrong with them stops the start instead.
        screen("")
        optout.heard("")
        tried = _Tried()
        clinic = clinic or tried.to(lambda: read_clinic(settings.clinic_file))
        self.telegram = _telegram(settings, clock, self._unreadable)
        self.sms = tried.to(lambda: _sms(settings, clock))
        store = tried.to(lambda: open_store(settings))
        if clinic is None or store is None or tried.problems:
            if store is not None:
                store.close()
            raise ConfigError("\n".join(tried.problems))
        self.settings = settings
        self.clock = clock
        self.house = House(clinic, settings.url)
        self.store = store
        self.metrics = Metrics()
        self.store.committed = self.metrics.committed
        self.keys = Keys(self.store, clock)
        self.orphans = Orphans(self.store, self.wake)
        self.watchdog = Watchdog()
        self.screening = triage.by_the_clinic(clinic)
        self.door = Door(
            self.store,
            self.house,
            clock,
            self.wake,
            screening=self.screening,
            heard=self.metrics.heard,
        )
        self._receive = self.metrics.timed(self.door.receive)
        channels: list[Channel] = [c for c in (self.telegram, self.sms) if c is not None]
        senders = {
            c.name: outbox.Sender(self.store, self.house, clock, c, self._sent) for c in channels
        }
        self.senders = list(senders.values())
        self.listed: Callable[[datetime], Awaitable[list[Inbound]]] | None = (
            self.sms.catch_up if self.sms else None
        )
        self.unbutton: buttons.Clear | None = self.telegram.unbutton if self.telegram else None
        self.ready = asyncio.Event()
        self._channels = channels
        self.health = Health(self.store, clock, self.metrics, senders)

    @property
    def receive(self) -> Receive:
        """The door."""
        return self._receive

    def wake(self) -> None:
        """There may be something to send."""
        for sender in self.senders:
            sender.wake()

    def ticked(self, job: str) -> None:
        """A job has run to its end."""
        self.health.ticked(job)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until told to stop; then let go of everything in order."""
        if not self.senders:
            _log.warning("no_channel_is_on")
        taking = asyncio.Event()
        listener = self._listen()
        web = server(build(self._site()))
        try:
            await self._take_over()
            await self.keys.start()
            async with asyncio.TaskGroup() as group:
                serving = group.create_task(web.serve([listener]))
                for name, loop in self._loops(taking):
                    group.create_task(supervised(name, loop, taking))
                group.create_task(_settle_in(self.store))
                self.ready.set()
                self.watchdog.ready()
                _log.info("ready", extra={"channel": [c.name for c in self._channels]})
                await stop.wait()
                _log.info("stopping")
                self.watchdog.stopping()
                web.should_exit = True
                await serving
                taking.set()
        finally:
            for channel in self._channels:
                await channel.close()
            await self.keys.stop()
            self.store.close()
            _log.info("stopped")

    async def _take_over(self) -> None:
        """SQLite has one writer: what is leased was in the hands of a process that died."""
        if self.store.sqlite:
            # If it fails, the leases run out by themselves.
            with contextlib.suppress(StoreDownError):
                await self.store.write(deliveries.take_over)

    def _loops(self, stop: asyncio.Event) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        loops: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("jobs", lambda: jobs.run(self, stop)),
            ("watchdog", lambda: self.watchdog.run(self.health.turning, stop)),
            ("loop_lag", lambda: self.metrics.watch_loop(stop)),
        ]
        loops += [("sender", lambda s=s: s.run(stop)) for s in self.senders]  # type: ignore[misc]
        if self.telegram is not None:
            loops.append(("telegram", lambda: self._talk_to_telegram(stop)))
        if self.store.sqlite:
            socket = control.path_beside(self.store.path)
            loops.append(("control", lambda: control.serve(socket, self.do, stop)))
        else:
            loops.append(("keys", lambda: self.keys.run(stop)))
            loops.append(("orphans", lambda: self.orphans.run(stop)))
        return loops

    async def _talk_to_telegram(self, stop: asyncio.Event) -> None:
        assert self.telegram is not None  # noqa: S101 - only started when it is there
        await self.telegram.start(_telegram_commands())
        name = self.telegram.username
        await self.store.write(lambda tx: facts.put_fact(tx, "telegram_username", name))
        if not self.settings.telegram_webhook_secret:
            await self.telegram.poll(self.receive, stop)

    async def do(self, what: str, given: dict[str, Any]) -> dict[str, Any]:
        """A command from the command line, carried out by the running server."""
        if what == "keys_take":
            return await self.take_keys()
        now = self.clock.now()
        work = commands.COMMANDS.get(what) or rotation.COMMANDS[what]
        reply = await self.store.write(lambda tx: work(tx, self.house, given, now))
        if what not in STEPS:
            self.wake()
        return reply

    async def take_keys(self) -> dict[str, Any]:
        """Read COMPANION_KEYS again; says with which key is written now, or what is wrong."""
        problem = await self.keys.take()
        return {"error": problem} if problem else {"writing": self.store.keyring.writing}

    def _sent(self, row: Row[Any], outcome: str) -> None:
        self.metrics.sent(row, outcome, self.clock.now())

    async def delivered(self, channel: str, delivery: Delivery) -> None:
        """What a provider later says of a message, which may come before we know its id."""
        for pause in _CALLBACK_PAUSES:
            now = self.clock.now()
            work = partial(
                deliveries.delivered, house=self.house, channel=channel, delivery=delivery, now=now
            )
            if await self.store.write(work):
                break
            await asyncio.sleep(pause)
        self.wake()

    async def _unreadable(self, provider_id: str) -> None:
        """An update that can't be parsed is set aside, so that its chat goes on."""
        del provider_id
        _log.error("unreadable_update", extra={"channel": "telegram"})

    def _site(self) -> Site:
        return Site(
            store=self.store,
            house=self.house,
            clock=self.clock,
            receive=self.receive,
            telegram=self.telegram,
            sms=self.sms,
            delivered=self.delivered,
            wake=self.wake,
            health=self.health.stands,
            metrics=self.health.figures,
            metrics_token=self.settings.metrics_token,
        )

    def _listen(self) -> Any:
        try:
            return listen(self.settings.host, self.settings.port)
        except OSError as error:
            message = f"port {self.settings.port} on {self.settings.host}: {error.strerror}"
            raise ConfigError(message) from None


async def _settle_in(store: Store) -> None:
    """Read now what is slow to read, so that nobody waits for it later."""
    await asyncio.to_thread(places.load)
    with contextlib.suppress(StoreDownError):
        await store.write(meetings.prepare)
    # All of it stays: to look it through stops the loop for a third of a second each time.
    gc.freeze()


class _Tried:
    """Goes on after a wrong setting, so that all of them are said at once."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def to(self, build: Callable[[], T]) -> T | None:
        """What was built; None, and the problem kept, if it could not be."""
        try:
            return build()
        except ConfigError as error:
            self.problems.append(str(error))
            return None


def _telegram(
    settings: Settings, clock: Clock, unreadable: Callable[[str], Awaitable[None]]
) -> Telegram | None:
    if not settings.telegram_bot_token:
        return None
    secret = settings.telegram_webhook_secret
    webhook = WebhookSettings(f"{settings.url}/telegram", secret) if secret else None
    return Telegram(
        settings.telegram_bot_token,
        settings.telegram_api_url,
        webhook=webhook,
        refusal=wording.entries("en")["system.group"].text,
        on_unreadable=unreadable,
        now=clock.now,
    )


def _sms(settings: Settings, clock: Clock) -> Sms | None:
    parts = (settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_from)
    if not any(parts):
        return None
    if not all(parts):
        message = (
            "SMS needs all of TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM "
            "(leave all three empty to switch it off)"
        )
        raise ConfigError(message)
    return Sms(
        *parts,
        settings.url,
        settings.twilio_api_url,
        settings.sms_per_second,
        now=clock.now,
    )


def _telegram_commands() -> dict[str, list[tuple[str, str]]]:
    return {
        language: [
            (name, wording.entries(language)[f"commands.{name}"].text) for name in TELEGRAM_COMMANDS
        ]
        for language in wording.LANGUAGES
    }

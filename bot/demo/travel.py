"""The demo's way through time: every due moment is stopped at, nothing is jumped over.

The clock is moved only while nothing is on its way: a message that is claimed under a lease, or
waits unread at a provider, would grow old in the jump. The jobs' own timers run on meanwhile;
they are sweeps that change nothing twice.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, func, or_, select, update

from bot import jobs, rollcall
from bot.app import App
from bot.clock import MovableClock
from bot.demo.telegram_api import TelegramApi
from bot.demo.twilio_api import TwilioApi
from bot.schedule import next_at
from bot.web import sessions
from storage import alerts, outbox, reminders
from storage.models import broadcast, session, web_session
from storage.models import outbox as outbox_table

MORNING = time(9)
_MOST_STOPS = 2_000
_SETTLE_SECONDS = 10.0
_LOOK_SECONDS = 0.01
_LEAST = timedelta(minutes=1)


class Travel:
    """Moves the clock of an app and its stand-ins."""

    def __init__(
        self, app: App, clock: MovableClock, telegram: TelegramApi, twilio: TwilioApi
    ) -> None:
        self.moving = False
        self.still = asyncio.Lock()
        """Held while the clock is moved; whoever holds it acts at one moment."""
        self._app = app
        self._clock = clock
        self._telegram = telegram
        self._twilio = twilio

    def next_morning(self) -> datetime:
        """The next 9 am where the clinic is."""
        return next_at(MORNING, self._app.house.clinic.zone, self._clock.now())

    async def advance(self, to: datetime) -> None:
        """Go to a moment by way of everything that falls due until then."""
        self.moving = True
        try:
            for _ in range(_MOST_STOPS):
                async with self.still:
                    if await self._stop(to):
                        return
        finally:
            self.moving = False

    async def _stop(self, to: datetime) -> bool:
        """Go to the next due moment, do what is due there; whether that was the last."""
        await self.settle()
        now = self._clock.now()
        due = await self._app.store.read(partial(_next_due, now=now))
        # What is still due after its sweep can't be done now; time goes on all the same.
        target = to if due is None else min(max(due, now + _LEAST), to)
        self._clock.move_to(target)
        await self._app.store.write(lambda tx: _keep_signed_in(tx, now, target))
        for job in jobs.JOBS:
            await jobs.run_once(self._app, job)
        await self.settle()
        return target >= to

    async def settle(self) -> None:
        """Wait until nothing is on its way, in or out; gives up after some seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _SETTLE_SECONDS
        while loop.time() < until:
            self._app.wake()
            await self._twilio.settle()
            now = self._clock.now()
            if not len(self._telegram.updates) and not await self._app.store.read(
                lambda tx, now=now: _on_its_way(tx, now)  # type: ignore[misc]
            ):
                await self._twilio.settle()
                return
            await asyncio.sleep(_LOOK_SECONDS)


def local(day: datetime, at: time, zone: str) -> datetime:
    """A local time on the local day of a moment."""
    there = ZoneInfo(zone)
    return datetime.combine(day.astimezone(there).date(), at, there)


def _keep_signed_in(tx: Connection, before: datetime, now: datetime) -> None:
    """Whoever stands at the console has not rested while the clock was pushed."""
    there = web_session.c.seen_at > before - sessions.IDLE
    tx.execute(update(web_session).where(there).values(seen_at=now))


def _next_due(tx: Connection, now: datetime) -> datetime | None:
    moments = (
        reminders.next_due(tx),
        alerts.next_due(tx),
        outbox.next_due(tx),
        _next_roll(tx, now),
        tx.execute(
            select(func.min(broadcast.c.closes_at)).where(broadcast.c.closes_at > now)
        ).scalar(),
    )
    return min((moment for moment in moments if moment is not None), default=None)


def _next_roll(tx: Connection, now: datetime) -> datetime | None:
    """When who leads the next session that ends is asked who came."""
    coming = (session.c.state == "planned", session.c.ends_at > now + rollcall.SOON_OVER)
    ends: datetime | None = tx.execute(select(func.min(session.c.ends_at)).where(*coming)).scalar()
    return None if ends is None else ends - rollcall.SOON_OVER


def _on_its_way(tx: Connection, now: datetime) -> bool:
    pending = and_(outbox_table.c.state == "pending", outbox_table.c.not_before <= now)
    query = select(outbox_table.c.id).where(or_(outbox_table.c.state == "leased", pending))
    return tx.execute(query.limit(1)).first() is not None

"""The table of jobs; APScheduler is their clock and nothing more.

Every job is an idempotent sweep over rows that are due: harmless twice, complete after downtime.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot import buttons, recurring, rollcall, rooms, rounds, sweeps, tuning, weekly
from bot.calendars import sweep as calendars
from bot.channels import Inbound, Receive, SendError, TryLaterError
from bot.clock import Clock
from bot.config import House
from bot.feeds import sweep as lists
from bot.rewards import ledger as rewards
from bot.screens import keep as screens
from handlers.risk import Risk
from storage.store import Store, StoreDownError

_log = logging.getLogger("companion.jobs")

_GLANCE_SECONDS = 1.0


class Works(Protocol):
    """What a job may use of the app."""

    store: Store
    house: House
    clock: Clock
    screening: Callable[[str], Risk]
    """The screen of this clinic, with the second voter where that is signed for."""
    listed: Callable[[datetime], Awaitable[list[Inbound]]] | None
    """The SMS provider's list of what came in, where SMS is on."""
    unbutton: buttons.Clear | None
    """Takes the buttons of a Telegram message away, where Telegram is on."""

    @property
    def receive(self) -> Receive:
        """The door."""
        ...

    def wake(self) -> None:
        """There may be something to send."""
        ...

    def ticked(self, job: str) -> None:
        """A job has run to its end."""
        ...


@dataclass(frozen=True, slots=True)
class Job:
    """A name, a rhythm in seconds, and what it does; returns how many rows it handled."""

    name: str
    seconds: int
    run: Callable[[Works, datetime], Awaitable[int]]
    channel: str | None = None
    """The provider that it asks, if any."""
    apart: bool = False
    """It may take minutes: nobody waits for it at the start."""


async def _catch_up(app: Works, now: datetime) -> int:
    if app.listed is None:
        return 0
    return await sweeps.catch_up(app.store, app.listed, app.receive, now)


async def _unbutton(app: Works, now: datetime) -> int:
    del now
    return 0 if app.unbutton is None else await buttons.sweep(app.store, app.unbutton)


JOBS = (
    # First, so that what was changed in the console holds from the first sweep on.
    Job("settings", 30, lambda app, _now: tuning.reload(app.store, app.house)),
    Job("reminders", 5, lambda app, now: rounds.sweep(app.store, app.house, now)),
    Job("alerts", 5, lambda app, now: sweeps.escalate(app.store, app.house, now)),
    Job("sessions", 60, lambda app, now: rollcall.sweep(app.store, app.house, now)),
    Job("screens", 60, lambda app, now: screens.sweep(app.store, app.house, now)),
    Job("rooms", 60, lambda app, now: rooms.sweep(app.store, now)),
    Job("outbox", 10, lambda app, now: sweeps.keep_outbox(app.store, app.house, now)),
    Job("buttons", 5, _unbutton),
    Job("catch_up", 30, _catch_up, channel="sms"),
    Job(
        "rescreen",
        3600,
        lambda app, now: sweeps.rescreen(app.store, app.house, now, app.screening),
    ),
    Job("numbers", 6 * 3600, lambda app, now: sweeps.quiet_numbers(app.store, app.house, now)),
    Job("forget", 6 * 3600, lambda app, now: sweeps.forget(app.store, now)),
    Job("hours", 1800, lambda app, now: weekly.sweep(app.store, app.house, now)),
    Job("rewards", 600, lambda app, now: rewards.sweep(app.store, app.house, now)),
    # Last: after an upgrade it goes through everybody, once.
    Job("prompts", 60, lambda app, now: recurring.arrange_all(app.store, app.house, now)),
    Job("calendars", 60, lambda app, now: calendars.sweep(app.store, app.house, now), apart=True),
    Job("meetings", 600, lambda app, now: lists.sweep(app.store, app.house, now), apart=True),
)


async def run_once(app: Works, job: Job) -> int:
    """Run a job now and say that it ran; what it raises is logged, the next tick tries again."""
    try:
        count = await job.run(app, app.clock.now())
    except SendError as error:
        # Our own clockwork turned: it is the provider that is waited for.
        app.ticked(job.name)
        told = {"job": job.name, "channel": job.channel, "code": error.code}
        if error.away:
            _log.warning("provider_away", extra=told)
        else:
            _log.error("provider_refused", extra=told)
        return 0
    except (StoreDownError, TryLaterError):
        _log.error("database_away", extra={"job": job.name})
        return 0
    except Exception:  # noqa: BLE001 - a sweep that fails is swept again
        _log.exception("job_failed", extra={"job": job.name})
        return 0
    app.ticked(job.name)
    if count:
        app.wake()
    return count


async def _tick(app: Works, job: Job) -> None:
    # Cut off by the end of the house: what is due stays due, and there is nothing to report.
    with contextlib.suppress(asyncio.CancelledError):
        await run_once(app, job)


async def run(app: Works, stop: asyncio.Event) -> None:
    """Run every job on its rhythm, the first time at once, until told to stop."""
    scheduler = AsyncIOScheduler(
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        timezone="UTC",
    )
    for job in JOBS:
        first = {"next_run_time": datetime.now(UTC)} if job.apart else {}
        trigger = IntervalTrigger(seconds=job.seconds)
        scheduler.add_job(_tick, trigger, args=(app, job), **first)
    scheduler.start()
    minding = asyncio.create_task(_mind_the_clock(scheduler))
    try:
        for job in JOBS:
            if not job.apart:
                await run_once(app, job)
        await stop.wait()
    finally:
        minding.cancel()
        scheduler.pause()
        # What was handed out this moment begins, so that it can be ended in `_tick`.
        await asyncio.sleep(0)
        scheduler.shutdown(wait=False)


async def _mind_the_clock(scheduler: AsyncIOScheduler) -> None:
    """Where the machine's clock is set back by hours, no job waits for its old hour to come."""
    while True:
        before = datetime.now(UTC)
        await asyncio.sleep(_GLANCE_SECONDS)
        if datetime.now(UTC) < before:
            _log.warning("clock_set_back")
            for job in scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))

"""The clockwork: what a job raises stops nothing, and a provider that is away is no bug."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from bot import jobs, supervision
from bot.channels import Inbound, Receive, SendError, SendProblem
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram, Timing
from bot.clock import Clock
from bot.config import House
from bot.demo.twilio_api import TwilioApi
from bot.supervision import supervised
from storage.store import Store, StoreDownError
from tests.conftest import HandClock

CATCH_UP = next(job for job in jobs.JOBS if job.name == "catch_up")
NOWHERE = "http://127.0.0.1:1"
TOKEN = "7100200300:AAF-loopback-stand-in-0123456789abcde"


@dataclass
class Works:
    """What a job may use."""

    store: Store
    house: House
    clock: Clock
    listed: Callable[[datetime], Awaitable[list[Inbound]]] | None = None
    done: list[str] = field(default_factory=list)

    @property
    def receive(self) -> Receive:
        async def nothing(inbound: Inbound) -> None:
            del inbound

        return nothing

    def wake(self) -> None:
        """Nothing is sent here."""

    def ticked(self, job: str) -> None:
        self.done.append(job)


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str | None, str | None]]:
    return [
        (r.levelname, r.getMessage(), getattr(r, "channel", None), getattr(r, "code", None))
        for r in caplog.records
        if r.name.startswith("companion")
    ]


def sms(twilio: TwilioApi, origin: str, token: str | None = None) -> Sms:
    sender, token = twilio.numbers[0], token or twilio.auth_token
    return Sms(twilio.account_sid, token, sender, "https://harbor.test", origin)


async def test_a_provider_that_is_away_is_said_calmly_and_is_no_bug(
    store: Store, house: House, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    channel = sms(TwilioApi(), NOWHERE)
    works: Any = Works(store, house, clock, channel.catch_up)
    with caplog.at_level(logging.INFO):
        assert await jobs.run_once(works, CATCH_UP) == 0
    await channel.close()
    assert lines(caplog) == [("WARNING", "provider_away", "sms", "connect")]
    assert caplog.records[-1].exc_info is None
    # The clockwork turned: nobody is told that it stands.
    assert works.done == ["catch_up"]


async def test_a_provider_that_does_not_know_us_is_not_just_away(
    store: Store, house: House, clock: HandClock, caplog: pytest.LogCaptureFixture
) -> None:
    twilio = TwilioApi()
    await twilio.start()
    channel = sms(twilio, twilio.origin, "0" * 32)
    with caplog.at_level(logging.INFO, "companion"):
        works: Any = Works(store, house, clock, channel.catch_up)
        await jobs.run_once(works, CATCH_UP)
    await channel.close()
    await twilio.close()
    assert lines(caplog) == [("ERROR", "provider_refused", "sms", "20003")]


async def test_a_bug_and_a_database_that_is_away_are_told_apart(
    house: House, clock: HandClock, caplog: pytest.LogCaptureFixture, store: Store
) -> None:
    async def bug(_: jobs.Works, __: datetime) -> int:
        raise KeyError

    async def down(_: jobs.Works, __: datetime) -> int:
        raise StoreDownError

    works: Any = Works(store, house, clock)
    for run in (bug, down):
        assert await jobs.run_once(works, jobs.Job("numbers", 5, run)) == 0
    assert [line[:2] for line in lines(caplog)] == [
        ("ERROR", "job_failed"),
        ("ERROR", "database_away"),
    ]
    assert works.done == []


async def test_telegram_away_is_said_calmly_too(caplog: pytest.LogCaptureFixture) -> None:
    stop = asyncio.Event()
    channel = Telegram(TOKEN, NOWHERE, timing=Timing(request=5, backoff=0.01))

    async def nothing(inbound: Inbound) -> None:
        del inbound

    with caplog.at_level(logging.INFO, "companion"):
        polling = asyncio.create_task(channel.poll(nothing, stop))
        async with asyncio.timeout(30):
            while not lines(caplog):  # noqa: ASYNC110 - it is another task that logs
                await asyncio.sleep(0.01)
        stop.set()
        await polling
    await channel.close()
    assert set(lines(caplog)) == {("WARNING", "provider_away", "telegram", "connect")}


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SendError(SendProblem.UNREACHABLE, "connect"), ("WARNING", "provider_away")),
        (SendError(SendProblem.UNREACHABLE, "401"), ("ERROR", "loop_failed")),
        (ValueError(), ("ERROR", "loop_failed")),
    ],
)
async def test_a_loop_that_begins_while_its_provider_is_away(
    caplog: pytest.LogCaptureFixture, error: Exception, said: tuple[str, str]
) -> None:
    stop = asyncio.Event()

    async def start() -> None:
        stop.set()
        raise error

    with caplog.at_level(logging.INFO, "companion"):
        await supervised("telegram", start, stop)
    assert [line[:2] for line in lines(caplog)] == [said]


async def test_a_job_that_the_end_cuts_off_is_no_error(
    store: Store,
    house: House,
    clock: HandClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, stop = asyncio.Event(), asyncio.Event()

    async def long(_: jobs.Works, __: datetime) -> int:
        begun.set()
        await asyncio.sleep(60)
        return 0

    monkeypatch.setattr(jobs, "JOBS", (jobs.Job("long", 60, long, apart=True),))
    works: Any = Works(store, house, clock)
    with caplog.at_level(logging.WARNING):
        running = asyncio.create_task(jobs.run(works, stop))
        await asyncio.wait_for(begun.wait(), 30)
        stop.set()
        await running
        await asyncio.sleep(0.01)
    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


async def test_nothing_stands_still_while_the_clock_is_set_back(
    store: Store, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran, stop = asyncio.Queue[datetime](), asyncio.Event()

    async def alerts(_: jobs.Works, now: datetime) -> int:
        ran.put_nowait(now)
        return 0

    monkeypatch.setattr(jobs, "JOBS", (jobs.Job("alerts", 1, alerts),))
    works: Any = Works(store, house, Clock())
    running = asyncio.create_task(jobs.run(works, stop))
    before = await ran.get()
    with time_machine.travel(before - timedelta(hours=1)):
        async with asyncio.timeout(10):
            while await ran.get() > before:
                pass
            await ran.get()
    stop.set()
    await running


async def test_after_a_good_while_a_loop_that_fails_is_begun_again_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs, told, stop = 0, list[int](), asyncio.Event()

    def pause(failures: int) -> float:
        told.append(failures)
        return 0.0

    async def failing() -> None:
        nonlocal runs
        runs += 1
        if runs == 4:
            await asyncio.sleep(0.6)
        if runs == 6:
            stop.set()
        raise ValueError

    monkeypatch.setattr(supervision, "_LONGEST_PAUSE", 0.5)
    monkeypatch.setattr(supervision, "_pause", pause)
    await supervised("keys", failing, stop)
    assert told == [1, 2, 3, 1, 2, 3]

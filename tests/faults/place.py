"""Where a round is played: a folder and a database of its own, and a crowd that lives there."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.demo.telegram_api import TelegramApi
from tests.crowd import Crowd
from tests.running import CLINIC
from tests.waiting import until
from tests.warm import Warm, WarmRunning

PATIENCE = 150
"""Seconds that anything may take before a round counts as stuck."""
SECRET = "a-secret-of-the-webhook"
FAST = 20
"""How many times faster than the real one Telegram tries a webhook again, in a short round."""


@dataclass(frozen=True, slots=True)
class Place:
    """`whole`: every wait is as long as it really is; otherwise leases and pauses are shortened."""

    warm: Warm
    folder: Path
    database_url: str
    whole: bool = False

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    def house(self, *, webhook: bool = False) -> WarmRunning:
        """A house here, not started; Telegram polled, or posting to it."""
        house = WarmRunning(self.folder, self.database_url, self.warm)
        house.telegram = TelegramApi(limits=None, speed=1 if self.whole else FAST)
        if webhook:
            house.environment["TELEGRAM_WEBHOOK_SECRET"] = SECRET
        return house


@asynccontextmanager
async def crowded(
    place: Place,
    telegram: int,
    sms: int = 0,
    reminded: int = 0,
    *,
    webhook: bool = False,
    before: Callable[[Crowd], None] = lambda _: None,
    **more: Any,
) -> AsyncIterator[Crowd]:
    """A crowd in a house that runs; `before` may change the database before it starts."""
    house = place.house(webhook=webhook)
    crowd = Crowd(house)
    await crowd.move_in(telegram, sms, reminded, **more)
    before(crowd)
    async with house:
        try:
            yield crowd
        finally:
            crowd.close()


@asynccontextmanager
async def neighbour(place: Place, crowd: Crowd) -> AsyncIterator[WarmRunning]:
    """A second process on the same database, with an address of its own."""
    beside = place.folder / "beside"
    beside.mkdir()
    (beside / "clinic.toml").write_text(CLINIC)
    other = WarmRunning(beside, place.database_url, place.warm)
    other.telegram, other.twilio = crowd.house.telegram, crowd.house.twilio
    other.environment = crowd.house.environment | {
        "PORT": str(other.port),
        "PUBLIC_URL": other.url,
    }
    await other.start()
    try:
        yield other
    finally:
        await other.stop(signal.SIGKILL)


async def all_heard(crowd: Crowd) -> None:
    """Wait until all that was said is stored; says what is missing if that takes too long."""
    await _wait(crowd, crowd.heard)


async def all_quiet(crowd: Crowd) -> None:
    """Wait until nothing is left to store, send or confirm; says what is if it takes too long."""
    await _wait(crowd, crowd.quiet)


async def _wait(crowd: Crowd, so: Callable[[], bool]) -> None:
    try:
        await until(so, PATIENCE)
    except TimeoutError:
        stuck = crowd.stuck()
    else:
        return
    raise AssertionError(stuck)

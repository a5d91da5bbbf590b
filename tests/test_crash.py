"""kill -9 at seeded moments: what was acknowledged is stored, and everybody gets their answer."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.telegram_api import TelegramApi
from bot.outbox import IN_FLIGHT
from tests.crowd import DANGER, Crowd, Member
from tests.running import Running, until

pytestmark = pytest.mark.crash

SEED = int(os.environ.get("CRASH_SEED", "20261123"))
PATIENCE = 120
WAYS = {"poll": ("telegram", 4), "webhook": ("telegram", 3), "sms": ("sms", 3)}
"""The channel, and how many kills on each database: twenty in all."""
KINDS = ("acknowledged", "hanging", "accepted")
"""Right after the provider heard that we have it; with sends begun and not taken; and just when
a provider has taken one, before we hear of it."""


@asynccontextmanager
async def crowded(
    folder: Path, database_url: str, way: str, size: int
) -> AsyncIterator[tuple[Running, Crowd]]:
    channel, _ = WAYS[way]
    house = Running(folder, database_url)
    house.telegram = TelegramApi(limits=None, speed=20)
    if way == "webhook":
        house.environment["TELEGRAM_WEBHOOK_SECRET"] = "a-secret-of-the-webhook"
    crowd = Crowd(house, channel)
    await crowd.move_in(size)
    async with house:
        try:
            yield house, crowd
        finally:
            crowd.close()


async def kill_when(house: Running, reached: Callable[[], bool]) -> None:
    """SIGKILL at a moment, from inside the provider if that is where it comes."""
    process = house.process
    assert process is not None

    def watch() -> None:
        if process.returncode is None and reached():
            process.kill()

    house.telegram.on_change = house.twilio.on_change = watch
    try:
        async with asyncio.timeout(PATIENCE):
            while process.returncode is None:
                watch()
                await asyncio.sleep(0.002)
    finally:
        house.telegram.on_change = house.twilio.on_change = None
    assert process.returncode == -signal.SIGKILL, house.log.read_text()


def moment(crowd: Crowd, kind: str, count: int) -> Callable[[], bool]:
    """Whether it has come, counted from now."""
    house = crowd.house
    if kind == "acknowledged":
        taken = len(crowd.acknowledged())
        return lambda: len(crowd.acknowledged()) >= taken + count
    if kind == "accepted":
        arrived = crowd.accepted()
        return lambda: crowd.accepted() >= arrived + count
    if crowd.channel == "sms":
        house.twilio.fail_next("hang", count)
        return lambda: not house.twilio._faults["POST"]
    house.telegram.fail_next("sendMessage", "hang", count, seconds=PATIENCE)
    return lambda: not house.telegram._faults


async def speak(crowd: Crowd, member: Member, lines: list[str]) -> None:
    """Say them in turn; who is not heard waits until they are."""
    for line in lines:
        if not await crowd.say(member, line):
            return


@pytest.mark.parametrize("way", WAYS)
async def test_kill_at_seeded_moments_loses_nothing(
    tmp_path: Path, database_url: str, way: str
) -> None:
    channel, kills = WAYS[way]
    chance = random.Random(f"{SEED} {way} {database_url.partition(':')[0]}")
    async with crowded(tmp_path, database_url, way, size=5 + kills) as (house, crowd):
        for number in range(kills):
            kind, count = KINDS[(number + len(way)) % 3], chance.randint(1, 4)
            print(f"seed {SEED}, {way} kill {number}: {kind} {count}")
            reached = moment(crowd, kind, count)
            scripts = [
                [DANGER] if place == number else ["checkin", _answers(chance)]
                for place in range(number, len(crowd.members))
            ]
            talks = [
                asyncio.create_task(speak(crowd, member, lines))
                for member, lines in zip(crowd.members[number:], scripts, strict=True)
            ]
            await kill_when(house, reached)
            await asyncio.gather(*talks)
            stored = crowd.stored()
            assert crowd.acknowledged() <= stored.keys()
            if not database_url.startswith("sqlite"):
                crowd.pass_the_leases()
            await house.start()
            await until(lambda: crowd.stored().keys() == crowd.said().keys(), PATIENCE)
        await until(crowd.quiet, PATIENCE)
        assert crowd.stored() == crowd.said()
        crowd.assert_in_place()
        crowd.assert_alerted()
        doubles = crowd.doubles()
        print(f"{way}: {kills} kills, {len(crowd.said())} messages, {doubles.total()} sent twice")
        assert doubles.total() <= (0 if channel == "sms" else kills * IN_FLIGHT)
        assert await house.stop() == 0
        _assert_no_bug(house)


def _answers(chance: random.Random) -> str:
    return f"{chance.randint(5, 9)} {chance.randint(0, 6)} 1 1"


def _assert_no_bug(house: Running) -> None:
    log = house.log.read_text()
    for trouble in ("turn_failed", "flow_failed", "crisis_failed", "alert_failed", "job_failed"):
        assert trouble not in log, log

"""kill -9 at seeded moments: what was acknowledged is stored, and everybody gets their answer."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.demo.telegram_api import TelegramApi
from bot.outbox import IN_FLIGHT
from storage import alerts as alert_rows
from storage import outbox as outbox_rows
from storage import reminders
from tests.crowd import DANGER, SENDER, SENT, Crowd, Member, join, noon
from tests.running import Running, until
from tests.warm import Warm, WarmRunning, warm_interpreter

pytestmark = pytest.mark.crash

SEED = int(os.environ.get("CRASH_SEED", "20261123"))
PATIENCE = 120
WAYS = {"poll": ("telegram", 4), "webhook": ("telegram", 3), "sms": ("sms", 3)}
"""The channel, and how many kills on each database: twenty in all."""
KINDS = ("acknowledged", "hanging", "accepted")
"""Right after the provider heard that we have it; with sends begun and not taken; and just when
a provider has taken one, before we hear of it."""


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with warm_interpreter() as made:
        yield made


@asynccontextmanager
async def crowded(
    warm: Warm,
    folder: Path,
    database_url: str,
    way: str,
    size: int,
    before: Callable[[Crowd], None] = lambda _: None,
    **more: Any,
) -> AsyncIterator[tuple[Running, Crowd]]:
    channel, _ = WAYS[way]
    house = WarmRunning(folder, database_url, warm)
    house.telegram = TelegramApi(limits=None, speed=20)
    if way == "webhook":
        house.environment["TELEGRAM_WEBHOOK_SECRET"] = "a-secret-of-the-webhook"
    crowd = Crowd(house, channel)
    await crowd.move_in(size, **more)
    before(crowd)
    async with house:
        try:
            yield house, crowd
        finally:
            crowd.close()


async def kill_when(house: Running, reached: Callable[[], bool]) -> None:
    """SIGKILL at a moment, from inside the provider if that is where it comes."""
    process = house.process
    assert process is not None
    killed = False

    def watch() -> None:
        nonlocal killed
        if not killed and reached():
            killed = True
            # Past the library, which would look whether it lives, and take its end from us.
            os.kill(process.pid, signal.SIGKILL)

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


def told(what: str) -> None:
    """Shown where the test fails, so that the same moments can be had again."""
    print(what)  # noqa: T201


async def speak(crowd: Crowd, member: Member, lines: list[str]) -> None:
    """Say them in turn; who is not heard waits until they are."""
    for line in lines:
        if not await crowd.say(member, line):
            return


@pytest.mark.parametrize("way", WAYS)
async def test_kill_at_seeded_moments_loses_nothing(
    warm: Warm, tmp_path: Path, database_url: str, way: str
) -> None:
    channel, kills = WAYS[way]
    chance = random.Random(f"{SEED} {way} {database_url.partition(':')[0]}")
    async with crowded(warm, tmp_path, database_url, way, size=5 + kills) as (house, crowd):
        for number in range(kills):
            kind, count = KINDS[(number + len(way)) % 3], chance.randint(1, 4)
            told(f"seed {SEED}, {way} kill {number}: {kind} {count}")
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
        told(f"{kills} kills, {len(crowd.said())} messages, {doubles.total()} sent twice")
        assert doubles.total() <= kills * IN_FLIGHT
        if channel == "sms":
            # Its provider shows what it has: nothing of it is sent again.
            assert {address for address, _ in doubles} <= {crowd.counselor_chat}, doubles
        assert await house.stop() == 0
        _assert_no_bug(house)


async def test_accepted_and_not_written_down(warm: Warm, tmp_path: Path, database_url: str) -> None:
    """The one window: a reply goes twice, a reminder doesn't, a text is looked for first."""
    phone = "+12155550123"

    def before(crowd: Crowd) -> None:
        now = datetime.now(UTC)
        crowd.write(lambda tx: reminders.put(tx, crowd.members[0].id, "checkin", now))
        crowd.write(lambda tx: join(tx, crowd.counselor, "sms", phone, now))
        crowd.house.telegram.fail_next("sendMessage", "hang", 2, seconds=PATIENCE, accepted=True)

    async with crowded(
        warm, tmp_path, database_url, "poll", 2, before, zone=noon(), checkin_at="12:00"
    ) as (house, crowd):
        asked, asking = crowd.members
        await until(lambda: len(house.chat_texts(int(asked.address))) == 1, PATIENCE)
        await crowd.say(asking, "checkin")
        await until(lambda: len(house.chat_texts(int(asking.address))) == 1, PATIENCE)
        texting = asyncio.create_task(house.twilio.text(phone, SENDER, "checkin"))
        await kill_when(house, lambda: _count(house, "accepted") == 1)
        await texting
        assert [row.state for row in crowd.outbox()] == ["leased"] * 3
        if not database_url.startswith("sqlite"):
            crowd.pass_the_leases()
        posts = _count(house, "request", "POST")
        await house.start()
        await until(lambda: crowd.read(outbox_rows.waiting) == 0, PATIENCE)
        reminder, reply, text = crowd.outbox()
        assert (reminder.state, reminder.attempts) == ("doubted", 1)
        assert len(house.chat_texts(int(asked.address))) == 1
        assert (reply.state, reply.attempts) == ("sent", 2)
        assert len(house.chat_texts(int(asking.address))) == 2
        assert text.state in SENT
        assert text.attempts == 2
        assert _count(house, "request", "POST") == posts
        assert crowd.read(alert_rows.open_count) == 0


async def test_sigterm_under_load(warm: Warm, tmp_path: Path, database_url: str) -> None:
    """It ends in time, even while a provider hangs; nothing is lost and nothing goes twice."""
    chance = random.Random(f"{SEED} sigterm")
    async with crowded(warm, tmp_path, database_url, "poll", 8) as (house, crowd):
        for member in crowd.members:
            await speak(crowd, member, ["checkin", _answers(chance)])
        count = chance.randint(1, 8)
        told(f"seed {SEED}: SIGTERM after {count}")
        await until(lambda: len(crowd.acknowledged()) >= count, PATIENCE)
        await _ends_in_time(house)
        assert crowd.acknowledged() <= crowd.stored().keys()
        assert [row for row in crowd.outbox() if row.state == "leased"] == []
        await house.start()
        await until(crowd.quiet, PATIENCE)
        assert crowd.stored() == crowd.said()
        crowd.assert_in_place()
        assert crowd.doubles() == Counter()
        house.telegram.fail_next("sendMessage", "hang", seconds=PATIENCE)
        await crowd.say(crowd.members[0], "menu")
        await until(lambda: not house.telegram._faults, PATIENCE)
        await _ends_in_time(house)
        last = crowd.outbox()[-1]
        assert (last.state, last.code) == ("pending", "doubt")
        _assert_no_bug(house)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_while_a_provider_is_down(warm: Warm, tmp_path: Path, database_url: str) -> None:
    """What people say is taken; the answers come when it is back, in order."""
    async with crowded(warm, tmp_path, database_url, "poll", 3) as (house, crowd):
        house.telegram.fail_next("sendMessage", "5xx", times=3)
        house.telegram.fail_next("sendMessage", "hang", times=2, seconds=1)
        house.telegram.fail_next("sendMessage", "drop")
        lines = ["checkin", "menu", "settings"]
        for member in crowd.members:
            await speak(crowd, member, lines)
        await until(lambda: crowd.acknowledged() == crowd.said().keys(), PATIENCE)
        assert house.telegram._faults
        await until(crowd.quiet, PATIENCE)
        assert crowd.stored() == crowd.said()
        assert crowd.doubles() == Counter()
        for member in crowd.members:
            queued = [row.text for row in crowd.outbox() if row.address == member.address]
            assert len(queued) == len(lines)
            assert house.chat_texts(int(member.address)) == queued


async def _ends_in_time(house: Running) -> None:
    async with asyncio.timeout(10):
        assert await house.stop() == 0, house.log.read_text()


def _count(house: Running, what: str, detail: str = "") -> int:
    return sum(one.what == what and detail in one.detail for one in house.twilio.ledger)


def _answers(chance: random.Random) -> str:
    return f"{chance.randint(5, 9)} {chance.randint(0, 6)} 1 1"


def _assert_no_bug(house: Running) -> None:
    log = house.log.read_text()
    for trouble in ("turn_failed", "flow_failed", "crisis_failed", "alert_failed", "job_failed"):
        assert trouble not in log, log

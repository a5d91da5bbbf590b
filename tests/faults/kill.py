"""kill -9 under load: what was acknowledged is stored, and everybody gets their answer."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from storage import reminders
from tests.crowd import Crowd
from tests.faults import talk
from tests.faults.account import Account
from tests.faults.figures import Figures
from tests.faults.place import PATIENCE, Place, all_heard, all_quiet, crowded
from tests.running import Running

KINDS = ("acknowledged", "hanging", "accepted", "whenever")
"""Right after the provider heard that we have it; with sends begun and not taken; just when a
provider has taken one, before we hear of it; and at any moment."""


async def poll(place: Place, chance: Random, rounds: int) -> Figures:
    """Telegram is polled; half of the people write by SMS."""
    return await _kills(place, chance, rounds, webhook=False)


async def webhook(place: Place, chance: Random, rounds: int) -> Figures:
    """Telegram posts; half of the people write by SMS."""
    return await _kills(place, chance, rounds, webhook=True)


async def _kills(place: Place, chance: Random, rounds: int, *, webhook: bool) -> Figures:
    each = talk.size(rounds)
    async with crowded(place, each, each, reminded=rounds, webhook=webhook) as crowd:
        account = Account(crowd)
        for number in range(rounds):
            await _round(place, crowd, account, chance, number)
        await all_quiet(crowd)
        figures = account.close(rounds)
        assert await crowd.house.stop() == 0
        return figures


async def _round(place: Place, crowd: Crowd, account: Account, chance: Random, number: int) -> None:
    reached = _moment(crowd, chance, chance.choice(KINDS), chance.randint(1, 4))
    talking = talk.begin(crowd, chance, number)
    await kill_when(crowd.house, reached)
    await talking
    account.note_the_dead()
    crowd.house.telegram._faults.clear()
    crowd.house.twilio._faults["POST"].clear()
    remind(crowd, number)
    await start_again(place, crowd)
    await all_heard(crowd)


def remind(crowd: Crowd, number: int) -> None:
    """Let one more who never writes be due for a check-in; on SQLite while nothing runs."""
    now, asked = datetime.now(UTC), crowd.reminded[number].id
    crowd.write(lambda tx: reminders.put(tx, asked, "checkin", now))


async def start_again(place: Place, crowd: Crowd) -> None:
    """Start after a kill; on PostgreSQL leases run out by themselves only where time is given."""
    if not place.sqlite and not place.whole:
        crowd.pass_the_leases()
    await crowd.house.start()


def _moment(crowd: Crowd, chance: Random, kind: str, count: int) -> Callable[[], bool]:
    """Whether it has come, counted from now."""
    telegram, twilio = crowd.house.telegram, crowd.house.twilio
    if kind == "acknowledged":
        taken = len(crowd.acknowledged())
        return lambda: len(crowd.acknowledged()) >= taken + count
    if kind == "accepted":
        arrived = crowd.arrived().total()
        return lambda: crowd.arrived().total() >= arrived + count
    if kind == "whenever":
        loop = asyncio.get_running_loop()
        at = loop.time() + chance.uniform(0, 1.5)
        return lambda: loop.time() >= at
    if chance.random() < 0.5:
        twilio.fail_next("hang", count)
        return lambda: not twilio._faults["POST"]
    telegram.fail_next("sendMessage", "hang", count, seconds=PATIENCE)
    return lambda: not telegram._faults


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

"""SIGTERM under load: it ends in time even while a provider hangs; nothing is lost or doubled."""

from __future__ import annotations

import asyncio
from random import Random

from tests.crowd import Crowd
from tests.faults import talk
from tests.faults.account import Account
from tests.faults.figures import Figures
from tests.faults.place import PATIENCE, Place, all_heard, all_quiet, crowded

IN_TIME = 10
"""Seconds to the end of the process: systemd and containers kill after ten at the earliest."""


async def sigterm(place: Place, chance: Random, rounds: int) -> Figures:
    """Every second time with a send that hangs and was not accepted."""
    slowest, each = 0.0, talk.size(rounds)
    webhook = chance.random() < 0.5
    async with crowded(place, each, each, webhook=webhook) as crowd:
        account = Account(crowd)
        for number in range(rounds):
            slowest = max(slowest, await _round(crowd, account, chance, number))
            await crowd.house.start()
            await all_heard(crowd)
        await all_quiet(crowd)
        figures = account.close(rounds)
        # Whoever is asked to end has the time to write down what became of what it sent.
        if figures.doubled:
            figures.elsewhere += figures.doubled
            figures.doubled = 0
            figures.problems.append("sent twice though it was asked to end")
        if slowest > IN_TIME:
            figures.problems.append(f"{slowest:.1f} s to end")
        figures.told.append(f"the slowest end took {slowest:.1f} s")
        assert await crowd.house.stop() == 0
        return figures


async def _round(crowd: Crowd, account: Account, chance: Random, number: int) -> float:
    loop = asyncio.get_running_loop()
    if number % 2:
        crowd.house.telegram.fail_next("sendMessage", "hang", seconds=PATIENCE)
    talking = talk.begin(crowd, chance, number)
    await asyncio.sleep(chance.uniform(0.05, 1.2))
    asked = loop.time()
    assert await crowd.house.stop() == 0, crowd.house.log.read_text()
    took = loop.time() - asked
    await talking
    crowd.house.telegram._faults.clear()
    lost = crowd.acknowledged() - crowd.stored().keys()
    account.found.problems += [f"acknowledged and not stored: {one}" for one in lost]
    account.found.lost += len(lost)
    leased = [row.id for row in crowd.outbox() if row.state == "leased"]
    account.found.problems += [f"still leased after the end: {one}" for one in leased]
    return took

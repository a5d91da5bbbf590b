"""Killed just where no transaction helps: the provider has it, and nobody has written it down."""

from __future__ import annotations

import asyncio
from collections import Counter
from functools import partial
from random import Random
from typing import Any

from storage import outbox as outbox_rows
from tests.crowd import Crowd
from tests.faults.account import ARRIVED, Account
from tests.faults.figures import Figures
from tests.faults.kill import kill_when, remind, start_again
from tests.faults.place import PATIENCE, Place, crowded
from tests.waiting import until


async def accepted(place: Place, chance: Random, rounds: int) -> Figures:
    """A reply goes twice, a reminder doesn't, a text is looked for first."""
    del chance
    first = partial(_prepare, number=0)
    async with crowded(place, rounds, rounds, rounds, before=first) as crowd:
        account = Account(crowd)
        for number in range(rounds):
            if number:
                assert await crowd.house.stop() == 0
                _prepare(crowd, number)
                await crowd.house.start()
            account.found.problems += await _round(place, crowd, account, number)
        figures = account.close(rounds)
        if figures.doubled != rounds:
            figures.problems.append(f"{figures.doubled} replies went twice in {rounds} windows")
        assert await crowd.house.stop() == 0
        return figures


def _prepare(crowd: Crowd, number: int) -> None:
    remind(crowd, number)
    crowd.house.telegram.fail_next("sendMessage", "hang", 2, seconds=PATIENCE, accepted=True)


async def _round(place: Place, crowd: Crowd, account: Account, number: int) -> list[str]:
    house, asked = crowd.house, crowd.reminded[number].address
    asking, texting = crowd.members[2 * number : 2 * number + 2]
    await until(lambda: len(house.chat_texts(int(asked))) == 1, PATIENCE)
    await crowd.say(asking, "checkin")
    await until(lambda: len(house.chat_texts(int(asking.address))) == 1, PATIENCE)
    sent = _count(crowd, "accepted")
    saying = asyncio.create_task(crowd.say(texting, "checkin"))
    await kill_when(house, lambda: _count(crowd, "accepted") > sent)
    await saying
    account.note_the_dead()
    posts = _count(crowd, "request", "POST")
    await start_again(place, crowd)
    await until(lambda: crowd.read(outbox_rows.waiting) == 0, PATIENCE)
    rows = {row.address: row for row in crowd.outbox()}
    reminder, reply, text = rows[asked], rows[asking.address], rows[texting.address]
    came = Counter(address for address, _ in crowd.arrived().elements())
    as_decided = {
        "a reminder in doubt is left alone": (reminder.state, reminder.attempts, came[asked])
        == ("doubted", 1, 1),
        "a reply in doubt goes again": _again(reply) and came[asking.address] == 2,
        "a text in doubt is looked for": _again(text) and _count(crowd, "request", "POST") == posts,
    }
    return [f"not so: {what}" for what, so in as_decided.items() if not so]


def _again(row: Any) -> bool:
    return row.state in ARRIVED and row.attempts == 2


def _count(crowd: Crowd, what: str, detail: str = "") -> int:
    return sum(one.what == what and detail in one.detail for one in crowd.house.twilio.ledger)

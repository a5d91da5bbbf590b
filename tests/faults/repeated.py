"""The same again, late, and in another order: webhooks and status callbacks, to every process."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Sequence
from random import Random
from typing import Any

import aiohttp

from bot.demo import twilio_hooks
from tests.crowd import Crowd
from tests.faults import talk
from tests.faults.account import Account
from tests.faults.figures import Figures
from tests.faults.place import SECRET, Place, all_heard, all_quiet, crowded, neighbour
from tests.running import Running

_COPIES = 3
_LATE = 20
"""How many old webhooks come once more after a round, the older ones after the newer."""


async def repeated(place: Place, chance: Random, rounds: int) -> Figures:
    """On PostgreSQL a second process gets the same at the same time."""
    each = talk.size(rounds)
    async with contextlib.AsyncExitStack() as stack:
        crowd = await stack.enter_async_context(crowded(place, each, each, webhook=True))
        houses: list[Running] = [crowd.house]
        if not place.sqlite:
            houses.append(await stack.enter_async_context(neighbour(place, crowd)))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        crowd.house.telegram.updates.copies = _COPIES
        crowd.house.twilio.callback_order = lambda statuses: _disorder(chance, statuses)
        account = Account(crowd)
        posted: set[int] = set()
        for number in range(rounds):
            talking = talk.begin(crowd, chance, number)
            await talking
            for _ in range(2):
                posted |= set(await _again(crowd, houses, session, chance))
                await all_heard(crowd)
        await all_quiet(crowd)
        await crowd.house.twilio.settle()
        figures = account.close(rounds)
        if figures.doubled:
            figures.elsewhere += figures.doubled
            figures.doubled = 0
            figures.problems.append("answered twice")
        figures.problems += [f"a webhook that came again was answered {s}" for s in posted - {200}]
        states = {row.state for row in crowd.outbox() if row.channel == "sms"}
        if states - {"delivered"}:
            figures.problems.append(f"texts that arrived are {states}")
        assert await crowd.house.stop() == 0
        return figures


def _disorder(chance: Random, statuses: Sequence[str]) -> list[str]:
    """Each once or more, in any order; what comes last may be what happened first."""
    said = [*statuses, *chance.choices(statuses, k=2)]
    chance.shuffle(said)
    return said


async def _again(
    crowd: Crowd, houses: list[Running], session: aiohttp.ClientSession, chance: Random
) -> list[int]:
    """Old webhooks once more, to every process at once."""
    late = chance.sample(crowd.updates, min(_LATE, len(crowd.updates)))
    sids = [one.sid for one in crowd.house.twilio.messages if one.direction == "inbound"]
    texts = chance.sample(sids, min(_LATE, len(sids)))
    posts = [_update(session, house, update) for update in late for house in houses]
    posts += [_text(session, house, sid) for sid in texts for house in houses]
    chance.shuffle(posts)
    return await asyncio.gather(*posts)


async def _update(session: aiohttp.ClientSession, house: Running, update: dict[str, Any]) -> int:
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    body = json.dumps(update)
    async with session.post(f"{house.url}/telegram", data=body, headers=headers) as answer:
        return answer.status


async def _text(session: aiohttp.ClientSession, house: Running, sid: str) -> int:
    fields, url = house.twilio._posts[sid], f"{house.url}/sms"
    signed = {"X-Twilio-Signature": twilio_hooks.sign(url, fields, house.twilio.auth_token)}
    async with session.post(url, data=fields, headers=signed) as answer:
        return answer.status

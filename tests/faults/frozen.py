"""Two processes on one PostgreSQL, one frozen past its leases: when it wakes, it changes nothing.

The one that runs takes over what the other had in hand. What a provider had accepted before the
freeze may go twice by that; the one that wakes must neither send again nor write down its version.
"""

from __future__ import annotations

import asyncio
import signal
from random import Random
from typing import Any

from bot.demo.telegram_updates import Webhook
from tests.crowd import Crowd
from tests.faults import talk
from tests.faults.account import ARRIVED, Account, log
from tests.faults.figures import Figures
from tests.faults.place import PATIENCE, SECRET, Place, all_heard, all_quiet, crowded, neighbour
from tests.running import Running
from tests.waiting import until

_AWAKE = 3
"""Seconds in which a process that wakes does what it had meant to do."""


async def frozen(place: Place, chance: Random, rounds: int) -> Figures:
    """Each round: one has sends in hand, accepted and not, is stopped, and the other goes on."""
    each = talk.size(2 * rounds)
    # Texts that reached the frozen one are fetched half a minute later.
    by_text = each if place.whole else 0
    async with (
        crowded(place, 2 * each - by_text, by_text, webhook=True) as crowd,
        neighbour(place, crowd) as other,
    ):
        account = Account(crowd)
        for number in range(rounds):
            account.found.problems += await _round(place, crowd, other, account, chance, number)
        await all_quiet(crowd)
        figures = account.close(rounds)
        refused = [line for line in log(crowd) if line.get("action") == "lease_lost"]
        figures.told.append(f"{len(refused)} times a worker found its lease gone when it woke")
        assert await crowd.house.stop() == 0
        return figures


async def _round(
    place: Place, crowd: Crowd, other: Running, account: Account, chance: Random, number: int
) -> list[str]:
    house, telegram = crowd.house, crowd.house.telegram
    # The other must not claim what this one is to have in hand.
    _signal(other, signal.SIGSTOP)
    await _post_to(crowd, house)
    in_hand = chance.randint(1, 4)
    # Of those that were accepted some are answered while it is frozen: it reads that on waking.
    telegram.fail_next("sendMessage", "hang", in_hand, seconds=PATIENCE, accepted=True)
    telegram.fail_next("sendMessage", "hang", seconds=2, accepted=True)
    telegram.fail_next("sendMessage", "hang", in_hand, seconds=PATIENCE)
    talking = talk.begin(crowd, chance, 2 * number)
    if chance.random() < 0.5:
        await asyncio.sleep(chance.uniform(0, 0.5))
    else:
        await until(lambda: not telegram._faults, PATIENCE)
    _signal(house, signal.SIGSTOP)
    telegram._faults.clear()
    _signal(other, signal.SIGCONT)
    await _post_to(crowd, other)
    await asyncio.to_thread(account.note_what_is_in_hand)
    forgiven = set() if place.whole else _not_begun(crowd)
    account.twice |= {address for address, _ in forgiven}
    if not place.whole:
        # It may wait for a row that the frozen one has locked.
        await asyncio.to_thread(crowd.pass_the_leases)
    await talking
    await all_heard(crowd)
    await talk.begin(crowd, chance, 2 * number + 1)
    await all_quiet(crowd)
    before, arrived = _state(crowd), crowd.arrived()
    _signal(house, signal.SIGCONT)
    await asyncio.sleep(_AWAKE)
    changed = [number for number, state in _state(crowd).items() if before[number] != state]
    more = crowd.arrived() - arrived
    return [f"woken, it changed {one}" for one in changed] + [
        f"woken, it sent again to {address}" for address, _ in more.keys() - forgiven
    ]


def _not_begun(crowd: Crowd) -> set[tuple[str, str]]:
    """What is leased and was never posted.

    Where the lease is ended by hand, the one that holds it can't know, and sends it on waking.
    """
    calls = crowd.house.telegram.ledger
    begun = {(c.params.get("chat_id"), c.params.get("text", "").strip()) for c in calls}
    leased = {(r.address, r.text.strip()) for r in crowd.outbox() if r.state == "leased"}
    return leased - begun


async def _post_to(crowd: Crowd, house: Running) -> None:
    """What a balancer does: the providers reach this process from now on."""
    await crowd.house.telegram.updates.set_webhook(Webhook(f"{house.url}/telegram", SECRET))
    crowd.house.twilio.sms_url = f"{house.url}/sms#rc=5&rp=all"


def _state(crowd: Crowd) -> dict[int, Any]:
    """What only the holder of a lease may change; that it was delivered anybody may hear."""
    return {
        row.id: (row.state in ARRIVED or row.state, row.attempts, row.lease, row.provider_id)
        for row in crowd.outbox()
    }


def _signal(house: Running, how: signal.Signals) -> None:
    assert house.process is not None
    house.process.send_signal(how)

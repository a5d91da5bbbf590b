"""A provider that fails: it throttles, breaks, hangs, cuts the line, or takes it and says nothing.

What people say is taken all the same; answers come when it is better, each chat's in order.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from storage import reminders
from tests.crowd import Crowd
from tests.faults import talk
from tests.faults.account import Account
from tests.faults.figures import Figures
from tests.faults.place import PATIENCE, Place, all_heard, all_quiet, crowded
from tests.waiting import until

_TELEGRAM: tuple[dict[str, Any], ...] = (
    {"kind": "429", "seconds": 2},
    {"kind": "5xx", "status": 502},
    {"kind": "5xx", "status": 500, "accepted": True},
    {"kind": "drop"},
    {"kind": "drop", "accepted": True},
    {"kind": "half"},
    {"kind": "half", "accepted": True},
    {"kind": "hang"},
    {"kind": "hang", "accepted": True},
)
_TWILIO = ("429", "5xx", "accept_then_drop", "accept_then_5xx", "hang")
_PATIENT = timedelta(seconds=0.3)
"""What is on its way when a provider asks us to wait arrives within this time."""


async def failing(place: Place, chance: Random, rounds: int) -> Figures:
    """Each round three faults at Telegram and two at Twilio, in any order."""
    each, accepted = talk.size(rounds), 0
    now = datetime.now().astimezone()

    def before(crowd: Crowd) -> None:
        for number, asked in enumerate(crowd.reminded):
            due = now + timedelta(seconds=2 + 4 * number)
            crowd.write(lambda tx, i=asked.id, at=due: reminders.put(tx, i, "checkin", at))  # type: ignore[misc]

    async with crowded(place, each, each, rounds, before=before) as crowd:
        account = Account(crowd)
        for number in range(rounds):
            accepted += _break(place, crowd, chance)
            await talk.begin(crowd, chance, number)
            await all_heard(crowd)
            await until(lambda: not crowd.house.telegram._faults, PATIENCE)
            await all_quiet(crowd)
        figures = account.close(rounds)
        figures.problems += _hasty(crowd)
        if figures.doubled > accepted:
            figures.problems.append(f"{figures.doubled} doubled, {accepted} without an answer")
        figures.told.append(f"{accepted} times Telegram took a message and did not say so")
        assert await crowd.house.stop() == 0
        return figures


def _break(place: Place, crowd: Crowd, chance: Random) -> int:
    """Let the next sends fail; returns how many of them Telegram takes without saying so."""
    accepted = 0
    for fault in chance.choices(_TELEGRAM, k=3):
        # Where time is given, it hangs for longer than a request may take.
        if fault["kind"] == "hang":
            fault = fault | {"seconds": 30 if place.whole else 1}  # noqa: PLW2901
        crowd.house.telegram.fail_next("sendMessage", **fault)
        accepted += bool(fault.get("accepted"))
    for kind in chance.choices(_TWILIO if place.whole else _TWILIO[:-1], k=2):
        crowd.house.twilio.fail_next(kind)
    return accepted


def _hasty(crowd: Crowd) -> list[str]:
    """Sends that did not wait as long as the provider had asked."""
    calls = [c for c in crowd.house.telegram.ledger if c.method.lower() == "sendmessage"]
    refused = [(c.moment, timedelta(seconds=2)) for c in calls if c.status == 429]
    hasty = _within(refused, [call.moment for call in calls])
    ledger = crowd.house.twilio.ledger
    refused = [(e.moment, timedelta(seconds=1)) for e in ledger if e.detail == "20429"]
    posted = [e.moment for e in ledger if (e.what, e.detail) == ("request", "POST")]
    return [f"sent {at} within the pause asked for" for at in hasty + _within(refused, posted)]


def _within(pauses: list[tuple[datetime, timedelta]], sent: list[datetime]) -> list[datetime]:
    return [
        at
        for at in sent
        if any(asked + _PATIENT < at < asked + wait - _PATIENT for asked, wait in pauses)
    ]

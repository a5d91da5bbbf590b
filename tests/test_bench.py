"""The measuring itself: verdicts, the load with its stand-in, and the houses that are measured."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import rounds
from bot.config import House
from storage import people
from storage.encryption import Keyring
from storage.store import Store
from tests.bench import ticks_ours
from tests.bench.heart import beating
from tests.bench.house import crowd, enrol
from tests.bench.load import FIRST_CHAT, Load
from tests.bench.processes import bot, environment
from tests.bench.report import Aim, Line, at_most, table, times
from tests.bench.service import Service
from tests.conftest import HandClock
from tests.ports import free_port


@pytest.mark.parametrize(
    ("ours", "peer", "more", "aim", "verdict"),
    [
        (400.0, 200.0, True, times(2), "met"),
        (300.0, 200.0, True, times(2), "missed by 1.33x"),
        (1.0, 59.0, False, times(50), "met"),
        (2.0, 50.0, False, times(50), "missed by 2.00x"),
        (1.4, None, True, at_most(1.5, "times"), "met"),
        (3.0, None, True, at_most(1.5, "times"), "missed by 2.00x"),
        (0.0, None, True, at_most(0.5, "(none)"), "met"),
        (5.0, 4.0, True, None, ""),
    ],
)
def test_a_verdict_says_by_how_much(
    ours: float, peer: float | None, more: object, aim: Aim | None, verdict: str
) -> None:
    line = Line("x", "/s", ours, peer, "a peer", more_is_better=bool(more), aim=aim)
    assert line.verdict == verdict
    assert line.as_json()["verdict"] == verdict
    assert table([line]).endswith(verdict)


async def test_the_load_waits_for_each_reply(tmp_path: Path) -> None:
    service = Service()
    await service.start()
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.nothing", service.origin, str(port)]
    async with bot(command, port, folder=tmp_path, env=environment()) as there:
        figure = await Load(service, 10).run(f"{there.url}/telegram", 4, 0.3)
    service.close()
    assert 0 < figure.median <= figure.slowest
    # It ends when the last has been answered: on a busy machine that is some time later.
    assert service.sent >= figure.a_second * 0.3 > 0


async def test_a_heart_feels_a_loop_that_stands_still() -> None:
    async with beating() as heart:
        await asyncio.sleep(0.05)
        _stand_still(0.2)
    assert heart.latest > 150


def _stand_still(seconds: float) -> None:
    time.sleep(seconds)


async def test_who_is_enrolled_can_write_and_be_asked(
    store: Store, house: House, clock: HandClock
) -> None:
    store.write_now(lambda tx: enrol(tx, 3))
    known = store.read_now(lambda tx: people.address_of(tx, "telegram", str(FIRST_CHAT + 2)))
    assert known is not None
    assert known.person_id == 3
    assert await rounds.sweep(store, house, clock.now()) == 0


async def test_a_crowd_falls_due_a_hundred_at_a_time(
    database_url: str, keyring: Keyring, house: House
) -> None:
    store = Store(database_url, keyring)
    store.write_now(lambda tx: crowd(tx, 250))
    for _ in range(2):
        await store.write(ticks_ours._fall_due)
        assert await rounds.sweep(store, house, datetime.now(UTC)) == 100
    store.close()

"""How often somebody may try to get in, and who is kept waiting by it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from bot import sweeps
from bot.config import House
from bot.web import browsers, tries
from storage import staff
from storage.models import fact
from storage.store import Store
from tests.conftest import START, HandClock
from tests.front_desk import MINUTE, FrontDesk, front_desk
from tests.world import COUNSELOR, SUPERVISOR


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[FrontDesk]:
    async with front_desk(store, house, clock) as opened:
        yield opened


def test_the_rest_grows_to_an_hour() -> None:
    minutes = [
        rested / MINUTE if (rested := tries.rest(failures)) else None for failures in range(14)
    ]
    assert minutes == [None] * 5 + [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_five_wrong_tries_rest_and_a_try_meanwhile_counts_for_nothing(
    desk: FrontDesk,
) -> None:
    for _ in range(5):
        assert (await desk.enter(code="000000")).status_code == 403
    wrong = await desk.enter(code="000000")
    resting = await desk.enter()
    assert (resting.status_code, resting.text) == (403, wrong.text)
    assert (await desk.row()).failures == 5
    desk.later(seconds=61)
    assert (await desk.enter(password="nonsense")).status_code == 403
    desk.later(seconds=61)
    assert (await desk.enter()).status_code == 403
    desk.later(seconds=61)
    assert (await desk.enter()).status_code == 303
    assert (await desk.row()).failures == 0


async def test_many_tries_at_once_are_no_way_round(desk: FrontDesk) -> None:
    right = desk.code()
    codes = [*(f"{number:06}" for number in range(1, 12)), right]
    answers = await asyncio.gather(*(desk.enter(code=code) for code in codes))
    assert (await desk.row()).failures in (0, tries.FREE)
    assert [each.status_code for each in answers].count(403) >= 11


async def test_a_stranger_can_not_keep_anybody_out(desk: FrontDesk) -> None:
    """A browser that was signed in before has tries of its own."""
    await desk.enter()
    await desk.press("/sign-out")
    for _ in range(8):
        await desk.enter(code="000000", browser=desk.stranger())
    desk.later(seconds=30)
    assert (await desk.enter(browser=desk.stranger())).status_code == 403
    assert (await desk.enter()).status_code == 303
    # That is no help to the stranger: their rest goes on.
    assert (await desk.row()).failures == tries.FREE
    desk.later(seconds=20)
    assert (await desk.enter(browser=desk.stranger())).status_code == 403


async def test_a_known_browser_has_to_rest_too(desk: FrontDesk) -> None:
    await desk.enter()
    await desk.press("/sign-out")
    desk.later(seconds=30)
    for _ in range(5):
        assert (await desk.enter(code="000000")).status_code == 403
    assert (await desk.enter()).status_code == 403
    assert (await desk.row()).failures == 0
    desk.later(seconds=61)
    assert (await desk.enter()).status_code == 303


async def test_a_known_browser_is_known_for_one_only_and_for_one_password(desk: FrontDesk) -> None:
    await desk.enter()
    keyring, now = desk.world.store.keyring, desk.world.clock.at
    dana, lee = await desk.row(), await desk.row(SUPERVISOR)
    mark = next(c.value for c in desk.browser.cookies.jar if c.name == browsers.COOKIE) or ""
    assert browsers.known(keyring, dana, mark, now) is not None
    assert browsers.known(keyring, lee, mark, now) is None
    assert browsers.known(keyring, dana, mark, now + browsers.LIFE) is None
    for forged in (
        mark[:-1] + ("0" if mark[-1] != "0" else "1"),
        "",
        "a.b.c.d",
        f"{dana.id}..1.k1:0",
    ):
        assert browsers.known(keyring, dana, forged, now) is None
    await desk.world.set_up(COUNSELOR)
    assert browsers.known(keyring, await desk.row(), mark, now) is None


async def test_unknown_browsers_share_a_brake_and_known_ones_pass(desk: FrontDesk) -> None:
    await desk.enter()
    await desk.press("/sign-out")
    strangers = [desk.enter(f"No {n}", code="000000", browser=desk.stranger()) for n in range(45)]
    answers = await asyncio.gather(*strangers)
    statuses = [each.status_code for each in answers]
    assert statuses.count(429) >= 5
    assert statuses.count(403) >= 30
    desk.later(seconds=30)
    assert (await desk.enter()).status_code == 303


def test_the_brake_lets_one_a_second_through_after_its_burst() -> None:
    brake = tries.Bucket(burst=3, per_second=1)
    assert [brake.take(100.0) for _ in range(5)] == [True, True, True, False, False]
    assert [brake.take(101.0), brake.take(101.5), brake.take(102.1)] == [True, False, True]
    brake.give_back()
    assert brake.take(102.1)


async def test_another_process_is_no_way_round_for_a_known_browser(desk: FrontDesk) -> None:
    await desk.enter()
    await desk.press("/sign-out")
    desk.later(seconds=30)
    async with desk.world.client() as other:
        other.cookies.update(desk.browser.cookies)
        for browser in (desk.browser, other, desk.browser, other, other):
            assert (await desk.enter(code="000000", browser=browser)).status_code == 403
        for browser in (other, desk.browser):
            assert (await desk.enter(browser=browser)).status_code == 403
        desk.later(seconds=61)
        assert (await desk.enter(browser=other)).status_code == 303
        # What was right clears it everywhere.
        desk.later(seconds=30)
        for _ in range(3):
            await desk.enter(code="000000")
        assert (await desk.enter()).status_code == 303


async def test_all_processes_share_one_brake(desk: FrontDesk) -> None:
    async with desk.world.client() as other:
        answers = [
            await desk.enter(f"No {n}", code="000000", browser=(desk.browser, other)[n % 2])
            for n in range(tries.BURST + 4)
        ]
        assert [each.status_code for each in answers[-6:]] == [403, 403, 429, 429, 429, 429]
        desk.later(seconds=2)
        # Three tries: two seconds have let two more through.
        again = [await desk.enter("No", code="000000", browser=other) for _ in range(3)]
        assert [each.status_code for each in again] == [403, 403, 429]


async def test_who_gets_in_costs_the_others_nothing(desk: FrontDesk) -> None:
    for _ in range(tries.BURST + 5):
        await desk.world.store.write(lambda tx: tries.brake(tx, START))
        await desk.world.store.write(tries.loosen)
    assert (await desk.enter(browser=desk.stranger())).status_code == 303


async def test_tries_are_forgotten_after_a_day_and_hold_no_secret(desk: FrontDesk) -> None:
    store, now = desk.world.store, desk.world.clock.at
    for number in range(3):
        await store.write(lambda tx, n=number: tries.count(tx, f"browser-{n}", now))  # type: ignore[misc]
    every = select(fact.c.name).order_by(fact.c.name)
    names = await store.read(lambda tx: list(tx.scalars(every)))
    assert len([name for name in names if name.startswith("tries:")]) == 3
    assert not any("browser" in name for name in names)
    await sweeps.forget(store, now + timedelta(hours=23))
    assert await store.read(lambda tx: list(tx.scalars(every))) == names
    await sweeps.forget(store, now + timedelta(hours=25))
    left = await store.read(lambda tx: list(tx.scalars(every)))
    assert not [name for name in left if name.startswith("tries:")]


class Counting(PasswordHasher):
    """Counts how often it is made to work."""

    looked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.looked += 1
        return super().verify(hash, password)


async def test_the_same_work_is_done_whoever_is_named(desk: FrontDesk) -> None:
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    worker, until = await desk.row(), desk.world.clock.at + MINUTE
    async with desk.world.client(hasher=hasher) as browser:
        await desk.enter("Nobody Here", code="000000", browser=browser)
        await desk.enter(code="000000", browser=browser)
        await desk.world.store.write(lambda tx: staff.change(tx, worker.id, locked_until=until))
        assert (await desk.enter(browser=browser)).status_code == 403
    assert hasher.looked == 3

"""How long a session lasts, what ends it, and what its cookie says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from bot import sweeps
from bot.config import House
from bot.web import browsers
from storage.models import setup_link, web_session
from storage.store import Store
from tests.conftest import HandClock
from tests.front_desk import FrontDesk, front_desk
from tests.world import SUPERVISOR


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[FrontDesk]:
    async with front_desk(store, house, clock) as opened:
        yield opened


async def test_a_session_ends_after_half_an_hour_of_rest(desk: FrontDesk) -> None:
    await desk.enter()
    for _ in range(3):
        desk.later(minutes=29)
        assert await desk.is_in()
    desk.later(minutes=30)
    assert not await desk.is_in()


async def test_a_session_ends_after_twelve_hours_whatever_is_done(desk: FrontDesk) -> None:
    await desk.enter()
    for _ in range(36):
        desk.later(minutes=19.9)
        assert await desk.is_in()
    desk.later(minutes=4)
    assert not await desk.is_in()


async def test_signing_in_begins_a_new_session_and_ends_the_one_before(desk: FrontDesk) -> None:
    cookie = desk.world.gate.cookie
    assert cookie.startswith("__Host-")
    desk.browser.cookies.set(cookie, "chosen-by-somebody-else")
    await desk.enter()
    first = {c.value for c in desk.browser.cookies.jar if c.name == cookie}
    assert "chosen-by-somebody-else" not in (await desk.enter(SUPERVISOR)).headers["set-cookie"]
    second = {c.value for c in desk.browser.cookies.jar if c.name == cookie}
    assert first != second
    assert await desk.sessions() == 1


async def test_the_cookies_are_for_us_alone(desk: FrontDesk) -> None:
    given = (await desk.enter()).headers.get_list("set-cookie")
    session = next(each for each in given if each.startswith("__Host-"))
    known = next(each for each in given if each.startswith(browsers.COOKIE))
    for each in (session, known):
        assert "HttpOnly" in each
        assert "Secure" in each
        assert "Domain" not in each
    assert "SameSite=lax" in session
    assert "Path=/;" in session
    assert "SameSite=strict" in known
    assert "Path=/sign-in" in known


async def test_only_a_hash_of_the_token_is_stored(desk: FrontDesk) -> None:
    await desk.enter()
    stored = await desk.world.read(lambda tx: list(tx.execute(select(web_session.c.hash))))
    token = desk.browser.cookies.get(desk.world.gate.cookie) or ""
    assert token
    assert not any(token in row.hash for row in stored)


async def test_signing_out_ends_it_here(desk: FrontDesk) -> None:
    await desk.enter()
    other = desk.stranger()
    assert (await desk.enter(code=desk.code(steps=1), browser=other)).status_code == 303
    answer = await desk.press("/sign-out")
    assert answer.headers["location"] == "/sign-in?said=out"
    assert "You are signed out." in (await desk.browser.get("/sign-in?said=out")).text
    assert not await desk.is_in()
    assert await desk.is_in(other)


@pytest.mark.parametrize(
    ("which", "here"), [("others", True), ("everywhere", False)], ids=["others", "everywhere"]
)
async def test_signing_out_elsewhere_and_everywhere(
    desk: FrontDesk, which: str, *, here: bool
) -> None:
    other, lee = desk.stranger(), desk.stranger()
    await desk.enter(browser=other)
    await desk.enter(SUPERVISOR, browser=lee)
    await desk.enter(code=desk.code(steps=1))
    assert "Sign out elsewhere" in (await desk.browser.get("/account")).text
    assert (await desk.press(f"/account/sign-out-{which}")).status_code == 303
    assert await desk.is_in() is here
    assert not await desk.is_in(other)
    assert await desk.is_in(lee)


async def test_sessions_and_links_that_are_over_are_forgotten(desk: FrontDesk) -> None:
    await desk.enter()
    desk.later(days=4)
    await sweeps.forget(desk.world.store, desk.world.clock.at)
    assert await desk.sessions() == 0
    links = await desk.world.read(lambda tx: list(tx.execute(select(setup_link))))
    assert links == []

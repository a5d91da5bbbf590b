"""What staff change of their own account: password, second factor."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.config import House
from bot.web import totp
from storage.store import Store
from tests.conftest import HandClock
from tests.front_desk import OPERATOR, FrontDesk, front_desk, sealed_in, secret_in
from tests.world import COUNSELOR, PASSWORD


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[FrontDesk]:
    async with front_desk(store, house, clock) as opened:
        yield opened


async def test_a_password_is_changed_and_other_sessions_end(desk: FrontDesk) -> None:
    other, new = desk.stranger(), "velvet otter counts rain"
    await desk.enter(browser=other)
    await desk.enter(code=desk.code(steps=1))
    desk.later(minutes=1)
    before = desk.browser.cookies.get(desk.world.gate.cookie)
    form = {"password": PASSWORD, "new": new, "again": new, "code": desk.code()}
    assert (await desk.press("/account/password", **form)).headers["location"].endswith("password")
    assert await desk.is_in()
    assert desk.browser.cookies.get(desk.world.gate.cookie) != before
    assert not await desk.is_in(other)
    desk.later(seconds=30)
    assert (await desk.enter()).status_code == 403
    assert (await desk.enter(password=new)).status_code == 303


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"password": "not the old one"}, 403),
        ({"code": "000000"}, 403),
        ({"new": "short", "again": "short"}, 400),
        ({"again": "velvet otter counts rains"}, 400),
        ({"new": "dana reyes the third", "again": "dana reyes the third"}, 400),
    ],
)
async def test_a_password_is_not_changed_by_half(
    desk: FrontDesk, changed: dict[str, str], status: int
) -> None:
    await desk.enter()
    desk.later(minutes=1)
    new = "velvet otter counts rain"
    form = {"password": PASSWORD, "new": new, "again": new, "code": desk.code(), **changed}
    assert (await desk.press("/account/password", **form)).status_code == status
    assert (await desk.enter(code=desk.code(steps=1))).status_code == 303


async def test_who_finds_a_browser_open_can_not_guess_the_password(desk: FrontDesk) -> None:
    await desk.enter()
    desk.later(minutes=1)
    new = "velvet otter counts rain"
    form = {"password": "a guess", "new": new, "again": new, "code": desk.code()}
    for _ in range(5):
        assert (await desk.press("/account/password", **form)).status_code == 403
    right = {**form, "password": PASSWORD}
    assert (await desk.press("/account/password", **right)).status_code == 403
    desk.later(minutes=1, seconds=1)
    right["code"] = desk.code()
    assert (await desk.press("/account/password", **right)).status_code == 303


async def test_a_second_factor_moves_to_a_new_phone(desk: FrontDesk) -> None:
    await desk.enter()
    desk.later(minutes=1)
    shown = (await desk.browser.get("/account/factor")).text
    secret = secret_in(shown)
    new_code = totp.code_of(secret, totp.step_at(desk.world.clock.at))
    form = {
        "sealed": sealed_in(shown),
        "password": PASSWORD,
        "code": desk.code(),
        "new_code": new_code,
    }
    for wrong in ({"new_code": "000000"}, {"code": "000000"}, {"password": "no"}):
        answer = await desk.press("/account/factor", **{**form, **wrong})
        assert answer.status_code in (400, 403)
        # What was scanned stays good.
        assert secret_in(answer.text) == secret
        assert (await desk.row()).totp == desk.secrets[COUNSELOR]
    assert (await desk.press("/account/factor", **form)).headers["location"].endswith("factor")
    desk.later(seconds=30)
    assert (await desk.enter()).status_code == 403
    desk.secrets[COUNSELOR] = secret
    assert (await desk.enter()).status_code == 303


async def test_a_secret_that_was_made_for_another_is_not_taken(desk: FrontDesk) -> None:
    await desk.enter()
    for sealed in ("", "x", desk.world.store.keyring.seal("A" * 32 + ":999", "form.totp")):
        answer = await desk.press("/account/factor", sealed=sealed, new_code="1", code="1")
        assert answer.headers["location"] == "/account/factor"


async def test_the_account_says_where_notices_go(desk: FrontDesk) -> None:
    await desk.enter()
    text = (await desk.browser.get("/account")).text
    assert "Telegram: <span" in text
    await desk.press("/sign-out")
    await desk.enter(OPERATOR)
    assert "(215) 555-0177" in (await desk.browser.get("/account")).text

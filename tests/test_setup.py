"""The one-time link by which a member of staff makes their account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot import setup
from bot.config import House
from bot.web import passwords
from storage import staff
from storage.models import setup_link
from storage.store import Store
from tests.conftest import HandClock
from tests.front_desk import OPERATOR, FrontDesk, choose, front_desk, link_of, secret_in
from tests.world import COUNSELOR, SUPERVISOR


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[FrontDesk]:
    async with front_desk(store, house, clock) as opened:
        yield opened


async def test_a_set_up_link_makes_an_account_and_signs_in(desk: FrontDesk) -> None:
    link = await link_of(desk)
    shown = await desk.browser.get(link)
    assert f'value="{COUNSELOR}"' in shown.text
    secret = secret_in(shown.text)
    assert f"secret={secret}" in shown.text
    assert "<svg" in shown.text
    assert "style=" not in shown.text
    # Another look shows another one, and nothing is stored before it is confirmed.
    assert secret_in((await desk.browser.get(link)).text) != secret
    assert (await desk.row()).totp is None
    answer = await choose(desk, link, shown.text)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert await desk.is_in()
    desk.secrets[COUNSELOR] = secret
    desk.later(seconds=30)
    other = desk.stranger()
    entered = await desk.enter(password="harbor lamp nine tulips", browser=other)
    assert entered.status_code == 303


async def test_the_code_of_the_set_up_is_used_up(desk: FrontDesk) -> None:
    link = await link_of(desk)
    shown = (await desk.browser.get(link)).text
    secret = secret_in(shown)
    await choose(desk, link, shown)
    desk.secrets[COUNSELOR] = secret
    answer = await desk.enter(password="harbor lamp nine tulips", browser=desk.stranger())
    assert answer.status_code == 403


async def test_a_set_up_link_works_once(desk: FrontDesk) -> None:
    link = await link_of(desk)
    shown = (await desk.browser.get(link)).text
    secret = secret_in(shown)
    assert (await choose(desk, link, shown)).status_code == 303
    for answer in (
        await desk.browser.get(link),
        await desk.browser.post(link, data={"password": "x" * 12, "code": "0"}),
    ):
        assert answer.status_code == 404
        assert "no longer works" in answer.text
        assert secret not in answer.text


async def test_of_two_who_use_a_link_at_once_one_gets_it(desk: FrontDesk) -> None:
    link = await link_of(desk)
    answers = await asyncio.gather(*(choose(desk, link) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [303, 404, 404]


async def test_a_set_up_link_lasts_three_days(desk: FrontDesk) -> None:
    link = await link_of(desk)
    desk.later(days=2, hours=23)
    assert (await desk.browser.get(link)).status_code == 200
    desk.later(hours=1)
    assert (await desk.browser.get(link)).status_code == 404
    assert (await desk.browser.get("/setup/nonsense")).status_code == 404


async def test_a_new_link_ends_the_one_before_and_whatever_opened_the_door(desk: FrontDesk) -> None:
    await desk.enter()
    first = await link_of(desk)
    second = await link_of(desk)
    assert (await desk.browser.get(first)).status_code == 404
    assert (await desk.browser.get(second)).status_code == 200
    assert not await desk.is_in()
    desk.later(minutes=1)
    assert (await desk.enter()).status_code == 403


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "short"}, "At least 12 characters"),
        ({"password": "danareyes-danareyes"}, "your name or the clinic&#39;s"),
        ({"password": "Harbor Check 2026"}, "your name or the clinic&#39;s"),
        ({"password": "Password123456"}, "would try that first"),
        ({"again": "harbor lamp nine tulip"}, "not the same"),
        ({"code": "000000"}, "That code is not the one"),
    ],
)
async def test_what_is_wrong_with_a_set_up_is_said_and_nothing_stored(
    desk: FrontDesk, changed: dict[str, str], said: str
) -> None:
    link = await link_of(desk)
    answer = await choose(desk, link, **changed)
    assert answer.status_code == 400
    assert said in answer.text
    worker = await desk.row()
    assert (worker.password, worker.totp) == (None, None)
    # What was scanned stays good.
    assert (await choose(desk, link, answer.text)).status_code == 303


async def test_who_has_left_can_not_use_a_link(desk: FrontDesk) -> None:
    link, worker = await link_of(desk), await desk.row()
    await desk.world.store.write(lambda tx: staff.change(tx, worker.id, active=False))
    assert (await desk.browser.get(link)).status_code == 404


async def test_a_link_is_stored_as_a_hash_and_the_secret_sealed(desk: FrontDesk) -> None:
    link = await link_of(desk)
    token = link.rpartition("/")[2]
    stored = await desk.world.read(lambda tx: list(tx.execute(select(setup_link.c.hash))))
    assert not any(token in row.hash for row in stored)
    assert timedelta(days=3) == setup.LIFE
    await choose(desk, link)
    secret = (await desk.row()).totp
    raw = await desk.world.read(
        lambda tx: tx.exec_driver_sql("SELECT totp FROM staff WHERE totp IS NOT NULL").fetchall()
    )
    assert not any(secret in value for (value,) in raw)


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "P@ssw0rd1234!", "passwordpassword", "123456789012", "qwertyuiop12",
        "qwertyuiopas", "abcdefghijkl", "aaaaaaaaaaaa", "abababababab", "1q2w3e4r5t6y",
        "Letmein!2026!", "Summer2026!!", "onedayatatime", "Companion2026", "2026-recovery-2026",
        "shortest", "Reyes-forever-9", "my harbor pass", "CorrectHorseBatteryStaple",
    ],
)  # fmt: skip
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    assert passwords.problem(password, COUNSELOR, "Harbor Check") is not None


@pytest.mark.parametrize(
    "password",
    ["velvet otter counts rain", "kj3$Lm!9vQ2x", "mi perro come naranjas", "ölbild mit fünf enten"],
)
def test_a_good_password_is_taken(password: str) -> None:
    assert passwords.problem(password, COUNSELOR, "Harbor Check") is None


def test_a_password_is_the_same_however_its_letters_are_put_together() -> None:
    assert passwords.normal("o\u0308lbild") == passwords.normal("ölbild")


async def test_the_staff_are_listed_with_what_is_missing(desk: FrontDesk) -> None:
    await desk.world.do("staff_reset", name=SUPERVISOR)
    found = (await desk.world.do("staff_list"))["staff"]
    assert found == [
        [COUNSELOR, "counselor", "can sign in", "notices: Telegram"],
        [SUPERVISOR, "supervisor", "not set up", "notices: text"],
        [OPERATOR, "operator", "can sign in", "notices: text"],
    ]
    assert "error" in await desk.world.do("staff_reset", name="Nobody Here")

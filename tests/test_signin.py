"""The sign-in: what lets somebody in, where it leads, and forms from elsewhere."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.config import House
from bot.web import sessions
from storage import staff
from storage.store import Store
from tests.conftest import HandClock
from tests.front_desk import OPERATOR, FrontDesk, front_desk
from tests.world import COUNSELOR, PASSWORD, SUPERVISOR


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[FrontDesk]:
    async with front_desk(store, house, clock) as opened:
        yield opened


async def test_name_password_and_code_open_a_session(desk: FrontDesk) -> None:
    assert not await desk.is_in()
    answer = await desk.enter()
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert await desk.is_in()
    assert await desk.audited("sign_in") == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "four odd words hers"},
        {"password": ""},
        {"code": "000000"},
        {"code": ""},
        {"code": "１２３４５６"},
        {"name": SUPERVISOR},
        {"name": "Nobody Here"},
        {"name": ""},
    ],
    ids=str,
)
async def test_what_is_wrong_is_not_said(desk: FrontDesk, changed: dict[str, str]) -> None:
    given = {"name": COUNSELOR, "password": PASSWORD, "code": desk.code(), **changed}
    wrong = await desk.browser.post("/sign-in", data=given)
    nobody = await desk.enter("Somebody Else", code="111111")
    assert (wrong.status_code, nobody.status_code) == (403, 403)
    assert without_name(wrong.text) == without_name(nobody.text)
    assert await desk.sessions() == 0
    assert not await desk.is_in()


def without_name(text: str) -> str:
    """The page but for what was typed, and for where it is best to type on."""
    return re.sub(r' value="[^"]*"| autofocus', "", text)


async def test_the_name_may_be_typed_in_any_case_and_the_code_with_a_gap(desk: FrontDesk) -> None:
    code = desk.code()
    answer = await desk.enter("  dana   REYES ", code=f" {code[:3]} {code[3:]} ")
    assert answer.status_code == 303


@pytest.mark.parametrize(("steps", "status"), [(-2, 403), (-1, 303), (0, 303), (1, 303), (2, 403)])
async def test_a_phones_clock_may_be_half_a_minute_off(
    desk: FrontDesk, steps: int, status: int
) -> None:
    assert (await desk.enter(code=desk.code(steps=steps))).status_code == status


async def test_no_code_works_twice(desk: FrontDesk) -> None:
    code = desk.code()
    assert (await desk.enter(code=code)).status_code == 303
    assert (await desk.enter(code=code, browser=desk.stranger())).status_code == 403
    # Nor does the one before it.
    assert (await desk.enter(code=desk.code(steps=-1))).status_code == 403
    assert (await desk.enter(code=desk.code(steps=1))).status_code == 303


async def test_of_two_with_the_same_code_at_once_one_gets_in(desk: FrontDesk) -> None:
    code = desk.code()
    answers = await asyncio.gather(
        *(desk.enter(code=code, browser=desk.stranger()) for _ in range(4))
    )
    assert sorted(each.status_code for each in answers) == [303, 403, 403, 403]


@pytest.mark.parametrize(
    "changed", [{"password": None}, {"totp": None}, {"active": False}], ids=str
)
async def test_who_is_not_set_up_or_has_left_gets_in_with_nothing(
    desk: FrontDesk, changed: dict[str, Any]
) -> None:
    code, worker = desk.code(), await desk.row()
    await desk.world.store.write(lambda tx: staff.change(tx, worker.id, **changed))
    for password in (PASSWORD, "", "None"):
        assert (await desk.enter(password=password, code=code)).status_code == 403


async def test_a_session_ends_for_who_has_left(desk: FrontDesk) -> None:
    await desk.enter()
    worker = await desk.row()
    await desk.world.store.write(lambda tx: staff.change(tx, worker.id, active=False))
    assert not await desk.is_in()


async def test_a_page_that_was_asked_for_is_shown_afterwards(desk: FrontDesk) -> None:
    answer = await desk.browser.get("/alerts/12?said=x")
    assert answer.headers["location"] == "/sign-in?next=/alerts/12"
    form = (await desk.browser.get(answer.headers["location"])).text
    assert 'name="next" value="/alerts/12"' in form
    assert (await desk.enter(to="/alerts/12")).headers["location"] == "/alerts/12"
    # Who is signed in already goes straight on.
    assert (await desk.browser.get("/sign-in?next=/people")).headers["location"] == "/people"


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/%2f/evil.example",
        "/x?y=//evil.example",
        "\t//evil.example",
        "/people\r\nX-Evil: 1",
        "javascript:alert(1)",
        "people",
        "/.//evil.example",
    ],
)
async def test_nobody_is_sent_elsewhere(desk: FrontDesk, to: str) -> None:
    shown = await desk.browser.get("/sign-in", params={"next": to})
    assert "evil" not in shown.text
    assert (await desk.enter(to=to)).headers["location"] == "/"


async def test_an_operator_begins_where_they_may(desk: FrontDesk) -> None:
    assert (await desk.enter(OPERATOR)).headers["location"] == "/staff"
    assert (await desk.browser.get("/")).headers["location"] == "/staff"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_form_from_another_site_changes_nothing(desk: FrontDesk, site: str) -> None:
    elsewhere = {"Sec-Fetch-Site": site}
    form = {"name": COUNSELOR, "password": PASSWORD, "code": desk.code()}
    answer = await desk.browser.post("/sign-in", data=form, headers=elsewhere)
    assert answer.status_code == 403
    assert await desk.sessions() == 0
    await desk.enter()
    key = {"form": desk.world.form_key(desk.browser)}
    answer = await desk.browser.post("/sign-out", data=key, headers=elsewhere)
    assert answer.status_code == 403
    assert "content-security-policy" in answer.headers
    assert await desk.is_in()


async def test_a_form_without_the_key_of_its_session_changes_nothing(desk: FrontDesk) -> None:
    await desk.enter()
    others = sessions.form_key(desk.world.store, "another-session")
    for key in ("", "x", others):
        assert (await desk.browser.post("/sign-out", data={"form": key})).status_code == 403
    assert await desk.is_in()


async def test_a_notice_leads_through_the_sign_in_to_the_alert(desk: FrontDesk) -> None:
    await desk.world.joined(name="Pia Quill")
    await desk.world.say("I want to kill myself")
    link = re.search(r"https://\S+", desk.world.texts("900")[-1])
    assert link is not None
    path = link[0].removeprefix(desk.world.house.url)
    assert path == f"/alerts/{desk.world.alerts()[-1].id}"
    answer = await desk.browser.get(path)
    assert answer.status_code == 303
    assert (await desk.enter(to=path)).headers["location"] == path
    shown = await desk.browser.get(path)
    assert shown.status_code == 200
    assert "Pia Quill" in shown.text

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from bot import setup, sweeps
from bot.config import House
from bot.web import browsers, passwords, sessions, totp, tries
from storage import staff
from storage.models import audit, setup_link, web_session
from storage.store import Store
from tests.conftest import HandClock
from tests.world import COUNSELOR, PASSWORD, SUPERVISOR, World

OPERATOR = "Olga Lind"
MINUTE = timedelta(minutes=1)


@dataclass
class Desk:
    """A clinic whose staff sign in with browsers of their own."""

    world: World
    browser: httpx.AsyncClient
    secrets: dict[str, str] = field(default_factory=dict)

    def code(self, name: str = COUNSELOR, steps: int = 0) -> str:
        step = totp.step_at(self.world.clock.at) + steps
        return totp.code_of(self.secrets[name], step)

    async def enter(
        self,
        name: str = COUNSELOR,
        *,
        password: str = PASSWORD,
        code: str | None = None,
        to: str = "",
        browser: httpx.AsyncClient | None = None,
    ) -> httpx.Response:
        form = {
            "name": name,
            "password": password,
            "code": code if code is not None else self.code(name),
            "next": to,
        }
        return await (browser or self.browser).post("/sign-in", data=form)

    async def press(self, path: str, **form: str) -> httpx.Response:
        key = self.world.form_key(self.browser)
        return await self.browser.post(path, data={"form": key, **form})

    async def is_in(self, browser: httpx.AsyncClient | None = None) -> bool:
        return (await (browser or self.browser).get("/account")).status_code == 200

    def stranger(self) -> httpx.AsyncClient:
        """Another browser on the same web side."""
        return httpx.AsyncClient(transport=self.browser._transport, base_url=self.world.house.url)

    def later(self, **ahead: float) -> None:
        self.world.clock.at += timedelta(**ahead)

    async def row(self, name: str = COUNSELOR) -> Any:
        return await self.world.worker(name)

    async def audited(self, what: str) -> int:
        query = select(func.count()).select_from(audit).where(audit.c.what == what)
        return int(await self.world.read(lambda tx: tx.execute(query).scalar_one()))

    async def sessions(self) -> int:
        query = select(func.count()).select_from(web_session)
        return int(await self.world.read(lambda tx: tx.execute(query).scalar_one()))


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[Desk]:
    world = await World(store, house, clock).staffed()
    await world.hired(OPERATOR, "operator", "+12155550177")
    secrets = {name: await world.set_up(name) for name in (COUNSELOR, SUPERVISOR, OPERATOR)}
    async with world.client() as browser:
        yield Desk(world, browser, secrets)


# --- signing in ---------------------------------------------------------------------------------


async def test_name_password_and_code_open_a_session(desk: Desk) -> None:
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
async def test_what_is_wrong_is_not_said(desk: Desk, changed: dict[str, str]) -> None:
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


async def test_the_name_may_be_typed_in_any_case_and_the_code_with_a_gap(desk: Desk) -> None:
    code = desk.code()
    answer = await desk.enter("  dana   REYES ", code=f" {code[:3]} {code[3:]} ")
    assert answer.status_code == 303


@pytest.mark.parametrize(("steps", "status"), [(-2, 403), (-1, 303), (0, 303), (1, 303), (2, 403)])
async def test_a_phones_clock_may_be_half_a_minute_off(desk: Desk, steps: int, status: int) -> None:
    assert (await desk.enter(code=desk.code(steps=steps))).status_code == status


async def test_no_code_works_twice(desk: Desk) -> None:
    code = desk.code()
    assert (await desk.enter(code=code)).status_code == 303
    assert (await desk.enter(code=code, browser=desk.stranger())).status_code == 403
    # Nor does the one before it.
    assert (await desk.enter(code=desk.code(steps=-1))).status_code == 403
    assert (await desk.enter(code=desk.code(steps=1))).status_code == 303


async def test_of_two_with_the_same_code_at_once_one_gets_in(desk: Desk) -> None:
    code = desk.code()
    answers = await asyncio.gather(
        *(desk.enter(code=code, browser=desk.stranger()) for _ in range(4))
    )
    assert sorted(each.status_code for each in answers) == [303, 403, 403, 403]


@pytest.mark.parametrize(
    "changed", [{"password": None}, {"totp": None}, {"active": False}], ids=str
)
async def test_who_is_not_set_up_or_has_left_gets_in_with_nothing(
    desk: Desk, changed: dict[str, Any]
) -> None:
    code, worker = desk.code(), await desk.row()
    await desk.world.store.write(lambda tx: staff.change(tx, worker.id, **changed))
    for password in (PASSWORD, "", "None"):
        assert (await desk.enter(password=password, code=code)).status_code == 403


async def test_a_session_ends_for_who_has_left(desk: Desk) -> None:
    await desk.enter()
    worker = await desk.row()
    await desk.world.store.write(lambda tx: staff.change(tx, worker.id, active=False))
    assert not await desk.is_in()


# --- where it leads -----------------------------------------------------------------------------


async def test_a_page_that_was_asked_for_is_shown_afterwards(desk: Desk) -> None:
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
async def test_nobody_is_sent_elsewhere(desk: Desk, to: str) -> None:
    shown = await desk.browser.get("/sign-in", params={"next": to})
    assert "evil" not in shown.text
    assert (await desk.enter(to=to)).headers["location"] == "/"


async def test_an_operator_begins_where_they_may(desk: Desk) -> None:
    assert (await desk.enter(OPERATOR)).headers["location"] == "/staff"
    assert (await desk.browser.get("/")).headers["location"] == "/staff"


# --- lock-out -----------------------------------------------------------------------------------


def test_the_rest_grows_to_an_hour() -> None:
    minutes = [
        rested / MINUTE if (rested := tries.rest(failures)) else None for failures in range(14)
    ]
    assert minutes == [None] * 5 + [1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_five_wrong_tries_rest_and_a_try_meanwhile_counts_for_nothing(desk: Desk) -> None:
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


async def test_many_tries_at_once_are_no_way_round(desk: Desk) -> None:
    right = desk.code()
    codes = [*(f"{number:06}" for number in range(1, 12)), right]
    answers = await asyncio.gather(*(desk.enter(code=code) for code in codes))
    assert (await desk.row()).failures in (0, tries.FREE)
    assert [each.status_code for each in answers].count(403) >= 11


async def test_a_stranger_can_not_keep_anybody_out(desk: Desk) -> None:
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


async def test_a_known_browser_has_to_rest_too(desk: Desk) -> None:
    await desk.enter()
    await desk.press("/sign-out")
    desk.later(seconds=30)
    for _ in range(5):
        assert (await desk.enter(code="000000")).status_code == 403
    assert (await desk.enter()).status_code == 403
    assert (await desk.row()).failures == 0
    desk.later(seconds=61)
    assert (await desk.enter()).status_code == 303


async def test_a_known_browser_is_known_for_one_only_and_for_one_password(desk: Desk) -> None:
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


async def test_unknown_browsers_share_a_brake_and_known_ones_pass(desk: Desk) -> None:
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
    brake = tries.Brake(burst=3, per_second=1)
    assert [brake.take(100.0) for _ in range(5)] == [True, True, True, False, False]
    assert [brake.take(101.0), brake.take(101.5), brake.take(102.1)] == [True, False, True]
    brake.give_back()
    assert brake.take(102.1)


def test_tries_in_memory_are_bounded() -> None:
    counted = tries.Tries()
    now = HandClock().at
    for number in range(3000):
        counted.count(str(number), now)
    assert len(counted._wrong) <= 1000


class Counting(PasswordHasher):
    """Counts how often it is made to work."""

    looked = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        self.looked += 1
        return super().verify(hash, password)


async def test_the_same_work_is_done_whoever_is_named(desk: Desk) -> None:
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    worker, until = await desk.row(), desk.world.clock.at + MINUTE
    async with desk.world.client(hasher=hasher) as browser:
        await desk.enter("Nobody Here", code="000000", browser=browser)
        await desk.enter(code="000000", browser=browser)
        await desk.world.store.write(lambda tx: staff.change(tx, worker.id, locked_until=until))
        assert (await desk.enter(browser=browser)).status_code == 403
    assert hasher.looked == 3


# --- sessions -----------------------------------------------------------------------------------


async def test_a_session_ends_after_half_an_hour_of_rest(desk: Desk) -> None:
    await desk.enter()
    for _ in range(3):
        desk.later(minutes=29)
        assert await desk.is_in()
    desk.later(minutes=30)
    assert not await desk.is_in()


async def test_a_session_ends_after_twelve_hours_whatever_is_done(desk: Desk) -> None:
    await desk.enter()
    for _ in range(36):
        desk.later(minutes=19.9)
        assert await desk.is_in()
    desk.later(minutes=4)
    assert not await desk.is_in()


async def test_signing_in_begins_a_new_session_and_ends_the_one_before(desk: Desk) -> None:
    cookie = desk.world.gate.cookie
    assert cookie.startswith("__Host-")
    desk.browser.cookies.set(cookie, "chosen-by-somebody-else")
    await desk.enter()
    first = {c.value for c in desk.browser.cookies.jar if c.name == cookie}
    assert "chosen-by-somebody-else" not in (await desk.enter(SUPERVISOR)).headers["set-cookie"]
    second = {c.value for c in desk.browser.cookies.jar if c.name == cookie}
    assert first != second
    assert await desk.sessions() == 1


async def test_the_cookies_are_for_us_alone(desk: Desk) -> None:
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


async def test_only_a_hash_of_the_token_is_stored(desk: Desk) -> None:
    await desk.enter()
    stored = await desk.world.read(lambda tx: list(tx.execute(select(web_session.c.hash))))
    token = desk.browser.cookies.get(desk.world.gate.cookie) or ""
    assert token
    assert not any(token in row.hash for row in stored)


async def test_signing_out_ends_it_here(desk: Desk) -> None:
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
async def test_signing_out_elsewhere_and_everywhere(desk: Desk, which: str, *, here: bool) -> None:
    other, lee = desk.stranger(), desk.stranger()
    await desk.enter(browser=other)
    await desk.enter(SUPERVISOR, browser=lee)
    await desk.enter(code=desk.code(steps=1))
    assert "Sign out elsewhere" in (await desk.browser.get("/account")).text
    assert (await desk.press(f"/account/sign-out-{which}")).status_code == 303
    assert await desk.is_in() is here
    assert not await desk.is_in(other)
    assert await desk.is_in(lee)


async def test_sessions_and_links_that_are_over_are_forgotten(desk: Desk) -> None:
    await desk.enter()
    desk.later(days=4)
    await sweeps.forget(desk.world.store, desk.world.clock.at)
    assert await desk.sessions() == 0
    links = await desk.world.read(lambda tx: list(tx.execute(select(setup_link))))
    assert links == []


# --- forms from elsewhere -----------------------------------------------------------------------


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_form_from_another_site_changes_nothing(desk: Desk, site: str) -> None:
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


async def test_a_form_without_the_key_of_its_session_changes_nothing(desk: Desk) -> None:
    await desk.enter()
    others = sessions.form_key(desk.world.store, "another-session")
    for key in ("", "x", others):
        assert (await desk.browser.post("/sign-out", data={"form": key})).status_code == 403
    assert await desk.is_in()


# --- the set-up link ----------------------------------------------------------------------------


async def link_of(desk: Desk, name: str = COUNSELOR) -> str:
    reply = await desk.world.do("staff_reset", name=name)
    return str(reply["setup"]).removeprefix(desk.world.house.url)


def secret_in(text: str) -> str:
    found = re.search(r"<kbd>([A-Z2-7 ]{32,})</kbd>", text)
    assert found is not None
    return found[1].replace(" ", "")


async def choose(
    desk: Desk,
    link: str,
    shown: str | None = None,
    *,
    password: str = "harbor lamp nine tulips",
    **changed: str,
) -> httpx.Response:
    shown = shown or (await desk.browser.get(link)).text
    code = totp.code_of(secret_in(shown), totp.step_at(desk.world.clock.at))
    form = {"name": COUNSELOR, "password": password, "again": password, "code": code, **changed}
    return await desk.browser.post(link, data={"sealed": sealed_in(shown), **form})


def sealed_in(text: str) -> str:
    found = re.search(r'name="sealed" value="([^"]+)"', text)
    assert found is not None
    return found[1]


async def test_a_set_up_link_makes_an_account_and_signs_in(desk: Desk) -> None:
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


async def test_the_code_of_the_set_up_is_used_up(desk: Desk) -> None:
    link = await link_of(desk)
    shown = (await desk.browser.get(link)).text
    secret = secret_in(shown)
    await choose(desk, link, shown)
    desk.secrets[COUNSELOR] = secret
    answer = await desk.enter(password="harbor lamp nine tulips", browser=desk.stranger())
    assert answer.status_code == 403


async def test_a_set_up_link_works_once(desk: Desk) -> None:
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


async def test_of_two_who_use_a_link_at_once_one_gets_it(desk: Desk) -> None:
    link = await link_of(desk)
    answers = await asyncio.gather(*(choose(desk, link) for _ in range(3)))
    assert sorted(each.status_code for each in answers) == [303, 404, 404]


async def test_a_set_up_link_lasts_three_days(desk: Desk) -> None:
    link = await link_of(desk)
    desk.later(days=2, hours=23)
    assert (await desk.browser.get(link)).status_code == 200
    desk.later(hours=1)
    assert (await desk.browser.get(link)).status_code == 404
    assert (await desk.browser.get("/setup/nonsense")).status_code == 404


async def test_a_new_link_ends_the_one_before_and_whatever_opened_the_door(desk: Desk) -> None:
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
    desk: Desk, changed: dict[str, str], said: str
) -> None:
    link = await link_of(desk)
    answer = await choose(desk, link, **changed)
    assert answer.status_code == 400
    assert said in answer.text
    worker = await desk.row()
    assert (worker.password, worker.totp) == (None, None)
    # What was scanned stays good.
    assert (await choose(desk, link, answer.text)).status_code == 303


async def test_who_has_left_can_not_use_a_link(desk: Desk) -> None:
    link, worker = await link_of(desk), await desk.row()
    await desk.world.store.write(lambda tx: staff.change(tx, worker.id, active=False))
    assert (await desk.browser.get(link)).status_code == 404


async def test_a_link_is_stored_as_a_hash_and_the_secret_sealed(desk: Desk) -> None:
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


# --- the account --------------------------------------------------------------------------------


async def test_a_password_is_changed_and_other_sessions_end(desk: Desk) -> None:
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
    desk: Desk, changed: dict[str, str], status: int
) -> None:
    await desk.enter()
    desk.later(minutes=1)
    new = "velvet otter counts rain"
    form = {"password": PASSWORD, "new": new, "again": new, "code": desk.code(), **changed}
    assert (await desk.press("/account/password", **form)).status_code == status
    assert (await desk.enter(code=desk.code(steps=1))).status_code == 303


async def test_who_finds_a_browser_open_can_not_guess_the_password(desk: Desk) -> None:
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


async def test_a_second_factor_moves_to_a_new_phone(desk: Desk) -> None:
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


async def test_a_secret_that_was_made_for_another_is_not_taken(desk: Desk) -> None:
    await desk.enter()
    for sealed in ("", "x", desk.world.store.keyring.seal("A" * 32 + ":999", "form.totp")):
        answer = await desk.press("/account/factor", sealed=sealed, new_code="1", code="1")
        assert answer.headers["location"] == "/account/factor"


async def test_the_account_says_where_notices_go(desk: Desk) -> None:
    await desk.enter()
    text = (await desk.browser.get("/account")).text
    assert "Telegram: <span" in text
    await desk.press("/sign-out")
    await desk.enter(OPERATOR)
    assert "(215) 555-0177" in (await desk.browser.get("/account")).text


# --- the command line ---------------------------------------------------------------------------


async def test_the_staff_are_listed_with_what_is_missing(desk: Desk) -> None:
    await desk.world.do("staff_reset", name=SUPERVISOR)
    found = (await desk.world.do("staff_list"))["staff"]
    assert found == [
        [COUNSELOR, "counselor", "can sign in", "notices: Telegram"],
        [SUPERVISOR, "supervisor", "not set up", "notices: text"],
        [OPERATOR, "operator", "can sign in", "notices: text"],
    ]
    assert "error" in await desk.world.do("staff_reset", name="Nobody Here")


async def test_a_notice_leads_through_the_sign_in_to_the_alert(desk: Desk) -> None:
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

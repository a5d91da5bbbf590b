"""The main job through `companion run`, on real sockets, by both channels and databases."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot.web import totp
from tests.running import Running, running
from tests.waiting import until
from tests.warm import Warm, WarmRunning

PATIENT = "+12155550123"
LEE = "+12155550199"


async def _open_house(house: Running) -> tuple[int, int]:
    dana = house.telegram.new_user("Dana")
    sam = house.telegram.new_user("Sam")
    await house.link(dana, "staff", "add", "Dana Reyes", "--role", "counselor", "--telegram")
    await until(lambda: len(house.chat_texts(dana)) == 1)
    await house.command("staff", "add", "Lee Okafor", "--role", "supervisor", "--sms", LEE)
    return dana, sam


def _invite(*more: str) -> list[str]:
    return [
        "invite", "Sam Doe", "--counselor", "Dana Reyes", "--born", "1990-01-31",
        "--consented", "2026-11-20", "--phone", PATIENT, "--yes", *more,
    ]  # fmt: skip


async def test_telegram_from_invitation_to_the_truth(
    warm: Warm, tmp_path: Path, database_url: str
) -> None:
    async with WarmRunning(tmp_path, database_url, warm) as house:
        dana, sam = await _open_house(house)
        await house.link(sam, *_invite("--telegram"))
        await until(lambda: len(house.chat_texts(sam)) == 3)
        for key in ("agree", "en"):
            message = house.telegram.messages(sam)[-1]
            data = next(b.data for row in message.buttons for b in row if b.data and key in b.data)
            before = len(house.chat_texts(sam))
            await house.telegram.tap(sam, message.message_id, data)
            await until(lambda before=before: len(house.chat_texts(sam)) > before)  # type: ignore[misc]
        for text, said in (("19103", "good time"), ("6 pm", "All set")):
            await house.telegram.say(sam, text)
            await until(lambda said=said: said in house.chat_texts(sam)[-1])  # type: ignore[misc]
        await house.telegram.say(sam, "i want to kill myself tonight")
        await until(lambda: "No one has read it yet" in house.chat_texts(sam)[-1])
        await until(lambda: "http" in house.chat_texts(dana)[-1])
        notice = house.telegram.messages(dana)[-1]
        assert "Sam" not in notice.text
        await house.telegram.tap(dana, notice.message_id, notice.buttons[0][0].data or "")
        await until(lambda: any("Your counselor read this" in t for t in house.chat_texts(sam)))
        number = notice.text.split()[0]
        await house.telegram.say(dana, f"CALLING {number}")
        await until(lambda: any("calling you now" in t for t in house.chat_texts(sam)))
        assert await house.stop() == 0
        _assert_nothing_personal(house)


async def test_sms_from_invitation_to_the_truth(
    warm: Warm, tmp_path: Path, database_url: str
) -> None:
    async with WarmRunning(tmp_path, database_url, warm) as house:
        dana, _ = await _open_house(house)
        await house.command(*_invite("--sms", PATIENT, "--language", "es"))
        await until(lambda: len(house.phone_texts(PATIENT)) == 3)
        for text, said in (("1", "idioma"), ("2", "ZIP"), ("19103", "2 "), ("18:00", "6 p.m.")):
            await house.twilio.text(PATIENT, "+15005550006", text)
            await until(lambda said=said: said in house.phone_texts(PATIENT)[-1])  # type: ignore[misc]
        await house.twilio.text(PATIENT, "+15005550006", "quiero matarme esta noche")
        await until(lambda: any("988" in t for t in house.phone_texts(PATIENT)[-2:]))
        await until(lambda: "http" in house.chat_texts(dana)[-1])
        await until(lambda: any("SEEN" in t for t in house.phone_texts(LEE)))
        number = re.search(r"SEEN (\d+)", house.phone_texts(LEE)[-1])
        assert number is not None
        await house.twilio.text(LEE, "+15005550006", f"seen {number[1]}")
        await until(lambda: any("ha leído" in t or "leyó" in t for t in house.phone_texts(PATIENT)))
        trusted = {"Authorization": f"Bearer {house.environment['METRICS_TOKEN']}"}
        async with (
            aiohttp.ClientSession(headers=trusted) as session,
            session.get(f"{house.url}/health") as answer,
        ):
            assert (await answer.json())["open_alerts"] == 1
        assert await house.stop() == 0
        _assert_nothing_personal(house)


async def test_a_text_that_came_while_down_is_caught_up(
    warm: Warm, tmp_path: Path, database_url: str
) -> None:
    async with WarmRunning(tmp_path, database_url, warm) as house:
        await _open_house(house)
        await house.command(*_invite("--sms", PATIENT))
        await until(lambda: len(house.phone_texts(PATIENT)) == 3)
        await house.stop()
        house.twilio.sms_url = f"{house.url}/sms#rc=0"
        await house.twilio.text(PATIENT, "+15005550006", "i want to kill myself tonight")
        before = len(house.phone_texts(PATIENT))
        await house.start()
        await until(lambda: len(house.phone_texts(PATIENT)) > before)
        assert "988" in "\n".join(house.phone_texts(PATIENT)[before:])


async def test_a_bare_start_gets_no_consent_and_a_stranger_gets_lines(
    tmp_path: Path, database_url: str
) -> None:
    async with running(tmp_path, database_url) as house:
        someone = house.telegram.new_user("Kim")
        await house.telegram.say(someone, "/start")
        await until(lambda: len(house.chat_texts(someone)) == 1)
        assert "988" in house.chat_texts(someone)[0]


async def test_a_member_of_staff_sets_up_and_signs_in(
    warm: Warm, tmp_path: Path, database_url: str
) -> None:
    async with WarmRunning(tmp_path, database_url, warm) as house:
        said = await house.command("staff", "add", "Lee Okafor", "--role", "supervisor",
                                   "--sms", LEE)  # fmt: skip
        link = next(line for line in said if line.startswith(f"{house.url}/setup/"))
        assert "not set up" in (await house.command("staff", "list"))[0]
        assert '"database_is_empty"' in house.log.read_text()
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            async with browser.get(link) as answer:
                shown = await answer.text()
            found = re.search(r"secret=([A-Z2-7]+)", shown)
            sealed = re.search(r'name="sealed" value="([^"]+)"', shown)
            assert found is not None
            assert sealed is not None
            code = totp.code_of(found[1], totp.step_at(datetime.now(UTC)))
            chosen = "velvet otter counts rain"
            form = {"password": chosen, "again": chosen, "code": code, "sealed": sealed[1]}
            async with browser.post(link, data=form) as answer:
                assert (answer.status, answer.url.path) == (200, "/")
                assert "Lee Okafor" in await answer.text()
        assert "can sign in" in (await house.command("staff", "list"))[0]
        again = await house.command("staff", "reset", "lee okafor")
        assert again[-1].startswith(f"{house.url}/setup/")
        assert again[-1] != link
        assert "not set up" in (await house.command("staff", "list"))[0]
        await house.command("staff", "reset", "Nobody Here", ok=False)
        for secret in (found[1], chosen, link.rpartition("/")[2], "Okafor"):
            assert secret not in house.log.read_text()


async def test_what_is_wrong_with_an_invitation_is_said(
    warm: Warm, tmp_path: Path, database_url: str
) -> None:
    async with WarmRunning(tmp_path, database_url, warm) as house:
        await _open_house(house)
        invite = _invite("--telegram")
        for name, wrong in (("--born", "2010-01-31"), ("--consented", "2999-01-01"),
                            ("--counselor", "Nobody Here"), ("--born", "yesterday")):  # fmt: skip
            words = list(invite)
            words[words.index(name) + 1] = wrong
            assert await house.command(*words, ok=False) == []


def _assert_nothing_personal(house: Running) -> None:
    log = house.log.read_text()
    for line in log.splitlines():
        json.loads(line)
    for secret in (
        "Sam", "Dana", "Okafor", PATIENT[2:], LEE[2:], "kill", "matarme", "19103",
        house.telegram.token, house.twilio.auth_token,
    ):  # fmt: skip
        assert secret not in log

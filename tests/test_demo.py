"""The demo: its page played in a real browser, and its way through time."""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from bot.demo import clinic, patients
from bot.demo.phones import Account, Stage
from bot.demo.stage import opened
from tests.demo_page import (
    SEEN_MS,
    WORDS,
    Phone,
    browser_test,
    join,
    later,
    opened_page,
    running_demo,
    sign_in,
)


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with running_demo() as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(demo: str) -> AsyncIterator[Page]:
    async with opened_page(demo) as page:
        yield page


async def latest(staff: Phone) -> int:
    """The highest number of an urgent alert that the counselor has heard of."""
    heard = await staff.theirs(r"^Received: \d+ URGENT").all_inner_texts()
    return max(int(found[1]) for text in heard if (found := re.search(r"(\d+) URGENT", text)))


async def notice_after(staff: Phone, number: int) -> Locator:
    """The first notice of the next urgent alert, once it is there.

    Older ones may speak up meanwhile, and a concern may have taken the number in between.
    """
    async with asyncio.timeout(SEEN_MS / 1000):
        while (new := await latest(staff)) == number:  # noqa: ASYNC110 - it watches a page
            await asyncio.sleep(0.1)
    return staff.theirs(rf"^Received: {new} URGENT\.").first


@pytest.mark.parametrize(
    ("channel", "language"),
    [("sms", "en"), ("telegram", "es"), ("sms", "es"), ("telegram", "en")],
    ids=["sms-en", "telegram-es", "sms-es", "telegram-en"],
)
class TestStory:
    """From the invitation to the patient who reads that somebody calls."""

    pytestmark = browser_test

    async def test_from_invitation_to_call(self, page: Page, channel: str, language: str) -> None:
        words = WORDS[language]
        phone, staff = Phone(page, channel), Phone(page, "staff")
        await join(page, phone, channel, language)
        await expect(phone.theirs(words.question)).to_have_count(0)
        await later(page, "minutes")
        await phone.reads(words.question)

        before = await latest(staff)
        await phone.type(words.worry)
        await phone.reads(words.line)
        await phone.reads(words.asked)
        await expect(phone.theirs(words.seen)).to_have_count(0)
        notice = await notice_after(staff, before)
        assert not re.search("Rivera|Sam|Ana|Luz|Emma", await notice.inner_text())

        async with page.context.expect_page() as popup:
            await notice.get_by_role("link").click()
        alert = await popup.value
        await sign_in(page, alert)
        await expect(alert.get_by_role("heading", level=1)).to_contain_text("Rivera")
        await expect(alert.locator("blockquote").first).to_contain_text(words.worry)

        where = notice if channel == "telegram" else alert
        await where.get_by_role("button", name="Seen").click()
        await phone.reads(words.seen)
        await expect(phone.theirs(words.calling)).to_have_count(0)
        await alert.get_by_role("button", name="Calling now").click()
        await phone.reads(words.calling)
        # Somebody has it: its notice can't be pressed any more.
        await expect(notice.get_by_role("button")).to_have_count(0)
        await alert.close()
        await take_picture(page)


async def take_picture(page: Page) -> None:
    """Keep what the page looks like where COMPANION_PICTURE says; the last story wins."""
    path = os.environ.get("COMPANION_PICTURE")
    if path:
        await page.evaluate("document.activeElement.blur()")
        await page.mouse.move(2, 2)
        await page.screenshot(path=Path(path))


@pytest.mark.parametrize(
    ("who", "begins"),
    [
        ("Dana Reyes, counselor", "Today"),
        ("Ruth Okafor, supervisor", "Today"),
        ("Omar Haddad, operator", "Staff"),
    ],
)
class TestConsole:
    """Everybody on the staff gets into the console with what the page shows, again and again."""

    pytestmark = browser_test

    async def test_in_and_out_and_in_again(self, page: Page, who: str, begins: str) -> None:
        staff = Phone(page, "staff")
        name = who.split(",", maxsplit=1)[0]
        await staff.root.get_by_label("Show").select_option(label=who)
        await expect(page.get_by_test_id("console-name")).to_have_text(name)
        for _ in range(2):
            async with page.context.expect_page() as popup:
                await page.get_by_test_id("open-console").click()
            console = await popup.value
            await console.wait_for_load_state()
            if "/sign-in" not in console.url:
                await console.get_by_role("button", name="Sign out").click()
            shown = page.get_by_test_id("console-code")
            # Two sign-ins in a row may have used up the codes of this half minute.
            await expect(shown).to_have_text(re.compile(r"^\d"), timeout=40_000)
            code = await shown.inner_text()
            await sign_in(page, console)
            await expect(console.get_by_role("heading", level=1)).to_have_text(re.compile(begins))
            await console.get_by_role("button", name="Sign out").click()
            await expect(console.get_by_text("You are signed out.")).to_be_visible()
            await console.close()
            # The page looks twice a second: the code that was taken is not shown again.
            await expect(page.get_by_test_id("console-code")).not_to_have_text(code)
        await staff.root.get_by_label("Show").select_option(label="Dana Reyes, counselor")


class TestPage:
    """What the page promises besides."""

    pytestmark = browser_test

    async def test_nothing_comes_from_elsewhere(self, demo: str) -> None:
        def get() -> tuple[str, str]:
            with urlopen(demo) as answer:
                return answer.headers["content-security-policy"], answer.read().decode()

        policy, text = await asyncio.to_thread(get)
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert not re.search(r'(?:src|href)="(?!/)', text)

    async def test_pushing_the_clock_signs_nobody_out(self, page: Page) -> None:
        # Some minutes on there is a code that nobody has used.
        await later(page, "minutes")
        async with page.context.expect_page() as popup:
            await page.get_by_test_id("open-console").click()
        console = await popup.value
        await sign_in(page, console)
        await later(page, "hour")
        await console.reload()
        await expect(console.get_by_role("button", name="Sign out")).to_be_visible()
        await console.close()

    async def test_a_voice_message_is_answered_kindly(self, page: Page) -> None:
        phone = Phone(page, "telegram")
        await phone.root.get_by_label("Show").select_option(label="Marcus Webb")
        await expect(phone.root.get_by_role("heading")).to_have_text("Marcus's phone: Telegram")
        await phone.root.get_by_role("button", name="Send a voice message").click()
        await phone.reads("can't hear or see this")

    async def test_a_phone_that_is_off_gets_nothing(self, page: Page) -> None:
        phone = Phone(page, "sms")
        await phone.root.get_by_label("Show").select_option(label="Tyrone Banks")
        await phone.root.get_by_test_id("switch").click()
        await expect(phone.root.get_by_test_id("switch")).to_have_text("Switch the phone on")
        await phone.type("menu")
        await expect(phone.root.locator("li.lost")).to_contain_text("Undelivered (30003)")


async def texts_of(stage: Stage, account: Account) -> list[tuple[str, str]]:
    """The local day and the words of everything that a phone received."""
    zone = clinic.CLINIC.tz
    if account.phone == "sms":
        texts = stage.twilio.texts(account.address)
        return [(f"{t.moment.astimezone(zone):%F}", t.body) for t in texts if t.from_service]
    shown = stage.telegram.messages(account.chat)
    return [(f"{m.moment.astimezone(zone):%F}", m.text) for m in shown if m.from_bot]


async def joined(stage: Stage, account: Account) -> None:
    """Agree, and be asked at 6 pm in Philadelphia."""
    await stage.start(account)
    await stage.travel.settle()
    for said in ("1", "1", "19103", "18:00"):
        await stage.say(account, said)
        await stage.travel.settle()


async def test_a_fortnight_of_the_clock_brings_one_check_in_a_day() -> None:
    async with opened(history=timedelta()) as stage:
        dana = await stage.hire(patients.COUNSELOR, "counselor")
        on_telegram = await stage.invite(
            "Sam Rivera", "telegram", "en", counselor=patients.COUNSELOR
        )
        by_sms = await stage.invite("Ana Torres", "sms", "en", counselor=patients.COUNSELOR)
        for account in (on_telegram, by_sms):
            await joined(stage, account)
        begin = stage.clock.now()
        await stage.travel.advance(begin + timedelta(days=14))

        assert timedelta(0) <= stage.clock.now() - begin - timedelta(days=14) < timedelta(minutes=1)
        for account, question in (
            (on_telegram, "Hi Sam. How's your day"),
            (by_sms, "Hi. 4 numbers"),
        ):
            received = await texts_of(stage, account)
            days = Counter(day for day, text in received if text.startswith(question))
            assert len(days) == 14
            assert set(days.values()) == {1}
            nudges = Counter(day for day, text in received if "Just this once more" in text)
            assert nudges == days
        # Silence is seen by the counselor, once for each of them, and reminded of, not flooded.
        notices = [
            text
            for _, text in await texts_of(stage, dana)
            if "CONCERN" in text or "people need you" in text
        ]
        # They come in the same minute, and are one text.
        assert any(text.startswith("2 people need you: 1, 2.") for text in notices)

"""The demo: its page played in a real browser, and its way through time."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.demo import clinic
from bot.demo.phones import Account, Stage
from bot.demo.stage import opened

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
browser_test = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(_CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]
_START_SECONDS = 120
_SEEN_MS = 15_000


@dataclass(frozen=True)
class Words:
    """What a patient says and reads in one language."""

    hello: str
    agree: str
    language: str
    hour: str
    question: str
    worry: str
    line: str
    asked: str
    seen: str
    calling: str
    all_set: str


WORDS = {
    "en": Words(
        hello="I'm a program",
        agree="I agree",
        language="English",
        hour="type a time",
        question="Like: 6 3 1 1|How's your day",
        worry="I don't want to be here anymore",
        line="988 is open now",
        asked=r"Are you thinking of killing yourself\?",
        seen="Your (counselor|usual person on the team) read this at",
        calling="Your (counselor|usual person on the team) says they are calling you now",
        all_set="All set",
    ),
    "es": Words(
        hello="Soy un programa",
        agree="Acepto",
        language="Español",
        hour="escribe otra",
        question=r"Como: 6 3 1 1|Del 0 \(mal\)",
        worry="ya no quiero vivir",
        line="El 988 atiende ahora",
        asked=r"¿Estás pensando en matarte\?",
        seen="(Quien te atiende|La persona de siempre de tu equipo) ha leído esto",
        calling="(Quien te atiende|La persona de siempre de tu equipo) dice que te llama",
        all_set="Todo listo",
    ),
}
NAMES = {("sms", "en"): "Emma", ("sms", "es"): "Ana", ("telegram", "es"): "Luz"}


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    """The address of a demo that runs as people run it, among settings that it must not take."""
    # Short, because the path of a socket is.
    with tempfile.TemporaryDirectory(prefix="d") as folder:
        yield from _run_demo(folder)
        assert list(Path(folder).iterdir()) == []


def _run_demo(folder: str) -> Iterator[str]:
    around = {
        **os.environ,
        "TMPDIR": folder,
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "PUBLIC_URL": "https://not-this.example",
        "TELEGRAM_BOT_TOKEN": "1:none",
    }
    command = [sys.executable, "-m", "bot", "demo", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=around, text=True) as running:
        try:
            assert running.stdout is not None
            lines = iter(running.stdout.readline, "")
            yield next(line.split()[1] for line in lines if line.startswith("Open http"))
            assert running.poll() is None
        finally:
            running.send_signal(signal.SIGINT)
            assert running.wait(30) == 0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        opened_browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=quiet)
        yield opened_browser
        await opened_browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(demo: str, browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(_SEEN_MS)
    page = await context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(error.message))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    await page.goto(demo)
    await expect(page.get_by_test_id("phone-sms").get_by_role("listitem").first).to_be_visible()
    yield page
    await context.close()
    assert wrong == []


class Phone:
    """One phone of the page, used by hand."""

    def __init__(self, page: Page, name: str) -> None:
        self.root = page.get_by_test_id(f"phone-{name}")
        self.telegram = name != "sms"

    def theirs(self, words: str) -> Locator:
        """What was received and says this."""
        return self.root.locator("li.theirs").filter(has_text=re.compile(words))

    async def reads(self, words: str) -> None:
        await expect(self.theirs(words).last).to_be_visible(timeout=_SEEN_MS)

    async def type(self, text: str) -> None:
        await self.root.get_by_test_id("say").fill(text)
        await self.root.get_by_test_id("send").click()

    async def answer(self, label: str, digit: str) -> None:
        """Tap the button on Telegram, send its number by SMS."""
        if self.telegram:
            await self.root.get_by_role("button", name=label, exact=True).last.click()
        else:
            await self.type(digit)


async def clock(page: Page) -> str:
    """The local time of day that the page shows, as 16:05."""
    words = await page.get_by_test_id("clock").inner_text()
    hour, minute, half = re.findall(r"(\d+):(\d+)\s*([AP])M", words)[0]
    return f"{int(hour) % 12 + (12 if half == 'P' else 0):02d}:{minute}"


async def later(page: Page, button: str) -> None:
    await page.get_by_test_id(f"clock-{button}").click()
    await expect(page.get_by_test_id("clock")).to_have_attribute(
        "data-moving", "false", timeout=60_000
    )


async def join(page: Page, phone: Phone, channel: str, language: str) -> None:
    """Invite, agree, and say language, place and an hour that is a few minutes away."""
    words = WORDS[language]
    name = NAMES.get((channel, language), "Sam")
    form = page.get_by_test_id("invite")
    await form.locator("[name=name]").fill(f"{name} Rivera")
    await form.locator("[name=channel]").select_option(channel)
    await form.locator("[name=language]").select_option(language)
    await form.get_by_role("button", name="Invite").click()
    await expect(phone.root.get_by_role("heading")).to_have_text(re.compile(f"^{name}'s phone"))
    if channel == "telegram":
        await phone.root.get_by_test_id("open-invitation").click()
    await phone.reads(f"{name}.*Harbor Check")
    await phone.reads(words.hello)
    await phone.reads("988")
    await phone.reads("STOP|/stop")
    await phone.answer(words.agree, "1")
    await phone.reads("Español")
    await phone.answer(words.language, "2" if language == "es" else "1")
    await phone.reads("ZIP")
    await phone.type("19103")
    await phone.reads(words.hour)
    hour, minute = map(int, (await clock(page)).split(":"))
    soon = hour * 60 + minute + 10
    await phone.type(f"{soon // 60:02d}:{soon % 60:02d}")
    await phone.reads(words.all_set)


async def latest(staff: Phone) -> int:
    """The highest number of an alert that the counselor has heard of."""
    heard = await staff.theirs(r"^Received: \d+ URGENT").all_inner_texts()
    return max(int(found[1]) for text in heard if (found := re.search(r"(\d+) URGENT", text)))


async def notice_of(staff: Phone, number: int) -> Locator:
    """The first notice of an alert, once it is there; older ones may speak up meanwhile."""
    notice = staff.theirs(rf"^Received: {number} URGENT\.").first
    await expect(notice).to_be_visible(timeout=_SEEN_MS)
    return notice


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
        notice = await notice_of(staff, before + 1)
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
        await expect(notice.get_by_role("button")).to_have_count(0, timeout=_SEEN_MS)
        await alert.close()
        await take_picture(page)


async def sign_in(demo: Page, console: Page) -> None:
    """Give what stands under the phone of whom it shows; who is signed in already goes on."""
    await console.wait_for_load_state()
    if "/sign-in" not in console.url:
        return
    for label, what in (
        ("Your full name", "name"),
        ("Password", "password"),
        ("Code from your app", "code"),
    ):
        shown = demo.get_by_test_id(f"console-{what}")
        if what == "code":  # a code that was taken is not shown again: the next one is waited for
            await expect(shown).to_have_text(re.compile(r"^\d{6}$"), timeout=40_000)
        given = await shown.inner_text()
        await console.get_by_label(label).fill(given)
    await console.get_by_role("button", name="Sign in").click()
    await expect(console).not_to_have_url(re.compile("/sign-in"))


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
            code = await page.get_by_test_id("console-code").inner_text()
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
        dana = await stage.hire(clinic.COUNSELOR, "counselor")
        on_telegram = await stage.invite("Sam Rivera", "telegram", "en", counselor=clinic.COUNSELOR)
        by_sms = await stage.invite("Ana Torres", "sms", "en", counselor=clinic.COUNSELOR)
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

"""The demo in a real browser: how it is started, its phones, its clock, joining and signing in."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
browser_test = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(_CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]
SEEN_MS = 30_000
expect.set_options(timeout=SEEN_MS)
_LEAST = timedelta(minutes=9)
_MOVING = "data-moving"


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


@contextlib.contextmanager
def running_demo() -> Iterator[str]:
    """The address of a demo that runs as people run it, among settings that it must not take."""
    # Short, because the path of a socket is.
    with tempfile.TemporaryDirectory(prefix="d") as folder:
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
                assert running.wait(60) == 0
        assert list(Path(folder).iterdir()) == []


@contextlib.asynccontextmanager
async def opened_page(address: str) -> AsyncIterator[Page]:
    """The demo's page in a browser of its own; nothing may go wrong in it."""
    async with async_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=quiet)
        context = await browser.new_context(viewport={"width": 1400, "height": 900})
        context.set_default_timeout(SEEN_MS)
        page = await context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(error.message))
        page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
        await page.goto(address)
        await expect(page.get_by_test_id("phone-sms").get_by_role("listitem").first).to_be_visible()
        yield page
        await browser.close()
        assert wrong == []


class Phone:
    """One phone of the page, used by hand."""

    def __init__(self, page: Page, name: str) -> None:
        self.root = page.get_by_test_id(f"phone-{name}")
        self.telegram = name != "sms"

    async def show(self, label: str) -> None:
        """Pick somebody's phone up, by what the list below it says."""
        await self.root.get_by_label("Show").select_option(label=label)
        first = label.split(maxsplit=1)[0]
        await expect(self.root.get_by_role("heading")).to_have_text(re.compile(f"^{first}( |')"))

    async def latest(self) -> str:
        """The id of the last message that is there now."""
        found = await self.root.locator("li[data-id]").last.get_attribute("data-id")
        assert found is not None
        return found

    def theirs(self, words: str, since: str | None = None) -> Locator:
        """What was received and says this, after a message if one is given."""
        which = "li.theirs" if since is None else f'li[data-id="{since}"] ~ li.theirs'
        return self.root.locator(which).filter(has_text=re.compile(words))

    async def reads(self, words: str, since: str | None = None) -> None:
        await expect(self.theirs(words, since).last).to_be_visible()

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
    """Push the clock on by one of its buttons, and wait until it has arrived."""
    before, shown = await now(page), page.get_by_test_id("clock")
    await page.get_by_test_id(f"clock-{button}").click()
    async with asyncio.timeout(60):
        # First that it has set out, then that it stands still.
        while await now(page) - before < _LEAST or await shown.get_attribute(_MOVING) != "false":
            await page.wait_for_timeout(50)


async def now(page: Page) -> datetime:
    """The moment that the page's clock shows."""
    shown = await page.get_by_test_id("clock").get_attribute("datetime")
    assert shown is not None
    return datetime.fromisoformat(shown)


async def join(
    page: Page, phone: Phone, channel: str, language: str, hour: str | None = None
) -> None:
    """Invite, agree, and say language, place and an hour: a few minutes away, or this one."""
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
    await phone.type(hour or await _soon(page))
    await phone.reads(words.all_set)


async def _soon(page: Page) -> str:
    hour, minute = map(int, (await clock(page)).split(":"))
    soon = hour * 60 + minute + 10
    return f"{soon // 60:02d}:{soon % 60:02d}"


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

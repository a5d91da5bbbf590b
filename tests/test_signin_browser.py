"""Set-up, sign-in and account in a real browser: wide and narrow, light and dark, by keyboard."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from bot.config import House
from bot.web import totp
from bot.web.server import listen, server
from bot.web.site import build
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.world import COUNSELOR, World

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(_CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]
PASSWORD = "velvet otter counts rain"
expect.set_options(timeout=30_000)
LOOKS = [(1280, 800, "light"), (375, 667, "dark")]


@dataclass
class Place:
    world: World
    browser: Browser
    link: str

    def code(self, secret: str) -> str:
        return totp.code_of(secret, totp.step_at(self.world.clock.at))


@pytest.fixture
async def place(store: Store, clock: HandClock) -> AsyncIterator[Place]:
    """A served console and a browser; the counselor's set-up link waits."""
    listener = listen("127.0.0.1", 0)
    house = House(clinic(), f"http://127.0.0.1:{listener.getsockname()[1]}")
    world = await World(store, house, clock).staffed()
    link = (await world.do("staff_reset", name=COUNSELOR))["setup"]
    web = server(build(world.site()))
    serving = asyncio.create_task(web.serve([listener]))
    async with async_playwright() as playwright:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=quiet)
        yield Place(world, browser, link)
        await browser.close()
    web.should_exit = True
    await serving


async def fits(page: Page) -> None:
    """Nothing sticks out at the side, and what is typed into has a label."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    unnamed = (
        "[...document.querySelectorAll('input:not([type=hidden])')].filter(i => !i.labels.length)"
    )
    assert await page.evaluate(f"{unnamed}.length") == 0
    assert await page.locator("h1").count() == 1
    # The picture of the secret is white all round, in the dark too.
    for svg in await page.locator("svg").all():
        assert await svg.locator("path").first.get_attribute("fill") == "#fff"


@pytest.mark.parametrize(("width", "height", "scheme"), LOOKS, ids=["wide", "phone"])
async def test_from_the_set_up_link_into_the_console_and_back(
    place: Place, width: int, height: int, scheme: str
) -> None:
    context = await place.browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = await context.new_page()
    wrong: list[str] = []
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)

    await page.goto(place.link)
    ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
    shades = [int(part) for part in re.findall(r"\d+", ground)[:3]]
    assert (max(shades) < 60) is (scheme == "dark")
    await fits(page)
    secret = (await page.locator(".secret").inner_text()).replace(" ", "")
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.get_by_label("The same once more").fill(PASSWORD)
    await page.get_by_label("The six digits").fill(place.code(secret))
    await page.get_by_role("button", name="Done").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Today")
    rows = "new Set([...document.querySelectorAll('nav li')].map(li => li.offsetTop)).size"
    assert await page.evaluate(rows) == 1, "no entry wraps alone"

    await page.goto(f"{place.world.house.url}/account")
    await fits(page)
    await page.goto(f"{place.world.house.url}/account/factor")
    await fits(page)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_text("You are signed out.")).to_be_visible()
    await fits(page)

    # By keyboard alone: the name has the focus, Enter sends.
    place.world.clock.at = place.world.clock.at.replace(minute=5)
    await page.goto(f"{place.world.house.url}/account")
    await expect(page.get_by_label("Your full name")).to_be_focused()
    for typed in (COUNSELOR, PASSWORD, place.code(secret)):
        await page.keyboard.type(typed)
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    # The way to the content comes first, and leads past the list of pages.
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="To the content")).to_be_focused()
    assert wrong == []
    await context.close()

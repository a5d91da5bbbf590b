"""One alert in the demo as people live it: on the person's phone, the staff's, and its page."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from bot.demo import patients
from tests.demo_page import SEEN_MS, Phone, sign_in

STAFF = dict(patients.STAFF)
DANA, MIGUEL, JUNE, RUTH, OMAR = STAFF
"""The counselor of everybody here, another one, who is on call, a supervisor, an operator."""
PEOPLE = {
    ("telegram", "en"): "Marcus Webb",
    ("telegram", "es"): "Luz Rivera",
    ("sms", "en"): "Emily Hart",
    ("sms", "es"): "Rosa Ibarra",
}
_TIME = re.compile(r"(\d+)(?::(\d\d))? ([ap])\.?m", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """What is written and read in danger in one language, on either channel."""

    overdose: str
    first_help: str
    sending: str
    nobody_yet: str
    unanswered: str
    receipt: str
    another_read: str
    another_calls: str
    supervisor_calls: str
    done: str
    no: str
    passed_on: str
    pull: str
    slept: str
    slept_well: str
    used: str
    not_used: str
    thanks: str


SAID = {
    "en": Said(
        overdose="I took too many pills",
        first_help="^Received: Call 911 now, or shout for help",
        sending=r"I'm sending this to the on-call team now, .*m\. No one has read it yet",
        nobody_yet=r"No one on the team has read this yet, .*m\. I keep trying",
        unanswered="I asked if you think of killing yourself, and have not heard back",
        receipt="read this at|calling you now",
        another_read="(Another counselor|Someone else) on the team read this at",
        another_calls="(Another counselor|Someone else) on the team says they are calling you now",
        supervisor_calls="(A supervisor on|Someone who leads) the team says they are calling you",
        done="Your team has closed this for now",
        no="No, I'm not",
        passed_on="OK, thank you.* The team still gets your message",
        pull="Any urge to use today|And the pull today",
        slept="How did you sleep",
        slept_well="OK",
        used="Did you use today|Did the day go to plan",
        not_used="I didn't",
        thanks="Thanks, noted",
    ),
    "es": Said(
        overdose="me tomé demasiadas pastillas",
        first_help="^Received: Llama al 911 ya, o grita pidiendo ayuda",
        sending=r"Le mando esto al equipo de guardia ahora, .*m\. "
        "Nadie lo ha (leído todavía|visto hasta ahora)",
        nobody_yet="Nadie del equipo (ha leído esto todavía|lo ha visto hasta ahora), "
        r".*m\. Sigo intentando",
        unanswered="Pregunté si piensas en matarte y no supe más",
        receipt="ha leído esto,|dice que te llama",
        another_read="Otra persona (que atiende en|de) tu equipo ha leído esto",
        another_calls="Otra persona (que atiende en|de) tu equipo dice que te llama",
        supervisor_calls="Quien (supervisa a|dirige) tu equipo dice que te llama",
        done="Tu equipo cerró esto por ahora",
        no="No, ahora no",
        passed_on="Bien, gracias.* Tu mensaje le llega al equipo de todos modos",
        pull="Ganas de consumir hoy|Y el jalón hoy",
        slept="Cómo dormiste",
        slept_well="Bien",
        used="Consumiste hoy|salió según el plan",
        not_used="Hoy no",
        thanks="Gracias, anotado",
    ),
}


class Team:
    """Every member of staff, with a phone in the page and a browser of their own."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.phone = Phone(page, "staff")
        self._browsers: dict[str, Page] = {}

    async def pick_up(self, name: str) -> None:
        await self.phone.show(f"{name}, {STAFF[name]}")

    async def opens(self, name: str, address: str) -> Page:
        """Somebody at a page of the console, signed in with what stands under their phone."""
        await self.pick_up(name)
        if name not in self._browsers:
            browser = self.page.context.browser
            assert browser is not None
            context = await browser.new_context()
            context.set_default_timeout(SEEN_MS)
            self._browsers[name] = await context.new_page()
        console = self._browsers[name]
        await console.goto(address)
        await sign_in(self.page, console)
        return console

    async def console(self, path: str) -> str:
        address = await self.page.get_by_test_id("open-console").get_attribute("href")
        assert address is not None
        return address.rstrip("/") + path


def minute_of(text: str) -> int:
    """The first time of day that a text says, in minutes."""
    found = _TIME.search(text)
    assert found is not None, text
    return int(found[1]) % 12 * 60 + 12 * 60 * (found[3] in "pP") + int(found[2] or 0)


class Story:
    """One alert of one person, from the first word to the outcome."""

    def __init__(self, team: Team, channel: str, language: str) -> None:
        self.team = team
        self.page = team.page
        self.phone = Phone(team.page, channel)
        self.name = PEOPLE[channel, language]
        self.said = SAID[language]
        self.began = self.number = 0
        self._since = ""

    async def begin(self) -> None:
        """The person takes their phone; what comes from here on belongs to the story."""
        await self.phone.show(self.name)
        self._since = await self.phone.latest()

    async def alarm(self, words: str, level: str, first: str) -> None:
        """They write it, and `first` on the staff is paged at once; nobody has read it yet."""
        await self.team.pick_up(first)
        before = await self.team.phone.latest()
        await self.phone.type(words)
        self.began = await self.told(self.said.sending)
        notice = self.team.phone.theirs(rf"^Received: \d+ {level}\.", before)
        await expect(notice).to_have_count(1)
        self.number = int(re.findall(r"\d+", await notice.inner_text())[0])

    async def reads(self, words: str) -> None:
        await self.phone.reads(words, self._since)

    async def told(self, words: str) -> int:
        """The person was told this once, and the minute that it speaks of is when it came."""
        told = self.phone.theirs(words, self._since)
        await expect(told).to_have_count(1)
        spoken = minute_of(await told.locator("p.text").inner_text())
        assert spoken == pytest.approx(minute_of(await told.locator("small").inner_text()), abs=1)
        return spoken

    async def was_not_told(self, words: str) -> None:
        await expect(self.phone.theirs(words, self._since)).to_have_count(0)

    async def nobody_read_it(self, after: int) -> None:
        """They were told so once, so many minutes after, and of nobody who has read it."""
        assert await self.told(self.said.nobody_yet) - self.began == pytest.approx(after, abs=1)
        await self.was_not_told(self.said.receipt)

    async def was_paged(self, **due: list[int]) -> None:
        """Who was paged after how many minutes, by their phones; whom `due` leaves out never.

        The demo's clock goes on while the test works, so that one more round may have come.
        """
        for name in STAFF:
            await self.team.pick_up(name)
            notices = self.team.phone.theirs(rf"^Received: {self.number} [A-Z]+\b")
            times = await notices.locator("small").all_inner_texts()
            after = [minute_of(text) - self.began for text in times]
            wanted = due.get(name.split()[0].lower(), [])
            assert after[: len(wanted)] == pytest.approx(wanted, abs=2), f"{name} {after}"
            assert len(after) <= len(wanted) + bool(wanted), f"{name} {after}"

    async def page_of(self, name: str) -> Page:
        """The alert's page, by the link in a notice of theirs."""
        await self.team.pick_up(name)
        link = self.team.phone.theirs(rf"^Received: {self.number} [A-Z]+\b").last.get_by_role(
            "link"
        )
        address = await link.get_attribute("href")
        assert address is not None
        alert = await self.team.opens(name, address)
        await expect(alert.get_by_role("heading", level=1)).to_have_text(self.name)
        await expect(alert.locator("header .status")).to_have_text("Nobody has taken it yet.")
        return alert

    async def close(self, alert: Page, outcome: str) -> None:
        await alert.get_by_label(outcome, exact=True).check()
        await alert.get_by_label("Note, if you like").fill("ten minutes on the phone")
        await alert.get_by_role("button", name="Close", exact=True).click()
        closed = re.compile(rf"^Closed by you, .*: {outcome}\.")
        await expect(alert.locator("header .status")).to_have_text(closed)
        await expect(alert.locator(".timeline li").last).to_contain_text("marked it as done")
        await self.told(self.said.done)

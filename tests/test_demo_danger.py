"""Danger played to its end in a browser: nobody answers until the last tier of the staff does.

Nine in the morning to seven in the evening of one day, by the demo's clock; the same four people.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.demo import clinic
from tests.demo_page import WORDS, Phone, browser_test, join, later, now, opened_page, running_demo
from tests.demo_story import DANA, MIGUEL, OMAR, PEOPLE, RUTH, SAID, Story, Team

pytestmark = browser_test
TELEGRAM_EN, TELEGRAM_ES, SMS_EN, SMS_ES = PEOPLE


def lived_by(*whom: tuple[str, str]) -> pytest.MarkDecorator:
    """Both channels and both languages, in two of their four pairs for each story."""
    return pytest.mark.parametrize(("channel", "language"), whom)


@pytest.fixture(scope="module")
def demo() -> Iterator[str]:
    with running_demo() as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(demo: str) -> AsyncIterator[Page]:
    async with opened_page(demo) as page:
        await later(page, "morning")
        await join(page, Phone(page, "telegram"), "telegram", "es", hour="20:00")
        yield page


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def team(page: Page) -> Team:
    return Team(page)


@pytest.fixture
def story(team: Team, channel: str, language: str) -> Story:
    return Story(team, channel, language)


@lived_by(TELEGRAM_EN, SMS_ES)
async def test_an_emergency_is_taken_when_all_are_asked(story: Story, language: str) -> None:
    said = SAID[language]
    await story.begin()
    await story.alarm(said.overdose, "EMERGENCY", DANA)
    await story.reads(said.first_help)
    await later(story.page, "minutes")
    await later(story.page, "minutes")
    await story.nobody_read_it(after=10)
    # The operator hears that there is one, once an hour, and not which.
    await story.team.pick_up(OMAR)
    await story.team.phone.reads(r"Alerts that nobody has taken yet: \d")

    alert = await story.page_of(MIGUEL)
    await expect(alert.locator("header .level")).to_contain_text("Emergency")
    await expect(alert.locator("blockquote").first).to_have_text(said.overdose)
    await alert.get_by_role("button", name="Seen").click()
    await story.told(said.another_read)
    await story.was_not_told(said.another_calls)
    await alert.get_by_role("button", name="Calling now").click()
    await story.told(said.another_calls)
    await story.close(alert, "Reached")
    await later(story.page, "minutes")
    again = [10, 15]
    await story.was_paged(
        dana=[0, 3, 6, *again], june=[0, 3, 6, *again], ruth=[6, *again], miguel=again
    )


@lived_by(TELEGRAM_ES, SMS_EN)
async def test_a_false_alarm_costs_one_tap_and_stays_for_a_human(
    story: Story, language: str
) -> None:
    said, words = SAID[language], WORDS[language]
    await story.begin()
    await story.phone.type("checkin")
    await story.reads(words.question)
    await story.phone.answer("6", "6")
    await story.reads(said.pull)
    await story.alarm(words.worry, "URGENT", DANA)
    await story.reads(words.asked)

    await story.phone.answer(said.no, "C")
    await story.reads(rf"{said.passed_on}\.\s.*({said.pull})")
    for button, digit, following in (
        ("2", "2", said.slept),
        (said.slept_well, "1", said.used),
        (said.not_used, "1", said.thanks),
    ):
        await story.phone.answer(button, digit)
        await story.reads(following)

    await later(story.page, "hour")
    await story.was_paged(dana=[0, 15, 45, 60], june=[0, 15, 45, 60], ruth=[45, 60], miguel=[60])
    await story.nobody_read_it(after=15)
    await story.was_not_told(said.unanswered)
    alert = await story.page_of(DANA)
    await expect(alert.locator("header .level")).to_contain_text("Urgent")
    await alert.get_by_role("button", name="Seen").click()
    await story.told(words.seen)
    await story.was_not_told(words.calling)
    await story.close(alert, "False alarm")


@pytest_asyncio.fixture(scope="class", loop_scope="module")
async def dana_is_away(team: Team) -> AsyncIterator[None]:
    """Time off, written down in the console, with Miguel standing in."""
    rota = await team.opens(RUTH, await team.console("/rota"))
    today = (await now(team.page)).astimezone(clinic.CLINIC.tz).date()
    await rota.locator("select[name=who]").select_option(label=DANA)
    await rota.locator("[name=from_day]").fill(today.isoformat())
    await rota.locator("[name=to_day]").fill((today + timedelta(days=7)).isoformat())
    await rota.locator("select[name=cover]").select_option(label=MIGUEL)
    await rota.get_by_role("button", name="Write it down").click()
    await expect(rota.get_by_role("status")).to_contain_text("Written down")
    # Who stands in hears of what is open: that is over before anything new is said.
    await later(team.page, "minutes")
    yield
    rota = await team.opens(RUTH, await team.console("/rota"))
    await rota.get_by_role("button", name=f"Take back: {DANA}").click()
    await expect(rota.get_by_role("status")).to_contain_text("Taken back")


@pytest.mark.usefixtures("dana_is_away")
class TestWhileTheCounselorIsAway:
    @lived_by(TELEGRAM_ES, SMS_EN)
    async def test_an_urgent_alert_goes_to_the_cover_and_up(
        self, story: Story, language: str
    ) -> None:
        said, words = SAID[language], WORDS[language]
        await story.begin()
        await story.alarm(words.worry, "URGENT", MIGUEL)
        await story.reads(words.asked)
        await later(story.page, "hour")
        await story.was_paged(miguel=[0, 15, 45, 60], june=[0, 15, 45, 60], ruth=[45, 60])
        await story.nobody_read_it(after=15)
        await story.reads(said.unanswered)

        alert = await story.page_of(RUTH)
        await expect(alert.locator("blockquote").last).to_contain_text(words.worry)
        await alert.get_by_role("button", name="Calling now").click()
        await story.told(said.supervisor_calls)
        await story.close(alert, "Not reached")

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, select

from bot import alerts as alarm
from bot.channels import Delivery, Kind
from bot.config import House
from bot.web import pin
from bot.web.site import Site, build
from handlers.flow import Level
from storage import alerts as alert_rows
from storage import checkins, people, staff
from storage.models import alert_event, audit, page_session
from storage.store import Store
from tests.conftest import START, HandClock
from tests.world import COUNSELOR, SUPERVISOR, World

NAME = "Sam Doe"
TEXT = "Honestly I wanna kill myself <b>tonight</b>"
CARD = {
    "phone": "+12155550100",
    "channel": "sms",
    "hours": "8-21",
    "voicemail": False,
    "never": "brother Al",
    "tonight": "at Pia's",
    "emergency_contact": "Pia, 215-555-0133",
    "no_police_unless": "they ask for it",
    "calls": True,
}


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The parameters stand in the hash: tests need not wait for a real one."""


class Desk:
    """A member of staff in front of a browser."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.woken = 0

        async def delivered(channel: str, delivery: Delivery) -> None:
            del channel, delivery

        async def health() -> dict[str, Any]:
            return {"ok": True}

        site = Site(
            store=world.store,
            house=world.house,
            clock=world.clock,
            receive=world.door.receive,
            telegram=None,
            sms=None,
            delivered=delivered,
            wake=self._wake,
            health=health,
        )
        self.app = build(site)
        self.browser = self.new_browser()

    def _wake(self) -> None:
        self.woken += 1

    def new_browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url=self.world.house.url)

    def link(self, address: str = "900") -> str:
        """The path in the last notice to an address."""
        text = self.world.texts(address)[-1]
        found = re.search(r"https://companion\.example(/a/\S+)", text)
        assert found is not None
        return found[1]

    async def open(self, link: str, given: str = "1234") -> httpx.Response:
        return await self.browser.post(link, data={"pin": given})

    async def enter(self, address: str = "900") -> tuple[str, str]:
        """Open the page with the PIN; returns its path and the form's key."""
        link = self.link(address)
        assert (await self.open(link)).status_code == 303
        return link, self.key((await self.browser.get(link)).text)

    def key(self, text: str) -> str:
        return str(re.findall(r'name="form" value="([^"]+)"', text)[0])

    async def press(self, link: str, key: str, action: str, **more: str) -> httpx.Response:
        form = {"form": key, "action": action, **more}
        return await self.browser.post(f"{link}/act", data=form)


def hire(tx: Connection, name: str, role: str, channel: str, address: str) -> None:
    staff_id = staff.add(tx, name, role, CHEAP.hash("1234"), START)
    people.add_address(tx, channel, address, staff_id=staff_id, created_at=START)


async def staffed(world: World) -> World:
    def everybody(tx: Connection) -> None:
        hire(tx, COUNSELOR, "counselor", "telegram", "900")
        hire(tx, SUPERVISOR, "supervisor", "sms", "+12155550199")

    await world.store.write(everybody)
    return world


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[Desk]:
    world = await staffed(World(store, house, clock))
    await world.joined(name=NAME, card=CARD, plain=False)
    await world.say(TEXT)
    opened = Desk(world)
    yield opened
    await opened.browser.aclose()


def shown(text: str) -> bool:
    return any(word in text for word in (NAME, "Sam", "kill", "Pia", "(215)", COUNSELOR))


def state(desk: Desk) -> str:
    return str(desk.world.alerts()[-1].state)


async def row(desk: Desk, name: str) -> Any:
    return await desk.world.read(lambda tx: staff.by_name(tx, name))


async def test_nothing_is_shown_before_the_pin(desk: Desk) -> None:
    answer = await desk.browser.get(desk.link())
    assert answer.status_code == 200
    assert 'name="pin"' in answer.text
    assert not shown(answer.text)
    assert "set-cookie" not in answer.headers


async def test_the_page_says_who_how_and_what(desk: Desk) -> None:
    link = desk.link()
    entered = await desk.open(link)
    assert (entered.status_code, entered.headers["location"]) == (303, link)
    text = (await desk.browser.get(link)).text
    assert NAME in text
    assert "<strong>English</strong>" in text
    assert 'href="tel:+12155550100"' in text
    for value in ("brother Al", "at Pia&#39;s", "they ask for it", "never leave one"):
        assert value in text
    assert "I <mark>wanna kill myself</mark> &lt;b&gt;tonight&lt;/b&gt;" in text
    assert "thoughts of suicide" in text
    assert "Nobody has taken it yet." in text
    assert f"Notice to {COUNSELOR}" in text
    # The card stands before anything that can be chosen.
    assert text.index("Reach them safely") < text.index('value="calling"')
    assert text.index("No police unless") < text.index("911 or 988 involved")


async def test_the_title_and_the_address_name_nobody(desk: Desk) -> None:
    link, _ = await desk.enter()
    answer = await desk.browser.get(link)
    title = re.findall(r"<title>(.*?)</title>", answer.text)[0]
    assert not shown(title)
    assert not shown(str(answer.url))


async def test_the_page_needs_nothing_from_elsewhere(desk: Desk) -> None:
    link, _ = await desk.enter()
    text = (await desk.browser.get(link)).text
    assert "<script" not in text
    assert " style=" not in text
    assert re.findall(r'(?:src|href|action)="(?!/a/|/static/|tel:)([^"]*)"', text) == []


async def test_every_look_is_written_down(desk: Desk) -> None:
    link, _ = await desk.enter()
    await desk.browser.get(link)
    query = select(audit).where(audit.c.what == "alert_page")
    looks = await desk.world.read(lambda tx: list(tx.execute(query)))
    assert len(looks) == 2
    worker = await row(desk, COUNSELOR)
    assert {(each.staff_id, each.person_id) for each in looks} == {
        (worker.id, desk.world.alerts()[-1].person_id)
    }


async def test_the_cookie_is_kept_close(desk: Desk) -> None:
    link = desk.link()
    cookie = (await desk.open(link)).headers["set-cookie"]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "secure", "samesite=strict", f"path={link}".lower()} <= parts
    stored = await desk.world.read(lambda tx: list(tx.execute(select(page_session.c.hash))))
    assert cookie.split(";")[0].split("=")[1] not in str(stored)


async def test_a_dead_link_and_no_link_look_the_same(desk: Desk) -> None:
    link = desk.link()
    unknown = await desk.browser.get("/a/unknown")
    desk.world.clock.at += timedelta(hours=25)
    expired = await desk.browser.get(link)
    assert (unknown.status_code, unknown.text) == (expired.status_code, expired.text)
    assert "has expired" in expired.text
    assert not shown(expired.text)
    posted = await desk.open(link)
    assert (posted.status_code, posted.text) == (expired.status_code, expired.text)


async def test_nothing_works_without_a_session(desk: Desk) -> None:
    link, key = await desk.enter()
    stranger = desk.new_browser()
    before = state(desk)
    for action in ("seen", "calling", "pass", "close"):
        form = {"form": key, "action": action, "outcome": "reached_safe"}
        answer = await stranger.post(f"{link}/act", data=form)
        assert answer.status_code == 403
        assert not shown(answer.text)
    assert not shown((await stranger.get(link)).text)
    assert state(desk) == before
    await stranger.aclose()


async def test_a_session_ends_a_quarter_hour_after_the_last_look(desk: Desk) -> None:
    link, key = await desk.enter()
    for _ in range(3):
        desk.world.clock.at += timedelta(minutes=14)
        assert NAME in (await desk.browser.get(link)).text
    desk.world.clock.at += timedelta(minutes=16)
    assert not shown((await desk.browser.get(link)).text)
    answer = await desk.press(link, key, "seen")
    assert answer.status_code == 403
    assert "Nothing was saved" in answer.text
    assert state(desk) == "open"


async def test_a_locked_page_is_locked(desk: Desk) -> None:
    link, _ = await desk.enter()
    session = desk.browser.cookies["page"]
    assert (await desk.browser.post(f"{link}/lock")).status_code == 303
    stolen = {"cookie": f"page={session}"}
    assert not shown((await desk.browser.get(link, headers=stolen)).text)


async def test_a_session_opens_no_other_page(desk: Desk) -> None:
    link, _ = await desk.enter()
    session = desk.browser.cookies["page"]
    await desk.world.joined(name="Kim Lee", address="101", card={})
    await desk.world.say("I want to kill myself", address="101")
    other = desk.link()
    assert other != link
    answer = await desk.browser.get(other, headers={"cookie": f"page={session}"})
    assert "Kim" not in answer.text
    assert 'name="pin"' in answer.text


async def test_a_form_of_another_making_changes_nothing(desk: Desk) -> None:
    link, key = await desk.enter()
    for wrong in ("", "x", key[:-1], "k1:é"):
        answer = await desk.press(link, wrong, "seen")
        assert answer.status_code == 403
        assert "Nothing was changed" in answer.text
    assert state(desk) == "open"
    assert desk.woken == 0


async def test_five_wrong_pins_rest_it_and_longer_each_time(desk: Desk) -> None:
    link = desk.link()
    answers = [await desk.open(link, "0000") for _ in range(5)]
    assert {each.status_code for each in answers} == {403}
    assert not any(shown(each.text) for each in answers)
    # The right one is answered like a wrong one now, and counts for nothing.
    resting = await desk.open(link)
    assert (resting.status_code, resting.text) == (403, answers[0].text)
    desk.world.clock.at += timedelta(seconds=61)
    assert (await desk.open(link, "0000")).status_code == 403
    desk.world.clock.at += timedelta(seconds=61)
    assert (await desk.open(link)).status_code == 403
    desk.world.clock.at += timedelta(seconds=61)
    assert (await desk.open(link)).status_code == 303
    assert (await row(desk, COUNSELOR)).pin_failures == 0


async def test_a_pin_as_it_is_made_opens_it(desk: Desk) -> None:
    worker = await row(desk, COUNSELOR)
    made = PasswordHasher().hash("4711")
    await desk.world.store.write(lambda tx: staff.change(tx, worker.id, pin=made))
    assert (await desk.open(desk.link())).status_code == 403
    assert (await desk.open(desk.link(), "4711")).status_code == 303


async def test_many_tries_at_once_are_no_way_round(desk: Desk) -> None:
    link = desk.link()
    tries = [desk.open(link, f"{number:04}") for number in range(1, 13)]
    answers = await asyncio.gather(*tries, desk.open(link))
    assert {each.status_code for each in answers} == {403}
    assert (await row(desk, COUNSELOR)).pin_failures == pin.FREE_TRIES


async def test_who_has_no_pin_gets_in_with_none(desk: Desk) -> None:
    worker = await row(desk, COUNSELOR)
    await desk.world.store.write(lambda tx: staff.change(tx, worker.id, pin=None))
    for given in ("", "1234", "None"):
        assert (await desk.open(desk.link(), given)).status_code == 403


def test_the_rest_grows_to_an_hour() -> None:
    minutes = [
        rested / timedelta(minutes=1) if (rested := pin.rest(failures)) else None
        for failures in range(14)
    ]
    assert minutes == [None] * 5 + [1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize("changed", [{"role": "operator"}, {"active": False}])
async def test_who_may_no_longer_see_it_is_told_that_the_link_expired(
    desk: Desk, changed: dict[str, Any]
) -> None:
    link, key = await desk.enter()
    worker = await row(desk, COUNSELOR)
    await desk.world.store.write(lambda tx: staff.change(tx, worker.id, **changed))
    for answer in (await desk.browser.get(link), await desk.press(link, key, "seen")):
        assert answer.status_code == 404
        assert "has expired" in answer.text
    assert state(desk) == "open"


async def test_a_counselor_sees_their_own_and_what_they_were_asked_about(desk: Desk) -> None:
    world, now = desk.world, desk.world.clock.at
    await world.store.write(lambda tx: hire(tx, "Noa Iris", "counselor", "sms", "+12155550177"))
    noa = await row(desk, "Noa Iris")
    number = world.alerts()[-1].id
    later = now + timedelta(hours=1)
    await world.store.write(lambda tx: staff.add_link(tx, "of-noa", number, noa.id, later))
    assert (await desk.open("/a/of-noa")).status_code == 404
    person_id = world.alerts()[-1].person_id
    await world.store.write(lambda tx: people.change(tx, person_id, counselor_id=noa.id))
    assert (await desk.open("/a/of-noa")).status_code == 303


@pytest.mark.parametrize(("action", "becomes"), [("seen", "seen"), ("calling", "calling")])
async def test_taking_it_is_written_down_and_the_person_is_told(
    desk: Desk, action: str, becomes: str
) -> None:
    link, key = await desk.enter()
    desk.world.sent_since()
    answer = await desk.press(link, key, action)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{link}?said=staff.")
    assert state(desk) == becomes
    assert desk.woken == 1
    assert any("Someone on your team" in text for text in desk.world.sent_since())
    text = (await desk.browser.get(answer.headers["location"])).text
    assert "Noted: you" in text
    assert 'value="seen"' not in text


async def test_passing_on_asks_the_next(desk: Desk) -> None:
    link, key = await desk.enter()
    await desk.press(link, key, "seen")
    before = len(desk.world.texts("+12155550199"))
    answer = await desk.press(link, key, "pass")
    assert "staff.passed" in answer.headers["location"]
    assert state(desk) == "open"
    assert len(desk.world.texts("+12155550199")) > before


@pytest.mark.parametrize("note", ["", "Spoke 5 min; <i>Pia</i> is with them\r\nnext: 8 am"])
async def test_closing_keeps_the_outcome_and_the_note_sealed(desk: Desk, note: str) -> None:
    link, key = await desk.enter()
    await desk.press(link, key, "close", outcome="reached_lines", note=note)
    assert state(desk) == "closed"
    query = select(alert_event).where(alert_event.c.kind == "closed")
    event = (await desk.world.read(lambda tx: list(tx.execute(query))))[0]
    assert event.detail.split("\n")[0] == "reached_lines"
    text = (await desk.browser.get(link)).text
    assert "Reached, and 911 or 988 involved" in text
    assert "&lt;i&gt;Pia&lt;/i&gt;" in text if note else "<q>" not in text
    assert 'name="action"' not in text
    again = await desk.press(link, key, "close", outcome="false_alarm")
    assert "staff.not_open" in again.headers["location"]


@pytest.mark.parametrize("outcome", ["", "nonsense"])
async def test_closing_needs_an_outcome_and_loses_no_note(desk: Desk, outcome: str) -> None:
    link, key = await desk.enter()
    answer = await desk.press(link, key, "close", outcome=outcome, note="half a thought")
    assert answer.status_code == 400
    assert "half a thought" in answer.text
    assert state(desk) == "open"


async def test_an_action_that_is_none_is_refused(desk: Desk) -> None:
    link, key = await desk.enter()
    assert (await desk.press(link, key, "erase")).status_code == 400
    assert state(desk) == "open"


async def test_the_second_is_told_who_has_it(desk: Desk) -> None:
    link, key = await desk.enter()
    await desk.press(link, key, "seen")
    await desk.world.later(minutes=16)
    assert state(desk) == "open"
    first, second = desk.link(), desk.link("+12155550199")
    other = desk.new_browser()
    await other.post(second, data={"pin": "1234"})
    stale = desk.key((await other.get(second)).text)
    await desk.open(first)
    fresh = desk.key((await desk.browser.get(first)).text)
    await desk.press(first, fresh, "calling")
    form = {"form": stale, "action": "seen"}
    answer = await other.post(f"{second}/act", data=form)
    assert "taken_by_other" in answer.headers["location"]
    text = (await other.get(answer.headers["location"])).text
    assert f"{COUNSELOR} is calling" in text
    assert f"I call instead of {COUNSELOR}" in text
    await other.aclose()


async def test_a_silent_alert_forbids_contact(desk: Desk) -> None:
    number = desk.world.alerts()[-1].id
    await desk.world.store.write(
        lambda tx: alert_rows.change(tx, number, silent=True),
    )
    link, _ = await desk.enter()
    text = (await desk.browser.get(link)).text
    assert "SILENT. Do not call or text." in text
    assert "tel:" not in text
    assert text.count("they are told nothing") == 3


@pytest.mark.parametrize(
    ("calls", "said"), [(False, "Do not call."), (None, "was not recorded")], ids=["no", "unknown"]
)
async def test_a_number_is_a_link_only_where_calling_is_fine(
    store: Store, house: House, clock: HandClock, *, calls: bool | None, said: str
) -> None:
    world = await staffed(World(store, house, clock))
    card = {} if calls is None else {"calls": calls}
    await world.joined(name=NAME, channel="sms", address="+12155550188", card=card)
    await world.say("I want to kill myself", channel="sms", address="+12155550188")
    desk = Desk(world)
    link, _ = await desk.enter()
    text = (await desk.browser.get(link)).text
    assert "(215) 555-0188" in text
    assert said in text
    assert "tel:" not in text
    assert text.count("not recorded") >= 5
    await desk.browser.aclose()


async def test_what_can_not_be_read_is_said_so(desk: Desk) -> None:
    await desk.world.say("", kind=Kind.VOICE)
    link, _ = await desk.enter()
    text = (await desk.browser.get(link)).text
    assert "A voice message. Nobody has heard it." in text
    assert "sent a voice message that we can&#39;t hear" in text


async def test_silence_shows_when_they_usually_answer(desk: Desk) -> None:
    world = desk.world
    number = world.alerts()[-1].id
    worker = await row(desk, COUNSELOR)
    person_id = world.alerts()[-1].person_id
    person = world.person(person_id)
    later = world.clock.at + timedelta(hours=1)

    def silent(tx: Any) -> None:
        now = world.clock.at
        for back, minutes in ((1, 5), (2, 20), (3, 400)):
            asked = now.replace(hour=23, minute=0) - timedelta(days=back)
            answered = asked + timedelta(minutes=minutes)
            checkins.put(tx, person_id, asked.date(), {"mood": 6, "craving": None}, answered)
        people.change(tx, person_id, created_at=now - timedelta(days=9))
        alarm.raise_alert(tx, world.house, person, Level.CONCERN, "silence", now, known=False)
        staff.add_link(tx, "fresh", number, worker.id, later)

    await world.store.write(silent)
    await desk.open("/a/fresh")
    text = (await desk.browser.get("/a/fresh")).text
    assert "silence: check-ins went by" in text
    assert "Usually answers</dt><dd>around 6:20 pm, their time" in text
    assert "Last heard" in text
    assert text.count("no answer") == 7
    assert text.count("skipped") == 3


async def test_both_sides_names_stay_out_of_the_link_notice(desk: Desk) -> None:
    for address in ("900", "+12155550199"):
        assert not any(NAME in text for text in desk.world.texts(address))
    assert await row(desk, SUPERVISOR) is not None

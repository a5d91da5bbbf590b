from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import alerts as alarm
from bot.channels import Kind
from bot.config import House
from handlers.risk import Level
from storage import alerts as alert_rows
from storage import checkins, people
from storage.models import alert_event
from storage.store import Store
from tests.conftest import HandClock
from tests.desk import Desk, title
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
NOA = "Noa Iris"


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[Desk]:
    world = await World(store, house, clock).staffed()
    await world.joined(name=NAME, card=CARD, plain=False)
    await world.say(TEXT)
    async with Desk(world) as opened:
        yield opened


def here(desk: Desk) -> str:
    return f"/alerts/{desk.world.alerts()[-1].id}"


def state(desk: Desk) -> str:
    return str(desk.world.alerts()[-1].state)


def shown(text: str) -> bool:
    return any(word in text for word in (NAME, "Sam", "kill", "Pia", "(215)"))


async def press(desk: Desk, action: str, **more: str) -> Any:
    return await desk.post(f"{here(desk)}/act", action=action, **more)


async def test_the_notice_leads_to_the_page(desk: Desk) -> None:
    assert f"{desk.world.house.url}{here(desk)}" in desk.world.texts("900")[-1]
    for address in ("900", "+12155550199"):
        assert not any(NAME in text for text in desk.world.texts(address))


async def test_nothing_is_shown_without_a_session(desk: Desk) -> None:
    stranger = desk.world.client()
    answer = await stranger.get(here(desk))
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={here(desk)}"
    for action in ("seen", "calling", "pass", "close"):
        form = {"form": desk.world.form_key(desk.browser), "action": action}
        posted = await stranger.post(f"{here(desk)}/act", data=form)
        assert posted.status_code == 403
        assert not shown(posted.text)
    assert state(desk) == "open"
    await stranger.aclose()


async def test_the_page_says_who_how_and_what(desk: Desk) -> None:
    text = await desk.text(here(desk))
    assert NAME in text
    assert "<strong>English</strong>" in text
    assert 'href="tel:+12155550100"' in text
    for value in ("brother Al", "at Pia&#39;s", "they ask for it", "never leave one"):
        assert value in text
    assert "I <mark>wanna kill myself</mark> &lt;b&gt;tonight&lt;/b&gt;" in text
    assert "thoughts of suicide" in text
    assert "Nobody has taken it yet." in text
    assert f"Notice to {COUNSELOR}" in text
    assert f'href="/people/{desk.world.alerts()[-1].person_id}"' in text
    # The card stands before anything that can be chosen.
    assert text.index("Reach them safely") < text.index('value="calling"')
    assert text.index("No police unless") < text.index("911 called")


async def test_the_title_names_nobody_and_nothing_comes_from_elsewhere(desk: Desk) -> None:
    text = await desk.text(here(desk))
    assert not shown(title(text))
    assert "<script" not in text
    assert " style=" not in text
    assert re.findall(r'(?:src|href|action)="(?!/|tel:|#)([^"]*)"', text) == []


async def test_every_look_is_written_down(desk: Desk) -> None:
    await desk.text(here(desk))
    await desk.text(here(desk))
    looks = await desk.looks("alert_page")
    worker = await desk.world.worker(COUNSELOR)
    assert [(each.staff_id, each.person_id) for each in looks] == [
        (worker.id, desk.world.alerts()[-1].person_id)
    ] * 2


async def test_a_form_of_another_making_changes_nothing(desk: Desk) -> None:
    for wrong in ("", "x", "k1:é"):
        answer = await desk.post(f"{here(desk)}/act", action="seen", form=wrong)
        assert answer.status_code == 403
        assert "Nothing was saved" in answer.text
    assert state(desk) == "open"


async def test_a_note_is_given_back_when_the_session_has_ended(desk: Desk) -> None:
    desk.world.clock.at += timedelta(hours=2)
    answer = await press(desk, "close", outcome="reached", note="she is at <Pia>'s")
    assert answer.status_code == 403
    assert "she is at &lt;Pia&gt;" in answer.text
    assert state(desk) == "open"
    # A form that we did not make gets nothing back.
    forged = await desk.post(f"{here(desk)}/act", note="call this number", form="x")
    assert "call this number" not in forged.text


async def test_whoever_may_not_see_it_finds_nothing_here(desk: Desk) -> None:
    await desk.world.hired(NOA, "counselor", "+12155550177")
    async with Desk(desk.world, NOA) as noa:
        for path in (here(desk), "/alerts/9999", "/alerts/x", "/alerts/99999999999"):
            answer = await noa.get(path)
            assert answer.status_code == 404
            assert not shown(answer.text)
        assert (await noa.post(f"{here(desk)}/act", action="seen")).status_code == 404
        assert state(desk) == "open"
        assert await desk.looks("alert_page") == []
        row = await desk.world.worker(NOA)
        person_id = desk.world.alerts()[-1].person_id
        await desk.world.store.write(lambda tx: people.change(tx, person_id, counselor_id=row.id))
        assert NAME in await noa.text(here(desk))


async def test_who_was_asked_sees_it_and_a_day_longer(desk: Desk) -> None:
    await desk.world.hired(NOA, "counselor", "+12155550177")
    noa_row = await desk.world.worker(NOA)
    await press(desk, "hand", to=str(noa_row.id))
    async with Desk(desk.world, NOA) as noa:
        assert NAME in await noa.text(here(desk))
        await desk.post(f"{here(desk)}/act", action="close", outcome="reached")
        assert NAME in await noa.text(here(desk))
    desk.world.clock.at += timedelta(hours=25)
    async with Desk(desk.world, NOA) as noa:
        assert (await noa.get(here(desk))).status_code == 404


async def test_an_operator_finds_nothing_here(desk: Desk) -> None:
    await desk.world.hired("Olga Ops", "operator", "+12155550178")
    async with Desk(desk.world, "Olga Ops") as operator:
        assert (await operator.get(here(desk))).status_code == 404
        assert (await operator.post(f"{here(desk)}/act", action="seen")).status_code == 404


@pytest.mark.parametrize(("action", "becomes"), [("seen", "seen"), ("calling", "calling")])
async def test_taking_it_is_written_down_and_the_person_is_told(
    desk: Desk, action: str, becomes: str
) -> None:
    desk.world.sent_since()
    woken = desk.world.woken
    answer = await press(desk, action)
    assert state(desk) == becomes
    assert desk.world.woken == woken + 1
    assert any("Your counselor" in text for text in desk.world.sent_since())
    text = await desk.follow(answer)
    assert "Noted: you" in text
    assert 'value="seen"' not in text


async def test_what_is_done_most_is_near(desk: Desk) -> None:
    text = await desk.text(here(desk))
    person_id = desk.world.alerts()[-1].person_id
    assert text.index('href="#reply"') < text.index("Reach them safely")
    assert f'action="/people/{person_id}/reply"' in text
    assert text.index('value="hand"') < text.index("What happened")
    # What the card forbids is read once more where 911 can be chosen.
    closing = text[text.index('id="close"') :]
    assert closing.index("they ask for it") < closing.index("911 called")
    assert "at Pia&#39;s" in closing


async def test_an_urgent_one_can_be_put_off_and_an_emergency_cannot(desk: Desk) -> None:
    number, now = desk.world.alerts()[-1].id, desk.world.clock.at
    assert 'value="snooze"' in await desk.text(here(desk))
    text = await desk.follow(await press(desk, "snooze", minutes="15"))
    assert "comes back by itself" in text
    assert "put it off for 15 minutes" in text
    due = now + timedelta(minutes=15)
    assert desk.world.alerts()[-1].next_at == due
    await desk.world.store.write(lambda tx: alert_rows.change(tx, number, level="emergency"))
    assert 'value="snooze"' not in await desk.text(here(desk))
    assert "can&#39;t wait" in await desk.follow(await press(desk, "snooze", minutes="60"))
    assert desk.world.alerts()[-1].next_at == due


async def test_passing_on_asks_the_next(desk: Desk) -> None:
    await press(desk, "seen")
    before = len(desk.world.texts("+12155550199"))
    assert "Passed on." in await desk.follow(await press(desk, "pass"))
    assert state(desk) == "open"
    assert len(desk.world.texts("+12155550199")) > before


async def test_a_named_colleague_on_duty_is_asked(desk: Desk) -> None:
    await desk.world.hired(NOA, "counselor", "+12155550177")
    noa = await desk.world.worker(NOA)
    assert f'value="{noa.id}">{NOA}' in await desk.text(here(desk))
    assert (await press(desk, "hand")).status_code == 400
    answer = await press(desk, "hand", to=str(noa.id))
    assert "Your colleague is asked now." in await desk.follow(answer)
    assert any(here(desk) in text for text in desk.world.texts("+12155550177"))


@pytest.mark.parametrize("note", ["", "Spoke 5 min; <i>Pia</i> is with them\r\nnext: 8 am"])
async def test_closing_keeps_the_outcome_and_the_note_sealed(desk: Desk, note: str) -> None:
    await press(desk, "close", outcome="called_911", note=note)
    assert state(desk) == "closed"
    query = select(alert_event).where(alert_event.c.kind == "closed")
    event = (await desk.world.read(lambda tx: list(tx.execute(query))))[0]
    assert event.detail.split("\n")[0] == "called_911"
    text = await desk.text(here(desk))
    assert "911 called" in text
    assert "&lt;i&gt;Pia&lt;/i&gt;" in text if note else "<q>" not in text
    assert 'name="action"' not in text
    again = await press(desk, "close", outcome="false_alarm")
    assert "closed already" in await desk.follow(again)


@pytest.mark.parametrize("outcome", ["", "nonsense"])
async def test_closing_needs_an_outcome_and_loses_no_note(desk: Desk, outcome: str) -> None:
    answer = await press(desk, "close", outcome=outcome, note="half a thought")
    assert answer.status_code == 400
    assert "half a thought" in answer.text
    assert state(desk) == "open"


async def test_an_action_that_is_none_is_refused(desk: Desk) -> None:
    assert (await press(desk, "erase")).status_code == 400
    assert state(desk) == "open"


async def test_the_second_is_told_who_has_it(desk: Desk) -> None:
    async with Desk(desk.world, SUPERVISOR) as second:
        await press(desk, "calling")
        text = await second.follow(await press(second, "seen"))
        assert "Somebody else has taken it already" in text
        assert f"{COUNSELOR} is calling" in text
        assert f"I call instead of {COUNSELOR}" in text


async def test_a_silent_alert_forbids_contact(desk: Desk) -> None:
    number = desk.world.alerts()[-1].id
    await desk.world.store.write(lambda tx: alert_rows.change(tx, number, silent=True))
    text = await desk.text(here(desk))
    assert "SILENT. Do not call or text." in text
    assert "tel:" not in text
    assert "Calling now" not in text
    assert text.count("they are told nothing") == 2
    desk.world.sent_since()
    assert "they are told nothing" in await desk.follow(await press(desk, "seen"))
    assert desk.world.sent_since() == []


async def test_a_threat_brings_the_supervisor_what_to_do(desk: Desk) -> None:
    await desk.world.say("I am going to kill my boss")
    assert "Ask the clinical lead or counsel" not in await desk.text(here(desk))
    async with Desk(desk.world, SUPERVISOR) as lee:
        assert "Ask the clinical lead or counsel" in await lee.text(here(desk))


@pytest.mark.parametrize(
    ("calls", "said"), [(False, "Do not call."), (None, "was not recorded")], ids=["no", "unknown"]
)
async def test_a_number_is_a_link_only_where_calling_is_fine(
    store: Store, house: House, clock: HandClock, *, calls: bool | None, said: str
) -> None:
    world = await World(store, house, clock).staffed()
    card = {} if calls is None else {"calls": calls}
    await world.joined(name=NAME, channel="sms", address="+12155550188", card=card)
    await world.say("I want to kill myself", channel="sms", address="+12155550188")
    async with Desk(world) as desk:
        text = await desk.text(here(desk))
    assert "(215) 555-0188" in text
    assert said in text
    assert "tel:" not in text
    assert text.count("not recorded") >= 5


async def test_what_can_not_be_read_is_said_so(desk: Desk) -> None:
    await desk.world.say("", kind=Kind.VOICE)
    text = await desk.text(here(desk))
    assert "A voice message. Nobody has heard it." in text
    assert "sent a voice message that we can&#39;t hear" in text


async def test_silence_shows_when_they_usually_answer(desk: Desk) -> None:
    world = desk.world
    person_id = world.alerts()[-1].person_id
    person = world.person(person_id)

    def silent(tx: Any) -> None:
        now = world.clock.at
        for back, minutes in ((1, 5), (2, 20), (3, 400)):
            asked = now.replace(hour=23, minute=0) - timedelta(days=back)
            answered = asked + timedelta(minutes=minutes)
            checkins.put(tx, person_id, asked.date(), {"mood": 6, "craving": None}, answered)
        people.change(tx, person_id, created_at=now - timedelta(days=9))
        alarm.raise_alert(tx, world.house, person, Level.CONCERN, "silence", now, known=False)

    await world.store.write(silent)
    text = await desk.text(here(desk))
    assert "silence: check-ins went by" in text
    assert "Usually answers</dt><dd>around 6:20 pm, their time" in text
    assert "Last heard" in text
    assert text.count("no answer") == 6
    assert text.count("skipped") == 3

"""The door: what is screened, stored and answered, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels import Inbound, Kind, OptOut, TryLaterError
from bot.config import House
from handlers.risk import Level, Risk
from handlers.screening import screen
from storage import people
from storage.models import ledger, message
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def test_joining_to_the_first_checkin(world: World) -> None:
    person_id = await world.invited()
    hello = world.texts()
    assert "program" in hello[0]
    assert "988" in hello[0]
    assert not world.person(person_id).agreed
    await world.say("1")
    assert world.person(person_id).agreed
    await world.say("1")
    await world.say("90210")
    assert world.person(person_id).zone == "America/Los_Angeles"
    await world.say("6 pm")
    person = world.person(person_id)
    assert (person.checkin_at, person.status) == ("18:00", "active")
    rows = await world.read(lambda tx: list(tx.execute(select(ledger).order_by(ledger.c.id))))
    assert [row.kind for row in rows] == ["signed", "agreed"]
    assert (rows[1].channel, rows[1].language, rows[1].wording) == ("telegram", "en", "2026-11")
    world.sent_since()
    await world.later(hours=12)
    (asked,) = world.sent_since()
    assert "0 (rough) to 10" in asked


async def test_start_alone_is_no_consent(world: World) -> None:
    person_id = await world.invited()
    await world.say("/start")
    assert not world.person(person_id).agreed
    await world.say("hm")
    assert not world.person(person_id).agreed


async def test_declining_is_kept_and_nothing_more_is_sent(world: World) -> None:
    person_id = await world.invited()
    await world.say("2")
    world.sent_since()
    await world.later(days=2)
    assert world.sent_since() == []
    assert not world.person(person_id).agreed


async def test_a_checkin_in_four_taps(world: World) -> None:
    person_id = await world.joined()
    await world.later(hours=9)
    world.sent_since()
    for key in ("6", "3", "ok", "no"):
        await world.press(key)
    assert "a word" in world.sent_since()[-1]
    assert world.person(person_id).misses == 0
    assert world.alerts() == []


async def test_a_checkin_in_one_text(world: World) -> None:
    await world.joined(channel="sms", address="+12155550123")
    await world.later(hours=9)
    await world.say("6 3 1 1", channel="sms", address="+12155550123")
    assert "a word" in world.texts("+12155550123")[-1]


async def test_a_strong_craving_reaches_the_counselor(world: World) -> None:
    await world.joined()
    await world.later(hours=9)
    await world.press("6")
    await world.press("9")
    await world.press("ok")
    await world.press("no")
    (alert,) = world.alerts()
    assert (alert.level, alert.state) == ("concern", "open")
    # 7 pm on a Monday: the counselor is on duty until 8.
    notice = world.texts("900")[-1]
    assert notice.startswith(f"{alert.id} CONCERN. https://companion.example/alerts/{alert.id}")
    assert "Sam" not in notice


async def test_danger_is_alerted_taken_and_told(world: World) -> None:
    await world.joined()
    world.sent_since()
    await world.say("i want to kill myself tonight")
    reply = world.sent_since()
    assert "988" in reply[0]
    assert "No one has read it yet" in "\n".join(reply)
    (alert,) = world.alerts()
    assert alert.level in ("urgent", "emergency")
    await world.press("seen", address="900")
    assert "Your counselor read this" in world.sent_since()[-1]
    await world.say(f"CALLING {alert.id}", address="900")
    assert "calling you now" in world.sent_since()[-1]
    await world.say(f"CLOSE {alert.id} spoke, safe", address="900")
    assert world.alerts()[0].state == "closed"


async def test_nobody_takes_it_so_it_climbs_and_the_truth_is_told(world: World) -> None:
    await world.joined()
    await world.say("i want to kill myself tonight")
    world.sent_since()
    await world.later(minutes=20)
    assert any("No one on the team has read this yet" in text for text in world.sent_since())
    assert any("EMERGENCY" in t or "URGENT" in t for t in world.texts("+12155550199"))


async def test_taken_without_an_outcome_is_opened_again(world: World) -> None:
    await world.joined()
    await world.say("i want to kill myself tonight")
    await world.press("seen", address="900")
    world.sent_since()
    await world.later(minutes=20)
    assert world.alerts()[0].state == "open"
    assert any("no word that they reached you" in text for text in world.sent_since())


async def test_the_second_counselor_is_told_who_has_it(world: World) -> None:
    await world.joined()
    await world.say("i want to kill myself tonight")
    await world.press("seen", address="900")
    await world.say("SEEN 1", channel="sms", address="+12155550199")
    assert "taken by Dana Reyes" in world.texts("+12155550199")[-1]


async def test_a_message_delivered_twice_acts_once(world: World) -> None:
    await world.joined()
    await world.later(hours=9)
    world.sent_since()
    await asyncio.gather(*(world.say("6", provider_id="same") for _ in range(5)))
    assert len(world.sent_since()) == 1


async def test_forty_turns_at_once_lose_nothing(world: World) -> None:
    person_id = await world.joined()
    before = world.person(person_id).turn
    await asyncio.gather(*(world.say("menu") for _ in range(40)))
    assert world.person(person_id).turn == before + 40
    assert len([t for t in world.texts() if "What would you like?" in t]) == 40


async def test_an_exception_in_the_screen_is_a_hit(
    store: Store, house: House, clock: HandClock
) -> None:
    broken = [False]

    def screening(text: str) -> Risk:
        if broken[0]:
            raise RuntimeError
        return screen(text)

    world = await World(store, house, clock, screening=screening).staffed()
    await world.joined()
    broken[0] = True
    await world.say("hello there")
    (alert,) = world.alerts()
    assert alert.level == "urgent"
    risks = select(message.c.risk).order_by(message.c.id)
    rows = await world.read(lambda tx: list(tx.execute(risks)))
    assert rows[-1].risk == "urgent"


async def test_a_bug_in_a_flow_loses_neither_message_nor_alert(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.joined()

    def bug(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.visit.decide", bug)
    monkeypatch.setattr("bot.danger.in_danger", bug)
    world.sent_since()
    await world.say("just a word")
    assert "Something broke on my side" in world.sent_since()[-1]
    assert world.alerts()[0].level == "concern"
    await world.say("i want to kill myself tonight")
    assert "988" in world.sent_since()[-1]
    assert world.alerts()[0].level in ("urgent", "emergency")
    texts = select(message.c.text).order_by(message.c.id)
    rows = await world.read(lambda tx: list(tx.execute(texts)))
    assert rows[-1].text == "i want to kill myself tonight"


async def test_stop_in_plain_speech_is_confirmed_once(world: World) -> None:
    await world.joined()
    world.sent_since()
    await world.say("please stop texting me")
    (confirmation,) = world.sent_since()
    assert "988" in confirmation
    await world.say("please stop texting me")
    await world.later(days=2)
    assert world.sent_since() == []
    await world.say("/start")
    assert "on again" in world.sent_since()[0]


async def test_the_carriers_own_stop_gets_no_second_confirmation(world: World) -> None:
    await world.joined(channel="sms", address="+12155550123")
    count = len(world.texts("+12155550123"))
    await world.say("STOP", channel="sms", address="+12155550123", opt_out=OptOut.STOP)
    assert len(world.texts("+12155550123")) == count
    await world.say("i took all my pills, goodbye", channel="sms", address="+12155550123")
    assert len(world.texts("+12155550123")) == count
    assert world.alerts()[-1].level == "emergency"


async def test_danger_after_an_opt_out_is_answered_once(world: World) -> None:
    await world.joined()
    await world.say("stop texting me")
    world.sent_since()
    await world.say("i want to kill myself tonight")
    assert "988" in "\n".join(world.sent_since())
    assert world.alerts()[-1].person_id is not None


async def test_what_cannot_be_read_is_said_so(world: World) -> None:
    await world.joined()
    world.sent_since()
    await world.say("", kind=Kind.VOICE)
    assert "can't hear or see" in world.sent_since()[-1]
    assert world.alerts()[-1].level == "concern"


async def test_an_edited_message_is_screened(world: World) -> None:
    await world.joined()
    world.sent_since()
    await world.say("have a nice day", kind=Kind.EDITED)
    assert world.sent_since() == []
    await world.say("i want to kill myself tonight", kind=Kind.EDITED)
    assert world.alerts()[-1].level in ("urgent", "emergency")


async def test_a_stranger_gets_lines_and_no_alert(world: World) -> None:
    await world.say("hi who is this", address="777")
    await world.say("i want to kill myself tonight", address="777")
    assert len(world.texts("777")) == 2
    assert "988" in world.texts("777")[0]
    assert "Harbor" not in world.texts("777")[0]
    assert world.alerts() == []
    world.clock.at += timedelta(days=8)
    from bot import sweeps

    await sweeps.forget(world.store, world.clock.at)
    left = await world.read(lambda tx: list(tx.execute(select(message.c.text))))
    assert left
    assert not any("kill" in row.text for row in left)


async def test_late_words_are_answered_with_their_true_time(world: World) -> None:
    await world.joined()
    world.sent_since()
    await world.say("i want to kill myself tonight", sent_at=world.clock.at - timedelta(hours=3))
    assert "you sent it at 7 am" in "\n".join(world.sent_since())


async def test_late_words_from_a_frozen_number_are_too(world: World) -> None:
    person_id = await world.joined()
    await world.store.write(
        lambda tx: people.set_address_state(tx, people.addresses(tx, person_id)[0].id, "frozen")
    )
    world.sent_since()
    await world.say("i want to kill myself tonight", sent_at=world.clock.at - timedelta(hours=3))
    assert world.sent_since()[0] == "I got this late; you sent it at 7 am."


async def test_a_crisis_parks_the_talk_and_it_goes_on(world: World) -> None:
    await world.joined()
    await world.later(hours=9)
    await world.press("6")
    await world.say("i want to kill myself tonight")
    for text in ("C", "1"):
        await world.say(text)
    assert "urge to use today" in world.texts()[-1]
    await world.say("3")
    assert "sleep" in world.texts()[-1]


async def test_a_bare_yes_or_no_is_asked_again_in_danger(world: World) -> None:
    person_id = await world.joined()
    await world.say("sometimes i wish i was dead")
    world.sent_since()
    for word in ("no", "yes", "sí"):
        await world.say(word)
        assert world.person(person_id).place["step"] == "ask"
    await world.say("A")
    assert world.alerts()[0].level == "emergency"


async def test_an_old_button_is_not_credited_to_a_newer_question(world: World) -> None:
    await world.joined()
    await world.later(hours=9)
    row = world.rows("100")[-1]
    await world.press("6")
    await world.say("6", kind=Kind.BUTTON, choice="6", asked_in=row.asked_in)
    assert "older question" in world.texts()[-1]


async def test_an_answer_after_its_time_is_not_taken(world: World) -> None:
    await world.joined()
    await world.later(hours=9)
    world.clock.at += timedelta(hours=13)
    await world.say("6")
    assert "closed" in world.texts()[-1]


async def test_silence_counts(world: World) -> None:
    person_id = await world.joined()
    await world.later(days=1)
    assert world.person(person_id).misses == 1
    assert world.alerts() == []
    await world.later(days=1)
    assert world.person(person_id).misses == 2
    (alert,) = world.alerts()
    assert (alert.level, alert.known) == ("concern", False)
    assert sum("No answer is OK" in text for text in world.texts()) >= 2


async def test_a_nudge_dies_once_they_have_spoken(world: World) -> None:
    await world.joined()
    await world.later(hours=9)
    await world.press("6")
    world.sent_since()
    await world.later(hours=4)
    assert world.sent_since() == []


async def test_storage_that_cannot_be_written_is_said_to_the_provider(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.store import StoreDownError

    async def down(_: Any) -> None:
        raise StoreDownError

    monkeypatch.setattr(world.store, "write", down)
    with pytest.raises(TryLaterError):
        await world.say("hello")


def test_every_stored_message_has_a_risk() -> None:
    column = message.c.risk
    assert not column.nullable
    assert column.default is None
    assert column.server_default is None


def test_text_is_cleaned_when_an_inbound_is_made(clock: HandClock) -> None:
    inbound = Inbound("sms", "+1", "1", clock.at, "a\x00b\ud83dc")
    assert inbound.text == "abc"


async def test_a_concern_opens_an_alert_and_the_talk_goes_on(
    store: Store, house: House, clock: HandClock
) -> None:
    def screening(text: str) -> Risk:
        return Risk(Level.CONCERN, ("hopelessness",)) if text == "6" else screen(text)

    world = await World(store, house, clock, screening=screening).staffed()
    await world.joined()
    await world.later(hours=9)
    await world.say("6")
    assert world.alerts()[0].level == "concern"
    assert "urge to use" in world.texts()[-1]

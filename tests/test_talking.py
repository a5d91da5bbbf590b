"""Talking to a person: what somebody writes reaches their team, and the answer reaches them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot import answering, delivery
from bot.channels import Delivery, DeliveryState, Kind
from bot.config import House
from storage import alerts as alert_rows
from storage import people, staff
from storage.models import audit, draft, message, outbox, person
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.world import World

SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}
COVERED = "From your team. You can text back:"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def by_day(store: Store, clock: HandClock, **after: Any) -> World:
    """A clinic that nobody reads for at night."""
    hours = {"days": "mon-fri", "from": "08:00", "to": "20:00"}
    shifts = [{"who": "counselor", **hours}, {"who": "supervisor", **hours}]
    changed = clinic(after_hours={"mode": "none", **after}, shifts=shifts)
    return World(store, House(changed, "https://companion.example"), clock)


def worker(world: World, number: int = 1) -> Any:
    return world.store.read_now(lambda tx: staff.get(tx, number))


async def answer(world: World, person_id: int, text: str, by: int = 1) -> None:
    who = worker(world, by)
    await world.store.write(
        lambda tx: answering.answer(tx, world.house, person_id, who, text, world.clock.now())
    )


async def refused(world: World, person_id: int, text: str = "hello", by: int = 1) -> str:
    with pytest.raises(answering.AnswerError) as error:
        await answer(world, person_id, text, by)
    return str(error.value)


def notices(world: World, address: str = "900") -> list[str]:
    rows = [r for r in world.rows(address) if r.kind == "alert_notice"]
    return [row.text for row in rows]


async def test_words_after_talk_go_to_the_team_and_are_confirmed_once(world: World) -> None:
    person_id = await world.joined()
    await world.say("talk")
    assert world.person(person_id).waiting_since is None
    world.sent_since()
    for text in ("i lost my job", "today", "they called me in", "at noon", "that was it"):
        await world.say(text)
    (confirmed,) = world.sent_since()
    assert confirmed.startswith("Thank you. Your team can see this. Your team reads this until 8")
    assert world.person(person_id).waiting_since == world.clock.now()
    (alert,) = world.alerts()
    assert (alert.level, alert.state) == ("concern", "open")
    assert len(notices(world)) == 1


async def test_after_hours_it_is_confirmed_again_with_what_is_true_then(world: World) -> None:
    await world.joined()
    await world.say("talk")
    await world.say("hello")
    world.sent_since()
    await world.later(hours=11)
    world.sent_since()
    await world.say("nobody there?")
    assert "tomorrow" in world.sent_since()[-1]


async def test_nobody_on_duty_says_what_is_open_and_when_somebody_reads(
    store: Store, clock: HandClock
) -> None:
    world = await by_day(store, clock).staffed()
    await world.joined()
    clock.at += timedelta(hours=13)
    await world.say("talk")
    said = world.sent_since()[-1]
    assert "988 is open now" in said
    assert "tomorrow from 8 am" in said


async def test_a_contracted_line_is_named_too(store: Store, clock: HandClock) -> None:
    world = await by_day(store, clock, mode="line", line="802-555-0142").staffed()
    await world.joined()
    clock.at += timedelta(hours=13)
    await world.say("talk")
    said = world.sent_since()[-1]
    assert "802-555-0142" in said
    assert "tomorrow from 8 am" in said


async def test_a_command_leaves_it(world: World) -> None:
    person_id = await world.joined()
    await world.say("talk")
    await world.say("menu")
    await world.press("more")
    await world.press("about")
    world.sent_since()
    await world.say("it rains")
    assert "Shall I give your words to your team?" in world.sent_since()[-1]
    assert world.person(person_id).waiting_since is None


async def test_a_checkin_comes_all_the_same_and_other_words_still_arrive(world: World) -> None:
    person_id = await world.joined()
    await world.say("talk")
    await world.later(hours=9)
    assert world.sent_since()[-1].startswith("Hi Sam. How's your day")
    await world.say("i miss my sister")
    assert world.sent_since()[-1].startswith("Thank you. Your team can see this.")
    await world.press("6")
    assert "Any urge" in world.sent_since()[-1]
    assert world.person(person_id).waiting_since is not None


async def test_danger_comes_first_in_it(world: World) -> None:
    person_id = await world.joined()
    await world.say("talk")
    world.sent_since()
    await world.say("i want to kill myself tonight")
    assert "988" in world.sent_since()[0]
    assert world.person(person_id).place["flow"] == "crisis"
    assert world.alerts()[0].level in ("urgent", "emergency")


async def test_words_where_nothing_is_open_are_given_by_a_tap(world: World) -> None:
    person_id = await world.joined()
    await world.say("the bus was late")
    assert "Shall I give your words to your team?" in world.sent_since()[-1]
    assert world.alerts() == []
    await world.press("give")
    assert world.sent_since()[-1].startswith("Thank you. Your team can see this.")
    assert world.person(person_id).waiting_since is not None
    events = await world.read(lambda tx: tx.execute(select(message.c.id, message.c.text)).all())
    texts = {row.id: row.text for row in events}
    (alert,) = world.alerts()
    opened = await world.read(lambda tx: alert_rows.timeline(tx, alert.id))
    assert texts[opened[0].message_id] == "the bus was late"


@pytest.mark.parametrize("text", ["ok thanks", "👍", "Gracias", "7", "no"])
async def test_a_polite_word_is_not_offered(world: World, text: str) -> None:
    await world.joined()
    await world.say(text)
    assert world.sent_since()[-1].startswith("Thanks. I'm a program, and nobody reads this live.")
    assert "Shall I" not in world.texts()[-1]


@pytest.mark.parametrize("text", ["hello", "hola"])
async def test_a_greeting_after_talk_is_for_the_team(world: World, text: str) -> None:
    person_id = await world.joined()
    await world.say("talk")
    await world.say(text)
    assert world.person(person_id).waiting_since is not None


async def test_an_answer_closes_what_only_asked_and_says_no_more(world: World) -> None:
    person_id = await world.joined()
    await world.say("talk")
    await world.say("can you move thursday")
    world.sent_since()
    await answer(world, person_id, "Thursday at 5 works.")
    assert world.sent_since() == [
        "From your counselor. You can write back here:\nThursday at 5 works."
    ]
    (alert,) = world.alerts()
    assert (alert.state, alert.taken_by) == ("closed", 1)
    assert world.person(person_id).waiting_since is None
    row = world.rows("100")[-1]
    assert (row.said_by, row.priority) == (1, 1)
    seen = await world.read(lambda tx: tx.execute(select(audit.c.what)).scalars().all())
    assert "answered" in seen


async def test_an_answer_leaves_another_alert_as_it_is(world: World) -> None:
    person_id = await world.joined()
    await world.say("i want to die")
    await answer(world, person_id, "I am calling you now.")
    (alert,) = world.alerts()
    assert (alert.state, alert.level) == ("open", "urgent")
    # A, B and C are still heard.
    await world.say("A")
    assert world.alerts()[0].level == "emergency"


async def test_what_comes_back_reaches_who_wrote_once(world: World) -> None:
    person_id = await world.joined()
    await answer(world, person_id, "How was your week?")
    world.sent_since("900")
    for text in ("good", "really good", "and you?"):
        await world.say(text)
    (notice,) = world.sent_since("900")
    (alert,) = world.alerts()
    assert notice.startswith(f"{alert.id}: an answer is waiting. https://companion.example/alerts/")
    assert "good" not in notice
    assert "Sam" not in notice
    assert world.texts("+12155550199") == []


async def test_who_wrote_is_off_duty_and_the_rota_hears(world: World) -> None:
    person_id = await world.joined()
    await answer(world, person_id, "How was your week?", by=2)
    await world.say("good")
    # The supervisor wrote and is on duty at all hours; by night the counselor is not.
    assert len(notices(world, "+12155550199")) == 1
    await answer(world, person_id, "And now?", by=1)
    world.clock.at += timedelta(hours=12)
    await world.say("fine")
    await world.later(hours=5)
    # 3 am: the counselor sleeps, and a concern waits for them.
    assert (notices(world), len(notices(world, "+12155550199"))) == ([], 1)
    await world.later(hours=6)
    assert (len(notices(world)), len(notices(world, "+12155550199"))) == (1, 1)


async def test_who_has_taken_it_hears_of_more(world: World) -> None:
    await world.joined()
    await world.say("talk")
    await world.press("seen", address="900")
    world.sent_since("900")
    for text in ("it is about my mother", "she is ill"):
        await world.say(text)
    (notice,) = world.sent_since("900")
    assert "an answer is waiting" in notice


async def test_nobody_waits_any_more_once_it_is_settled(world: World) -> None:
    person_id = await world.joined()
    await world.say("talk")
    await world.say("hello")
    who = worker(world)
    await world.store.write(lambda tx: answering.settle(tx, person_id, who, world.clock.now()))
    assert world.person(person_id).waiting_since is None
    assert world.alerts()[0].state == "closed"


async def test_closing_the_alert_settles_it_too(world: World) -> None:
    person_id = await world.joined()
    await world.say("talk")
    await world.say("hello")
    await world.say("CLOSE 1 spoke with them", address="900")
    assert world.person(person_id).waiting_since is None


async def test_an_answer_by_text_is_echoed_and_confirmed(world: World) -> None:
    await world.joined(**SMS)
    await world.say("TALK", **SMS)
    world.sent_since("900")
    world.sent_since(SMS["address"])
    await world.say("REPLY 1 See you in group at 5", address="900")
    (echo,) = world.sent_since("900")
    assert echo.splitlines() == [
        "To 1, on their safe channel:",
        "See you in group at 5",
        "These words may give them away: group.",
        "SEND 1 sends it. DROP 1 drops it. It waits for 15 minutes.",
    ]
    before = len(world.texts(SMS["address"]))
    await world.say("SEND 1", address="900")
    assert len(world.texts(SMS["address"])) == before + 1
    assert world.texts(SMS["address"])[-1] == f"{COVERED}\nSee you in group at 5"
    assert world.texts("900")[-1] == "Sent to 1."
    await world.say("SEND 1", address="900")
    assert world.texts("900")[-1].startswith("Nothing waits to be sent to 1.")


async def test_a_draft_is_one_and_does_not_last(world: World) -> None:
    await world.joined(**SMS)
    await world.say("TALK", **SMS)
    before = world.texts(SMS["address"])
    await world.say("REPLY 1 first", address="900")
    first = world.rows("900")[-1].buttons[0][0]
    world.clock.at += timedelta(minutes=1)
    await world.say("REPLY 1 second", address="900")
    await world.say("Send it", address="900", kind=Kind.BUTTON, choice=first, asked_in=1)
    assert world.texts("900")[-1] == "That was an older draft for 1. Nothing was sent."
    await world.say("SEND 2", address="900")
    assert world.texts("900")[-1] == "There is no 2 for you."
    world.clock.at += timedelta(minutes=16)
    await world.say("SEND 1", address="900")
    assert world.texts("900")[-1].startswith("Nothing waits")
    await world.say("12 reply 3 of us are here", address="900")
    assert world.texts("900")[-1] == "There is no 12 for you."
    await world.say("REPLY 1", address="900")
    assert world.texts("900")[-1].startswith("To write to 1, put your words behind it")
    await world.say("1 reply 3 of us are here", address="900")
    assert "\n3 of us are here\n" in world.texts("900")[-1]
    await world.press(world.rows("900")[-1].buttons[1][0], address="900")
    assert world.texts("900")[-1] == "Dropped. Nothing went to 1."
    assert world.texts(SMS["address"]) == before


async def test_only_who_may_see_the_alert_answers_it(world: World) -> None:
    await world.joined()
    await world.say("talk")
    await world.do("staff_add", name="Ana Lima", role="counselor", sms="+12155550177")
    await world.say("REPLY 1 hello", channel="sms", address="+12155550177")
    assert world.texts("+12155550177")[-1] == "There is no 1 for you."
    drafts = await world.read(lambda tx: tx.execute(select(draft)).all())
    assert drafts == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"status": "paused"}, "not active"),
        ({"status": "deceased"}, "not active"),
        ({"agreed": False}, "not agreed"),
    ],
)
async def test_what_may_not_be_sent(world: World, changed: dict[str, Any], why: str) -> None:
    person_id = await world.joined()
    await world.store.write(
        lambda tx: tx.execute(update(person).where(person.c.id == person_id).values(**changed))
    )
    assert why in await refused(world, person_id)


async def test_nothing_is_sent_where_somebody_else_may_hold_the_phone(world: World) -> None:
    person_id = await world.joined()
    await world.say("he hit me last night")
    assert "Somebody else may hold the phone" in await refused(world, person_id)


async def test_nothing_is_sent_to_a_stopped_or_frozen_address(world: World) -> None:
    person_id = await world.joined()
    for state, why in (("stopped", "no channel"), ("frozen", "somebody else's")):

        def close(tx: Any, state: str = state) -> None:
            row = people.address_of(tx, "telegram", "100")
            assert row is not None
            people.set_address_state(tx, row.id, state)

        await world.store.write(close)
        assert why in await refused(world, person_id)


async def test_empty_long_and_not_theirs_are_refused(world: World) -> None:
    person_id = await world.joined()
    assert "no words" in await refused(world, person_id, "  ")
    assert "longer than 1000" in await refused(world, person_id, "x" * 1001)
    await world.do("staff_add", name="Ana Lima", role="counselor", sms="+12155550177")
    assert "not yours" in await refused(world, person_id, by=3)


async def test_an_answer_that_does_not_arrive_is_told(world: World) -> None:
    person_id = await world.joined(**SMS)
    await world.say("TALK", **SMS)
    await answer(world, person_id, "Hello")
    row = world.rows(SMS["address"])[-1]
    await world.store.write(
        lambda tx: tx.execute(
            update(outbox).where(outbox.c.id == row.id).values(state="sent", provider_id="SM1")
        )
    )
    world.sent_since("900")
    lost = Delivery("SM1", DeliveryState.UNDELIVERED, "30003")
    await world.store.write(
        lambda tx: delivery.delivered(tx, world.house, "sms", lost, world.clock.now())
    )
    told = world.sent_since("900")
    assert any("did not get through" in text for text in told)
    assert world.person(person_id).waiting_since is not None


def test_warnings_name_outing_words_and_texts(store: Store) -> None:
    del store

    class Covered:
        plain, language, zone = False, "en", "UTC"

    said = answering.warnings(Covered(), "sms", "see you in group " + "x" * 150)  # type: ignore[arg-type]
    assert said == ["These words may give them away: group.", "It goes out as 2 texts."]
    assert answering.warnings(Covered(), "telegram", "group") == []  # type: ignore[arg-type]


async def test_a_question_under_an_answer_is_still_answered_by_its_button(world: World) -> None:
    person_id = await world.joined()
    await world.later(hours=9)
    asked = world.rows("100")[-1].asked_in
    await answer(world, person_id, "I am here until 8.")
    world.sent_since()
    await world.press("7", asked_in=asked)
    assert "Any urge" in world.sent_since()[-1]
    await world.say("thank you for writing")
    assert world.person(person_id).waiting_since is not None


async def test_a_joining_talk_is_not_lost_by_an_answer_in_danger(world: World) -> None:
    person_id = await world.invited()
    await world.say("1")
    await world.say("1")
    assert world.person(person_id).place["step"] == "place"
    await world.say("i want to die")
    await answer(world, person_id, "I am calling you.")
    await world.say("C")
    await world.say("1")
    assert world.person(person_id).place["step"] == "place"
    await world.say("19103")
    assert world.person(person_id).place["step"] == "hour"

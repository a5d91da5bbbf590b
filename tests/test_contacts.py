"""Their people: written down in small steps, called, and a text that leaves only when pressed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import supporters
from bot.channels import Delivery, DeliveryState, OptOut
from bot.config import House
from bot.delivery import delivered
from handlers.contact import e164, spaced
from handlers.own import SendTo
from storage import items, outbox, people
from storage.models import ledger
from storage.store import Store
from tests.conftest import HandClock
from tests.notebook import Notebook
from tests.world import World

NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
ANA = "+12155550142"
WORDS = "Can you call me? I need a voice"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def kept(world: World, person_id: int) -> list[dict[str, Any]]:
    rows = world.store.read_now(lambda tx: items.of(tx, person_id, "contact"))
    return [row.data for row in rows]


async def ana(world: World, person_id: int, **more: Any) -> int:
    """One of their people, as staff have left it after they asked alone."""
    data = {"name": "Ana", "phone": ANA, "kind": "sponsor", "text": WORDS, "shared": True, **more}
    now = world.clock.now()
    return await world.store.write(lambda tx: items.keep(tx, person_id, "contact", data, now))


async def test_one_is_written_down_in_small_steps(world: World) -> None:
    person_id = await world.joined(**SMS)
    for said in ("PEOPLE", "Ana", "215-555-0142", "3", WORDS, "1"):
        await world.say(said, **SMS)
    assert kept(world, person_id) == [
        {"name": "Ana", "phone": ANA, "kind": "family", "text": WORDS, "shared": False}
    ]
    await world.say("gente", **SMS)
    assert "1. Ana, +1 215-555-0142" in world.texts(NUMBER)[-1]
    await world.say("ana", **SMS)
    assert world.texts(NUMBER)[-1].startswith("Ana: +1 215-555-0142")


async def test_whoever_stops_in_the_middle_has_the_name_and_the_number(world: World) -> None:
    person_id = await world.joined()
    for said in ("people", "Joe: 215 555 0143", "i want to die"):
        await world.say(said)
    assert [(each["name"], each["phone"]) for each in kept(world, person_id)] == [
        ("Joe", "+12155550143")
    ]
    await world.say("C")
    assert world.person(person_id).place["step"] == "relation"


async def test_the_text_is_a_message_of_its_own_that_may_be_handed_on(world: World) -> None:
    person_id = await world.joined()
    await ana(world, person_id)
    await world.say("sponsor")
    await world.press("text")
    words, rest = world.rows("100")[-2:]
    assert (words.text, words.private, words.address) == (WORDS, False, "100")
    assert "I sent nothing" in rest.text
    assert [row for row in world.rows() if row.address == ANA] == []


async def sent(world: World, *, agreed: str | None = "2026-11-20") -> list[Any]:
    """Everything queued for her after it was pressed twice."""
    person_id = await world.joined()
    await ana(world, person_id, agreed=agreed)
    for _ in range(2):
        await world.say("sponsor")
        for key in ("text", "send"):
            if key in dict(world.rows("100")[-1].buttons):
                await world.press(key)
    return world.rows(ANA)


async def test_it_is_sent_to_whom_staff_have_asked_and_once_an_hour(world: World) -> None:
    (row,) = await sent(world)
    assert row.channel == "sms"
    assert row.kind == "supporter"
    assert row.text.startswith(f"Sam asked me to pass this on: {WORDS}\n")
    assert "STOP" in row.text
    assert row.buttons == []
    assert "less than an hour ago" in world.texts("100")[-1]
    await world.later(hours=2)
    await world.say("sponsor")
    await world.press("text")
    await world.press("send")
    assert len(world.rows(ANA)) == 2


async def test_without_that_it_is_not_even_offered(world: World) -> None:
    assert await sent(world, agreed=None) == []


async def test_taken_back_from_the_team_ends_what_was_agreed_with_it(world: World) -> None:
    person_id = await world.joined()
    await ana(world, person_id, agreed="2026-11-20")
    await world.say("sponsor")
    await world.press("share")
    await world.press("keep")
    (data,) = kept(world, person_id)
    assert not data["shared"]
    assert data["agreed"] is None
    which = await world.read(lambda tx: items.of(tx, person_id, "contact")[0].id)
    now = world.clock.now()
    await world.store.write(lambda tx: supporters.pass_on(tx, person_id, which, now))
    assert world.rows(ANA) == []


@pytest.mark.parametrize("carrier", [True, False])
async def test_her_stop_holds_and_her_start_lifts_it(world: World, *, carrier: bool) -> None:
    person_id = await world.joined()
    which = str(await ana(world, person_id, agreed="2026-11-20"))

    async def may() -> str | None:
        now = world.clock.now()
        found: str | None = await world.read(
            lambda tx: supporters.may_go(tx, person_id, which, now)
        )
        return found

    assert await may() == "free"
    said = {"text": "STOP", "opt_out": OptOut.STOP} if carrier else {"text": "stop texting me"}
    await world.say(**said, channel="sms", address=ANA)  # type: ignore[arg-type]
    assert await may() is None
    assert world.rows(ANA) == []
    query = select(ledger.c.person_id, ledger.c.kind).order_by(ledger.c.id)
    rows = await world.read(lambda tx: list(tx.execute(query)))
    assert rows[-1] == (None, "stopped")
    await world.say("START", channel="sms", address=ANA)
    assert await may() == "free"


@pytest.mark.parametrize("stopped", [True, False])
async def test_what_does_not_arrive_is_told_to_who_pressed_it(
    world: World, *, stopped: bool
) -> None:
    (row,) = await sent(world)
    house, now = world.house, world.clock.now()
    gone = Delivery("x1", DeliveryState.UNDELIVERED, "30003", stopped=stopped)

    def work(tx: Any) -> None:
        outbox.mark(tx, row.id, state="sent", provider_id="x1")
        delivered(tx, house, "sms", gone, now)
        delivered(tx, house, "sms", gone, now)

    await world.store.write(work)
    told = [text for text in world.texts("100") if "did not get through" in text]
    assert told == ["Your text to Ana did not get through. A call may."]
    assert not any(WORDS in row.text for row in world.rows("100")[-1:])
    assert world.alerts() == []


async def test_what_waits_too_long_is_not_sent_and_said(world: World) -> None:
    await sent(world)
    await world.later(hours=1)
    assert world.rows(ANA)[0].state == "expired"
    assert any("did not get through" in text for text in world.texts("100"))


async def test_a_number_of_theirs_that_is_closed_here_gets_nothing(world: World) -> None:
    person_id = await world.joined()
    which = await ana(world, person_id, agreed="2026-11-20")
    await world.joined(name="Ana Ruiz", channel="sms", address=ANA)
    await world.say("STOP", channel="sms", address=ANA)
    now = world.clock.now()
    found = await world.read(lambda tx: supporters.may_go(tx, person_id, str(which), now))
    assert found is None
    other = await world.read(lambda tx: people.address_of(tx, "sms", ANA).person_id)  # type: ignore[union-attr]
    found = await world.read(lambda tx: supporters.may_go(tx, other, str(which), now))
    assert found is None


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("215-555-0142", ANA),
        ("(215) 555 0142", ANA),
        ("1 215.555.0142", ANA),
        ("+52 55 1234 5678", "+525512345678"),
        ("555-0142", None),
        ("115-555-0142", None),
        ("call her", None),
        ("+123", None),
    ],
)
def test_a_number_as_it_is_typed(typed: str, number: str | None) -> None:
    assert e164(typed) == number


def test_a_number_is_read_back_so_that_it_can_be_tapped() -> None:
    assert [spaced(n) for n in (ANA, "+525512345678")] == ["+1 215-555-0142", "+525512345678"]


def test_a_sponsor_is_one_word_away_and_no_other_talk_is_lost() -> None:
    book = Notebook()
    for said in ("sponsor", "Luis 215 555 0142", "none", "1"):
        book.say(said)
    assert book.of("contact")[0]["kind"] == "sponsor"
    assert "Luis" in book.say("mi padrino")[0]
    assert book.say("sponsor")
    assert book.at() == "contacts.card"


def test_the_word_sponsor_also_answers_who_it_is() -> None:
    book = Notebook()
    for said in ("people", "Luis", "none"):
        book.say(said)
    assert book.at() == "contact.relation"
    book.say("sponsor")
    assert book.of("contact")[0]["kind"] == "sponsor"
    assert book.at() == "contact.words"


@pytest.mark.parametrize(
    ("found", "says"), [("rests", "less than an hour"), (None, "I can't send")]
)
def test_it_is_said_when_it_does_not_leave(found: str | None, says: str) -> None:
    book = Notebook()
    for said in ("people", "Ana 215 555 0142", "1", WORDS, "2"):
        book.say(said)
    assert book.of("contact")[0]["shared"]
    book.items[0].data["agreed"] = "2026-11-20"  # type: ignore[index]
    book.supporter = found
    for said in ("sponsor", "1"):
        book.say(said)
    assert says in book.say("1")[0]
    assert not any(isinstance(effect, SendTo) for effect in book.effects)


def test_two_of_one_name_are_not_guessed() -> None:
    book = Notebook()
    for name in ("Ana Lu", "Ana Paz"):
        for said in ("people", "2") if book.of("contact") else ("people",):
            book.say(said)
        for said in (name, "none", "1", "none", "1"):
            book.say(said)
    book.say("people")
    assert "two have it" in book.say("ana")[0]
    assert "Ana Paz" in book.say("paz")[0]


async def test_a_message_of_a_supporter_is_a_strangers(world: World, clock: HandClock) -> None:
    await sent(world)
    clock.at += timedelta(minutes=1)
    await world.say("who is this?", channel="sms", address=ANA)
    assert "we haven't met" in world.rows(ANA)[-1].text

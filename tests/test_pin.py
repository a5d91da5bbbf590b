"""The PIN: it guards what shows history, is slow to guess, and is in nobody's thread."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from bot.channels import Kind
from bot.config import House
from handlers.answers import UNREAD, Choice, Said
from handlers.lines import Code
from handlers.pin import is_weak
from storage import pins, plans
from storage.models import message, outbox
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
PIN, OTHER = "4711", "80264"
LINE = "my sister's porch"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def tried(world: World, person_id: int, digits: str) -> str:
    """One try, beside the talk."""
    row, now = world.person(person_id), world.clock.now()
    return await world.store.write(lambda tx: pins.tried(tx, row, digits, now))


@pytest.fixture
async def person_id(world: World) -> int:
    """Somebody with a plan of one line, and a PIN."""
    joined = await world.joined(**SMS)
    await world.store.write(lambda tx: plans.add(tx, joined, "places", LINE, world.clock.now()))
    await world.store.write(lambda tx: pins.put(tx, joined, PIN))
    return joined


async def said(world: World, text_: str, **more: Any) -> str:
    await world.say(text_, **SMS, **more)
    return "\n".join(world.sent_since(NUMBER))


def texts(world: World) -> list[str]:
    return world.store.read_now(lambda tx: list(tx.scalars(select(message.c.text))))


async def test_it_is_chosen_in_the_settings(world: World) -> None:
    person_id = await world.joined(**SMS)
    await said(world, "settings")
    await said(world, "A PIN")
    assert "Anybody would try" in await said(world, "1234")
    assert "4 to 8 digits" in await said(world, "12")
    assert "Your PIN is set" in await said(world, "my pin is 47-11")
    row = world.person(person_id)
    assert row.pin.startswith("$argon2id$")
    assert pins.is_shut(row, world.clock.now())


async def test_it_is_asked_for_and_then_open_for_some_minutes(
    world: World, person_id: int, clock: HandClock
) -> None:
    asked = await said(world, "plan")
    assert LINE not in asked
    assert "PIN" in asked
    assert LINE in await said(world, PIN)
    clock.at += timedelta(minutes=9)
    assert LINE in await said(world, "plan")
    clock.at += timedelta(minutes=2)
    assert LINE not in await said(world, "plan")
    assert world.person(person_id).pin_failures == 0


async def test_what_was_open_shuts_under_the_talk(
    world: World, person_id: int, clock: HandClock
) -> None:
    await said(world, "plan")
    await said(world, PIN)
    clock.at += timedelta(minutes=11)
    for word in ("more", "2", "espanol"):
        assert LINE not in await said(world, word)
    assert person_id


async def test_wrong_tries_rest_and_a_right_one_then_does_not_count(
    world: World, person_id: int, clock: HandClock
) -> None:
    await said(world, "plan")
    for _ in range(4):
        assert "isn't it" in await said(world, OTHER)
    assert "10:05 am" in await said(world, OTHER)
    refused = await said(world, "plan")
    assert "rests until" in refused
    assert "215-555-0100" in refused
    assert "988" in refused
    await said(world, PIN)
    assert pins.is_shut(world.person(person_id), clock.at)
    clock.at += timedelta(minutes=6)
    await said(world, "plan")
    assert LINE in await said(world, PIN)
    assert world.person(person_id).pin_failures == 0


async def test_the_rests_grow(world: World, person_id: int, clock: HandClock) -> None:
    waits = []
    for _ in range(12):
        answer = await tried(world, person_id, OTHER)
        until = world.person(person_id).pin_locked_until
        resting = until is not None and until > clock.at
        waits.append((until - clock.at).seconds // 60 if resting else 0)
        assert (answer == pins.WRONG) is not resting
        clock.at = until if resting else clock.at
    assert waits == [0, 0, 0, 0, 5, 10, 20, 40, 60, 60, 60, 60]


async def test_no_look_at_it_while_it_rests(world: World, person_id: int) -> None:
    for _ in range(5):
        await tried(world, person_id, OTHER)
    until = world.person(person_id).pin_locked_until
    assert await tried(world, person_id, PIN) == until.isoformat()
    assert world.person(person_id).pin_failures == 5


async def test_it_is_changed_and_taken_off_only_with_the_old_one(
    world: World, person_id: int
) -> None:
    await said(world, "plan")
    await said(world, PIN)
    await said(world, "4")
    await said(world, "settings")
    await said(world, "a pin")
    await said(world, "change it")
    assert "isn't it" in await said(world, OTHER)
    await said(world, PIN)
    assert "Your PIN is set" in await said(world, OTHER)
    await said(world, "settings")
    await said(world, "a pin")
    await said(world, "take it off")
    assert "isn't it" in await said(world, PIN)
    assert "Your PIN is off" in await said(world, OTHER)
    assert world.person(person_id).pin is None
    assert LINE in await said(world, "plan")


async def test_who_forgot_it_is_told_whom_to_call(world: World, person_id: int) -> None:
    await said(world, "plan")
    told = await said(world, "I forgot it")
    assert "215-555-0100" in told
    assert world.person(person_id).place is None


async def test_no_pin_is_kept_in_a_message(world: World, person_id: int) -> None:
    await said(world, "plan")
    for text_ in (OTHER, "i think it is 47 12", PIN):
        await said(world, text_)
    await said(world, PIN, kind=Kind.EDITED)
    await said(world, "close")
    await said(world, PIN)
    kept = [*texts(world), *world.texts(NUMBER)]
    for digits in (PIN, OTHER, "47 12"):
        assert not any(digits in each for each in kept)
    assert "i think it is \u2022\u2022 \u2022\u2022" in kept
    assert person_id


async def test_other_numbers_stay_as_they_are(world: World, person_id: int) -> None:
    await said(world, "settings")
    await said(world, "where i am")
    await said(world, "60601")
    await said(world, "check in")
    await said(world, "6311")
    assert {"60601", "6311"} <= set(texts(world))
    assert world.person(person_id).zone == "America/Chicago"


async def test_in_danger_help_comes_without_what_it_guards(world: World, person_id: int) -> None:
    told = await said(world, "i dont want to live anymore")
    assert LINE not in told
    assert "988" in told
    assert "PLAN" in told
    await said(world, "plan")
    assert LINE in await said(world, PIN)
    assert world.person(person_id).parked["flow"] == "crisis"


async def test_a_letter_in_danger_is_heard_over_the_pin(world: World, person_id: int) -> None:
    await said(world, "i want to die")
    await said(world, "plan")
    assert world.person(person_id).place["flow"] == "pin"
    await said(world, "A")
    assert world.alerts()[-1].level == "emergency"
    assert world.person(person_id).place["flow"] == "crisis"


async def test_the_hash_is_sealed(world: World, person_id: int) -> None:
    raw = await world.read(
        lambda tx: (
            tx.execute(text("SELECT pin FROM person WHERE id = :i"), {"i": person_id})
            .scalars()
            .one()
        )
    )
    assert "argon2" not in raw


async def test_nothing_waits_long_for_it(world: World, person_id: int) -> None:
    """It is computed inside the one writing transaction: a cheap profile, not the library's."""
    stored = world.person(person_id).pin
    assert "m=8192,t=1,p=1" in stored
    queued = await world.read(lambda tx: list(tx.scalars(select(outbox.c.text))))
    assert not any(stored in each for each in queued)


CODE = Code(Choice("forgot", "later"))


@pytest.mark.parametrize(
    ("text_", "read"),
    [
        ("4711", "4711"),
        ("4 7 1 1", "4711"),
        ("47-11-22", "471122"),
        ("12345678", "12345678"),
        ("mi clave es 4711", "4711"),
        ("２０２７", "2027"),
        ("123", UNREAD),
        ("123456789", UNREAD),
        ("4711 or 4712", UNREAD),
        ("four", UNREAD),
        ("1", "forgot"),
        ("later", "later"),
    ],
)
def test_how_it_is_read(text_: str, read: object) -> None:
    assert CODE.read(Said(text_)) == read


def test_what_anybody_would_try_first_is_refused() -> None:
    weak = [
        pin for pin in ("0000", "77777", "1234", "4321", "890123", "4711", "1990") if is_weak(pin)
    ]
    assert weak == ["0000", "77777", "1234", "4321", "890123"]

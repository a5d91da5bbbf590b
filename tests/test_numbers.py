"""A number that may be somebody else's: what is said, and what is never said there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot import delivery, rounds, sweeps
from bot.calendars import own_feed
from bot.channels import Delivery, DeliveryState
from bot.config import House
from bot.reassigned import REASON, freeze, verify
from content import rules
from handlers.away import Doubt, doubt
from storage import people
from storage.models import alert_event, audit, outbox
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

RULES = rules.wrong_number().rules
NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


@pytest.mark.parametrize(
    ("label", "text"), [(rule.label, text) for rule in RULES for text in rule.match]
)
def test_what_each_rule_must_hear(label: str, text: str) -> None:
    assert doubt(text) == label


@pytest.mark.parametrize(
    ("label", "text"), [(rule.label, text) for rule in RULES for text in rule.unmatched]
)
def test_what_each_rule_must_not_hear(label: str, text: str) -> None:
    assert doubt(text) != label


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("this isn't Sam", "Sam", Doubt.WRONG),
        ("no soy Álvaro", "Álvaro", Doubt.WRONG),
        ("I don't know any Sam", "Sam", Doubt.WRONG),
        ("Sam doesn't live here", "Sam", Doubt.WRONG),
        ("this is sam", "Sam", None),
        ("i'm not samson", "Sam", None),
        ("there is no hope", "Hope", None),
        ("i have no will to live", "Will", None),
        ("you have the wrong number stop texting me", "", Doubt.WRONG),
        ("i want to die", "Sam", None),
        ("6 3 1 1", "Sam", None),
        ("hola", "Sam", None),
    ],
)
def test_whose_number_it_is(text: str, name: str, found: Doubt | None) -> None:
    assert doubt(text, name) is found


@given(st.text(max_size=80), st.text(max_size=12))
def test_it_never_raises(text: str, name: str) -> None:
    assert doubt(text, name) in (None, *Doubt)


def state(world: World) -> Any:
    return world.store.read_now(lambda tx: people.address_of(tx, "sms", NUMBER))


def reasons(world: World) -> list[str]:
    query = select(alert_event).order_by(alert_event.c.id)
    rows = world.store.read_now(lambda tx: list(tx.execute(query)))
    return [row.detail or "" for row in rows if row.kind in ("opened", "added", "raised")]


async def test_a_wrong_number_gets_one_neutral_question_and_nothing_else(world: World) -> None:
    person_id = await world.joined(**SMS)
    await world.say("Wrong number", **SMS)
    assert state(world).state == "frozen"
    (asked,) = world.sent_since(NUMBER)
    assert asked == (
        "Is this still the right number for these messages?\n1 Yes, it is  2 No, it isn't"
    )
    (alert,) = world.alerts()
    assert (alert.person_id, alert.level, alert.known) == (person_id, "concern", False)
    assert any(REASON in reason for reason in reasons(world))
    heard = world.person(person_id).heard_at
    await days(world, 2)
    assert world.sent_since(NUMBER) == []
    await world.say("MENU", **SMS)
    assert all("Sam" not in text and "MENU" not in text for text in world.sent_since(NUMBER))
    # Somebody else's words are not the person's.
    assert world.person(person_id).heard_at == heard


async def test_a_bare_yes_changes_nothing(world: World) -> None:
    await world.joined(**SMS)
    await world.say("who is this", **SMS)
    world.sent_since(NUMBER)
    await world.say("1", **SMS)
    assert world.sent_since(NUMBER) == [
        "Thank you. I'll pass that on, and somebody checks it first."
    ]
    assert state(world).state == "frozen"
    await world.say("yes it is", **SMS)
    assert world.sent_since(NUMBER) == []  # once a day is enough
    assert "maybe_somebody_else" in reasons(world)[-1]


async def test_danger_from_a_frozen_number_gets_the_lines_without_the_team(world: World) -> None:
    await world.joined(**SMS)
    await world.say("wrong number", **SMS)
    world.sent_since(NUMBER)
    await world.say("but i want to kill myself tonight", **SMS)
    (said,) = world.sent_since(NUMBER)
    assert "988" in said
    assert "team" not in said
    (alert,) = world.alerts()
    assert (alert.level, alert.state) == ("emergency", "open")
    assert "maybe_somebody_else" in reasons(world)[-1]


async def test_danger_and_a_wrong_number_in_one_text(world: World) -> None:
    await world.joined(**SMS)
    await world.say("wrong number. also i want to kill myself tonight", **SMS)
    said = world.sent_since(NUMBER)
    assert any("988" in text for text in said)
    assert all("team" not in text for text in said)
    assert world.alerts()[0].level == "emergency"


async def test_on_telegram_who_is_this_is_a_question(world: World) -> None:
    await world.joined()
    await world.say("who is this")
    assert world.alerts() == []
    await world.say("wrong number")
    assert [alert.level for alert in world.alerts()] == ["concern"]


async def test_whoever_has_the_phone_now_reads_no_calendar(world: World) -> None:
    person_id = await world.joined(**SMS)
    before = await world.store.write(lambda tx: own_feed.address(tx, world.house, person_id))
    token = before.rpartition("/")[2].removesuffix(".ics")
    assert await world.read(lambda tx: own_feed.whose(tx, token)) == person_id
    await world.say("wrong number", **SMS)
    assert await world.read(lambda tx: own_feed.whose(tx, token)) is None


async def test_what_waits_for_it_is_taken_back(world: World) -> None:
    person_id = await world.joined(**SMS)
    await world.say("menu", **SMS)
    row = world.rows(NUMBER)[-1]
    assert row.state == "pending"
    await world.store.write(
        lambda tx: freeze(tx, world.house, state(world).id, "quiet", world.clock.now())
    )
    (after,) = [r for r in world.rows(NUMBER) if r.id == row.id]
    assert after.state == "cancelled"
    assert world.person(person_id).status == "active"


async def test_staff_verify_and_a_stop_stays_a_stop(world: World) -> None:
    await world.joined(**SMS)
    await world.say("wrong number", **SMS)
    number = state(world).id
    await world.store.write(lambda tx: verify(tx, world.house, number, 1, world.clock.now()))
    assert state(world).state == "open"
    await world.say("please stop texting me", **SMS)
    await world.say("wrong number", **SMS)
    assert state(world).state == "frozen"
    await world.store.write(lambda tx: verify(tx, world.house, number, 1, world.clock.now()))
    assert state(world).state == "stopped"
    rows = await world.read(lambda tx: list(tx.execute(select(audit))))
    assert [row.what for row in rows].count("number_verified") == 2


async def quiet(world: World) -> int:
    return await sweeps.quiet_numbers(world.store, world.house, world.clock.now())


async def days(world: World, count: int) -> None:
    """So many days later, each with its check-in at 6 pm."""
    for _ in range(count):
        world.clock.at = (world.clock.at + timedelta(days=1)).replace(hour=23)
        await rounds.sweep(world.store, world.house, world.clock.at)


async def arrived(world: World) -> None:
    await world.store.write(lambda tx: tx.execute(update(outbox).values(state="delivered")))


async def test_thirty_quiet_days_freeze_a_number(world: World) -> None:
    await world.joined(**SMS)
    await days(world, 29)
    await arrived(world)
    assert await quiet(world) == 0
    await days(world, 2)
    await arrived(world)
    assert await quiet(world) == 1
    assert state(world).state == "frozen"
    assert await quiet(world) == 0
    check = [r for r in world.rows(NUMBER) if r.kind == "number_check"]
    assert len(check) == 1
    await world.store.write(
        lambda tx: verify(tx, world.house, state(world).id, 1, world.clock.now())
    )
    await days(world, 1)
    await arrived(world)
    assert await quiet(world) == 0  # verified a day ago


async def test_a_number_that_nothing_goes_to_is_not_quiet(world: World) -> None:
    person_id = await world.joined(**SMS)
    world.clock.at += timedelta(days=40)
    assert await quiet(world) == 0  # nothing was sent to it
    await arrived(world)
    await days(world, 1)
    await arrived(world)
    await world.say("hi", **SMS)
    assert await quiet(world) == 0
    assert world.person(person_id).status == "active"


async def test_a_number_that_does_not_exist_is_not_written_to(world: World) -> None:
    await world.joined(**SMS)
    await world.say("menu", **SMS)
    row = world.rows(NUMBER)[-1]
    await world.store.write(
        lambda tx: tx.execute(
            update(outbox).where(outbox.c.id == row.id).values(state="sent", provider_id="SM1")
        )
    )
    gone = Delivery("SM1", DeliveryState.UNDELIVERED, "30005")
    await world.store.write(
        lambda tx: delivery.delivered(tx, world.house, "sms", gone, world.clock.now())
    )
    assert state(world).state == "unreachable"
    await world.say("menu", **SMS)
    assert state(world).state == "open"

"""Where somebody else may hold the phone nothing goes unasked; what never left is said."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, update

from bot import answering, delivery, handover, reassigned, standing
from bot.channels import Delivery, DeliveryState
from bot.config import House
from storage import outbox, people, staff
from storage.models import address
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
HELD = "my boyfriend beats me and he wont let me leave"
HELD_AND_DYING = "my boyfriend beats me, i want to kill myself"
SUPERVISOR, HEIR = 2, 3


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def joined(world: World) -> int:
    return await world.joined(**SMS, card={"channel": "sms"})


async def answered(world: World, person_id: int) -> None:
    def work(tx: Connection) -> None:
        answering.answer(tx, world.house, person_id, staff.get(tx, 1), "Call me", world.clock.now())

    await world.store.write(work)


async def asked_and_answered(world: World) -> int:
    person_id = await joined(world)
    await world.say("talk", **SMS)
    await answered(world, person_id)
    assert waits(world) >= {"answer"}
    return person_id


def waits(world: World, to: str = NUMBER) -> set[str]:
    """The kinds of what may still leave for an address."""
    now = world.clock.now()
    ahead = [r for r in world.rows(to) if r.state == "pending"]
    return {r.kind for r in ahead if r.not_after is None or r.not_after >= now}


async def handed_over(world: World, person_id: int) -> None:
    await world.hired("Ana Lima", "counselor", "+12155550166")
    now = world.clock.now()
    await world.store.write(
        lambda tx: handover.hand_over(tx, world.house, person_id, HEIR, SUPERVISOR, now)
    )


async def stands(world: World, person_id: int, status: str) -> None:
    now = world.clock.now()
    await world.store.write(
        lambda tx: standing.change(tx, world.house, person_id, status, SUPERVISOR, now)
    )


async def went_quiet(world: World, why: str = reassigned.QUIET, by: int | None = None) -> None:
    def work(tx: Connection) -> None:
        row = people.address_of(tx, "sms", NUMBER)
        assert row is not None
        reassigned.freeze(tx, world.house, row.id, why, world.clock.now(), by)

    await world.store.write(work)


async def swept(world: World) -> None:
    await world.later(seconds=10)


def told_undelivered(world: World) -> list[str]:
    return [text for text in world.texts("900") if "did not get through" in text]


async def test_what_waited_is_taken_back_when_the_alert_is_silent(world: World) -> None:
    person_id = await asked_and_answered(world)
    await handed_over(world, person_id)
    assert waits(world) >= {"answer", "handed_over"}
    await world.say(HELD, **SMS)
    assert not waits(world) & {"answer", "handed_over"}
    assert world.rows(NUMBER)[-1].text == "Got it."
    assert waits(world) >= {"reply"}
    await swept(world)
    assert len(told_undelivered(world)) == 1
    assert world.person(person_id).waiting_since is not None


async def test_an_open_alert_that_becomes_silent_takes_back_its_receipts(world: World) -> None:
    await joined(world)
    await world.say("i want to die", **SMS)
    await world.press("seen", address="900")
    assert waits(world) >= {"alert_told"}
    await world.say(HELD, **SMS)
    assert "alert_told" not in waits(world)
    # The help that was said in danger still leaves.
    assert any("988" in row.text for row in world.rows(NUMBER) if row.state == "pending")


@pytest.mark.parametrize("words", [HELD, HELD_AND_DYING])
async def test_nobody_is_told_of_a_handover_or_an_end(world: World, words: str) -> None:
    person_id = await joined(world)
    await world.say(words, **SMS)
    await handed_over(world, person_id)
    await stands(world, person_id, "discharged")
    assert not {"handed_over", "goodbye"} & {row.kind for row in world.rows(NUMBER)}


async def test_the_routine_goes_on_but_nobody_is_nudged(world: World) -> None:
    await joined(world)
    await world.say(HELD, **SMS)
    await world.later(hours=10)
    kinds = {row.kind for row in world.rows(NUMBER)}
    assert "checkin" in kinds
    assert "checkin_nudge" not in kinds


async def test_without_such_an_alert_they_are_nudged(world: World) -> None:
    await joined(world)
    await world.later(hours=10)
    assert "checkin_nudge" in {row.kind for row in world.rows(NUMBER)}


@pytest.mark.parametrize(("words", "asked"), [(HELD, False), ("hello", True)])
async def test_a_quiet_number_is_checked_unless_it_may_be_watched(
    world: World, words: str, *, asked: bool
) -> None:
    await joined(world)
    await world.say(words, **SMS)
    await went_quiet(world)
    assert ("number_check" in waits(world)) is asked


async def on_telegram_too(world: World, person_id: int) -> None:
    def work(tx: Connection) -> None:
        people.add_address(tx, "telegram", "555", person_id=person_id, created_at=world.clock.now())
        theirs = address.c.person_id == person_id
        tx.execute(update(address).where(theirs).values(safe=True, verified=True, state="open"))

    await world.store.write(work)


async def undelivered(world: World, code: str = "30003") -> None:
    """The last text to the number left, and did not arrive."""
    row = world.rows(NUMBER)[-1]
    out: dict[str, Any] = {"state": "sent", "provider_id": "SM1"}
    await world.store.write(partial(outbox.mark, row_id=row.id, **out))
    report = Delivery("SM1", DeliveryState.UNDELIVERED, code)
    now = world.clock.now()
    await world.store.write(lambda tx: delivery.delivered(tx, world.house, "sms", report, now))


@pytest.mark.parametrize(
    ("words", "status", "again"),
    [
        ("talk", "active", True),
        ("talk", "paused", False),
        ("talk", "deceased", False),
        ("i want to die", "paused", True),
        ("i want to die", "deceased", False),
    ],
)
async def test_the_other_channel_is_for_who_is_there(
    world: World, words: str, status: str, *, again: bool
) -> None:
    person_id = await joined(world)
    await on_telegram_too(world, person_id)
    await world.say(words, **SMS)
    left: dict[str, Any] = {"state": "sent"}
    await world.store.write(partial(outbox.mark, row_id=world.rows(NUMBER)[-1].id, **left))
    if status != "active":
        await stands(world, person_id, status)
    await undelivered(world)
    assert bool(world.rows("555")) is again


async def test_nothing_goes_the_other_way_to_a_phone_that_may_be_watched(world: World) -> None:
    person_id = await joined(world)
    await on_telegram_too(world, person_id)
    await world.say("menu", **SMS)
    menu = world.rows(NUMBER)[-1]
    await world.say(HELD, **SMS)
    now = world.clock.now()
    await world.store.write(partial(outbox.mark, row_id=menu.id, state="sent", provider_id="SM2"))
    report = Delivery("SM2", DeliveryState.UNDELIVERED, "30003")
    await world.store.write(lambda tx: delivery.delivered(tx, world.house, "sms", report, now))
    assert world.rows("555") == []


@pytest.mark.parametrize("how", ["stop", "paused", "frozen", "deceased"])
async def test_an_answer_that_never_left_is_told(world: World, how: str) -> None:
    person_id = await asked_and_answered(world)
    assert [alert.state for alert in world.alerts()] == ["closed"]
    if how == "stop":
        await world.say("stop", **SMS)
    elif how == "frozen":
        await went_quiet(world, "staff", by=1)
    else:
        await stands(world, person_id, how)
    assert "answer" not in waits(world)
    await swept(world)
    row = next(row for row in world.rows(NUMBER) if row.kind == "answer")
    assert row.state == "expired"
    if how == "deceased":
        assert len(world.alerts()) == 1
        return
    assert [(a.level, a.state) for a in world.alerts()][1:] == [("concern", "open")]
    assert len(told_undelivered(world)) == 1
    assert world.person(person_id).waiting_since is not None
    await swept(world)
    assert len(told_undelivered(world)) == 1


async def test_an_answer_that_was_leaving_as_they_stopped_is_told(world: World) -> None:
    await asked_and_answered(world)
    row = next(row for row in world.rows(NUMBER) if row.kind == "answer")
    until = world.clock.now() + timedelta(hours=1)
    held: dict[str, Any] = {"state": "leased", "lease": "x", "leased_until": until}
    await world.store.write(partial(outbox.mark, row_id=row.id, **held))
    await world.say("stop", **SMS)
    await world.store.write(partial(outbox.finish, row_id=row.id, lease="x", state="pending"))
    await swept(world)
    assert len(told_undelivered(world)) == 1

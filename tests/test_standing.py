"""How a person stands: what is taken back, what is said, and who still hears."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot import rounds, standing, sweeps
from bot.config import House
from storage import outbox as rows
from storage import reminders
from storage.models import audit, message, reminder
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}
AWAY = ("paused", "hospital", "custody")


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def change(world: World, person_id: int, status: str) -> None:
    await world.store.write(
        lambda tx: standing.change(tx, world.house, person_id, status, 2, world.clock.now())
    )


async def refused(world: World, person_id: int, status: str) -> str:
    with pytest.raises(standing.StandingError) as error:
        await change(world, person_id, status)
    return str(error.value)


def due(world: World) -> list[str]:
    found = world.store.read_now(lambda tx: tx.execute(select(reminder.c.kind)).scalars().all())
    return sorted(found)


async def day_at_six(world: World) -> None:
    world.clock.at = (world.clock.at + timedelta(days=1)).replace(hour=23)
    await rounds.sweep(world.store, world.house, world.clock.at)


@pytest.mark.parametrize("status", [s for s in standing.STATUSES if s != "active"])
async def test_leaving_active_takes_back_every_queue(world: World, status: str) -> None:
    person_id = await world.joined(**SMS)
    await world.later(hours=8)
    await world.say("talk", **SMS)
    await world.say("hello there", **SMS)
    assert [r.state for r in world.rows(SMS["address"])].count("pending") > 0
    assert due(world) != []
    known = {r.id for r in world.rows(SMS["address"])}
    await change(world, person_id, status)
    after = world.person(person_id)
    assert (after.status, after.status_at) == (status, world.clock.now())
    assert (after.place, after.parked, after.waiting_since) == (None, None, None)
    assert due(world) == []
    old = [r.state for r in world.rows(SMS["address"]) if r.id in known]
    assert "pending" not in old
    new = [r.kind for r in world.rows(SMS["address"]) if r.id not in known]
    assert new == (["goodbye"] if status == "discharged" else [])
    await day_at_six(world)
    assert [r.kind for r in world.rows(SMS["address"]) if r.id not in known] == new
    (row,) = await world.read(
        lambda tx: tx.execute(select(audit).where(audit.c.what == "status")).all()
    )
    assert (row.person_id, row.detail) == (person_id, f"active to {status}")


async def test_help_in_danger_that_waits_is_not_taken_back(world: World) -> None:
    person_id = await world.joined()
    await world.say("i want to kill myself tonight")
    await change(world, person_id, "hospital")
    crisis = [r.state for r in world.rows("100") if r.priority == rows.CRISIS]
    assert crisis
    assert set(crisis) == {"pending"}
    assert world.alerts()[0].state == "open"


async def test_who_has_died_is_not_even_sent_that(world: World) -> None:
    person_id = await world.joined()
    await world.say("i want to kill myself tonight")
    await change(world, person_id, "deceased")
    assert "pending" not in {r.state for r in world.rows("100")}
    # The alert stays until a human closes it, and nothing is said of it.
    said = len(world.rows("100"))
    await world.press("seen", address="900")
    await world.say("CLOSE 1 family told", address="900")
    assert len(world.rows("100")) == said


async def test_what_is_being_sent_is_not_tried_again(world: World) -> None:
    person_id = await world.joined()
    await world.say("menu")
    leased = await world.store.write(
        lambda tx: rows.claim(
            tx, "telegram", world.clock.now(), most=9, lease=timedelta(seconds=50)
        )
    )
    flying = next(row for row in leased if row.person_id == person_id)
    await change(world, person_id, "custody")
    await world.store.write(
        lambda tx: rows.finish(tx, flying.id, flying.lease, state="pending", code="500")
    )
    world.clock.at += timedelta(minutes=5)
    again = await world.store.write(
        lambda tx: rows.claim(
            tx, "telegram", world.clock.now(), most=9, lease=timedelta(seconds=50)
        )
    )
    assert flying.id not in {row.id for row in again}


@pytest.mark.parametrize("status", AWAY)
async def test_away_gets_fixed_words_once_a_day(world: World, status: str) -> None:
    person_id = await world.joined()
    await change(world, person_id, status)
    world.sent_since()
    for text in ("how are things", "menu", "check in", "6"):
        await world.say(text)
    (said,) = world.sent_since()
    assert said.startswith("Messages are paused")
    assert "988" in said
    world.clock.at += timedelta(days=1)
    await world.say("still away")
    assert len(world.sent_since()) == 1
    assert world.alerts() == []


@pytest.mark.parametrize("status", AWAY)
async def test_away_and_in_danger_is_heard_as_ever(world: World, status: str) -> None:
    person_id = await world.joined()
    await change(world, person_id, status)
    world.sent_since()
    await world.say("i want to die")
    assert "988" in world.sent_since()[0]
    assert world.alerts()[0].level == "urgent"
    await world.say("A")
    assert world.alerts()[0].level == "emergency"
    world.sent_since()
    await world.press("seen", address="900")
    assert (
        "Your counselor read this" in world.sent_since()[0]
    )  # they have the phone in hand: they wrote


async def test_in_custody_nothing_is_said_of_an_older_alert(world: World) -> None:
    person_id = await world.joined()
    await world.say("i want to die")
    world.clock.at += timedelta(minutes=1)
    await change(world, person_id, "custody")
    world.sent_since()
    await world.press("seen", address="900")
    assert world.sent_since() == []


async def test_away_may_ask_for_a_person(world: World) -> None:
    person_id = await world.joined()
    await change(world, person_id, "paused")
    world.sent_since()
    await world.say("talk")
    assert world.sent_since()[0].startswith("I asked the team for a person.")
    assert world.alerts()[0].level == "concern"
    await world.say("help")
    assert "988" in world.sent_since()[-1]


async def test_away_something_unreadable_is_told_to_staff(world: World) -> None:
    person_id = await world.joined()
    await change(world, person_id, "hospital")
    await world.say("", kind="voice")  # type: ignore[arg-type]
    assert world.alerts()[0].level == "concern"


async def test_back_to_active_asks_at_the_same_hour(world: World) -> None:
    person_id = await world.joined()
    before = await world.read(reminders.next_due)
    await change(world, person_id, "hospital")
    world.clock.at += timedelta(minutes=1)
    await change(world, person_id, "active")
    assert await world.read(reminders.next_due) == before
    world.sent_since()
    await world.later(hours=9)
    assert world.sent_since()[0].startswith("Hi Sam. How's your day")


async def test_back_without_an_agreement_asks_for_it_first(world: World) -> None:
    person_id = await world.joined()
    await world.say("settings")
    await world.press("leave")
    await world.press("leave")
    assert not world.person(person_id).agreed
    await change(world, person_id, "paused")
    world.sent_since()
    await change(world, person_id, "active")
    assert world.person(person_id).status == "invited"
    assert "Do you want these messages?" in world.sent_since()[-1]
    await world.say("1")
    assert world.person(person_id).status == "active"


async def test_agreeing_does_not_end_what_staff_have_set(world: World) -> None:
    person_id = await world.invited()
    await change(world, person_id, "custody")
    await world.say("1")
    await world.say("/start")
    await world.say("I agree")
    assert world.person(person_id).status == "custody"


async def test_discharged_is_heard_in_danger_for_thirty_days(world: World) -> None:
    person_id = await world.joined()
    await change(world, person_id, "discharged")
    (goodbye,) = world.sent_since()
    assert "30 days" in goodbye
    assert "988" in goodbye
    await world.say("i feel a craving coming")
    await world.say("talk")
    assert world.alerts() == []  # only danger reaches staff
    (ended,) = world.sent_since()
    assert "nobody reads this" in ended
    world.clock.at += timedelta(days=29)
    await world.say("i want to die")
    assert "I'm sending this to the on-call team now" in "\n".join(world.sent_since())
    assert len(world.alerts()) == 1
    await world.say("CLOSE 1 reached", address="900")
    world.clock.at += timedelta(days=2)
    await world.say("i want to die")
    (over,) = world.sent_since()
    assert "nobody reads this" in over
    assert "988" in over
    assert "team is told" not in over
    await world.say("i want to die")
    assert len(world.sent_since()) == 1  # the lines, each time
    assert [alert.state for alert in world.alerts()] == ["closed"]
    risks = select(message.c.risk).order_by(message.c.id)
    stored = await world.read(lambda tx: tx.execute(risks).scalars().all())
    assert stored[-1] == "urgent"
    assert await sweeps.rescreen(world.store, world.house, world.clock.now()) == 0


async def test_a_goodbye_waits_for_the_day_and_for_a_safe_phone(world: World) -> None:
    person_id = await world.joined()
    world.clock.at += timedelta(hours=14)
    await change(world, person_id, "discharged")
    row = world.rows("100")[-1]
    assert row.kind == "goodbye"
    assert row.not_before.hour == 13  # 8 am there


async def test_no_goodbye_where_somebody_else_may_hold_the_phone(world: World) -> None:
    person_id = await world.joined()
    await world.say("he hit me last night")
    world.sent_since()
    await change(world, person_id, "discharged")
    assert world.sent_since() == []


@pytest.mark.parametrize(
    ("text", "level"),
    [("this is his mother", "concern"), ("i want to kill myself tonight", "emergency")],
)
async def test_who_writes_for_the_dead_is_heard_and_not_answered(
    world: World, text: str, level: str
) -> None:
    person_id = await world.joined()
    await change(world, person_id, "deceased")
    world.sent_since()
    await world.say(text)
    await world.say("/stop")
    await world.later(hours=30)
    assert world.sent_since() == []
    (alert,) = world.alerts()
    assert (alert.known, alert.state) == (False, "open")
    assert alert.level in (level, "urgent" if level == "emergency" else level)


async def test_what_is_no_status_is_refused(world: World) -> None:
    person_id = await world.joined()
    assert "A status is one of" in await refused(world, person_id, "asleep")
    assert "already" in await refused(world, person_id, "active")
    invited = await world.invited(name="Ann Roe", address="101")
    assert "not agreed" in await refused(world, invited, "active")


async def test_a_database_row_of_a_reminder_dies_with_the_status(world: World) -> None:
    """A reminder that another process set a moment later is dropped when it falls due."""
    person_id = await world.joined()
    await change(world, person_id, "custody")
    await world.store.write(lambda tx: reminders.put(tx, person_id, "checkin", world.clock.now()))
    said = len(world.rows("100"))
    await rounds.sweep(world.store, world.house, world.clock.now())
    assert len(world.rows("100")) == said
    assert due(world) == []

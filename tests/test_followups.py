"""After danger: asked again in an hour, the next day, and where nobody answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot import followups, rounds
from bot.config import House
from storage import people, reminders
from storage.models import reminder
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}
NEW_YORK = ZoneInfo("America/New_York")
HELD = "my boyfriend beats me and he wont let me leave"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def changed(world: World, person_id: int, **values: Any) -> None:
    await world.store.write(lambda tx: people.change(tx, person_id, **values))


async def joined(world: World, **card: Any) -> int:
    """Somebody who is asked about their day at 9 pm, so that nothing else comes by day."""
    person_id = await world.joined(**SMS, card=card)
    await changed(world, person_id, checkin_at="21:00")
    await world.store.write(
        lambda tx: tx.execute(reminder.delete().where(reminder.c.kind == "checkin"))
    )
    return person_id


async def until(world: World, moment: datetime) -> None:
    """Time goes on from one thing that falls due to the next."""
    while world.clock.at < moment:
        following = await world.read(reminders.next_due)
        soon = world.clock.at + timedelta(minutes=5)
        world.clock.at = min(moment, max(following or moment, soon))
        await rounds.sweep(world.store, world.house, world.clock.at)


async def after(world: World, **ahead: float) -> list[str]:
    """What they are asked by itself in that time, the receipts aside."""
    known = {row.id for row in world.rows()}
    await until(world, world.clock.at + timedelta(**ahead))
    rows = [r for r in world.rows(SMS["address"]) if r.id not in known]
    return [row.text for row in rows if row.kind in followups.KINDS]


async def closed(world: World, outcome: str | None = None) -> None:
    await world.press("seen", address="900")
    await world.say(f"CLOSE {world.alerts()[-1].id} talked with them", address="900")
    if outcome is not None:
        from storage import alerts

        number = world.alerts()[-1].id
        await world.store.write(lambda tx: alerts.change(tx, number, outcome=outcome))


def due(world: World) -> dict[str, datetime]:
    rows = world.store.read_now(lambda tx: list(tx.execute(select(reminder))))
    return {row.kind: row.due_at for row in rows}


async def test_it_is_asked_in_an_hour_and_the_next_day(world: World) -> None:
    await joined(world)
    await world.say("i have the pills in my hand im going to do it", **SMS)
    first = await after(world, minutes=70)
    assert len(first) == 1
    assert first[0].startswith("I'm checking back, an hour later.\nHow are things now?")
    assert "A Bad. I need someone  B Not sure  C OK for now" in first[0]
    await world.say("C", **SMS)
    second = await after(world, hours=24)
    assert len(second) == 1
    assert second[0].startswith("I'm checking back, a day later.")
    assert await after(world, days=3) == []


async def test_the_dangerous_side_of_a_follow_up_opens_an_alert(world: World) -> None:
    await joined(world)
    await world.say("i want to die", **SMS)
    await world.say("C", **SMS)
    await closed(world)
    assert len(await after(world, hours=25)) == 1
    await world.say("A", **SMS)
    assert (world.alerts()[-1].level, world.alerts()[-1].state) == ("emergency", "open")
    assert world.alerts()[-1].id != world.alerts()[0].id


async def test_the_hour_is_counted_from_their_last_words(world: World) -> None:
    await joined(world)
    await world.say("i want to kill myself tonight", **SMS)
    assert await after(world, minutes=40) == []
    await world.say("still here", **SMS)
    assert await after(world, minutes=50) == []
    assert len(await after(world, minutes=20)) == 1


async def test_once_a_human_has_closed_it_only_the_next_day_is_left(world: World) -> None:
    await joined(world)
    await world.say("i want to kill myself tonight", **SMS)
    await closed(world)
    assert await after(world, hours=5) == []
    assert len(await after(world, hours=20)) == 1


async def test_of_a_false_alarm_nothing_is_asked(world: World) -> None:
    await joined(world)
    await world.say("i want to kill myself tonight", **SMS)
    await closed(world, outcome="false_alarm")
    assert await after(world, days=2) == []


@pytest.mark.parametrize("card", [{"follow_up": False}, {"answer": "nothing"}, {"hours": "3-4"}])
async def test_where_the_card_says_no_nothing_is_asked(world: World, card: dict[str, Any]) -> None:
    await joined(world, **card)
    await world.say("i want to kill myself tonight", **SMS)
    assert await after(world, days=2) == []


async def test_the_hours_of_the_card_hold_for_the_next_day(world: World) -> None:
    await joined(world, hours="14-16")
    await world.say("i want to kill myself tonight", **SMS)
    assert await after(world, hours=3) == []
    assert len(await after(world, hours=26)) == 1
    asked = next(r for r in world.rows(SMS["address"]) if r.kind == followups.DAY)
    assert asked.created_at.astimezone(NEW_YORK).hour == 14


@pytest.mark.parametrize("words", [HELD, "my boyfriend beats me, i want to kill myself"])
async def test_never_where_somebody_else_may_hold_the_phone(world: World, words: str) -> None:
    await joined(world)
    await world.say("i want to die", **SMS)
    await world.say(words, **SMS)
    assert await after(world, days=2) == []


async def test_a_text_at_night_is_followed_in_an_hour_and_by_day(world: World) -> None:
    await joined(world)
    world.clock.at = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)  # 2 am in New York
    await world.say("i want to kill myself tonight", **SMS)
    assert len(await after(world, minutes=70)) == 1
    await world.say("C", **SMS)
    await until(world, world.clock.at + timedelta(hours=24))
    asked = next(r for r in world.rows(SMS["address"]) if r.kind == followups.DAY)
    here = asked.created_at.astimezone(NEW_YORK)
    assert 8 <= here.hour < 21
    assert (here.day, here.hour) == (24, 10)


async def test_a_question_without_an_answer_is_asked_once_more_in_other_words(
    world: World,
) -> None:
    await joined(world)
    await world.say("i want to die", **SMS)
    world.sent_since(SMS["address"])
    (text,) = await after(world, minutes=20)
    assert "have not heard back" in text
    assert "A Yes, I am" in text
    assert await after(world, minutes=30) == []
    await world.say("A", **SMS)
    assert world.alerts()[0].level == "emergency"


async def test_an_answer_leaves_nothing_to_ask_again(world: World) -> None:
    await joined(world)
    await world.say("i want to die", **SMS)
    await world.say("yes", **SMS)
    await world.say("B", **SMS)
    assert await after(world, minutes=40) == []


async def test_that_nobody_answered_is_on_the_alert_and_takes_it_from_nobody(world: World) -> None:
    await joined(world)
    await world.say("i want to die", **SMS)
    await world.press("seen", address="900")
    world.clock.at += timedelta(minutes=15)
    await rounds.sweep(world.store, world.house, world.clock.at)
    assert world.alerts()[0].state == "seen"
    from storage import alerts

    events = await world.read(lambda tx: alerts.timeline(tx, world.alerts()[0].id))
    assert "concern no_answer_ask" in [event.detail for event in events]


async def test_silence_after_the_next_days_question_is_for_a_human(world: World) -> None:
    await joined(world)
    await world.say("i want to die", **SMS)
    await world.say("C", **SMS)
    await closed(world)
    await after(world, hours=32)
    assert [(a.level, a.state) for a in world.alerts()] == [
        ("urgent", "closed"),
        ("concern", "open"),
    ]


async def test_who_told_of_use_and_is_silent_about_danger_is_asked_again(world: World) -> None:
    await joined(world)
    await world.say("SLIP", **SMS)
    world.sent_since(SMS["address"])
    (text,) = await after(world, minutes=20)
    assert "asked if you are in danger" in text
    assert "A Yes, I am" in text
    assert [alert.level for alert in world.alerts()] == ["concern"]
    assert await after(world, minutes=60) == []
    await world.say("A", **SMS)
    assert world.alerts()[0].level == "emergency"


async def test_the_talk_that_was_put_aside_comes_back_after_a_follow_up(world: World) -> None:
    await joined(world)
    await world.say("i want to kill myself tonight", **SMS)
    await world.say("1", **SMS)
    await world.say("checkin", **SMS)
    await world.say("4", **SMS)
    assert len(await after(world, minutes=80)) == 1
    world.sent_since(SMS["address"])
    await world.say("C", **SMS)
    assert "And the pull today" in world.sent_since(SMS["address"])[-1]


async def test_who_has_stopped_our_messages_is_asked_nothing(world: World) -> None:
    await joined(world)
    await world.say("i want to kill myself tonight", **SMS)
    await world.say("please stop texting me", **SMS)
    assert await after(world, days=2) == []


async def test_withdrawal_is_asked_about_once_a_day_for_the_first_days(world: World) -> None:
    person_id = await joined(world)
    since = world.clock.at.date()
    await changed(world, person_id, withdrawal_since=since)
    now = world.clock.at
    await world.store.write(lambda tx: followups.watch(tx, people.get(tx, person_id), now))
    texts = await after(world, days=12)
    asked = [r for r in world.rows(SMS["address"]) if r.kind == followups.WITHDRAWAL]
    days = [row.created_at.astimezone(NEW_YORK).date() for row in asked]
    assert days == [since + timedelta(days=n) for n in range(8)]
    assert followups.WITHDRAWAL not in due(world)
    # Left without an answer it is said once more each time, and staff hear of it.
    assert sum("have not heard back" in text for text in texts) == 8
    assert [a.level for a in world.alerts()] == ["concern"]


async def test_who_is_away_is_asked_about_withdrawal_when_they_are_back(world: World) -> None:
    person_id = await joined(world)
    await changed(world, person_id, withdrawal_since=world.clock.at.date(), status="hospital")
    now = world.clock.at
    await world.store.write(lambda tx: followups.watch(tx, people.get(tx, person_id), now))
    assert await after(world, hours=30) == []
    await changed(world, person_id, status="active")
    assert len(await after(world, hours=24)) >= 1


async def test_after_a_long_downtime_nothing_old_is_asked(world: World) -> None:
    await joined(world)
    await world.say("i want to die", **SMS)
    world.clock.at += timedelta(days=3)
    known = len(world.rows(SMS["address"]))
    await rounds.sweep(world.store, world.house, world.clock.at)
    kinds = {row.kind for row in world.rows(SMS["address"])[known:]}
    assert not kinds & set(followups.KINDS)

"""Tiers, working days, putting off, receipts by role, outcomes: an alert to its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection

from bot import alerts, outcomes, rota, sweeps
from bot.config import House
from bot.rota import Worker
from handlers.risk import Level
from storage import alerts as rows
from storage import notices, people
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.world import COUNSELOR, World

LEE, KIM, OLGA = "+12155550199", "+12155550177", "+12155550188"
SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    world = await World(store, house, clock).staffed()
    await world.joined()
    return world


async def with_kim_on_call(store: Store, clock: HandClock) -> World:
    """A house in which a second counselor is named in a shift."""
    always = {"days": "mon-sun", "from": "00:00", "to": "00:00"}
    shifts = [{"who": who, **always} for who in ("counselor", "supervisor", "Kim Lund")]
    world = await World(store, House(clinic(shifts=shifts), "https://c.example"), clock).staffed()
    await world.joined()
    await world.hired("Kim Lund", "counselor", KIM)
    return world


async def opened(world: World, level: Level, reason: str = "panic", person_id: int = 1) -> int:
    def work(tx: Connection) -> int:
        person = people.locked(tx, person_id)
        return alerts.raise_alert(tx, world.house, person, level, reason, world.clock.now())

    return await world.store.write(work)


async def minutes_on(world: World, count: int) -> None:
    for _ in range(count):
        world.clock.at += timedelta(minutes=1)
        await sweeps.escalate(world.store, world.house, world.clock.at)


def told(world: World, address: str) -> int:
    kinds = (notices.ALONE, notices.TOGETHER)
    return sum(row.kind in kinds for row in world.rows(address))


def state(world: World) -> str:
    return str(world.alerts()[-1].state)


# Tiers


async def test_all_on_duty_are_asked_in_the_end_and_the_operator_hears_how_many(
    store: Store, clock: HandClock
) -> None:
    always = {"days": "mon-sun", "from": "00:00", "to": "00:00"}
    shifts = [{"who": who, **always} for who in ("counselor", "supervisor", "operator")]
    world = await World(store, House(clinic(shifts=shifts), "https://c.example"), clock).staffed()
    await world.joined()
    await world.hired("Kim Lund", "counselor", KIM)
    await world.hired("Olga Ops", "operator", OLGA)
    await opened(world, Level.EMERGENCY)
    await minutes_on(world, 9)
    assert told(world, KIM) == 0
    await minutes_on(world, 1)
    assert told(world, KIM) == 1
    assert world.texts(OLGA) == []
    await minutes_on(world, 50)
    (said,) = world.texts(OLGA)
    assert "nobody has taken yet: 1." in said
    assert "EMERGENCY" not in said
    assert "/alerts/" not in said


async def test_who_is_named_in_a_shift_is_on_call_before_supervisors(
    store: Store, clock: HandClock
) -> None:
    world = await with_kim_on_call(store, clock)
    await opened(world, Level.EMERGENCY)
    assert (told(world, "900"), told(world, KIM), told(world, LEE)) == (1, 1, 0)
    await minutes_on(world, 6)
    assert told(world, LEE) == 1


async def test_a_threat_to_others_reaches_a_supervisor_at_once(
    store: Store, clock: HandClock
) -> None:
    world = await with_kim_on_call(store, clock)
    await opened(world, Level.URGENT, "harm_to_others")
    assert told(world, LEE) == 1


async def test_in_danger_an_empty_tier_is_passed_over_at_once(
    store: Store, clock: HandClock
) -> None:
    day = {"days": "mon-sun", "from": "08:00", "to": "09:00"}
    shifts = [{"who": "counselor", **day}, {"who": "supervisor", **day}]
    shifts.append({"who": "Kim Lund", "days": "mon-sun", "from": "00:00", "to": "00:00"})
    ladder = {"rungs": [{"after": 0, "to": ["counselor"]}, {"after": 60, "to": ["all"]}]}
    rules = clinic(shifts=shifts, urgent={**ladder, "repeat": 60})
    world = await World(store, House(rules, "https://c.example"), clock).staffed()
    await world.joined()
    await world.hired("Kim Lund", "counselor", KIM)
    await opened(world, Level.CONCERN)
    assert told(world, KIM) == 0
    await opened(world, Level.URGENT)
    assert (told(world, KIM), told(world, "900"), told(world, LEE)) == (1, 0, 0)


# The next working day

DANA = Worker(1, COUNSELOR, "counselor")


def at(day: str, hour: int) -> datetime:
    there = ZoneInfo("America/New_York")
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=there).astimezone(UTC)


@pytest.mark.parametrize(
    ("since", "ends"),
    [
        (at("2026-11-23", 10), at("2026-11-24", 20)),  # Monday, on duty: Tuesday
        (at("2026-11-23", 6), at("2026-11-23", 20)),  # before the shift: this very day
        (at("2026-11-27", 15), at("2026-11-30", 20)),  # Friday: Monday
        (at("2026-10-30", 15), at("2026-11-02", 20)),  # the clocks go back in between
        (at("2027-03-12", 15), at("2027-03-15", 20)),  # and forward
    ],
)
def test_the_end_of_the_next_working_day(since: datetime, ends: datetime) -> None:
    found = rota.working_day_end([DANA], clinic(), since)
    assert found == ends
    assert found is not None
    assert found.astimezone(ZoneInfo("America/New_York")).hour == 20


def test_time_off_is_no_working_day_and_a_night_belongs_to_the_day_it_begins() -> None:
    off = (at("2026-11-24", 0), at("2026-11-26", 0))
    away = Worker(1, COUNSELOR, "counselor", off=(off,))
    assert rota.working_day_end([away], clinic(), at("2026-11-23", 10)) == at("2026-11-26", 20)
    nights = [{"who": "counselor", "days": "mon-fri", "from": "22:00", "to": "06:00"}]
    rules = clinic(after_hours={"mode": "none"}, shifts=nights)
    assert rota.working_day_end([DANA], rules, at("2026-11-23", 10)) == at("2026-11-24", 6)
    none = [{"who": "supervisor", "days": "mon", "from": "08:00", "to": "09:00"}]
    rules = clinic(after_hours={"mode": "none"}, shifts=none)
    assert rota.working_day_end([DANA], rules, at("2026-11-23", 10)) is None


async def test_a_concern_waits_for_its_counselor_until_the_end_of_the_next_working_day(
    world: World,
) -> None:
    await opened(world, Level.CONCERN, "craving")
    before = told(world, "900")
    due = at("2026-11-24", 20)
    assert world.alerts()[0].next_at == due
    world.sent_since()
    world.clock.at = due - timedelta(minutes=1)
    await sweeps.escalate(world.store, world.house, world.clock.at)
    assert (told(world, "900"), told(world, LEE), world.sent_since()) == (before, 0, [])
    world.clock.at = due
    await sweeps.escalate(world.store, world.house, due)
    assert told(world, LEE) == 1
    (said,) = world.sent_since()
    assert said.startswith("No one on the team has read this yet, 8 pm.")
    assert "215-555-0100" in said


# Putting off


async def test_put_off_it_comes_back_by_itself(world: World) -> None:
    await opened(world, Level.URGENT)
    await world.press("snooze", address="900")
    assert "1 is put off until 10:30 am." in world.texts("900")[-1]
    assert state(world) == "seen"
    assert "Your counselor read this at 10 am." in world.texts()[-1]
    await minutes_on(world, 29)
    assert state(world) == "seen"
    await minutes_on(world, 1)
    assert state(world) == "open"
    events = await world.read(lambda tx: rows.timeline(tx, 1))
    assert [e.detail for e in events if e.kind == "snoozed"] == ["30"]


async def test_by_text_for_so_many_minutes_and_never_longer_than_the_clinic_says(
    world: World,
) -> None:
    await opened(world, Level.URGENT)
    await world.say("SNOOZE 1 20", channel="sms", address=LEE)
    assert world.alerts()[0].next_at == world.clock.at + timedelta(minutes=20)
    await world.say("SNOOZE 1 600", channel="sms", address=LEE)
    assert world.alerts()[0].next_at == world.clock.at + timedelta(minutes=60)
    await world.say("SNOOZE 1", address="900")
    assert "was taken by" in world.texts("900")[-1]


async def test_an_emergency_is_never_put_off_and_news_end_it(world: World) -> None:
    await opened(world, Level.CONCERN)
    await world.say("SNOOZE 1 1000", address="900")
    assert state(world) == "seen"
    await opened(world, Level.EMERGENCY)
    assert state(world) == "open"
    await world.say("SNOOZE 1 5", address="900")
    assert "1 is not put off" in world.texts("900")[-1]
    assert state(world) == "open"


# Who read it


@pytest.mark.parametrize(
    ("who", "action", "said"),
    [
        ("900", "SEEN", "Your counselor read this at 10 am."),
        (LEE, "SEEN", "A supervisor on the team read this at 10 am."),
        (KIM, "SEEN", "Another counselor on the team read this at 10 am."),
        ("900", "CALLING", "Your counselor says they are calling you now, 10 am."),
    ],
)
async def test_the_person_hears_who_by_role_and_when(
    world: World, who: str, action: str, said: str
) -> None:
    await world.hired("Kim Lund", "counselor", KIM)
    await opened(world, Level.EMERGENCY)
    await minutes_on(world, 10)
    world.clock.at -= timedelta(minutes=10)
    channel = "telegram" if who == "900" else "sms"
    await world.say(f"{action} 1", channel=channel, address=who)
    assert world.texts()[-1] == said


async def test_a_text_names_no_counselor(world: World) -> None:
    person_id = await world.joined(name="Ana Ruiz", language="en", **SMS)
    number = await opened(world, Level.EMERGENCY, person_id=person_id)
    await world.say(f"SEEN {number}", address="900")
    assert world.texts(SMS["address"])[-1] == "Your usual person on the team read this at 10 am."


async def test_nobody_hears_of_an_alert_about_violence(world: World) -> None:
    await opened(world, Level.EMERGENCY, "suicidal_ideation_active,victim_of_violence")
    world.sent_since()
    for text in ("SEEN 1", "CALLING 1", "PASS 1", "CLOSE 1 reached"):
        await world.say(text, address="900")
    await minutes_on(world, 20)
    assert world.sent_since() == []


# How it ended


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("reached\nshe is at her sister's", "reached"),
        ("reached_safe", "reached"),
        ("reached_lines\nnote", "called_911"),
        ("Spoke with them", "reached"),
        ("no answer, tried twice", "not_reached"),
        ("false alarm", "false_alarm"),
        ("911 is on the way", "called_911"),
        ("hablamos", "reached"),
        ("spokesperson", None),
        ("fine", None),
        (None, None),
    ],
)
def test_an_outcome_is_read(said: str | None, code: str | None) -> None:
    assert outcomes.read(said)[0] == code


async def test_reason_and_outcome_are_kept_as_codes(world: World) -> None:
    await opened(world, Level.URGENT, "panic,asked_for_person")
    await world.say("CLOSE 1 spoke with them, better now", address="900")
    (row,) = world.alerts()
    assert (row.reason, row.outcome, row.state) == ("panic", "reached", "closed")
    events = await world.read(lambda tx: rows.timeline(tx, 1))
    assert "spoke with them, better now" in [e.detail for e in events if e.kind == "closed"]


async def test_after_911_it_is_closed_where_the_card_is(world: World) -> None:
    await opened(world, Level.EMERGENCY)
    await world.say("CLOSE 1 911", address="900")
    assert "read their card and close it there" in world.texts("900")[-1]
    assert state(world) == "open"

"""Who is on duty, when the team reads, and what people are told of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import rota, sweeps
from bot.config import Clinic, House
from bot.rota import Worker
from content.wording import Language
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.world import World

DANA, LEE, KIM = (
    Worker(1, "Dana Reyes", "counselor"),
    Worker(2, "Lee Okafor", "supervisor"),
    Worker(3, "Kim Lund", "counselor"),
)
MON = 23


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 in New York; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("America/New_York"))


def shift(who: str, days: Any, start: str, end: str) -> dict[str, Any]:
    return {"who": who, "days": days, "from": start, "to": end}


def closed(*shifts: dict[str, Any], **after_hours: Any) -> Clinic:
    return clinic(after_hours={"mode": "none", **after_hours}, shifts=list(shifts))


def test_a_shift_over_midnight_belongs_to_the_day_it_begins() -> None:
    nights = closed(shift("counselor", "mon", "22:00", "06:00"))
    on = [at(MON, 22), at(MON, 23, 59), at(MON + 1, 0), at(MON + 1, 5, 59)]
    off = [at(MON, 5), at(MON, 21, 59), at(MON + 1, 6), at(MON + 1, 22), at(MON + 7, 3)]
    assert all(rota.on_duty(DANA, nights, moment) for moment in on)
    assert not any(rota.on_duty(DANA, nights, moment) for moment in off)


def test_midnight_to_midnight_is_the_whole_day() -> None:
    whole = closed(shift("counselor", "mon", "00:00", "00:00"))
    assert rota.on_duty(DANA, whole, at(MON, 0))
    assert rota.on_duty(DANA, whole, at(MON, 23, 59))
    assert not rota.on_duty(DANA, whole, at(MON + 1, 0))


def test_who_is_named_has_only_the_shifts_that_name_them() -> None:
    mixed = closed(
        shift("counselor", "mon-fri", "08:00", "20:00"),
        shift("dana reyes", "mon", "09:00", "11:00"),
    )
    assert rota.on_duty(DANA, mixed, at(MON, 10))
    assert not rota.on_duty(DANA, mixed, at(MON, 12))
    assert not rota.on_duty(DANA, mixed, at(MON + 1, 10))
    assert rota.on_duty(KIM, mixed, at(MON + 1, 10))
    assert not rota.on_duty(LEE, mixed, at(MON, 10))


def test_next_duty_is_the_first_start_of_any_of_them() -> None:
    days = closed(
        shift("counselor", "mon-fri", "08:00", "20:00"),
        shift("supervisor", "sat", "10:00", "12:00"),
    )
    friday = at(27, 21)
    assert rota.next_duty([DANA, LEE], days, friday) == at(28, 10)
    assert rota.next_duty([DANA], days, friday) == at(30, 8)
    assert rota.next_duty([], days, friday) is None


def test_shifts_that_touch_are_one_stretch() -> None:
    days = closed(
        shift("counselor", "mon", "08:00", "16:00"), shift("supervisor", "mon", "16:00", "22:00")
    )
    assert rota.read_until([DANA, LEE], days, at(MON, 9)) == at(MON, 22)
    assert rota.read_until([DANA], days, at(MON, 9)) == at(MON, 16)
    assert rota.read_until([DANA, LEE], days, at(MON, 23)) is None


WEEKDAYS = closed(shift("counselor", "mon-fri", "08:00", "20:00"))
LINE = closed(shift("counselor", "mon-fri", "08:00", "20:00"), mode="line", line="215-555-0111")
ALWAYS = clinic()


@pytest.mark.parametrize(
    ("rules", "now", "language", "said"),
    [
        (WEEKDAYS, at(MON, 9), "en", "Your team reads this until 8 pm."),
        (WEEKDAYS, at(MON, 9), "es", "Tu equipo lee esto hasta esta hora: 8 p.m."),
        (WEEKDAYS, at(MON, 6), "en", "Your team reads this from 8 am."),
        (WEEKDAYS, at(MON, 21), "en", "Your team reads this tomorrow from 8 am."),
        (WEEKDAYS, at(MON, 21), "es", "Tu equipo lee esto mañana, desde esta hora: 8 a.m."),
        (WEEKDAYS, at(28, 9), "en", "Your team reads this Monday from 8 am."),
        (WEEKDAYS, at(28, 9), "es", "Tu equipo lee esto el lunes, desde esta hora: 8 a.m."),
        (LINE, at(28, 9), "en", "No one on the team reads this now. You can call 215-555-0111."),
        (LINE, at(28, 9), "es", "Nadie del equipo lee esto ahora. Puedes llamar al 215-555-0111."),
        (LINE, at(MON, 9), "en", "Your team reads this until 8 pm."),
        (ALWAYS, at(MON, 3), "en", "Your team reads this day and night."),
        (ALWAYS, at(MON, 3), "es", "Tu equipo lee esto a toda hora."),
    ],
)
def test_what_people_are_told(rules: Clinic, now: datetime, language: Language, said: str) -> None:
    line = rota.team_line([DANA, LEE], rules, now, language=language, zone="America/New_York")
    assert line == said


def test_hours_are_told_in_the_persons_own_zone() -> None:
    line = rota.team_line([DANA], WEEKDAYS, at(MON, 9), language="en", zone="America/Los_Angeles")
    assert line == "Your team reads this until 5 pm."


def test_nobody_in_sight_is_said_so() -> None:
    line = rota.team_line([], WEEKDAYS, at(MON, 9), language="en", zone="UTC")
    assert line == "I don't know when your team reads this."


async def alone(store: Store, rules: Clinic, start: datetime) -> World:
    clock = HandClock(start.astimezone(UTC))
    world = await World(store, House(rules, "https://companion.example"), clock).staffed()
    await world.joined()
    return world


async def test_nobody_on_duty_so_it_waits_and_starts_with_the_next_duty(store: Store) -> None:
    world = await alone(store, WEEKDAYS, at(MON, 21))
    before = len(world.texts("900")), len(world.texts("+12155550199"))
    await world.say("i want to die")
    said = "\n".join(world.sent_since())
    assert "No one on the team has read this" in said
    assert "tomorrow from 8 am" in said
    await world.later(hours=10)
    assert (len(world.texts("900")), len(world.texts("+12155550199"))) == before
    (alert,) = world.alerts()
    assert alert.state == "open"
    assert alert.next_at is not None
    while world.clock.at < at(MON + 1, 8, 5):
        world.clock.at += timedelta(minutes=5)
        await sweeps.escalate(world.store, world.house, world.clock.at)
    notice = world.rows("900")[before[0]]
    assert notice.created_at == at(MON + 1, 8)
    assert "URGENT" in notice.text


async def test_a_line_that_the_clinic_pays_is_given(store: Store) -> None:
    world = await alone(store, LINE, at(28, 9))
    await world.say("i want to die")
    assert "You can call 215-555-0111." in "\n".join(world.sent_since())


async def test_off_duty_people_hear_nothing(store: Store) -> None:
    only_lee = closed(
        shift("counselor", "mon", "08:00", "09:00"),
        shift("supervisor", "mon-sun", "00:00", "00:00"),
    )
    world = await alone(store, only_lee, at(MON, 12))
    before = len(world.texts("900"))
    await world.say("i want to kill myself tonight")
    await world.later(minutes=40)
    assert len(world.texts("900")) == before
    assert len(world.texts("+12155550199")) >= 3

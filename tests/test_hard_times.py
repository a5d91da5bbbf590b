"""Hard times: put on the calendar by taps, and said before they come, in their own words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.config import House
from handlers import hard_times
from handlers.hard_time import coming, day_and_hour
from handlers.moments import today
from handlers.person import PlanLine
from storage import items, pins, reminders
from storage.store import Store
from tests.conftest import HandClock
from tests.notebook import Notebook
from tests.world import World

NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
PAYDAY = ("times", "payday", "1", "5", "5 pm", "call Ana before I cash it")
EAST = "America/New_York"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def due(world: World, person_id: int) -> dict[str, datetime]:
    rows = world.store.read_now(lambda tx: reminders.of(tx, person_id))
    return {row.kind: row.due_at for row in rows if row.kind.startswith("hard_time")}


async def to_friday(world: World) -> list[str]:
    """What was said to them until Friday, 4:35 pm, without the check-ins."""
    world.clock.at = datetime(2026, 11, 27, 21, 25, tzinfo=UTC)
    world.sent_since(NUMBER)
    await world.later(minutes=10)
    return world.sent_since(NUMBER)


async def test_it_is_put_on_by_taps_and_said_half_an_hour_before(world: World) -> None:
    person_id = await world.joined(**SMS, plain=True)
    for said in PAYDAY:
        await world.say(said, **SMS)
    assert world.texts(NUMBER)[-1] == "Kept. I'll check in before it: Friday, 4:30 pm."
    friday = datetime(2026, 11, 27, 21, 30, tzinfo=UTC)
    assert list(due(world, person_id).values()) == [friday]
    (said,) = await to_friday(world)
    assert said.startswith("payday, 5 pm. You wrote: call Ana before I cash it")
    assert list(due(world, person_id).values()) == [friday + timedelta(days=7)]
    await world.say("1", **SMS)
    assert "all for now" in world.texts(NUMBER)[-1]


@pytest.mark.parametrize("guard", ["cover", "pin"])
async def test_where_somebody_else_may_read_it_it_names_nothing(world: World, guard: str) -> None:
    person_id = await world.joined(**SMS, plain=guard == "pin")
    for said in PAYDAY:
        await world.say(said, **SMS)
    if guard == "pin":
        await world.store.write(lambda tx: pins.put(tx, person_id, "4711"))
        world.clock.at += timedelta(hours=1)
    (said,) = await to_friday(world)
    assert said.startswith("You asked me to check in about now.")
    assert not any(word in said for word in ("payday", "Ana", "cash"))


async def test_taken_away_it_is_due_no_longer(world: World) -> None:
    person_id = await world.joined()
    for said in (*PAYDAY, "times"):
        await world.say(said)
    assert due(world, person_id)
    for key in ("remove", "1"):
        await world.press(key)
    assert due(world, person_id) == {}


async def test_how_early_it_is_said_moves_it_and_so_does_a_move(world: World) -> None:
    person_id = await world.joined()
    for said in (*PAYDAY, "times"):
        await world.say(said)
    await world.press("early")
    await world.press("two_hours")
    assert list(due(world, person_id).values()) == [datetime(2026, 11, 27, 20, tzinfo=UTC)]
    await world.press("done")
    for said in ("settings", "where I am", "90001"):
        await world.say(said)
    assert list(due(world, person_id).values()) == [datetime(2026, 11, 27, 23, tzinfo=UTC)]


def whens(when: dict[str, Any], now: datetime, count: int = 3) -> list[str]:
    """The days on which it is said next, half an hour early, in New York."""
    book, found = Notebook(), []
    book.now = now
    for _ in range(count):
        at = coming(book.turn(), {"when": when})
        if at is None:
            break
        found.append(today(at, EAST).isoformat())
        book.now = at
    return found


@pytest.mark.parametrize(
    ("when", "days"),
    [
        ({"weekday": 4}, ["2026-11-27", "2026-12-04", "2026-12-11"]),
        ({"monthday": 15}, ["2026-12-15", "2027-01-15", "2027-02-15"]),
        ({"monthday": 31}, ["2026-11-30", "2026-12-31", "2027-01-31"]),
        ({"date": "2027-03-02", "yearly": True}, ["2027-03-02", "2028-03-02", "2029-03-02"]),
        ({"date": "2028-02-29", "yearly": True}, ["2027-02-28", "2028-02-29", "2029-02-28"]),
        ({"date": "2027-03-02", "yearly": False}, ["2027-03-02"]),
        ({"date": "2026-01-02", "yearly": False}, []),
        ({"date": "someday"}, []),
        ({}, []),
    ],
)
def test_when_it_comes(when: dict[str, Any], days: list[str]) -> None:
    start = datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert whens({**when, "time": "17:00"}, start) == days


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2027, 3, 14)])
def test_over_a_clock_change_it_stays_at_its_local_hour(day: date) -> None:
    book = Notebook()
    book.now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    when = {"date": day.isoformat(), "time": "17:00", "yearly": False}
    found = coming(book.turn(), {"when": when})
    offset = 22 if day.month == 11 else 21
    assert found == datetime(day.year, day.month, day.day, offset - 1, 30, tzinfo=UTC)


def test_what_cannot_be_read_never_comes() -> None:
    unreadable: tuple[Any, ...] = (None, [], {"when": 7}, {"when": {"weekday": "fri"}})
    for data in unreadable:
        assert day_and_hour(data)[0] is None


def test_a_date_is_the_next_such_day_and_a_short_month_has_no_thirty_first() -> None:
    book = Notebook()
    for said in ("times", "her birthday", "3", "2", "30"):
        book.say(said)
    assert book.at() == "hard_time.monthday"
    for said in ("29", "10 am", "call my sister"):
        book.say(said)
    assert book.of("hard_time")[0]["when"] == {
        "date": "2027-02-28",
        "yearly": True,
        "time": "10:00",
    }
    assert "her birthday, Feb 28 10 am, call my sister" in book.say("times")[0]


def test_without_a_line_of_its_own_the_plan_has_one() -> None:
    book = Notebook()
    for said in (*PAYDAY[:-1], "skip"):
        book.say(said)
    which = str(book.items[0].id)
    assert book.prompt("hard_time", which) == ["You asked me to check in about now. How is it?"]
    book.lines = [PlanLine(1, "places", "my sister's porch")]
    texts = book.prompt("hard_time", which)
    assert texts is not None
    assert "Go to: my sister's porch" in texts[-1]


def test_one_thing_to_try_and_a_person_are_one_tap_away() -> None:
    for key, at in (("try", "craving"), ("talk", "talking")):
        book = Notebook()
        for said in PAYDAY:
            book.say(said)
        book.prompt("hard_time", str(book.items[0].id))
        book.press(key)
        assert (book.at() or "").startswith(at)
        assert book.entries[0].data == {"now": key}


async def test_one_that_is_gone_is_not_said(world: World) -> None:
    person_id = await world.joined()
    for said in PAYDAY:
        await world.say(said)

    def lose(tx: Connection) -> None:
        items.drop(tx, person_id, items.of(tx, person_id, "hard_time")[0].id)

    await world.store.write(lose)
    world.clock.at = datetime(2026, 11, 27, 21, 25, tzinfo=UTC)
    world.sent_since()
    await world.later(minutes=10)
    assert world.sent_since() == []
    assert due(world, person_id) == {}


def test_the_list_says_what_when_and_what_they_will_do() -> None:
    book = Notebook(language="es")
    for said in ("horas", "pago", "2", "15", "5 de la tarde", "llamar a Ana"):
        book.say(said)
    assert "1. pago, día 15 5 p.m., llamar a Ana" in book.say("horas")[0]
    assert list(hard_times.comings(book.turn())) == ["1"]


async def test_what_came_once_is_forgotten_when_it_is_over(world: World) -> None:
    person_id = await world.joined()
    for said in ("times", "his birthday", "4", "november", "24", "5 pm", "call Rosa"):
        await world.say(said)
    await world.say("times")
    assert "his birthday, Nov 24 5 pm" in world.texts()[-1]
    world.clock.at += timedelta(days=2)
    await world.say("times")
    assert world.texts()[-1].startswith("Which time is hard for you?")
    assert not await world.read(lambda tx: items.of(tx, person_id, "hard_time"))


@pytest.mark.parametrize(
    ("hour", "said", "kept"),
    [("9 am", "That time has passed", 0), ("10:15 am", "It's almost here", 1)],
)
async def test_a_time_of_today_may_be_over_or_close(
    world: World, hour: str, said: str, kept: int
) -> None:
    person_id = await world.joined()
    for text in ("times", "a call", "4", "11", "23", hour, "sit with Rosa"):
        await world.say(text)
    assert said in world.texts()[-1]
    assert len(await world.read(lambda tx: items.of(tx, person_id, "hard_time"))) == kept


@pytest.mark.parametrize("upto", range(5))
async def test_each_question_can_be_left(world: World, upto: int) -> None:
    person_id = await world.joined()
    for text in ("times", "a date", "4", "11", "24")[: upto + 1]:
        await world.say(text)
    await world.say("no thank you")
    assert "is here when you want it" in world.texts()[-1]
    assert not await world.read(lambda tx: items.of(tx, person_id, "hard_time"))

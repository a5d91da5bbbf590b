"""Morning intention and evening review: for those who want them, and never a nuisance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.config import House
from handlers import day
from storage import entries, pins, reminders
from storage.store import Store
from tests.conftest import HandClock
from tests.notebook import Notebook
from tests.world import World

NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
PARK = "walk to the park"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def until(world: World, at: datetime) -> list[str]:
    """What was said to them on the way."""
    world.sent_since(NUMBER)
    while world.clock.at < at:
        await world.later(hours=min(1, (at - world.clock.at).total_seconds() / 3600))
    return world.sent_since(NUMBER)


def mornings(texts: list[str]) -> int:
    return sum("one thing that matters" in text for text in texts)


async def test_a_day_from_the_morning_to_the_evening(world: World) -> None:
    person_id = await world.joined(**SMS, plain=True)
    for said in ("my day", "1", "8:30", "8"):
        await world.say(said, **SMS)
    assert "each evening at 8 pm" in world.texts(NUMBER)[-1]
    assert world.person(person_id).own == {"morning": "08:30", "evening": "20:00"}
    await until(world, datetime(2026, 11, 24, 14, tzinfo=UTC))
    assert "one thing that matters" in world.texts(NUMBER)[-1]
    await world.say(PARK, **SMS)
    assert "say it back this evening" in world.texts(NUMBER)[-1]
    texts = await until(world, datetime(2026, 11, 25, 1, 30, tzinfo=UTC))
    assert texts[-1].startswith(f"This morning you said: {PARK}\nDid it happen?")
    await world.say("2", **SMS)
    assert "A part of it counts." in world.texts(NUMBER)[-1]
    await world.say("the sun came out", **SMS)
    assert world.texts(NUMBER)[-1].startswith("Thanks. Rest well.")
    (review,) = await world.read(lambda tx: entries.latest(tx, person_id, "review", 3))
    assert review.data == {"did": "partly", "good": "the sun came out"}


@pytest.mark.parametrize("guard", ["cover", "pin"])
async def test_where_somebody_else_may_read_it_the_words_are_left_out(
    world: World, guard: str
) -> None:
    person_id = await world.joined(**SMS, plain=guard == "pin")
    for said in ("my day", "1", "8:30", "8"):
        await world.say(said, **SMS)
    await until(world, datetime(2026, 11, 24, 14, tzinfo=UTC))
    await world.say(PARK, **SMS)
    if guard == "pin":
        await world.store.write(lambda tx: pins.put(tx, person_id, "4711"))
    texts = await until(world, datetime(2026, 11, 25, 1, 30, tzinfo=UTC))
    assert texts[-1].startswith("Good evening. You named one thing this morning.")
    assert not any(PARK in text for text in texts)


async def test_three_unanswered_are_asked_about_once_and_then_it_stops(world: World) -> None:
    person_id = await world.joined(**SMS)
    for said in ("my day", "2", "9"):
        await world.say(said, **SMS)
    texts = await until(world, datetime(2026, 12, 5, 16, tzinfo=UTC))
    assert mornings(texts) == 3
    assert sum("heard nothing" in text for text in texts) == 1
    assert "morning" not in world.person(person_id).own
    rows = await world.read(lambda tx: reminders.of(tx, person_id))
    assert "morning" not in [row.kind for row in rows]


@pytest.mark.parametrize("answer", ["skip", PARK])
def test_any_answer_begins_the_count_anew(answer: str) -> None:
    book = Notebook()
    book.settings = {"morning": "08:30"}
    for _ in range(3):
        book.prompt("morning")
    assert book.settings["morning_quiet"] == 3
    book.say(answer)
    assert "morning_quiet" not in book.settings


def test_asked_whether_to_go_on_both_answers_hold() -> None:
    for key, goes_on in (("go_on", True), ("enough", False)):
        book = Notebook()
        book.settings = {"evening": "20:00", "evening_quiet": 3}
        said = book.prompt("evening")
        assert said is not None
        assert "heard nothing" in said[0]
        book.press(key)
        assert ("evening" in book.settings) is goes_on
        assert "evening_quiet" not in book.settings


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("8", "08:00"), ("8:30 am", "08:30"), ("7", "08:00"), ("9", "09:00"), ("noon", "12:00")],
)
def test_an_hour_of_the_morning(typed: str, kept: str) -> None:
    book = Notebook()
    for said in ("my day", "2", typed):
        book.say(said)
    assert book.settings == {"morning": kept}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("8", "20:00"), ("9", "21:00"), ("9:30 pm", "21:00"), ("6 pm", "18:00"), ("3 pm", "16:00")],
)
def test_an_hour_of_the_evening(typed: str, kept: str) -> None:
    book = Notebook()
    for said in ("my day", "3", typed):
        book.say(said)
    assert book.settings == {"evening": kept}


def test_an_evening_without_a_morning_asks_for_one_good_thing() -> None:
    book = Notebook()
    book.settings = {"evening": "20:00"}
    said = book.prompt("evening")
    assert said is not None
    assert "one good thing" in said[0]
    book.say("my girl called")
    assert [dict(entry.data) for entry in book.entries] == [{"good": "my girl called"}]


def test_the_words_of_yesterday_are_not_said_back() -> None:
    book = Notebook()
    book.settings = {"morning": "08:30", "evening": "20:00"}
    book.prompt("morning")
    book.say(PARK)
    assert book.prompt("morning") is None
    book.now += timedelta(days=1)
    book.prompt("evening")
    assert book.at() == "today.evening"


@pytest.mark.parametrize(
    ("at", "comes"),
    [
        ("2026-11-01T00:00", "2026-11-01T13:30"),
        ("2026-10-31T13:00", "2026-10-31T12:30"),
        ("2027-03-14T00:00", "2027-03-14T12:30"),
    ],
)
def test_it_keeps_its_local_hour_over_a_clock_change(at: str, comes: str) -> None:
    book = Notebook()
    book.settings = {"morning": "08:30"}
    book.now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = day.mornings(book.turn())[""]
    wanted = datetime.fromisoformat(comes).replace(tzinfo=UTC)
    assert found == (wanted if wanted > book.now else wanted + timedelta(days=1, hours=1))


def test_neither_forgets_both_and_nothing_is_due() -> None:
    book = Notebook()
    for said in ("mi dia", "1", "9", "8", "mi dia", "4"):
        book.say(said)
    assert book.settings == {}
    assert day.mornings(book.turn()) == day.evenings(book.turn()) == {}

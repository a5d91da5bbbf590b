"""Goals for a week: set, done, looked back at without shame, carried over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.config import House
from handlers.goals import look_back_at, week_of
from storage import items, reminders
from storage.store import Store
from tests.conftest import HandClock
from tests.notebook import Notebook
from tests.world import World

WALK, EAT, CALL = "walk every day", "eat lunch", "call my brother"
SUNDAY = datetime(2026, 11, 29, 23, tzinfo=UTC)
"""6 pm in New York."""


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def states(book: Notebook) -> list[tuple[str, str]]:
    return [(data["text"], data["state"]) for data in book.of("goal")]


def with_goals(*those: str) -> Notebook:
    """Somebody who set these on a Monday; now it is Sunday evening."""
    book = Notebook()
    for said in ("goals", *those, "done"):
        book.say(said)
    book.now = SUNDAY
    return book


async def test_a_week_from_monday_to_sunday_evening(world: World) -> None:
    person_id = await world.joined()
    for said in ("goals", WALK, EAT, "close"):
        await world.say(said)
    rows = await world.read(lambda tx: reminders.of(tx, person_id))
    assert [row.due_at for row in rows if row.kind == "goals_week"] == [SUNDAY]
    world.clock.at = SUNDAY - timedelta(minutes=5)
    world.sent_since()
    await world.later(minutes=10)
    (said_,) = [text for text in world.sent_since() if "look back" in text]
    assert WALK not in said_
    for key in ("begin", "done", "partly", "carry"):
        await world.press(key)
    assert f"1. {WALK} (done)" not in world.texts()[-1]
    assert f"1. {EAT}" in world.texts()[-1]
    kept = await world.read(lambda tx: [row.data for row in items.of(tx, person_id, "goal")])
    assert kept == [
        {"text": WALK, "week": "2026-W48", "state": "done"},
        {"text": EAT, "week": "2026-W49", "state": "open"},
    ]


def test_so_many_fit_and_one_can_be_done_before_the_week_is_over() -> None:
    book = Notebook()
    book.say("metas")
    book.say(f"{WALK}\n{EAT}\n{CALL}\none more")
    assert len(book.of("goal")) == 3
    book.press("reached")
    assert f"2. {EAT} (done)" in book.say("2")[-1]
    assert states(book)[1] == (EAT, "done")


def test_a_look_back_names_each_once_and_blames_for_none() -> None:
    book = with_goals(WALK, EAT)
    book.prompt("goals_week")
    assert WALK in book.press("begin")[0]
    assert EAT in book.press("not")[-1]
    assert "week to come" in book.press("skip_one")[-1]
    book.press("rest")
    assert states(book) == [(WALK, "not"), (EAT, "not")]
    assert look_back_at(book.turn()) == {}
    assert book.prompt("goals_week") is None


def test_with_all_of_them_done_nothing_is_left_to_go_on_with() -> None:
    book = with_goals(WALK)
    book.prompt("goals_week")
    book.press("begin")
    book.press("done")
    assert book.at() == "week.anew"
    book.press("new")
    book.say(CALL)
    assert states(book) == [(WALK, "done"), (CALL, "open")]
    assert f"1. {CALL}\n" in "\n".join(book.say("goals"))


def test_a_goal_that_was_taken_away_meanwhile_is_passed_over() -> None:
    book = with_goals(WALK, EAT)
    book.prompt("goals_week")
    book.press("begin")
    book.items = []
    assert "week to come" in book.press("done")[-1]
    book.press("carry")
    assert book.of("goal") == []


@pytest.mark.parametrize(
    ("chosen", "comes"),
    [
        (None, SUNDAY),
        ({"weekday": 4, "time": "19:00"}, datetime(2026, 11, 28, 0, tzinfo=UTC)),
        (False, None),
    ],
)
def test_the_day_is_theirs(chosen: object, comes: datetime | None) -> None:
    book = with_goals(WALK)
    book.now = datetime(2026, 11, 23, 16, tzinfo=UTC)
    book.settings = {} if chosen is None else {"goals": chosen}
    assert look_back_at(book.turn()).get("") == comes


def test_the_day_is_chosen_by_taps() -> None:
    book = with_goals(WALK)
    book.say("goals")
    book.press("when")
    book.press("fri")
    book.say("7 pm")
    assert book.settings == {"goals": {"weekday": 4, "time": "19:00"}}
    book.say("goals")
    book.press("when")
    book.press("never")
    assert book.settings == {"goals": False}


@pytest.mark.parametrize(
    ("at", "week"),
    [
        ("2026-11-23T15:00", "2026-W48"),
        ("2026-11-29T23:00", "2026-W49"),
        ("2026-12-31T15:00", "2026-W53"),
        ("2027-01-03T15:00", "2027-W01"),
    ],
)
def test_a_sunday_is_for_the_week_to_come(at: str, week: str) -> None:
    book = Notebook()
    book.now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert week_of(book.turn()) == week


@pytest.mark.parametrize("at", ["2026-10-31T12:00", "2027-03-13T12:00"])
def test_it_keeps_its_local_hour_over_a_clock_change(at: str) -> None:
    book = with_goals(WALK)
    book.now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    found = look_back_at(book.turn())[""]
    assert (found.hour, found.minute) == ((23, 0) if book.now.month == 10 else (22, 0))

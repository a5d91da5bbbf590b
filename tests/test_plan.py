"""The safety plan: written in small steps, seen, changed, and at hand in danger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, text

from bot import answering
from bot.channels import Kind
from bot.config import House
from handlers.answers import UNREAD, Choice, Said
from handlers.lines import MORE, NEXT, PAUSE, Line, Paged, Written
from handlers.person import PlanLine
from handlers.plan import LONGEST, MOST, PARTS, shortest
from storage import plans, staff
from storage.models import alert_event, message, outbox, plan_line
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
SISTER, BROTHER, WALK = "my sister's porch on Elm", "Joe 215-555-0142", "walk the dog"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def lines(world: World, person_id: int) -> list[tuple[str, str]]:
    rows = world.store.read_now(lambda tx: plans.lines(tx, person_id))
    return [(row.section, row.text) for row in rows]


def at(world: World, person_id: int) -> tuple[str, str] | None:
    place = world.person(person_id).place
    return (place["flow"], place["step"]) if place else None


async def written(world: World, person_id: int, *those: tuple[str, str]) -> None:
    """Lines that are there already."""

    def work(tx: Connection) -> None:
        for part, line in those:
            plans.add(tx, person_id, part, line, world.clock.now())

    await world.store.write(work)


async def test_a_plan_is_written_a_line_at_a_time(world: World) -> None:
    person_id = await world.joined()
    await world.say("/plan")
    assert "can't read it unless you share it" in world.sent_since()[-1]
    await world.press("begin")
    assert at(world, person_id) == ("plan", "signs")
    await world.say("I stop picking up the phone")
    await world.say("more")
    await world.say("cold hands")
    assert at(world, person_id) == ("plan", "signs")
    await world.press("next")
    assert at(world, person_id) == ("plan", "share")
    await world.press("keep")
    assert at(world, person_id) == ("plan", "alone")
    await world.say(WALK)
    for _ in PARTS[1:]:
        await world.press("next")
    assert "you made it" in world.texts()[-1]
    assert at(world, person_id) is None
    assert lines(world, person_id) == [
        ("signs", "I stop picking up the phone"),
        ("signs", "cold hands"),
        ("alone", WALK),
    ]
    assert world.alerts() == []


async def test_who_may_read_it_is_asked_once_and_can_be_changed(world: World) -> None:
    person_id = await world.joined()
    await world.say("plan")
    for text_ in ("1", "cold hands", "1", "1"):
        await world.say(text_)
    assert world.person(person_id).plan_shared
    assert at(world, person_id) == ("plan", "alone")
    await world.say(WALK)
    await world.say("enough for now")
    assert at(world, person_id) is None
    await world.say("plan")
    await world.press("sharing")
    assert "Your team can read it now" in world.texts()[-1]
    await world.press("keep")
    assert not world.person(person_id).plan_shared
    assert at(world, person_id) is None


async def test_stopping_before_the_first_part_is_done_shares_nothing(world: World) -> None:
    person_id = await world.joined()
    for text_ in ("plan", "1", "skip", "later"):
        await world.say(text_)
    assert at(world, person_id) is None
    assert lines(world, person_id) == []
    assert not world.person(person_id).plan_shared


async def test_it_goes_on_with_the_first_empty_part(world: World) -> None:
    person_id = await world.joined()
    await written(world, person_id, ("signs", "x"), ("places", SISTER))
    await world.say("my plan")
    await world.press("go_on")
    assert at(world, person_id) == ("plan", "alone")
    await world.press("next")
    assert at(world, person_id) == ("plan", "people")


async def test_a_line_is_added_and_taken_away_by_number(world: World) -> None:
    person_id = await world.joined(**SMS)
    await written(world, person_id, ("people", BROTHER), ("people", "Ana"), ("alone", WALK))

    async def say(text_: str) -> str:
        await world.say(text_, **SMS)
        return world.sent_since(NUMBER)[-1]

    shown = await say("PLAN")
    assert WALK in shown
    assert BROTHER not in shown
    assert BROTHER in await say("more")
    assert "all of it" in await say("MORE")
    await say("2")
    assert "1. Joe 215-555-0142\n2. Ana" in await say("4")
    await say("1")
    assert "no line with that number" in await say("5")
    left = await say("1")
    assert "1. Ana" in left
    assert BROTHER not in left
    assert "2. Father Luis" in await say("Father Luis")
    await say("3")
    assert lines(world, person_id) == [
        ("people", "Ana"),
        ("alone", WALK),
        ("people", "Father Luis"),
    ]
    assert at(world, person_id) is None


async def test_a_part_holds_so_many_lines_and_a_list_is_several(world: World) -> None:
    person_id = await world.joined()
    await world.say("plan")
    await world.say("1")
    await world.say("\n".join(f"sign {n}" for n in range(MOST + 2)))
    assert "this one is full" in world.texts()[-1]
    assert [line for _, line in lines(world, person_id)] == [f"sign {n}" for n in range(MOST)]


async def test_on_telegram_all_of_it_is_one_message(world: World) -> None:
    person_id = await world.joined()
    await written(world, person_id, ("worth", "my girls"), ("places", SISTER))
    await world.say("/plan")
    row = world.rows("100")[-1]
    assert row.text.index(SISTER) < row.text.index("my girls")
    assert row.kind == "plan"
    assert [key for key, _ in row.buttons] == ["go_on", "change", "sharing", "done"]


async def test_a_very_long_plan_goes_a_part_at_a_time(world: World) -> None:
    person_id = await world.joined()
    await written(world, person_id, *((p, "x" * LONGEST) for p in PARTS for _ in range(MOST)))
    await world.say("/plan")
    for _ in PARTS:
        assert len(world.texts()[-1]) < 4096
        await world.say("more")
    assert "That was all of it" in world.texts()[-1]


async def test_danger_while_it_is_written_comes_first_and_it_goes_on(world: World) -> None:
    person_id = await world.joined()
    await world.say("plan")
    await world.press("begin")
    await world.say("i want to die")
    assert world.alerts()[-1].level == "urgent"
    assert lines(world, person_id) == []
    await world.say("C")
    assert at(world, person_id) == ("plan", "signs")


async def test_a_craving_is_a_sign_and_what_weighs_more_is_heard(world: World) -> None:
    person_id = await world.joined()
    await world.say("plan")
    await world.press("begin")
    await world.say("cravings after work")
    assert world.alerts() == []
    await world.say("i relapsed yesterday")
    assert [alert.level for alert in world.alerts()] == ["concern"]
    assert [part for part, _ in lines(world, person_id)] == ["signs", "signs"]
    await world.press("next")
    await world.press("keep")
    await world.press("pause")
    await world.say("i have strong cravings right now")
    said = await world.read(lambda tx: tx.execute(select(alert_event.c.kind)).scalars().all())
    assert "added" in said


async def test_in_danger_its_first_lines_are_at_hand(world: World) -> None:
    person_id = await world.joined(**SMS)
    await written(
        world, person_id, ("signs", "cold hands"), ("people", BROTHER), ("places", SISTER)
    )
    await world.say("i dont want to live anymore", **SMS)
    shown = [row for row in world.rows(NUMBER) if BROTHER in row.text]
    (row,) = shown
    assert row.text.index(SISTER) < row.text.index(BROTHER)
    assert "cold hands" not in row.text
    assert row.priority == 0
    assert row.kind == "crisis.plan"


async def test_asked_for_in_danger_it_is_shown_and_the_letter_still_counts(world: World) -> None:
    person_id = await world.joined(**SMS)
    await written(world, person_id, ("places", SISTER), ("people", BROTHER))
    await world.say("i want to die", **SMS)
    assert at(world, person_id) == ("crisis", "ask")
    await world.say("plan", **SMS)
    assert BROTHER in world.texts(NUMBER)[-1]
    assert at(world, person_id) == ("crisis", "ask")
    await world.say("A", **SMS)
    assert world.alerts()[-1].level == "emergency"


async def test_what_is_said_to_the_team_is_no_line_of_it(world: World) -> None:
    person_id = await world.joined()
    await world.say("plan")
    await world.press("begin")

    def work(tx: Connection) -> None:
        answering.answer(
            tx, world.house, person_id, staff.get(tx, 1), "Come at 5?", world.clock.now()
        )

    await world.store.write(work)
    await world.say("yes I will be there at five")
    assert lines(world, person_id) == []
    await world.press("next", asked_in=world.rows("100")[-2].asked_in)


async def test_it_is_never_put_aside_where_it_would_show_again(world: World) -> None:
    person_id = await world.joined()
    await written(world, person_id, ("places", SISTER))
    await world.say("plan")
    await world.say("settings")
    assert world.person(person_id).parked is None


async def test_an_ordinary_turn_does_not_look_for_it(world: World) -> None:
    person_id = await world.joined()
    await written(world, person_id, ("places", SISTER))
    asked: list[str] = []

    def heard(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(world.store.engine, "before_cursor_execute", heard)
    try:
        await world.say("menu")
        assert asked
        assert not [each for each in asked if "plan_line" in each]
        await world.say("plan")
        assert [each for each in asked if "plan_line" in each]
    finally:
        event.remove(world.store.engine, "before_cursor_execute", heard)


async def test_its_lines_are_sealed_and_found_by_an_index(world: World) -> None:
    person_id = await world.joined()
    other = await world.joined(name="Kim Lane", address="101")
    await written(world, person_id, ("places", SISTER))

    def look(tx: Connection) -> list[str]:
        raw = tx.execute(text("SELECT text FROM plan_line")).scalars().all()
        assert not any("porch" in each for each in raw)
        return [row.text for row in plans.lines(tx, person_id)]

    assert await world.read(look) == [SISTER]
    row = await world.read(lambda tx: tx.execute(select(plan_line)).one())
    await world.store.write(lambda tx: plans.drop(tx, other, row.id))
    assert lines(world, person_id) == [("places", SISTER)]


async def test_the_messages_that_hold_it_are_marked(world: World) -> None:
    await world.joined(**SMS)
    for said in ("plan", "1", "cold hands"):
        await world.say(said, **SMS)
    await world.say("cold hands, cold feet", **SMS, kind=Kind.EDITED)
    for said in ("2", "2", "plan", "what is this"):
        await world.say(said, **SMS)
    marked = select(message.c.text).where(message.c.kind == "plan").order_by(message.c.id)
    theirs = await world.read(lambda tx: list(tx.scalars(marked)))
    ours = [row.text for row in world.rows(NUMBER) if row.kind == "plan"]
    assert theirs == ["cold hands", "cold hands, cold feet"]
    assert len(ours) == 1
    assert "cold hands" in ours[0]
    unmarked = await world.read(
        lambda tx: list(tx.execute(select(outbox.c.text).where(outbox.c.kind != "plan")).scalars())
    )
    assert not any("cold hands" in each for each in unmarked)


def test_in_danger_near_someone_comes_first_and_long_lines_are_cut() -> None:
    there = [
        PlanLine(n, part, f"{part} " + "word " * 30 if part == "alone" else part)
        for n, part in enumerate(PARTS)
    ]
    found = shortest(there, "en")
    assert found[:2] == ("Go to: places", "Call: people")
    assert found[2].endswith("...")
    assert len(found[2]) < 75
    assert shortest(there[:1], "es") == ()
    assert shortest(there[-1:], "es") == ("Vale la pena: worth",)


LINE = Line(Choice(NEXT, PAUSE), 10)
ONE_PART = Line(Choice("remove", "done"), 10, ends="done")


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("Ana", Written(("Ana",))),
        ("no drinks", Written(("no drinks",))),
        ("ana\n\n  joe ", Written(("ana", "joe"))),
        ("a very long line of words", Written(("a very lon",))),
        ("nope", NEXT),
        ("skip", NEXT),
        ("siguiente", NEXT),
        ("nada más", NEXT),
        ("1", NEXT),
        ("2", PAUSE),
        ("stop for now", PAUSE),
        ("Por hoy basta", PAUSE),
        ("más tarde", PAUSE),
        ("more", MORE),
        ("yes", MORE),
        ("otra", MORE),
        ("  ", UNREAD),
        ("\u200b", UNREAD),
    ],
)
def test_a_line_or_a_word_beside_it(said: str, read: object) -> None:
    assert LINE.read(Said(said)) == read


def test_where_one_part_is_changed_all_of_them_end_it() -> None:
    ends = ("nothing", "skip", "enough for now", "saltar", "no", "done")
    assert {ONE_PART.read(Said(said)) for said in ends} == {"done"}


def test_a_button_is_never_a_line() -> None:
    assert LINE.read(Said("Next part", "next")) == NEXT
    assert LINE.read(Said("Something", "else")) is UNREAD


def test_more_turns_the_page() -> None:
    paged = Paged(Choice("a", "b"))
    assert [paged.read(Said(s)) for s in ("MORE", "más", "2", "what")] == [MORE, MORE, "b", UNREAD]


async def test_a_day_later_it_begins_anew(world: World, clock: HandClock) -> None:
    person_id = await world.joined()
    await world.say("plan")
    await world.press("begin")
    clock.at += timedelta(hours=25)
    await world.say("cold hands")
    assert lines(world, person_id) == []

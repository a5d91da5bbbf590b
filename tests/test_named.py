"""What has several names, and words that are no answer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bot.config import House
from handlers import named
from handlers.answers import UNREAD, Choice, Said
from handlers.lines import Line, Written
from handlers.named import Named
from handlers.pastday import Month, PastDay, Told
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
FEELING = Named(Choice(*named.FEELINGS), named.FEELINGS)
THING = Line(Choice("skip"), 140, ends="skip", a_thing=True)


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def at(world: World, person_id: int) -> str | None:
    place = world.person(person_id).place
    return f"{place['flow']}.{place['step']}" if place else None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hambre", "hungry"),
        ("I'm so hungry", "hungry"),
        ("estoy muy cansada", "tired"),
        ("lonely", "lonely"),
        ("2", "angry"),
    ],
)
def test_a_feeling_by_its_name(text: str, kind: str) -> None:
    assert FEELING.read(Said(text)) == kind


@pytest.mark.parametrize("text", ["not hungry", "hungry for revenge", "hungry and tired", ""])
def test_no_feeling_by_its_name(text: str) -> None:
    assert FEELING.read(Said(text)) is UNREAD


def test_every_name_is_spelled_as_it_is_looked_for() -> None:
    tables = (named.FEELINGS, named.COMPANY, named.HOW_IT_IS, named.EASIER, named.PATHS)
    for table in tables:
        for kind, called in table.items():
            for name in called:
                assert Named(Choice(*table), table).read(Said(name)) == kind, name


@pytest.mark.parametrize(
    "text",
    ["can i get a ride?", "¿para qué", "i feel like shit", "6 3 1 1", "im sad", "me siento mal"],
)
def test_what_is_plainly_no_thing_to_do(text: str) -> None:
    assert THING.read(Said(text)) is UNREAD


@pytest.mark.parametrize(
    "text", ["call mom", "im going to the gym", "i am not drinking today", "dormir", "no tomar hoy"]
)
def test_a_thing_to_do(text: str) -> None:
    assert THING.read(Said(text)) == Written((text,))


def test_who_does_not_know_has_said_that_this_is_all() -> None:
    for text in ("idk", "no sé", "not sure", "no thank you", "ahora no"):
        assert THING.read(Said(text)) == "skip"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2 weeks", date(2026, 11, 16)),
        ("a week ago", date(2026, 11, 23)),
        ("hace una semana", date(2026, 11, 23)),
        ("6 months", date(2026, 5, 30)),
        ("hace 9 meses", date(2026, 2, 28)),
        ("a year", date(2025, 11, 30)),
        ("medio año", date(2026, 5, 30)),
    ],
)
def test_weeks_and_months_ago(text: str, day: date) -> None:
    told = PastDay(Choice("today", "yesterday")).read(Said(text))
    assert isinstance(told, Told)
    assert told.on(date(2026, 11, 30), day_first=False) == day


@pytest.mark.parametrize(("text", "month"), [("11", 11), ("in November", 11), ("ene", 1)])
def test_a_month(text: str, month: int) -> None:
    assert Month().read(Said(text)) == month


@pytest.mark.parametrize("text", ["13", "march or april", "soon"])
def test_no_month(text: str) -> None:
    assert Month().read(Said(text)) is UNREAD


async def test_words_for_somebody_are_offered_to_the_team(world: World) -> None:
    person_id = await world.joined(**SMS)
    for text in ("crave", "9", "can they call me tonight"):
        await world.say(text, **SMS)
    assert "TALK for a person" in world.texts(NUMBER)[-1]
    await world.say("i said call me tonight", **SMS)
    assert "Shall your team see it?" in world.texts(NUMBER)[-1]
    # How strong it is counts all the same.
    await world.say("4", **SMS)
    assert at(world, person_id) == "craving.better"


async def test_a_question_in_the_morning_is_no_plan_for_the_day(world: World) -> None:
    person_id = await world.joined(**SMS)
    for text in ("my day", "2", "8"):
        await world.say(text, **SMS)
    await world.later(hours=23)
    assert at(world, person_id) == "today.morning"
    await world.say("can i get a ride tomorrow?", **SMS)
    assert "Shall your team see it?" in world.texts(NUMBER)[-1]
    await world.say("2", **SMS)
    assert at(world, person_id) == "today.morning"


async def test_the_other_language_is_an_answer_too(world: World) -> None:
    person_id = await world.joined(**SMS)
    for text in ("crave", "9", "algo distinto"):
        await world.say(text, **SMS)
    assert at(world, person_id) == "craving.doing"
    assert "decide now" in world.texts(NUMBER)[-1]


async def test_remove_in_a_list_does_not_stop_the_messages(world: World) -> None:
    person_id = await world.joined(**SMS)
    for text in ("reasons", "my kids", "remove"):
        await world.say(text, **SMS)
    assert at(world, person_id) == "stopping.sure"
    await world.say("1", **SMS)
    assert at(world, person_id) == "reasons.view"

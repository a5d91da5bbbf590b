"""A need: the clinic's own lines at once, a task where they want one, and what became of it."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.config import House
from bot.programme_rules import Resource
from handlers.flows import step_of
from handlers.person import Around
from handlers.programme import NEEDS, OpenTask, Programme, Task
from storage import tasks
from storage.models import task
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.notebook import NOW, Notebook
from tests.world import World

PANTRY = Resource(en=("Elm Street pantry: Mon 9-12",), es=("Despensa de Elm: lun 9-12",))
SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}


@pytest.fixture
async def world(store: Store, clock: HandClock) -> World:
    house = House(clinic(resources={"food": PANTRY}), "https://companion.example")
    return await World(store, house, clock).staffed()


async def opened(world: World) -> list[Any]:
    found: list[Any] = await world.read(
        lambda tx: list(tx.execute(select(task).order_by(task.c.id)))
    )
    return found


async def test_the_clinics_lines_come_first_and_a_task_only_where_they_want_one(
    world: World,
) -> None:
    await world.joined()
    await world.say("Need")
    await world.press("food")
    said = world.sent_since()[-1]
    assert "Elm Street pantry" in said
    assert "Food: shall I ask your team" in said
    assert await opened(world) == []
    await world.press("leave")
    assert await opened(world) == []


async def test_a_task_is_opened_before_the_words_and_takes_them(world: World) -> None:
    await world.joined(language="es", **SMS)
    await world.say("NECESITO", **SMS)
    await world.say("1", **SMS)
    assert "Transporte" in world.sent_since(SMS["address"])[-1]
    await world.say("1", **SMS)
    (row,) = await opened(world)
    assert (row.kind, row.source, row.state, row.words) == ("ride", "need", "open", None)
    await world.say("los martes a las 5, desde la iglesia", **SMS)
    (row,) = await opened(world)
    assert row.words == "los martes a las 5, desde la iglesia"
    # Again is the same task with more words, not another one.
    for text in ("necesito", "1", "sí", "y los jueves"):
        await world.say(text, **SMS)
    (row,) = await opened(world)
    assert row.words.splitlines()[-1] == "y los jueves"
    # "Yes, a few words" is none of them.
    for text in ("necesito", "1", "1", "sí", "y el domingo"):
        await world.say(text, **SMS)
    (row,) = await opened(world)
    assert row.words.splitlines()[-2:] == ["y los jueves", "y el domingo"]


async def test_what_became_of_it_is_said_as_it_is(world: World) -> None:
    await world.joined()
    for text in ("need", "4", "1"):
        await world.say(text)
    (row,) = await opened(world)
    said = {"open": "No one has taken it yet", "taken": "has it", "done": "marked it as done"}
    for state, words in said.items():
        if state != "open":
            move = partial(tasks.move, which=row.id, state=state, now=world.clock.now())
            await world.store.write(move)
        await world.say("need")
        assert words in world.sent_since()[-1]
    world.clock.at += timedelta(days=15)
    await world.say("need")
    assert "phone: " not in world.sent_since()[-1].lower()


class Asking(Notebook):
    """Somebody whose asks are remembered."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__()
        self.tasks: list[Task] = []
        self.lines_known = lines

    def turn(self) -> Any:
        turn = super().turn()
        programme = Programme(tasks=lambda: tuple(self.tasks), resources=lambda _: self.lines_known)
        around: Around = dataclasses.replace(turn.around, programme=programme)
        return dataclasses.replace(turn, around=around)

    def _keep(self, effect: Any) -> None:
        if isinstance(effect, OpenTask):
            if effect.kind not in [each.kind for each in self.tasks]:
                self.tasks.insert(0, Task(len(self.tasks) + 1, effect.kind, "open", NOW))
        else:
            super()._keep(effect)


SAID = st.sampled_from(["need", "1", "2", "9", "8", "skip", "not now", "menu", "a ride", "?", "é"])


@settings(max_examples=40, deadline=None)
@given(st.lists(SAID, max_size=8), st.sampled_from([(), ("One line",)]))
def test_any_answers_leave_a_sound_state(texts: list[str], lines: tuple[str, ...]) -> None:
    them = Asking(lines)
    for text in ["need", *texts]:
        asked, said = them.at() or "", them.say(text)
        assert said or not asked.startswith("need.")
        assert them.place is None or step_of(them.place) is not None
    kinds = [each.kind for each in them.tasks]
    assert set(kinds) <= set(NEEDS)
    assert len(kinds) == len(set(kinds))

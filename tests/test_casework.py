"""Tasks: who sees which, and what whoever asked for it hears, in neutral words and once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot import casework
from bot.config import House
from storage import tasks
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.desk import Desk, words
from tests.world import COUNSELOR, SUPERVISOR, World

MANAGER, OTHER = "Luis Ortega", "Noa Iris"
TOLD = "For two kids, till Friday."


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    named = House(clinic=clinic(programme={"case_manager": "luis ortega"}), url=house.url)
    world = await World(store, named, clock).staffed()
    for n, name in enumerate((MANAGER, OTHER)):
        await world.hired(name, "counselor", f"+1215555018{n}")
    return world


async def opened(world: World, person: int, kind: str = "food", **more: Any) -> int:
    source, now = more.pop("source", "need"), world.clock.now()
    return await world.store.write(
        lambda tx: tasks.open_(tx, person, kind, source, now, words=TOLD, **more)
    )


async def test_the_case_manager_and_supervisors_see_all_others_their_own(world: World) -> None:
    person = await world.joined(name="Ann Gray")
    which = await opened(world, person)
    for name in (COUNSELOR, SUPERVISOR, MANAGER):
        async with Desk(world, name) as desk:
            assert "Ann Gray" in await desk.text("/tasks"), name
            assert TOLD in await desk.text(f"/tasks/{which}"), name
            assert TOLD not in await desk.text("/tasks")
    async with Desk(world, MANAGER) as desk:
        page = await desk.text(f"/tasks/{which}")
        assert f'href="/people/{person}"' not in page
        assert "Reach them safely" in page
        assert (await desk.get(f"/people/{person}")).status_code == 404
        assert {row.person_id for row in await desk.looks("task_page")} == {person}
    async with Desk(world, OTHER) as desk:
        assert "Nothing waits" in await desk.text("/tasks")
        assert (await desk.get(f"/tasks/{which}")).status_code == 404
        assert (await desk.post(f"/tasks/{which}", do="done")).status_code == 404


async def test_who_asked_hears_when_it_is_taken_and_done(world: World) -> None:
    person = await world.joined(name="Ann Gray")
    which = await opened(world, person)
    async with Desk(world, MANAGER) as desk:
        page = await desk.follow(await desk.post(f"/tasks/{which}", do="taken"))
        assert "taken by you" in page
        await world.later(minutes=5)
        assert world.sent_since() == ["About food (today): someone on your team has it now."]
        note = await desk.follow(await desk.post(f"/tasks/{which}", do="done", note="Elm Street"))
        assert "Done. Who asked for it hears so." in note
        again = await desk.follow(await desk.post(f"/tasks/{which}", do="dropped"))
        assert "It was closed already." in again
        assert "Elm Street" in again
    await world.later(minutes=5)
    (said,) = world.sent_since()
    assert said.startswith("About food (today): your team marked it as done.")
    assert "Elm" not in said
    await world.later(minutes=20)
    assert world.sent_since() == []


async def test_a_text_that_others_may_read_does_not_say_what_it_was(world: World) -> None:
    number = "+12155550123"
    person = await world.joined(channel="sms", address=number, language="es")
    which = await opened(world, person, "legal")
    row = await world.read(lambda tx: tasks.get(tx, which))
    now, by = world.clock.now(), (await world.worker(MANAGER)).id
    assert await world.store.write(
        lambda tx: casework.move(tx, row, "dropped", by, "", now + timedelta(minutes=1))
    )
    await world.later(minutes=10)
    (said,) = world.sent_since(number)
    assert said == "Lo que pediste (hoy) se cerró. Si aún te hace falta, HABLAR pide una persona."


async def test_of_what_they_never_asked_for_they_hear_nothing(world: World) -> None:
    person = await world.joined()
    which = await opened(world, person, "missed", source="missed")
    async with Desk(world) as desk:
        page = words(await desk.text("/tasks"))
        assert "Missed without a word" in page
        said = words(await desk.follow(await desk.post(f"/tasks/{which}", do="done")))
        assert "Closed. Nothing is sent." in said
        assert "Closed in the last two weeks (1)" in said
    await world.later(minutes=10)
    assert world.sent_since() == []

"""The groups' page: whoever leads one looks first, then sends; and asks the room without names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from bot import rooms
from bot.config import House
from storage import broadcasts, enrolments
from storage.store import Store
from tests import sessions_held
from tests.conftest import START, HandClock
from tests.test_staff_page import main, post
from tests.world import COUNSELOR, SUPERVISOR, World

OTHER = "Noa Iris"
EVENING = START.replace(hour=23)
NUMBER = "+12155550123"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    made = await World(store, house, clock).staffed()
    await made.hired(OTHER, "counselor", "+12155550177")
    return made


@pytest.fixture
async def dana(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield await world.signed_in(client, COUNSELOR)


async def led(world: World, *person_ids: int, by: str = COUNSELOR) -> tuple[str, str]:
    """A group that somebody leads: its number, and that of its next session."""
    worker = await world.worker(by)

    def work(tx: Connection) -> tuple[str, str]:
        group = sessions_held.series(tx, START, title=f"Evening of {by}", staff_id=worker.id)
        session = sessions_held.held(tx, group, EVENING)
        for each in person_ids:
            enrolments.begin(tx, each, group, START.date(), None, None, START)
            sessions_held.sits(tx, session, each, START)
        return str(group), str(session)

    return await world.store.write(work)


def theme(group: str, **changed: str) -> dict[str, str]:
    given = {"what_en": "Asking for help", "line_en": "Name one need", "what_es": "", "line_es": ""}
    return {"group": group, **given, **changed}


def queued(world: World) -> list[Any]:
    return [row for row in world.rows() if row.kind == broadcasts.KIND]


async def test_it_is_looked_at_first_and_sent_once(world: World, dana: httpx.AsyncClient) -> None:
    sam = await world.joined()
    ana = await world.joined(name="Ana Roe", channel="sms", address=NUMBER, language="es")
    group, _ = await led(world, sam, ana)
    slip = theme(group, what_en="After a slip")
    seen = main(await post(world, dana, "/groups/preview", **slip))
    assert "To 1 person" in seen
    assert "1 gets cover words only" in seen
    assert "can't go to a phone that others may read: slip" in seen
    assert "Ana Roe: gets cover words only" in seen
    seen = main(await post(world, dana, "/groups/preview", **theme(group)))
    assert "To 2 people" in seen
    assert "1 of them reads another language" in seen
    assert queued(world) == []
    for _ in range(2):
        answer = await post(world, dana, "/groups/send", **theme(group))
        assert answer.headers["location"] == "/groups?said=sent"
    assert len(queued(world)) == 2
    page = await dana.get("/groups?said=sent")
    assert "Asking for help. To try: Name one need 2 sent" in main(page)
    which = page.text.split('name="broadcast" value="')[1].split('"')[0]
    await post(world, dana, "/groups/back", broadcast=which)
    assert {row.state for row in queued(world)} == {"cancelled"}
    assert "2 taken back" in main(await dana.get("/groups"))


async def test_half_a_theme_and_too_long_a_one_are_not_sent(
    world: World, dana: httpx.AsyncClient
) -> None:
    group, _ = await led(world, await world.joined())
    for wrong in ({"line_en": ""}, {"what_en": "x" * 61}, {"what_en": "", "line_en": ""}):
        answer = await post(world, dana, "/groups/send", **theme(group, **wrong))
        assert answer.status_code == 400, wrong
    assert queued(world) == []


async def test_a_group_is_for_who_leads_it_and_for_supervisors(
    world: World, dana: httpx.AsyncClient
) -> None:
    sam = await world.joined()
    group, session = await led(world, sam, by=OTHER)
    assert "Evening of" not in main(await dana.get("/groups"))
    forms = {
        "preview": theme(group),
        "send": theme(group),
        "ask": {"session": session},
        "always": {"group": group, "on": "yes"},
        "back": {"broadcast": "1"},
    }
    for path, form in forms.items():
        assert (await post(world, dana, f"/groups/{path}", **form)).status_code == 404, path
    assert queued(world) == []
    async with world.client() as client:
        await world.signed_in(client, SUPERVISOR)
        assert "Evening of Noa Iris" in main(await client.get("/groups"))
        assert (await post(world, client, "/groups/send", **theme(group))).status_code == 303
    (row,) = queued(world)
    assert row.person_id == sam


async def test_the_room_shows_nothing_before_it_is_counted_and_nothing_of_few(
    world: World, dana: httpx.AsyncClient
) -> None:
    group, session = await led(world, await world.joined())
    answer = await post(world, dana, "/groups/ask", session=session)
    assert answer.headers["location"] == "/groups?said=asked"
    await post(world, dana, "/groups/always", group=group, on="yes")
    seen = main(await dana.get("/groups"))
    assert "nothing shows before" in seen
    assert "No longer ask by itself" in seen
    row = await world.read(lambda tx: broadcasts.asked(tx, int(session)))

    def speak(tx: Connection) -> None:
        for mood in (1, 2, 3, 8, 9):
            broadcasts.answer(tx, row.id, mood, None, "sleep" if mood < 8 else None)

    await world.store.write(speak)
    assert "Mood" not in main(await dana.get("/groups"))
    world.clock.at = EVENING - timedelta(minutes=15)
    await world.store.write(lambda tx: rooms.close(tx, row, world.clock.at))
    await world.signed_in(dana, COUNSELOR)
    seen = main(await dana.get("/groups"))
    assert "Mood most at 0 to 3, few at 4 to 6, some at 7 to 10" in seen
    assert "nothing shows before" not in seen
    assert "To talk about" not in seen
    assert "Urge" not in seen

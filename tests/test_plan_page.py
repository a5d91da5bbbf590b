"""What staff see of a safety plan: all of it where it is shared, else that there is one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest

from bot import delivery
from bot.channels import Delivery, DeliveryState
from bot.config import House
from storage import outbox, pins, plans
from storage import people as people_rows
from storage.store import Store
from tests.conftest import HandClock
from tests.desk import Desk, words
from tests.world import COUNSELOR, World

NAME = "Sam Doe"
NUMBER = "+12155550188"
SIGN, PORCH = "cold hands at dusk", "my sister's <porch>"
SHOWN_PORCH = "my sister&#39;s &lt;porch&gt;"


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[Desk]:
    """The counselor of somebody who wrote two lines and shares nothing."""
    world = await World(store, house, clock).staffed()
    await world.joined(name=NAME, channel="sms", address=NUMBER)
    for said in ("plan", "1", SIGN, "1", "2", "1", PORCH, "enough for now", "plan"):
        await world.say(said, channel="sms", address=NUMBER)
    async with Desk(world) as opened:
        yield opened


def here(desk: Desk, more: str = "") -> str:
    return f"/people/{person_id(desk)}{more}"


def person_id(desk: Desk) -> int:
    found = desk.world.store.read_now(lambda tx: people_rows.address_of(tx, "sms", NUMBER))
    assert found is not None
    return int(found.person_id)


async def share(desk: Desk) -> None:
    who = person_id(desk)
    await desk.world.store.write(lambda tx: people_rows.change(tx, who, plan_shared=True))


async def test_what_is_not_shared_is_on_no_page(desk: Desk) -> None:
    await desk.world.say("my friend isnt breathing", channel="sms", address=NUMBER)
    number = desk.world.alerts()[-1].id
    for path in (here(desk), here(desk, "/plan"), f"/alerts/{number}"):
        page = await desk.text(path)
        assert SIGN not in page, path
        assert "porch" not in page, path
    page = words(await desk.text(here(desk)))
    assert "They have one. It is not shared" in page
    assert "A line of their own plan. They do not share it." in page
    assert "Their own plan, as they wrote it. They do not share it." in page
    assert f'href="{here(desk)}/plan"' not in page


async def test_in_danger_it_stays_theirs(desk: Desk) -> None:
    await desk.world.say("i dont want to live anymore", channel="sms", address=NUMBER)
    assert any("porch" in text for text in desk.world.texts(NUMBER))
    for path in (here(desk), f"/alerts/{desk.world.alerts()[-1].id}"):
        page = await desk.text(path)
        assert "porch" not in page, path
        assert "They do not share it" in page, path


async def test_what_went_again_by_another_channel_stays_theirs(desk: Desk) -> None:
    world, who = desk.world, person_id(desk)
    now = world.clock.now()
    await world.store.write(
        lambda tx: people_rows.add_address(tx, "telegram", "555", person_id=who, created_at=now)
    )
    shown = next(row for row in reversed(world.rows(NUMBER)) if SIGN in row.text)
    sent = partial(outbox.mark, row_id=shown.id, state="sent", provider_id="SM1")
    await world.store.write(sent)
    report = Delivery("SM1", DeliveryState.UNDELIVERED, "30003")
    await world.store.write(lambda tx: delivery.delivered(tx, world.house, "sms", report, now))
    (again,) = world.rows("555")
    assert SIGN in again.text
    assert SIGN not in await desk.text(here(desk))


async def test_a_line_that_sounded_like_danger_is_for_the_team(desk: Desk) -> None:
    await desk.world.say("3", channel="sms", address=NUMBER)
    await desk.world.say("plan", channel="sms", address=NUMBER)
    await desk.world.say("i want to die", channel="sms", address=NUMBER)
    assert "i want to die" in words(await desk.text(here(desk)))


async def test_what_is_shared_is_on_the_page_and_on_paper(desk: Desk) -> None:
    await share(desk)
    page = await desk.text(here(desk))
    assert SIGN in page
    assert SHOWN_PORCH in page
    assert "They do not share it" not in page
    paper = await desk.text(here(desk, "/plan"))
    sheet = paper.partition('class="paper"')[2].partition("</section>")[0]
    assert SHOWN_PORCH in sheet
    assert "Signs of a hard time" in sheet
    assert "Worth living for" not in sheet
    assert "988" in sheet
    assert NAME not in sheet
    (look,) = await desk.looks("plan_page")
    assert look.person_id == person_id(desk)


async def test_it_is_printed_in_their_language(desk: Desk) -> None:
    await share(desk)
    who = person_id(desk)
    await desk.world.store.write(lambda tx: people_rows.change(tx, who, language="es"))
    paper = await desk.text(here(desk, "/plan"))
    assert '<section class="paper" lang="es">' in paper
    assert "Señales de un momento difícil" in paper
    assert "oprime 2" in paper


async def test_every_look_is_written_down(desk: Desk) -> None:
    await desk.text(here(desk, "/plan"))
    assert len(await desk.looks("plan_page_without")) == 1
    assert await desk.looks("plan_page") == []


async def test_who_has_none(desk: Desk) -> None:
    world = desk.world
    other = await world.joined(name="Kim Lane", address="101")
    assert "None so far" in await desk.text(f"/people/{other}")
    assert "They have none so far" in await desk.text(f"/people/{other}/plan")
    rows = await world.read(lambda tx: plans.lines(tx, other))
    assert rows == []


async def test_a_forgotten_pin_is_taken_off_by_who_is_certain(desk: Desk) -> None:
    who = person_id(desk)
    assert "They have no PIN" in await desk.text(here(desk, "/pin"))
    await desk.world.store.write(lambda tx: pins.put(tx, who, "4711"))
    assert "They guard it with a PIN" in words(await desk.text(here(desk)))
    assert (await desk.post(here(desk, "/pin"))).status_code == 400
    assert desk.world.person(who).pin is not None
    done = await desk.follow(await desk.post(here(desk, "/pin"), sure="yes"))
    assert "The PIN is taken off." in done
    assert desk.world.person(who).pin is None
    (removed,) = await desk.looks("pin_removed")
    worker = await desk.world.worker(COUNSELOR)
    assert (removed.staff_id, removed.person_id) == (worker.id, who)
    again = await desk.follow(await desk.post(here(desk, "/pin"), sure="yes"))
    assert "Nothing was changed" in again

"""The staff page: who is there, somebody new, a lost phone, another place for notices, leaving."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.config import House
from storage import facts
from storage.models import address, audit, person, setup_link, web_session
from storage.models import staff as staff_table
from storage.store import Store
from tests.conftest import HandClock
from tests.world import COUNSELOR, SUPERVISOR, World

OPERATOR = "Ira Berg"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    made = await World(store, house, clock).staffed()
    await made.hired(OPERATOR, "operator", "+12155550187")
    await store.write(lambda tx: facts.put_fact(tx, "telegram_username", "harbor_bot"))
    return made


@pytest.fixture
async def lee(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield await world.signed_in(client, SUPERVISOR)


@pytest.fixture
async def ira(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield await world.signed_in(client, OPERATOR)


async def post(world: World, client: httpx.AsyncClient, path: str, **given: str) -> httpx.Response:
    return await client.post(path, data={"form": world.form_key(client), **given})


async def staff_id(world: World, name: str) -> int:
    return int((await world.worker(name)).id)


def main(answer: httpx.Response) -> str:
    """What is read on the page, without tags."""
    body = answer.text.split("<main", 1)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("&#39;", "'").split())


async def audited(world: World) -> list[tuple[str, str | None]]:
    rows = await world.read(lambda tx: list(tx.execute(select(audit).order_by(audit.c.id))))
    return [(row.what, row.detail) for row in rows]


async def test_everybody_is_there_in_words(world: World, lee: httpx.AsyncClient) -> None:
    await world.do("staff_add", name="Kim Lund", role="counselor", sms=None)
    await world.joined(name="Sam Doe")
    await world.set_up(COUNSELOR)
    text = main(await lee.get("/staff"))
    assert f"{COUNSELOR} counselor on duty until 8 pm Telegram, open set up 1 none" in text
    assert f"{SUPERVISOR} (you) supervisor on duty day and night Texts, open" in text
    assert f"{OPERATOR} operator never told of alerts" in text
    assert "Telegram link not opened yet, good until Mon 7 Dec" in text
    world.clock.at += timedelta(days=20)
    await world.signed_in(lee, SUPERVISOR)
    text = main(await lee.get("/staff"))
    assert "never linked" in text
    assert "the link ran out" in text


async def test_no_name_of_a_person_stands_anywhere(world: World, ira: httpx.AsyncClient) -> None:
    await world.joined(name="Zebulon Quist")
    counselor = await staff_id(world, COUNSELOR)
    for path in ("/staff", f"/staff/{counselor}", "/rota", "/settings"):
        answer = await ira.get(path)
        assert answer.status_code == 200
        assert "Zebulon" not in answer.text


async def test_somebody_new_gets_two_links_once(world: World, lee: httpx.AsyncClient) -> None:
    answer = await post(
        world, lee, "/staff", name="Noa  Iris", role="counselor", channel="telegram"
    )
    assert answer.status_code == 200
    assert answer.url.path == "/staff"
    code = re.findall(r"https://t\.me/harbor_bot\?start=(\w{10})", answer.text)[0]
    link = re.findall(r"https://companion\.example(/setup/[\w-]+)", answer.text)[0]
    assert answer.text.count("<svg") == 2
    assert (await world.client().get(link)).status_code == 200
    await world.say(code, address="777")
    assert "Telegram, open" in main(await lee.get(f"/staff/{await staff_id(world, 'Noa Iris')}"))
    again = await lee.get("/staff")
    assert code not in again.text
    assert link not in again.text
    assert ("staff_added", "Noa  Iris, counselor") in await audited(world)


async def test_notices_by_text_need_no_second_link(world: World, lee: httpx.AsyncClient) -> None:
    given = {"name": "Noa Iris", "role": "supervisor", "channel": "sms", "sms": "215 555 0155"}
    answer = await post(world, lee, "/staff", **given)
    assert "t.me" not in answer.text
    assert answer.text.count("<svg") == 1
    stored = await world.read(lambda tx: tx.execute(select(address.c.value)).scalars().all())
    assert "+12155550155" in stored


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": COUNSELOR.lower()}, "on the staff already"),
        ({"name": ""}, "A name is needed"),
        ({"role": "boss"}, "Choose a role"),
        ({"channel": ""}, "Choose where"),
        ({"channel": "sms"}, "The number is needed"),
        ({"channel": "sms", "sms": "12"}, "That is no phone number"),
        ({"channel": "sms", "sms": "+12155550199"}, "That number is in use already"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    world: World, lee: httpx.AsyncClient, given: dict[str, str], says: str
) -> None:
    before = await world.read(lambda tx: len(list(tx.execute(select(staff_table)))))
    typed = {"name": "Noa Iris", "role": "counselor", "channel": "telegram", "sms": "", **given}
    answer = await post(world, lee, "/staff", **typed)
    assert answer.status_code == 400
    assert says in main(answer)
    assert f'value="{typed["name"]}"' in answer.text
    assert await world.read(lambda tx: len(list(tx.execute(select(staff_table))))) == before


async def test_a_lost_phone(world: World, lee: httpx.AsyncClient) -> None:
    """The old sign-in ends at once; the link on the answer makes a new one."""
    await world.set_up(COUNSELOR)
    async with world.client() as dana:
        await world.signed_in(dana, COUNSELOR)
        assert (await dana.get("/rota")).status_code == 200
        number = await staff_id(world, COUNSELOR)
        answer = await post(world, lee, f"/staff/{number}/reset")
        assert "/setup/" in answer.text
        assert (await dana.get("/rota")).status_code == 303
    assert (await world.worker(COUNSELOR)).password is None
    assert "A new sign-in link was made for you" in world.texts("900")[-1]
    assert ("staff_reset", COUNSELOR) in await audited(world)


async def test_an_operator_never_opens_the_account_of_who_sees_people(
    world: World, ira: httpx.AsyncClient
) -> None:
    """Nor makes one: either would show them what an operator may not see."""
    for role in ("supervisor", "counselor"):
        refused = await post(world, ira, "/staff", name="Noa Iris", role=role, channel="telegram")
        assert refused.status_code == 400
    links = await world.read(lambda tx: len(list(tx.execute(select(setup_link)))))
    for name in (SUPERVISOR, COUNSELOR):
        number = await staff_id(world, name)
        for path in (f"/staff/{number}/reset", f"/staff/{number}/notices"):
            assert (await post(world, ira, path, channel="telegram")).status_code == 404
    assert await world.read(lambda tx: len(list(tx.execute(select(setup_link))))) == links
    assert "by a supervisor" in main(await ira.get(f"/staff/{await staff_id(world, SUPERVISOR)}"))
    added = await post(world, ira, "/staff", name="Noa Iris", role="operator", channel="telegram")
    assert added.status_code == 200


async def test_another_place_for_notices_lets_the_old_one_go(
    world: World, lee: httpx.AsyncClient
) -> None:
    number = await staff_id(world, COUNSELOR)
    answer = await post(world, lee, f"/staff/{number}/notices", channel="telegram")
    code = re.findall(r"start=(\w{10})", answer.text)[0]
    assert "hears nothing" in main(await lee.get("/rota"))
    await world.say(code, address="901")
    await world.joined(name="Sam Doe")
    await world.say("i want to die")
    assert "URGENT" in world.texts("901")[-1]
    assert not any("URGENT" in text for text in world.texts("900"))
    again = await post(world, lee, f"/staff/{number}/notices", channel="sms", sms="+12155550199")
    assert again.status_code == 400
    assert "in use" in main(again)
    kept = await world.read(
        lambda tx: tx.execute(
            select(address.c.value).where(address.c.staff_id == number, address.c.state == "open")
        ).scalar_one()
    )
    assert kept == "901"


async def test_leaving_is_seen_before_it_is_done(world: World, lee: httpx.AsyncClient) -> None:
    heir = await world.hired("Miguel Santos", "counselor", "+12155550188")
    await world.joined(name="Sam Doe")
    await world.say("i want to die")
    number = await staff_id(world, COUNSELOR)
    seen = await post(world, lee, f"/staff/{number}/leave", heir=str(heir))
    assert seen.status_code == 200
    assert "1 person goes to Miguel Santos" in main(seen)
    assert "1 open alert" in main(seen)
    assert (await world.worker(COUNSELOR)) is not None
    async with world.client() as dana:
        await world.signed_in(dana, COUNSELOR)
        done = await post(world, lee, f"/staff/{number}/leave", heir=str(heir), sure="yes")
        assert done.headers["location"] == "/staff?said=left"
        assert (await dana.get("/")).status_code == 303
    assert (await world.worker(COUNSELOR)) is None
    owners = await world.read(lambda tx: tx.execute(select(person.c.counselor_id)).scalars().all())
    assert owners == [heir]
    assert any("URGENT" in text for text in world.texts("+12155550188"))
    sessions = await world.read(
        lambda tx: list(tx.execute(select(web_session).where(web_session.c.staff_id == number)))
    )
    assert sessions == []


async def test_who_has_people_does_not_leave_them_to_nobody(
    world: World, lee: httpx.AsyncClient
) -> None:
    await world.joined(name="Sam Doe")
    number = await staff_id(world, COUNSELOR)
    for sure in ("", "yes"):
        answer = await post(world, lee, f"/staff/{number}/leave", heir="", sure=sure)
        assert answer.status_code == 400
        assert "choose who takes over" in main(answer)
    for heir in (number, await staff_id(world, OPERATOR), 999):
        answer = await post(world, lee, f"/staff/{number}/leave", heir=str(heir), sure="yes")
        assert answer.status_code == 404
    assert (await world.worker(COUNSELOR)) is not None


async def test_nobody_removes_themselves_or_the_last_supervisor(
    world: World, lee: httpx.AsyncClient, ira: httpx.AsyncClient
) -> None:
    own = await staff_id(world, SUPERVISOR)
    answer = await post(world, lee, f"/staff/{own}/leave", heir="", sure="yes")
    assert answer.status_code == 404
    assert "Nobody removes themselves" in main(await lee.get(f"/staff/{own}"))
    assert (await post(world, ira, f"/staff/{own}/leave", sure="yes")).status_code == 404
    assert (await world.worker(SUPERVISOR)) is not None


async def test_a_counselor_sees_none_of_it(world: World) -> None:
    number = await staff_id(world, SUPERVISOR)
    async with world.client() as dana:
        await world.signed_in(dana, COUNSELOR)
        for path in ("/staff", f"/staff/{number}"):
            assert (await dana.get(path)).status_code == 404
        for path in ("/staff", f"/staff/{number}/reset", f"/staff/{number}/leave"):
            assert (await post(world, dana, path, sure="yes")).status_code == 404


@pytest.mark.parametrize("path", ["/staff/999", "/staff/x", "/staff/-1", f"/staff/{2**40}"])
async def test_who_is_not_there_looks_like_nothing(lee: httpx.AsyncClient, path: str) -> None:
    assert (await lee.get(path)).status_code == 404


async def test_a_form_without_its_key_changes_nothing(world: World, lee: httpx.AsyncClient) -> None:
    number = await staff_id(world, COUNSELOR)
    given: dict[str, Any] = {"form": "x", "sure": "yes", "heir": ""}
    assert (await lee.post(f"/staff/{number}/leave", data=given)).status_code == 403
    assert (await world.worker(COUNSELOR)) is not None

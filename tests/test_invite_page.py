"""Inviting somebody in the console, and a new link for who never opened theirs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot import invitations
from bot.config import House
from content import wording
from storage import facts, people
from storage.models import audit, person
from storage.store import Store
from tests.conftest import HandClock
from tests.test_staff_page import main, post
from tests.world import COUNSELOR, SUPERVISOR, World

GIVEN = {
    "name": "Ana  Ruiz",
    "born": "1990-01-31",
    "consented": "2026-11-20",
    "channel": "telegram",
    "language": "es",
    "words": "cover",
    "phone": "215 555 0144",
    "calls": "no",
    "from": "8",
    "to": "21",
    "voicemail": "no",
    "never": "her brother Al",
    "emergency_contact": "Pia, 215-555-0133",
    "tonight": "at Pia's",
    "no_police_unless": "she asks",
}


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    made = await World(store, house, clock).staffed()
    await store.write(lambda tx: facts.put_fact(tx, "telegram_username", "harbor_bot"))
    return made


@pytest.fixture
async def dana(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield await world.signed_in(client, COUNSELOR)


async def everybody(world: World) -> list[Any]:
    return list(await world.read(lambda tx: list(tx.execute(select(person).order_by(person.c.id)))))


async def test_a_link_for_telegram_once(world: World, dana: httpx.AsyncClient) -> None:
    answer = await post(world, dana, "/invite", **GIVEN)
    assert answer.status_code == 200
    assert answer.url.path == "/invite"
    code = re.findall(r"https://t\.me/harbor_bot\?start=(\w{10})", answer.text)[0]
    assert "<svg" in answer.text
    assert f"<b>{code}</b>" in answer.text
    assert wording.entries("es")["enrolling.sheet"].text in answer.text
    assert "Mon 7 Dec" in answer.text
    (row,) = await everybody(world)
    assert (row.name, row.status, row.language, row.plain) == ("Ana Ruiz", "invited", "es", False)
    assert row.counselor_id == (await world.worker(COUNSELOR)).id
    assert row.card == {
        "born": "1990-01-31", "consented": "2026-11-20", "words": "cover", "channel": "telegram",
        "phone": "+12155550144", "calls": False, "hours": "8-21", "voicemail": False,
        "never": "her brother Al", "emergency_contact": "Pia, 215-555-0133",
        "tonight": "at Pia's", "no_police_unless": "she asks",
    }  # fmt: skip
    await world.say(code, address="300")
    assert "Hola, Ana" in world.texts("300")[0]


async def test_the_sheet_names_nobody(world: World, dana: httpx.AsyncClient) -> None:
    """Whoever finds the paper learns neither who nor what for."""
    answer = await post(world, dana, "/invite", **GIVEN)
    sheet = answer.text.split('class="ticket"')[1].split("</section>")[0]
    for word in ("Ana", "Ruiz", "Harbor Check", COUNSELOR, "clinic", "program"):
        assert word not in sheet


async def test_a_first_text(world: World, dana: httpx.AsyncClient) -> None:
    given = GIVEN | {"channel": "sms", "sms": "(215) 555-0155", "phone": "", "language": "en"}
    answer = await post(world, dana, "/invite", **given)
    assert "The first text is on its way" in main(answer)
    assert "t.me" not in answer.text
    assert "Hi Ana" in world.texts("+12155550155")[0]
    assert world.woken
    (row,) = await everybody(world)
    assert row.card["phone"] == "+12155550155"


async def test_what_was_not_asked_is_no_answer(world: World, dana: httpx.AsyncClient) -> None:
    bare = dict.fromkeys(GIVEN, "") | {
        name: GIVEN[name] for name in ("name", "born", "consented", "channel", "language", "words")
    }
    assert (await post(world, dana, "/invite", **bare)).status_code == 200
    (row,) = await everybody(world)
    assert (row.card["calls"], row.card["voicemail"], row.card["phone"]) == (None, None, None)
    assert (row.card["hours"], row.card["never"]) == ("", "")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": " "}, "A name is needed"),
        ({"born": ""}, "Date of birth: a date is needed"),
        ({"born": "2010-01-31"}, "of 18 or over"),
        ({"consented": ""}, "consent: a date is needed"),
        ({"consented": "2026-11-24"}, "in the future"),
        ({"channel": ""}, "Choose where messages go"),
        ({"channel": "sms"}, "The number to text is needed"),
        ({"channel": "sms", "sms": "12"}, "That is no phone number"),
        ({"channel": "sms", "sms": "+12155550199"}, "That number can't be used here"),
        ({"phone": "call me"}, "That is no phone number"),
        ({"to": ""}, "Choose both, from and to"),
        ({"to": "8"}, "From and to are the same"),
        ({"language": "fr"}, "Choose a language"),
        ({"words": ""}, "Choose which words"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    world: World, dana: httpx.AsyncClient, given: dict[str, str], says: str
) -> None:
    answer = await post(world, dana, "/invite", **(GIVEN | given))
    assert answer.status_code == 400
    assert says in main(answer)
    for name in ("never", "emergency_contact", "no_police_unless"):
        assert GIVEN[name] in answer.text
    assert re.search(r'name="voicemail" value="no" checked', answer.text)
    assert await everybody(world) == []


async def test_a_counselor_invites_for_themselves_and_a_supervisor_for_any(
    world: World, dana: httpx.AsyncClient
) -> None:
    kim = await world.hired("Kim Lund", "counselor", "+12155550188")
    ira = await world.hired("Ira Berg", "operator", "+12155550187")
    await post(world, dana, "/invite", **(GIVEN | {"counselor": str(kim)}))
    async with world.client() as lee:
        await world.signed_in(lee, SUPERVISOR)
        for counselor in ("", str(ira), "999"):
            answer = await post(world, lee, "/invite", **(GIVEN | {"counselor": counselor}))
            assert answer.status_code == 400
            assert "Choose whose person" in main(answer)
        assert (
            await post(world, lee, "/invite", **(GIVEN | {"counselor": str(kim)}))
        ).status_code == 200
    own = (await world.worker(COUNSELOR)).id
    assert [row.counselor_id for row in await everybody(world)] == [own, kim]


async def test_an_operator_invites_nobody(world: World) -> None:
    await world.hired("Ira Berg", "operator", "+12155550187")
    async with world.client() as ira:
        await world.signed_in(ira, "Ira Berg")
        assert (await ira.get("/invite")).status_code == 404
        assert (await post(world, ira, "/invite", **GIVEN)).status_code == 404
    assert await everybody(world) == []


@pytest.mark.parametrize("language", ["en", "es"])
async def test_it_can_be_read_aloud(dana: httpx.AsyncClient, language: wording.Language) -> None:
    aloud = (await dana.get(f"/invite?aloud={language}")).text
    silent = (await dana.get("/invite")).text
    for name, entry in wording.entries(language).items():
        if name.startswith("enrolling.") and "sheet" not in name:
            said = entry.text.replace("'", "&#39;")
            assert said in aloud, name
            assert said not in silent


async def test_a_new_link_ends_the_one_before_it(world: World, dana: httpx.AsyncClient) -> None:
    first = re.findall(r"start=(\w{10})", (await post(world, dana, "/invite", **GIVEN)).text)[0]
    (row,) = await everybody(world)
    answer = await post(world, dana, f"/people/{row.id}/renew")
    second = re.findall(r"start=(\w{10})", answer.text)[0]
    await world.say(first, address="300")
    assert (await everybody(world))[0].turn == 0
    await world.say(second, address="301")
    assert "Hola, Ana" in world.texts("301")[0]
    kept = await post(world, dana, f"/people/{row.id}/renew")
    assert kept.status_code == 409
    assert "No new link is needed" in main(kept)
    rows = await world.read(lambda tx: list(tx.execute(select(audit.c.what, audit.c.person_id))))
    assert ("invited_again", row.id) in [tuple(each) for each in rows]


async def test_an_old_link_runs_out_and_is_made_anew(world: World, dana: httpx.AsyncClient) -> None:
    code = re.findall(r"start=(\w{10})", (await post(world, dana, "/invite", **GIVEN)).text)[0]
    (row,) = await everybody(world)
    world.clock.at += timedelta(days=15)
    await world.say(code, address="300")
    assert await world.read(lambda tx: people.addresses(tx, row.id)) == []
    now = world.clock.now()
    made = await world.store.write(lambda tx: invitations.renew(tx, row.id, now))
    assert made
    await world.say(made, address="300")
    assert len(await world.read(lambda tx: people.addresses(tx, row.id))) == 1


async def test_nobody_renews_for_somebody_elses_person(
    world: World, dana: httpx.AsyncClient
) -> None:
    await world.hired("Kim Lund", "counselor", "+12155550188")
    code = re.findall(r"start=(\w{10})", (await post(world, dana, "/invite", **GIVEN)).text)[0]
    (row,) = await everybody(world)
    async with world.client() as kim:
        await world.signed_in(kim, "Kim Lund")
        for number in (row.id, 999):
            assert (await post(world, kim, f"/people/{number}/renew")).status_code == 404
    await world.say(code, address="300")
    assert "Hola, Ana" in world.texts("300")[0]


async def test_who_is_texted_or_has_left_gets_no_code(world: World) -> None:
    texted = await world.invited(channel="sms", address="+12155550166")
    left = await world.invited(name="Bo Li", address="101")
    await world.store.write(lambda tx: people.change(tx, left, status="discharged"))
    now = world.clock.now()
    for number in (texted, left):
        renew = partial(invitations.renew, person_id=number, now=now)
        assert await world.store.write(renew) is None

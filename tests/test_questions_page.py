"""The one-time page: what it asks, that it works once, and that danger there reaches everybody."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select

from bot import questions
from bot.config import House
from content.questionnaires import questionnaires
from storage import checkups, people, plans, reminders
from storage.models import fact
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
WHICH = {"bam_iop": "1", "phq2": "2", "gad2": "3", "craving": "4"}


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def opened(world: World, name: str, **more: Any) -> tuple[int, str]:
    """A person who has asked for a questionnaire, and the path of its page."""
    person_id = await world.joined(**SMS, **more)
    for text in ("CHECKUP" if more.get("language") != "es" else "REVISION", WHICH[name], "1"):
        await world.say(text, **SMS)
    return person_id, path_in(world)


def path_in(world: World) -> str:
    found = re.search(r"https://companion\.example(/q/\S+)", world.texts(NUMBER)[-1])
    assert found is not None, world.texts(NUMBER)[-1]
    return found[1]


def names(page: httpx.Response) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="q(\w+)"', page.text)))


async def sent(client: httpx.AsyncClient, path: str, **answers: str) -> httpx.Response:
    """What is shown is answered: as said, else with the first option that counts nothing."""
    page = await client.get(path)
    return await send(client, path, page, **answers)


async def send(
    client: httpx.AsyncClient, path: str, page: httpx.Response, **answers: str
) -> httpx.Response:
    (of,) = re.findall(r'name="of" value="([^"]+)"', page.text)
    form = {"of": of, **{name: answers.get(name, "0") for name in (f"q{n}" for n in names(page))}}
    return await client.post(path, data=form)


def row(world: World, person_id: int, name: str) -> Any:
    return world.store.read_now(lambda tx: checkups.latest(tx, person_id, name, 1))[0]


async def test_a_covered_text_holds_a_link_and_nothing_else(world: World) -> None:
    person_id, path = await opened(world, "phq2")
    text = world.texts(NUMBER)[-1]
    assert "depress" not in text
    assert str(person_id) not in path.split("/")[-1] or len(path) > 20
    assert len(path) == len("/q/") + 24
    stored = await world.read(lambda tx: list(tx.execute(select(fact))))
    assert all(path.split("/")[-1] not in f"{each.name}{each.value}" for each in stored)


async def test_it_asks_keeps_and_closes(world: World) -> None:
    person_id, path = await opened(world, "phq2")
    async with world.client() as client:
        page = await client.get(path)
        assert page.status_code == 200
        assert names(page) == ["1", "2"]
        assert "<title>A few questions</title>" in page.text
        for said in ("Little interest or pleasure", "Leave it out", "988"):
            assert said in page.text
        world.sent_since(NUMBER)
        done = await send(client, path, page, q1="1")
        assert done.status_code == 200
        assert "Thank you" in done.text
        assert "<form" not in done.text
        gone = await client.get(path)
        assert gone.status_code == 404
        assert "988" in gone.text
        again = await send(client, path, page, q1="3")
        assert again.status_code == 404
    kept = row(world, person_id, "phq2")
    assert (kept.answers, kept.scores) == ({"1": 1, "2": 0}, {"Depression": 1})
    assert "Thank you" in world.sent_since(NUMBER)[0]


async def test_left_out_is_kept_as_left_out_and_nothing_at_all_is_asked_about(
    world: World,
) -> None:
    person_id, path = await opened(world, "phq2")
    async with world.client() as client:
        empty = await sent(client, path, q1="", q2="")
        assert "You have chosen nothing yet" in empty.text
        assert row(world, person_id, "phq2").answers == {}
        (of,) = re.findall(r'name="of" value="([^"]+)"', empty.text)
        await client.post(path, data={"of": of, "sure": "1"})
    assert row(world, person_id, "phq2").answers == {"1": None, "2": None}


async def test_what_depends_on_an_answer_is_asked_after_it(world: World) -> None:
    person_id, path = await opened(world, "bam_iop")
    async with world.client() as client:
        page = await client.get(path)
        assert "7A" not in names(page)
        assert len(names(page)) == len(
            [i for i in questionnaires()["bam_iop"].items if not i.only_if]
        )
        more = await send(client, path, page, q6="2", q1="2")
        assert names(more) == ["7A", "7B", "7C", "7D", "7E", "7F", "7G"]
        assert row(world, person_id, "bam_iop").ended_at is None
        assert world.alerts() == []
        done = await send(client, path, more, q7E="2")
    assert "Thank you" in done.text
    kept = row(world, person_id, "bam_iop")
    assert kept.answers["7E"] == 2
    assert kept.scores["Use"] == 2
    assert {alert.reason for alert in world.alerts()} == {"bam_use"}


async def test_two_lead_on_to_nine_on_the_same_page(world: World) -> None:
    person_id, path = await opened(world, "phq2")
    async with world.client() as client:
        more = await sent(client, path, q1="2", q2="2")
        assert names(more) == ["3", "4", "5", "6", "7", "8", "9", "10"]
        old = await client.post(path, data={"of": "phq2 2003.1", "q3": "3"})
        assert names(old) == names(more)
        done = await send(client, path, more, q3="1", q10="1")
        assert (await client.get(path)).status_code == 404
    assert "<form" not in done.text
    assert row(world, person_id, "phq9").scores == {"PHQ9": 5}


async def in_danger(world: World, client: httpx.AsyncClient, **more: Any) -> tuple[int, str, Any]:
    person_id, path = await opened(world, "phq2", **more)

    def plan(tx: Connection) -> None:
        plans.add(tx, person_id, "people", "Uncle Roy", world.clock.now())

    await world.store.write(plan)
    more_page = await sent(client, path, q1="3", q2="3")
    world.sent_since(NUMBER)
    return person_id, path, await send(client, path, more_page, q9="1")


async def test_an_answer_about_dying_helps_at_once_here_and_by_text(world: World) -> None:
    async with world.client() as client:
        person_id, path, page = await in_danger(world, client)
        assert page.text.index("988 is open now") < page.text.index("<form")
        assert names(page) == ["1", "2", "6"]
        (alert,) = world.alerts()
        assert (alert.level, alert.reason) == ("concern", "phq_item9")
        first, second = world.sent_since(NUMBER)
        assert "988" in first
        assert second.startswith("Are you thinking of killing yourself?")
        again = await client.get(path)
        assert "988 is open now" in again.text
        more = await send(client, path, again, q1="1", q2="1")
        assert names(more) == ["3", "4", "5"]
        done = await send(client, path, more, q4="1")
        assert "Call or text 988 now" in done.text
        assert "Uncle Roy" in done.text
        assert (await client.get(path)).status_code == 404
    (alert,) = world.alerts()
    assert alert.level == "emergency"
    assert "Call or text 988 now" in world.sent_since(NUMBER)[0]
    assert row(world, person_id, "cssrs").scores == {"Triage": 3}
    kinds = await world.read(lambda tx: [r.kind for r in reminders.of(tx, person_id)])
    assert {"crisis_hour", "crisis_day"} <= set(kinds)


async def test_who_leaves_the_screener_has_its_question_by_text_and_an_urgent_alert(
    world: World,
) -> None:
    async with world.client() as client:
        person_id, _, _ = await in_danger(world, client)
    place = world.person(person_id).place
    assert (place["flow"], place["step"]) == ("crisis", "ask")
    await world.say("A", **SMS)
    assert world.alerts()[0].level == "emergency"


@pytest.mark.parametrize(("wish", "texts"), [("short", 1), ("nothing", 0)])
async def test_who_wants_few_words_in_danger_gets_no_more_by_text(
    world: World, wish: str, texts: int
) -> None:
    person_id, path = await opened(world, "phq2")
    card = {**world.person(person_id).card, "answer": wish}
    await world.store.write(lambda tx: people.change(tx, person_id, card=card))
    async with world.client() as client:
        more = await sent(client, path, q1="3", q2="3")
        world.sent_since(NUMBER)
        page = await send(client, path, more, q9="1")
    assert "<form" not in page.text
    said = world.sent_since(NUMBER)
    assert ["988" in text for text in said if "Your answers are kept" not in text] == [True] * texts
    (alert,) = world.alerts()
    assert (alert.level, alert.reason, alert.known) == ("urgent", "phq_item9", bool(texts))
    await world.later(hours=26)
    assert not [text for text in world.sent_since(NUMBER) if "killing yourself" in text]


async def test_where_nothing_may_be_written_staff_still_hear_of_it(world: World) -> None:
    person_id, path = await opened(world, "phq2")

    def stop(tx: Connection) -> None:
        known = people.address_of(tx, "sms", NUMBER)
        assert known is not None
        people.set_address_state(tx, known.id, "stopped")

    await world.store.write(stop)
    world.sent_since(NUMBER)
    async with world.client() as client:
        more = await sent(client, path, q1="3", q2="3")
        page = await send(client, path, more, q9="2")
    assert "988 is open now" in page.text
    assert world.sent_since(NUMBER) == []
    assert world.alerts()[0].reason == "phq_item9"
    assert row(world, person_id, "phq9").ended_at is not None


async def test_a_link_is_over_after_a_day_and_is_forgotten(world: World) -> None:
    _, path = await opened(world, "phq2")
    world.clock.at += questions.LIFE + timedelta(seconds=1)
    async with world.client() as client:
        assert (await client.get(path)).status_code == 404
    assert await world.store.write(lambda tx: questions.forget(tx, world.clock.now())) == 1


async def test_who_has_left_finds_it_closed(world: World) -> None:
    person_id, path = await opened(world, "phq2")
    await world.store.write(lambda tx: people.change(tx, person_id, status="discharged"))
    async with world.client() as client:
        assert (await client.get(path)).status_code == 404


async def test_guessing_is_slowed_and_says_nothing(world: World) -> None:
    _, path = await opened(world, "phq2")
    async with world.client() as client:
        seen = [(await client.get(f"/q/{'x' * n}")).status_code for n in range(1, 40)]
        assert set(seen) == {404, 429}
        assert (await client.get(path)).status_code == 200


async def test_no_other_site_can_answer_and_no_script_runs(world: World) -> None:
    person_id, path = await opened(world, "phq2")
    async with world.client() as client:
        page = await client.get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
        away = await client.post(
            path, data={"of": "phq2 2003.1", "q1": "3"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert away.status_code == 403
    assert row(world, person_id, "phq2").answers == {}


async def test_points_that_are_no_option_are_no_answer(world: World) -> None:
    person_id, path = await opened(world, "phq2")
    async with world.client() as client:
        await sent(client, path, q1="7", q2="2")
    assert row(world, person_id, "phq2").answers == {"1": None, "2": 2}


async def test_it_speaks_spanish_to_who_does(world: World) -> None:
    _, path = await opened(world, "gad2", language="es")
    async with world.client() as client:
        page = await client.get(path)
    assert '<html lang="es">' in page.text
    assert "Unas preguntas" in page.text
    assert questionnaires()["gad2"].items[0].es in page.text


async def test_in_the_middle_of_a_talk_the_page_takes_the_rest(world: World) -> None:
    """Begun in plain words by text, gone on with in covered ones."""
    person_id = await world.joined(**SMS, plain=True)
    for text in ("CHECKUP", "2", "1", "2"):
        await world.say(text, **SMS)
    await world.store.write(lambda tx: people.change(tx, person_id, plain=False))
    await world.say("2", **SMS)
    assert row(world, person_id, "phq2").answers == {"1": 2}
    await world.say("CHECKUP", **SMS)
    await world.say("1", **SMS)
    async with world.client() as client:
        page = await client.get(path_in(world))
        assert names(page) == ["2"]
        await send(client, path_in(world), page, q2="0")
    assert row(world, person_id, "phq2").scores == {"Depression": 2}
    world.clock.at += timedelta(minutes=1)
    await world.say("2", **SMS)
    assert row(world, person_id, "phq2").scores == {"Depression": 2}


async def test_the_second_time_it_says_what_changed(world: World) -> None:
    _, path = await opened(world, "craving")
    async with world.client() as client:
        await sent(client, path, **{f"q{n}": "4" for n in range(1, 6)})
        world.clock.at += timedelta(days=7)
        for text in ("CHECKUP", WHICH["craving"], "1"):
            await world.say(text, **SMS)
        world.sent_since(NUMBER)
        done = await sent(client, path_in(world), **{f"q{n}": "1" for n in range(1, 6)})
    assert "Your last week looked steadier" in done.text
    assert "see it over time" in world.sent_since(NUMBER)[0]

"""What somebody on the staff could try in the console or by text, and must not get."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import answering, time_off
from bot.config import House
from storage import access
from storage import alerts as alert_rows
from storage.store import Store
from tests.conftest import HandClock
from tests.desk import Desk, words
from tests.world import COUNSELOR, SUPERVISOR, World

ANA = "Ana Lima"
DANA_ID, LEE_ID, ANA_ID = 1, 2, 3
LEE_PHONE = "+12155550199"
PATIENT = "+12155550188"
TONIGHT = "i want to kill myself tonight i have a gun"
NEUTRAL = "That number can&#39;t be used here. Ask a supervisor."


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    made = await World(store, house, clock).staffed()
    code = (await made.do("staff_add", name=ANA, role="counselor", sms=None))["code"]
    await made.say(f"/start {code}", address="901")
    return made


async def covered(world: World, **off: float) -> int:
    """Somebody of Dana's, whom Ana covers for a while; returns their number."""
    person_id = await world.joined()
    now = world.clock.now()
    until = now + timedelta(**off)
    await world.store.write(
        lambda tx: time_off.take(tx, world.house, DANA_ID, now, until, ANA_ID, LEE_ID, now)
    )
    return person_id


async def sees(world: World, person_id: int, name: str) -> bool:
    worker, now = await world.worker(name), world.clock.now()
    return bool(await world.read(lambda tx: access.may_see(tx, person_id, worker, now)))


# --- closing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["CLOSE 1", "1 close", "CLOSE 1  .", "CIERRO 1 2"])
async def test_an_emergency_is_not_closed_by_text_without_how_it_went(
    world: World, said: str
) -> None:
    await world.joined()
    await world.say(TONIGHT)
    world.sent_since()
    await world.say(said, address="900")
    assert world.alerts()[0].state == "open"
    assert world.texts("900")[-1].startswith("1 is not closed yet. Say how it went: CLOSE 1")
    assert world.sent_since() == []
    await world.say("CLOSE 1 safe at his sister's", address="900")
    assert world.alerts()[0].state == "closed"


async def test_what_a_colleague_has_is_not_closed_by_text(world: World) -> None:
    await world.joined()
    await world.say(TONIGHT)
    await world.press("calling", address="900")
    world.sent_since()
    await world.say("CLOSE 1 spoke with them", channel="sms", address=LEE_PHONE)
    (row,) = world.alerts()
    assert (row.state, row.taken_by) == ("calling", DANA_ID)
    assert f"1 was taken by {COUNSELOR}" in world.texts(LEE_PHONE)[-1]
    assert world.sent_since() == []


@pytest.mark.parametrize(("name", "state"), [(ANA, "calling"), (SUPERVISOR, "closed")])
async def test_in_the_console_only_a_supervisor_closes_what_somebody_is_calling_about(
    world: World, name: str, state: str
) -> None:
    await world.joined()
    await world.say(TONIGHT)
    now = world.clock.now()
    await world.store.write(lambda tx: alert_rows.note(tx, 1, now, "notified", staff_id=ANA_ID))
    await world.press("calling", address="900")
    async with Desk(world, name) as desk:
        await desk.post("/alerts/1/act", action="close", outcome="reached")
    assert world.alerts()[0].state == state


# --- a cover ------------------------------------------------------------------------------------


async def test_a_cover_does_not_keep_the_person(world: World) -> None:
    person_id = await covered(world, hours=4)
    here = f"/people/{person_id}"
    async with Desk(world, ANA) as desk:
        assert "Hand over" not in await desk.text(here)
        assert (await desk.get(f"{here}/hand-over")).status_code == 404
        assert (await desk.post(f"{here}/hand-over", to=str(ANA_ID))).status_code == 404
    assert world.person(person_id).counselor_id == DANA_ID
    async with Desk(world, SUPERVISOR) as desk:
        assert "Hand over" in await desk.text(here)
        assert (await desk.post(f"{here}/hand-over", to=str(ANA_ID))).status_code == 303
    assert world.person(person_id).counselor_id == ANA_ID


async def test_an_answer_to_a_cover_of_before_does_not_open_the_person_again(world: World) -> None:
    person_id = await covered(world, hours=4)
    ana, now = await world.worker(ANA), world.clock.now()
    await world.store.write(
        lambda tx: answering.answer(tx, world.house, person_id, ana, "hello from Ana", now)
    )
    world.clock.at += timedelta(days=1)
    world.sent_since()
    assert not await sees(world, person_id, ANA)
    await world.say("did you find my bus pass")
    assert [row.address for row in world.rows() if row.kind == "alert_notice"] == ["900"]
    assert not await sees(world, person_id, ANA)


async def test_nor_does_more_about_an_alert_that_the_cover_answered(world: World) -> None:
    person_id = await covered(world, hours=4)
    await world.say(TONIGHT)
    ana, now = await world.worker(ANA), world.clock.now()
    await world.store.write(
        lambda tx: answering.answer(tx, world.house, person_id, ana, "I am calling you", now)
    )
    world.clock.at += timedelta(hours=5)
    before = len(world.texts("901"))
    await world.say("thank you")
    assert len(world.texts("901")) == before


# --- whose number it is -------------------------------------------------------------------------


async def test_an_operator_does_not_learn_whose_number_is_a_patients(world: World) -> None:
    person_id = await world.joined(channel="sms", address=PATIENT)
    await world.hired("Opal Ode", "operator", "+12155550177")
    opal = await world.worker("Opal Ode")
    async with Desk(world, "Opal Ode") as desk:
        answers = []
        for number in (PATIENT, LEE_PHONE):
            given = {"name": "New One", "role": "operator", "channel": "sms", "sms": number}
            answers.append(await desk.post("/staff", **given))
            answers.append(await desk.post(f"/staff/{opal.id}/notices", channel="sms", sms=number))
        assert [answer.status_code for answer in answers] == [400] * 4
        # Nobody can tell it from the number of a colleague.
        patients, staffs = [
            [words(answer.text) for answer in answers[at : at + 2]] for at in (0, 2)
        ]
        assert patients == staffs
        assert all(NEUTRAL in text for text in patients)
        looks = await desk.looks("number_refused")
    assert [(row.staff_id, row.person_id) for row in looks] == [
        *[(opal.id, person_id)] * 2,
        *[(opal.id, None)] * 2,
    ]


@pytest.mark.parametrize(
    ("name", "said", "written"),
    [(ANA, NEUTRAL, 1), (COUNSELOR, "That number is in use already", 0)],
)
async def test_a_counselor_hears_only_of_their_own_that_a_number_is_in_use(
    world: World, name: str, said: str, written: int
) -> None:
    await world.joined(channel="sms", address=PATIENT)
    given = {
        "name": "Kim Poe", "born": "1990-01-31", "consented": "2026-11-20", "channel": "sms",
        "sms": PATIENT, "language": "en", "words": "cover", "voicemail": "no",
    }  # fmt: skip
    async with Desk(world, name) as desk:
        answer = await desk.post("/invite", **given)
        assert answer.status_code == 400
        assert said in answer.text
        assert len(await desk.looks("number_refused")) == written


# --- forms, and what stands around them ---------------------------------------------------------


@pytest.mark.parametrize("number", ["9" * 40, "9999999999", "2147483648", "٣", "-1"])
async def test_a_number_that_is_none_of_ours_is_no_failure(world: World, number: str) -> None:
    person_id = await world.joined()
    await world.say("talk")
    async with Desk(world) as desk:
        here = f"/people/{person_id}"
        assert (await desk.post(f"{here}/hand-over", to=number)).status_code == 400
        answer = await desk.post(f"{here}/address", address=number, does="freeze")
        assert answer.status_code == 400
        assert (await desk.post("/alerts/1/act", action="hand", to=number)).status_code == 400
        assert (await desk.get(f"{here}?theirs={number}")).status_code == 200
        answer = await desk.post("/people", counselor=number)
        assert answer.status_code in (200, 405)


async def test_who_opened_a_set_up_link_before_does_not_know_the_second_factor(
    world: World,
) -> None:
    link = (await world.do("staff_reset", name=ANA))["setup"].removeprefix(world.house.url)
    async with world.client() as browser:
        one, other = [(await browser.get(link)).text for _ in range(2)]
        assert one.partition("<kbd>")[2][:39] != other.partition("<kbd>")[2][:39]
        assert (await world.worker(ANA)).totp is None
        # Without the secret that the page carried there is nothing to confirm.
        answer = await browser.post(link, data={"password": "x", "code": "000000"})
        assert (answer.status_code, answer.headers["location"]) == (303, link)


@pytest.mark.parametrize(
    ("url", "said"),
    [("https://companion.example", "max-age=31536000"), ("http://localhost:8080", None)],
)
async def test_browsers_come_back_by_https_only(
    store: Store, house: House, clock: HandClock, url: str, said: str | None
) -> None:
    world = World(store, House(house.clinic, url), clock)
    async with world.client() as browser:
        for path in ("/sign-in", "/health", "/nothing"):
            answer = await browser.get(path)
            assert answer.headers.get("strict-transport-security") == said

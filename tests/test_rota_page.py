"""The rota's page: who reads when, where nobody does, who stands in, and time off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot import coverage, sweeps
from bot.config import Clinic, House
from bot.coverage import Hole
from bot.duty_rules import Ladder, Rung
from bot.rota import Worker
from storage import access
from storage.models import absence
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.test_rota import DANA, KIM, LEE, MON, at, closed, shift
from tests.test_staff_page import main, post
from tests.world import COUNSELOR, SUPERVISOR, World

NIGHTS_OFF = closed(
    shift("counselor", "mon-fri", "08:00", "20:00"),
    shift("supervisor", "mon-sun", "07:00", "22:00"),
)


def holes(
    workers: list[Worker], rules: Clinic, start: datetime, end: datetime, *, deaf: int = 0
) -> list[Hole]:
    reachable = {worker.id for worker in workers} - {deaf}
    counselors = {worker.id for worker in workers if worker.role == "counselor"}
    return coverage.holes(workers, reachable, counselors, rules, start, end)


def test_a_hole_goes_over_midnight_as_one() -> None:
    found = holes([DANA, LEE], NIGHTS_OFF, at(MON, 12), at(MON + 2, 12))
    assert found == [
        Hole(at(MON, 22), at(MON + 1, 7), None),
        Hole(at(MON + 1, 22), at(MON + 2, 7), None),
    ]


def test_staffed_day_and_night_has_none_whatever_the_clock_does() -> None:
    """The night in which clocks go back is an hour longer."""
    begin = datetime(2026, 10, 30, 4, tzinfo=UTC)
    assert holes([DANA, LEE], clinic(), begin, begin + timedelta(days=7)) == []


def test_time_off_opens_a_hole_for_ones_own_people_only() -> None:
    """Where not all are asked, another counselor reads for their own only."""
    off = (at(MON, 0), at(MON + 1, 0))
    away = Worker(1, "Dana Reyes", "counselor", off=(off,))
    asking_all = closed(shift("counselor", "mon-fri", "08:00", "20:00"))
    assert holes([away, KIM], asking_all, at(MON, 8), at(MON, 20)) == []
    own = Ladder(rungs=(Rung(after=0, to=("counselor",)),), repeat=5)
    days = asking_all.model_copy(update={"emergency": own})
    found = holes([away, KIM], days, at(MON, 8), at(MON, 20))
    assert found == [Hole(at(MON, 8), at(MON, 20), 1)]
    cover = Worker(3, "Kim Lund", "counselor", covers=((1, *off),))
    assert holes([away, cover], days, at(MON, 8), at(MON, 20)) == []


def test_whom_nothing_reaches_closes_no_hole() -> None:
    whole = Hole(at(MON, 8), at(MON, 20), None)
    days = closed(shift("counselor", "mon-fri", "08:00", "20:00"))
    assert holes([DANA], days, at(MON, 8), at(MON, 20)) == []
    assert holes([DANA], days, at(MON, 8), at(MON, 20), deaf=1) == [whole]


def test_holes_are_what_the_escalation_would_find() -> None:
    """At every quarter of an hour: a hole where nobody of any rung is on duty, and only there."""
    from bot import escalation, rota

    off = (at(MON + 1, 9), at(MON + 2, 15))
    away = Worker(1, "Dana Reyes", "counselor", off=(off,))
    boss = Worker(2, "Lee Okafor", "supervisor", off=((at(MON + 2, 0), at(MON + 3, 0)),))
    everyone = [away, boss, KIM]
    found = holes(everyone, NIGHTS_OFF, at(MON, 0), at(MON + 4, 0))
    moment = at(MON, 0)
    while moment < at(MON + 4, 0):
        for who in (1, 3):
            heard = any(
                rota.on_duty(worker, NIGHTS_OFF, moment)
                for rung in NIGHTS_OFF.emergency.rungs
                for worker in escalation.of_rung(everyone, NIGHTS_OFF, who, rung, moment)
            )
            open_ = any(h.start <= moment < h.end and h.whose in (None, who) for h in found)
            assert heard != open_, (moment, who)
        moment += timedelta(minutes=15)


@pytest.fixture
def house() -> House:
    return House(NIGHTS_OFF, "https://companion.example")


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


@pytest.fixture
async def lee(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield await world.signed_in(client, SUPERVISOR)


@pytest.fixture
async def dana(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield await world.signed_in(client, COUNSELOR)


async def offs(world: World) -> list[Any]:
    return list(await world.read(lambda tx: list(tx.execute(select(absence)))))


def off(start: str = "2026-11-24", end: str = "2026-11-26", **more: str) -> dict[str, str]:
    return {
        "from_day": start, "from_time": "00:00", "to_day": end, "to_time": "08:00",
        "cover": "", **more,
    }  # fmt: skip


async def test_the_days_in_words(lee: httpx.AsyncClient) -> None:
    text = main(await lee.get("/rota"))
    assert f"{COUNSELOR}, counselor, until 8 pm" in text
    assert "Monday 23 November, today" in text
    assert f"8 am to 8 pm {COUNSELOR} for their own people" in text
    assert f"7 am to 10 pm {SUPERVISOR} for everybody" in text
    assert text.count("Nobody from 10 pm to 7 am") == 14
    assert "people are told so, with 988 and 911" in text
    assert "more than the shifts leave open" not in text
    assert "Sunday 6 December" in text


async def test_now_nobody(world: World) -> None:
    world.clock.at = at(MON, 23).astimezone(UTC)
    async with world.client() as client:
        await world.signed_in(client, SUPERVISOR)
        assert "Nobody reads now, until Tue 24 Nov, 7 am." in main(await client.get("/rota"))


async def test_a_hole_that_time_off_opens_stands_out(world: World, lee: httpx.AsyncClient) -> None:
    who = str((await world.worker(SUPERVISOR)).id)
    assert (await post(world, lee, "/rota/off", who=who, **off())).status_code == 303
    text = main(await lee.get("/rota"))
    assert "Nobody from 8 pm to 8 am : more than the shifts leave open" in text
    assert f"{SUPERVISOR} is off; there is no supervisor to stand in." in text


async def test_a_counselors_own_time_off(world: World, dana: httpx.AsyncClient) -> None:
    """Whoever the form names: a counselor writes down their own."""
    other = str((await world.worker(SUPERVISOR)).id)
    answer = await post(world, dana, "/rota/off", who=other, **off(cover=other))
    assert answer.headers["location"] == "/rota?said=off"
    (row,) = await offs(world)
    assert row.staff_id == (await world.worker(COUNSELOR)).id
    assert (row.from_at, row.to_at) == (at(MON + 1, 0), at(MON + 3, 8))
    assert f"{SUPERVISOR} stands in" in main(await dana.get("/rota"))


async def test_who_stands_in_sees_them_and_hears(world: World, dana: httpx.AsyncClient) -> None:
    kim = await world.hired("Kim Lund", "counselor", "+12155550188")
    person_id = await world.joined()
    row = await world.worker("Kim Lund")
    start = {"from_time": "00:00", "from_day": "2026-11-23"}
    given = off(cover=str(kim)) | start
    assert (await post(world, dana, "/rota/off", **given)).status_code == 303
    now = world.clock.now()
    assert await world.read(lambda tx: access.may_see(tx, person_id, row, now))
    await world.say("i want to die")
    assert "URGENT" in world.texts("+12155550188")[-1]
    assert not any("URGENT" in text for text in world.texts("900"))


async def test_an_open_alert_finds_the_cover(world: World, dana: httpx.AsyncClient) -> None:
    kim = await world.hired("Kim Lund", "counselor", "+12155550188")
    await world.joined()
    await world.say("i want to die")
    assert not any("URGENT" in text for text in world.texts("+12155550188"))
    given = off(cover=str(kim)) | {"from_day": "2026-11-23"}
    await post(world, dana, "/rota/off", **given)
    await sweeps.escalate(world.store, world.house, world.clock.now())
    assert any("URGENT" in text for text in world.texts("+12155550188"))


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"from_day": ""}, "Choose when the time off begins"),
        ({"to_day": "tomorrow"}, "Choose when they are back"),
        ({"to_day": "2026-11-23"}, "back before they are off"),
        ({"from_day": "2026-11-20", "to_day": "2026-11-21"}, "over already"),
        ({"cover": "1"}, "Nobody stands in for themselves"),
        ({"from_time": "late"}, "Choose when the time off begins"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_written(
    world: World, dana: httpx.AsyncClient, given: dict[str, str], says: str
) -> None:
    answer = await post(world, dana, "/rota/off", **(off() | given))
    assert answer.status_code == 400
    assert says in main(answer)
    assert await offs(world) == []


async def test_a_cover_who_is_off_too(world: World, lee: httpx.AsyncClient) -> None:
    kim = await world.hired("Kim Lund", "counselor", "+12155550188")
    own = str((await world.worker(COUNSELOR)).id)
    assert (await post(world, lee, "/rota/off", who=str(kim), **off())).status_code == 303
    clash = await post(world, lee, "/rota/off", who=own, **off(cover=str(kim)))
    assert clash.status_code == 400
    assert "Kim Lund is off then too." in main(clash)
    twice = await post(world, lee, "/rota/off", who=str(kim), **off())
    assert "They are off then already" in main(twice)
    later = off("2026-11-26", "2026-11-27", cover=str(kim)) | {"from_time": "08:00"}
    assert (await post(world, lee, "/rota/off", who=own, **later)).status_code == 303
    assert len(await offs(world)) == 2


async def test_taking_back_is_for_whose_it_is_and_supervisors(
    world: World, dana: httpx.AsyncClient, lee: httpx.AsyncClient
) -> None:
    await world.hired("Kim Lund", "counselor", "+12155550188")
    await post(world, dana, "/rota/off", **off())
    (row,) = await offs(world)
    given = {"absence": str(row.id)}
    async with world.client() as kim:
        await world.signed_in(kim, "Kim Lund")
        assert "/rota/back" not in (await kim.get("/rota")).text
        assert (await post(world, kim, "/rota/back", **given)).status_code == 404
    assert len(await offs(world)) == 1
    assert "/rota/back" in (await dana.get("/rota")).text
    for made_up in ("", "x", "999"):
        await post(world, lee, "/rota/back", absence=made_up)
    assert len(await offs(world)) == 1
    answer = await post(world, lee, "/rota/back", **given)
    assert answer.headers["location"] == "/rota?said=back"
    assert await offs(world) == []
    assert (await post(world, lee, "/rota/back", **given)).status_code == 303


async def test_an_operator_reads_the_rota_and_writes_nothing(world: World) -> None:
    ira = await world.hired("Ira Berg", "operator", "+12155550187")
    async with world.client() as client:
        await world.signed_in(client, "Ira Berg")
        assert "/rota/off" not in (await client.get("/rota")).text
        answer = await post(world, client, "/rota/off", who=str(ira), **off())
        assert answer.status_code == 404
    async with world.client() as client:
        await world.signed_in(client, SUPERVISOR)
        answer = await post(world, client, "/rota/off", who=str(ira), **off())
        assert answer.status_code == 404
    assert await offs(world) == []

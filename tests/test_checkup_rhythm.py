"""Staff set when somebody is asked check-ups; after an upgrade everybody is put in order once."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from bot import recurring
from bot.config import House
from bot.jobs import JOBS
from handlers.checkup_days import SETTING
from storage import people, reminders
from storage.models import person
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.desk import Desk, words
from tests.world import World

NAMES = ("bam_iop", "phq2", "gad2", "craving")
PERSON = 1
HERE = f"/people/{PERSON}/checkups"
OWN = {"weekday": "0", "hour": "17:00", "weeks": "2"}


def house_of(**weeks: int) -> House:
    return House(clinic(checkups=weeks), "https://companion.example")


@pytest.fixture
async def desk(store: Store, clock: HandClock) -> AsyncIterator[Desk]:
    """Their counselor, at a clinic that asks two of them; it is Monday, 10 am there."""
    world = await World(store, house_of(bam_iop=1, phq2=2), clock).staffed()
    await world.joined()
    await world.store.write(lambda tx: people.change(tx, PERSON, own={"path": "moderate"}))
    async with Desk(world) as opened:
        yield opened


def filled(page: str) -> dict[str, str]:
    """The form of a page as a browser would send it untouched."""
    found = dict(re.findall(r'type="radio" name="([^"]+)" value="([^"]*)" checked', page))
    for name, options in re.findall(
        r'<select id="[^"]+" name="([^"]+)".*?>(.*?)</select>', page, re.DOTALL
    ):
        chosen = re.findall(r'value="([^"]*)" selected', options)
        [found[name]] = chosen or [""]
    return found


def own(name: str, **changed: str) -> dict[str, str]:
    parts = {f"{name}.{part}": value for part, value in {**OWN, **changed}.items()}
    return {name: "own", **parts}


def due(world: World, person_id: int = PERSON) -> dict[str, str]:
    rows = world.store.read_now(lambda tx: reminders.of(tx, person_id))
    return {
        row.kind.partition(":")[2]: f"{row.due_at:%a %d %H:%M}"
        for row in rows
        if row.kind.startswith("checkup:")
    }


async def test_each_is_shown_as_the_clinic_has_it_and_untouched_it_changes_nothing(
    desk: Desk,
) -> None:
    page = await desk.text(HERE)
    form = filled(page)
    assert {name: form[name] for name in NAMES} == dict.fromkeys(NAMES, "clinic")
    assert "As the clinic has it: every 2 weeks, on a day of its own" in words(page)
    assert page.count("As the clinic has it: not asked by itself") == 2
    assert (form["bam_iop.hour"], form["bam_iop.weeks"], form["phq2.weeks"]) == ("17:00", "1", "2")
    answer = await desk.post(HERE, **form)
    assert answer.headers["location"] == f"{HERE}?said=nothing"
    assert desk.world.person(PERSON).own == {"path": "moderate"}
    assert await desk.looks("checkups_changed") == []
    assert await desk.looks("checkups_page")
    assert f'href="{HERE}"' in await desk.text(f"/people/{PERSON}")


async def test_an_own_rhythm_is_kept_arranged_and_taken_back(desk: Desk) -> None:
    before = due(desk.world)
    form = filled(await desk.text(HERE))
    changed = {**form, **own("bam_iop"), **own("craving", weekday="3", weeks="1"), "phq2": "off"}
    page = await desk.follow(await desk.post(HERE, **changed))
    assert "Mondays at 5 pm, every 2 weeks" in words(page)
    assert "Thursdays at 5 pm, every week" in words(page)
    kept: dict[str, Any] = desk.world.person(PERSON).own
    assert kept == {
        "path": "moderate",
        SETTING: {
            "bam_iop": {"weekday": 0, "time": "17:00", "every_weeks": 2},
            "phq2": {"off": True},
            "craving": {"weekday": 3, "time": "17:00", "every_weeks": 1},
        },
    }
    now = due(desk.world)
    assert sorted(now) == ["bam_iop", "craving"]
    # 5 pm in Philadelphia.
    assert (now["bam_iop"][:3], now["craving"][:3]) == ("Mon", "Thu")
    assert now["bam_iop"][-5:] == now["craving"][-5:] == "22:00"
    [look] = await desk.looks("checkups_changed")
    assert "phq2: None -> {'off': True}" in look.detail
    again = filled(page)
    assert (again["bam_iop"], again["phq2"], again["craving"]) == ("own", "off", "own")
    assert {name: again[name] for name in own("bam_iop")} == own("bam_iop")
    back = await desk.post(HERE, **{**again, **dict.fromkeys(NAMES, "clinic")})
    assert back.headers["location"] == f"{HERE}?said=kept"
    assert desk.world.person(PERSON).own == {"path": "moderate"}
    assert due(desk.world) == before


async def test_what_the_form_cannot_say_stays_as_it_is(desk: Desk) -> None:
    odd: Any = {
        "bam_iop": {"weekday": 2, "time": "09:30", "every_weeks": 8},
        "phq2_i9": {"every_weeks": 3},
    }
    await desk.world.store.write(lambda tx: people.change(tx, PERSON, own={SETTING: odd}))
    form = filled(await desk.text(HERE))
    assert (form["bam_iop"], form["bam_iop.weeks"]) == ("own", "")
    await desk.follow(await desk.post(HERE, **{**form, "phq2": "off"}))
    assert desk.world.person(PERSON).own == {SETTING: {**odd, "phq2": {"off": True}}}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"gad2": ""}, "Choose how it comes."),
        ({"gad2": "daily"}, "Choose how it comes."),
        (own("gad2", weekday="7"), "Choose a day."),
        (own("gad2", weekday=""), "Choose a day."),
        (own("gad2", hour="07:00"), "Choose an hour from 8 am to 8 pm."),
        (own("gad2", hour="21:00"), "Choose an hour from 8 am to 8 pm."),
        (own("gad2", weeks="5"), "Choose every how many weeks, from 1 to 4."),
        (own("gad2", weeks="0"), "Choose every how many weeks, from 1 to 4."),
        ({"bam_iop.hour": "09:00"}, "for a rhythm of their own: choose that"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_kept(
    desk: Desk, changed: dict[str, str], says: str
) -> None:
    form = {**filled(await desk.text(HERE)), "phq2": "off", **changed}
    before = due(desk.world)
    answer = await desk.post(HERE, **form)
    assert answer.status_code == 400
    assert says in words(answer.text)
    # What was typed beside it is still there.
    assert filled(answer.text)["phq2"] == "off"
    assert desk.world.person(PERSON).own == {"path": "moderate"}
    assert due(desk.world) == before


async def test_who_is_not_active_is_asked_nothing(desk: Desk) -> None:
    await desk.world.store.write(lambda tx: people.change(tx, PERSON, status="paused"))
    await desk.world.store.write(lambda tx: reminders.drop(tx, PERSON))
    form = filled(await desk.text(HERE))
    page = await desk.follow(await desk.post(HERE, **{**form, **own("gad2")}))
    assert "Nothing is asked now" in words(page)
    assert "Next:" not in page
    assert due(desk.world) == {}


@pytest.fixture
async def world(store: Store, clock: HandClock) -> World:
    """Three people who joined before there were prompts."""
    world = await World(store, house_of(bam_iop=1), clock).staffed()
    for address in ("100", "101", "102"):
        person_id = await world.joined(address=address, name=f"Sam {address}")
        await store.write(partial(reminders.drop, person_id=person_id))
    return world


async def arranged(world: World, house: House | None = None) -> int:
    return await recurring.arrange_all(world.store, house or world.house, world.clock.now())


async def test_everybody_is_put_in_order_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recurring, "_TOGETHER", 2)
    await world.store.write(lambda tx: people.change(tx, 2, status="paused"))
    assert await arranged(world) == 2
    assert [sorted(due(world, who)) for who in (1, 2, 3)] == [["bam_iop"], [], ["bam_iop"]]
    await world.store.write(lambda tx: reminders.drop(tx, 3))
    assert await arranged(world) == 0
    assert due(world, 3) == {}
    # The clinic's new rhythm.
    assert await arranged(world, house_of(phq2=2, bam_iop=1)) == 2
    assert [sorted(due(world, who)) for who in (1, 3)] == [["bam_iop", "phq2"]] * 2
    assert await arranged(world, house_of(phq2=2, bam_iop=1)) == 0
    assert await arranged(world, house_of()) == 2
    assert due(world, 1) == due(world, 3) == {}


async def test_a_broken_person_does_not_keep_the_others_waiting(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    broken = update(person).where(person.c.id == 2).values(zone="No/Where")
    await world.store.write(lambda tx: tx.execute(broken).rowcount)
    with caplog.at_level(logging.ERROR, "companion"):
        assert await arranged(world) == 3
    assert [sorted(due(world, who)) for who in (1, 2, 3)] == [["bam_iop"], [], ["bam_iop"]]
    [line] = [each for each in caplog.records if each.getMessage() == "prompts_not_arranged"]
    assert line.__dict__["person"] == 2
    assert "Sam" not in caplog.text
    assert await arranged(world) == 0


def test_it_is_a_job() -> None:
    assert [job.seconds for job in JOBS if job.name == "prompts"] == [60]

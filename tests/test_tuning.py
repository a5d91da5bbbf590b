"""Settings that supervisors may change while it runs: only so that the team notices sooner."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select

from bot import tuning
from bot.config import Checkins, Clinic, ClinicRules, House
from bot.jobs import JOBS
from storage import settings
from storage.models import audit, setting
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.world import SUPERVISOR, World

RULES = ClinicRules()


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


@pytest.fixture
async def lee(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield await world.signed_in(client, SUPERVISOR)


async def change(world: World, **given: str) -> dict[str, str]:
    names = {name.replace("__", "."): text for name, text in given.items()}
    worker = await world.worker(SUPERVISOR)

    def work(tx: Connection) -> dict[str, str]:
        return tuning.change(tx, world.house, names, worker.id, world.clock.now())

    refused = await world.store.write(work)
    await tuning.reload(world.store, world.house)
    return refused


@pytest.mark.parametrize("tunable", tuning.TUNABLES, ids=lambda each: each.name)
def test_the_bounds_are_those_of_the_file(tunable: tuning.Tunable) -> None:
    """Both ends can be written into clinic.toml, and what its defaults say is within."""
    model = {"rules": ClinicRules, "checkins": Checkins}[tunable.part]
    if tunable.sooner != "yes":
        for end in (tunable.least, tunable.most):
            model(**{tunable.field: end})
        assert tunable.least <= float(tunable.of(clinic())) <= tunable.most


def test_every_rule_and_rhythm_can_be_tuned() -> None:
    there = {f"rules.{name}" for name in ClinicRules.model_fields}
    there |= {f"checkins.{name}" for name in Checkins.model_fields}
    assert {each.name for each in tuning.TUNABLES} == there


@pytest.mark.parametrize(
    ("name", "sooner", "later"),
    [
        ("rules.craving_at_least", "6", "8"),
        ("rules.low_mood_at_most", "4", "2"),
        ("rules.low_moods_in_a_row", "1", "3"),
        ("rules.silent_days", "1", "3"),
        ("checkins.nudge_hours", "1.5", "2.5"),
        ("checkins.answer_hours", "8", "13"),
    ],
)
async def test_sooner_holds_and_later_is_refused(
    world: World, name: str, sooner: str, later: str
) -> None:
    before = world.house.clinic
    said = tuning.text_of(tuning.get(before, name))
    refused = await change(world, **{name: later})
    assert said in refused[name]
    assert "clinic.toml" in refused[name]
    assert world.house.clinic == before
    assert await change(world, **{name: sooner}) == {}
    assert tuning.text_of(tuning.get(world.house.clinic, name)) == sooner
    assert world.house.toml == before


async def test_what_the_file_leaves_off_can_be_switched_on_but_not_off_again_if_it_is_on(
    world: World,
) -> None:
    assert "rules.use" in await change(world, rules__use="no")
    off = House(clinic(rules={"use": False}), world.house.url)
    world.house = off
    assert await change(world, rules__use="yes") == {}
    assert off.clinic.rules.use
    assert await change(world, rules__use="no") == {}
    assert not off.clinic.rules.use


@pytest.mark.parametrize("text", ["", "seven", "0", "11", "6.5", "nan", "inf", "1e9", "-3"])
async def test_what_is_no_number_in_its_bounds_is_refused(world: World, text: str) -> None:
    refused = await change(world, rules__craving_at_least=text)
    assert "from 1 to 10" in refused["rules.craving_at_least"]
    assert world.house.clinic == world.house.toml


async def test_one_refusal_changes_nothing(world: World) -> None:
    refused = await change(world, rules__silent_days="9", rules__craving_at_least="5")
    assert list(refused) == ["rules.silent_days"]
    assert await world.read(lambda tx: list(tx.execute(select(setting)))) == []


async def test_a_question_is_never_closed_before_it_was_put_twice(world: World) -> None:
    world.house = House(clinic(checkins={"nudge_hours": 6}), world.house.url)
    assert "checkins.nudge_hours" in await change(world, checkins__answer_hours="6")
    assert await change(world, checkins__answer_hours="6", checkins__nudge_hours="3") == {}
    assert world.house.clinic.checkins == Checkins(nudge_hours=3, answer_hours=6)


async def test_the_number_people_are_given(world: World) -> None:
    assert "phone" in await change(world, phone="call us")
    assert await change(world, phone="(215) 555 0123") == {}
    assert world.house.clinic.phone == "215-555-0123"
    await world.invited()
    await world.say("2")
    assert "215-555-0123" in "\n".join(world.texts("100"))


async def test_each_change_is_an_audit_row_and_back_to_the_file_is_one_too(world: World) -> None:
    await change(world, rules__silent_days="1", phone="215-555-0123")
    await change(world, rules__silent_days="1")
    await change(world, rules__silent_days="2")
    rows = await world.read(settings.history)
    assert [row.detail for row in rows] == [
        "rules.silent_days: 1 → 2",
        "phone: 215-555-0100 → 215-555-0123",
        "rules.silent_days: 2 → 1",
    ]
    assert {row.staff_id for row in rows} == {(await world.worker(SUPERVISOR)).id}
    assert set(await world.read(settings.everything)) == {"phone"}


async def test_it_reaches_another_process_and_survives_a_restart(world: World) -> None:
    await change(world, rules__silent_days="1")

    class Other:
        store = world.store
        house = House(clinic(), world.house.url)

    job = next(job for job in JOBS if job.name == "settings")
    assert job.seconds <= 30
    other: Any = Other()
    assert await job.run(other, world.clock.now()) == 1
    assert other.house.clinic.rules.silent_days == 1
    assert await job.run(other, world.clock.now()) == 0


@pytest.mark.parametrize(
    ("file", "stored", "holds"),
    [
        ({"silent_days": 3}, {"rules.silent_days": "2"}, ClinicRules(silent_days=2)),
        # Signed anew and stricter than what was changed before: the file wins.
        ({"silent_days": 1}, {"rules.silent_days": "2"}, ClinicRules(silent_days=1)),
        ({}, {"rules.gone": "2", "rules.silent_days": "x"}, RULES),
    ],
)
def test_what_no_longer_fits_the_file_is_left_out(
    file: dict[str, Any], stored: dict[str, str], holds: ClinicRules
) -> None:
    tuned: Clinic = tuning.tuned(clinic(rules=file), stored)
    assert tuned.rules == holds


async def test_the_core_hears_of_it_at_once(world: World) -> None:
    """A craving of six is no concern, and is one once the limit is six."""
    await world.joined()
    for answers, alerts in (("6 6 1 1", 0), ("6 6 1 1", 1)):
        await world.say("/checkin")
        await world.say(answers)
        await world.say("2")
        assert len(world.alerts()) == alerts
        await change(world, rules__craving_at_least="6")


async def test_the_page_shows_file_change_and_who(world: World, lee: httpx.AsyncClient) -> None:
    form = {"form": world.form_key(lee), "rules.silent_days": "1"}
    answer = await lee.post("/settings", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings?said=changed")
    assert world.house.clinic.rules.silent_days == 1
    text = (await lee.get("/settings")).text
    assert f"since 10 am by {SUPERVISOR}" in text
    assert "rules.silent_days: 2 → 1" in text
    for decided in ("At once", "whoever is on call", "Nobody has signed for this", "[after_hours]"):
        assert decided in text


async def test_a_refusal_keeps_what_was_typed(world: World, lee: httpx.AsyncClient) -> None:
    form = {"form": world.form_key(lee), "rules.silent_days": "9", "phone": "215-555-0177"}
    answer = await lee.post("/settings", data=form)
    assert answer.status_code == 400
    assert 'value="9"' in answer.text
    assert 'value="215-555-0177"' in answer.text
    assert "signed there anew" in answer.text
    assert await world.read(lambda tx: list(tx.execute(select(audit.c.what)))) == []


async def test_an_operator_reads_and_a_counselor_does_neither(world: World) -> None:
    await world.hired("Ira Berg", "operator", "+12155550187")
    async with world.client() as ira, world.client() as dana:
        await world.signed_in(ira, "Ira Berg")
        await world.signed_in(dana, "Dana Reyes")
        read = await ira.get("/settings")
        assert read.status_code == 200
        assert "<input" not in read.text.split("<main")[1]
        for client in (ira, dana):
            form = {"form": world.form_key(client), "rules.silent_days": "1"}
            assert (await client.post("/settings", data=form)).status_code == 404
        assert (await dana.get("/settings")).status_code == 404
    assert world.house.clinic == world.house.toml

"""The timetable's pages: a week, what is added, settings of a series, somebody's programme."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from bot.config import House
from storage import enrolments, prescriptions, seats, timetable
from storage.store import Store
from tests.conftest import HandClock
from tests.desk import Desk, words
from tests.world import COUNSELOR, SUPERVISOR, World

WEEKLY = {
    "title": "Evening group", "kind": "group", "days": ["mon", "wed"], "at": "18:00",
    "minutes": "180", "first": "2026-11-23", "last": "", "place": "12 Oak St, Room 4", "link": "",
    "capacity": "8",
}  # fmt: skip


class Scene:
    """A counselor at the timetable, with one person."""

    def __init__(self, desk: Desk, person: int, leader: int) -> None:
        self.desk = desk
        self.person = person
        self.leader = leader
        self.page = f"/people/{person}/programme"

    async def added(self, **changed: Any) -> int:
        """A series that the counselor leads."""
        await self.desk.post("/sessions", **{**WEEKLY, "leader": str(self.leader), **changed})
        (row,) = self.read(timetable.all_series)
        return int(row.id)

    def read(self, work: Any) -> Any:
        return self.desk.world.store.read_now(work)

    def held(self) -> list[Any]:
        now = self.desk.world.clock.now()
        rows = self.read(lambda tx: seats.of(tx, self.person, now, now + timedelta(days=15)))
        return [row for row in rows if row.state == "held"]


@pytest.fixture
async def scene(store: Store, house: House, clock: HandClock) -> AsyncIterator[Scene]:
    world = await World(store, house, clock).staffed()
    person = await world.joined(name="Ann Gray")
    worker = await world.worker(COUNSELOR)
    async with Desk(world) as desk:
        yield Scene(desk, person, worker.id)


async def test_what_is_added_stands_in_its_week_and_goes_on(scene: Scene) -> None:
    typed = {**WEEKLY, "leader": str(scene.leader)}
    page = await scene.desk.follow(await scene.desk.post("/sessions", **typed))
    assert "Added. Enrol who comes to it." in page
    assert words(page).count("Evening group") == 3  # twice in the week, once as what comes again
    assert "6 pm to 9 pm" in page
    assert "0 of 8 places taken" in words(page)
    later = words(await scene.desk.text("/sessions?week=2027-01-13"))
    assert "Mon 11 Jan to Sun 17 Jan" in later
    assert later.count("Evening group") == 3
    assert "This week" in later


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("title", " "), ("kind", "party"), ("at", "noonish"), ("minutes", "0"), ("first", ""),
        ("last", "2026-11-01"), ("link", "http://plain.example/x"), ("capacity", "-1"),
        ("leader", "999"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_and_nothing_is_added(
    scene: Scene, field: str, typed: str
) -> None:
    given = {**WEEKLY, "leader": str(scene.leader), field: typed}
    answer = await scene.desk.post("/sessions", **given)
    assert answer.status_code == 400
    assert f'id="{field}-wrong"' in answer.text
    assert scene.read(timetable.all_series) == []


async def test_once_is_once(scene: Scene) -> None:
    which = await scene.added(days=[], first="2026-11-27")
    now = scene.desk.world.clock.now()
    rows = scene.read(
        lambda tx: timetable.between(tx, now, now + timedelta(days=60), series_id=which)
    )
    assert [row.starts_at.date() for row in rows] == [date(2026, 11, 27)]


async def test_who_is_enrolled_has_places_until_they_leave(scene: Scene) -> None:
    which = await scene.added()
    fields = {"series": str(which), "first": "2026-11-25", "until": ""}
    said = await scene.desk.follow(await scene.desk.post(f"{scene.page}/enrol", **fields))
    assert "Enrolled." in said
    assert len(scene.held()) == 4
    assert "Wed 25 Nov, 6 pm to 9 pm" in said
    left = {"series": str(which), "last": "2026-11-30"}
    await scene.desk.follow(await scene.desk.post(f"{scene.page}/leave", **left))
    assert len(scene.held()) == 2
    assert "Nothing was changed" in await scene.desk.follow(
        await scene.desk.post(f"{scene.page}/leave", **left)
    )
    assert [each.detail for each in await scene.desk.looks("enrolled")] == [
        f"series {which} from 2026-11-25",
        f"series {which} until 2026-11-30",
    ]
    for wrong in ({"series": ""}, {"first": "x"}, {"until": "2026-11-01"}):
        answer = await scene.desk.post(f"{scene.page}/enrol", **{**fields, **wrong})
        assert answer.status_code == 400


async def test_a_series_is_set_by_who_leads_it_and_enrols_from_there(scene: Scene) -> None:
    which = await scene.added()
    here = f"/series/{which}"
    page = await scene.desk.text(here)
    assert f'<option value="{scene.leader}" selected>' in page
    await scene.desk.post(f"{here}/enrol", person=str(scene.person))
    (row,) = scene.read(lambda tx: enrolments.in_series(tx, which))
    assert (row.person_id, row.from_on) == (scene.person, date(2026, 11, 23))
    lee = (await scene.desk.world.worker(SUPERVISOR)).id
    said = await scene.desk.post(here, kind="education", leader=str(lee), capacity="12")
    assert said.status_code == 303
    assert (await scene.desk.post(here, kind="", leader="", capacity="3")).status_code == 404
    # Their own person is in it still: they see it, and nobody else in it.
    kept = words(await scene.desk.text(here))
    assert "Settings" not in kept
    assert "Ann Gray" in kept
    async with Desk(scene.desk.world, SUPERVISOR) as desk:
        week = words(await desk.text("/sessions"))
        assert "education, Lee Okafor, 12 Oak St, Room 4; 1 of 12 places taken" in week
        await desk.post(here, kind="education", leader=str(lee), capacity="", closed="1")
        assert '<option value="1" selected>only for who' in await desk.text(here)
        assert "education, Lee Okafor, 12 Oak St, Room 4; 1 of 8 places taken" in words(
            await desk.text("/sessions")
        )
        ended = await desk.follow(await desk.post(f"{here}/end", last="2026-11-24"))
        assert "It ends with that day." in ended
    assert len(scene.held()) == 1


async def test_what_is_for_one_person_is_named_to_who_may_open_it(scene: Scene) -> None:
    await scene.added(title="Bo Hill", kind="individual")
    assert "Bo Hill" in await scene.desk.text("/sessions")
    await scene.desk.world.hired("Noa Iris", "counselor", "+12155550177")
    async with Desk(scene.desk.world, "Noa Iris") as desk:
        week = await desk.text("/sessions")
        assert "Bo Hill" not in week
        assert "<b>Individual</b>" in week


async def test_hours_are_prescribed_and_each_week_says_what_became_of_them(scene: Scene) -> None:
    await scene.added()
    (series,) = scene.read(timetable.all_series)
    await scene.desk.post(
        f"{scene.page}/enrol", series=str(series.id), first="2026-11-23", until=""
    )
    for wrong in ("", "nine", "41", "-1", "9:30"):
        answer = await scene.desk.post(
            f"{scene.page}/hours", hours=wrong, since="2026-11-23", phase="IOP"
        )
        assert (answer.status_code, 'id="hours-wrong"' in answer.text) == (400, True)
    page = await scene.desk.follow(
        await scene.desk.post(
            f"{scene.page}/hours", hours="7,5", since="2026-11-23", phase="  Step  down "
        )
    )
    (row,) = scene.read(lambda tx: prescriptions.of(tx, scene.person))
    assert (row.minutes, row.phase) == (450, "Step down")
    assert "7.5 hours a week, Step down (by Dana Reyes)" in words(page)
    week = words(page).partition("Mon 23 Nov to Sun 29 Nov")[2]
    assert week.startswith(" now 0 7.5 6 – – 1.5 ")

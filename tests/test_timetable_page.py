"""The timetable's pages: a week, what is added, settings of a series, somebody's programme."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.calendars import steps, sync
from bot.config import House
from bot.feeds.hands import straight
from storage import enrolments, prescriptions, seats, timetable
from storage.store import Store
from tests.conftest import START, HandClock
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
    assert "Mon, Wed 6 pm, 180 min; entered here" in words(page)
    page = await scene.desk.text("/sessions")
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


async def test_all_that_is_wrong_is_said_at_once_and_stays_typed(scene: Scene) -> None:
    typed = {
        **WEEKLY, "leader": "", "title": "", "minutes": "ninety", "link": "meet.example/x",
        "last": "2026-11-20", "capacity": "0",
    }  # fmt: skip
    page = (await scene.desk.post("/sessions", **typed)).text
    for field in ("title", "minutes", "link", "last", "capacity"):
        assert f'id="{field}-wrong"' in page, field
    for each in ("ninety", "meet.example/x", "2026-11-20", "12 Oak St, Room 4"):
        assert f'value="{each}"' in page
    assert page.count("checked") == 2


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"days": ["mon"], "first": "2026-11-24", "last": "2026-11-26"}, "None of these days"),
        ({"days": [], "last": "2026-12-24"}, "Choose the days of the week"),
        ({"days": [], "first": "2025-11-24"}, "That is over"),
        ({"first": "2025-01-01", "last": "2025-11-24"}, "That is over"),
    ],
)
async def test_what_would_never_be_held_is_not_added(
    scene: Scene, changed: dict[str, Any], said: str
) -> None:
    answer = await scene.desk.post("/sessions", **{**WEEKLY, "leader": "", **changed})
    assert said in answer.text
    assert scene.read(timetable.all_series) == []


async def test_what_began_long_ago_and_goes_on_is_added(scene: Scene) -> None:
    await scene.added(first="2024-11-23")


async def test_what_a_counselor_adds_is_theirs_to_open(scene: Scene) -> None:
    form = await scene.desk.text("/sessions")
    assert f'<option value="{scene.leader}" selected>' in form
    said = await scene.desk.follow(await scene.desk.post("/sessions", **WEEKLY, leader=""))
    assert "Added. Whoever leads it enrols who comes, or you on a person&#39;s own page." in said


async def test_what_is_over_is_no_longer_what_comes_again(scene: Scene) -> None:
    await scene.added(days=[], first="2026-11-20")
    assert (
        "Evening group" not in words(await scene.desk.text("/sessions")).split("Add something")[1]
    )
    assert "Evening group" not in await scene.desk.text(scene.page)


async def test_a_series_changes_from_now_on_and_people_hear_once(scene: Scene) -> None:
    which = await scene.added()
    here, world = f"/series/{which}", scene.desk.world
    await scene.desk.post(f"{here}/enrol", person=str(scene.person), **{"from": "2026-11-24"})
    await world.later(minutes=10)
    world.sent_since()
    typed = {"title": "Evening group", "at": "17:30", "minutes": "120", "place": "9 Elm St"}
    typed |= {"link": ""}
    mistakes: tuple[dict[str, Any], ...] = (
        {"days": []}, {"at": "x"}, {"title": ""}, {"minutes": ""}, {"link": "x"},
    )  # fmt: skip
    for wrong in mistakes:
        answer = await scene.desk.post(f"{here}/regular", **{**typed, "days": ["tue"], **wrong})
        assert answer.status_code == 400, wrong
        assert 'value="9 Elm St"' in answer.text
    answer = await scene.desk.post(f"{here}/regular", days=["mon", "thu"], **typed)
    page = words(await scene.desk.follow(answer))
    assert "Changed from now on." in page
    assert "Mon, Thu 5:30 pm, 120 min" in page
    assert [f"{row.starts_at:%a %H:%M}" for row in scene.held()] == [
        "Thu 22:30", "Mon 22:30", "Thu 22:30", "Mon 22:30",
    ]  # fmt: skip
    await world.later(minutes=10)
    (told,) = world.sent_since()
    assert told.splitlines()[:2] == [
        "Your 6 pm Wednesday has moved. Now it's Thursday at 5:30 pm.",
        "The place is new too: 9 Elm St",
    ]
    again = await scene.desk.post(f"{here}/regular", days=["mon", "thu"], **typed)
    assert "Nothing was changed" in await scene.desk.follow(again)


async def test_more_people_than_places_is_said(scene: Scene) -> None:
    which = await scene.added(capacity="1")
    here = f"/series/{which}/enrol"
    other = await scene.desk.world.joined(name="Bo Hill", address="101")
    for wrong in ({"person": ""}, {"from": ""}):
        given = {"person": str(other), "from": "2026-11-23", **wrong}
        answer = await scene.desk.post(here, **given)
        assert (answer.status_code, "Choose" in answer.text) == (400, True)
    for person, full in ((scene.person, False), (other, True)):
        said = await scene.desk.post(here, person=str(person), **{"from": "2026-11-23"})
        page = await scene.desk.follow(said)
        assert ("Now more people hold one than there are" in page) == full
        assert ("more than there are" in page) == full


async def test_places_after_an_enrolment_ended_are_not_ahead(scene: Scene) -> None:
    which = await scene.added()
    fields = {"series": str(which), "first": "2026-11-23", "until": ""}
    await scene.desk.post(f"{scene.page}/enrol", **fields)
    page = await scene.desk.follow(
        await scene.desk.post(f"{scene.page}/leave", series=str(which), last="2026-11-24")
    )
    ahead = words(page).split("The next two weeks")[1].split("The last four weeks")[0]
    assert "Mon 23 Nov" in ahead
    assert "Wed 25 Nov" not in ahead


async def test_the_zone_reads_the_same_everywhere(scene: Scene) -> None:
    await scene.added()
    (series,) = scene.read(timetable.all_series)
    for path in (
        "/sessions", f"/series/{series.id}", scene.page, "/groups", "/hours", "/screens", "/rota",
    ):  # fmt: skip
        page = await scene.desk.text(path)
        assert "America/New York" in page, path
        assert "America/New_York" not in page, path


CALENDAR = f"""BEGIN:VCALENDAR
BEGIN:VEVENT
UID:skills
DTSTART;TZID=America/New_York:20261126T110000
DTEND;TZID=America/New_York:20261126T120000
RRULE:FREQ=WEEKLY;COUNT=4
SUMMARY:Skills class
DESCRIPTION:Facilitator: {COUNSELOR}
END:VEVENT
BEGIN:VEVENT
UID:closed
DTSTART;VALUE=DATE:20261126
SUMMARY:Clinic closed
END:VEVENT
BEGIN:VEVENT
UID:closed-too
DTSTART;VALUE=DATE:20261127
SUMMARY:Quiet Friday
END:VEVENT
END:VCALENDAR
"""


async def test_what_a_calendar_brings_is_whose_it_says_and_a_closed_day_is_no_session(
    scene: Scene,
) -> None:
    world = scene.desk.world

    def carry(tx: Any, what: str, given: dict[str, Any], now: datetime) -> dict[str, Any]:
        return steps.STEPS[what](tx, world.house, given, now)

    hands = straight(world.store, world.clock.now, carry)
    source = sync.Source("programme", "ics", "America/New_York", by_hand=True)
    sync.import_file(hands, source, CALENDAR.replace("\n", "\r\n").encode(), world.clock.now())
    week = await scene.desk.text("/sessions")
    said = words(week)
    assert "Clinic closed, all day. What stands here is on: cancel what is not held." in said
    assert "Quiet Friday: nothing is held." in said
    again = words(week.split('id="again"')[1])
    assert "Clinic closed all day" in again
    assert f"Skills class education, {COUNSELOR}; 0 enrolled" in again
    skills = next(row for row in scene.read(timetable.all_series) if row.title == "Skills class")
    assert "Settings" in await scene.desk.text(f"/series/{skills.id}")
    offered = await scene.desk.text(scene.page)
    assert "Skills class" in offered
    assert "Clinic closed" not in offered


async def test_a_session_that_was_entered_here_came_from_no_calendar(scene: Scene) -> None:
    which = await scene.added()
    (first, *_) = scene.read(
        lambda tx: timetable.between(
            tx, scene.desk.world.clock.now(), START + timedelta(days=9), series_id=which
        )
    )
    typed = {
        "day": "2026-11-24", "at": "18:00", "minutes": "180", "place": "", "link": "",
        "leader": str(scene.leader), "capacity": "",
    }  # fmt: skip
    answer = await scene.desk.post(f"/sessions/{first.id}/change", **typed)
    page = await scene.desk.follow(answer)
    assert "what its series becomes no longer changes it" in page
    assert "the calendar that it came from" not in page


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
    ann = {"person": str(scene.person), "from": "2026-11-23"}
    await scene.desk.post(f"{here}/enrol", **ann)
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

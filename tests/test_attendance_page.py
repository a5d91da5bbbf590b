"""A session's page: marked in one tap, seen by who leads it, by others for their own people."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.config import House
from storage import people, seats, staff, timetable
from storage.store import Store
from tests import sessions_held
from tests.conftest import HandClock
from tests.desk import Desk, words
from tests.world import COUNSELOR, SUPERVISOR, World

START = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
"""6 pm in New York."""
OVER = START + timedelta(hours=3)
OTHER = "Noa Iris"


class Scene:
    """A group of three, led by the first counselor; one of them is another's."""

    def __init__(self, desk: Desk, session: int, seats_: dict[str, int], series: int) -> None:
        self.desk = desk
        self.session = session
        self.seats = seats_
        self.series = series
        self.here = f"/sessions/{session}"

    def marks(self) -> dict[str, tuple[str | None, int | None]]:
        rows = self.desk.world.store.read_now(lambda tx: seats.at(tx, self.session))
        names = {which: name for name, which in self.seats.items()}
        return {names[row.id]: (row.mark, row.minutes) for row in rows if row.id in names}

    async def at(self, moment: datetime) -> None:
        """Go on to a moment, and sign in again."""
        self.desk.world.clock.at = moment
        await self.desk.world.signed_in(self.desk.browser, self.desk.name)

    async def as_(self, name: str) -> Desk:
        return await Desk(self.desk.world, name).__aenter__()


@pytest.fixture
async def scene(store: Store, house: House, clock: HandClock) -> AsyncIterator[Scene]:
    world = await World(store, house, clock).staffed()
    other = await world.hired(OTHER, "counselor", "+12155550177")
    ids = {
        name: await world.joined(name=name, address=str(200 + n))
        for n, name in enumerate(("Ann Gray", "Bo Hill", "Cy Lane"))
    }

    def work(tx: Connection) -> tuple[int, dict[str, int], int]:
        worker = staff.by_name(tx, COUNSELOR)
        assert worker is not None
        people.change(tx, ids["Cy Lane"], counselor_id=other)
        series = sessions_held.series(tx, clock.now(), staff_id=worker.id)
        which = sessions_held.held(tx, series, START)
        return (
            which,
            {
                name: sessions_held.sits(tx, which, person, clock.now())
                for name, person in ids.items()
            },
            series,
        )

    which, places, series = await store.write(work)
    async with Desk(world) as desk:
        yield Scene(desk, which, places, series)


async def test_all_were_there_is_one_tap(scene: Scene) -> None:
    world = scene.desk.world
    world.store.write_now(
        lambda tx: seats.change(
            tx, scene.seats["Bo Hill"], world.clock.now(), "given_up", None,
            state="given_up", reply="cannot", barrier="ride",
        )
    )  # fmt: skip
    before = await scene.desk.text(scene.here)
    assert "Who is expected" in before
    assert "can&#39;t come: no ride" in before
    await scene.at(OVER)
    page = await scene.desk.text(scene.here)
    assert "All others were there" in page
    said = await scene.desk.follow(await scene.desk.post(scene.here, do="rest"))
    assert "Kept." in said
    assert scene.marks() == {
        "Ann Gray": ("present", 180),
        "Bo Hill": (None, None),
        "Cy Lane": ("present", 180),
    }
    assert "marked present, 180 min, by Dana Reyes" in words(said)


async def test_a_page_that_grew_old_changes_only_what_was_touched_on_it(scene: Scene) -> None:
    await scene.at(OVER)
    ann, bo = scene.seats["Ann Gray"], scene.seats["Bo Hill"]
    await scene.desk.post(scene.here, do="rest")
    shown = await scene.desk.text(scene.here)
    old = dict(re.findall(r'name="(mark-[0-9]+)" value="([a-z_]+)" checked', shown))
    old |= dict(re.findall(r'name="((?:had|missed)-[0-9]+)"[^>]* value="([^"]*)"', shown))
    assert old[f"mark-{ann}"] == "present"
    await scene.desk.post(scene.here, **{f"mark-{bo}": "left_early", f"missed-{bo}": "45"})
    await scene.desk.post(scene.here, **{**old, f"mark-{ann}": "excused"})
    assert scene.marks() == {
        "Ann Gray": ("excused", None),
        "Bo Hill": ("left_early", 135),
        "Cy Lane": ("present", 180),
    }


async def test_late_needs_its_minutes_and_nothing_is_kept_without(scene: Scene) -> None:
    await scene.at(OVER)
    ann, bo = scene.seats["Ann Gray"], scene.seats["Bo Hill"]
    typed = {f"mark-{ann}": "late", f"mark-{bo}": "absent", "do": "rest"}
    for missed in ("", "0", "180", "half"):
        answer = await scene.desk.post(scene.here, **typed, **{f"missed-{ann}": missed})
        assert answer.status_code == 400
        assert "How many minutes were they not there?" in answer.text
        assert f'name="mark-{bo}" value="absent" checked' in answer.text
    assert set(scene.marks().values()) == {(None, None)}
    await scene.desk.post(scene.here, **typed, **{f"missed-{ann}": "25"})
    assert scene.marks() == {
        "Ann Gray": ("late", 155),
        "Bo Hill": ("absent", None),
        "Cy Lane": ("present", 180),
    }
    await scene.desk.post(scene.here, **{f"mark-{bo}": "none"})
    assert scene.marks()["Bo Hill"] == (None, None)


async def test_another_counselor_sees_and_marks_their_own_people_only(scene: Scene) -> None:
    await scene.at(OVER)
    noa = await scene.as_(OTHER)
    page = await noa.text(scene.here)
    assert "Cy Lane" in page
    assert "Ann Gray" not in page
    await noa.post(scene.here, do="rest")
    marks = scene.marks()
    assert (marks["Cy Lane"][0], marks["Ann Gray"][0]) == ("present", None)
    for form in ("change", "cancel", "walk-in"):
        answer = await noa.post(f"{scene.here}/{form}", person="1")
        assert answer.status_code == 404, form
    mine = await scene.desk.text(scene.here)
    assert "Cy Lane" in mine
    assert f'/people/{scene.desk.world.rows()[0].person_id}/programme">Cy Lane' not in mine


async def test_a_change_is_kept_and_what_is_wrong_is_said(scene: Scene) -> None:
    typed = {
        "day": "2026-11-23", "at": "18:30", "minutes": "150", "place": "12 Oak St, Room 4",
        "link": "", "leader": "", "capacity": "8",
    }  # fmt: skip
    wrong = {"day": "soon", "at": "late", "minutes": "0", "link": "http://x", "leader": "999"}
    for name, value in {**wrong, "capacity": "many"}.items():
        answer = await scene.desk.post(f"{scene.here}/change", **{**typed, name: value})
        assert (answer.status_code, f'id="{name}-wrong"' in answer.text) == (400, True), name
    said = await scene.desk.follow(await scene.desk.post(f"{scene.here}/change", **typed))
    assert "Whoever holds a place hears of it, once." in said
    row = scene.desk.world.store.read_now(lambda tx: timetable.one(tx, scene.session))
    assert row is not None
    assert row.starts_at == START + timedelta(minutes=30)
    assert (row.ends_at - row.starts_at, row.capacity, row.by_hand) == (
        timedelta(minutes=150), 8, True,
    )  # fmt: skip
    gone = await scene.desk.follow(await scene.desk.post(f"{scene.here}/cancel"))
    assert "cancelled" in words(gone)
    assert "Nothing was changed" in await scene.desk.follow(
        await scene.desk.post(f"{scene.here}/cancel")
    )


async def test_somebody_walks_in(scene: Scene) -> None:
    world = scene.desk.world
    dee = await world.joined(name="Dee Moss", address="300")
    await scene.at(OVER)
    page = await scene.desk.text(scene.here)
    assert f'<option value="{dee}">Dee Moss</option>' in page
    said = await scene.desk.follow(await scene.desk.post(f"{scene.here}/walk-in", person=str(dee)))
    assert "Added: they were there" in said
    assert "walked in" in said


async def test_the_day_and_first_page_say_what_waits(scene: Scene) -> None:
    await scene.at(OVER + timedelta(hours=1))
    assert f'/sessions/{scene.session}">Mon 23 Nov, 6 pm to 9 pm' in await scene.desk.text("/")
    ann = scene.seats["Ann Gray"]
    await scene.desk.post(scene.here, **{f"mark-{ann}": "absent"}, do="rest")
    today = words(await scene.desk.text("/"))
    assert "Ann Gray missed 6 pm" in today
    assert "1 task that nobody has" in today
    assert "Who came?" not in today
    sup: Any = await scene.as_(SUPERVISOR)
    assert "all marked" in await sup.text("/sessions?week=2026-11-23")


async def test_who_was_absent_is_asked_in_the_morning_and_staff_see_why(scene: Scene) -> None:
    world, ann = scene.desk.world, scene.seats["Ann Gray"]
    await scene.at(OVER)
    await scene.desk.post(scene.here, **{f"mark-{ann}": "absent"}, do="rest")
    await world.later(hours=12)
    asked = "\n".join(world.texts("200"))
    assert "What got in the way?" in asked
    assert "What got in the way?" not in "\n".join(world.texts("201"))
    await world.press("ride", address="200")
    await scene.at(world.clock.now())
    assert "said afterwards: no ride" in words(await scene.desk.text(scene.here))
    assert "Ann Gray" in (await scene.desk.text("/tasks")).partition("A ride")[2]

"""The weekly list of hours: who is short first, of one's own people alone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, insert

from bot import prescribing, weekly
from bot.config import House
from storage import reminders
from storage.models import person
from storage.store import Store
from tests import sessions_held
from tests.conftest import START, HandClock, clinic
from tests.world import COUNSELOR, SUPERVISOR, World

BEFORE = date(2026, 11, 16)
"""The Monday of the week that is over."""


async def settled(world: World) -> list[int]:
    """Four people: two of Dana's with hours, one of them short, one without, and one of Noa's."""
    house = world.house
    dana, other = (
        await world.worker(COUNSELOR),
        await world.hired("Noa", "counselor", "+12155550177"),
    )
    row = {
        "language": "en", "zone": "America/New_York", "status": "active", "plain": False,
        "agreed": True, "card": {}, "checkin_at": "18:00", "created_at": START,
    }  # fmt: skip

    def work(tx: Connection) -> list[int]:
        group = sessions_held.series(tx, START)
        monday = START - timedelta(days=7) + timedelta(hours=8)
        there = sessions_held.held(tx, group, monday)
        ahead = sessions_held.held(tx, group, monday + timedelta(days=9))
        made = []
        for name, counselor, minutes in (
            ("Ana Full", dana.id, 180),
            ("Bea Short", dana.id, 60),
            ("Cal Else", other, 30),
            ("Dot None", dana.id, None),
        ):
            query = insert(person).values(name=name, counselor_id=counselor, **row)
            which = int(tx.execute(query.returning(person.c.id)).scalar_one())
            made.append(which)
            if minutes is not None:
                prescribing.prescribe(tx, house, which, BEFORE, 180, "IOP", dana.id, START)
                given = {"mark": "late", "minutes": minutes}
                sessions_held.sits(tx, there, which, START, **given)
                sessions_held.sits(tx, ahead, which, START)
        return made

    return await world.store.write(work)


async def test_who_is_short_comes_first_and_nobody_elses(
    store: Store, house: House, clock: HandClock
) -> None:
    world = await World(store, house, clock).staffed()
    made = await settled(world)
    due = {r.kind for r in await world.read(lambda tx: reminders.of(tx, made[0]))}
    assert {"hours_week:thu", "hours_week:sun"} <= due
    async with world.client() as browser:
        await world.signed_in(browser, COUNSELOR)
        text = (await browser.get("/hours")).text
        rows = re.findall(r"<tr><th scope=\"row\">.*?</tr>", text)
        names = [name for row in rows for name in re.findall(r"programme\">([^<]+)", row)]
        assert names == ["Bea Short", "Ana Full"]
        assert "1 of 3" in rows[0]
        assert 'data-of="Missing">2<' in rows[0]
        assert "3 of 3" in rows[1]
        assert "Nov 16 to 22" in text
        earlier = (await browser.get("/hours?week=2026-11-02")).text
        assert "Nov 2 to 8" in earlier
        assert "Bea Short" not in earlier
        assert (await browser.get("/hours?week=x")).status_code == 200
        await world.signed_in(browser, SUPERVISOR)
        assert "Cal Else" in (await browser.get("/hours")).text


async def test_a_counselor_hears_once_a_week_how_many_were_short(
    store: Store, house: House, clock: HandClock
) -> None:
    world = await World(store, house, clock).staffed()
    await settled(world)
    heard: list[tuple[str, str]] = []

    async def told(now: datetime) -> list[tuple[str, str]]:
        before = len(world.rows())
        await weekly.sweep(store, house, now)
        return [(row.address, row.text) for row in world.rows()[before:]]

    assert await told(START - timedelta(hours=9)) == [], "nobody is on duty at night"
    for hours in (0, 1, 24):
        heard += await told(START + timedelta(hours=hours))
    words = "Hours of last week: 1 of {} were short. https://companion.example/hours"
    dana = (await world.worker(COUNSELOR)).id
    assert sorted(text for _, text in heard) == [words.format(1), words.format(2)]
    assert [row.staff_id for row in world.rows() if "of 2" in row.text] == [dana]
    assert await told(START + timedelta(days=3)) == [], "it is old by then"
    assert await told(START + timedelta(days=7)) == [], "nobody has been short since"
    off = House(clinic=clinic(programme={"week_line": False}), url=house.url)
    assert await weekly.sweep(store, off, START) == 0

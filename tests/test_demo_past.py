"""The demo's people have a past: it can be drawn, it is scored, and nothing in it contradicts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from bot import charts
from bot.config import House
from bot.demo import past, patients
from bot.demo.page import build
from bot.demo.past import DAYS, PASTS
from bot.demo.stage import opened
from content.questionnaires import questionnaires
from content.skills import COMPANIES, PLACES, TRIGGERS, skills
from handlers.lapse import KINDS
from handlers.scoring import score
from storage import checkups, entries, items, people
from storage.store import Store
from tests.conftest import START, HandClock
from tests.world import World

FIRST = START - timedelta(days=DAYS)


def test_everybody_has_one_and_each_urge_is_one_that_the_talk_knows() -> None:
    assert set(PASTS) == {patient.name for patient in patients.PATIENTS}
    for each in PASTS.values():
        for _, _, before, trigger, place, company, skill, after in each.urges:
            assert (trigger in TRIGGERS, place in PLACES, company in COMPANIES) == (True,) * 3
            assert skill in skills()
            assert 0 <= (after or 0) <= before <= 10
        for day, what, _ in each.lapses:
            assert what in KINDS
            # What they count begins after the latest one.
            assert each.counted is None or each.counted < DAYS - day


@pytest.mark.parametrize("name", sorted(PASTS))
async def test_it_is_stored_as_the_program_stores_it(
    store: Store, house: House, clock: HandClock, name: str
) -> None:
    world = await World(store, house, clock).staffed()
    who = await world.joined(name=name)
    await store.write(lambda tx: past.write(tx, name, who, FIRST, "America/New_York"))

    def look(tx: Connection) -> None:
        for asked in ("bam_iop", *{each[1] for each in PASTS[name].answered}):
            rows = checkups.latest(tx, who, asked, 9)
            assert rows
            for row in rows:
                again = score(questionnaires()[asked], row.answers)
                assert (row.scores, again.inconsistent) == (again.scores, ())
                assert row.asked_at < START
        assert len(entries.latest(tx, who, "craving", 99)) == len(PASTS[name].urges)
        assert len(entries.latest(tx, who, "dose", 99)) == len(PASTS[name].doses)
        medicines = {row.id for row in items.of(tx, who, "medicine")}
        assert {row.data["item"] for row in entries.latest(tx, who, "dose", 99)} <= medicines
        lapses = entries.latest(tx, who, "lapse", 9)
        assert bool(lapses) == bool(items.of(tx, who, "learned"))
        assert people.get(tx, who).own["naloxone"] == "home"
        assert charts.read(tx, who, "bam_iop") is not None

    await store.read(look)


async def test_a_picture_is_shown_in_the_phone_that_it_was_sent_to() -> None:
    async with opened(history=timedelta()) as stage:
        await stage.hire(patients.COUNSELOR, "counselor")
        who = await stage.invite("Sam Rivera", "telegram", "en", counselor=patients.COUNSELOR)
        by_sms = await stage.invite("Ana Torres", "sms", "en", counselor=patients.COUNSELOR)
        await stage.start(who)
        for said in ("1", "1", "19103", "18:00", "checkin", "6 3 1 1", "chart", "1"):
            await stage.travel.settle()
            await stage.say(who, said)
        # The first drawing of a process reads the library.
        for _ in range(6):
            await stage.travel.settle()
        transport = httpx.ASGITransport(app=build(stage))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as page:
            phones: Any = (await page.get("/state")).json()["phones"]
            received = phones["telegram"]["messages"]
            (shown,) = (each["picture"] for each in received if each.get("picture"))
            answer = await page.get(shown["src"])
            nowhere = [
                await page.get(f"/picture/{account.key}/{number}.png")
                for account, number in ((who, 1), (by_sms, 301))
            ]
            nobody = await page.get("/picture/nobody/301.png")
    assert (shown["width"], shown["height"]) == (800, 600)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    assert [each.status_code for each in (*nowhere, nobody)] == [404] * 3

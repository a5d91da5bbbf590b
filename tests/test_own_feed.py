"""The calendar that a phone subscribes to: times and one neutral word, until it is taken back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import icalendar
import pytest
from sqlalchemy import text

from bot.calendars import changing, hand
from bot.config import House
from storage import facts, pins, seats, timetable
from storage.models import metadata
from storage.store import Store
from tests.conftest import HandClock
from tests.test_calendars_kept import Kept
from tests.world import World

PLACE, TITLE = "Riverside Recovery Center", "Relapse prevention"


class Subscribed:
    """Somebody who comes to a group of three times, and has their calendar's address."""

    def __init__(self, kept: Kept, person: int) -> None:
        self.kept, self.person = kept, person
        self.world = kept.world
        self.browser = self.world.client()

    async def address(self) -> str:
        self.world.sent_since()
        await self.world.say("calendar")
        found = re.search(r"https://\S+", self.world.sent_since()[0])
        assert found is not None
        return found[0]

    async def get(self, url: str, **headers: str) -> httpx.Response:
        return await self.browser.get(url, headers=headers)

    async def entries(self, url: str) -> list[Any]:
        answer = await self.get(url)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/calendar")
        return list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))


@pytest.fixture
async def his(store: Store, house: House, clock: HandClock) -> Subscribed:
    kept = Kept(await World(store, house, clock).staffed())
    entered = {
        "title": TITLE,
        "days": "fri,mon,sun",
        "at": "18:00",
        "minutes": 180,
        "from": "2027-03-12",
        "until": "2027-03-15",
        "place": PLACE,
    }

    def work(tx: Any) -> None:
        changing.add(tx, house, kept.now, hand.checked({**entered, "kind": "group"}))

    await store.write(work)
    person = await kept.world.joined()
    await kept.enrol(person)
    return Subscribed(kept, person)


async def test_it_says_when_and_nothing_else(his: Subscribed) -> None:
    url = await his.address()
    assert await his.address() == url
    entries = await his.entries(url)
    # On the wall it stays six, though the clock goes forward in between.
    assert [each["DTSTART"].dt.hour for each in entries] == [18, 18, 18]
    assert [each["DTSTART"].dt.utcoffset() for each in entries] == [
        timedelta(hours=-5),
        timedelta(hours=-4),
        timedelta(hours=-4),
    ]
    assert {str(each["DTSTART"].params["TZID"]) for each in entries} == {"America/New_York"}
    assert {str(each["SUMMARY"]) for each in entries} == {"Appointment"}
    assert not {"LOCATION", "DESCRIPTION", "URL", "ORGANIZER"} & {n for e in entries for n in e}
    answer = await his.get(url)
    whole = answer.text + str(answer.headers)
    for told in ("Riverside", "Relapse", "group", "Harbor", "Sam"):
        assert told not in whole
    again = await his.get(url, **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_what_changes_changes_in_it(his: Subscribed) -> None:
    url, kept = await his.address(), his.kept
    before = {str(each["UID"]): int(each["SEQUENCE"]) for each in await his.entries(url)}
    first, second, _ = kept.sessions()

    def work(tx: Any) -> None:
        start = second.starts_at + timedelta(hours=1)
        changing.cancel(tx, kept.house, kept.now, first.id)
        changing.change(
            tx, kept.house, kept.now, second.id, starts_at=start, ends_at=start + timedelta(hours=2)
        )
        timetable.change(tx, kept.sessions()[-1].id, kind="drug_screen")

    await his.world.store.write(work)
    found = await his.entries(url)
    assert [str(each["STATUS"]) for each in found] == ["CANCELLED", "CONFIRMED"], "no screen in it"
    assert [each["DTSTART"].dt.hour for each in found] == [18, 19]
    assert all(int(each["SEQUENCE"]) > before[str(each["UID"])] for each in found)


async def test_it_is_taken_back(his: Subscribed) -> None:
    url = await his.address()
    await his.world.press("new")
    new = re.search(r"https://\S+", his.world.sent_since()[0])
    assert new is not None
    assert new[0] != url
    assert (await his.get(url)).status_code == 404
    assert len(await his.entries(new[0])) == 3
    await his.address()
    await his.world.press("stop")
    assert (await his.get(new[0])).status_code == 404
    assert (await his.get("/c/x.ics")).status_code == 404
    left = his.world.store.read_now(lambda tx: facts.get_fact(tx, f"feed_of:{his.person}"))
    assert left is None


async def test_what_is_stored_is_no_address(his: Subscribed) -> None:
    token = (await his.address()).rsplit("/", 1)[1].removesuffix(".ics")
    assert len(token) == 24
    for table in metadata.tables:
        raw = text(f'SELECT * FROM "{table}"')
        rows = his.world.store.read_now(lambda tx: tx.execute(raw).all())  # noqa: B023
        assert token not in str(rows), table


async def test_it_is_behind_the_pin_and_fetched_seldom(his: Subscribed) -> None:
    url = await his.address()
    codes = [(await his.get(url)).status_code for _ in range(7)]
    assert codes == [200] * 6 + [429]
    his.world.clock.at += timedelta(minutes=2)
    assert (await his.get(url)).status_code == 200
    await his.world.store.write(lambda tx: pins.put(tx, his.person, "4711"))
    his.world.clock.at += timedelta(hours=1)
    his.world.sent_since()
    await his.world.say("calendar")
    assert "https://" not in "".join(his.world.sent_since())


async def test_whoever_is_away_has_an_empty_one(his: Subscribed) -> None:
    url = await his.address()
    worker = await his.world.worker("Lee Okafor")

    def work(tx: Any) -> None:
        from bot.standing import change

        change(tx, his.world.house, his.person, "hospital", worker.id, his.world.clock.now())

    await his.world.store.write(work)
    assert await his.entries(url) == []
    rows = his.world.store.read_now(lambda tx: seats.unended(tx, his.person, his.kept.now))
    assert {row.state for row in rows} == {"cancelled"}

"""The addresses in texts about a meeting: short, the same for all, and they lead to it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar
from sqlalchemy import Connection, delete, update

from bot import meeting_links
from bot.config import House
from content.wording import Language
from handlers.links import Link
from handlers.meetings import FELLOWSHIPS, Spot
from storage.models import meeting
from storage.store import Store
from tests import meeting_rows
from tests.conftest import START, HandClock
from tests.world import World

FAR = START + timedelta(days=30)
MONDAY = 1
HALF_PAST_SEVEN = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    world = World(store, house, clock)
    await store.write(_town)
    return world


def _town(tx: Connection) -> None:
    feed_id = meeting_rows.listed(tx, "town")
    rows = [
        meeting_rows.row(feed_id, MONDAY, "19:30", key="there", name="Oak Street Serenity"),
        meeting_rows.online(feed_id, MONDAY, "19:30", key="room/1 a"),
        meeting_rows.online(
            feed_id, MONDAY, "19:30", key="dial", join_phone="+1 (215) 555-0142,,77#",
            join_note="Passcode 1234", join_url="https://zoom.us/j/000000000",
        ),
        meeting_rows.row(feed_id, MONDAY, "19:30", key="both", attendance="hybrid"),
    ]  # fmt: skip
    meeting_rows.put(tx, rows)


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield client


async def made(world: World, kind: Any, what: str, language: Language = "en", **more: Any) -> str:
    link = Link(kind, what, **{"until": FAR, **more})
    return await world.store.write(lambda tx: meeting_links.made(tx, world.house, language, link))


async def test_an_address_is_short_and_says_nothing(world: World) -> None:
    url = await made(world, "way", "town/there")
    path = urlsplit(url).path
    assert re.fullmatch(r"/m/[\w-]{12}", path)
    assert url.startswith(world.house.url)


async def test_it_is_the_same_for_all_and_another_for_another(world: World) -> None:
    first, again = [await made(world, "way", "town/there") for _ in range(2)]
    assert first == again
    others = {
        await made(world, "join", "town/there"),
        await made(world, "way", "town/both"),
        await made(world, "way", "town/there", "es"),
    }
    assert len(others | {first}) == 4


async def test_what_stands_in_no_list_has_none(world: World) -> None:
    assert await made(world, "way", "elsewhere/there") == ""
    assert await made(world, "finder", "nobody") == ""


async def test_the_way_is_the_phones_own_map(world: World, browser: httpx.AsyncClient) -> None:
    answer = await browser.get(await made(world, "way", "town/there"))
    assert answer.status_code == 302
    expected = "https://www.google.com/maps/dir/?api=1&destination=39.95130,-75.17410"
    assert answer.headers["location"] == expected
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_one_that_moved_is_found_where_it_is_now(
    world: World, browser: httpx.AsyncClient
) -> None:
    url = await made(world, "way", "town/there")
    await world.store.write(lambda tx: tx.execute(update(meeting).values(lat=40.5)))
    assert "destination=40.5" in (await browser.get(url)).headers["location"]


@pytest.mark.parametrize(
    ("minutes", "is_open"), [(-16, False), (-15, True), (59, True), (61, False)]
)
async def test_a_room_is_open_around_its_start(
    world: World, browser: httpx.AsyncClient, minutes: int, *, is_open: bool
) -> None:
    url = await made(world, "join", "town/room/1 a")
    world.clock.at = HALF_PAST_SEVEN + timedelta(minutes=minutes)
    answer = await browser.get(url)
    if is_open:
        assert answer.headers["location"] == "https://zoom.us/j/000000000"
    else:
        assert answer.status_code == 200
        assert "zoom" not in answer.text
        assert "15 minutes before" in answer.text


async def test_who_goes_the_way_of_a_room_gets_into_the_room(
    world: World, browser: httpx.AsyncClient
) -> None:
    url = await made(world, "way", "town/room/1 a")
    world.clock.at = HALF_PAST_SEVEN
    assert (await browser.get(url)).headers["location"].startswith("https://zoom.us/")


async def test_a_passcode_and_a_number_stand_on_a_page(
    world: World, browser: httpx.AsyncClient
) -> None:
    url = await made(world, "join", "town/dial", "es")
    world.clock.at = HALF_PAST_SEVEN
    answer = await browser.get(url)
    assert answer.status_code == 200
    assert 'lang="es"' in answer.text
    assert "Passcode 1234" in answer.text
    assert 'href="tel:+12155550142,,77#"' in answer.text
    assert 'href="https://zoom.us/j/000000000"' in answer.text


@pytest.mark.parametrize("how", ["deleted", "inactive"])
async def test_one_that_is_gone_says_so(world: World, browser: httpx.AsyncClient, how: str) -> None:
    url = await made(world, "way", "town/there", "es")
    what = delete(meeting) if how == "deleted" else update(meeting).values(attendance="inactive")
    await world.store.write(lambda tx: tx.execute(what))
    answer = await browser.get(url)
    assert answer.status_code == 410
    assert "ya no está en la lista" in answer.text


async def test_it_works_for_its_time_and_is_forgotten(
    world: World, browser: httpx.AsyncClient
) -> None:
    url = await made(world, "way", "town/there")
    assert await world.store.write(lambda tx: meeting_links.forget(tx, world.clock.now())) == 0
    world.clock.at = FAR
    assert (await browser.get(url)).status_code == 404
    after = FAR + timedelta(seconds=1)
    assert await world.store.write(lambda tx: meeting_links.forget(tx, after)) == 1


async def test_guessing_has_a_brake(browser: httpx.AsyncClient) -> None:
    answers = [(await browser.get(f"/m/guess{n}")).status_code for n in range(40)]
    assert answers[0] == 404
    assert answers[-1] == 429


async def dates(browser: httpx.AsyncClient, url: str) -> Any:
    answer = await browser.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    return event


async def test_an_entry_for_the_calendar_tells_nobody_what_it_is(
    world: World, browser: httpx.AsyncClient
) -> None:
    url = await made(world, "calendar", "town/there", weekly=True)
    assert url.endswith(".ics")
    event = await dates(browser, url)
    assert event["summary"] == "My time"
    assert event["location"] == "12 Oak St, Philadelphia, PA 19103"
    assert event.decoded("dtstart") == HALF_PAST_SEVEN
    assert event["dtstart"].params["TZID"] == "America/New_York"
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=1)
    assert event["rrule"]["FREQ"] == ["WEEKLY"]
    text = (await browser.get(url)).text
    assert "BEGIN:VTIMEZONE" in text
    assert not re.search(r"oak street serenity|made-up hall|aa\b|meeting", text, re.IGNORECASE)


async def test_for_once_it_does_not_repeat(world: World, browser: httpx.AsyncClient) -> None:
    assert "rrule" not in await dates(browser, await made(world, "calendar", "town/there"))


async def test_an_entry_keeps_its_hour_over_a_change_of_clocks(
    world: World, browser: httpx.AsyncClient
) -> None:
    late = {"day": 0, "minute": 30}
    await world.store.write(lambda tx: tx.execute(update(meeting).values(**late, minutes=120)))
    world.clock.at = datetime(2027, 3, 13, 12, tzinfo=UTC)
    url = await made(world, "calendar", "town/there", until=world.clock.at + timedelta(days=9))
    event = await dates(browser, url)
    here = [event.decoded(name).astimezone(ZoneInfo("America/New_York")) for name in
            ("dtstart", "dtend")]  # fmt: skip
    assert [f"{each:%d %H:%M}" for each in here] == ["14 00:30", "14 03:30"]


async def test_a_finder_outside_is_told_the_place_where_it_can_be(
    world: World, browser: httpx.AsyncClient
) -> None:
    spot = Spot(39.95134, -75.17412, "19103", "America/New_York")
    near = await browser.get(await made(world, "finder", "smart", spot=spot))
    assert near.headers["location"] == (
        "https://meetings.smartrecovery.org/meetings/"
        "?coordinates=50&location=coords%3A39.95%2C-75.17%7CNear%20you"
    )
    plain = await browser.get(await made(world, "finder", "aa", spot=spot))
    assert "39.95" not in plain.headers["location"]


def test_finders_are_of_fellowships_that_we_know_and_encrypted() -> None:
    assert set(meeting_links.finders()) <= set(FELLOWSHIPS)
    for known in meeting_links.finders().values():
        assert all(url.startswith("https://") for url in known.values())

"""The pages of screens and rewards: whose they are, what may be entered, and who signs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select

from bot.config import House
from bot.rewards import ledger
from bot.screens import keep
from storage import people, reminders, rewards, screens, staff, tasks
from storage.models import reward, screen
from storage.store import Store
from tests.conftest import START, HandClock, clinic
from tests.world import COUNSELOR, SUPERVISOR, World

TODAY = date(2026, 11, 23)
OTHER = "Noa Iris"


@pytest.fixture
def house() -> House:
    given = {"enabled": True, "since": date(2026, 11, 1), "bowl": {}}
    signed = {"bowl": {"by": "Dr. Ann Lee", "on": "2026-11-20"}}
    return House(clinic(rewards=given, signed=signed), "https://companion.example")


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


@pytest.fixture
async def browser(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as made:
        yield await world.signed_in(made, COUNSELOR)


async def sent(world: World, browser: httpx.AsyncClient, path: str, **form: Any) -> httpx.Response:
    return await browser.post(path, data={"form": world.form_key(browser), **form})


async def planned(world: World, person_id: int, day: date, **values: Any) -> int:
    def work(tx: Connection) -> int:
        keep.order(tx, world.house, [(person_id, day)])
        which = int(tx.execute(select(screen.c.id).order_by(screen.c.id.desc())).scalars().first())  # type: ignore[arg-type]
        if values:
            screens.change(tx, which, ("planned",), **values)
        return which

    return await world.store.write(work)


async def row_of(world: World, which: int) -> Any:
    return await world.read(lambda tx: screens.get(tx, which))


async def test_one_is_asked_for_and_its_result_is_entered(
    world: World, browser: httpx.AsyncClient
) -> None:
    person_id = await world.joined(name="Pia Quill")
    given = {"person": person_id, "day": "2026-11-24"}
    answer = await sent(world, browser, "/screens/order", **given)
    assert answer.headers["location"] == "/screens?said=ordered"
    answer = await sent(world, browser, "/screens/order", **given)
    assert answer.headers["location"] == "/screens?said=there"
    kinds = await world.read(lambda tx: [row.kind for row in reminders.of(tx, person_id)])
    assert "screen:1" in kinds
    shown = (await browser.get("/screens")).text
    assert "Pia Quill" in shown
    assert "not told yet" in shown
    for form in ({"outcome": "done"}, {"outcome": "done", "came": "negative"}, {"outcome": "odd"}):
        answer = await sent(world, browser, "/screens/1", **form)
        assert answer.headers["location"] == "/screens?said=what", form
    world.clock.at += timedelta(days=1)
    await world.signed_in(browser, COUNSELOR)
    await sent(world, browser, "/screens/1", outcome="done", came="positive", note="on paper")
    row = await row_of(world, 1)
    assert (row.state, row.result) == ("done", {"came": "positive", "note": "on paper"})
    shown = (await browser.get("/screens")).text
    assert "Done: Positive" in shown
    assert "on paper" in shown
    world.sent_since()
    await world.say("menu")
    assert not any("ositive" in text for text in world.texts())


async def test_unread_can_not_be_missed(world: World, browser: httpx.AsyncClient) -> None:
    person_id = await world.joined()
    which = await planned(world, person_id, TODAY, state="unread", told_at=START)
    await world.store.write(lambda tx: tasks.open_(tx, person_id, "screen_unread", "screen", START))
    answer = await sent(world, browser, f"/screens/{which}", outcome="missed")
    assert answer.headers["location"] == "/screens?said=unread"
    assert (await row_of(world, which)).state == "unread"
    assert 'value="missed"' not in (await browser.get("/screens")).text
    await sent(world, browser, f"/screens/{which}", outcome="excused")
    assert (await row_of(world, which)).state == "excused"
    assert await world.read(lambda tx: [t.state for t in tasks.of(tx, person_id, 9)]) == ["done"]


async def test_nothing_is_missed_before_its_window_ends(
    world: World, browser: httpx.AsyncClient
) -> None:
    person_id = await world.joined()
    read = {"state": "confirmed", "told_at": START, "confirmed_at": START}
    which = await planned(world, person_id, TODAY, **read)
    assert 'value="missed"' not in (await browser.get("/screens")).text
    answer = await sent(world, browser, f"/screens/{which}", outcome="missed")
    assert answer.headers["location"] == "/screens?said=early"
    assert (await row_of(world, which)).state == "confirmed"
    world.clock.at = (await row_of(world, which)).until_at
    await world.signed_in(browser, COUNSELOR)
    assert 'value="missed"' in (await browser.get("/screens")).text
    await sent(world, browser, f"/screens/{which}", outcome="missed")
    assert (await row_of(world, which)).state == "missed"


async def test_what_waits_for_an_entry_is_listed_however_much_is_newer(world: World) -> None:
    person_id = await world.joined()
    old = await planned(world, person_id, TODAY - timedelta(days=9), state="unread")
    for n in range(4):
        await planned(world, person_id, TODAY - timedelta(days=n), state="excused")

    def look(tx: Connection) -> list[int]:
        worker = staff.by_name(tx, COUNSELOR)
        assert worker is not None
        return [row.id for row in screens.seen(tx, worker, START, TODAY, 2)]

    assert await world.read(look) == [old + 1, old + 2, old]


async def test_a_drawn_day_is_shown_to_nobody_before_its_morning(
    world: World, browser: httpx.AsyncClient
) -> None:
    person_id = await world.joined(name="Pia Quill")
    await sent(world, browser, "/screens/limits", person=person_id, least=20, most=20)
    days = {"weekdays": ["mon", "tue", "wed", "thu", "fri"], "without": []}
    span = {"name": "2026-12", "first": "2026-12-01", "last": "2026-12-28"}
    published = (await world.do("screens_commit", **span, **days))["published"]
    shown = (await browser.get("/screens")).text
    assert published["commitment"] in shown
    assert published["pool"][0]["who"] in shown
    for page in ("/screens", f"/people/{person_id}", "/"):
        text = (await browser.get(page)).text
        assert not any(f" {day} Dec" in text for day in range(2, 28)), page
    first = (await sent(world, browser, "/screens/1", outcome="cancelled")).status_code
    assert first == 404
    world.clock.at += timedelta(days=8)
    await world.signed_in(browser, COUNSELOR)
    assert "Tue 1 Dec" in (await browser.get("/screens")).text


async def test_another_counselor_finds_nobody_of_ours(world: World) -> None:
    person_id = await world.joined(name="Pia Quill")
    which = await planned(world, person_id, TODAY)
    await world.hired(OTHER, "counselor", "+12155550177")
    async with world.client() as browser:
        await world.signed_in(browser, OTHER)
        for page in ("/screens", "/rewards"):
            assert "Pia Quill" not in (await browser.get(page)).text
        forms: dict[str, dict[str, Any]] = {
            "/screens/order": {"person": person_id, "day": "2026-11-25"},
            "/screens/limits": {"person": person_id, "least": 1, "most": 2},
            f"/screens/{which}": {"outcome": "excused"},
            f"/people/{person_id}/rewards/ask": {"money": "1"},
        }
        for path, form in forms.items():
            assert (await sent(world, browser, path, **form)).status_code == 404, path
    assert (await row_of(world, which)).state == "planned"


async def test_one_asks_and_another_pays_out(world: World, browser: httpx.AsyncClient) -> None:
    person_id = await world.joined(name="Pia Quill")
    at = START - timedelta(days=1)
    await planned(
        world, person_id, date(2026, 11, 22), state="done", result={"came": "negative"},
        entered_at=at,
    )  # fmt: skip
    world.sent_since()
    await world.say("rewards")
    assert world.sent_since() == ["Nothing yet. It starts with the next time that you come."]
    await ledger.sweep(world.store, world.house, START)
    await world.say("my rewards")
    assert world.sent_since() == [
        (
            "You have $5.00 to pick up. Your team says where.\n"
            "It came from what you did. The latest: Nov 22 $5.00."
        )
    ]
    theirs = f"/people/{person_id}/rewards"
    shown = (await browser.get(theirs)).text
    assert "$5.00 to pay out" in shown
    assert "They get vouchers" in shown
    for typed in ("6", "x", "0", "-1", "1.234"):
        answer = await sent(world, browser, f"{theirs}/ask", money=typed)
        assert answer.status_code == 400, typed
    assert (await sent(world, browser, f"{theirs}/ask", money="$4.50")).status_code == 303
    answer = await sent(world, browser, "/rewards/sign", payout=1, does="paid")
    assert "Somebody else signs for it" in answer.text
    async with world.client() as other:
        await world.signed_in(other, SUPERVISOR)
        assert "$4.50" in (await other.get("/rewards")).text
        answer = await sent(world, other, "/rewards/sign", payout=1, does="paid")
        assert answer.headers["location"] == "/rewards?said=paid"
        answer = await sent(world, other, "/rewards/sign", payout=1, does="refused")
        assert answer.headers["location"] == "/rewards?said=done"
    assert await world.read(lambda tx: rewards.balance(tx, person_id)) == 50


async def test_what_was_paid_and_is_taken_back_is_asked_of_nobody(
    world: World, browser: httpx.AsyncClient
) -> None:
    person_id = await world.joined(name="Pia Quill")
    which = await planned(
        world, person_id, date(2026, 11, 22), state="done", result={"came": "negative"},
        entered_at=START - timedelta(days=1),
    )  # fmt: skip
    await ledger.sweep(world.store, world.house, START)
    theirs = f"/people/{person_id}/rewards"
    for typed in ("five", "1,50", "6"):
        page = (await sent(world, browser, f"{theirs}/ask", money=typed)).text
        assert f'value="{typed}"' in page
        assert ("type dollars" in page) == (typed != "6")
    assert (await sent(world, browser, f"{theirs}/ask", money="5.0")).status_code == 303
    shown = (await browser.get(theirs)).text
    assert "Nothing to pay out" in shown
    assert "more was paid out" not in shown
    async with world.client() as other:
        await world.signed_in(other, SUPERVISOR)
        await sent(world, other, "/rewards/sign", payout=1, does="paid")

    def corrected(tx: Connection) -> None:
        screens.change(tx, which, ("done",), result={"came": "positive"}, entered_at=START)

    await world.store.write(corrected)
    await ledger.sweep(world.store, world.house, START)
    shown = (await browser.get(theirs)).text
    assert "$5.00 more was paid out than is earned" in shown
    assert "Ask for the payout" not in shown
    world.sent_since()
    await world.say("my rewards")
    assert world.sent_since() == [
        (
            "Nothing to pick up right now. It adds up again each time that you come.\n"
            "It came from what you did. The latest: Nov 22 -$5.00, Nov 22 $5.00."
        )
    ]


async def test_who_was_asked_about_gambling_draws(world: World, browser: httpx.AsyncClient) -> None:
    person_id = await world.joined()
    theirs = f"/people/{person_id}/rewards"
    for answer, says in (("no", "They draw."), ("trouble", "They get"), ("", "They get")):
        await sent(world, browser, f"{theirs}/gambling", gambling=answer)
        assert says in (await browser.get(theirs)).text
    await sent(world, browser, f"{theirs}/gambling", gambling="no")
    assert world.person(person_id).own["gambling"] is False
    await planned(
        world, person_id, TODAY, state="done", result={"came": "explained"}, entered_at=START
    )
    await ledger.sweep(world.store, world.house, START)
    (row,) = await world.read(lambda tx: tx.execute(select(reward)).all())
    assert row.detail["rule"] == "bowl"
    assert "1 drawn: " in (await browser.get(theirs)).text
    await world.store.write(lambda tx: people.change(tx, person_id, own={}))

"""Places in sessions in the store: taken once, given up, offered to others, reminded of once."""

from __future__ import annotations

import asyncio
import random
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot import booking, meeting_links, recurring, rounds
from bot.calendars import changing
from bot.config import House
from handlers.links import Link
from handlers.programme import HERE, ReplySeat
from storage import alerts, items, reminders, seats, timetable
from storage.models import alert, seat, seat_event, task
from storage.store import Store
from tests import sessions_held as held
from tests import timetabled
from tests.conftest import HandClock
from tests.timetabled import ROOM, ZONE, at
from tests.world import World


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def week(world: World, **person: Any) -> tuple[int, dict[str, int]]:
    """Somebody with the week of `timetabled`; their number, and those of their seats."""
    sam, now = await world.joined(**person), world.clock.now()

    def work(tx: Connection) -> dict[str, int]:
        return timetabled.settle(tx, world.house, sam, now)

    return sam, await world.store.write(work)


def row(world: World, which: int) -> Any:
    return world.store.read_now(lambda tx: seats.get(tx, which))


async def test_two_who_reply_at_once_never_get_the_last_place(world: World) -> None:
    now = world.clock.now()
    people: list[tuple[int, dict[str, Any]]] = []
    for n in range(4):
        phone: dict[str, Any] = {
            "channel": "sms",
            "address": f"+1215555020{n}",
            "name": f"P{n} Doe",
        }
        people.append((await world.joined(**phone), phone))

    def work(tx: Connection) -> int:
        group = held.series(tx, now)
        evening = held.held(tx, group, at(now, 1, 18))
        last = held.held(tx, group, at(now, 2, 18), capacity=1)
        for person_id, _ in people:
            held.sits(tx, evening, person_id, now)
            recurring.arrange(tx, world.house, person_id, now)
        return last

    last = await world.store.write(work)
    say: list[dict[str, Any]] = [
        {name: phone[name] for name in ("channel", "address")} for _, phone in people
    ]
    for text in ("agenda", "1", "2", "2"):
        await asyncio.gather(*(world.say(text, **phone) for phone in say))
    world.sent_since()
    await asyncio.gather(*(world.say("1", **phone) for phone in say))

    def look(tx: Connection) -> list[Any]:
        return [each for each in seats.at(tx, last) if each.state == "held"]

    (mine,) = await world.store.read(look)
    assert mine.via == "make_up"
    said = [world.texts(phone["address"])[-1] for _, phone in people]
    assert sum("It's yours" in text for text in said) == 1
    assert sum("just took that place" in text for text in said) == len(people) - 1


async def test_a_place_given_up_is_free_for_others_and_can_be_had_again(world: World) -> None:
    sam, mine = await week(world)
    ann, now = await world.joined(name="Ann Lee", address="101"), world.clock.now()

    def work(tx: Connection) -> list[str | None]:
        before = seats.get(tx, mine["tuesday"])
        assert before is not None
        session = before.session_id
        timetable.change(tx, session, capacity=1)
        found = [booking.look_up(tx, ann, "seat", str(session), now)]
        booking.replied(tx, sam, ReplySeat(mine["tuesday"], "cannot", "work"), now)
        found.append(booking.look_up(tx, ann, "seat", str(session), now))
        found.append(booking.look_up(tx, sam, "seat", str(session), now))
        (hers,) = [each for each in seats.at(tx, session) if each.person_id == ann]
        booking.replied(tx, ann, ReplySeat(hers.id, "cannot"), now)
        found.append(booking.look_up(tx, sam, "seat", str(session), now))
        return found

    assert await world.store.write(work) == ["full", "booked", "full", "booked"]
    again = row(world, mine["tuesday"])
    assert (again.state, again.via, again.barrier) == ("held", "enrolled", None)
    trail = await world.store.read(lambda tx: seats.trail(tx, mine["tuesday"]))
    assert [each.what for each in trail] == ["booked", "given_up", "booked"]


async def test_nobody_replies_for_somebody_else_or_after_a_mark(world: World) -> None:
    sam, mine = await week(world)
    ann, now = await world.joined(name="Ann Lee", address="101"), world.clock.now()

    def work(tx: Connection) -> None:
        booking.replied(tx, ann, ReplySeat(mine["tuesday"], "cannot"), now)
        seats.change(tx, mine["thursday"], now, "marked", 2, mark="present", minutes=180)
        booking.replied(tx, sam, ReplySeat(mine["thursday"], "cannot"), now)
        booking.replied(tx, sam, ReplySeat(mine["wednesday"], "cannot"), now + timedelta(days=9))

    await world.store.write(work)
    assert row(world, mine["tuesday"]).reply is None
    assert row(world, mine["thursday"]).state == "held"
    assert row(world, mine["wednesday"]).reply is None


async def test_what_stands_in_is_free_of_its_kind_and_week_and_nobody_elses(world: World) -> None:
    sam, mine = await week(world)
    now = world.clock.now()

    def work(tx: Connection) -> None:
        group = held.series(tx, now)
        held.held(tx, group, at(now, 5, 10), capacity=0)
        held.held(tx, group, at(now, 8, 18))
        held.held(tx, group, at(now, 3, 19))
        one = held.series(tx, now, "Individual")
        held.held(tx, one, at(now, 4, 15), 50, kind="individual", title="Individual: Ann")
        closed = held.series(tx, now, "Women's group")
        held.held(tx, closed, at(now, 2, 20))
        changing.set_series(tx, now, closed, closed=True)

    await world.store.write(work)

    def instead(name: str) -> list[datetime]:
        house = world.house
        found = world.store.read_now(
            lambda tx: booking.instead(tx, house, sam, world.clock.now(), mine[name])
        )
        return [each.start for each in found]

    assert instead("tuesday") == [at(now, 2, 19, 30), at(now, 4, 9)]
    # In place of Thursday's, what overlaps with it alone is no hindrance.
    assert at(now, 3, 19) in instead("thursday")
    assert instead("wednesday") == []


async def test_the_word_of_the_day_counts_near_the_session_only(world: World) -> None:
    sam, mine = await week(world)
    start = at(world.clock.now(), 1, 18)

    async def said(text: str, when: datetime) -> str | None:
        return await world.store.write(lambda tx: booking.look_up(tx, sam, HERE, text, when))

    assert await said("maple", start - timedelta(hours=2)) is None
    assert await said("oak", start) is None
    assert row(world, mine["tuesday"]).here_at is None
    assert await said(" MAPLE! ", start) == str(mine["tuesday"])
    assert await said("maple", start + timedelta(hours=1)) == str(mine["tuesday"])
    assert row(world, mine["tuesday"]).here_at == start
    assert await said("maple", start + timedelta(hours=3)) is None


async def test_a_room_is_behind_an_address_of_ours_until_it_is_called_off(world: World) -> None:
    await week(world)
    now = world.clock.now()

    def work(tx: Connection) -> tuple[int, str]:
        those = timetable.between(tx, now, now + timedelta(days=7))
        (online,) = [each for each in those if each.link]
        link = Link("session", str(online.id), online.ends_at)
        return online.id, meeting_links.made(tx, world.house, "en", link)

    which, address = await world.store.write(work)
    async with world.client() as browser:
        opened = await browser.get(address)
        assert (opened.status_code, opened.headers["location"]) == (302, ROOM)
        await world.store.write(lambda tx: timetable.change(tx, which, state="cancelled"))
        assert (await browser.get(address)).status_code == 410


async def test_a_ride_is_one_task_however_often_it_is_asked_for(world: World) -> None:
    _, mine = await week(world)
    for text in ("agenda", "1", "2", "1", "skip", "agenda", "1", "need a ride"):
        await world.say(text)
    rows = world.store.read_now(lambda tx: list(tx.execute(select(task))))
    assert [(each.kind, each.source, each.seat_id) for each in rows] == [
        ("ride", "barrier", mine["tuesday"])
    ]


async def test_who_takes_another_place_needs_the_ride_no_more(world: World) -> None:
    _, mine = await week(world)

    async def states() -> list[tuple[str, str]]:
        rows = await world.store.read(lambda tx: tx.execute(select(task)).all())
        return [(each.kind, each.state) for each in rows]

    for text in ("agenda", "1", "2", "1"):
        await world.say(text)
    assert await states() == [("ride", "open")]
    await world.say("1")
    assert row(world, mine["tuesday"]).state == "given_up"
    assert await states() == [("ride", "dropped")]
    world.sent_since()
    await world.later(hours=1)
    assert world.sent_since() == [], "nothing is said of what they have settled themselves"


async def test_who_does_it_hears_once_of_a_ride_that_is_needed_soon(world: World) -> None:
    _, mine = await week(world)
    for text in ("need ride", "1", "skip"):
        await world.say(text)
    assert not [each for each in world.rows() if each.kind == "task_soon"], "there is no hurry"
    world.clock.at = at(world.clock.at, 1, 14)
    for text in ("agenda", "1", "need a ride", "agenda", "1", "need a ride"):
        await world.say(text)
    (told,) = [each for each in world.rows() if each.kind == "task_soon"]
    assert told.person_id is None
    assert re.fullmatch(r"Task [0-9]+: needed before .* https?://\S+/tasks/[0-9]+", told.text)
    assert row(world, mine["tuesday"]).barrier == "ride"


async def test_in_danger_nothing_asks_about_a_session_until_the_alert_is_closed(
    world: World,
) -> None:
    """Also once another word has put the question in danger aside; what they take is no such."""
    sam, _ = await week(world)
    daily = {"label": "", "name": "X", "kind": "methadone", "state": "current", "times": ["17:30"]}

    def takes(tx: Connection) -> None:
        more = {"refill_on": None, "flagged": True, "reminders": True}
        items.keep(tx, sam, "medicine", {**daily, **more}, world.clock.at)
        recurring.arrange(tx, world.house, sam, world.clock.at)

    def kinds() -> set[str]:
        return {row.kind.partition(":")[0] for row in world.rows() if row.kind}

    await world.store.write(takes)
    world.clock.at = at(world.clock.at, 0, 17)
    for text in ("i want to kill myself", "menu"):
        await world.say(text)
    await world.later(minutes=65)
    await world.say("menu")
    await world.later(hours=2)
    assert world.alerts()[0].state != "closed"
    assert "medicine" in kinds()
    assert not kinds() & {"session_eve", "session_soon"}
    await world.store.write(lambda tx: tx.execute(update(alert).values(state="closed")))
    world.clock.at = at(world.clock.at, 1, 17, 45)
    await world.later(minutes=20)
    await world.say("menu")
    await world.later(hours=1)
    assert "session_eve" in kinds()


SAYS = ("1", "2", "1", "skip", "coming", "can't make it", "menu", "late", "agenda", "6", "yes")


@pytest.mark.parametrize("seed", range(3))
async def test_each_is_reminded_of_once_by_day_and_never_once_it_is_settled(
    world: World, seed: int
) -> None:
    """Whatever is said and called off in between, and whenever they choose to be told."""
    dice, sam, start = random.Random(seed), await world.joined(), world.clock.now()

    def work(tx: Connection) -> None:
        group = held.series(tx, start)
        for n in range(7):
            day, hour = n * 2 // 3, dice.choice((7, 9, 10, 13, 18, 21))
            which = held.held(tx, group, at(start, 1 + day, hour, n), 60)
            held.sits(tx, which, sam, start)
        recurring.arrange(tx, world.house, sam, start)

    await world.store.write(work)
    until = start + timedelta(days=6)
    cancelled: dict[int, datetime] = {}
    while world.clock.at < until:
        due = await world.read(lambda tx: (reminders.next_due(tx), alerts.next_due(tx)))
        moments = [each for each in due if each and each > world.clock.at]
        world.clock.at = min([world.clock.at + timedelta(hours=5), *moments])
        await rounds.sweep(world.store, world.house, world.clock.at)
        if dice.random() < 0.5:
            await world.say(dice.choice(SAYS))
        if dice.random() < 0.1:
            which = await world.store.write(lambda tx: call_off(tx, world, sam, dice))
            cancelled.setdefault(which, world.clock.at)
    check(world, sam, cancelled)


def call_off(tx: Connection, world: World, sam: int, dice: random.Random) -> int:
    now = world.clock.now()
    those = seats.of(tx, sam, now - timedelta(days=9), now + timedelta(days=9))
    which = dice.choice(those)
    timetable.change(tx, which.session_id, state="cancelled")
    recurring.arrange(tx, world.house, sam, now)
    return int(which.id)


def check(world: World, sam: int, cancelled: dict[int, datetime]) -> None:
    """Every reminder that was sent, against the seats as they were then."""
    sent = [r for r in world.rows() if (r.kind or "").startswith(("session_eve", "session_soon"))]
    assert any(each.kind == "session_eve" for each in sent)
    assert all(8 <= each.created_at.astimezone(ZONE).hour < 21 for each in sent)
    once = [each.kind for each in sent if each.kind != "session_eve"]
    assert len(once) == len(set(once))
    those = world.store.read_now(lambda tx: list(tx.execute(select(seat))))
    mine = {each.id: row(world, each.id) for each in those if each.person_id == sam}
    evenings = [each.created_at.astimezone(ZONE) for each in sent if each.kind == "session_eve"]
    days = [(e + timedelta(days=e.hour >= 12)).date() for e in evenings]
    assert len(days) == len(set(days))

    def settled(which: int, when: datetime) -> bool:
        if which in cancelled and cancelled[which] <= when:
            return True
        query = select(seat_event).where(seat_event.c.seat_id == which, seat_event.c.at < when)
        rows = world.store.read_now(lambda tx: list(tx.execute(query.order_by(seat_event.c.id))))
        replies = [each.after["reply"] for each in rows if each.after.get("reply")]
        return bool(replies) and replies[-1] in ("coming", "cannot")

    for each in sent:
        name, _, number = each.kind.partition(":")
        if name == "session_soon":
            assert mine[int(number)].starts_at > each.created_at
            assert not settled(int(number), each.created_at)
    for evening, day in zip(evenings, days, strict=True):
        tomorrow = [s for s in mine.values() if s.starts_at.astimezone(ZONE).date() == day]
        assert any(not settled(s.id, evening) for s in tomorrow)

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, select, update

from bot import acknowledge, answering, standing
from bot import alerts as alarm
from bot.config import House
from bot.web import agenda, people
from bot.web.gate import AGAIN
from handlers.risk import Level
from storage import alerts as alert_rows
from storage import outbox as queue
from storage import people as people_rows
from storage import roster, staff
from storage.models import outbox, person, web_session
from storage.store import Store
from tests.conftest import START, HandClock
from tests.desk import Desk, title, words
from tests.world import COUNSELOR, SUPERVISOR, World

NOA = "Noa Iris"


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def arrived(world: World) -> None:
    """Everything that was queued has arrived."""
    waiting = outbox.c.state == "pending"
    statement = update(outbox).where(waiting).values(state="delivered", sent_at=START)
    await world.store.write(lambda tx: tx.execute(statement).rowcount)


async def changed(world: World, person_id: int, **values: Any) -> None:
    await world.store.write(lambda tx: people_rows.change(tx, person_id, **values))


async def raised(world: World, person_id: int, level: Level, reason: str) -> int:
    who, now = world.person(person_id), world.clock.at
    return await world.store.write(
        lambda tx: alarm.raise_alert(tx, world.house, who, level, reason, now)
    )


def order(text: str, *names: str) -> bool:
    places = [text.index(name) for name in names]
    return places == sorted(places)


async def test_nobody_needs_anything_and_it_says_so_kindly(world: World) -> None:
    await world.joined()
    await arrived(world)
    async with Desk(world) as desk:
        text = await desk.text("/")
    assert "Nobody needs you right now" in text
    assert "Sam" not in text
    assert title(text) == "Today"


async def test_alerts_stand_by_level_then_age_with_clocks_in_words(world: World) -> None:
    ids = [
        await world.joined(name=name, address=f"10{n}")
        for n, name in enumerate(("Ada Concern", "Bo Urgent", "Cy Emergency", "Di Urgent"))
    ]
    for number, level in ((0, "concern"), (1, "urgent"), (3, "urgent"), (2, "emergency")):
        await raised(world, ids[number], Level(level), "hopelessness")
        world.clock.at += timedelta(minutes=1)
    dana, now = await world.worker(COUNSELOR), world.clock.at
    number = world.alerts()[-1].id
    await world.store.write(
        lambda tx: acknowledge.act(tx, world.house, number, dana, "calling", now)
    )
    async with Desk(world, SUPERVISOR) as desk:
        text = await desk.text("/")
    assert order(text, "Cy Emergency", "Bo Urgent", "Di Urgent", "Ada Concern")
    assert f"{COUNSELOR} is calling, since 10:04 am." in text
    assert "Nobody has taken it yet." in text
    assert "The next people are asked 10:16 am, in 12 min." in words(text)
    assert "4 open alerts, 3 with nobody" in words(text)
    assert title(text) == "(3) Today"


async def test_a_taken_concern_folds_away_and_a_taken_urgent_does_not(world: World) -> None:
    first = await world.joined(name="Ada Quinn", address="101")
    second = await world.joined(name="Bo Lind", address="102")
    await raised(world, first, Level.CONCERN, "craving")
    await raised(world, second, Level.URGENT, "hopelessness")
    taken = {"state": "seen", "taken_by": (await world.worker(COUNSELOR)).id}
    for row in world.alerts():
        values = {**taken, "taken_at": world.clock.at}
        await world.store.write(
            lambda tx, number=row.id, values=values: alert_rows.change(tx, number, **values)  # type: ignore[misc]
        )
    async with Desk(world) as desk:
        text = await desk.text("/")
    folded = text[text.index("<details>") : text.index("</details>")]
    assert "Ada Quinn" in folded
    assert "Concerns that somebody has (1)" in folded
    assert "Bo Lind" not in folded
    assert "You have read it" in folded


async def test_no_word_of_a_patient_is_on_it_but_the_reason_is(world: World) -> None:
    await world.joined()
    await world.say("I wanna kill myself with the rope")
    async with Desk(world) as desk:
        text = await desk.text("/")
    assert "thoughts of suicide" in text
    assert "rope" not in text
    assert "wanna" not in text


async def test_each_person_stands_once_with_every_reason(world: World) -> None:
    who = await world.joined()
    await world.say("STOP")
    await raised(world, who, Level.URGENT, "hopelessness")
    await changed(world, who, misses=3, waiting_since=START, heard_at=START - timedelta(days=2))
    async with Desk(world) as desk:
        text = await desk.text("/")
    assert text.count("Sam Doe") == 1
    for reason in (
        "hopelessness",
        "waits for an answer since 10 am",
        "3 check-ins missed",
        "Telegram: stopped by them",
    ):
        assert reason in text


async def test_groups_come_in_the_order_of_what_matters(world: World) -> None:
    names = ("Ann Waits", "Ben Quiet", "Cat Frozen")
    ids = [await world.joined(name=name, address=f"10{n}") for n, name in enumerate(names)]
    await arrived(world)
    await changed(world, ids[0], waiting_since=START)
    await changed(world, ids[1], misses=2, heard_at=START - timedelta(days=6))
    dana = await world.worker(COUNSELOR)

    def freeze(tx: Connection) -> None:
        address = people_rows.addresses(tx, ids[2])[0]
        standing.freeze(tx, world.house, address.id, "staff", world.clock.at, by_id=dana.id)

    await world.store.write(freeze)
    given = {"counselor": COUNSELOR, "born": "1990-01-31", "consented": "2026-11-20"}
    more: dict[str, Any] = {"sms": None, "language": "es", "plain": False, "card": {}}
    await world.do("invite", name="Dan Invited", **given, **more)
    async with Desk(world) as desk:
        text = await desk.text("/")
    assert order(text, *names, "Dan Invited")
    assert order(
        text,
        'id="waiting-title"',
        'id="quiet-title"',
        'id="reach-title"',
        'id="joining-title"',
    )
    assert "2 check-ins missed, no answer since Tuesday" in text
    assert "frozen: it may be somebody else&#39;s now" in text
    assert "invited today, has not joined yet" in text
    assert "speaks Spanish" in text
    # Who waits is answered on their own page.
    assert f'href="/people/{ids[0]}">Ann Waits' in text


async def test_who_only_asked_for_an_answer_waits_and_is_no_alert(world: World) -> None:
    who = await world.joined()
    await raised(world, who, Level.CONCERN, "wrote_to_team")
    await changed(world, who, waiting_since=START)
    async with Desk(world) as desk:
        text = await desk.text("/")
        assert 'id="alerts-title"' not in text
        assert "Nobody has taken it yet." in text
        await raised(world, who, Level.URGENT, "hopelessness")
        assert 'id="alerts-title"' in await desk.text("/")


async def test_one_missed_check_in_folds_away_and_a_pause_is_not_quiet(world: World) -> None:
    once = await world.joined(name="Una Once", address="101")
    gone = await world.joined(name="Pau Paused", address="102")
    await arrived(world)
    await changed(world, once, misses=1)
    await changed(world, gone, misses=4, status="paused")
    async with Desk(world) as desk:
        text = await desk.text("/")
    assert "One missed, no more (1)" in text
    assert "Pau Paused" not in text


async def test_what_did_not_arrive_is_said_until_something_does(world: World) -> None:
    who = await world.joined()
    await arrived(world)
    last = select(outbox.c.id).where(outbox.c.person_id == who).order_by(outbox.c.id.desc())
    number = (await world.read(lambda tx: tx.execute(last).first()))[0]
    await world.store.write(lambda tx: queue.mark(tx, number, state="undelivered"))
    async with Desk(world) as desk:
        assert "our message of 10 am did not arrive" in await desk.text("/")
        world.clock.at += timedelta(minutes=1)
        await world.say("/menu")
        await arrived(world)
        assert "Nobody needs you right now" in await desk.text("/")


async def test_staffs_own_words_that_were_lost_are_not_forgotten_for_a_reminder(
    world: World,
) -> None:
    who = await world.joined()
    await arrived(world)
    dana, now = await world.worker(COUNSELOR), world.clock.at
    await world.store.write(
        lambda tx: answering.answer(tx, world.house, who, dana, "See you at 3?", now)
    )
    said = update(outbox).where(outbox.c.said_by == dana.id).values(state="failed")
    await world.store.write(lambda tx: tx.execute(said).rowcount)
    world.clock.at += timedelta(minutes=1)
    await world.say("/menu")
    await arrived(world)
    async with Desk(world) as desk:
        assert "what staff wrote today did not arrive" in await desk.text("/")


async def test_a_counselor_sees_their_people_those_they_cover_and_who_they_were_asked_about(
    world: World,
) -> None:
    await world.hired(NOA, "counselor", "+12155550177")
    who = await world.joined()
    await changed(world, who, misses=3)
    now, (dana, noa) = world.clock.at, [await world.worker(n) for n in (COUNSELOR, NOA)]
    async with Desk(world, NOA) as desk:
        assert "Sam Doe" not in await desk.text("/")
        number = await raised(world, who, Level.CONCERN, "hopelessness")
        await world.store.write(
            lambda tx: alert_rows.note(tx, number, now, "notified", staff_id=noa.id)
        )
        text = await desk.text("/")
        # Asked about the alert, and told of that alone.
        assert "Sam Doe" in text
        assert "check-ins missed" not in text
        later = now + timedelta(hours=1)
        await world.store.write(
            lambda tx: staff.add_absence(tx, dana.id, now, later, noa.id) and None
        )
        text = await desk.text("/")
        assert "check-ins missed" in text
        assert f"with {COUNSELOR}" in text


async def test_a_supervisor_sees_everybody_and_can_narrow_it_by_number(world: World) -> None:
    await world.hired(NOA, "counselor", "+12155550177")
    noa = await world.worker(NOA)
    first = await world.joined(name="Ada Quinn", address="101")
    second = await world.joined(name="Bo Lind", address="102")
    await changed(world, first, misses=3)
    await changed(world, second, misses=3, counselor_id=noa.id)
    async with Desk(world, SUPERVISOR) as desk:
        assert {"Ada Quinn", "Bo Lind"} <= set(re.findall(r">(\w+ \w+)</a>", await desk.text("/")))
        text = await desk.text(f"/?of={noa.id}")
        assert "Bo Lind" in text
        assert "Ada Quinn" not in text
        assert f'<option value="{noa.id}" selected>' in text
        for nonsense in ("x", "99999999999999999999", "-1", "²"):
            assert "Ada Quinn" in await desk.text(f"/?of={nonsense}")
    async with Desk(world, NOA) as desk:
        # It narrows, and opens nothing.
        assert "Ada Quinn" not in await desk.text(f"/?of={(await world.worker(COUNSELOR)).id}")


async def test_it_loads_itself_but_that_keeps_no_session_alive_and_is_no_look(world: World) -> None:
    await world.joined()
    async with Desk(world) as desk:
        answer = await desk.get("/")
        assert answer.headers["refresh"] == f"60; url=/?{AGAIN}=1"
        assert "refresh" not in (await desk.get("/?still=1")).headers
        looks = len(await desk.looks("today"))
        seen = select(web_session.c.seen_at)
        before = (await world.read(lambda tx: tx.execute(seen).all()))[0]
        for _ in range(31):
            world.clock.at += timedelta(minutes=1)
            answer = await desk.get(f"/?{AGAIN}=1")
        assert answer.status_code == 303
        assert len(await desk.looks("today")) == looks == 2
        assert (await world.read(lambda tx: tx.execute(seen).all()))[0] == before


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that were run meanwhile."""
    run: list[str] = []

    def note(*args: Any) -> None:
        run.append(args[2])

    engines = {store.engine, store._reading}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)


async def test_the_number_of_queries_does_not_grow_with_people(world: World) -> None:
    lee = await world.worker(SUPERVISOR)
    zone = world.house.clinic.zone

    def look(tx: Connection) -> None:
        now = world.clock.at
        names = roster.names(tx)
        agenda.read(tx, lee, now, names, zone=zone, silent_days=2)
        people.read(tx, lee, now, people.Wanted(), zone)

    async def cost() -> int:
        with counted(world.store) as run:
            await world.store.read(look)
        return len(
            [statement for statement in run if statement.lstrip().upper().startswith("SELECT")]
        )

    await crowd(world, 1)
    few = await cost()
    await crowd(world, 40)
    assert await cost() == few
    assert 0 < few <= 16


async def crowd(world: World, many: int) -> None:
    """People with something of everything."""
    dana = await world.worker(COUNSELOR)

    def work(tx: Connection) -> None:
        for number in range(many):
            who = people_rows.add(
                tx,
                name=f"P {number}",
                counselor_id=dana.id,
                language="en",
                zone=world.house.clinic.zone,
                status="active",
                plain=False,
                agreed=True,
                card={},
                misses=number % 4,
                created_at=START,
            )
            found = tx.execute(select(person).where(person.c.id == who)).one()
            if number % 3 == 0:
                alarm.raise_alert(tx, world.house, found, Level.CONCERN, "craving", START)

    await world.store.write(work)


async def test_the_list_is_searched_by_name_without_a_word_in_an_address(world: World) -> None:
    await world.joined(name="José Núñez", address="101")
    gone = await world.joined(name="Ada Quinn", address="102")
    async with Desk(world) as desk:
        text = await desk.text("/people")
        assert order(text, "Ada Quinn", "José Núñez")
        assert 'method="post"' in text
        found = await desk.post("/people", name="nun", status="now")
        assert found.status_code == 200
        assert "José Núñez" in found.text
        assert "Ada Quinn" not in found.text
        assert "Nobody here matches that" in (await desk.post("/people", name="zz")).text
        await changed(world, gone, status="discharged")
        assert "Ada Quinn" not in await desk.text("/people")
        assert "Ada Quinn" in (await desk.post("/people", status="discharged")).text
        assert "Ada Quinn" in (await desk.post("/people", status="all")).text
        assert len(await desk.looks("people")) == 6


async def test_the_list_is_of_those_whom_somebody_may_see(world: World) -> None:
    await world.hired(NOA, "counselor", "+12155550177")
    await world.joined()
    async with Desk(world, NOA) as desk:
        text = await desk.text("/people")
        assert "Sam Doe" not in text
        assert "Nobody yet." in text
        assert "Sam Doe" not in (await desk.post("/people", name="Sam", status="all")).text

"""What could go wrong between the parts: races, broken rows, forged input, odd moments."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select, text, update
from sqlalchemy.exc import OperationalError

from bot import rounds, sweeps
from bot.channels import Kind, OptOut
from bot.config import House
from handlers.risk import Level, Risk
from storage import alerts, people, reminders
from storage.models import address, checkin, outbox
from storage.models import message as message_table
from storage.store import Store, StoreDownError
from tests.conftest import HandClock
from tests.line import Line, Provider
from tests.line import address as stored
from tests.waiting import until
from tests.world import COUNSELOR, World

only_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
# In SQLite a thread of ours writes: what is said of that is said of it alone.
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def sweep(world: World) -> None:
    await rounds.sweep(world.store, world.house, world.clock.at)


# --- two transactions at once -------------------------------------------------------------------


@only_postgres
async def test_a_tap_and_a_message_at_once_do_not_lock_each_other_out(world: World) -> None:
    """Staff hold the alert and write to the person; the person is held and writes to the alert."""
    person_id = await world.joined()
    await world.say("i want to kill myself tonight")
    number = world.alerts()[0].id
    has_alert, has_person = threading.Event(), threading.Event()
    tries = {"staff": 0, "person": 0}

    def tap(tx: Connection) -> None:
        tries["staff"] += 1
        alerts.get(tx, number)
        has_alert.set()
        has_person.wait(30)
        alerts.note(tx, number, world.clock.at, "seen")
        values = {"channel": "telegram", "address": "100", "address_hash": "h", "text": "t"}
        tx.execute(
            insert(outbox).values(
                **values,
                person_id=person_id,
                buttons=[],
                private=False,
                priority=1,
                kind="x",
                state="cancelled",
                not_before=world.clock.at,
                created_at=world.clock.at,
            )
        )

    def write(tx: Connection) -> None:
        tries["person"] += 1
        people.locked(tx, person_id)
        has_person.set()
        has_alert.wait(30)
        alerts.open_of(tx, person_id)

    await asyncio.gather(world.store.write(tap), world.store.write(write))
    assert tries == {"staff": 1, "person": 1}


@only_postgres
async def test_a_reply_just_when_something_falls_due(world: World) -> None:
    """A wave holds reminders and wants the people; a turn holds a person and wants the reminder."""
    person_id = await world.joined()
    await world.store.write(
        lambda tx: reminders.put(tx, person_id, "checkin_nudge", world.clock.at, 1)
    )
    has_due, has_person = threading.Event(), threading.Event()
    tries = {"wave": 0, "turn": 0}

    def wave(tx: Connection) -> None:
        tries["wave"] += 1
        rows = reminders.due(tx, world.clock.at, 10)
        has_due.set()
        has_person.wait(1)
        for row in rows:
            rounds.handle(tx, world.house, row, world.clock.at)

    def turn(tx: Connection) -> None:
        tries["turn"] += 1
        has_due.wait(30)
        people.locked(tx, person_id)
        has_person.set()
        reminders.drop(tx, person_id, "checkin_nudge")

    await asyncio.gather(world.store.write(wave), world.store.write(turn))
    assert tries == {"wave": 1, "turn": 1}


@only_postgres
async def test_a_cut_connection_in_mid_talk_is_tried_again(world: World) -> None:
    """It is no bug of the talk: nobody is told that something broke."""
    person_id = await world.joined()
    cut: list[bool] = []

    def kill(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        del cursor, rest
        if statement.startswith("SELECT checkin") and not cut:
            cut.append(True)
            pid = connection.connection.dbapi_connection.info.backend_pid
            with world.store.engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
                other.commit()

    event.listen(world.store.engine, "before_cursor_execute", kill)
    await world.say("menu")
    event.remove(world.store.engine, "before_cursor_execute", kill)
    assert cut
    assert world.alerts() == []
    assert ["What would you like" in t for t in world.sent_since()] == [True]
    assert world.person(person_id).place["flow"] == "menu"


# --- the store ----------------------------------------------------------------------------------


@only_sqlite
async def test_what_comes_after_closing_is_refused_not_forgotten(store: Store) -> None:
    """Whoever hands in work while the store closes hears of it."""
    writer = store._writer
    assert writer is not None
    store.write_now(lambda _: None)
    inner = writer._queue
    late: list[Future[Any]] = []
    refused = []

    class Slow:
        def put(self, item: Any) -> None:
            if item is not None and threading.current_thread().name == "late":
                closing.set()
                threading.Event().wait(0.2)
            inner.put(item)

        def __getattr__(self, name: str) -> Any:
            return getattr(inner, name)

    closing = threading.Event()

    def hand_in() -> None:
        try:
            waiting: Future[Any] = Future()
            writer.put(lambda _: 1, waiting)
            late.append(waiting)
        except StoreDownError:
            refused.append(True)

    writer._queue = Slow()  # type: ignore[assignment]
    thread = threading.Thread(target=hand_in, name="late")
    thread.start()
    closing.wait(30)
    await asyncio.to_thread(writer.close)
    thread.join()
    assert refused or late[0].result(timeout=30) == 1


@only_sqlite
async def test_a_broken_disk_is_told_to_each_and_the_writer_lives_on(store: Store) -> None:
    begun, gate = threading.Event(), threading.Event()
    broken = OperationalError("select", {}, Exception("disk I/O error"))

    def slow(tx: Connection) -> None:
        del tx
        begun.set()
        gate.wait(30)

    def breaks(tx: Connection) -> None:
        del tx
        raise broken

    first = asyncio.create_task(store.write(slow))
    await until(begun.is_set)
    rest = [asyncio.create_task(store.write(w)) for w in (lambda _: 1, breaks, lambda _: 2)]
    cancelled = asyncio.create_task(store.write(lambda _: 3))
    await asyncio.sleep(0.05)
    cancelled.cancel()
    gate.set()
    await first
    found = await asyncio.gather(*rest, return_exceptions=True)
    assert [type(each) for each in found] == [StoreDownError] * 3
    assert await store.write(lambda _: 4) == 4


# --- broken rows --------------------------------------------------------------------------------


async def test_one_broken_alert_does_not_hold_back_the_others(world: World) -> None:
    first = await world.joined()
    await world.joined(name="Ana Ruiz", address="101")
    await world.say("i want to kill myself tonight")
    await world.say("i want to kill myself tonight", address="101")
    await world.store.write(
        lambda tx: tx.execute(text(f"UPDATE person SET name = 'k9:AAAA' WHERE id = {first}"))
    )
    world.sent_since("+12155550199")
    for _ in range(4):
        world.clock.at += timedelta(minutes=6)
        await sweeps.escalate(world.store, world.house, world.clock.at)
    told = [t for t in world.sent_since("+12155550199") if t.startswith("2 ")]
    assert told


async def test_one_broken_person_does_not_hold_back_the_others(world: World) -> None:
    first = await world.joined()
    await world.joined(name="Ana Ruiz", address="101")
    await world.store.write(
        lambda tx: tx.execute(text(f"UPDATE person SET name = 'k9:AAAA' WHERE id = {first}"))
    )
    world.sent_since("101")
    world.clock.at += timedelta(hours=8)
    await sweep(world)
    assert len(world.sent_since("101")) == 1


async def test_a_stored_place_of_another_release_drops_to_the_menu(world: World) -> None:
    person_id = await world.joined()
    place = {"flow": "old", "step": "gone", "data": {}, "shape": 2, "until": None}
    await world.store.write(lambda tx: people.change(tx, person_id, place=place, parked=place))
    world.sent_since()
    await world.say("hm")
    assert "MENU" in world.sent_since()[-1].upper()
    assert world.alerts() == []


async def test_a_text_that_the_screen_breaks_on_does_not_end_the_rereading(world: World) -> None:
    await world.joined()
    await world.say("first")
    await world.say("second")
    await world.store.write(
        lambda tx: tx.execute(update(message_table).values(risk="none", labels=[], words=[]))
    )

    def breaking(given: str) -> Risk:
        if given == "first":
            raise ValueError
        return Risk(Level.URGENT, ("panic",))

    await sweeps.rescreen(world.store, world.house, world.clock.at, breaking)
    levels = world.store.read_now(
        lambda tx: dict(tx.execute(select(message_table.c.text, message_table.c.risk)).all())
    )
    assert levels["second"] == "urgent"


async def test_one_broken_person_does_not_end_the_rereading(world: World) -> None:
    broken = await world.joined()
    await world.joined(address="101", name="Kim Poe")
    await world.say("first")
    await world.say("second", address="101")
    await world.store.write(
        lambda tx: tx.execute(text(f"UPDATE person SET name = 'k9:AAAA' WHERE id = {broken}"))
    )

    def found(given: str) -> Risk:
        return Risk(Level.URGENT if given in ("first", "second") else Level.NONE, ("panic",))

    await sweeps.rescreen(world.store, world.house, world.clock.at, found)
    assert [row.level for row in world.alerts()] == ["urgent"]


async def test_one_broken_person_does_not_keep_other_quiet_numbers(world: World) -> None:
    numbers = ("+12155550123", "+12155550124")
    broken, _ = [await world.joined(channel="sms", address=number) for number in numbers]
    world.clock.at += timedelta(days=31)
    for number in numbers:
        Line(world, Provider("sms")).put("hello", to=number, state="sent")
    await world.store.write(
        lambda tx: tx.execute(text(f"UPDATE person SET name = 'k9:AAAA' WHERE id = {broken}"))
    )
    await sweeps.quiet_numbers(world.store, world.house, world.clock.at)
    states = [stored(world, "sms", number).state for number in numbers]
    assert states == ["open", "frozen"]


# --- hours --------------------------------------------------------------------------------------


async def test_nine_in_the_evening_is_asked_though_the_sweep_is_seconds_late(world: World) -> None:
    person_id = await world.joined()
    await world.say("settings")
    await world.say("1")
    await world.say("9 pm")
    assert world.person(person_id).checkin_at == "21:00"
    world.sent_since()
    world.clock.at += timedelta(hours=11, seconds=3)
    await sweep(world)
    (asked,) = [row for row in world.rows("100") if row.kind == "checkin"]
    assert asked.not_before == world.clock.at
    assert asked.not_after < world.clock.at + timedelta(minutes=2)


async def test_what_quiet_hours_hold_back_is_no_silence(world: World) -> None:
    person_id = await world.joined()
    await world.say("settings")
    await world.say("1")
    await world.say("9 pm")
    world.clock.at += timedelta(hours=11, minutes=20)
    await sweep(world)
    await world.later(hours=14)
    assert world.person(person_id).misses == 0
    assert [row for row in world.rows("100") if row.kind == "checkin"] == []


async def test_another_hour_on_a_day_already_asked_is_no_second_question(world: World) -> None:
    person_id = await world.joined()
    await world.later(hours=8, minutes=5)
    await world.say("6 3 1 1")
    await world.say("fine")
    await world.say("settings")
    await world.say("1")
    await world.say("8 pm")
    place = world.person(person_id).place
    world.clock.at += timedelta(hours=2)
    await sweep(world)
    assert world.person(person_id).place == place
    await world.later(hours=14)
    assert world.person(person_id).misses == 0


async def test_an_answer_after_midnight_is_of_the_day_that_was_asked(world: World) -> None:
    await world.joined()
    await world.later(hours=8)
    world.clock.at += timedelta(hours=7)
    await world.say("6 3 1 1")
    world.clock.at += timedelta(hours=17, minutes=10)
    await sweep(world)
    await world.say("2 2 1 1")
    rows = world.store.read_now(
        lambda tx: {row.day.isoformat(): row.answers for row in tx.execute(select(checkin))}
    )
    assert {day: answers["mood"] for day, answers in rows.items()} == {
        "2026-11-23": 6,
        "2026-11-24": 2,
    }
    assert "day" not in rows["2026-11-23"]


# --- what is said to whom -----------------------------------------------------------------------


async def test_an_unreachable_team_is_not_said_to_have_been_asked(world: World) -> None:
    await world.joined()
    await world.say("STOP", address="900")
    await world.say("STOP", address="+12155550199", channel="sms")
    world.sent_since()
    await world.say("i want to kill myself tonight")
    assert not any("I'm sending this to the on-call team" in t for t in world.sent_since())


async def test_a_team_that_can_be_reached_again_hears_of_it_soon(world: World) -> None:
    await world.joined()
    await world.say("STOP", address="900")
    await world.say("STOP", address="+12155550199", channel="sms")
    await world.say("i want to kill myself tonight")
    await world.later(minutes=60)
    await world.say("SEEN 99", address="900")
    world.sent_since("900")
    await world.later(minutes=15)
    assert any("EMERGENCY" in t or "URGENT" in t for t in world.sent_since("900"))


async def test_after_somebody_read_it_nobody_is_said_to_have_not(world: World) -> None:
    await world.joined()
    await world.say("i want to kill myself tonight")
    number = world.alerts()[0].id
    await world.press("seen", address="900")
    await world.say(f"PASS {number}", address="900")
    world.sent_since()
    await world.later(minutes=40)
    assert not any("No one on the team has read this" in t for t in world.sent_since())


async def test_staff_who_write_how_it_went_do_not_stop_their_notices(world: World) -> None:
    await world.joined()
    await world.say("i want to kill myself tonight")
    number = world.alerts()[0].id
    await world.say(f"CLOSE {number} told me to stop messaging", address="900")
    assert world.alerts()[0].state == "closed"
    states = world.store.read_now(lambda tx: list(tx.execute(select(address.c.state)).scalars()))
    assert set(states) == {"open"}


async def test_nothing_waits_for_staff_who_stopped(world: World) -> None:
    await world.joined()
    await world.say("i want to kill myself tonight")
    await world.say("STOP", address="900", opt_out=OptOut.STOP)
    assert [r.state for r in world.rows("900") if r.kind == "alert_notice"] == ["cancelled"]


async def test_the_carriers_word_stops_staff_whatever_it_is(world: World) -> None:
    await world.say("BASTA", channel="sms", address="+12155550199", opt_out=OptOut.STOP)
    assert world.texts("+12155550199") == []


async def test_one_number_is_one_member_of_staff(world: World) -> None:
    reply = await world.do("staff_add", name="Pat Lane", role="supervisor", sms="215-555-0199")
    assert "can't be used here" in reply["error"]
    await world.joined()
    await world.say("i want to kill myself tonight")
    assert any("1 " in t for t in world.texts("+12155550199"))


async def test_the_words_for_a_number_in_use_are_those_for_the_clinics_own(world: World) -> None:
    """Else they would say of every number whether somebody has it."""
    await world.joined(channel="sms", address="+12155550123")
    given = {
        "name": "Kim Poe", "counselor": COUNSELOR, "born": "1990-01-31", "card": {},
        "consented": "2026-11-20", "language": "en", "plain": False,
    }  # fmt: skip
    numbers = ("+12155550123", world.house.clinic.phone, "+12155550199")
    replies = [await world.do("invite", **given, sms=number) for number in numbers]
    assert {reply["error"] for reply in replies} == {
        "that number can't be used here. Ask a supervisor"
    }


async def test_violence_that_is_found_later_silences_too(world: World) -> None:
    await world.joined()
    await world.say("my neighbor is loud")
    await world.say("talk")
    number = world.alerts()[0].id

    def found(given: str) -> Risk:
        return Risk(Level.URGENT if "loud" in given else Level.NONE, ("victim_of_violence",))

    await sweeps.rescreen(world.store, world.house, world.clock.at, found)
    assert world.alerts()[0].silent
    world.sent_since()
    await world.say(f"SEEN {number}", address="900")
    assert world.sent_since() == []


async def test_unblocking_does_not_lift_a_stop_that_was_said(world: World) -> None:
    await world.joined()
    await world.say("/stop")
    await world.say("", kind=Kind.BLOCKED)
    await world.say("", kind=Kind.UNBLOCKED)
    world.sent_since()
    await world.later(hours=9)
    assert world.sent_since() == []
    await world.say("/start")
    assert world.sent_since() != []


async def test_unblocking_lifts_what_blocking_did(world: World) -> None:
    await world.joined()
    await world.say("", kind=Kind.BLOCKED)
    await world.say("", kind=Kind.UNBLOCKED)
    world.sent_since()
    await world.later(hours=9)
    assert len(world.sent_since()) == 1


async def test_leaving_takes_back_what_waits(world: World) -> None:
    person_id = await world.joined()
    await world.later(hours=8)
    assert [r.state for r in world.rows("100") if r.kind == "checkin"] == ["pending"]
    await world.say("settings")
    await world.say("6")
    await world.say("2")
    assert not world.person(person_id).agreed
    assert [r.state for r in world.rows("100") if r.kind == "checkin"] == ["cancelled"]
    assert "I won't write any more" in world.texts()[-1]
    assert world.rows("100")[-1].state == "pending"
    assert world.person(person_id).place is None


async def test_after_a_stop_no_question_comes_back(world: World) -> None:
    await world.joined(language="es")
    await world.later(hours=8)
    world.sent_since()
    await world.say("baja")
    assert world.rows("100")[-1].buttons
    await world.press("stop")
    told = world.sent_since()
    assert "988" in told[-1]
    assert len(told) == 2
    await world.say("6")
    assert world.sent_since() == []


async def test_in_danger_after_a_stop_only_the_danger_is_talked_about(world: World) -> None:
    await world.joined()
    await world.say("/stop")
    world.sent_since()
    await world.say("i want to kill myself tonight")
    assert "988" in world.sent_since()[0]
    await world.say("menu")
    await world.say("hello")
    assert world.sent_since() == []
    await world.press("help")
    assert "988" in world.sent_since()[0]


async def test_a_voice_message_after_a_stop_is_still_told_to_staff(world: World) -> None:
    await world.joined()
    await world.say("/stop")
    world.sent_since()
    await world.say("", kind=Kind.VOICE)
    assert world.sent_since() == []
    assert [a.level for a in world.alerts()] == ["concern"]


# --- forged input -------------------------------------------------------------------------------


async def test_a_forged_number_of_an_alert_is_answered(world: World) -> None:
    world.sent_since("900")
    await world.say("seen", kind=Kind.BUTTON, choice="seen", asked_in=10**17, address="900")
    assert "SEEN 12" in world.sent_since("900")[-1]


async def test_a_forged_link_never_reaches_a_header(world: World) -> None:
    async with world.client() as browser:
        for token in ("x%0d%0aX-Evil:%201", "x;%20Domain=evil.example", "x%e2%80%a8"):
            answer = await browser.post(f"/setup/{token}", data={"password": "x"})
            assert answer.status_code == 404
            assert "set-cookie" not in answer.headers
            asked = await browser.get(f"/people/{token}")
            assert asked.headers["location"].isascii()
            assert "x-evil" not in asked.headers


async def test_a_name_with_braces_and_tags_is_only_a_name(world: World) -> None:
    await world.joined(name="{team}{0.__class__} <script>alert(1)</script>")
    await world.say("i want to kill myself tonight")
    assert world.texts()[0].startswith("Hi {team}{0.__class__}.")
    link = world.texts("900")[-1].split("https://companion.example")[1].split()[0]
    async with await world.signed_in(world.client(), COUNSELOR) as browser:
        shown = (await browser.get(link)).text
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown


@pytest.mark.parametrize(
    "given",
    [
        "",
        "\x00",
        "\ud800",
        "\u202e6\u202c",
        "9" * 50_000,
        "{name}",
        "%s",
        "۶",
        "/start",
        "/start x y",
    ],
    ids=ascii,
)
async def test_nothing_that_is_typed_breaks_a_talk(world: World, given: str) -> None:
    await world.joined()
    await world.later(hours=8)
    await world.say(given)
    for choice in ("a", "skip", "999999999999|a", "é" * 40):
        await world.say("x", kind=Kind.BUTTON, choice=choice, asked_in=10**17)
    assert world.alerts() == []
    assert not any("broke" in t for t in world.texts())


async def test_one_row_that_does_not_open_stops_nobody_elses(world: World) -> None:
    from sqlalchemy import text as sql

    from storage import outbox as rows

    await world.joined()
    (first, *others) = [row.id for row in world.rows() if row.channel == "telegram"]
    await world.store.write(
        lambda tx: tx.execute(
            sql("UPDATE outbox SET text = 'k9:AAAA' WHERE id = :id"), {"id": first}
        )
    )
    now = world.clock.at + timedelta(minutes=1)
    taken: list[int] = []
    for _ in range(20):
        claimed = await world.store.write(
            lambda tx: rows.claim(tx, "telegram", now, most=8, lease=timedelta(minutes=1))
        )
        for row in claimed:
            taken.append(row.id)
            await world.store.write(
                lambda tx, row=row: rows.finish(tx, row.id, row.lease, state="sent")  # type: ignore[misc]
            )
    assert taken
    assert first not in taken
    assert set(taken) == set(others)


async def test_who_declined_is_asked_again_only_when_they_ask(world: World) -> None:
    await world.invited()
    await world.say("2")
    world.sent_since()
    await world.say("hello?? anyone")
    (answer,) = world.sent_since()
    assert "First I need your OK" in answer
    await world.say("/start")
    assert any("Do you want these messages" in text for text in world.sent_since())

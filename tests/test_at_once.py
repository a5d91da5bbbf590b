"""What two do at the same moment: neither acts on what it read before the other was done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from bot import (
    acknowledge,
    casework,
    consent,
    delivery,
    escalation,
    handover,
    orphans,
    post,
    rollcall,
    sweeps,
)
from bot.channels import DeliveryState
from bot.config import House
from bot.orphans import Orphans
from bot.retry import DOUBT, LEASE
from handlers.risk import Level, Risk
from storage import alerts as alert_rows
from storage import facts, people, settings, staff, tasks, timetable
from storage import outbox as rows
from storage.outbox import CRISIS
from storage.store import Store, StoreDownError
from tests import sessions_held
from tests.conftest import HandClock
from tests.line import PHONE, Line, Provider, address, joined, staffed
from tests.waiting import until
from tests.world import COUNSELOR, SUPERVISOR, World

SMS: dict[str, Any] = {"channel": "sms", "address": PHONE}
several = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""On SQLite one transaction follows the other."""


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await staffed(store, house, clock)


@contextlib.asynccontextmanager
async def behind(world: World, do: Awaitable[Any]) -> AsyncIterator[Connection]:
    """A transaction that something else waits for until it is committed."""
    with world.store.engine.begin() as tx:
        yield tx
        other = asyncio.ensure_future(do)
        await until(lambda: bool(other.done() or world.store.read_now(_somebody_waits)))
        assert not other.done()
    await other


def _somebody_waits(tx: Connection) -> bool:
    query = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = :here"
    here = tx.engine.url.database
    return tx.execute(text(query), {"here": here}).first() is not None


@contextlib.contextmanager
def after_the_first_look(store: Store, do: Callable[[], Awaitable[Any]]) -> Iterator[None]:
    """Something happens between what is read first and what is done about it."""
    read, done = store.read, list[bool]()

    async def slow(work: Any) -> Any:
        found = await read(work)
        if not done:
            done.append(True)
            await do()
        return found

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store, "read", slow)
        yield
    assert done


def _stop(tx: Connection, world: World, person_id: int) -> None:
    person, row = people.locked(tx, person_id), people.address_of(tx, "sms", PHONE)
    assert row is not None
    consent.stop(tx, post.recipient(person, row), world.clock.at, how="asked")


@several
async def test_who_has_just_said_stop_gets_no_answer_to_what_they_said_with_it(
    world: World,
) -> None:
    person_id = await joined(world, **SMS)
    world.sent_since(PHONE)
    async with behind(world, world.say("leave me be", **SMS)) as tx:
        _stop(tx, world, person_id)
    assert [row.kind for row in world.rows(PHONE) if row.state == "pending"] == ["stop_confirmed"]


@several
async def test_a_stop_stays_where_the_number_is_gone_at_that_moment(world: World) -> None:
    person_id = await joined(world, **SMS)
    texts = Line(world, Provider("sms"))
    number = texts.put("reply", to=PHONE)
    await texts.drained()
    told = asyncio.to_thread(texts.says, number, DeliveryState.UNDELIVERED, delivery.GONE[2])
    async with behind(world, told) as tx:
        _stop(tx, world, person_id)
    assert address(world, "sms", PHONE).state == "stopped"


async def test_who_writes_while_quiet_numbers_are_looked_for_is_not_frozen(world: World) -> None:
    await joined(world, **SMS)
    world.clock.at += timedelta(days=31)
    texts = Line(world, Provider("sms"))
    texts.put("a check-in", to=PHONE)
    await texts.drained()

    async def write() -> None:
        await world.say("hello", **SMS)

    with after_the_first_look(world.store, write):
        await sweeps.quiet_numbers(world.store, world.house, world.clock.at)
    assert address(world, "sms", PHONE).state == "open"
    assert world.alerts() == []


async def test_an_alert_that_is_taken_as_it_climbs_stays_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When one alert is broken each is done alone, some time after they were looked for."""
    await joined(world)
    await world.say("talk")
    number, lee = world.alerts()[0].id, await world.worker(SUPERVISOR)
    world.clock.at = world.alerts()[0].next_at
    works = escalation.escalate
    left = [RuntimeError("broken")]

    def broken(*args: Any, **more: Any) -> None:
        if left:
            raise left.pop()
        works(*args, **more)

    async def take() -> None:
        await world.store.write(
            lambda tx: acknowledge.act(tx, world.house, number, lee, "calling", world.clock.at)
        )

    monkeypatch.setattr(escalation, "escalate", broken)
    with after_the_first_look(world.store, take):
        await sweeps.escalate(world.store, world.house, world.clock.at)
    assert (world.alerts()[0].state, world.alerts()[0].taken_by) == ("calling", lee.id)


async def test_an_alert_that_is_taken_as_it_breaks_is_not_due_sooner(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await joined(world)
    await world.say("talk")
    number, lee = world.alerts()[0].id, await world.worker(SUPERVISOR)
    world.clock.at = world.alerts()[0].next_at

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    async def take() -> None:
        await world.store.write(
            lambda tx: acknowledge.act(tx, world.house, number, lee, "calling", world.clock.at)
        )

    monkeypatch.setattr(escalation, "escalate", broken)
    with after_the_first_look(world.store, take):
        await sweeps.escalate(world.store, world.house, world.clock.at)
    due = world.alerts()[0].next_at
    assert due is None or due > world.clock.at + timedelta(minutes=1)


async def test_what_is_read_again_by_two_is_raised_once(world: World) -> None:
    await joined(world)
    await world.say("my neighbor is loud")

    def found(given: str) -> Risk:
        return Risk(Level.URGENT if "loud" in given else Level.NONE, ("overdose_signs",))

    async def read_again() -> None:
        await sweeps.rescreen(world.store, world.house, world.clock.at, found)

    with after_the_first_look(world.store, read_again):
        await sweeps.rescreen(world.store, world.house, world.clock.at, found)
    number = world.alerts()[0].id
    events = world.store.read_now(lambda tx: alert_rows.timeline(tx, number))
    assert [each.kind for each in events if each.kind in ("opened", "added")] == ["opened"]


@several
async def test_who_leads_is_asked_once_and_the_word_stays(world: World) -> None:
    person = await joined(world)
    start = world.clock.at - timedelta(hours=3)

    def timetabled(tx: Connection) -> tuple[int, int]:
        worker = staff.by_name(tx, COUNSELOR)
        assert worker is not None
        series = sessions_held.series(tx, world.clock.at, staff_id=worker.id)
        over = sessions_held.held(tx, series, start)
        sessions_held.sits(tx, over, person, world.clock.at)
        return over, sessions_held.held(tx, series, world.clock.at + timedelta(hours=1))

    over, coming = world.store.write_now(timetabled)
    other = rollcall.sweep(world.store, world.house, world.clock.at)
    async with behind(world, other) as tx:
        rollcall._sweep(tx, world.house, world.clock.at)
        word = timetable.one(tx, coming).word  # type: ignore[union-attr]
    asked = [row for row in world.rows() if row.kind == "session_mark"]
    assert [row.window for row in asked] == [str(over)]
    assert world.store.read_now(lambda tx: timetable.one(tx, coming)).word == word  # type: ignore[union-attr]


@several
async def test_two_who_change_a_setting_both_do(world: World) -> None:
    lee = await world.worker(SUPERVISOR)

    def put(value: str) -> Callable[[Connection], None]:
        return lambda tx: settings.put(tx, "rules.silent_days", value, lee.id, world.clock.at)

    for _ in ("nobody has changed it", "somebody has"):
        async with behind(world, world.store.write(put("1"))) as tx:
            put("2")(tx)
        found = world.store.read_now(settings.everything)
        assert found["rules.silent_days"].value == "1"


@several
async def test_a_fact_that_is_dropped_as_it_is_locked_is_there_anew(world: World) -> None:
    world.store.write_now(lambda tx: facts.put_fact(tx, "tries:a", "old"))

    def drop(*given: Any) -> None:
        if given[2].startswith("SELECT fact"):
            with world.store.engine.begin() as tx:
                facts.drop_fact(tx, "tries:a")

    event.listen(world.store.engine, "before_cursor_execute", drop)
    try:
        found = world.store.write_now(lambda tx: facts.locked_fact(tx, "tries:a", "new"))
    finally:
        event.remove(world.store.engine, "before_cursor_execute", drop)
    assert found in ("old", "new")


async def test_all_leases_are_taken_over_after_the_clock_went_back(world: World) -> None:
    texts = Line(world, Provider("sms"))
    number = texts.put("help", priority=CRISIS)
    texts.claim()
    world.clock.at -= timedelta(hours=1)
    assert world.store.write_now(delivery.take_over) == 1
    assert texts.row(number).state == "pending"


@several
async def test_what_nobody_could_see_is_no_absence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an outage who looks first does not take what the others have in hand."""
    texts = Line(world, Provider("sms"))
    number = texts.put("help", priority=CRISIS)
    given: dict[str, Any] = {"most": 1, "lease": LEASE, "mark": "abcdef0"}
    world.store.write_now(lambda tx: rows.claim(tx, "sms", world.clock.at, **given))
    monkeypatch.setattr(orphans, "GONE_SECONDS", 0.05)
    watch = Orphans(world.store, lambda: None)
    await watch.look()

    async def away(_: Any) -> Any:
        raise StoreDownError

    with monkeypatch.context() as outage:
        outage.setattr(world.store, "read", away)
        with pytest.raises(StoreDownError):
            await watch.look()
        await asyncio.sleep(0.1)
    await watch.look()
    assert texts.row(number).state == "leased"
    await asyncio.sleep(0.1)
    await watch.look()
    assert (texts.row(number).state, texts.row(number).code) == ("pending", DOUBT)
    await asyncio.to_thread(watch._presence.let_go)


async def test_a_crisis_text_in_doubt_is_sent_although_the_list_can_not_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = Line(world, Provider("sms"))
    texts.put("help", priority=CRISIS, code=DOUBT)

    async def broken(*_: Any) -> Any:
        raise TypeError

    monkeypatch.setattr(texts.provider, "find", broken)
    for _ in range(9):
        await texts.drained(60)
    assert await texts.drained() == ["help"]


async def test_what_breaks_as_it_is_sent_is_tried_again_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    chats = Line(world, Provider("telegram"))
    number = chats.put("help", priority=CRISIS)

    async def broken(*_: Any) -> Any:
        raise TypeError

    with monkeypatch.context() as once:
        once.setattr(chats.provider, "send", broken)
        await chats.drained()
    assert (chats.row(number).state, chats.row(number).code) == ("pending", DOUBT)
    assert await chats.drained(3) == ["help"]


@several
async def test_of_the_last_two_supervisors_one_stays(world: World) -> None:
    lee = await world.worker(SUPERVISOR)
    kim = await world.hired("Kim Poe", "supervisor", "+12155550177")

    def leave(who: int) -> Callable[[Connection], Any]:
        return lambda tx: handover.leave(tx, world.house, who, None, None, world.clock.at)

    with pytest.raises(handover.HandoverError):
        async with behind(world, world.store.write(leave(kim))) as tx:
            leave(lee.id)(tx)
    assert await world.worker(SUPERVISOR) is None
    assert await world.worker("Kim Poe") is not None


@several
@pytest.mark.parametrize("how", ["invited", "handed over"])
async def test_nobody_is_given_to_who_leaves_at_that_moment(world: World, how: str) -> None:
    kim = await world.hired("Kim Poe", "counselor", "+12155550177")
    person_id = await joined(world, **SMS)

    async def given() -> None:
        if how == "invited":
            asked = {"name": "Sam Roe", "counselor": "Kim Poe", "born": "1990-01-31"}
            more = {"consented": "2026-11-20", "language": "en", "plain": False, "card": {}}
            assert "error" in await world.do("invite", **asked, **more, sms=None)
            return
        at = world.clock.at
        with pytest.raises(handover.HandoverError):
            await world.store.write(
                lambda tx: handover.hand_over(tx, world.house, person_id, kim, 1, at)
            )

    async with behind(world, given()) as tx:
        handover.leave(tx, world.house, kim, None, None, world.clock.at)
    assert world.person(person_id).counselor_id != kim


@several
async def test_of_two_who_take_a_task_one_has_it_and_no_note_is_lost(world: World) -> None:
    person_id = await joined(world)
    lee, dana = [(await world.worker(name)).id for name in (SUPERVISOR, COUNSELOR)]
    at = world.clock.at
    which = world.store.write_now(lambda tx: tasks.open_(tx, person_id, "ride", "need", at))

    def work(who: int, step: casework.Step, note: str) -> Callable[[Connection], bool]:
        def moved(tx: Connection) -> bool:
            row = tasks.get(tx, which)
            assert row is not None
            return casework.move(tx, row, step, who, note, at)

        return moved

    took: list[bool] = []

    async def takes(who: int, note: str) -> None:
        took.append(await world.store.write(work(who, "taken", note)))

    async with behind(world, takes(lee, "Lee asks the driver")) as tx:
        work(dana, "taken", "Dana asks the driver")(tx)
    row = world.store.read_now(lambda tx: tasks.get(tx, which))
    assert row is not None
    assert (took, row.staff_id, row.note) == ([False], dana, "Dana asks the driver")
    async with behind(world, world.store.write(work(dana, "done", "he comes"))) as tx:
        work(dana, "taken", "he was out")(tx)
    row = world.store.read_now(lambda tx: tasks.get(tx, which))
    assert row is not None
    assert row.note == "Dana asks the driver\nhe was out\nhe comes"

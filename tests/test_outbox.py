"""The outbox: who goes first, what is tried again, and who may still send."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot import delivery, sweeps
from bot.channels import SendProblem
from bot.config import House
from bot.retry import LEASE, Retry, retry
from storage.outbox import BROADCAST, CRISIS, REMINDER, REPLY, STAFF
from storage.store import Store
from tests.conftest import HandClock
from tests.line import PHONE, Line, Provider, joined, staffed
from tests.waiting import until
from tests.world import World

THROTTLED, UNREACHABLE, UNKNOWN, REJECTED, STOPPED = SendProblem


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await staffed(store, house, clock)


@pytest.fixture
def chats(world: World) -> Line:
    return Line(world, Provider("telegram"))


@pytest.fixture
def texts(world: World) -> Line:
    return Line(world, Provider("sms"))


@pytest.mark.parametrize(
    ("problem", "priority", "attempts", "wait", "expected"),
    [
        (STOPPED, CRISIS, 1, None, Retry(None, "failed")),
        (REJECTED, CRISIS, 1, None, Retry(None, "failed")),
        (REJECTED, REMINDER, 1, None, Retry(None, "failed")),
        (THROTTLED, REMINDER, 1, 7.0, Retry(7.0)),
        (THROTTLED, REPLY, 3, None, Retry(8.0)),
        (THROTTLED, REPLY, 50, None, Retry(60)),
        (UNKNOWN, CRISIS, 1, None, Retry(2.0)),
        (UNKNOWN, REPLY, 2, None, Retry(4.0)),
        (UNKNOWN, STAFF, 3, None, Retry(8.0)),
        (UNKNOWN, REMINDER, 1, None, Retry(None, "doubted")),
        (UNKNOWN, BROADCAST, 1, None, Retry(None, "doubted")),
        (UNREACHABLE, REMINDER, 19, None, Retry(30)),
        (UNREACHABLE, REMINDER, 20, None, Retry(None, "failed")),
        (UNREACHABLE, REPLY, 1_000, None, Retry(30)),
        (UNREACHABLE, CRISIS, 1_000, None, Retry(30)),
    ],
)
def test_the_retry_rule(
    problem: SendProblem, priority: int, attempts: int, wait: float | None, expected: Retry
) -> None:
    assert retry(problem, priority, attempts, wait) == expected


async def test_crisis_first_and_one_an_address(chats: Line) -> None:
    chats.put("reminder", to="1", priority=REMINDER)
    chats.put("staff", to="2", priority=STAFF)
    chats.put("reply", to="3")
    chats.put("later", to="3")
    chats.put("crisis", to="1", priority=CRISIS)
    chats.put("tomorrow", to="4", not_before=chats.world.clock.at + timedelta(days=1))
    assert chats.claim(most=2) == ["crisis", "reply"]
    assert chats.claim() == ["staff"]
    assert chats.claim() == []


async def test_only_crisis_does_not_wait_for_an_address_to_rest(chats: Line) -> None:
    chats.put("reply", to="1")
    resting = chats.row(chats.put("crisis", to="2", priority=CRISIS)).address_hash
    also = chats.world.rows("1")[0].address_hash
    assert chats.claim(resting=(resting, also)) == ["crisis"]
    assert chats.claim() == ["reply"]


async def test_crisis_overtakes_what_hangs(chats: Line) -> None:
    chats.put("reminder", priority=REMINDER)
    assert chats.claim() == ["reminder"]
    chats.put("reply")
    chats.put("crisis", priority=CRISIS)
    chats.put("and more", priority=CRISIS)
    assert chats.claim() == ["crisis"]
    assert chats.claim() == []


async def test_what_is_tried_again_keeps_its_place(chats: Line) -> None:
    chats.provider.sends.append(UNREACHABLE)
    chats.put("first")
    assert await chats.drained() == []
    chats.put("second")
    chats.put("urgent", priority=CRISIS)
    assert await chats.drained() == ["urgent"]
    assert await chats.drained(seconds=3) == ["urgent", "first", "second"]


async def test_what_never_gets_through_does_not_hold_up_the_rest(chats: Line) -> None:
    chats.provider.sends.extend([UNREACHABLE] * 21)
    chats.put("poison")
    for _ in range(21):
        await chats.drained(seconds=31)
    chats.put("fine")
    assert chats.claim() == ["fine"]


async def test_stop_takes_back_what_is_queued(world: World, chats: Line) -> None:
    await joined(world)
    number = chats.put("reminder", priority=REMINDER)
    chats.put("a nudge", priority=REMINDER, not_before=world.clock.at + timedelta(hours=2))
    await world.say("please stop texting me")
    assert chats.row(number).state == "cancelled"
    taken = await chats.drained(seconds=3 * 3600)
    assert "988" in taken[-1]
    assert not {"reminder", "a nudge"} & set(taken)


async def test_nothing_leaves_after_its_time(chats: Line) -> None:
    at = chats.world.clock.at
    late = chats.put("late", to="1", priority=REMINDER, not_after=at + timedelta(hours=1))
    chats.put("in time", to="2", priority=REMINDER, not_after=at + timedelta(hours=3))
    chats.world.clock.at += timedelta(hours=2)
    assert chats.claim() == ["in time"]
    await sweeps.keep_outbox(chats.world.store, chats.world.house, chats.world.clock.at)
    assert chats.row(late).state == "expired"


async def test_a_reminder_says_how_long_it_is_good_for(chats: Line) -> None:
    chats.put("x", priority=REMINDER, not_after=chats.world.clock.at + timedelta(hours=3))
    await chats.drained()
    assert chats.provider.taken[0].valid_for == 3 * 3600


@pytest.mark.parametrize("priority", [REMINDER, BROADCAST])
async def test_a_reminder_in_doubt_is_not_sent_again(
    world: World, chats: Line, priority: int
) -> None:
    await joined(world)
    before = len(chats.provider.taken)
    chats.provider.sends.append(UNKNOWN)
    number = chats.put("reminder", priority=priority)
    for _ in range(3):
        await chats.drained(seconds=60)
    assert chats.row(number).state == "doubted"
    assert len(chats.provider.taken) == before
    assert world.alerts() == []


async def test_a_reply_in_doubt_goes_again(chats: Line) -> None:
    chats.provider.takes_before_failing = True
    chats.provider.sends.append(UNKNOWN)
    number = chats.put("reply")
    await chats.drained()
    assert await chats.drained(seconds=3) == ["reply", "reply"]
    assert chats.row(number).state == "sent"


async def test_a_text_in_doubt_is_looked_for_until_the_list_answers(texts: Line) -> None:
    provider = texts.provider
    provider.takes_before_failing = True
    provider.sends.append(UNKNOWN)
    provider.finds.extend([UNREACHABLE, UNKNOWN])
    number = texts.put("reply", to=PHONE)
    for _ in range(4):
        await texts.drained(seconds=31)
    row = texts.row(number)
    assert (row.state, row.provider_id) == ("sent", "p1")
    assert [message.text for message in provider.taken] == ["reply"]
    assert provider.asked == 3


async def test_a_list_that_stays_away_does_not_keep_a_reply_back(texts: Line) -> None:
    texts.provider.sends.append(UNKNOWN)
    texts.provider.finds.extend([UNREACHABLE] * 9)
    texts.put("reply", to=PHONE)
    for _ in range(5):
        await texts.drained(seconds=31)
    assert len(texts.provider.taken) == 1


async def test_the_same_words_of_another_text_do_not_count(texts: Line) -> None:
    texts.put("again", to=PHONE)
    await texts.drained()
    texts.provider.sends.append(UNKNOWN)
    second = texts.put("again", to=PHONE)
    await texts.drained()
    assert await texts.drained(seconds=3) == ["again", "again"]
    assert texts.row(second).provider_id == "p2"


async def test_a_throttled_channel_rests_as_a_whole(chats: Line) -> None:
    chats.provider.sends.append(THROTTLED)
    chats.put("one", to="1")
    assert await chats.sender.step()
    await asyncio.wait(chats.sender._flying)
    chats.put("two", to="2", priority=CRISIS)
    assert not await chats.sender.step()
    assert chats.sender._patience() > 10
    chats.sender._paused_until = 0
    assert await chats.drained() == ["two"]
    assert await chats.drained(seconds=31) == ["two", "one"]


async def test_who_was_frozen_past_a_lease_neither_sends_nor_marks(texts: Line) -> None:
    """Frozen while it asked: another worker has sent it by the time it wakes."""
    thaw = asyncio.Event()
    texts.provider.sends.append(UNKNOWN)
    number = texts.put("reply", to=PHONE)
    await texts.drained()
    texts.world.clock.at += timedelta(seconds=3)
    texts.provider.finds.append(thaw)
    frozen = texts.another()
    assert await frozen.step()
    await until(lambda: not texts.provider.finds)
    assert await texts.drained(seconds=LEASE.total_seconds() + 1) == ["reply"]
    thaw.set()
    await asyncio.wait(frozen._flying)
    assert len(texts.provider.taken) == 1
    assert texts.row(number).state == "sent"


async def test_who_was_frozen_while_it_sent_marks_nothing(chats: Line) -> None:
    thaw = asyncio.Event()
    chats.provider.sends.append(thaw)
    number = chats.put("reply")
    frozen = chats.another()
    assert await frozen.step()
    await until(lambda: bool(chats.provider.taken))
    assert await chats.drained(seconds=LEASE.total_seconds() + 1) == ["reply", "reply"]
    thaw.set()
    await asyncio.wait(frozen._flying)
    assert not await frozen.step()
    assert chats.row(number).provider_id == "p2"


async def test_what_is_left_of_a_lease_must_be_enough_to_send(texts: Line) -> None:
    """Woken before anybody else took it: given back, not sent and not lost."""
    thaw = asyncio.Event()
    texts.provider.sends.append(UNKNOWN)
    number = texts.put("reply", to=PHONE)
    await texts.drained()
    texts.world.clock.at += timedelta(seconds=3)
    texts.provider.finds.append(thaw)
    assert await texts.sender.step()
    await until(lambda: not texts.provider.finds)
    texts.world.clock.at += LEASE - timedelta(seconds=1)
    thaw.set()
    await asyncio.wait(texts.sender._flying)
    assert texts.provider.taken == []
    assert (texts.row(number).state, texts.row(number).code) == ("pending", "doubt")
    assert await texts.drained() == ["reply"]


async def test_who_is_alone_takes_over_every_lease(chats: Line) -> None:
    reply = chats.put("reply", to="1")
    reminder = chats.put("reminder", to="2", priority=REMINDER)
    assert len(chats.claim()) == 2
    assert await chats.drained() == []
    chats.world.store.write_now(delivery.take_over)
    assert await chats.drained() == ["reply"]
    assert [chats.row(number).state for number in (reply, reminder)] == ["sent", "doubted"]

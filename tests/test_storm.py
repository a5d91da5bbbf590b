"""A hundred alarms in one moment: the right people, the worst first, no more than a chat takes."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from bot import alerts, buttons, delivery, sweeps
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram
from bot.config import House
from bot.demo.telegram_api import TelegramApi
from bot.demo.telegram_methods import Limits
from bot.demo.twilio_api import TwilioApi
from bot.outbox import Sender
from handlers.risk import Level
from storage import alerts as alert_rows
from storage import notices, people
from storage.models import person
from storage.store import Store
from tests.conftest import HandClock
from tests.waiting import until
from tests.world import COUNSELOR, SUPERVISOR, World

REST = 0.05
"""Seconds that a chat rests here; the service and we agree on it."""
COUNSELORS = (COUNSELOR, "Kim Lund", "Noa Iris")
LEE = "+12155550199"
ONE = r"(\d+) (EMERGENCY|URGENT|CONCERN)\. "
MANY = r"(\d+) people need you"


async def crowded(world: World, count: int) -> list[int]:
    """So many people, in turn with each counselor; returns their ids."""
    own = [(await world.worker(name)).id for name in COUNSELORS]
    now = world.clock.now()
    rows = [
        {
            "name": f"Pat {number}", "counselor_id": own[number % len(own)], "language": "en",
            "zone": "America/New_York", "status": "active", "plain": False, "agreed": True,
            "card": {}, "created_at": now,
        }
        for number in range(count)
    ]  # fmt: skip

    def add(tx: Connection) -> list[int]:
        return [
            int(tx.execute(insert(person).values(**row).returning(person.c.id)).scalar_one())
            for row in rows
        ]

    return await world.store.write(add)


async def alarm(world: World, person_id: int, level: Level) -> None:
    def work(tx: Connection) -> None:
        who = people.locked(tx, person_id)
        alerts.raise_alert(tx, world.house, who, level, "panic", world.clock.now())

    await world.store.write(work)


class Phones:
    """The real client libraries, and stand-ins that keep their providers' limits."""

    def __init__(self, world: World) -> None:
        self.world = world
        limits = Limits(per_second=30, per_chat_seconds=REST, chat_burst=5)
        self.telegram = TelegramApi(limits=limits)
        self.twilio = TwilioApi()
        self.chats: dict[str, int] = {}
        self.senders: list[Sender] = []
        self.channels: list[Any] = []

    async def start(self) -> None:
        world = self.world
        await self.telegram.start()
        await self.twilio.start()
        telegram = Telegram(self.telegram.token, self.telegram.origin)
        telegram.per_address_seconds = REST
        twilio = self.twilio
        sms = Sms(
            twilio.account_sid, twilio.auth_token, "+15005550006",
            world.house.url, twilio.origin, 40.0, now=world.clock.now,
        )  # fmt: skip
        sms.per_address_seconds = REST
        self.channels = [telegram, sms]
        self.senders = [Sender(world.store, world.house, world.clock, c) for c in self.channels]
        for name in COUNSELORS:
            chat = self.chats[name] = self.telegram.new_user(name)
            await self.telegram.say(chat, "/start")
            hired = await world.do("staff_add", name=name, role="counselor", sms=None)
            await world.say(f"/start {hired['code']}", address=str(chat))
        self.telegram.updates.drop()
        await world.do("staff_add", name=SUPERVISOR, role="supervisor", sms=LEE)
        await self.out()

    async def out(self) -> None:
        await asyncio.gather(*(sender.drain() for sender in self.senders))

    async def close(self) -> None:
        for channel in self.channels:
            await channel.close()
        await self.telegram.close()
        await self.twilio.close()

    def texts(self, name: str) -> list[str]:
        """What somebody of the staff got, in the order in which it came."""
        if name == SUPERVISOR:
            return [m.body for m in self.twilio.messages if m.to == LEE]
        return [m.text for m in self.telegram.messages(self.chats[name]) if m.from_bot]


@pytest.fixture
async def phones(store: Store, house: House, clock: HandClock) -> AsyncIterator[Phones]:
    found = Phones(World(store, house, clock))
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(found.close)
        await found.start()
        yield found


def levels(count: int) -> list[Level]:
    """Of every ten one emergency, four urgent and five concerns, the worst last."""
    some = [Level.CONCERN] * 5 + [Level.URGENT] * 4 + [Level.EMERGENCY]
    return [some[number % 10] for number in range(count)]


async def test_a_hundred_at_once(phones: Phones) -> None:
    world = phones.world
    ids = await crowded(world, 100)
    before = {name: len(phones.texts(name)) for name in (*COUNSELORS, SUPERVISOR)}
    asked = dict(zip(ids, levels(100), strict=True))
    await asyncio.gather(*(alarm(world, number, level) for number, level in asked.items()))
    await phones.out()
    world.clock.at += timedelta(seconds=61)
    await phones.out()

    got = {name: phones.texts(name)[count:] for name, count in before.items()}
    emergencies = {row.id: row for row in world.alerts() if row.level == Level.EMERGENCY}
    assert len(emergencies) == 10
    for name in (*COUNSELORS, SUPERVISOR):
        alone = [m.groups() for text in got[name] if (m := re.match(ONE, text))]
        # The worst first, though they came last, and each by itself.
        first = [level for _, level in alone]
        assert first[: first.count("EMERGENCY")] == ["EMERGENCY"] * first.count("EMERGENCY")
        assert len(got[name]) <= first.count("EMERGENCY") + 3
    theirs = {int(n) for name in COUNSELORS for text in got[name] for n in _alone(text)}
    assert theirs >= set(emergencies)
    assert {int(n) for text in got[SUPERVISOR] for n in _alone(text)} == set(emergencies)
    # Of the others everybody hears in one text: how many, and which first.
    for name in COUNSELORS:
        own = (await world.worker(name)).id
        mine = [r for r in world.alerts() if world.person(r.person_id).counselor_id == own]
        many = [text for text in got[name] if re.match(MANY, text)]
        assert many
        said = re.match(MANY, many[-1])
        assert said is not None
        # An emergency that came after it has its own text.
        others = sum(row.level != Level.EMERGENCY for row in mine)
        assert others <= int(said[1]) <= len(mine)
        assert f"{world.house.url}/" in many[-1]
    refused = [call.status for call in phones.telegram.ledger if call.status == 429]
    assert refused == []
    assert not [each for each in phones.twilio.ledger if each.what == "refused"]


def _alone(text: str) -> list[str]:
    found = re.match(ONE, text)
    return [found[1]] if found and found[2] == "EMERGENCY" else []


async def test_two_that_come_together_are_one_text_and_one_alone_stays_alone(
    phones: Phones,
) -> None:
    world = phones.world
    first, second, third, _ = await crowded(world, 4)
    dana = (await world.worker(COUNSELOR)).id
    for number in (first, second, third):
        await world.store.write(lambda tx, n=number: people.change(tx, n, counselor_id=dana))  # type: ignore[misc]
    had = len(phones.texts(COUNSELOR))
    await alarm(world, first, Level.CONCERN)
    await phones.out()
    assert re.match(ONE, phones.texts(COUNSELOR)[had])
    for number in (second, third):
        world.clock.at += timedelta(seconds=5)
        await alarm(world, number, Level.URGENT)
    await phones.out()
    assert len(phones.texts(COUNSELOR)) == had + 1
    world.clock.at += timedelta(seconds=20)
    await phones.out()
    (together,) = phones.texts(COUNSELOR)[had + 1 :]
    assert together == f"3 people need you: 2, 3, 1. {world.house.url}/"
    kinds = [row.state for row in world.rows() if row.kind == notices.TOGETHER]
    assert sorted(kinds) == ["cancelled"] * (len(kinds) - 2) + ["sent"] * 2


async def test_what_somebody_has_taken_holds_up_nothing_new(phones: Phones) -> None:
    world = phones.world
    first, second, third, _ = await crowded(world, 4)
    dana = (await world.worker(COUNSELOR)).id
    for number in (first, second, third):
        await world.store.write(lambda tx, n=number: people.change(tx, n, counselor_id=dana))  # type: ignore[misc]
    await alarm(world, first, Level.CONCERN)
    world.clock.at += timedelta(hours=1)
    await alarm(world, second, Level.URGENT)
    await phones.out()
    world.clock.at += timedelta(seconds=10)
    await world.say("SEEN 2", address=str(phones.chats[COUNSELOR]))
    await alarm(world, third, Level.URGENT)
    await phones.out()
    # With its level, its link and its buttons, and not in one text with an old concern.
    assert re.match(r"3 URGENT\. ", phones.texts(COUNSELOR)[-1])


async def test_one_text_about_several_that_is_lost_is_lost_for_each(phones: Phones) -> None:
    world = phones.world
    ids = await crowded(world, 3)
    for number in ids:
        await alarm(world, number, Level.URGENT)
    (row,) = [r for r in world.rows(LEE) if r.kind == notices.TOGETHER and r.state == "pending"]
    await world.store.write(
        partial(delivery.gave_up, house=world.house, row=row, now=world.clock.now(), stopped=False)
    )
    for number in (1, 2, 3):
        events = await world.read(lambda tx, n=number: alert_rows.timeline(tx, n))
        assert [e.kind for e in events].count("no_address") == 1
    assert all(r.next_at == world.clock.now() for r in world.alerts())


async def test_who_has_it_is_left_alone_and_its_buttons_go(phones: Phones) -> None:
    world = phones.world
    (number,) = await crowded(world, 1)
    telegram = phones.channels[0]
    await buttons.sweep(world.store, telegram.unbutton)
    await alarm(world, number, Level.EMERGENCY)
    await phones.out()
    chat = phones.chats[COUNSELOR]
    notice = phones.telegram.messages(chat)[-1]
    assert notice.buttons
    world.clock.at += timedelta(minutes=3)
    await sweeps.escalate(world.store, world.house, world.clock.at)
    # The second notice has not left when somebody takes it: it never does.
    await world.say("SEEN 1", channel="sms", address=LEE)
    assert [r.state for r in world.rows(str(chat)) if r.kind == notices.ALONE] == [
        "sent", "cancelled",
    ]  # fmt: skip
    assert await buttons.sweep(world.store, telegram.unbutton) == 1
    await until(lambda: not phones.telegram.messages(chat)[-1].buttons)
    assert phones.telegram.messages(chat)[-1].text == notice.text
    assert await buttons.sweep(world.store, telegram.unbutton) == 0

"""What becomes of a message that a provider took, or won't take any more."""

from __future__ import annotations

import itertools

import pytest

from bot import sweeps
from bot.channels import DeliveryState, SendProblem
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram
from bot.config import House
from bot.demo.telegram_api import TelegramApi
from bot.demo.twilio_api import TwilioApi
from storage import outbox as rows
from storage import people
from storage.outbox import CRISIS, REMINDER
from storage.store import Store
from tests.conftest import HandClock
from tests.line import PHONE, Line, Provider, address, joined, staffed
from tests.world import World

DELIVERED, UNDELIVERED = DeliveryState.DELIVERED, DeliveryState.UNDELIVERED


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await staffed(store, house, clock)


@pytest.fixture
def chats(world: World) -> Line:
    return Line(world, Provider("telegram"))


@pytest.fixture
def texts(world: World) -> Line:
    return Line(world, Provider("sms"))


@pytest.mark.parametrize("order", list(itertools.permutations(("sent", "delivered", "sent"))))
async def test_callbacks_never_go_back(texts: Line, order: tuple[str, ...]) -> None:
    number = texts.put("reply", to=PHONE)
    await texts.drained()
    for state in (*order, order[0]):
        texts.says(number, DeliveryState(state))
    assert texts.row(number).state == "delivered"


@pytest.mark.parametrize("first", [DELIVERED, UNDELIVERED])
async def test_the_first_final_word_stands(world: World, texts: Line, first: DeliveryState) -> None:
    await joined(world, channel="sms", address=PHONE)
    number = texts.put("reply", to=PHONE)
    await texts.drained()
    for state in (first, DELIVERED, UNDELIVERED, DeliveryState.SENT, UNDELIVERED):
        texts.says(number, state, "30003" if state is UNDELIVERED else None)
    assert texts.row(number).state == first
    assert len(world.alerts()) == (first is UNDELIVERED)


@pytest.mark.parametrize("safe", [True, False])
async def test_undelivered_goes_the_other_safe_way_or_to_a_human(
    world: World, texts: Line, *, safe: bool
) -> None:
    person = await joined(world, channel="sms", address=PHONE)
    world.store.write_now(
        lambda tx: people.add_address(
            tx, "telegram", "100", person_id=person, safe=safe, created_at=world.clock.at
        )
    )
    number = texts.put("call 988", to=PHONE, priority=CRISIS)
    await texts.drained()
    for _ in range(2):
        texts.says(number, UNDELIVERED, "30003")
    assert world.texts("100") == (["call 988"] if safe else [])
    assert [alert.level for alert in world.alerts()] == ([] if safe else ["urgent"])


async def test_an_undelivered_reminder_goes_no_other_way(world: World, texts: Line) -> None:
    person = await joined(world, channel="sms", address=PHONE)
    world.store.write_now(
        lambda tx: people.add_address(
            tx, "telegram", "100", person_id=person, created_at=world.clock.at
        )
    )
    number = texts.put("how was today", to=PHONE, priority=REMINDER)
    await texts.drained()
    texts.says(number, UNDELIVERED, "30003")
    assert world.texts("100") == []
    assert world.alerts() == []


async def test_a_filtered_crisis_text_goes_again_without_drug_names(
    world: World, texts: Line
) -> None:
    await joined(world, channel="sms", address=PHONE)
    kind = "crisis.overdose_self"
    number = texts.put("naloxone", to=PHONE, priority=CRISIS, kind=kind)
    await texts.drained()
    texts.says(number, UNDELIVERED, "30007")
    *_, bare = world.rows(PHONE)
    assert (bare.kind, bare.priority) == (f"{kind}_bare", CRISIS)
    assert "911" in bare.text
    assert "naloxone" not in bare.text.casefold()
    assert world.alerts() == []
    await texts.drained()
    texts.says(bare.id, UNDELIVERED, "30007")
    assert world.rows(PHONE)[-1].id == bare.id
    assert [alert.level for alert in world.alerts()] == ["urgent"]


async def test_stopped_by_callback_closes_theaddress(world: World, texts: Line) -> None:
    await joined(world, channel="sms", address=PHONE)
    number = texts.put("reply", to=PHONE)
    await texts.drained()
    waiting = texts.put("more", to=PHONE)
    for _ in range(2):
        texts.says(number, UNDELIVERED, "21610")
    assert address(world, "sms", PHONE).state == "carrier"
    assert texts.row(waiting).state == "cancelled"
    assert [alert.level for alert in world.alerts()] == ["concern"]


@pytest.mark.parametrize("before", ["open", "stopped"])
async def test_stopped_by_the_provider_closes_theaddress(world: World, before: str) -> None:
    await joined(world, channel="sms", address=PHONE)
    number = address(world, "sms", PHONE).id
    world.store.write_now(lambda tx: people.set_address_state(tx, number, before))
    twilio = TwilioApi()
    await twilio.start()
    sms = Sms(
        twilio.account_sid,
        twilio.auth_token,
        "+15005550006",
        "http://127.0.0.1:9",
        twilio.origin,
        per_second=100,
    )
    try:
        line = Line(world, sms)
        twilio.fail_next("21610")
        refused = line.put("reply", to=PHONE)
        await line.drained()
    finally:
        await sms.close()
        await twilio.close()
    assert (line.row(refused).state, line.row(refused).code) == ("failed", "21610")
    assert address(world, "sms", PHONE).state == "carrier"
    assert [alert.level for alert in world.alerts()] == ["concern"]


async def test_who_blocks_the_bot_is_left_alone_and_staff_hear(world: World) -> None:
    api = TelegramApi(limits=None)
    await api.start()
    chat = api.new_user("Sam")
    await api.say(chat, "/start")
    await joined(world, address=str(chat))
    api.block(chat)
    telegram = Telegram(api.token, api.origin)
    try:
        line = Line(world, telegram)
        refused = line.put("reply", to=str(chat))
        waiting = line.put("reminder", to=str(chat), priority=REMINDER)
        await line.drained()
    finally:
        await telegram.close()
        await api.close()
    assert [line.row(each).state for each in (refused, waiting)] == ["failed", "cancelled"]
    assert address(world, "telegram", str(chat)).state == "stopped"
    (alert,) = world.alerts()
    assert (alert.level, alert.known) == ("concern", False)


async def test_a_refused_crisis_text_is_urgent(world: World, chats: Line) -> None:
    await joined(world)
    chats.provider.sends.append(SendProblem.REJECTED)
    chats.put("call 988", priority=CRISIS)
    await chats.drained()
    assert [alert.level for alert in world.alerts()] == ["urgent"]


async def test_a_notice_that_staff_can_not_get_goes_to_the_next_at_once(
    world: World, chats: Line
) -> None:
    await joined(world)
    await world.say("i want to kill myself tonight")
    supervisor = "+12155550199"
    told = len(world.texts(supervisor))
    patient = world.rows("100")[0].address_hash
    world.store.write_now(lambda tx: rows.cancel(tx, address_hash=patient))
    chats.provider.sends.append(SendProblem.STOPPED)
    await chats.drained()
    assert address(world, "telegram", "900").state == "stopped"
    await sweeps.escalate(world.store, world.house, world.clock.at)
    assert len(world.texts(supervisor)) == told + 1

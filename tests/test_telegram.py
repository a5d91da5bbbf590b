"""What comes in by Telegram, against the stand-in, over real sockets and the real library."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.channels import (
    Button,
    Inbound,
    Kind,
    SendError,
    SendProblem,
    TryLaterError,
)
from bot.channels.telegram import Telegram
from bot.demo.telegram_api import FaultKind, TelegramApi
from tests.telegram_house import (
    NOW,
    QUICK,
    Door,
    calls,
    open_api,
    open_channel,
    outgoing,
    polling,
    started,
)
from tests.waiting import until

SCALE = tuple(Button(str(n), str(n)) for n in range(11))


@pytest.fixture
async def api() -> AsyncIterator[TelegramApi]:
    async with open_api() as made:
        yield made


@pytest.fixture
def unreadable() -> list[str]:
    return []


@pytest.fixture
async def channel(api: TelegramApi, unreadable: list[str]) -> AsyncIterator[Telegram]:
    async with open_channel(api, unreadable) as made:
        yield made


# Starting


async def test_start_learns_the_name_and_publishes_the_commands(
    api: TelegramApi, channel: Telegram
) -> None:
    await channel.start({"en": [("menu", "Menu")], "es": [("menu", "Menú")]})
    assert channel.username == api.username
    assert api.commands[("default", "")] == [{"command": "menu", "description": "Menu"}]
    assert api.commands[("default", "es")] == [{"command": "menu", "description": "Menú"}]
    assert api.updates.webhook is None


async def test_a_wrong_token_is_said_without_the_token(api: TelegramApi) -> None:
    wrong = Telegram("123:" + "x" * 35, api.origin, timing=QUICK)
    with pytest.raises(SendError) as raised:
        await wrong.start()
    await wrong.close()
    assert (raised.value.kind, raised.value.code) == (SendProblem.UNREACHABLE, "401")
    assert raised.value.__context__ is None
    assert "xxx" not in repr(wrong)


# Polling


async def test_what_was_written_comes_in(api: TelegramApi, channel: Telegram) -> None:
    door, chat = Door(), api.new_user("Ana")
    await channel.start()
    async with polling(channel, door):
        await api.say(chat, "/start CODE")
        await until(lambda: len(door.got) == 1)
    (inbound,) = door.got
    assert inbound.address == str(chat)
    assert (inbound.text, inbound.kind, inbound.sent_at) == ("/start CODE", Kind.TEXT, NOW)
    assert inbound.provider_id.startswith(f"{api.token.partition(':')[0]}:")


async def test_the_offset_moves_on_only_after_all_were_received(
    api: TelegramApi, channel: Telegram
) -> None:
    door = Door()
    chats = [await started(api) for _ in range(3)]
    for chat in chats:
        await api.say(chat, f"from {chat}")
    door.refuse = [TryLaterError()]
    async with polling(channel, door):
        await until(lambda: len(door.tried) >= 6)
        await until(lambda: len(api.updates) == 0)
        await api.say(chats[0], "one more")
        await until(lambda: "one more" in door.texts)
    assert set(door.texts) == {*(f"from {chat}" for chat in chats), "one more"}
    assert door.tried[0] not in {seen.provider_id for seen in door.got[:2]}
    offsets = [call.params.get("offset") for call in api.ledger if call.method == "getUpdates"]
    last = max(int(tried.partition(":")[2]) for tried in door.tried[:6])
    assert offsets == [None, None, str(last + 1)]


async def test_a_refused_message_holds_back_the_next_of_its_chat(
    api: TelegramApi, channel: Telegram
) -> None:
    door, chat = Door(), await started(api)
    for text in ("one", "two", "three"):
        await api.say(chat, text)
    door.refuse = [TryLaterError(), TryLaterError()]
    async with polling(channel, door):
        await until(lambda: len(door.got) == 3)
    assert door.texts == ["one", "two", "three"]


async def test_chats_do_not_wait_for_each_other(api: TelegramApi, channel: Telegram) -> None:
    slow, quick = await started(api), await started(api)
    await api.say(slow, "slow")
    await api.say(quick, "quick")
    seen, both = [], asyncio.Barrier(2)

    async def receive(inbound: Inbound) -> None:
        await both.wait()
        seen.append(inbound.text)

    stop = asyncio.Event()
    task = asyncio.create_task(channel.poll(receive, stop))
    await until(lambda: len(seen) == 2)
    stop.set()
    await task


async def test_a_second_delivery_has_the_same_id(api: TelegramApi, channel: Telegram) -> None:
    door, chat = Door(), await started(api)
    api.deliver_twice = True
    async with polling(channel, door):
        await api.say(chat, "once")
        await until(lambda: len(door.got) == 2)
    assert len({inbound.provider_id for inbound in door.got}) == 1


async def test_stopping_is_quick_and_loses_nothing(api: TelegramApi, channel: Telegram) -> None:
    door, chat = Door(), await started(api)
    async with polling(channel, door) as stop:
        await until(lambda: api.updates._asker == 1)
        stop.set()
    await api.say(chat, "while away")
    async with polling(channel, door):
        await until(lambda: door.texts == ["while away"])


async def test_polling_outlives_what_the_service_does(
    api: TelegramApi, channel: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    door, chat = Door(), await started(api)
    faults: list[FaultKind] = ["5xx", "drop", "half"]
    for kind in faults:
        api.fail_next("getUpdates", kind)
    api.fail_next("getUpdates", "5xx", status=409)
    async with polling(channel, door):
        await api.say(chat, "through it all")
        await until(lambda: door.texts == ["through it all"])
    assert calls(api, "getUpdates")[:4] == [500, 0, 0, 409]
    assert "another program polls this bot" in caplog.text


async def test_polling_waits_as_long_as_it_is_told(api: TelegramApi, channel: Telegram) -> None:
    api.fail_next("getUpdates", "429", seconds=1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with polling(channel, Door()):
        await until(lambda: api.updates._asker == 1)
    assert loop.time() - began >= 1


async def test_an_unreadable_update_is_set_aside_and_the_rest_go_on(
    api: TelegramApi, channel: Telegram, unreadable: list[str]
) -> None:
    door, chat = Door(), await started(api)
    poisoned = api.updates.add(chat, "message", {"message_id": 1, "chat": "not a chat"})
    await api.say(chat, "after it")
    async with polling(channel, door):
        await until(lambda: door.texts == ["after it"])
        await until(lambda: len(api.updates) == 0)
    assert unreadable == [f"{api.token.partition(':')[0]}:{poisoned}"]


async def test_a_door_that_breaks_is_tried_again_but_not_for_ever(
    api: TelegramApi, channel: Telegram, unreadable: list[str]
) -> None:
    door, chat = Door(), await started(api)
    door.refuse = [RuntimeError("secret words")] * 3
    await api.say(chat, "poison")
    await api.say(chat, "after it")
    async with polling(channel, door):
        await until(lambda: door.texts == ["after it"])
    assert unreadable == [door.tried[0]]
    assert door.tried[:3] == [door.tried[0]] * 3


async def test_times_are_the_service_s_own(api: TelegramApi, channel: Telegram) -> None:
    door, chat = Door(), await started(api)
    late = NOW - timedelta(hours=3)
    api._now = lambda: late
    await api.say(chat, "sent long ago")
    async with polling(channel, door):
        await until(lambda: len(door.got) == 1)
    assert door.got[0].sent_at == late


# Privacy


async def test_no_log_line_carries_the_token_or_a_text(
    api: TelegramApi, channel: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("telegram", "telegram.Bot", "aiohttp", "asyncio", "bot"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    door, chat = Door(), await started(api)
    await channel.start({"en": [("menu", "Menu")]})
    sent = int(await channel.send(outgoing(chat, "words of ours", buttons=SCALE)))
    faults: list[FaultKind] = ["429", "5xx", "hang", "drop", "half"]
    for kind in faults:
        api.fail_next("sendMessage", kind, seconds=7)
        with pytest.raises(SendError):
            await channel.send(outgoing(chat, "words of ours"))
        if kind != "429":
            api.fail_next("getUpdates", kind, seconds=0.2)
    await api.tap(chat, sent, "0|7")
    await api.say(chat, "words of theirs")
    api.updates.add(chat, "message", {"text": "words of theirs"})
    door.refuse = [RuntimeError("words of theirs")]
    async with polling(channel, door):
        await until(lambda: "words of theirs" in door.texts)
    await channel.close()
    logged = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert "provider_away" in logged
    assert api.token not in logged
    assert api.token.partition(":")[2] not in logged
    assert "words of" not in logged
    assert str(chat) not in logged
    assert api.token not in repr(channel) + repr(vars(channel))

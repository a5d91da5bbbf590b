"""What goes out by Telegram: messages, buttons and their end, and what a failure means."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels import (
    Button,
    Channel,
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
async def channel(api: TelegramApi) -> AsyncIterator[Telegram]:
    async with open_channel(api) as made:
        yield made


async def test_send_returns_the_id_and_protects_what_is_private(
    api: TelegramApi, channel: Telegram
) -> None:
    chat = await started(api)
    message_id = await channel.send(outgoing(chat, "https://page.example \ud800", private=True))
    seen = api.messages(chat)[-1]
    assert message_id == str(seen.message_id)
    assert seen.protected
    assert seen.text == "https://page.example"
    params = next(call.params for call in api.ledger if call.method == "sendMessage")
    assert json.loads(params["link_preview_options"]) == {"is_disabled": True}
    assert "parse_mode" not in params
    as_the_outbox_sees_it: Channel = channel
    assert await as_the_outbox_sees_it.find(outgoing(chat), NOW) is None


async def test_who_blocked_us_is_stopped_and_a_stranger_rejected(
    api: TelegramApi, channel: Telegram
) -> None:
    chat, stranger = await started(api), api.new_user("Bo")
    api.block(chat)
    for address, problem, code in (
        (str(chat), SendProblem.STOPPED, "403"),
        (str(stranger), SendProblem.REJECTED, "400"),
        ("not a number", SendProblem.REJECTED, "address"),
    ):
        with pytest.raises(SendError) as raised:
            await channel.send(replace(outgoing(chat), address=address))
        assert (raised.value.kind, raised.value.code) == (problem, code)


@pytest.mark.parametrize(
    ("kind", "problem", "code", "retry_after"),
    [
        ("429", SendProblem.THROTTLED, "429", 7),
        ("5xx", SendProblem.UNKNOWN, "500", None),
        ("hang", SendProblem.UNKNOWN, "timeout", None),
        ("drop", SendProblem.UNKNOWN, "ServerDisconnectedError", None),
        ("half", SendProblem.UNKNOWN, "ClientPayloadError", None),
    ],
)
async def test_what_a_failure_means_for_the_message(
    api: TelegramApi,
    channel: Telegram,
    kind: FaultKind,
    problem: SendProblem,
    code: str,
    retry_after: float | None,
) -> None:
    chat = await started(api)
    api.fail_next("sendMessage", kind, seconds=7)
    with pytest.raises(SendError) as raised:
        await channel.send(outgoing(chat))
    error = raised.value
    assert (error.kind, error.code, error.retry_after) == (problem, code, retry_after)
    assert error.__context__ is None
    assert await channel.send(outgoing(chat, "the next one goes through"))


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"ok":true}', b"\xff"])
async def test_an_answer_that_is_none_leaves_the_message_in_doubt(answer: bytes) -> None:
    async def nonsense(_: web.Request) -> web.Response:
        return web.Response(body=answer)

    app = web.Application()
    app.router.add_post("/{any:.*}", nonsense)
    async with TestServer(app) as server:
        channel = Telegram("1:x", str(server.make_url("")), timing=QUICK)
        with pytest.raises(SendError) as raised:
            await channel.send(outgoing(5))
        await channel.close()
    assert (raised.value.kind, raised.value.code) == (SendProblem.UNKNOWN, "unreadable")


async def test_nobody_there_means_certainly_not_sent() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        channel = Telegram("1:x", f"http://127.0.0.1:{held.getsockname()[1]}", timing=QUICK)
        with pytest.raises(SendError) as raised:
            await channel.send(outgoing(5))
        await channel.close()
    assert (raised.value.kind, raised.value.code) == (SendProblem.UNREACHABLE, "connect")


# Buttons


async def test_a_press_comes_in_and_the_answer_stays_as_text(
    api: TelegramApi, channel: Telegram
) -> None:
    door, chat = Door(), await started(api)
    sent = int(await channel.send(outgoing(chat, "Día 🌞?", buttons=SCALE, asked_in=12)))
    await api.tap(chat, sent, "12|7")
    async with polling(channel, door):
        await until(lambda: api.messages(chat)[-1].buttons == ())
        await until(lambda: calls(api, "answerCallbackQuery") == [200])
    (inbound,) = door.got
    assert (inbound.kind, inbound.text) == (Kind.BUTTON, "7")
    assert (inbound.choice, inbound.asked_in, inbound.sent_at) == ("7", 12, NOW)
    assert api.messages(chat)[-1].text == "Día 🌞?\n\n» 7"


async def test_buttons_stay_while_the_door_could_not_take_the_press(
    api: TelegramApi, channel: Telegram
) -> None:
    door, chat = Door(), await started(api)
    door.refuse = [TryLaterError()] * 10_000
    sent = int(await channel.send(outgoing(chat, buttons=SCALE)))
    await api.tap(chat, sent, "0|7")
    async with polling(channel, door):
        await until(lambda: len(door.tried) > 2)
        assert calls(api, "answerCallbackQuery") == []
        assert api.messages(chat)[-1].buttons


async def test_a_text_with_no_room_left_only_loses_its_buttons(
    api: TelegramApi, channel: Telegram
) -> None:
    door, chat = Door(), await started(api)
    text = "🌞" * 2047  # 4094 of 4096, as Telegram counts
    link = Button("page", "Page", url="https://page.example")
    sent = int(await channel.send(outgoing(chat, text, buttons=(Button("a", "A"), link))))
    await api.tap(chat, sent, "0|a")
    async with polling(channel, door):
        await until(lambda: len(api.messages(chat)[-1].buttons) == 1)
    seen = api.messages(chat)[-1]
    assert seen.text == text
    assert seen.buttons[0][0].url == "https://page.example"
    assert (door.got[0].choice, door.got[0].asked_in) == ("a", None)


async def test_a_failing_chore_disturbs_nobody(
    api: TelegramApi, channel: Telegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    door, chat = Door(), await started(api)
    sent = int(await channel.send(outgoing(chat, buttons=SCALE)))
    api.fail_next("answerCallbackQuery", "5xx")
    api.fail_next("editMessageText", "drop")
    await api.tap(chat, sent, "0|7")
    async with polling(channel, door):
        await until(lambda: "a chore failed: 500" in caplog.text)
        await api.say(chat, "goes on")
        await until(lambda: "goes on" in door.texts)
    assert "How was today" not in caplog.text


async def test_rows_of_buttons(api: TelegramApi, channel: Telegram) -> None:
    chat = await started(api)
    more = (Button("later", "Not now"), Button("page", "Page", url="https://page.example"))
    await channel.send(outgoing(chat, buttons=SCALE + more))
    rows = api.messages(chat)[-1].buttons
    assert [[button.label for button in row] for row in rows] == [
        ["0", "1", "2", "3", "4", "5"],
        ["6", "7", "8", "9", "10"],
        ["Not now"],
        ["Page"],
    ]


async def test_a_key_that_does_not_fit_is_refused(api: TelegramApi, channel: Telegram) -> None:
    chat = await started(api)
    with pytest.raises(SendError, match="callback_data"):
        await channel.send(outgoing(chat, buttons=(Button("é" * 40, "x"),)))
    assert calls(api, "sendMessage") == []

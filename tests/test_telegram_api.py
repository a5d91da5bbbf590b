"""The stand-in for the Bot API, spoken to over HTTP as any client would."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.demo.telegram_api import TelegramApi
from bot.demo.telegram_chats import ChatButton
from bot.demo.telegram_methods import Limits
from tests.waiting import until

Ask = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


@pytest.fixture
async def api() -> AsyncIterator[TelegramApi]:
    made = TelegramApi(speed=100)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def ask(api: TelegramApi) -> AsyncIterator[Ask]:
    async with aiohttp.ClientSession() as session:

        async def call(method: str, **params: Any) -> tuple[int, dict[str, Any]]:
            url = f"{api.origin}/bot{params.pop('token', api.token)}/{method}"
            async with session.post(url, json=params) as answer:
                return answer.status, await answer.json()

        yield call


async def started(api: TelegramApi) -> int:
    """Somebody who pressed start, with the update of it out of the way."""
    chat = api.new_user("Ana")
    await api.say(chat, "/start")
    api.updates.drop()
    return chat


async def test_who_am_i_and_who_may_ask(api: TelegramApi, ask: Ask) -> None:
    status, answer = await ask("getMe")
    assert (status, answer["result"]["username"]) == (200, api.username)
    assert (await ask("getMe", token="1:wrong"))[0] == 404
    assert (await ask("getMe", token="1:" + "x" * 35))[0] == 401
    status, answer = await ask("getWeather")
    assert (status, answer) == (404, {"ok": False, "error_code": 404, "description": "Not Found"})


async def test_an_update_stays_until_a_later_offset_confirms_it(api: TelegramApi, ask: Ask) -> None:
    chat = api.new_user("Ana", language_code="es")
    await api.say(chat, "/start CODE")
    await api.say(chat, "hola")
    first, second = (await ask("getUpdates"))[1]["result"]
    assert first["message"]["text"] == "/start CODE"
    assert first["message"]["from"]["language_code"] == "es"
    assert first["message"]["entities"][0]["type"] == "bot_command"
    assert [u["update_id"] for u in (await ask("getUpdates", limit=1))[1]["result"]] == [
        first["update_id"]
    ]
    again = (await ask("getUpdates", offset=first["update_id"] + 1))[1]["result"]
    assert again == [second]
    assert (await ask("getUpdates", offset=second["update_id"] + 1))[1]["result"] == []
    assert (await ask("getUpdates"))[1]["result"] == []


_LONG = 40


async def asked(api: TelegramApi, ask: Ask) -> asyncio.Future[tuple[int, dict[str, Any]]]:
    """A long poll that has arrived there."""
    before = api.updates._asker
    polling = asyncio.ensure_future(ask("getUpdates", timeout=_LONG))
    await until(lambda: api.updates._asker > before)
    return polling


async def test_a_long_poll_answers_as_soon_as_there_is_something(
    api: TelegramApi, ask: Ask
) -> None:
    chat = await started(api)
    began = time.monotonic()
    polling = await asked(api, ask)
    assert not polling.done()
    await api.say(chat, "there")
    assert (await polling)[1]["result"][0]["message"]["text"] == "there"
    assert time.monotonic() - began < _LONG


async def test_two_pollers_conflict_and_the_later_one_wins(api: TelegramApi, ask: Ask) -> None:
    first = await asked(api, ask)
    status, _ = await ask("getUpdates")
    assert status == 200
    assert (await first)[0] == 409


async def test_the_same_update_can_come_twice(api: TelegramApi, ask: Ask) -> None:
    chat = await started(api)
    api.deliver_twice = True
    await api.say(chat, "once")
    updates = (await ask("getUpdates"))[1]["result"]
    assert len(updates) == 2
    assert updates[0] == updates[1]


async def test_only_allowed_updates_come(api: TelegramApi, ask: Ask) -> None:
    chat = await started(api)
    await ask("getUpdates", allowed_updates=["my_chat_member"])
    await api.say(chat, "not asked for")
    api.block(chat)
    (update,) = (await ask("getUpdates"))[1]["result"]
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"


async def test_sending_needs_a_start_and_no_block(api: TelegramApi, ask: Ask) -> None:
    chat = api.new_user("Ana")
    status, answer = await ask("sendMessage", chat_id=chat, text="hi")
    assert (status, answer["description"]) == (400, "Bad Request: chat not found")
    await api.say(chat, "/start")
    assert (await ask("sendMessage", chat_id=chat, text="hi"))[0] == 200
    api.block(chat)
    status, answer = await ask("sendMessage", chat_id=chat, text="hi")
    assert (status, answer["description"]) == (403, "Forbidden: bot was blocked by the user")
    await api.say(chat, "back")
    assert (await ask("sendMessage", chat_id=chat, text="hi"))[0] == 200


async def test_what_is_sent_is_what_the_person_sees(api: TelegramApi, ask: Ask) -> None:
    chat = await started(api)
    changes: list[int] = []
    api.on_change = lambda: changes.append(1)
    rows = [[{"text": "6", "callback_data": "1|6"}], [{"text": "Map", "url": "https://x.example"}]]
    _, answer = await ask(
        "sendMessage",
        chat_id=chat,
        text="How was today?",
        reply_markup={"inline_keyboard": rows},
        protect_content=True,
    )
    seen = api.messages(chat)[-1]
    assert seen.from_bot
    assert seen.protected
    assert seen.text == "How was today?"
    assert seen.buttons == (
        (ChatButton("6", "1|6", None),),
        (ChatButton("Map", None, "https://x.example"),),
    )
    assert answer["result"]["message_id"] == seen.message_id
    assert answer["result"]["reply_markup"]["inline_keyboard"] == rows
    assert changes


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"text": " "}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}}, "unallowed"),
        (
            {
                "text": "x",
                "reply_markup": {
                    "inline_keyboard": [[{"text": "a", "callback_data": "é" * 33}]],
                },
            },
            "BUTTON_DATA_INVALID",
        ),
    ],
)
async def test_what_the_service_refuses(
    api: TelegramApi, ask: Ask, params: dict[str, Any], reason: str
) -> None:
    status, answer = await ask("sendMessage", chat_id=await started(api), **params)
    assert status == 400
    assert reason in answer["description"]


async def test_editing(api: TelegramApi, ask: Ask) -> None:
    chat = await started(api)
    _, sent = await ask("sendMessage", chat_id=chat, text="one")
    where = {"chat_id": chat, "message_id": sent["result"]["message_id"]}
    status, answer = await ask("editMessageText", **where, text="one")
    assert status == 400
    assert "message is not modified" in answer["description"]
    assert (await ask("editMessageText", **where, text="two"))[0] == 200
    assert api.messages(chat)[-1].text == "two"
    status, answer = await ask("editMessageReplyMarkup", chat_id=chat, message_id=1)
    assert (status, answer["description"]) == (400, "Bad Request: message to edit not found")


async def test_a_tap_needs_its_button_and_is_answered(api: TelegramApi, ask: Ask) -> None:
    chat = await started(api)
    keyboard = {"inline_keyboard": [[{"text": "6", "callback_data": "1|6"}]]}
    _, sent = await ask("sendMessage", chat_id=chat, text="?", reply_markup=keyboard)
    message_id = sent["result"]["message_id"]
    with pytest.raises(ValueError, match="no such button"):
        await api.tap(chat, message_id, "1|7")
    query = await api.tap(chat, message_id, "1|6")
    assert (await ask("answerCallbackQuery", callback_query_id=query))[0] == 200
    assert (await ask("answerCallbackQuery", callback_query_id="5"))[0] == 400


async def test_commands_have_a_scope_and_a_language(ask: Ask) -> None:
    english = [{"command": "menu", "description": "Menu"}]
    spanish = [{"command": "menu", "description": "Menú"}]
    await ask("setMyCommands", commands=english)
    await ask("setMyCommands", commands=spanish, language_code="es")
    assert (await ask("getMyCommands", language_code="es"))[1]["result"] == spanish
    assert (await ask("getMyCommands"))[1]["result"] == english
    scope = {"type": "all_private_chats"}
    assert (await ask("getMyCommands", scope=scope))[1]["result"] == []


async def test_a_chat_takes_a_short_burst_and_then_one_a_second(ask: Ask, api: TelegramApi) -> None:
    api.limits = Limits(per_chat_seconds=3, chat_burst=2)
    one, other = await started(api), await started(api)
    sent = [await ask("sendMessage", chat_id=one, text=str(n)) for n in range(3)]
    assert [status for status, _ in sent] == [200, 200, 429]
    assert sent[-1][1] == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 3",
        "parameters": {"retry_after": 3},
    }
    assert (await ask("sendMessage", chat_id=other, text="other chats go on"))[0] == 200
    api.limits = None
    assert (await ask("sendMessage", chat_id=one, text="switched off"))[0] == 200


async def test_the_bot_as_a_whole_has_a_limit(ask: Ask, api: TelegramApi) -> None:
    api.limits = Limits(per_second=3)
    chats = [await started(api) for _ in range(8)]
    sent = [(await ask("sendMessage", chat_id=chat, text="x"))[0] for chat in chats]
    assert sent[:3] == [200, 200, 200]
    assert 429 in sent


async def test_faults_and_the_ledger(ask: Ask, api: TelegramApi) -> None:
    chat = await started(api)
    send = {"chat_id": chat, "text": "x"}
    api.fail_next("sendMessage", "429", seconds=7)
    api.fail_next("sendMessage", "5xx", status=502)
    assert (await ask("sendMessage", **send))[1]["parameters"] == {"retry_after": 7}
    assert (await ask("sendMessage", **send))[0] == 502
    api.fail_next("sendMessage", "drop", accepted=True)
    with pytest.raises(aiohttp.ClientConnectionError):
        await ask("sendMessage", **send)
    api.fail_next("sendMessage", "half", accepted=True)
    with pytest.raises(aiohttp.ClientPayloadError):
        await ask("sendMessage", **send)
    api.fail_next("sendMessage", "hang", seconds=0.1, accepted=True)
    began = time.monotonic()
    assert (await ask("sendMessage", **send))[0] == 200
    assert time.monotonic() - began >= 0.1
    assert [call.status for call in api.ledger] == [429, 502, 0, 0, 200]
    assert api.ledger[0].params["text"] == "x"
    accepted = [message for message in api.messages(chat) if message.from_bot]
    assert len(accepted) == 3


class Hook:
    """A webhook that answers what the test lines up, 200 afterwards."""

    def __init__(self) -> None:
        self.got: list[tuple[float, dict[str, Any], str | None]] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.news = asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        self.got.append((time.monotonic(), json.loads(await request.read()), secret))
        status, headers = self.answers.pop(0) if self.answers else (200, {})
        self.news.set()
        return web.Response(status=status, headers=headers)

    def texts(self) -> list[str]:
        return [update["message"]["text"] for _, update, _ in self.got]

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.got) < count:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def hook() -> AsyncIterator[tuple[Hook, str]]:
    made = Hook()
    app = web.Application()
    app.router.add_post("/telegram", made.take)
    async with TestServer(app) as server:
        yield made, str(server.make_url("/telegram"))


async def test_a_webhook_is_tried_again_and_holds_back_its_chat_only(
    api: TelegramApi, ask: Ask, hook: tuple[Hook, str]
) -> None:
    made, url = hook
    one, other = await started(api), await started(api)
    assert (await ask("setWebhook", url=url, secret_token="s3cret"))[0] == 200
    made.answers = [(500, {})] * 3
    await api.say(one, "first")
    await api.say(one, "second")
    await made.wait_for(3)
    await api.say(other, "elsewhere")
    await made.wait_for(6)
    assert [text for text in made.texts() if text != "elsewhere"] == ["first"] * 4 + ["second"]
    assert all(secret == "s3cret" for _, _, secret in made.got)
    moments = [moment for moment, update, _ in made.got if update["message"]["text"] == "first"]
    gaps = [late - early for early, late in pairwise(moments)]
    assert gaps[1] >= 0.02  # two seconds, at a hundredth
    assert gaps[2] >= 0.04
    # It counts until its answer is read.
    await until(lambda: len(api.updates) == 0)
    info = (await ask("getWebhookInfo"))[1]["result"]
    assert info["pending_update_count"] == 0
    assert "500" in info["last_error_message"]


async def test_retry_after_is_honoured(api: TelegramApi, ask: Ask, hook: tuple[Hook, str]) -> None:
    made, url = hook
    await ask("setWebhook", url=url)
    made.answers = [(503, {"Retry-After": "20"})]
    await api.say(api.new_user("Ana"), "x")
    await made.wait_for(2)
    assert made.got[1][0] - made.got[0][0] >= 0.2


async def test_polling_and_a_webhook_exclude_each_other(
    api: TelegramApi, ask: Ask, hook: tuple[Hook, str]
) -> None:
    made, url = hook
    made.answers = [(500, {})] * 50
    await ask("setWebhook", url=url)
    assert (await ask("getUpdates"))[0] == 409
    await api.say(api.new_user("Ana"), "kept")
    await made.wait_for(1)
    await ask("deleteWebhook")
    assert (await ask("getUpdates"))[1]["result"][0]["message"]["text"] == "kept"
    assert (await ask("getWebhookInfo"))[1]["result"]["url"] == ""
    assert (await ask("setWebhook", url="http://far.example"))[0] == 400
    assert (await ask("setWebhook", url=url, secret_token="no spaces"))[0] == 400


async def test_a_group_can_be_left(api: TelegramApi, ask: Ask) -> None:
    group = await api.group_message("hello all")
    assert (await ask("getUpdates"))[1]["result"][0]["message"]["chat"]["type"] == "supergroup"
    assert (await ask("leaveChat", chat_id=group))[0] == 200
    assert (await ask("sendMessage", chat_id=group, text="x"))[0] == 400

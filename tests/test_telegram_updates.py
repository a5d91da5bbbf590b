"""Every kind of update, read through the channel as the stand-in offers it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.channels import (
    Kind,
)
from bot.channels.telegram import Telegram
from bot.demo.telegram_api import TelegramApi
from tests.telegram_house import (
    REFUSAL,
    Door,
    calls,
    open_api,
    open_channel,
    polling,
    started,
)
from tests.waiting import until


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


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        ("voice", Kind.VOICE),
        ("audio", Kind.VOICE),
        ("video_note", Kind.VOICE),
        ("photo", Kind.PHOTO),
        ("video", Kind.PHOTO),
        ("animation", Kind.PHOTO),
        ("sticker", Kind.STICKER),
        ("location", Kind.LOCATION),
        ("venue", Kind.LOCATION),
        ("document", Kind.FILE),
        ("contact", Kind.CONTACT),
        ("dice", Kind.FILE),
    ],
)
async def test_every_kind_is_told_apart_and_keeps_its_caption(
    api: TelegramApi, channel: Telegram, sent: str, kind: Kind
) -> None:
    door, chat = Door(), await started(api)
    await api.send_kind(chat, sent, caption="words under it")
    async with polling(channel, door):
        await until(lambda: len(door.got) == 1)
    assert (door.got[0].kind, door.got[0].text) == (kind, "words under it")


async def test_edits_and_blocks(api: TelegramApi, channel: Telegram) -> None:
    door, chat = Door(), await started(api)
    message_id = await api.say(chat, "fine")
    await api.edit(chat, message_id, "not fine")
    api.block(chat)
    api.unblock(chat)
    async with polling(channel, door):
        await until(lambda: len(door.got) == 4)
    assert [(seen.kind, seen.text) for seen in door.got] == [
        (Kind.TEXT, "fine"),
        (Kind.EDITED, "not fine"),
        (Kind.BLOCKED, ""),
        (Kind.UNBLOCKED, ""),
    ]


async def test_what_carries_no_words_of_a_person_is_passed_over(
    api: TelegramApi, channel: Telegram, unreadable: list[str]
) -> None:
    door, chat = Door(), await started(api)
    shape = {"message_id": 9, "chat": {"id": chat, "type": "private"}, "date": 1}
    live = {"location": {"latitude": 1.0, "longitude": 2.0, "live_period": 60}}
    api.updates.add(chat, "message", shape | {"message_auto_delete_timer_changed": None})
    api.updates.add(chat, "edited_message", shape | live)
    api.updates.add(chat, "message_of_next_year", shape)
    await api.say(chat, "words")
    async with polling(channel, door):
        await until(lambda: door.texts == ["words"])
    assert unreadable == []


async def test_a_group_is_told_once_and_left(api: TelegramApi, channel: Telegram) -> None:
    door = Door()
    group = await api.group_message("hello bot")
    await api.group_message("are you there?")
    async with polling(channel, door):
        await until(lambda: 200 in calls(api, "leaveChat"))
    await channel.close()
    assert [seen.text for seen in api.messages(group) if seen.from_bot] == [REFUSAL]
    assert door.got == []

"""A picture by Telegram: through the real client to the stand-in, and what is refused there."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
import pytest

from bot.channels import Button, SendError, SendProblem
from bot.channels.telegram import Telegram
from bot.demo.telegram_api import FaultKind, TelegramApi
from bot.demo.telegram_photos import size_of
from tests.telegram_house import calls, open_api, open_channel, outgoing, started


def png(width: int = 8, height: int = 6, *, padding: int = 0) -> bytes:
    """A small grey picture, or one that says it is larger."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"IDAT", zlib.compress(b"\0" * 54) + bytes(padding)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.fixture
async def api() -> AsyncIterator[TelegramApi]:
    async with open_api() as made:
        yield made


@pytest.fixture
async def channel(api: TelegramApi) -> AsyncIterator[Telegram]:
    async with open_channel(api) as made:
        yield made


async def test_a_picture_arrives_whole_with_its_words_and_buttons(
    api: TelegramApi, channel: Telegram
) -> None:
    chat, drawn = await started(api), png()
    buttons = (Button("more", "More"),)
    number = await channel.send(
        outgoing(chat, "Ánimo: 3 a 8", picture=drawn, private=True, buttons=buttons, asked_in=4)
    )
    seen = api.messages(chat)[-1]
    assert (number, seen.picture) == (str(seen.message_id), drawn)
    assert (seen.text, seen.protected) == ("Ánimo: 3 a 8", True)
    assert seen.buttons[0][0].data == "4|more"
    assert calls(api, "sendMessage") == []
    assert drawn.decode("latin-1") not in repr(seen) + repr(api.ledger[-1])


async def test_words_that_are_too_long_to_stand_under_it_go_without_it(
    api: TelegramApi, channel: Telegram
) -> None:
    chat = await started(api)
    await channel.send(outgoing(chat, "🌞" * 512, picture=png()))
    assert api.messages(chat)[-1].picture
    await channel.send(outgoing(chat, "🌞" * 513, picture=png()))
    seen = api.messages(chat)[-1]
    assert (seen.picture, seen.text) == (b"", "🌞" * 513)


async def test_a_picture_that_is_refused_costs_nobody_the_words(
    api: TelegramApi, channel: Telegram
) -> None:
    chat = await started(api)
    await channel.send(outgoing(chat, "Mood: 3 to 8", picture=b"no picture at all"))
    seen = api.messages(chat)[-1]
    assert (seen.picture, seen.text) == (b"", "Mood: 3 to 8")
    assert (calls(api, "sendPhoto"), calls(api, "sendMessage")) == ([400], [200])


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
async def test_a_failure_means_the_same_as_for_words(
    api: TelegramApi,
    channel: Telegram,
    kind: FaultKind,
    problem: SendProblem,
    code: str,
    retry_after: float | None,
) -> None:
    chat = await started(api)
    api.fail_next("sendPhoto", kind, seconds=7)
    with pytest.raises(SendError) as raised:
        await channel.send(outgoing(chat, picture=png()))
    error = raised.value
    assert (error.kind, error.code, error.retry_after) == (problem, code, retry_after)
    # Whether it arrived is not known: no words go after it.
    assert calls(api, "sendMessage") == []


async def test_who_blocked_us_is_stopped_here_too(api: TelegramApi, channel: Telegram) -> None:
    chat = await started(api)
    api.block(chat)
    with pytest.raises(SendError) as raised:
        await channel.send(outgoing(chat, picture=png()))
    assert raised.value.kind is SendProblem.STOPPED


@pytest.mark.parametrize(
    ("picture", "caption", "refusal"),
    [
        (b"", "", "there is no photo in the request"),
        (b"GIF89a", "", "IMAGE_PROCESS_FAILED"),
        (png()[:-3], "", "IMAGE_PROCESS_FAILED"),
        (png(9_000, 1_001), "", "PHOTO_INVALID_DIMENSIONS"),
        (png(210, 10), "", "PHOTO_INVALID_DIMENSIONS"),
        (png(padding=10 * 1024 * 1024), "", "file is too big"),
        (png(), "x" * 1025, "message caption is too long"),
    ],
)
async def test_the_service_refuses(
    api: TelegramApi, picture: bytes, caption: str, refusal: str
) -> None:
    chat = await started(api)
    form = aiohttp.FormData({"chat_id": str(chat), "caption": caption})
    if picture:
        form.add_field("photo", BytesIO(picture), filename="a.png", content_type="image/png")
    url = f"{api.origin}/bot{api.token}/sendPhoto"
    async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
        status, found = answer.status, await answer.json()
    assert (status, found["description"]) == (400, f"Bad Request: {refusal}")


async def test_a_photo_has_a_caption_and_no_text_to_edit(api: TelegramApi) -> None:
    chat = await started(api)
    url = f"{api.origin}/bot{api.token}"
    form = aiohttp.FormData({"chat_id": str(chat), "caption": " Mood "})
    form.add_field("photo", png(40, 30), filename="a.png", content_type="image/png")
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/sendPhoto", data=form) as answer:
            sent = (await answer.json())["result"]
        changed = {"chat_id": chat, "message_id": sent["message_id"], "text": "x"}
        async with session.post(f"{url}/editMessageText", json=changed) as answer:
            refused = await answer.json()
    assert (sent["caption"], "text" in sent) == ("Mood", False)
    assert (sent["photo"][0]["width"], sent["photo"][0]["height"]) == (40, 30)
    assert refused["description"] == "Bad Request: there is no text in the message to edit"
    assert size_of(api.messages(chat)[-1].picture) == (40, 30)

"""What the channel does by itself after the door has a message: presses answered, groups left.

Nothing waits for a chore and nothing fails with one: it is logged by its kind and forgotten.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import TelegramError

from bot.channels.telegram_http import send_error
from bot.channels.telegram_updates import Pressed

log = logging.getLogger(__name__)

NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_MAX_TEXT = 4096
_CLOSING_SECONDS = 2


class Chores:
    """The chores in flight."""

    def __init__(self, bot: Bot, refusal: str) -> None:
        self._bot = bot
        self._refusal = refusal
        self._refused: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def answer(self, pressed: Pressed) -> None:
        """End the button's spinning, and let the chosen answer stay as text in its place."""
        self._do(self._bot.answer_callback_query(pressed.query))
        if pressed.label:
            self._do(self._clear(pressed))

    def unbutton(self, address: str, provider_id: str) -> None:
        """Take the buttons of a message of ours away: what it asked for is done."""
        if address.removeprefix("-").isdecimal() and provider_id.isdecimal():
            where: dict[str, Any] = {"chat_id": int(address), "message_id": int(provider_id)}
            self._do(self._bot.edit_message_reply_markup(reply_markup=None, **where))

    def refuse(self, group: int) -> None:
        """Say one line, once, and leave: a group is no place for this."""
        self._do(self._leave(group))

    async def close(self) -> None:
        """Let what is in flight end, briefly."""
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=_CLOSING_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _do(self, chore: Coroutine[Any, Any, object]) -> None:
        task = asyncio.ensure_future(_swallow(chore))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _clear(self, pressed: Pressed) -> None:
        """Take the buttons away (links stay); the answer is added where it still fits."""
        text = f"{pressed.text}\n\n» {pressed.label}"
        markup = InlineKeyboardMarkup(pressed.links) if pressed.links else None
        where: dict[str, Any] = {"chat_id": pressed.chat, "message_id": pressed.message_id}
        if pressed.text and units(text) <= _MAX_TEXT:
            await self._bot.edit_message_text(
                text, reply_markup=markup, link_preview_options=NO_PREVIEW, **where
            )
        else:
            await self._bot.edit_message_reply_markup(reply_markup=markup, **where)

    async def _leave(self, group: int) -> None:
        if self._refusal and group not in self._refused:
            self._refused.add(group)
            await _swallow(self._bot.send_message(group, self._refusal))
        await self._bot.leave_chat(group)


async def _swallow(chore: Coroutine[Any, Any, object]) -> None:
    try:
        await chore
    except TelegramError as error:
        log.info("a chore failed: %s", send_error(error).code)
    except Exception as error:  # noqa: BLE001 - an answer of a strange shape
        log.warning("a chore failed: %s", type(error).__name__)


def units(text: str) -> int:
    """The length of a text as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2

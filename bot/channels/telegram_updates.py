"""One Telegram update, read: what of it goes to the door, and what is the channel's own business.

Reading is total: whatever comes, a `Seen` comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telegram import CallbackQuery, ChatMemberUpdated, InlineKeyboardButton, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.channels import Inbound, Kind
from bot.channels.telegram_keyboard import read_data

NAME = "telegram"
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
"""What we ask the service for: nothing of channels, polls or reactions."""

_MEMBERS = {
    ChatMemberStatus.BANNED: Kind.BLOCKED,
    ChatMemberStatus.LEFT: Kind.BLOCKED,
    ChatMemberStatus.MEMBER: Kind.UNBLOCKED,
}


@dataclass(frozen=True, slots=True)
class Pressed:
    """A pressed button: what the channel needs to answer it and to clear the message."""

    query: str
    chat: int = 0
    message_id: int = 0
    text: str = field(default="", repr=False)
    label: str = field(default="", repr=False)
    links: tuple[tuple[InlineKeyboardButton, ...], ...] = field(default=(), repr=False)
    """The rows of link buttons, which stay."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one update holds: something for the door, a group to refuse, a press to answer."""

    provider_id: str
    chat: int | None = None
    inbound: Inbound | None = None
    group: int | None = None
    pressed: Pressed | None = None
    readable: bool = True


def read(raw: Any, bot_id: str, now: datetime) -> Seen:
    """Read a raw update; `now` stands in where the service gives no time (presses)."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    provider_id = f"{bot_id}:{number if isinstance(number, int) else 'unknown'}"
    try:
        return _read(Update.de_json(raw, None), provider_id, now)
    except Exception:  # noqa: BLE001 - anything may come; the caller sets it aside by its id
        return Seen(provider_id, readable=False)


def _read(update: Update, provider_id: str, now: datetime) -> Seen:
    chat = update.effective_chat
    press = update.callback_query
    if chat is None:
        return Seen(provider_id, pressed=Pressed(press.id) if press else None)
    if chat.type != ChatType.PRIVATE:
        out = update.my_chat_member and update.my_chat_member.new_chat_member.status in (
            ChatMemberStatus.LEFT,
            ChatMemberStatus.BANNED,
        )
        return Seen(provider_id, chat.id, group=None if out else chat.id)
    address, pressed = str(chat.id), None
    if press is not None:
        inbound, pressed = _button(press, address, provider_id, now)
    elif update.my_chat_member is not None:
        inbound = _member(update.my_chat_member, address, provider_id)
    elif update.edited_message is not None:
        inbound = _edited(update.edited_message, address, provider_id)
    elif update.message is not None:
        inbound = _message(update.message, address, provider_id)
    else:
        inbound = None
    return Seen(provider_id, chat.id, inbound, pressed=pressed)


def _message(message: Message, address: str, provider_id: str) -> Inbound | None:
    kind = _kind(message)
    if kind is None:
        return None
    text, shared = message.text or message.caption or "", message.location
    point = (shared.latitude, shared.longitude) if shared is not None else None
    return Inbound(NAME, address, provider_id, message.date, text, kind, point=point)


def _kind(message: Message) -> Kind | None:
    """What was sent; None for the service's own notices (a pinned message, a timer)."""
    kinds: dict[Kind, Any] = {
        Kind.TEXT: message.text,
        Kind.VOICE: message.voice or message.audio or message.video_note,
        # Before FILE: an animation carries a document too.
        Kind.PHOTO: message.photo or message.video or message.animation,
        Kind.STICKER: message.sticker,
        Kind.LOCATION: message.location or message.venue,
        Kind.CONTACT: message.contact,
        # Dice, polls, stories, and what a later service will know: there, and unreadable to us.
        Kind.FILE: message.document or message.effective_attachment or message.api_kwargs,
    }
    return next((kind for kind, there in kinds.items() if there), None)


def _edited(message: Message, address: str, provider_id: str) -> Inbound | None:
    """An edited text or caption; a live location edits itself every few seconds: no words."""
    text = message.text or message.caption
    if not text:
        return None
    moment = message.edit_date or message.date
    return Inbound(NAME, address, provider_id, moment, text, Kind.EDITED)


def _member(change: ChatMemberUpdated, address: str, provider_id: str) -> Inbound | None:
    kind = _MEMBERS.get(ChatMemberStatus(change.new_chat_member.status))
    return Inbound(NAME, address, provider_id, change.date, kind=kind) if kind else None


def _button(
    press: CallbackQuery, address: str, provider_id: str, now: datetime
) -> tuple[Inbound | None, Pressed]:
    data, message = press.data, press.message
    if not data or message is None:
        return None, Pressed(press.id)
    asked_in, choice = read_data(data)
    label, text = "", ""
    links: tuple[tuple[InlineKeyboardButton, ...], ...] = ()
    if isinstance(message, Message) and message.reply_markup:
        rows = message.reply_markup.inline_keyboard
        label = next((b.text for row in rows for b in row if b.callback_data == data), "")
        links = tuple(kept for row in rows if (kept := tuple(b for b in row if b.url)))
        text = message.text or ""
    inbound = Inbound(
        NAME, address, provider_id, now, label, Kind.BUTTON, choice=choice, asked_in=asked_in
    )
    return inbound, Pressed(press.id, message.chat.id, message.message_id, text, label, links)

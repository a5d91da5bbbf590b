"""The people in the stand-in: their chats with the bot, and what they can do in them.

Tests and the demo page drive it; every act becomes an update in the service's own shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from bot.demo.telegram_kinds import KINDS
from bot.demo.telegram_photos import check_photo, photo_size
from bot.demo.telegram_updates import ApiError, Json, Updates

_MAX_TEXT = 4096
_MAX_CAPTION = 1024
_MAX_DATA = 64


class ChatButton(NamedTuple):
    """One inline button: what is read, and what comes back or opens."""

    label: str
    data: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message as the person sees it."""

    message_id: int
    from_bot: bool
    text: str = field(repr=False)
    moment: datetime
    buttons: tuple[tuple[ChatButton, ...], ...] = ()
    protected: bool = False
    """It can't be forwarded or saved."""
    kind: str = "text"
    edited: bool = False
    picture: bytes = field(default=b"", repr=False)
    """A photo of the bot's; its text stands under it."""


@dataclass(slots=True)
class _Chat:
    chat: Json
    user: Json
    messages: dict[int, ChatMessage] = field(default_factory=dict)
    started: bool = False
    blocked: bool = False


class Chats:
    """Every chat of the one bot, and the acts of the people in them."""

    def __init__(self, updates: Updates, now: Callable[[], datetime], me: Json) -> None:
        self.on_change: Callable[[], None] | None = None
        self.updates = updates
        self._now = now
        self._me = me
        self._chats: dict[int, _Chat] = {}
        self._next_message = 300
        self._queries: set[str] = set()

    # What a person does

    def new_user(
        self, first_name: str, language_code: str = "en", username: str | None = None
    ) -> int:
        """Make somebody who has not pressed start yet, and return the chat's id."""
        chat_id = 5_120_400_001 + 7 * len(self._chats)
        named = {"id": chat_id, "first_name": first_name}
        if username:
            named["username"] = username
        user = {**named, "is_bot": False, "language_code": language_code}
        self._chats[chat_id] = _Chat({**named, "type": "private"}, user)
        return chat_id

    async def say(self, chat_id: int, text: str) -> int:
        """Type a text (also `/start CODE`) and return its message id; typing unblocks."""
        return self._speak(chat_id, {"text": text, **_commands(text)}, text, "text")

    async def send_kind(self, chat_id: int, kind: str, caption: str = "") -> int:
        """Send something that is not text (see `KINDS`) and return its message id."""
        payload = KINDS[kind] | ({"caption": caption} if caption else {})
        return self._speak(chat_id, payload, caption, kind)

    async def edit(self, chat_id: int, message_id: int, new_text: str) -> None:
        """Change an own earlier text."""
        chat = self._chats[chat_id]
        changed = replace(chat.messages[message_id], text=new_text, edited=True)
        chat.messages[message_id] = changed
        payload = self._json(chat, changed) | {"edit_date": int(self._now().timestamp())}
        self._announce(chat_id, "edited_message", payload)

    async def tap(self, chat_id: int, message_id: int, data: str) -> str:
        """Press a button and return the id of the press; ValueError when it is not there."""
        chat = self._chats[chat_id]
        message = chat.messages[message_id]
        if data not in {button.data for row in message.buttons for button in row}:
            error = "no such button under that message"
            raise ValueError(error)
        query = str(4_382_000_000_000_000_001 + len(self._queries))
        self._queries.add(query)
        payload = {
            "id": query,
            "from": chat.user,
            "message": self._json(chat, message),
            "chat_instance": "-3216549870",
            "data": data,
        }
        self._announce(chat_id, "callback_query", payload)
        return query

    def block(self, chat_id: int) -> None:
        """Block the bot: sends to this chat answer 403 from now on."""
        self._member(chat_id, "member", "kicked")

    def unblock(self, chat_id: int) -> None:
        """Take the block away."""
        self._member(chat_id, "kicked", "member")

    async def group_message(
        self, text: str, first_name: str = "Ana", chat_id: int = -1_001_987_000_001
    ) -> int:
        """Say something in a group that the bot was added to, and return the group's id."""
        group = {"id": chat_id, "type": "supergroup", "title": "Friends"}
        user = {"id": 5_990_000_001, "is_bot": False, "first_name": first_name}
        self._chats.setdefault(chat_id, _Chat(group, user))
        self._speak(chat_id, {"text": text}, text, "text")
        return chat_id

    def messages(self, chat_id: int) -> list[ChatMessage]:
        """Every message of a chat, oldest first, as it stands now."""
        return list(self._chats[chat_id].messages.values())

    # What the bot does

    def post(self, chat_id: int, text: str, markup: Json, *, protected: bool) -> Json:
        """Put a message of the bot into a chat; raises ApiError."""
        chat = self._reachable(chat_id)
        message = self._new(chat, _checked(text), from_bot=True)
        message = replace(message, buttons=_buttons(markup), protected=protected)
        return self._keep(chat, message)

    def show(
        self, chat_id: int, picture: bytes, caption: str, markup: Json, *, protected: bool
    ) -> Json:
        """Put a photo of the bot into a chat, with a text under it; raises ApiError."""
        chat = self._reachable(chat_id)
        check_photo(picture)
        if units(caption) > _MAX_CAPTION:
            raise ApiError(400, "Bad Request: message caption is too long")
        message = self._new(chat, caption.strip(), from_bot=True)
        buttons = _buttons(markup)
        shown = replace(message, picture=picture, buttons=buttons, protected=protected)
        return self._keep(chat, shown)

    def rewrite(self, chat_id: int, message_id: int, text: str | None, markup: Json) -> Json:
        """Change a message of the bot; text None changes its buttons only; raises ApiError."""
        chat = self._reachable(chat_id)
        old = chat.messages.get(message_id)
        if old is None:
            raise ApiError(400, "Bad Request: message to edit not found")
        if not old.from_bot:
            raise ApiError(400, "Bad Request: message can't be edited")
        if text is not None and old.picture:
            raise ApiError(400, "Bad Request: there is no text in the message to edit")
        wanted = old.text if text is None else _checked(text)
        new = replace(old, text=wanted, buttons=_buttons(markup), edited=True)
        if (new.text, new.buttons) == (old.text, old.buttons):
            raise ApiError(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        return self._keep(chat, new) | {"edit_date": int(self._now().timestamp())}

    def answer(self, query: str) -> None:
        """Answer a press once; raises ApiError."""
        if query not in self._queries:
            raise ApiError(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )

    def leave(self, chat_id: int) -> None:
        """Go out of a group; raises ApiError for a private chat."""
        if chat_id > 0:
            raise ApiError(400, "Bad Request: chat member status can't be changed in private chats")
        self._reachable(chat_id).started = False

    def _reachable(self, chat_id: int) -> _Chat:
        chat = self._chats.get(chat_id)
        if chat is not None and chat.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        if chat is None or not chat.started:
            raise ApiError(400, "Bad Request: chat not found")
        return chat

    def _speak(self, chat_id: int, payload: Json, text: str, kind: str) -> int:
        chat = self._chats[chat_id]
        if chat.blocked:
            self.unblock(chat_id)
        chat.started = True
        message = replace(self._new(chat, text, from_bot=False), kind=kind)
        body = {k: v for k, v in self._keep(chat, message).items() if k != "text"}
        self._announce(chat_id, "message", body | payload)
        return message.message_id

    def _new(self, chat: _Chat, text: str, *, from_bot: bool) -> ChatMessage:
        self._next_message += 1
        moment = self._now()
        message = ChatMessage(self._next_message, from_bot=from_bot, text=text, moment=moment)
        chat.messages[message.message_id] = message
        return message

    def _keep(self, chat: _Chat, message: ChatMessage) -> Json:
        chat.messages[message.message_id] = message
        self._changed()
        return self._json(chat, message)

    def _member(self, chat_id: int, old: str, new: str) -> None:
        chat = self._chats[chat_id]
        chat.blocked = new == "kicked"
        banned: Json = {"until_date": 0}
        payload = {
            "chat": chat.chat,
            "from": chat.user,
            "date": int(self._now().timestamp()),
            "old_chat_member": {"user": self._me, "status": old}
            | (banned if new == "member" else {}),
            "new_chat_member": {"user": self._me, "status": new} | (banned if chat.blocked else {}),
        }
        self._announce(chat_id, "my_chat_member", payload)

    def _announce(self, chat_id: int, kind: str, payload: Json) -> None:
        self.updates.add(chat_id, kind, payload)
        self._changed()

    def _changed(self) -> None:
        if self.on_change:
            self.on_change()

    def _json(self, chat: _Chat, message: ChatMessage) -> Json:
        shape: Json = {
            "message_id": message.message_id,
            "from": self._me if message.from_bot else chat.user,
            "chat": chat.chat,
            "date": int(message.moment.timestamp()),
        }
        if message.picture:
            shape["photo"] = [photo_size(message.message_id, message.picture)]
            shape |= {"caption": message.text} if message.text else {}
        else:
            shape["text"] = message.text
        if message.protected:
            shape["has_protected_content"] = True
        if message.buttons:
            rows = [[_button(button) for button in row] for row in message.buttons]
            shape["reply_markup"] = {"inline_keyboard": rows}
        return shape


def units(text: str) -> int:
    """The length of a text as the service counts it: UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _checked(text: str) -> str:
    if not text.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if units(text) > _MAX_TEXT:
        raise ApiError(400, "Bad Request: message is too long")
    return text.strip()


def _commands(text: str) -> Json:
    command = text.split(maxsplit=1)[0] if text.startswith("/") else ""
    entity = {"type": "bot_command", "offset": 0, "length": len(command)}
    return {"entities": [entity]} if command else {}


def _button(button: ChatButton) -> Json:
    named: dict[str, Any] = {"text": button.label}
    return named | ({"url": button.url} if button.url else {"callback_data": button.data})


def _buttons(markup: Json) -> tuple[tuple[ChatButton, ...], ...]:
    """The rows of an inline keyboard; raises ApiError for what the service would refuse."""
    rows: list[tuple[ChatButton, ...]] = []
    for row in markup.get("inline_keyboard", []):
        made: list[ChatButton] = []
        for raw in row:
            button = ChatButton(raw.get("text", ""), raw.get("callback_data"), raw.get("url"))
            if not button.label:
                raise ApiError(400, "Bad Request: inline keyboard button text is empty")
            if not button.data and not button.url:
                raise ApiError(
                    400, "Bad Request: text buttons are unallowed in the inline keyboard"
                )
            if button.data and len(button.data.encode()) > _MAX_DATA:
                raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
            if button.url and not button.url.startswith(("http://", "https://", "tg://")):
                raise ApiError(400, "Bad Request: BUTTON_URL_INVALID")
            made.append(button)
        if made:
            rows.append(tuple(made))
    return tuple(rows)

"""What the demo's phones show, as JSON for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bot.demo.phones import Account, Phone, Stage
from bot.demo.telegram_chats import ChatMessage
from bot.demo.telegram_photos import size_of
from bot.demo.twilio_records import Message

PHONES: tuple[Phone, ...] = ("telegram", "sms", "staff")
_MOST = 80
"""Messages of a phone that are shown, the latest."""


def state(stage: Stage, chosen: Mapping[str, str], seen: int) -> dict[str, Any]:
    """The clock, and the phones unless nothing has changed since version `seen`.

    `chosen` names the account that each phone shows; what it does not know shows the first.
    """
    found: dict[str, Any] = {
        "version": stage.version,
        "now": stage.clock.now().isoformat(),
        "zone": stage.app.house.clinic.zone,
        "moving": stage.travel.moving,
    }
    if seen != stage.version:
        found["phones"] = {phone: _phone(stage, phone, chosen.get(phone)) for phone in PHONES}
    return found


def shown(stage: Stage, phone: Phone, key: str | None) -> Account:
    """The account that a phone shows: the chosen one, else the first."""
    accounts = _of(stage, phone)
    return next((account for account in accounts if account.key == key), accounts[0])


def _of(stage: Stage, phone: Phone) -> list[Account]:
    return [account for account in stage.accounts.values() if account.phone == phone]


def _named(account: Account) -> str:
    return f"{account.name}, {account.role}" if account.role else account.name


def _phone(stage: Stage, phone: Phone, key: str | None) -> dict[str, Any]:
    one = shown(stage, phone, key)
    messages = _SHOW[phone](stage, one)
    return {
        "accounts": [{"key": each.key, "name": _named(each)} for each in _of(stage, phone)],
        "key": one.key,
        "name": one.name,
        "role": one.role,
        "language": one.language,
        "off": one.off,
        "link": one.link,
        "messages": messages[-_MOST:],
    }


def _chat(stage: Stage, account: Account) -> list[dict[str, Any]]:
    return [_chat_message(message, account) for message in stage.telegram.messages(account.chat)]


def _chat_message(message: ChatMessage, account: Account) -> dict[str, Any]:
    return {
        "id": str(message.message_id),
        "mine": not message.from_bot,
        "text": message.text,
        "kind": message.kind,
        "picture": _picture(message, account),
        "at": message.moment.isoformat(),
        "buttons": [
            [{"label": one.label, "data": one.data, "url": one.url} for one in row]
            for row in message.buttons
        ],
        "note": "",
        "lost": False,
    }


def _picture(message: ChatMessage, account: Account) -> dict[str, Any] | None:
    size = size_of(message.picture)
    if size is None:
        return None
    url = f"/picture/{account.key}/{message.message_id}.png"
    return {"src": url, "width": size[0], "height": size[1]}


def _texts(stage: Stage, account: Account) -> list[dict[str, Any]]:
    return [
        _text(message)
        for message in stage.twilio.messages
        if account.address == (message.sender if message.direction == "inbound" else message.to)
    ]


def _text(message: Message) -> dict[str, Any]:
    mine = message.direction == "inbound"
    parts = "1 segment" if message.segments == 1 else f"{message.segments} segments"
    state = f"{message.status.capitalize()} ({message.error})" if message.error else message.status
    return {
        "id": message.sid,
        "mine": mine,
        "text": message.body,
        "kind": "photo" if message.media else "text",
        "at": (message.sent or message.created).isoformat(),
        "buttons": [],
        "note": parts if mine else f"{state.capitalize()} · {parts}",
        "lost": not message.on_phone,
    }


_SHOW: Mapping[Phone, Callable[[Stage, Account], list[dict[str, Any]]]] = {
    "telegram": _chat,
    "staff": _chat,
    "sms": _texts,
}

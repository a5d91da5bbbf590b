"""A stand-in for the Telegram Bot API that costs next to nothing, the same for every bot.

It answers `sendMessage` as the service does and tells who was written to; everything else gets
`true`. The one in `bot/demo` behaves better and is ten times as slow.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from typing import Any, cast

TOKEN = "7100200300:AAF-loopback-stand-in-0123456789abcde"
SECRET = "loopback"
_ME = {
    "id": int(TOKEN.partition(":")[0]),
    "is_bot": True,
    "first_name": "Evening",
    "username": "evening_companion_bot",
}
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_CHAT = re.compile(rb"chat_id(?:=|\": *|\"[^\r]*(?:\r\n[^\r]+)*\r\n\r\n)(\d+)")
_END = b"\r\n\r\n"

Accepted = Callable[[int, bytes], None]
"""Hears of each message that was accepted: the chat, and the request's body."""


class Service:
    """The service. `accepted` may be set anew for each measurement."""

    def __init__(self) -> None:
        self.accepted: Accepted = lambda _chat, _body: None
        self.origin = ""
        self.sent = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on loopback; `origin` says where."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Line(self), "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    def answer(self, method: bytes, body: bytes) -> Any:
        """The result of one call."""
        if method != b"sendMessage":
            return _ME if method == b"getMe" else True
        self.sent += 1
        found = _CHAT.search(body)
        assert found, body
        chat = int(found[1])
        self.accepted(chat, body)
        return {
            "message_id": self.sent,
            "from": _ME,
            "chat": {"id": chat, "type": "private", "first_name": "Ana"},
            "date": int(time.time()),
            "text": "taken",
        }


class _Line(asyncio.Protocol):
    """One connection, kept alive; requests come one after the other."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._come = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._come += data
        while (head := self._come.find(_END)) >= 0:
            length = _LENGTH.search(self._come, 0, head)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self._come) < end:
                return
            method = self._come[: self._come.find(b"\r\n")].split(b" ")[1].rpartition(b"/")[2]
            body, self._come = self._come[head + 4 : end], self._come[end:]
            said = json.dumps({"ok": True, "result": self._service.answer(method, body)}).encode()
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(said), said)
            )

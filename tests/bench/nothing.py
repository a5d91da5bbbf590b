"""A bot of no library that decides nothing: what the load and the stand-in allow at most."""

from __future__ import annotations

import asyncio
import re
import sys
from typing import cast
from urllib.parse import urlsplit

import uvloop

_CHAT = re.compile(rb'"chat": \{"id": (\d+)')
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class _Bot(asyncio.Protocol):
    def __init__(self, api: asyncio.WriteTransport, host: str) -> None:
        self._api = api
        self._host = host.encode()
        self._come = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._come += data
        head = self._come.find(b"\r\n\r\n")
        length = _LENGTH.search(self._come) if head >= 0 else None
        if head < 0 or len(self._come) < head + 4 + (int(length[1]) if length else 0):
            return
        found = _CHAT.search(self._come)
        self._come = b""
        self._transport.write(_TAKEN)
        if found:
            body = b"chat_id=%b&text=taken" % found[1]
            self._api.write(
                b"POST /bot/sendMessage HTTP/1.1\r\nHost: %b\r\nContent-Length: %d\r\n\r\n%b"
                % (self._host, len(body), body)
            )


async def _serve(api: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    there = urlsplit(api)
    host, to = str(there.hostname), int(there.port or 80)
    line, _ = await loop.create_connection(asyncio.Protocol, host, to)
    server = await loop.create_server(lambda: _Bot(line, there.netloc), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(sys.argv[1], int(sys.argv[2])))

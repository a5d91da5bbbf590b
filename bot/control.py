"""Commands that write while the server runs go through it, by a socket beside the database.

SQLite allows one writing process. A command connects to the socket, sends one line of JSON and
reads one back; only the user who runs the server can open it. On PostgreSQL there is no socket:
a command just connects to the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.config import ConfigError

_log = logging.getLogger("companion.control")
_MOST = 64 * 1024
_SECONDS = 30

Do = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


def path_beside(database: Path) -> Path:
    """Where the socket is."""
    return database.with_name(database.name + ".sock")


async def serve(path: Path, do: Do, stop: asyncio.Event) -> None:
    """Answer commands until told to stop. The writer's lock makes an old socket file ours."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                line = await reader.readline()
                request = json.loads(line)
                reply = await do(request["do"], request["with"])
        except Exception as error:  # noqa: BLE001 - its caller is told, and the server goes on
            _log.warning("command_failed", extra={"error": type(error).__name__})
            reply = {"error": "the server could not do that; its log says why"}
        with contextlib.suppress(ConnectionError):
            writer.write(json.dumps(reply).encode() + b"\n")
            await writer.drain()
        writer.close()

    os.umask(0o077)
    _forget(path)
    server = await asyncio.start_unix_server(answer, path, limit=_MOST)
    try:
        await stop.wait()
    finally:
        server.close()
        _forget(path)


def _forget(path: Path) -> None:
    path.unlink(missing_ok=True)


def ask(path: Path, what: str, given: dict[str, Any]) -> dict[str, Any] | None:
    """Send a command to the running server; None if none is running."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(_SECONDS)
        try:
            client.connect(str(path))
        except OSError:
            return None
        client.sendall(json.dumps({"do": what, "with": given}).encode() + b"\n")
        reply = b""
        while not reply.endswith(b"\n") and (part := client.recv(_MOST)):
            reply += part
    found: dict[str, Any] = json.loads(reply)
    return found


def insist(path: Path, what: str, given: dict[str, Any]) -> dict[str, Any]:
    """The same of a server that ran a moment ago; raises ConfigError: it is gone, or it refuses."""
    reply = ask(path, what, given)
    if reply is None:
        message = "the companion stopped meanwhile; run this again, nothing is lost"
        raise ConfigError(message)
    if "error" in reply:
        raise ConfigError(str(reply["error"]))
    return reply

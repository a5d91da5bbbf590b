"""Ports for processes that listen."""

from __future__ import annotations

import contextlib
import secrets
import socket


def free_port() -> int:
    """A port that nobody listens at, and that no connection is given by the system.

    One that the system hands out may be somebody else's before the process has begun, or while
    it is away.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port

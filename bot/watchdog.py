"""Tells systemd how it stands, in its own words over its own socket: sd_notify(3), no library.

Fed only while our own loops turn. A provider that is away is no reason to be restarted: that
shows in `/health`, and a restart would not bring it back.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable, Mapping

_OFTEN = 4
"""Times in one span of the watchdog that it is fed."""
_UNWATCHED_SECONDS = 15.0


class Watchdog:
    """What systemd started us with; without it every call does nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        span = environment.get("WATCHDOG_USEC", "")
        meant = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self._watched = span.isdecimal() and int(span) > 0 and meant
        self.seconds = int(span) / 1_000_000 / _OFTEN if self._watched else _UNWATCHED_SECONDS

    def ready(self) -> None:
        """We listen, and take messages."""
        self._say("READY=1")

    def stopping(self) -> None:
        """We were told to stop, and finish what is in flight."""
        self._say("STOPPING=1")

    async def run(self, turning: Callable[[], Awaitable[bool]], stop: asyncio.Event) -> None:
        """Feed it while `turning` says that everything turns, until told to stop."""
        while not stop.is_set():
            if await turning():
                self._say("WATCHDOG=1\nSTATUS=well")
            else:
                self._say("STATUS=a loop stands still")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self.seconds)

    def _say(self, words: str) -> None:
        if not self._address:
            return
        # A name that begins with @ has no file: its first byte is NUL.
        where = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out,
        ):
            out.settimeout(1)
            out.sendto(words.encode(), where)

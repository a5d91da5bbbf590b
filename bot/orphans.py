"""What a process that died had in hand: taken over in seconds, by whoever else runs.

SQLite has one process, and a new one takes over everything at its start. On PostgreSQL several
share a database: one that holds its lock no more, and has not taken it again for a while, is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial

from bot import delivery
from storage.presence import Presence, absent
from storage.store import Store, StoreDownError

_log = logging.getLogger("companion.orphans")

GONE_SECONDS = 8.0
"""Longer than one that lives needs to take its lock again after its database was restarted."""
_LOOK_SECONDS = 2.0


class Orphans:
    """Holds this process's lock and watches for the leases of those that are gone."""

    def __init__(self, store: Store, wake: Callable[[], None]) -> None:
        self._store = store
        self._wake = wake
        self._presence = Presence(store)
        self._since: dict[str, float] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Look every two seconds until told to stop."""
        try:
            while not stop.is_set():
                with contextlib.suppress(StoreDownError):
                    await self.look()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
        finally:
            await asyncio.to_thread(self._presence.let_go)

    async def look(self) -> None:
        """Hold our lock; end the leases of those that have been absent for long enough."""
        # What could not be seen in between is no absence: after an outage all are late.
        since, self._since = self._since, {}
        await asyncio.to_thread(self._presence.hold)
        missing = await self._store.read(absent)
        now = asyncio.get_running_loop().time()
        self._since = {mark: since.get(mark, now) for mark in missing}
        gone = [mark for mark, since in self._since.items() if now - since >= GONE_SECONDS]
        if gone:
            freed = await self._store.write(partial(delivery.reclaim_from, marks=gone))
            _log.warning("leases_of_the_dead", extra={"count": freed})
            self._wake()

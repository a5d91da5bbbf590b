"""The job that keeps lists fresh: it starts the command that fetches, and tells who has to know.

To read a list of 100,000 rows is half a minute of Python, and one interpreter does one thing at a
time: in a process of its own, behind everything else, it holds up nobody's turn.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from bot.config import House
from bot.feeds.hands import CHANGED
from storage import facts, feeds
from storage.store import Store

_log = logging.getLogger("companion.feeds")

COMMAND: Final = (sys.executable, "-m", "bot", "meetings", "sync", "--due")


async def sweep(store: Store, house: House, now: datetime) -> int:
    """Tell what changed since the last look; then have fetched what is due. How many were told."""
    told = await _tell(store, house, now)
    if await store.read(lambda tx: feeds.due(tx, now)):
        await spawned(COMMAND)
        told += await _tell(store, house, now)
    return told


async def changed(store: Store, house: House, now: datetime) -> int:
    """Tell everybody whose saved meeting is another now, or gone; how many."""
    from bot import saved

    return await saved.look(store, house, now)


async def _tell(store: Store, house: House, now: datetime) -> int:
    since = await store.read(lambda tx: facts.get_fact(tx, CHANGED))
    if since is None:
        return 0
    told = await changed(store, house, now)

    def done(tx: Connection) -> None:
        # What changed while we looked is looked at again.
        if facts.get_fact(tx, CHANGED) == since:
            facts.drop_fact(tx, CHANGED)

    await store.write(done)
    return told


async def spawned(command: Sequence[str]) -> None:
    """Run a command that fetches to its end."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: ASYNC220, S603 - it only starts it
    try:
        code = await asyncio.to_thread(process.wait)
    finally:
        # When we are told to stop it stops too; what it has not done is due again in an hour.
        if process.poll() is None:
            process.terminate()
    if code:
        _log.warning("lists_not_fetched", extra={"code": code})

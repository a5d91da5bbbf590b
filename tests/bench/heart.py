"""How late an event loop is at the worst: a heart that should beat every few milliseconds."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

_BEAT = 0.002


class Heart:
    """What it has seen; `latest` is in milliseconds."""

    def __init__(self) -> None:
        self.latest = 0.0


@contextlib.asynccontextmanager
async def beating() -> AsyncIterator[Heart]:
    """Beat for as long as it lasts."""
    heart = Heart()

    async def beat() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(_BEAT)
            late = (time.perf_counter() - begun - _BEAT) * 1000
            heart.latest = max(heart.latest, late)

    task = asyncio.create_task(beat())
    try:
        yield heart
        # A stop that has just ended is seen at the next beat.
        await asyncio.sleep(_BEAT * 2)
    finally:
        task.cancel()

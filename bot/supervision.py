"""A loop that fails is begun again after a pause that grows; only ConfigError ends the program."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from bot.channels import SendError
from bot.config import ConfigError

_log = logging.getLogger("companion.app")
_LONGEST_PAUSE = 60.0


async def supervised(name: str, loop: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Keep a loop running until told to stop; raises ConfigError."""
    failures = 0
    time = asyncio.get_running_loop().time
    while not stop.is_set():
        began = time()
        try:
            await loop()
            if name == "telegram" and not stop.is_set():
                # Webhook mode: there is nothing to do but be there.
                await stop.wait()
        except ConfigError:
            raise
        except Exception as error:  # noqa: BLE001 - one loop must not end the others
            # What went well for a while has nothing to do with what failed before it.
            failures = failures + 1 if time() - began < _LONGEST_PAUSE else 1
            if isinstance(error, SendError) and error.away:
                _log.warning("provider_away", extra={"channel": name, "code": error.code})
            else:
                code = error.code if isinstance(error, SendError) else type(error).__name__
                _log.error("loop_failed", exc_info=True, extra={"job": name, "code": code})
            try:
                await asyncio.wait_for(stop.wait(), _pause(failures))
            except TimeoutError:
                continue


def _pause(failures: int) -> float:
    return min(2.0**failures, _LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311

"""When what is fetched by itself is fetched again, and that only one process fetches it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from bot.feeds.hands import Hands

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=24)
_JITTER: Final = 0.15
_PATIENT: Final = 24


def after(now: datetime, wait: timedelta) -> datetime:
    """A while from now, never at the same second as everybody else."""
    return now + wait * random.uniform(1 - _JITTER, 1)  # noqa: S311


def after_failure(now: datetime, failures: int) -> datetime:
    """An hour from now; after too many failures in a row a day."""
    return after(now, HOUR if failures < _PATIENT else DAY)


def claimed(
    hands: Hands, claim: str, due: Iterable[str], now: Callable[[], datetime]
) -> Iterator[str]:
    """Of what is due, by its names, one after the other what no other process is fetching."""
    for name in due:
        until = (now() + HOUR).isoformat()
        if hands.do(claim, {"name": name, "until": until})["taken"]:
            yield name

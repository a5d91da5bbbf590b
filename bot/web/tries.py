"""How often somebody may try to get in: five times freely, then after rests that grow.

Two counters stand behind it, so that nobody can be kept out by a stranger: one with each member
of staff for browsers that we don't know, one in memory for each browser that they have signed in
with before. All unknown browsers together share a brake, whatever name they give.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

FREE: Final = 5
_REST: Final = timedelta(minutes=1)
_LONGEST_REST: Final = timedelta(hours=1)
_MOST_KEYS: Final = 1000


def rest(failures: int) -> timedelta | None:
    """How long it rests after so many wrong tries in a row; None while tries are free."""
    if failures < FREE:
        return None
    doubled: int = 2 ** min(failures - FREE, 10)
    return min(_REST * doubled, _LONGEST_REST)


class Tries:
    """Tries by key, in this process."""

    def __init__(self) -> None:
        self._wrong: dict[str, tuple[int, datetime | None]] = {}

    def count(self, key: str, now: datetime) -> bool:
        """Count a try before it is looked at; False: it rests, and this one counts for nothing."""
        failures, until = self._wrong.pop(key, (0, None))
        resting = until is not None and now < until
        if not resting:
            failures += 1
            wait = rest(failures)
            until = now + wait if wait else None
        # The latest stands last: what is dropped first has not been tried for longest.
        self._wrong[key] = (failures, until)
        if len(self._wrong) > _MOST_KEYS:
            del self._wrong[next(iter(self._wrong))]
        return not resting

    def clear(self, key: str) -> None:
        """It was right."""
        self._wrong.pop(key, None)


class Brake:
    """So many tries at once, then one a second: each costs memory and a tenth of a second."""

    def __init__(self, burst: float = 30, per_second: float = 1) -> None:
        self._burst = burst
        self._rate = per_second
        self._left = burst
        self._at = 0.0

    def take(self, at: float) -> bool:
        """Whether one more may be tried at this moment, in seconds of any steady clock."""
        self._left = min(self._burst, self._left + max(at - self._at, 0) * self._rate)
        self._at = at
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def give_back(self) -> None:
        """The one that was taken was right: it costs nobody anything."""
        self._left = min(self._burst, self._left + 1)

"""How often somebody may try to get in: five times freely, then after rests that grow.

Two counters stand behind it, so that nobody can be kept out by a stranger: one with each member
of staff for browsers that we don't know, one for each browser that they have signed in with
before. All unknown browsers together share a brake, whatever name they give. All of it is in the
database, so that more processes are no more tries.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from storage import facts

FREE: Final = 5
BURST: Final = 30
_PER_SECOND: Final = 1.0
_REST: Final = timedelta(minutes=1)
_LONGEST_REST: Final = timedelta(hours=1)
_KEPT: Final = timedelta(days=1)
"""Who has not tried for so long begins anew."""
_TRIES: Final = "tries:"
_BRAKE: Final = "sign_in_brake"


def rest(failures: int) -> timedelta | None:
    """How long it rests after so many wrong tries in a row; None while tries are free."""
    if failures < FREE:
        return None
    doubled: int = 2 ** min(failures - FREE, 10)
    return min(_REST * doubled, _LONGEST_REST)


def count(tx: Connection, key: str, now: datetime) -> bool:
    """Count a try before it is looked at; False: it rests, and this one counts for nothing."""
    said = facts.locked_fact(tx, _name(key), f"{_text(now)} 0")
    at, _, failures = said.partition(" ")
    wait = rest(int(failures))
    if wait is not None and now < datetime.fromisoformat(at) + wait:
        return False
    facts.put_fact(tx, _name(key), f"{_text(now)} {int(failures) + 1}")
    return True


def clear(tx: Connection, key: str) -> None:
    """It was right."""
    facts.drop_fact(tx, _name(key))


def forget(tx: Connection, now: datetime) -> int:
    """Forget those who have not tried for a day."""
    return facts.forget_facts(tx, _TRIES, _text(now - _KEPT))


def _name(key: str) -> str:
    """The key is a secret of a browser's: only a hash of it is kept."""
    return _TRIES + hashlib.sha256(key.encode()).hexdigest()[:32]


def _text(moment: datetime) -> str:
    """A moment that sorts as text."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def brake(tx: Connection, now: datetime) -> bool:
    """Whether one more unknown browser may try at this moment, of those of all processes."""
    bucket = Bucket.read(facts.locked_fact(tx, _BRAKE, ""))
    taken = bucket.take(now.timestamp())
    facts.put_fact(tx, _BRAKE, bucket.text())
    return taken


def loosen(tx: Connection) -> None:
    """The one that was let through was right: it costs nobody anything."""
    bucket = Bucket.read(facts.locked_fact(tx, _BRAKE, ""))
    bucket.give_back()
    facts.put_fact(tx, _BRAKE, bucket.text())


class Bucket:
    """So many at once, then one a second."""

    def __init__(self, burst: float = BURST, per_second: float = _PER_SECOND) -> None:
        self._burst = burst
        self._rate = per_second
        self._left = burst
        self._at = 0.0

    @classmethod
    def read(cls, text: str) -> Bucket:
        """As it was written down; full, where nothing was."""
        bucket = cls()
        if text:
            left, _, at = text.partition(" ")
            bucket._left, bucket._at = float(left), float(at)
        return bucket

    def text(self) -> str:
        """To be written down."""
        return f"{self._left:.3f} {self._at:.3f}"

    def take(self, at: float) -> bool:
        """Whether one more may be tried at this moment, in seconds of any steady clock."""
        self._left = min(self._burst, self._left + max(at - self._at, 0) * self._rate)
        self._at = at
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def give_back(self) -> None:
        """The one that was taken costs nobody anything."""
        self._left = min(self._burst, self._left + 1)

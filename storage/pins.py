"""The PIN that guards what shows history: hashed, sealed, slow to guess, open for some minutes.

Ten thousand PINs are tried in minutes by whoever has a hash, so the hash is encrypted like a
person's words, and what keeps a finder of the phone out are the rests after wrong tries. The
hash is a cheap one for that reason, about 10 ms: it is computed inside the turn's transaction.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, Row

from storage import people

OPEN_FOR: Final = timedelta(minutes=10)
"""How long after a right PIN what it guards may be seen."""
_FREE: Final = 4
"""Wrong tries before the first rest."""
_REST: Final = timedelta(minutes=5)
_LONGEST_REST: Final = timedelta(hours=1)
_MOST_DOUBLINGS: Final = 4
_HASHER: Final = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)

RIGHT: Final = "right"
WRONG: Final = "wrong"


def put(tx: Connection, person_id: int, digits: str | None) -> None:
    """Set the PIN, or take it off; what was open is shut, and tries begin anew."""
    people.change(
        tx,
        person_id,
        pin=None if digits is None else _HASHER.hash(digits),
        pin_failures=0,
        pin_locked_until=None,
        pin_open_until=None,
    )


def tried(tx: Connection, person: Row[Any], digits: str, now: datetime) -> str:
    """Look at a try of a person who is locked: RIGHT, WRONG, or until when none is looked at.

    A wrong one is counted, after a right one it is open for some minutes.
    """
    resting = rests_until(person, now)
    if resting is not None:
        return resting.isoformat()
    if person.pin is None or _matches(person.pin, digits):
        opened = {"pin_failures": 0, "pin_locked_until": None, "pin_open_until": now + OPEN_FOR}
        people.change(tx, person.id, **opened)
        return RIGHT
    failures = person.pin_failures + 1
    wait = _rest(failures)
    until = now + wait if wait is not None else None
    people.change(tx, person.id, pin_failures=failures, pin_locked_until=until)
    return until.isoformat() if until is not None else WRONG


def is_shut(person: Row[Any], now: datetime | None) -> bool:
    """Whether the PIN has to be asked for; without a moment, whether there is one."""
    if person.pin is None:
        return False
    return now is None or person.pin_open_until is None or person.pin_open_until <= now


def rests_until(person: Row[Any], now: datetime) -> datetime | None:
    """Until when no PIN is looked at; None: one is."""
    until: datetime | None = person.pin_locked_until
    return until if until is not None and until > now else None


def _rest(failures: int) -> timedelta | None:
    if failures <= _FREE:
        return None
    doubled: int = 2 ** min(failures - _FREE - 1, _MOST_DOUBLINGS)
    return min(_REST * doubled, _LONGEST_REST)


def _matches(stored: str, digits: str) -> bool:
    try:
        return _HASHER.verify(stored, digits)
    except (Argon2Error, InvalidHashError):
        return False

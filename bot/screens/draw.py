"""A random selection of days that anyone can recompute: pure, from a seed and what it draws from.

How it goes, so that it can be done again with nothing but HMAC and SHA-256:

- The commitment is SHA-256 of the seed's 32 bytes, a line feed, and what is drawn from as JSON in
  ASCII, keys sorted, without spaces: {"days": […], "name": …, "pool": [{"least", "most", "who"}]},
  days in order, the pool in the order of its pseudonyms. It is published before the first day.
- The i-th number of a pseudonym (i from 0) is the first 8 bytes of HMAC-SHA256 with the seed as the
  key over "screens 1|pseudonym|i", big-endian. A number below n is the next of these modulo n; one
  that is not below the largest multiple of n up to 2^64 is passed over, so that none is likelier.
- How many days: `least` plus a number below `most - least + 1`. Which: again and again, of the days
  that are left in their order, the one at a number below how many are left.

Each pseudonym has numbers of its own, so nobody's days depend on who else is in the pool.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

SEED: Final = 32
"""Bytes of a seed."""
_SPAN: Final = 1 << 64
_LONGEST: Final = 40


class PoolError(ValueError):
    """Nothing can be drawn from this; the words say why."""


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """One who is drawn for, by a pseudonym of this draw alone."""

    who: str
    least: int
    """Days that they are drawn for, at the least and at the most."""
    most: int


@dataclass(frozen=True, slots=True)
class Pool:
    """What is drawn from; raises PoolError for what can't be drawn from."""

    name: str
    days: tuple[date, ...]
    members: tuple[Member, ...] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what would make two pools look like one, or what nobody can keep to."""
        names = [each.who for each in self.members]
        if not self.members or not self.days:
            message = "there is nobody to draw, or no day to draw for"
        elif list(self.days) != sorted(set(self.days)):
            message = "the days are not in order, or one is there twice"
        elif names != sorted(set(names)) or not all(0 < len(n) <= _LONGEST for n in names):
            message = "the pseudonyms are not in order, or one is there twice"
        elif not all(0 <= m.least <= m.most <= len(self.days) for m in self.members):
            message = f"at least and at most lie between 0 and the {len(self.days)} days there are"
        else:
            return
        raise PoolError(message)

    def canonical(self) -> bytes:
        """The one way in which it is written down for the commitment."""
        written = {
            "name": self.name,
            "days": [day.isoformat() for day in self.days],
            "pool": [{"who": m.who, "least": m.least, "most": m.most} for m in self.members],
        }
        return json.dumps(written, sort_keys=True, separators=(",", ":")).encode("ascii")


def commitment(seed: bytes, pool: Pool) -> str:
    """What is published beforehand: it binds to the seed and tells nothing of it."""
    return hashlib.sha256(seed + b"\n" + pool.canonical()).hexdigest()


def drawn(seed: bytes, pool: Pool) -> dict[str, tuple[date, ...]]:
    """The days of each pseudonym, in order."""
    return {member.who: _days(seed, member, pool.days) for member in pool.members}


def _days(seed: bytes, member: Member, days: tuple[date, ...]) -> tuple[date, ...]:
    chance = numbers(seed, f"screens 1|{member.who}")
    count, left = member.least + below(member.most - member.least + 1, chance), list(days)
    return tuple(sorted(left.pop(below(len(left), chance)) for _ in range(count)))


def numbers(seed: bytes, about: str) -> Iterator[int]:
    """Evenly spread numbers below 2^64, as many as are asked for."""
    count = 0
    while True:
        block = hmac.digest(seed, f"{about}|{count}".encode(), hashlib.sha256)
        yield int.from_bytes(block[:8], "big")
        count += 1


def below(most: int, chance: Iterator[int]) -> int:
    """A number from 0 and below `most`, each as likely as another."""
    limit = _SPAN - _SPAN % most
    return next(number for number in chance if number < limit) % most

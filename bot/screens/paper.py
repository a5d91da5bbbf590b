"""What is published of a draw: the commitment before, the seed afterwards; and checking it.

Checking needs the file alone: no database, no settings, no key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from bot.screens.draw import SEED, Member, Pool, PoolError, commitment, drawn

_KIND: Final = "companion screens 1"
_BEFORE: Final = frozenset({"draw", "name", "days", "pool", "commitment"})
_AFTERWARDS: Final = _BEFORE | {"seed", "drawn"}


class PaperError(ValueError):
    """The file is no draw, or it does not come out; the words say why."""


def published(pool: Pool, committed: str) -> dict[str, Any]:
    """What anyone may have before the first day."""
    return {"draw": _KIND, **json.loads(pool.canonical()), "commitment": committed}


def revealed(before: Mapping[str, Any], seed: bytes) -> dict[str, Any]:
    """The same after the last day, with what it takes to draw again."""
    pool = _pool(before)
    days = {who: [day.isoformat() for day in those] for who, those in drawn(seed, pool).items()}
    return {**before, "seed": seed.hex(), "drawn": days}


def verify(text: str, earlier: str | None = None) -> list[str]:
    """Draw again from a revealed file, and hold it against the one published before.

    Returns what came out, in words; raises PaperError where anything differs.
    """
    paper = _read(text)
    if paper.keys() == _BEFORE:
        message = "it holds no seed yet: it can be checked once that is revealed"
        raise PaperError(message)
    if paper.keys() != _AFTERWARDS:
        message = "it is no draw that was revealed: something is missing, or was added"
        raise PaperError(message)
    pool, seed = _pool(paper), _seed(paper)
    if commitment(seed, pool) != paper["commitment"]:
        message = "the commitment is not of this seed, these days and this pool"
        raise PaperError(message)
    if revealed({name: paper[name] for name in _BEFORE}, seed)["drawn"] != paper["drawn"]:
        message = "the days that it says were drawn are not those that the seed gives"
        raise PaperError(message)
    said = [
        f"{paper['commitment']} is the commitment of this seed and pool.",
        f"Drawn again for {len(pool.members)} from {len(pool.days)} days: the same days came out.",
    ]
    if earlier is None:
        return [*said, "Compare the commitment with the one that was published before."]
    before = _read(earlier)
    if any(before.get(name) != paper[name] for name in _BEFORE):
        message = "it is not what was published before: the commitment, the days or the pool differ"
        raise PaperError(message)
    return [*said, "It is what was published before."]


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("draw") != _KIND:
        message = "it is no draw of this program"
        raise PaperError(message)
    return found


def _pool(paper: Mapping[str, Any]) -> Pool:
    message = "its days or its pool can't be read"
    try:
        days = tuple(date.fromisoformat(day) for day in paper["days"])
        members = tuple(
            Member(str(m["who"]), _count(m["least"]), _count(m["most"])) for m in paper["pool"]
        )
        pool = Pool(paper["name"], days, members)
        again = json.loads(pool.canonical())
    except PoolError as error:
        raise PaperError(str(error)) from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise PaperError(message) from None
    if any(again[name] != paper[name] for name in again):
        raise PaperError(message)
    return pool


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _seed(paper: Mapping[str, Any]) -> bytes:
    try:
        seed = bytes.fromhex(paper["seed"])
    except (ValueError, TypeError):
        seed = b""
    if len(seed) != SEED or seed.hex() != paper["seed"]:
        message = f"its seed is not {SEED} bytes, written in hexadecimal digits"
        raise PaperError(message)
    return seed

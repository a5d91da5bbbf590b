"""The prize bowl: draws with the slip put back each time, from a seed that replays them.

After the prize protocol of Petry (2000; 2005): half of the slips say "good job", the others win; an
event in a row earns one draw more than the one before. There a miss leads back to one draw; here it
halves them, and nobody ever falls to zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from bot.programme_rules import Bowl
from bot.screens.draw import below, numbers

GOOD_JOB: Final = "good_job"
WINS: Final = ("small", "large", "jumbo")


def runs(events: Iterable[bool | None], most: int) -> list[int]:
    """How many draws each event earns, or would; None leaves them as they are."""
    found, next_ = [], 1
    for good in events:
        found.append(next_)
        if good is not None:
            next_ = min(next_ + 1, most) if good else max(next_ // 2, 1)
    return found


def drawn(seed: bytes, bowl: Mapping[str, int], count: int) -> list[str]:
    """The slips of so many draws, from a bowl by its counts."""
    chance = numbers(seed, "bowl 1")
    return [_slip(bowl, below(bowl["slips"], chance)) for _ in range(count)]


def _slip(bowl: Mapping[str, int], number: int) -> str:
    for kind in WINS:
        if number < bowl[kind]:
            return kind
        number -= bowl[kind]
    return GOOD_JOB


def worth(bowl: Mapping[str, int], slips: Iterable[str]) -> int:
    """What they win together, in cents."""
    return sum(0 if slip == GOOD_JOB else bowl[f"{slip}_cents"] for slip in slips)


def written(seed: bytes, bowl: Bowl, count: int) -> dict[str, Any]:
    """One event's draws as the ledger keeps them: enough to draw again."""
    counts: dict[str, int] = bowl.model_dump()
    slips = drawn(seed, counts, count)
    return {"rule": "bowl", "seed": seed.hex(), "bowl": counts, "draws": count, "slips": slips}


def replays(detail: Mapping[str, Any]) -> bool:
    """Whether what the ledger keeps comes out again."""
    seed, bowl = bytes.fromhex(detail["seed"]), detail["bowl"]
    slips = drawn(seed, bowl, detail["draws"])
    return bool(slips == detail["slips"] and worth(bowl, slips) == detail["worth"])

"""What a crowd says in one round: one of them is in danger, the others have a quiet evening."""

from __future__ import annotations

import asyncio
from random import Random

from tests.crowd import DANGER, Crowd, Member

_TALKING = 12


def answers(chance: Random) -> str:
    """A good evening, in four numbers: nobody is worried by it."""
    return f"{chance.randint(5, 9)} {chance.randint(0, 6)} 1 1"


def size(rounds: int) -> int:
    """How many people of each channel are enough, since one a round stops talking."""
    return (rounds + 9) // 2


def begin(crowd: Crowd, chance: Random, number: int) -> asyncio.Task[None]:
    """Round `number`: all begin at once; done when everybody has said it, heard or not."""
    in_danger, *others = crowd.members[number:]
    talking: list[Member] = chance.sample(others, min(_TALKING, len(others)))
    lines = {member.id: ["checkin", answers(chance)] for member in talking} | {
        in_danger.id: [DANGER]
    }

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as group:
            for member in (in_danger, *talking):
                group.create_task(crowd.speak(member, lines[member.id]))

    return asyncio.create_task(all_of_them())

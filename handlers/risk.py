"""How much a message needs a human, and what the screen said of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How much a message needs a human; in rising order."""

    NONE = "none"
    CONCERN = "concern"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """0 for none to 3 for emergency."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Risk:
    """What the screen said of a text: a level, labels, and the words that triggered it."""

    level: Level
    labels: tuple[str, ...] = ()
    words: tuple[str, ...] = field(default=(), repr=False)
    bystander: bool = False
    """The body in danger is somebody else's: the help is for who stands beside it."""

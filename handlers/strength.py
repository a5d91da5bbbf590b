"""How strong an urge is, 0-10, and a question that may be answered with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from handlers import phrases
from handlers.answers import UNREAD, Said, Scale, Unread, left_out
from handlers.choices import Choices
from handlers.spelling import words

STRENGTH: Final = Scale(0, 10)
_SKIP: Final = "skip"


@dataclass(frozen=True, slots=True)
class OrStrength:
    """A choice that may be skipped, or how strong it is: who sends a 6 has done it and says so.

    The number of a choice is that choice.
    """

    answer: Choices

    @property
    def keys(self) -> tuple[str, ...]:
        """None."""
        return ()

    def read(self, said: Said) -> str | int | Literal[Unread.UNREAD]:
        """The key of a choice or "skip", or a strength 0-10."""
        spoken = words(said.text)
        left = spoken == words(said.labels.get(_SKIP, "")) or phrases.is_skip(spoken)
        if said.choice == _SKIP or (said.choice is None and spoken and left):
            return _SKIP
        read = self.answer.read(said)
        if read is UNREAD and left_out(said):
            return _SKIP
        return STRENGTH.read(said) if read is UNREAD else read

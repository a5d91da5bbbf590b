"""A question whose words and choices come from data: what it shows, and how it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from content.wording import Value
from handlers import phrases
from handlers.said import UNREAD, Said, Unread
from handlers.spelling import words


@dataclass(frozen=True, slots=True)
class Shows:
    """What a question shows beside the words under its name."""

    values: Mapping[str, Value] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Choices that stand before its own; one whose key is a digit is answered by that digit."""
    explicit: bool = False
    """Its words are only for who chose plain ones, wherever others may read them."""


def numbered(kept: object, *more: str) -> Shows:
    """What a talk keeps as a list, and what stands below it, as choices by their numbers."""
    there = [*map(str, kept), *more] if isinstance(kept, list) else []
    return Shows(labels={str(n): each for n, each in enumerate(there, 1)})


@dataclass(frozen=True, slots=True)
class Shown:
    """One of the choices that were shown, by its key; None for one that was left out."""

    @property
    def keys(self) -> tuple[str, ...]:
        """None: every choice needs its label."""
        return ()

    def read(self, said: Said) -> str | Literal[Unread.UNREAD] | None:
        """The key of a button, of a label as a whole, or of the digit that a label stands under."""
        if said.choice is not None:
            return None if said.choice == "skip" else self._pressed(said)
        spoken = words(said.text)
        if phrases.is_skip(spoken):
            return None
        # "I don't know" leaves it out; who has had enough goes on another time.
        if "skip" in said.labels and phrases.is_unknown(spoken):
            return None
        if "later" in said.labels and phrases.is_not_now(spoken):
            return "later"
        for key, label in said.labels.items():
            named = words(label)
            by_digit = key.isdecimal() and phrases.is_number(said.text, int(key), named)
            if spoken and (spoken == named or by_digit):
                return None if key == "skip" else key
        return UNREAD

    def _pressed(self, said: Said) -> str | Literal[Unread.UNREAD]:
        return said.choice if said.choice is not None and said.choice in said.labels else UNREAD

"""A choice, or words of one's own beside it: the choice is asked first."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

from handlers.said import UNREAD, Said, Unread, picked

A = TypeVar("A")


class Choices(Protocol):
    """What is read as the key of one of its options."""

    @property
    def options(self) -> tuple[str, ...]:
        """The keys of its choices."""
        ...

    def read(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """Return the key that was chosen, or UNREAD."""
        ...


@dataclass(frozen=True, slots=True)
class OrWords(ABC, Generic[A]):
    """A choice, in every way in which one is made; else what the words mean."""

    answer: Choices

    @property
    def keys(self) -> tuple[str, ...]:
        """None: every choice needs its label."""
        return ()

    @property
    def options(self) -> tuple[str, ...]:
        """Those of the choice."""
        return self.answer.options

    def read(self, said: Said) -> A | str | Literal[Unread.UNREAD]:
        """The key of a choice, or what the words mean; a button is never read as words."""
        key = self.chosen(said)
        return self.worded(said) if key is UNREAD and said.choice is None else key

    def chosen(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The key of a choice."""
        return self.answer.read(said)

    @abstractmethod
    def worded(self, said: Said) -> A | Literal[Unread.UNREAD]:
        """What is meant by typed words that are no choice, or UNREAD."""


@dataclass(frozen=True, slots=True)
class OrTyped(OrWords[A]):
    """A choice by button, label or number alone: a plain yes or no belongs to the words."""

    def chosen(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The key of a choice."""
        return picked(said, self.answer.options) or UNREAD

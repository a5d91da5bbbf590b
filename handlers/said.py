"""What came in, what an answer type is, and how one of several choices is picked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal, Protocol, TypeVar

from handlers import phrases
from handlers.spelling import words

A_co = TypeVar("A_co", covariant=True)


class Unread(Enum):
    """The one value that says: this is no answer to that question."""

    UNREAD = "unread"


UNREAD: Final = Unread.UNREAD


@dataclass(frozen=True, slots=True)
class Said:
    """What came in, to be read as an answer: typed text, or the key of a pressed button."""

    text: str = field(repr=False)
    choice: str | None = field(default=None, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The labels of the choices as this person was shown them."""


class Answer(Protocol[A_co]):
    """A kind of answer."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys of the buttons that need no words, because the key says it all ("0" to "10")."""
        ...

    def read(self, said: Said) -> A_co | Literal[Unread.UNREAD]:
        """Return the value of what was said, or UNREAD."""
        ...


def picked(said: Said, options: tuple[str, ...]) -> str | None:
    """The key chosen by button, by a whole label, or by the number it was shown under, else None.

    The numbers count the labels in their order; without labels, the options.
    """
    if said.choice is not None:
        return said.choice if said.choice in options else None
    labels = said.labels or {key: key.replace("_", " ") for key in options}
    spoken = words(said.text)
    for key, label in labels.items():
        if spoken and spoken == words(label):
            return key if key in options else None
    for number, (key, label) in enumerate(labels.items(), start=1):
        if phrases.is_number(said.text, number, words(label)):
            return key if key in options else None
    return None

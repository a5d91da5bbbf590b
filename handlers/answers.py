"""How an answer is read: the same text from a Telegram button and from an SMS "2".

Whole tokens, never substrings. An answer type returns the value, or UNREAD: then the person
is asked once more in other words, and after that is offered a way out. Every answer type is
found here; what is counted or told by the clock is made in `handlers.numbers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Generic, Literal, TypeVar

from handlers import phrases
from handlers.numbers import Numbers, Scale, Time
from handlers.phrases import Sense, sense
from handlers.said import UNREAD, Answer, Said, Unread, picked
from handlers.spelling import fold, words

__all__ = [
    "UNREAD",
    "Answer",
    "Choice",
    "Free",
    "Letters",
    "Numbers",
    "Place",
    "Said",
    "Scale",
    "Skippable",
    "Time",
    "Unread",
    "left_out",
]

A = TypeVar("A")


@dataclass(frozen=True, slots=True, init=False)
class Choice:
    """One of several named things; its value is the key."""

    options: tuple[str, ...]

    def __init__(self, *options: str) -> None:
        object.__setattr__(self, "options", options)

    @property
    def keys(self) -> tuple[str, ...]:
        """None: every choice needs its label."""
        return ()

    def read(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The key of a button, of a label as a whole, or of a number ("2", "#2", "la dos").

        Where one label alone says yes (or no), any yes (or no) chooses it; where none says no,
        one that closes is meant by it, and where none says yes, the only one that does not leave
        the question ("Show me", "Not now").
        """
        key = picked(said, self.options)
        if key is None and said.choice is None:
            meant = _meant(said)
            key = meant if meant in self.options else None
        return key or UNREAD


def _meant(said: Said) -> str | None:
    """The key of the one label that a plain yes or no stands for."""
    spoken = words(phrases.spell_thumbs(said.text))
    heard = sense(spoken) or (Sense.NO if phrases.is_not_now(spoken) else None)
    labels = {key: words(label) for key, label in said.labels.items()}
    meant = [key for key, label in labels.items() if heard and sense(label) is heard]
    leaves = heard is Sense.NO or phrases.is_done(spoken)
    if leaves and not meant:
        meant = [key for key, label in labels.items() if phrases.is_exit(label)]
    elif heard is Sense.YES and not meant and len(labels) > 1:
        meant = [key for key, label in labels.items() if not _leaves(key, label)]
    return meant[0] if heard is not Sense.UNSURE and len(meant) == 1 else None


def _leaves(key: str, label: list[str]) -> bool:
    """Whether a choice leaves the question as it is."""
    return key == "skip" or sense(label) is Sense.NO or phrases.is_exit(label)


@dataclass(frozen=True, slots=True, init=False)
class Letters:
    """A, B or C, asked in danger: A is the dangerous side, and a misread must not look safe.

    So a bare yes, no or number is UNREAD, and so is a letter with words that contradict it.
    """

    options: tuple[str, ...]

    def __init__(self, *options: str) -> None:
        object.__setattr__(self, "options", options)

    @property
    def keys(self) -> tuple[str, ...]:
        """None: every letter needs its label."""
        return ()

    def read(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The key of a button, of a letter ("A", "(b)", "C no"), or of a label as a whole."""
        if said.choice is not None:
            return said.choice if said.choice in self.options else UNREAD
        spoken = phrases.without_option_word(words(phrases.spell_letters(said.text)))
        shown = said.labels or dict(
            zip(self.options, ("yes", "not sure", "no"), strict=False),
        )
        for mark, (key, label) in zip("abcdefgh", shown.items(), strict=False):
            if key not in self.options or not spoken:
                continue
            if spoken == [mark] or (spoken[0] == mark and _same(spoken[1:], words(label))):
                return key
            if spoken == words(label) and sense(spoken) not in (Sense.YES, Sense.NO):
                return key
        return UNREAD


def left_out(said: Said) -> bool:
    """Whether it is put off in a kind word, or with a no where "skip" is the label that says no."""
    if said.choice is not None:
        return False
    return phrases.is_not_now(words(said.text)) or _meant(said) == "skip"


def _same(spoken: list[str], label: list[str]) -> bool:
    """Whether what follows a letter says what its label says."""
    return spoken == label or (sense(spoken) is not None and sense(spoken) == sense(label))


@dataclass(frozen=True, slots=True)
class Free:
    """Words of one's own, cut after `most` characters."""

    most: int = 1_000

    @property
    def keys(self) -> tuple[str, ...]:
        """None."""
        return ()

    def read(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The text without space around it; UNREAD if nothing visible is left."""
        text = said.text.strip()[: self.most].strip()
        return text if any(c.isprintable() and not c.isspace() for c in text) else UNREAD


_ZIP: Final = re.compile(r"(?<![0-9])([0-9]{5})(?:[- ]?[0-9]{4})?[.!]?$")
_PLACE_LENGTHS: Final = range(2, 81)


@dataclass(frozen=True, slots=True)
class Place:
    """A ZIP code or a city, as typed; whether it exists is for a look-up to say."""

    @property
    def keys(self) -> tuple[str, ...]:
        """None."""
        return ()

    def read(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """Five digits where it is or ends in a ZIP code, else the name, 2 to 80 characters."""
        text = " ".join(said.text.split())
        if len(text) not in _PLACE_LENGTHS:
            return UNREAD
        if code := _ZIP.search(fold(text).strip()):
            return code[1]
        return text if any(c.isalpha() for c in text) else UNREAD


@dataclass(frozen=True, slots=True)
class Skippable(Generic[A]):
    """Another answer that may be left out; left out is None. Its button key is "skip"."""

    answer: Answer[A]

    @property
    def keys(self) -> tuple[str, ...]:
        """Those of the answer itself."""
        return self.answer.keys

    def read(self, said: Said) -> A | Literal[Unread.UNREAD] | None:
        """None for "skip" in its many forms, else what the answer reads.

        "No thank you" and "not now" leave it out as well, where the answer has no use for them,
        and so does "I don't know", except that a number is asked for once more.
        """
        if said.choice == "skip":
            return None
        if said.choice is None and (phrases.is_skip(words(said.text)) or self._numbered(said)):
            return None
        read = self.answer.read(said)
        return None if read is UNREAD and (left_out(said) or self._unknown(said)) else read

    def _unknown(self, said: Said) -> bool:
        """Whether they say that they don't know; to a number, where that is what "skip" says."""
        if said.choice is not None or not phrases.is_unknown(words(said.text)):
            return False
        return not self.answer.keys or phrases.is_unknown(words(said.labels.get("skip", "")))

    def _numbered(self, said: Said) -> bool:
        """Whether the text chooses the label "skip", unless a number is an answer by itself."""
        if "skip" not in said.labels:
            return False
        if self.answer.keys and self.answer.read(said) is not UNREAD:
            return False
        return picked(said, tuple(said.labels)) == "skip"

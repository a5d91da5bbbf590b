"""An answer that may be a choice, one of what was shown, or words for another search."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from handlers import meeting_words, phrases
from handlers.meetings import Wish
from handlers.phrases import Sense, sense
from handlers.said import UNREAD, Answer, Said, Unread
from handlers.spelling import bag, words

_DIGITS = re.compile(r"\s*(\d{1,2})\s*[.)]?\s*")
_MORE = bag("more mas next siguiente siguientes")

_OTHER = bag("other another otra otro none ninguna ninguno")
_NONE_OF_THEM = frozenset(
    (
        "none of these",
        "none of them",
        "none of those",
        "not these",
        "something else",
        "another one",
        "ninguna de estas",
        "ninguna de esas",
        "ninguno de estos",
        "algo mas",
        "otra cosa",
    )
)


@dataclass(frozen=True, slots=True, init=False)
class Sought:
    """The key of a choice, the digit of one that was shown, or a wish in their words."""

    options: tuple[str, ...]
    numbered: bool = field(default=False)
    """Digits are what was shown; else they count the choices as everywhere."""

    def __init__(self, *options: str, numbered: bool = False) -> None:
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "numbered", numbered)

    @property
    def keys(self) -> tuple[str, ...]:
        """None: every choice needs its label."""
        return ()

    def read(self, said: Said) -> str | Wish | Literal[Unread.UNREAD]:
        """A button, a label or its first word, a digit, or what `meeting_words` reads."""
        labels = said.labels or {key: key for key in self.options}
        if said.choice is not None:
            known = said.choice in labels or said.choice in self.options
            return said.choice if known else UNREAD
        spoken = words(said.text)
        key = self._chosen(said, spoken, labels)
        if key is not None:
            return key
        if phrases.is_skip(spoken) or sense(spoken) is Sense.NO:
            return "skip" if "skip" in self.options else UNREAD
        if sense(spoken) is not None:
            return UNREAD
        wish = meeting_words.asked(said.text) or meeting_words.wanted(said.text)
        return UNREAD if wish is None else wish

    def _chosen(self, said: Said, spoken: list[str], labels: Mapping[str, str]) -> str | None:
        for key, label in labels.items():
            if spoken and spoken in (words(label), words(label)[:1]):
                return key
        if " ".join(spoken) in _NONE_OF_THEM or (len(spoken) == 1 and spoken[0] in _OTHER):
            found = {"other", "skip"}.intersection(self.options)
            return "other" if "other" in found else next(iter(found), None)
        if "more" in self.options and len(spoken) == 1 and spoken[0] in _MORE:
            return "more"
        shown = {key: label for key, label in labels.items() if key.isdecimal()}
        for number, (key, label) in enumerate((shown or labels).items(), 1):
            if (shown or not self.numbered) and phrases.is_number(said.text, number, words(label)):
                return key
        # One that is not there is told as such.
        beyond = _DIGITS.fullmatch(said.text) if shown else None
        return str(int(beyond[1])) if beyond is not None else None


def sought(*options: str, numbered: bool = False) -> Answer[str | Wish]:
    """Such an answer."""
    return Sought(*options, numbered=numbered)

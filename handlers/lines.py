"""Answers that are mostly typed: a line of one's own, the next page, the digits of a PIN."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from handlers import phrases
from handlers.answers import Choice
from handlers.choices import OrTyped
from handlers.phrases import Sense, sense
from handlers.said import UNREAD, Said, Unread
from handlers.spelling import fold, words

NEXT: Final = "next"
PAUSE: Final = "pause"
MORE: Final = "more"


def _phrases(text: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in text.split(","))


_NEXT: Final = _phrases(
    "done,next part,the next,thats it,thats all,thats all i have,nothing,nothing else,nothing more,"
    "no more,im done,listo,lista,eso es todo,es todo,nada,nada mas,no hay mas,la siguiente,"
    "siguiente parte,ya,ya esta"
)
_PAUSE: Final = _phrases(
    "pause,enough,enough for now,thats enough,stop for now,stop here,later,maybe later,not now,"
    "not today,tomorrow,basta,basta por hoy,por hoy basta,suficiente,luego,mas tarde,despues,"
    "ahora no,hoy no,manana,pausa,paro por ahora,lo dejo aqui"
)
_MORE: Final = _phrases(
    "more,one more,add,add more,another,another one,add another,go on,continue,"
    "mas,uno mas,una mas,otro,otra,otra mas,otro mas,agregar,sigue,seguir"
)


@dataclass(frozen=True, slots=True)
class Written:
    """Lines of somebody's own; a list that was typed as one message is several."""

    lines: tuple[str, ...] = field(repr=False)


_ELSE: Final = re.compile(
    r"(?:i feel|i cant|i can not|i hate"
    r"|(?:im|i am) (?!not \w+ing|going|gonna|doing|making|taking|meeting|seeing|calling)"
    r"|me siento|estoy|no puedo|odio)\b"
)
"""How somebody begins who tells how they are."""


def _is_something_else(text: str) -> bool:
    """Whether it is plainly no thing to do: a question, how somebody feels, a face, numbers."""
    spoken = words(text)
    said = " ".join(spoken)
    asks = "?" in text or "¿" in text
    return asks or not any(map(str.isalpha, said)) or _ELSE.match(said) is not None


@dataclass(frozen=True, slots=True)
class Line(OrTyped[Written | str]):
    """Words of one's own, each line cut after `most` characters, or a choice beside them.

    Whoever says in their own words that this is all, or that they don't know, has chosen `ends`,
    or PAUSE if that is a choice and they say enough for today; "more" asks for room for another
    line. Asked for `a_thing`, what is plainly none stays unread.
    """

    most: int
    ends: str = NEXT
    a_thing: bool = False

    def worded(self, said: Said) -> Written | str | Literal[Unread.UNREAD]:
        """What was written, MORE, or the choice that is meant; UNREAD if nothing visible was."""
        if heard := self._heard(words(said.text)):
            return heard
        if self.a_thing and _is_something_else(said.text):
            return UNREAD
        each = (" ".join(line.split())[: self.most].strip() for line in said.text.splitlines())
        lines = tuple(line for line in each if any(c.isprintable() for c in line))
        return Written(lines) if lines else UNREAD

    def _heard(self, spoken: list[str]) -> str | None:
        """What is meant by words that are surely no line."""
        said, felt = tuple(spoken), sense(spoken)
        if said in _MORE or (felt is Sense.YES and said not in _NEXT):
            return MORE
        if said in _PAUSE:
            return PAUSE if PAUSE in self.options else self.ends
        if said in _NEXT or phrases.is_skip(spoken) or felt in (Sense.NO, Sense.UNSURE):
            return self.ends
        if phrases.is_not_now(spoken):
            return self.ends
        return None


@dataclass(frozen=True, slots=True)
class Paged:
    """A choice under something that may go on: MORE asks for the next page."""

    answer: Choice

    @property
    def keys(self) -> tuple[str, ...]:
        """None."""
        return ()

    def read(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The key of a choice, or MORE."""
        if said.choice is None and tuple(words(said.text)) in _MORE:
            return MORE
        return self.answer.read(said)


_DIGITS: Final = re.compile(r"(?<!\d)\d(?:[ .\-]?\d){3,7}(?!\d)")
_MOST_WORDS: Final = 6


@dataclass(frozen=True, slots=True)
class Code(OrTyped[str]):
    """Four to eight digits, or a choice beside them."""

    def worded(self, said: Said) -> str | Literal[Unread.UNREAD]:
        """The digits alone: "4711", "47-11", "my pin is 4711"."""
        text = fold(said.text)
        found = _DIGITS.findall(text)
        if len(found) != 1 or len(words(text)) > _MOST_WORDS + len(found[0]):
            return UNREAD
        return re.sub(r"\D", "", found[0])

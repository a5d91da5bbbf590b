"""The little language that phrase rules are written in, and what it compiles to.

A pattern is words as `handlers.spelling.normal` leaves them: lower case, no accents, no
apostrophes, contractions spelled out ("i am", "do not", "want to", "going to").

    kill myself          these words, one after the other
    (end|take) my life   one of several; an alternative may have several words
    i [really] mean it   a word that may be missing
    overdos*             a word that begins so
    _                    any one word
    ...                  up to three words, none of them a negation, within one sentence
    <drug>               a named list: whatever the pattern of that name says
    ^  $                 the beginning, the end of a sentence

Each pattern also knows its anchors: words of which a text must have at least one before the
pattern is tried at all. This is what keeps hundreds of patterns quick.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final



def _bag(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATORS: Final = _bag(
    "not never no without nobody neither nor nunca jamas sin ni tampoco aint zero"
)
_COMMON: Final = _bag(
    "i am my me is to a the it not do no of in on and you we was be have had has can will would "
    "want going feel think just so all this that get got up out with for more go did "
    "de la el que se ya quiero voy mi en lo un una con por es estoy he para y si"
)
_TOKEN: Final = re.compile(r"\s*(<\w+>|\.\.\.|[()\[\]|^$_]|[^\s()\[\]|^$_<>.]+\*?|\.)")
_GAP: Final = rf"(?: (?!(?:{'|'.join(sorted(NEGATORS))}) )[^ .]+){{0,3}}?"


class PatternError(ValueError):
    """A pattern that can't be read; says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern and the words of which one must be there (`word*` for beginnings)."""

    text: str
    regex: re.Pattern[str]
    anchors: frozenset[str]
    words: frozenset[str]
    """Every whole word that it is written with."""


Anchors = frozenset[str] | None


class _Parser:
    """One pass from left to right; each part gives a regex and the anchors that it needs."""

    def __init__(self, text: str, lists: Mapping[str, str]) -> None:
        self.lists = lists
        self.tokens = list(_tokens(text))
        self.at = 0
        self.words = {token for token in self.tokens if token.isalpha()}

    def alternatives(self, closing: str | None) -> tuple[str, Anchors]:
        regexes: list[str] = []
        anchors: Anchors = frozenset()
        while True:
            regex, needed = self.sequence(closing)
            regexes.append(regex)
            anchors = None if anchors is None or needed is None else anchors | needed
            if self.at == len(self.tokens):
                if closing:
                    message = f"{closing} is missing"
                    raise PatternError(message)
                break
            ended = self.tokens[self.at]
            self.at += 1
            if ended == closing:
                break
            if ended != "|":
                message = f"{ended} without its beginning"
                raise PatternError(message)
        return (f"(?:{'|'.join(regexes)})" if len(regexes) > 1 else regexes[0]), anchors

    def sequence(self, closing: str | None) -> tuple[str, Anchors]:
        regex = ""
        found: list[frozenset[str]] = []
        while self.at < len(self.tokens):
            if self.tokens[self.at] in {"|", ")", "]"}:
                break
            part, needed = self.part()
            regex += part
            if needed:
                found.append(needed)
        if not regex and closing != "]":
            message = "an alternative is empty"
            raise PatternError(message)
        return regex, min(found, key=_cost) if found else None

    def part(self) -> tuple[str, Anchors]:
        element = self.tokens[self.at]
        self.at += 1
        fixed = {"...": _GAP, "_": " [^ .,]+", "^": r"(?<= \.)", "$": r"(?= \.)"}.get(element)
        if fixed:
            return fixed, None
        if element == "(":
            regex, anchors = self.alternatives(")")
            return f"(?:{regex})", anchors
        if element == "[":
            regex, _ = self.alternatives("]")
            return f"(?:{regex})?", None
        if element.startswith("<"):
            name = element[1:-1]
            if name not in self.lists:
                message = f"no list is called {name}"
                raise PatternError(message)
            listed = _Parser(self.lists[name], self.lists)
            regex, anchors = listed.alternatives(None)
            self.words |= listed.words
            return f"(?:{regex})", anchors
        if element == ".":
            return r" \.", None
        stem = element.removesuffix("*")
        return f" {re.escape(stem)}" + ("[^ ]*" if stem != element else r"(?= )"), frozenset({element})


def _cost(anchors: frozenset[str]) -> tuple[int, int]:
    return len(anchors & _COMMON), len(anchors)


def _tokens(text: str) -> Iterator[str]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            message = f"can't be read from: {text[at:]}"
            raise PatternError(message)
        yield found[1]
        at = found.end()


def compiled(text: str, lists: Mapping[str, str]) -> Pattern:
    """Compile one pattern; raises PatternError."""
    parser = _Parser(text, lists)
    regex, anchors = parser.alternatives(None)
    if not anchors:
        message = "has no word that a text must have"
        raise PatternError(message)
    return Pattern(text, re.compile(regex + "(?= )"), anchors, frozenset(parser.words))

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
pattern is tried at all, the rarest that it has. This is what keeps hundreds of patterns quick.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache
from typing import Final


def _bag(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEGATORS: Final = _bag(
    "not never no without nobody neither nor nunca jamas sin ni tampoco nadie aint zero"
)
_COMMON: Final = _bag(
    "i am my me is to a the it not do no of in on and you we was be have had has can will would "
    "want going feel think just so all this that get got up out with for more go did "
    "are people really there here by where at when today tomorrow last down come could call make "
    "ok again back about her him he she they now time really over off one day days said say know "
    "sleep need take see tell then some any last good way too much many think very still "
    "like what if been one how put left took gave keep home stop myself le "
    "de la el que se ya quiero voy mi en lo un una con por es estoy he para y si no los las mas"
)
# The most common of them, and the comma: as frequent as a dozen of the others.
_EVERYWHERE: Final = _bag(
    "i my me am is to a the it not no do of in on and you be , de la el que y"
)
_TOKEN: Final = re.compile(r"\s*(<\w+>|\.\.\.|[()\[\]|^$_]|[^\s()\[\]|^$_<>.]+\*?|\.)")
_GAP: Final = rf"(?: (?!(?:{'|'.join(sorted(NEGATORS))}) )[^ .]+){{0,3}}?"


class PatternError(ValueError):
    """A pattern that can't be read; says why."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a text must have for a part of a pattern to match: cheap to ask, never wrong.

    One of the `anchors` (`word*` for a beginning), and if there are alternatives, of each set
    of one of them.
    """

    anchors: frozenset[str]
    alternatives: tuple[tuple[frozenset[str], ...], ...] = ()
    _after: Mapping[str, tuple[tuple[frozenset[str], ...], ...]] = field(
        init=False, repr=False, compare=False
    )
    """What the alternatives that begin with an anchor need besides it."""

    def __post_init__(self) -> None:
        """File the alternatives under their anchors, so that few of them are asked for a text."""
        after: dict[str, tuple[tuple[frozenset[str], ...], ...]] = {}
        for first, *rest in self.alternatives:
            for anchor in first:
                after[anchor] = (*after.get(anchor, ()), tuple(rest))
        object.__setattr__(self, "_after", after)

    def met(self, present: AbstractSet[str]) -> bool:
        """Whether words and beginnings that are present leave a match possible."""
        found = self.anchors & present
        if not found or not self.alternatives:
            return bool(found)
        for anchor in found:
            for needs in self._after[anchor]:
                for anchors in needs:
                    if anchors.isdisjoint(present):
                        break
                else:
                    return True
        return False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern, what a text needs for it (rarest first), and its whole words."""

    text: str
    source: str
    needs: tuple[Need, ...]
    words: frozenset[str]

    @property
    def regex(self) -> re.Pattern[str]:
        """What it compiles to; when it is first tried, for most are rarely."""
        return _regex(self.source)


_regex = cache(re.compile)


class Lists:
    """Named parts of patterns, each read once, when a pattern first names it."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._read: dict[str, tuple[str, Need | None, AbstractSet[str]]] = {}

    def part(self, name: str) -> tuple[str, Need | None, AbstractSet[str]]:
        """What a list compiles to, what it needs, and its words; raises PatternError."""
        if name not in self._texts:
            message = f"no list is called {name}"
            raise PatternError(message)
        if name not in self._read:
            parser = _Parser(self._texts[name], self)
            self._read[name] = (*parser.alternatives(None), parser.words)
        return self._read[name]


class _Parser:
    """One pass from left to right; each part gives a regex and the anchors that it needs."""

    def __init__(self, text: str, lists: Lists) -> None:
        self.lists = lists
        self.tokens = list(_tokens(text))
        self.at = 0
        self.words = {token for token in self.tokens if token.isalpha()}

    def alternatives(self, closing: str | None) -> tuple[str, Need | None]:
        regexes: list[str] = []
        needed: list[tuple[Need, ...]] = []
        while True:
            regex, needs = self.sequence(closing)
            regexes.append(regex)
            needed.append(tuple(sorted(needs, key=_cost)))
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
        return f"(?:{'|'.join(regexes)})", _either(needed)

    def sequence(self, closing: str | None) -> tuple[str, list[Need]]:
        regex = ""
        found: list[Need] = []
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
        return regex, found

    def part(self) -> tuple[str, Need | None]:
        element = self.tokens[self.at]
        self.at += 1
        fixed = {"...": _GAP, "_": " [^ .,]+", "^": r"(?<= \.)", "$": r"(?= \.)"}.get(element)
        if fixed:
            return fixed, None
        if element == "(":
            return self.alternatives(")")
        if element == "[":
            regex, _ = self.alternatives("]")
            return f"{regex}?", None
        if element.startswith("<"):
            regex, need, words = self.lists.part(element[1:-1])
            self.words |= words
            return regex, need
        if element == ".":
            return r" \.", None
        stem = element.removesuffix("*")
        # Whatever follows begins with a space, so that a word can't match in part.
        return " " + re.escape(stem) + ("[^ ]*" if stem != element else ""), Need(
            frozenset({element})
        )


def _either(alternatives: list[tuple[Need, ...]]) -> Need | None:
    """The need of several alternatives, or None where one of them needs nothing."""
    if not all(alternatives):
        return None
    if len(alternatives) == len(alternatives[0]) == 1:
        return alternatives[0][0]
    sets = tuple(tuple(need.anchors for need in needs) for needs in alternatives)
    anchors = frozenset[str]().union(*(needs[0] for needs in sets))
    return Need(anchors, () if all(len(needs) == 1 for needs in sets) else sets)


def _cost(need: Need) -> tuple[int, int]:
    everywhere = len(need.anchors & _EVERYWHERE)
    return len(need.anchors & _COMMON) + 12 * everywhere, len(need.anchors)


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


def compiled(text: str, lists: Lists) -> Pattern:
    """Compile one pattern; raises PatternError."""
    parser = _Parser(text, lists)
    regex, needs = parser.sequence(None)
    if parser.at < len(parser.tokens):
        message = f"{parser.tokens[parser.at]} outside of brackets"
        raise PatternError(message)
    if not needs:
        message = "has no word that a text must have"
        raise PatternError(message)
    found = tuple(sorted(needs, key=_cost))
    return Pattern(text, regex + "(?= )", found, frozenset(parser.words))

"""What the codes of lists mean, each in its own fellowship."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

from bot.feeds import spellings
from bot.feeds.prose import plain

_SHUT: Final = frozenset({"tc", "location temporarily closed", "temporarily closed"})
"""The same in every fellowship."""
_HOW: Final = _SHUT | {
    "onl",
    "online meeting",
    "online",
    "vm",
    "hy",
    "hybrid",
    "in-person",
    "in person",
}
"""How it is attended is found out elsewhere."""
_LANGUAGES: Final = "languages"
MOST: Final = 60
"""Codes of one row; no list has as many."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a row's codes come to."""

    labels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """The codes of one fellowship."""

    codes: dict[str, tuple[str, ...]]
    words: dict[str, str]
    in_person: frozenset[str]
    languages: frozenset[str]

    def code(self, written: str) -> str | None:
        """The code that is meant, by itself or by its label; None: it has no such."""
        upper = written.upper()
        if upper in self.codes:
            return upper
        word = " ".join(written.casefold().split())
        return self.words.get(word) or self.words.get(spellings.spellings("types").get(word, ""))


@cache
def book(fellowship: str | None) -> Book | None:
    """The codes of a fellowship; None where nobody knows them."""
    known = spellings.codes()
    if fellowship is None or fellowship == _LANGUAGES or fellowship not in known:
        return None
    own = dict(known[fellowship])
    in_person = frozenset(str(code).upper() for code in own.pop("in_person", ()))
    codes = {code.upper(): tuple(said) for code, said in (known[_LANGUAGES] | own).items()}
    words: dict[str, str] = {}
    for code, (label, *_) in codes.items():
        words.setdefault(label.casefold(), code)
    slips = spellings.spellings("slips").get(fellowship, {})
    codes |= {slip: codes[code] for slip, code in slips.items()}
    return Book(codes, words, in_person, frozenset(known[_LANGUAGES].keys() - own.keys()))


def written(value: Any) -> list[str]:
    """The codes of a row: a list of them, or a text of several."""
    if not value:
        return []
    if isinstance(value, str):
        value = re.split(r"[,;|\n]", value.strip().strip("[]"))
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, Sequence):
        return []
    return [text for each in value[:MOST] if (text := plain(each).strip(" []'\""))]


def shut(codes: Iterable[str]) -> bool:
    """Whether they say that nobody meets at the place."""
    return any(code.casefold() in _SHUT for code in codes)


def said(fellowship: str | None, codes: Iterable[str], *, there: bool) -> Said:
    """Labels and kinds of a Meeting Guide row; unknown codes say nothing."""
    known = book(fellowship)
    return _said(known, tuple(codes), there=there) if known else Said()


@lru_cache(maxsize=4096)
def _said(known: Book, codes: tuple[str, ...], *, there: bool) -> Said:
    meant = (known.code(each) for each in codes if each.casefold() not in _HOW)
    return gathered(
        known.codes[code]
        for code in meant
        if code is not None and (there or code not in known.in_person)
    )


def gathered(found: Iterable[tuple[str, ...]]) -> Said:
    """Labels and kinds once each. What is called open and closed is closed."""
    each = list(dict.fromkeys(found))
    if any("closed" in kinds for _, *kinds in each):
        each = [one for one in each if "open" not in one[1:]]
    labels = tuple(dict.fromkeys(label for label, *_ in each))
    return Said(labels, tuple(dict.fromkeys(kind for _, *kinds in each for kind in kinds)))

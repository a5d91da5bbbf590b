"""What no text may say, and which lines a text may name: `outing.toml` and `resources.toml`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Unsaid:
    """What one language's texts may not say: patterns over folded words."""

    cover: re.Pattern[str]
    life: re.Pattern[str]
    drugs: re.Pattern[str]
    never: re.Pattern[str]
    promises: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Line:
    """A crisis line: who it is, how and when it is reached, and when its source was last read."""

    country: str
    name: str
    number: str
    how: tuple[str, ...]
    hours: str
    languages: tuple[str, ...]
    purpose: str
    source: str
    checked: date
    spanish: str = ""


def fold(text: str) -> str:
    """Text without case, accents, apostrophes and doubled space."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


@cache
def lines() -> Mapping[str, Line]:
    """The crisis lines that texts may name, by number."""
    return {line["number"]: Line(**line) for line in _data("resources.toml")["line"]}


@cache
def unsaid() -> Mapping[str, Unsaid]:
    """The forbidden words by language."""
    return {
        language: Unsaid(**{name: _pattern(words) for name, words in lists.items()})
        for language, lists in _data("outing.toml").items()
        if language != "carriers"
    }


@cache
def carrier_words() -> frozenset[str]:
    """Words that a carrier acts on, so that they can't be an answer."""
    return frozenset(_data("outing.toml")["carriers"]["words"])


def outs(text: str) -> bool:
    """Whether words of somebody's own would out them, were a text with them read by others."""
    said = fold(text)
    return any(avoid.cover.search(said) for avoid in unsaid().values())


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    ways = "|".join(re.escape(fold(word)).replace(r"\*", r"\w*") for word in words)
    return re.compile(rf"\b(?:{ways})\b")


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("content").joinpath(name).read_text("utf-8"))

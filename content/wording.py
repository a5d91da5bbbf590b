"""The words: one TOML file a flow and language, looked up by `flow.step`.

An entry has `text` and, where the channel needs it, `sms` (plain words on SMS) and `cover`
(SMS to somebody who did not choose plain words). A `choices` table gives each choice its label,
in order. Which variant is used is decided here; a flow never asks which channel it is on.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from string import Formatter
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_time

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = ("en", "es")


@dataclass(frozen=True, slots=True)
class Later:
    """A value that costs something to know: asked for only where a text has its gap."""

    ask: Callable[[], str]

    def __str__(self) -> str:
        """Ask now."""
        return self.ask()


@dataclass(frozen=True, slots=True)
class Told:
    """A value that reads otherwise by text message, and where others may read along."""

    text: str = field(repr=False)
    sms: str = field(repr=False)
    cover: str = field(repr=False)

    def __str__(self) -> str:
        """In full."""
        return self.text

    def variant(self, channel: str, *, plain: bool) -> str:
        """As one person on one channel reads it."""
        if channel != "sms":
            return self.text
        return self.sms if plain else self.cover


Value = str | int | datetime | time | Later | Told


class ContentError(Exception):
    """The content is wrong: every problem at once, one a line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One text in one language, in its variants, with the labels of its choices."""

    text: str
    sms: str | None = None
    cover: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    cover_choices: Mapping[str, str] = field(default_factory=dict)
    """The labels on SMS to somebody who did not choose plain words."""
    letters: bool = False
    """In danger the choices are A, B, C; else 1, 2, 3."""
    numbered: bool = True
    """False where the text says by itself how to answer: nothing is added on SMS."""

    def variant(self, channel: str, *, plain: bool) -> str:
        """The text for a channel: `cover` before `sms` before `text`."""
        if channel != "sms":
            return self.text
        return (self.sms if plain else self.cover or self.sms) or self.text

    def showing(self, labels: Mapping[str, str]) -> Entry:
        """The same with choices that come from elsewhere before its own."""
        if not labels:
            return self
        covered = {**labels, **self.cover_choices} if self.cover_choices else {}
        choices = {**labels, **self.choices}
        return dataclasses.replace(self, choices=choices, cover_choices=covered)

    def labels(self, channel: str, *, plain: bool) -> Mapping[str, str]:
        """The choices, key to label in order, as this person on this channel reads them."""
        covered = channel == "sms" and not plain and self.cover_choices
        return self.cover_choices if covered else self.choices


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as it leaves the house: what is read, and the choices under it."""

    text: str = field(repr=False)
    choices: tuple[tuple[str, str], ...] = ()
    listed: str = field(default="", repr=False)
    """The choices as SMS says them: "1 yes  2 no"."""

    @property
    def body(self) -> str:
        """All of it, as one message."""
        return "\n".join(part for part in (self.text, self.listed) if part)


@cache
def entries(language: Language) -> Mapping[str, Entry]:
    """Every entry of a language, by `file.key`."""
    return {
        key: entry
        for file in files(resources.files("content"), language)
        for key, entry in load(file).items()
    }


def files(house: Traversable, language: Language) -> list[Traversable]:
    """The files of a language under `content`, in the order of their names."""
    there = house.joinpath(language).iterdir()
    return sorted((f for f in there if f.name.endswith(".toml")), key=lambda f: f.name)


def load(file: Traversable) -> dict[str, Entry]:
    """The entries of one file; raises TOMLDecodeError, or TypeError for what no entry has."""
    flow = file.name.removesuffix(".toml")
    found = tomllib.loads(file.read_text("utf-8"))
    return {f"{flow}.{name}": Entry(**entry) for name, entry in found.items()}


def gaps(text: str) -> Iterator[str]:
    """The names of the gaps in a text."""
    return (name for _, name, _, _ in Formatter().parse(text) if name)


def clock(moment: datetime | time, language: Language, zone: str) -> str:
    """A time of day as people write it, in ASCII spaces (Babel's are not GSM-7)."""
    local = moment.astimezone(ZoneInfo(zone)) if isinstance(moment, datetime) else moment
    pattern = "h a" if local.minute == 0 else "h:mm a"
    said = str(format_time(local, pattern, locale=language))
    return said.replace("\u202f", " ").replace("\xa0", " ").lower().replace(". m.", ".m.")


def word(
    key: str,
    values: Mapping[str, Value],
    *,
    language: Language,
    zone: str,
    channel: str,
    plain: bool,
) -> Wording:
    """The words of a key for one person on one channel; raises KeyError for an unknown key."""
    return fill(
        entries(language)[key], values, language=language, zone=zone, channel=channel, plain=plain
    )


def fill(
    entry: Entry,
    values: Mapping[str, Value],
    *,
    language: Language,
    zone: str,
    channel: str,
    plain: bool,
) -> Wording:
    """An entry with its gaps filled; raises KeyError for a gap without a value."""
    text = entry.variant(channel, plain=plain)
    given = {name: values[name] for name in gaps(text)}
    told = {
        name: value.variant(channel, plain=plain)
        for name, value in given.items()
        if isinstance(value, Told)
    }
    filled = {n: _filled(value, language, zone) for n, value in {**given, **told}.items()}
    text = text.format_map(filled)
    text = text.replace(".m..", ".m.")  # "8 p.m." ends a sentence by itself
    choices = tuple(entry.labels(channel, plain=plain).items())
    listed = ""
    if channel == "sms" and entry.numbered and not _numbered(text):
        marks = "ABC" if entry.letters else "123456789"
        # "skip" is typed as a word: under a scale its number would be an answer.
        named = [label for key, label in choices if key != "skip"]
        digits = [choice for choice in choices if choice[0].isdecimal()]
        shown = digits or zip(marks, named, strict=False)
        listed = "  ".join(f"{mark} {label}" for mark, label in shown)
    return Wording(text, choices, listed)


def _filled(value: Value, language: Language, zone: str) -> str:
    return clock(value, language, zone) if isinstance(value, datetime | time) else str(value)


def _numbered(text: str) -> bool:
    """Whether a text already says its choices by itself ("1 = one thing to try")."""
    return any(f"{first} = " in text for first in "1A")

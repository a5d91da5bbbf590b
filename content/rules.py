"""Phrase rules as data: reads and checks `screening/*.toml` and `optout.toml`.

    [lists]                     named parts of patterns, shared by the files of a folder
    drug = "heroin|meth|..."

    [[rule]]
    name = "wants_to_die"       unique
    label = "suicidal_ideation_active"
    level = "urgent"            concern, urgent or emergency (opt-out rules have none)
    en = ["<i> want to die"]    patterns by language (see `content.patterns`), and
    es = ["me quiero morir"]
    whole = ["now"]             whole messages
    also = ["<seizing>"]        one of these must be somewhere in the message too
    unless = ["<long_ago>"]     none of these in the same sentence
    about = "me"                "me": not if the sentence is about somebody else; or "anyone"
    negatable = true            a negation before it cancels it
    match = ["i want to die"]   sentences that must be caught by this rule, and
    not = ["dying to see you"]  sentences that must not be; both are tested

A table `[masks]` in a folder holds patterns of harmless sayings: what they match is not looked
at ("killing time"). How words are spelled before any rule sees them is in `spelling.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from content.patterns import Lists, Pattern, PatternError, compiled
from content.wording import ContentError

LEVELS: Final = ("concern", "urgent", "emergency")
_LISTS: Final = ("en", "es", "whole", "also", "unless", "match", "not")
_FIELDS: Final = frozenset({"name", "label", "level", "about", "negatable", *_LISTS})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; what its fields mean is said at the top of this file."""

    name: str
    label: str
    level: str
    patterns: tuple[Pattern, ...]
    whole: frozenset[str]
    also: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    about_me: bool
    negatable: bool
    match: tuple[str, ...]
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules of one purpose, the harmless sayings."""

    rules: tuple[Rule, ...]
    masks: tuple[Pattern, ...]
    mask_examples: tuple[tuple[str, ...], tuple[str, ...]] = field(default=((), ()))


@cache
def _spellings() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("content").joinpath("spelling.toml").read_text("utf-8"))


@cache
def spelling() -> Mapping[str, str]:
    """How rules spell the words that are typed otherwise, in both languages."""
    return {**_spellings()["es"], **_spellings()["en"]}


@cache
def emoji() -> Mapping[str, str]:
    """Signs that say something, as words."""
    return dict(_spellings()["emoji"])


@cache
def often_mistyped() -> tuple[str, ...]:
    """Words that are understood with one letter wrong."""
    return tuple(_spellings()["close"]["words"])


@cache
def not_typos() -> frozenset[str]:
    """Words that are one letter from those, and are meant as they stand."""
    return frozenset(_spellings()["close"]["never"])


@cache
def vocabulary() -> frozenset[str]:
    """Every word that a rule is written with."""
    books = (screening(), optout())
    patterns = [p for b in books for r in b.rules for p in (*r.patterns, *r.also, *r.unless)]
    masks = [p for b in books for p in b.masks]
    return frozenset(word for p in (*patterns, *masks) for word in p.words)


@cache
def screening() -> RuleBook:
    """The rules of the safety screen; raises ContentError."""
    folder = resources.files("content").joinpath("screening")
    return book(
        {
            file.name: file.read_text("utf-8")
            for file in sorted(folder.iterdir(), key=lambda f: f.name)
            if file.name.endswith(".toml")
        },
        leveled=True,
    )


@cache
def optout() -> RuleBook:
    """The rules of stopping and starting again; raises ContentError."""
    text = resources.files("content").joinpath("optout.toml").read_text("utf-8")
    return book({"optout.toml": text}, leveled=False)


@cache
def wrong_number() -> RuleBook:
    """The rules by which a number is known to be somebody else's; raises ContentError."""
    text = resources.files("content").joinpath("wrong_number.toml").read_text("utf-8")
    return book({"wrong_number.toml": text}, leveled=False)


@cache
def stopped() -> RuleBook:
    """The rules by which somebody says that they stopped a drink or a pill; raises ContentError."""
    text = resources.files("content").joinpath("stopped.toml").read_text("utf-8")
    return book({"stopped.toml": text}, leveled=False)


def book(files: Mapping[str, str], *, leveled: bool) -> RuleBook:
    """Rules from TOML texts by file name; raises ContentError with every problem, one a line."""
    problems: list[str] = []
    tables: dict[str, dict[str, Any]] = {}
    for name, text in files.items():
        try:
            tables[name] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            problems.append(f"{name}: {error}")
    lists = Lists({k: v for t in tables.values() for k, v in t.get("lists", {}).items()})
    rules: list[Rule] = []
    masks: list[Pattern] = []
    examples: tuple[list[str], list[str]] = ([], [])
    for name, table in tables.items():
        masked = table.get("masks", {})
        masks += _compiled(masked.get("patterns", []), lists, f"{name}, masks", problems)
        examples[0].extend(masked.get("match", []))
        examples[1].extend(masked.get("not", []))
        for raw in table.get("rule", []):
            where = f"{name}, {raw.get('name', 'a rule without a name')}"
            problems += [f"{where}: {problem}" for problem in _wrong(raw, leveled=leveled)]
            rules.append(_rule(raw, lists, where, problems))
    names = [rule.name for rule in rules]
    problems += [f"{name}: more than one rule has this name" for name in _twice(names)]
    if problems:
        raise ContentError("\n".join(problems))
    return RuleBook(tuple(rules), tuple(masks), (tuple(examples[0]), tuple(examples[1])))


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _wrong(raw: Mapping[str, Any], *, leveled: bool) -> Iterator[str]:
    """What is wrong with the shape of a rule."""
    for unknown in sorted(set(raw) - _FIELDS):
        yield f"unknown field {unknown}"
    for name in ("name", "label"):
        if not isinstance(raw.get(name), str):
            yield f"{name} is missing"
    if leveled and raw.get("level") not in LEVELS:
        yield f"level must be one of {', '.join(LEVELS)}"
    if raw.get("about", "me") not in {"me", "anyone"}:
        yield 'about must be "me" or "anyone"'
    for name in _LISTS:
        if not isinstance(raw.get(name, []), list):
            yield f"{name} must be a list"
    if not raw.get("match") or not raw.get("not"):
        yield "needs sentences in match and in not"
    if not (raw.get("en") or raw.get("es") or raw.get("whole")):
        yield "has no patterns"


def _rule(raw: Mapping[str, Any], lists: Lists, where: str, problems: list[str]) -> Rule:
    patterns = {
        key: tuple(_compiled(raw.get(key, []), lists, where, problems))
        for key in ("en", "es", "also", "unless")
    }
    return Rule(
        name=str(raw.get("name")),
        label=str(raw.get("label")),
        level=str(raw.get("level", "")),
        patterns=patterns["en"] + patterns["es"],
        whole=frozenset(raw.get("whole", [])),
        also=patterns["also"],
        unless=patterns["unless"],
        about_me=raw.get("about", "me") == "me",
        negatable=bool(raw.get("negatable", True)),
        match=tuple(raw.get("match", [])),
        unmatched=tuple(raw.get("not", [])),
    )


def _compiled(texts: list[str], lists: Lists, where: str, problems: list[str]) -> Iterator[Pattern]:
    for text in texts:
        try:
            yield compiled(text, lists)
        except PatternError as error:
            problems.append(f'{where}: "{text}": {error}')

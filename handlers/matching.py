"""Finds phrase rules in a text: what is said, whether it is denied, and who it is about."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from content.patterns import NEGATORS, Pattern
from content.rules import Rule, RuleBook
from handlers.spelling import bag

_CLAUSE_BEGINS: Final = bag(
    ". , but just although though pero sino aunque because porque solo only"
)
_SAYING: Final = bag(
    "said say saying think mean thought that like feel believe told dije digo pienso creo que"
)
# "can't stop thinking about it", "don't care if", "not going to lie": no denial of what follows
_NO_DENIAL: Final = re.compile(
    r" (?:not|no|never) (?:stop|stopped|help|sure|only|even|care|matter|lie|joking|kidding|know|"
    r"one|take|wait|funny|going to lie|quit|dejo de|puedo dejar de|paro de|puedo mas|aguanto|"
    r"se|importa|joke|doubt|hide|shake|okay|ok|good|well|fine|safe|bien|sleep|slept)(?= )"
)
_WINDOW: Final = 5
_SUBJECT_WINDOW: Final = 7
_I: Final = bag("i me my we us yo mi me nos")
_OTHERS: Final = bag(
    "he she they you him her them his their who people someone somebody everyone nobody guy man "
    "woman lady kid mom mother dad father brother sister friend cousin son daughter husband wife "
    "boyfriend girlfriend ex roommate neighbor uncle aunt grandma grandpa news show movie song "
    "el ella ellos ellas usted ustedes gente alguien hermano hermana amigo amiga primo prima hijo "
    "hija esposo esposa novio novia vecino vecina papa pelicula noticias tio tia"
)
_HE_PENSADO: Final = re.compile(r" he(?= +\w+(?:[ai]do|sto|cho|rto)\b)")


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that was found, with the words that it was found by."""

    rule: Rule
    words: str = field(repr=False)


class Matcher:
    """A rule book made ready; built once, asked for every text."""

    def __init__(self, book: RuleBook) -> None:
        self._rules = book.rules
        self._whole: dict[str, list[Rule]] = defaultdict(list)
        self._by_word: dict[str, list[tuple[Rule | None, Pattern]]] = defaultdict(list)
        self._by_start: dict[str, list[tuple[Rule | None, Pattern]]] = defaultdict(list)
        for pattern in book.masks:
            self._index(None, pattern)
        for rule in book.rules:
            for text in rule.whole:
                self._whole[text].append(rule)
            for pattern in rule.patterns:
                self._index(rule, pattern)
        self._start_lengths = sorted({len(start) for start in self._by_start})

    def _index(self, rule: Rule | None, pattern: Pattern) -> None:
        for anchor in pattern.anchors:
            if anchor.endswith("*"):
                self._by_start[anchor[:-1]].append((rule, pattern))
            else:
                self._by_word[anchor].append((rule, pattern))

    def find(self, normal: str) -> Iterator[Hit]:
        """The rules found in a text that `handlers.spelling.normal` has spelled, each once."""
        bare = normal.strip(" .,")
        yield from (Hit(rule, bare) for rule in self._whole.get(bare, ()))
        candidates = self._candidates(normal)
        seen = normal
        for rule, pattern in candidates:
            if rule is None:
                seen = pattern.regex.sub(" _", seen)
        found: set[str] = set()
        for rule, pattern in candidates:
            if rule is None or rule.name in found:
                continue
            words = _meant(rule, pattern, seen)
            if words:
                found.add(rule.name)
                yield Hit(rule, words)

    def _candidates(self, normal: str) -> Iterable[tuple[Rule | None, Pattern]]:
        """The patterns one of whose anchors is in the text."""
        candidates: dict[int, tuple[Rule | None, Pattern]] = {}
        for word in dict.fromkeys(normal.split()):
            for each in self._by_word.get(word, ()):
                candidates[id(each[1])] = each
            for length in self._start_lengths:
                for each in self._by_start.get(word[:length], ()):
                    candidates[id(each[1])] = each
        return candidates.values()


def _meant(rule: Rule, pattern: Pattern, text: str) -> str | None:
    """The words by which a rule is really meant in a text, if it is."""
    if rule.also and not any(other.regex.search(text) for other in rule.also):
        return None
    for match in pattern.regex.finditer(text):
        before = text[: match.start()]
        sentence = f"{before.rpartition(' .')[2]}{text[match.start() :].partition(' . ')[0]} "
        if any(other.regex.search(f"{' .'}{sentence}. ") for other in rule.unless):
            continue
        said = match[0].split()
        if rule.negatable and denied(before, said):
            continue
        if rule.about_me and _about_others(before, said):
            continue
        return match[0].strip()
    return None


def denied(before: str, said: list[str]) -> bool:
    """Whether what is said stands under a negation in its own clause."""
    clause: list[str] = []
    for word in reversed(_NO_DENIAL.sub(" _", f"{before} ").split()):
        if word in _CLAUSE_BEGINS:
            break
        clause.insert(0, word)
    if said[0] in {"i", "yo"}:
        # A new subject begins a new clause, unless it is what somebody did not say or think.
        if not clause or clause[-1] not in _SAYING:
            return False
    elif "i" in clause:
        clause = clause[len(clause) - 1 - clause[::-1].index("i") :]
    return not NEGATORS.isdisjoint(clause[-_WINDOW:])


def _about_others(before: str, said: list[str]) -> bool:
    """Whether the nearest person named before it in the sentence is somebody else."""
    if not _I.isdisjoint(said[:2]):
        return False
    # Spanish "he pensado" is I, not he.
    sentence = _HE_PENSADO.sub(" yo", f"{before.rpartition(' .')[2]} {said[0]}").split()
    for word in reversed(sentence[-1 - _SUBJECT_WINDOW : -1]):
        if word in _I:
            return False
        if word in _OTHERS:
            return True
    return False

"""Finds phrase rules in a text: what is said, whether it is denied, and who it is about."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from operator import or_
from typing import Final

from content.patterns import NEGATORS, Need, Pattern
from content.rules import Rule, RuleBook
from handlers.spelling import bag

_CLAUSE_BEGINS: Final = bag(
    ". , and y but just although though pero sino aunque because porque solo only"
)
_SAYING: Final = bag(
    "said say saying think mean thought that like feel believe told dije digo pienso creo que"
)
# "can't stop thinking about it", "don't care if", "not going to lie": no denial of what follows
_NO_DENIAL: Final = re.compile(
    r" (?:not|no|never) (?:stop|stopped|help|sure|only|even|care|matter|believe|lie|joking|kidding|"
    r"know|take|wait|funny|going to lie|quit|dejo de|puedo dejar de|paro de|puedo mas|aguanto|"
    r"se|importa|joke|doubt|hide|shake|okay|ok|good|well|fine|safe|bien|sleep|slept)(?= )"
)
_THINKING: Final = bag("thinking thoughts wanting feeling pensar")
_SUBJECTS: Final = bag("i he she they we yo ellos ellas")
_WINDOW: Final = 5
_SUBJECT_WINDOW: Final = 7
_NEEDS: Final = 3
"""So many needs of a pattern, its rarest, are asked of all patterns at once."""
_NEAR: Final = 400  # characters; a sentence longer than that is read in part
_I: Final = bag("i me my we us yo mi me nos")
_MYSELF: Final = bag("i me myself yo mi")
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
    other: bool = False
    """It is said of somebody else, as far as the sentence tells."""


class Matcher:
    """A rule book made ready; built once, asked for every text."""

    def __init__(self, book: RuleBook) -> None:
        self._whole: dict[str, list[Rule]] = defaultdict(list)
        for rule in book.rules:
            for text in rule.whole:
                self._whole[text].append(rule)
        self._patterns: list[tuple[Rule | None, Pattern]] = [
            *((None, pattern) for pattern in book.masks),
            *((rule, pattern) for rule in book.rules for pattern in rule.patterns),
        ]
        # Of each of the rarest needs of a pattern, by anchor: who asks for it, a bit a pattern.
        self._asking: list[dict[str, int]] = [defaultdict(int) for _ in range(_NEEDS)]
        self._free = [0] * _NEEDS
        asked: set[str] = set()
        for number, (_, pattern) in enumerate(self._patterns):
            for at in range(_NEEDS):
                if at >= len(pattern.needs):
                    self._free[at] |= 1 << number
                    continue
                for anchor in pattern.needs[at].anchors:
                    self._asking[at][anchor] |= 1 << number
            asked |= set(_asked(pattern.needs))
        self._left = [
            tuple(n for at, n in enumerate(p.needs) if at >= _NEEDS or n.alternatives)
            for _, p in self._patterns
        ]
        """What is still to be asked of a pattern whose bits are there."""
        for rule in book.rules:
            asked |= {anchor for other in rule.also for anchor in _asked(other.needs)}
        self._asked = frozenset(asked)
        self._start_lengths = sorted({len(a) - 1 for a in asked if a.endswith("*")})
        self._of_word = lru_cache(16_384)(self._look_up)

    def find(self, normal: str) -> Iterator[Hit]:
        """The rules found in a text that `handlers.spelling.normal` has spelled, each once."""
        bare = normal.strip(" .,")
        yield from (Hit(rule, bare) for rule in self._whole.get(bare, ()))
        candidates = list(self._candidates(normal))
        seen = normal
        for rule, pattern in candidates:
            if rule is None:
                seen = pattern.regex.sub(" _", seen)
        found: set[str] = set()
        for rule, pattern in candidates:
            if rule is None or rule.name in found:
                continue
            hit = _meant(rule, pattern, seen)
            if hit is not None:
                found.add(rule.name)
                yield hit

    def _candidates(self, normal: str) -> Iterator[tuple[Rule | None, Pattern]]:
        """The patterns all of whose anchors are in the text, in the order of the rules."""
        found = [self._of_word(word) for word in set(normal.split())]
        first, second, third = self._free
        for _, one, two, three in found:
            first |= one
            second |= two
            third |= three
        numbers = first & second & third
        present: set[str] = set().union(*(keys for keys, *_ in found)) if numbers else set()
        while numbers:
            lowest = numbers & -numbers
            numbers ^= lowest
            number = lowest.bit_length() - 1
            if not _possible(self._left[number], present):
                continue
            rule, pattern = self._patterns[number]
            also = rule.also if rule else ()
            if not also or any(_possible(other.needs, present) for other in also):
                yield rule, pattern

    def _look_up(self, word: str) -> tuple[frozenset[str], int, int, int]:
        """The anchors that a word is ("kill", "kil*"), and the patterns that ask for those."""
        starts = (f"{word[:length]}*" for length in self._start_lengths)
        keys = frozenset({word, *starts} & self._asked)
        first, second, third = (
            reduce(or_, (asking[key] for key in keys if key in asking), 0)
            for asking in self._asking
        )
        return keys, first, second, third


def _possible(needs: Iterable[Need], present: AbstractSet[str]) -> bool:
    for need in needs:  # noqa: SIM110 - a third of the time that `all` takes
        if not need.met(present):
            return False
    return True


def _asked(needs: Iterable[Need]) -> Iterator[str]:
    """Every anchor that somewhere in the needs is asked for."""
    for need in needs:
        for anchors in (need.anchors, *(each for sets in need.alternatives for each in sets)):
            yield from anchors


def _meant(rule: Rule, pattern: Pattern, text: str) -> Hit | None:
    """The rule with the words by which it is really meant in a text, if it is."""
    for match in pattern.regex.finditer(text):
        near = text[max(0, match.start() - _NEAR) : match.start()]
        after = text[match.start() : match.end() + _NEAR]
        said = match[0].split()
        # In "he pensado" it is I who speaks, in Spanish; the second word may be in the match.
        before = _HE_PENSADO.sub(" _", f"{near} {said[0]}")[: -len(said[0]) - 1]
        sentence = f" .{near.rpartition(' .')[2]}{after.partition(' . ')[0]} . "
        if any(other.regex.search(sentence) for other in rule.unless):
            continue
        if rule.negatable and denied(before, said):
            continue
        if rule.about_me and _about_others(before, said):
            continue
        if rule.also and not any(other.regex.search(text) for other in rule.also):
            return None
        other = not rule.about_me and _is_others(sentence.split(), said)
        return Hit(rule, match[0].strip(), other)
    return None


def _is_others(sentence: list[str], said: list[str]) -> bool:
    """Whether something that may be anybody's is somebody else's: "no reacciona", "he won't"."""
    return _MYSELF.isdisjoint(said) and about_others(sentence)


def about_others(words: list[str]) -> bool:
    """Whether words name somebody else, or nobody who could be the writer."""
    return not _OTHERS.isdisjoint(words) or _I.isdisjoint(words)


def denied(before: str, said: list[str]) -> bool:
    """Whether what is said stands under a negation in its own clause."""
    clause: list[str] = []
    if said[0] in _THINKING:
        before = before.removesuffix(" without")  # "not an hour without thinking of it"
    for word in reversed(_NO_DENIAL.sub(" _", f"{before} ").split()):
        if word in _CLAUSE_BEGINS:
            break
        clause.insert(0, word)
    # A new subject begins a new clause, unless it is what somebody did not say or think.
    subjects = [at for at, word in enumerate([*clause, said[0]]) if word in _SUBJECTS]
    if subjects and (subjects[-1] == 0 or clause[subjects[-1] - 1] not in _SAYING):
        clause = clause[subjects[-1] :]
    return not NEGATORS.isdisjoint(clause[-_WINDOW:])


def _about_others(before: str, said: list[str]) -> bool:
    """Whether the nearest person named before it in the sentence is somebody else."""
    if not _MYSELF.isdisjoint(said) or said[0] in _I:
        return False
    for word in reversed(before.rpartition(" .")[2].split()[-_SUBJECT_WINDOW:]):
        if word in _I:
            return False
        if word in _OTHERS:
            return True
    return False

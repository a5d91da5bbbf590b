"""The second voter: a linear model over words and their letters, beside the rules of the screen.

It can only raise a level, never lower one, and it is off until a clinic has signed for it. Its
weights are data (`content/voter/`), made by `bot/training.py` from the messages in
`content/corpus/tuning` and nothing else; the card beside them says how well it does.

A text becomes features: its words as the rules spell them, pairs and triples of neighbours, and
pieces of three to five letters of each word. A feature counts by how rare it is; the sum is
divided by the length of the whole, so that a long text is not more dangerous than a short one.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from itertools import pairwise
from typing import Final

from handlers.matching import about_others
from handlers.risk import Level, Risk
from handlers.spelling import normal

LEVELS: Final = (Level.CONCERN, Level.URGENT, Level.EMERGENCY)
_PIECES: Final = (3, 4, 5)
_MARKS: Final = frozenset(".,")
_LONGEST: Final = 4_000
"""Characters; what is longer is read up to here, for nobody types more."""
_TOLD_WORDS: Final = 3

Scores = tuple[float, float, float, float]
"""How much it counts for the length of a text (squared), and its weight for each level."""


def of_word(word: str) -> list[str]:
    """The features that a word has by itself: the word, and pieces of it with its ends marked."""
    if word in _MARKS:
        return [word]
    whole = f"<{word}>"
    pieces = [whole[at : at + n] for n in _PIECES for at in range(len(whole) - n + 1)]
    return [word, *(f"~{piece}" for piece in pieces)]


def of_neighbours(words: list[str]) -> Iterator[str]:
    """The features that words have by standing beside each other."""
    pairs = [f"{first} {second}" for first, second in pairwise(words)]
    yield from pairs
    for pair, first, third in zip(pairs, words, words[2:], strict=False):
        yield f"{pair} {third}"
        yield f"{first} _ {third}"


def features(text: str) -> list[str]:
    """All features of a text, each as often as it occurs."""
    words = normal(text[:_LONGEST]).split()
    return [*(each for word in words for each in of_word(word)), *of_neighbours(words)]


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned. All weights of a feature contain its rarity already."""

    levels: dict[str, Scores] = field(repr=False)
    labels: dict[str, tuple[float, ...]] = field(repr=False)
    names: tuple[str, ...]
    """Of the labels, in the order of their weights."""
    bias: tuple[float, ...]
    """Of the levels, then of the labels."""
    limits: tuple[float, float, float]
    """From which score on a level is given."""


class Voter:
    """Gives a text a level by learned weights; total, and the same every time."""

    def __init__(self, weights: Weights) -> None:
        self._w = weights
        self._of_word = lru_cache(16_384)(self._look_up)
        self._labels_of = lru_cache(4_096)(self._look_up_labels)

    def vote(self, text: str, above: Level = Level.NONE) -> Risk:
        """What the model says of a text: a level, a label for it, and the words it was by.

        What it does not hold for more than `above` is none to it: then there is nothing to raise.
        """
        if above is LEVELS[-1]:
            return Risk(Level.NONE)
        words = normal(text[:_LONGEST]).split()
        of_word, known = self._of_word, self._w.levels
        scores = [of_word(word) for word in words]
        beside = [each for each in of_neighbours(words) if each in known]
        scores += [known[each] for each in beside]
        squares, *totals = map(sum, zip(*scores, strict=True))
        scale = squares**0.5 or 1.0
        level = Level.NONE
        for at, total in enumerate(totals):
            if total / scale + self._w.bias[at] >= self._w.limits[at]:
                level = LEVELS[at]
        if level.rank <= above.rank:
            return Risk(Level.NONE)
        label = self._label(words, beside, scale)
        told = self._told(words, beside, 1 + LEVELS.index(level))
        return Risk(level, (label,), told, bystander=about_others(words))

    def _look_up(self, word: str) -> Scores:
        known = [self._w.levels[each] for each in of_word(word) if each in self._w.levels]
        return _added(known)

    def _look_up_labels(self, word: str) -> tuple[float, ...]:
        known = [self._w.labels[each] for each in of_word(word) if each in self._w.labels]
        return tuple(map(sum, zip(*known, strict=True)))

    def _label(self, words: list[str], beside: list[str], scale: float) -> str:
        """The likeliest label of a text that is worth a human's look."""
        sums = [*map(self._labels_of, words), *(self._w.labels.get(each, ()) for each in beside)]
        totals = [sum(each) for each in zip(*filter(None, sums), strict=True)]
        scores = [t / scale + self._w.bias[3 + at] for at, t in enumerate(totals)]
        return self._w.names[scores.index(max(scores))] if scores else self._w.names[0]

    def _told(self, words: list[str], beside: list[str], column: int) -> tuple[str, ...]:
        """The words that weighed most: what staff see, instead of a number."""
        weights = {word: self._of_word(word)[column] for word in words if word not in _MARKS}
        for each in beside:
            if _MARKS.isdisjoint(each.split()):
                weights[each] = self._w.levels[each][column]
        weighed = sorted(weights.items(), key=lambda one: (-one[1], one[0]))
        return tuple(each for each, weight in weighed[:_TOLD_WORDS] if weight > 0)


def _added(scores: list[Scores]) -> Scores:
    if not scores:
        return 0.0, 0.0, 0.0, 0.0
    squares, first, second, third = map(sum, zip(*scores, strict=True))
    return squares, first, second, third


def raised(risk: Risk, vote: Risk) -> Risk:
    """The risk by the rules, raised where the voter says more; it never lowers anything."""
    if vote.level.rank <= risk.level.rank:
        return risk
    labels = tuple(dict.fromkeys((*vote.labels, *risk.labels)))
    words = tuple(dict.fromkeys((*risk.words, *vote.words)))
    return Risk(vote.level, labels, words, bystander=risk.bystander or vote.bystander)


@cache
def voter() -> Voter:
    """The voter with the weights of this release; raises OSError or ValueError without them."""
    packed = resources.files("content").joinpath("voter", "weights.jsonl.gz").read_bytes()
    head, *lines = gzip.decompress(packed).decode().splitlines()
    about = json.loads(head)
    scale, label_scale = about["scale"], about["label_scale"]
    levels: dict[str, Scores] = {}
    labels = {}
    for line in lines:
        name, rare, main, more = json.loads(line)
        first, second, third = (value * scale for value in main)
        levels[name] = (rare * rare, first, second, third)
        if more:
            labels[name] = tuple(value * label_scale for value in more)
    return Voter(
        Weights(
            levels,
            labels,
            tuple(about["labels"]),
            tuple(about["bias"]),
            (about["limits"][0], about["limits"][1], about["limits"][2]),
        )
    )

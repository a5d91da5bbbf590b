"""The screen: any text to how much it needs a human. Pure, total, and the same every time.

It only decides who must hear of a message. It diagnoses nothing, and a text in which it finds
nothing may still be from somebody in danger: asking is the main net, this is the second.
"""

from __future__ import annotations

from functools import cache

from content import rules
from handlers.matching import Matcher
from handlers.risk import Level, Risk
from handlers.spelling import normal


def screen(text: str) -> Risk:
    """The highest level that a rule gives the text, every label (worst first), and the words."""
    hits = list(_matcher().find(normal(text)))
    hits.sort(key=lambda hit: -Level(hit.rule.level).rank)
    level = Level(hits[0].rule.level) if hits else Level.NONE
    labels = tuple(dict.fromkeys(hit.rule.label for hit in hits))
    words = tuple(dict.fromkeys(hit.words for hit in hits))
    return Risk(level, labels, words, bystander=any(hit.other for hit in hits))


@cache
def _matcher() -> Matcher:
    return Matcher(rules.screening())

"""Finds in a text, as it was typed, the words that triggered.

The screen reports them respelled ("i wanna kms" as "want to kill myself"), so each typed word
is respelled the same way, by itself, and the run of them that says the same is marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from handlers.spelling import normal

_WORD = re.compile(r"\S+")


def marked(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one that triggered; nothing is lost."""
    typed = list(_WORD.finditer(text))
    spelled = [_spelled(match[0]) for match in typed]
    hit = [False] * len(typed)
    for phrase in words:
        for first, last in _runs(spelled, _spelled(phrase)):
            hit[first : last + 1] = [True] * (last + 1 - first)
    pieces: list[tuple[str, bool]] = []
    at = 0
    for index, match in enumerate(typed):
        joined = index > 0 and hit[index] and hit[index - 1]
        _add(pieces, text[at : match.start()], on=joined)
        _add(pieces, match[0], on=hit[index])
        at = match.end()
    _add(pieces, text[at:], on=False)
    return pieces


def _spelled(text: str) -> list[str]:
    return [word for word in normal(text).split() if word not in {".", ","}]


def _runs(spelled: list[list[str]], phrase: list[str]) -> Iterable[tuple[int, int]]:
    """The first and last typed word of each run that contains the phrase."""
    flat = [(word, index) for index, each in enumerate(spelled) for word in each]
    if not phrase:
        return
    for start in range(len(flat) - len(phrase) + 1):
        if [word for word, _ in flat[start : start + len(phrase)]] == phrase:
            yield flat[start][1], flat[start + len(phrase) - 1][1]


def _add(pieces: list[tuple[str, bool]], text: str, *, on: bool) -> None:
    if not text:
        return
    if pieces and pieces[-1][1] == on:
        pieces[-1] = (pieces[-1][0] + text, on)
    else:
        pieces.append((text, on))

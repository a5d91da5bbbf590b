"""One spelling for the many ways a thing is typed on a phone.

`words` is for answers: what was typed, folded. `normal` is for the phrase rules: contractions,
abbreviations, typos, leetspeak, stretched letters and emoji all become the one spelling that
the rules are written in, with sentences and clauses marked.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Final

from content import rules

_APOSTROPHES: Final = re.compile("['’‘`´ʼ＇]")
_KEYCAP_TEN: Final = "\U0001f51f"
_WORD: Final = re.compile(r"[^\W\d_]+|[0-9]+")


def fold(text: str) -> str:
    """Lower case, without accents; full-width, circled and keycap digits become plain ones."""
    if text.isascii():
        return text.casefold()
    spread = unicodedata.normalize("NFKD", text.replace(_KEYCAP_TEN, " 10 ")).casefold()
    return "".join(c for c in spread if not unicodedata.combining(c))


def words(text: str) -> list[str]:
    """The folded words and numbers of a text; apostrophes join ("don't" is "dont")."""
    return _WORD.findall(_APOSTROPHES.sub("", fold(text)))


def bag(text: str) -> frozenset[str]:
    """The words of a line as a set, for lists of words in code."""
    return frozenset(text.split())


_SIGNS: Final = {"@": "a", "$": "s", "!": "i", "|": "l", "*": ""}
_SHORT_FORMS: Final[
    tuple[tuple[frozenset[str] | None, re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]
] = (
    # The signs of which one must be there, the form, and what it stands for.
    (frozenset("."), re.compile(r"\b(mr|mrs|ms|dr|sr|sra|lic)\."), r"\1"),
    (frozenset("/"), re.compile(r"\bw/o\b"), "without"),
    (frozenset("/"), re.compile(r"\bw/(?=\s|\w)"), "with "),
    (frozenset("/"), re.compile(r"\bb/c\b"), "because"),
    (frozenset("-*"), re.compile(r"\b[a-z](?:[.*\-][a-z]){2,}\b"), lambda m: _bare(m[0])),
    (frozenset("."), re.compile(r"\b[a-z](?:[.][a-z]){2,}\b"), lambda m: _bare(m[0])),
    (frozenset("*@$!|"), re.compile(r"(?<=[a-z0-9])[*@$!|](?=[a-z])"), lambda m: _SIGNS[m[0]]),
)
_LAUGHTER: Final = re.compile(r"[aeiou]?(?:[hj][aei]){2,}[hj]?|lo+l+|lmf?ao+|xd+")
_PIECE: Final = re.compile(
    r"[0-9]+(?:[.,:][0-9]+)*(?![^\W\d_])|[^\W_]+|\.{2,}|[.!?;\n]|[,:()/–—…]|--+|-(?=\s)"
)
_SENTENCE_ENDS: Final = frozenset(".!?;\n")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_LEET: Final = (str.maketrans("01345789", "oieastbg"), str.maketrans("01345789", "oleastbg"))
_SHORTEST_TYPO: Final = 6


def normal(text: str) -> str:
    """The text as rules read it: " . i want to sleep , now . ", a mark or word between spaces."""
    spelled = _APOSTROPHES.sub("", fold(text.translate(_emoji()) if not text.isascii() else text))
    for sign, form, full in _SHORT_FORMS:
        if sign is None or not sign.isdisjoint(spelled):
            spelled = form.sub(full, spelled)
    tokens = ["."]
    for piece in _PIECE.findall(spelled):
        if piece in _SENTENCE_ENDS:
            if tokens[-1] == ",":
                tokens[-1] = "."
            elif tokens[-1] != ".":
                tokens.append(".")
        elif piece[0].isalnum():
            tokens.append(_respelled(piece))
        elif tokens[-1] not in {".", ","}:
            tokens.append(",")
    if tokens[-1] == ",":
        tokens.pop()
    if tokens[-1] != ".":
        tokens.append(".")
    return f" {' '.join(tokens)} "


@lru_cache(8_192)
def _respelled(word: str) -> str:
    """One word, or the several that it stands for, as rules spell it."""
    table, known = rules.spelling(), rules.vocabulary()
    if _LAUGHTER.fullmatch(word):
        return "lol"
    if word in table:
        return table[word]
    if word in known or word.isdecimal():
        return word
    for candidate in _candidates(word):
        if candidate in table:
            return table[candidate]
        if candidate in known:
            return candidate
    if len(word) >= _SHORTEST_TYPO:
        for keys in ([word], _shorter(word)):
            near = {right for key in keys for right in _near().get(key, ()) if right[0] == word[0]}
            if len(near) == 1 and word not in rules.not_typos():
                return near.pop()
    return _STRETCHED.sub(r"\1", word)


def _candidates(word: str) -> list[str]:
    """What a word may be once leetspeak and stretched letters are undone."""
    found = [word]
    if not word.isalpha():
        found += [word.translate(leet) for leet in _LEET]
    if _STRETCHED.search(word):
        found += [_STRETCHED.sub(r"\1\1", each) for each in found]
        found += [_STRETCHED.sub(r"\1", each) for each in found]
    return found


def _bare(text: str) -> str:
    """The letters of a word that was broken up by signs."""
    return re.sub(r"[.*\-]", "", text)


def _shorter(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


@cache
def _near() -> dict[str, set[str]]:
    """Words worth recognising with one letter wrong, by themselves and less one letter.

    Two words that share such a key differ by one letter, or by two that changed places.
    """
    keys: dict[str, set[str]] = {}
    for right in rules.often_mistyped():
        for key in (right, *_shorter(right)):
            keys.setdefault(key, set()).add(right)
    return keys


@cache
def _emoji() -> dict[int, str]:
    return {ord(sign): f" {name} " for sign, name in rules.emoji().items()}

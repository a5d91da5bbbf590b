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
    tuple[tuple[frozenset[str], re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]
] = (
    # The signs of which one must be there, the form, and what it stands for.
    (frozenset("."), re.compile(r"\b(mr|mrs|ms|dr|sr|sra|lic)\."), r"\1"),
    (frozenset("/"), re.compile(r"\bw/o\b"), "without"),
    (frozenset("/"), re.compile(r"\bw/(?=$|\w)"), "with "),
    (frozenset("/"), re.compile(r"\bb/c\b"), "because"),
    (frozenset("-*"), re.compile(r"\b[a-z](?:[.*\-][a-z]){2,}\b"), lambda m: _bare(m[0])),
    (frozenset("."), re.compile(r"\b[a-z](?:[.][a-z]){2,}\b"), lambda m: _bare(m[0])),
    (frozenset("*@$!|"), re.compile(r"(?<=[a-z0-9])[*@$!|](?=[a-z])"), lambda m: _SIGNS[m[0]]),
)
_LAUGHTER: Final = re.compile(r"[aeiou]?(?:(?:h[ae]){2,}h?|(?:j[aei]){2,}j?)|lo+l+|lmf?ao+|xd+")
_PIECE: Final = re.compile(
    r"[0-9]+(?:[.,:][0-9]+)*(?![^\W\d_])|[^\W_]+|\.{2,}|[.!?;\n]|[,:()/–—…]|--+|-$"
)
_SENTENCE_ENDS: Final = frozenset(".!?;\n")
_MARKS: Final = frozenset(".,")
_STRETCHED: Final = re.compile(r"(.)\1{2,}")
_LEET: Final = (str.maketrans("01345789", "oieastbg"), str.maketrans("01345789", "oleastbg"))
_SHORTEST_TYPO: Final = 6


@lru_cache(64)
def normal(text: str) -> str:
    """The text as rules read it: " . i want to sleep , now . ", a mark or word between spaces.

    The last few are remembered: a message is read by several eyes, one after the other.
    """
    spelled = _APOSTROPHES.sub("", fold(text if text.isascii() else text.translate(_emoji())))
    tokens = ["."]
    for line in spelled.split("\n"):
        for piece in line.split():
            for token in _tokens(piece):
                if token not in _MARKS:
                    tokens.append(token)
                else:
                    _mark(tokens, token)
        _mark(tokens, ".")
    if len(tokens) > 1 and tokens[-1] in _MARKS:
        tokens[-1] = "."
    return f" {' '.join(tokens)} ".replace(" my self ", " myself ")


def _mark(tokens: list[str], mark: str) -> None:
    """Put a mark where there is none yet; a sentence's end replaces a comma."""
    if tokens[-1] not in _MARKS:
        tokens.append(mark)
    elif mark == ".":
        tokens[-1] = "."


@lru_cache(16_384)
def _tokens(piece: str) -> tuple[str, ...]:
    """What stands between two spaces, as words and marks; "," within a sentence, "." at its end."""
    for signs, form, full in _SHORT_FORMS:
        if not signs.isdisjoint(piece):
            piece = form.sub(full, piece)
    return tuple(
        _respelled(part) if part[0].isalnum() else "." if part in _SENTENCE_ENDS else ","
        for part in _PIECE.findall(piece)
    )


@lru_cache(8_192)
def _respelled(word: str) -> str:
    """One word, or the several that it stands for, as rules spell it."""
    if _LAUGHTER.fullmatch(word):
        return "lol"
    table, known = rules.spelling(), rules.vocabulary()
    for candidate in _candidates(word):
        if candidate in table:
            return table[candidate]
        if candidate in known:
            return candidate
    return _mistyped(word) or (word if word.isdecimal() else _STRETCHED.sub(r"\1", word))


def _mistyped(word: str) -> str | None:
    """The one word that it is nearly, of those worth recognising, if there is just one."""
    if len(word) < _SHORTEST_TYPO or word in rules.not_typos():
        return None
    for keys in ([word], _shorter(word)):
        near = {right for key in keys for right in _near().get(key, ()) if right[0] == word[0]}
        if len(near) == 1:
            return near.pop()
    return None


def _candidates(word: str) -> list[str]:
    """What a word may be once leetspeak and stretched letters are undone."""
    found = [word]
    if not word.isalpha() and not word.isdecimal():
        found += [word.translate(leet) for leet in _LEET]
    if not word.isdecimal() and _STRETCHED.search(word):
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

"""Dial-in numbers, and the codes that one needs beside a link."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from bot.feeds.prose import DIGIT, has_any, plain, short

_LIKE_A_PHONE = re.compile(r"\+?\d?[\s.-]?\d{3}[\s.-]\d{3}[\s.-]\d{4}|\d{3}-\d{4}|\+?\d{10,}")
_DIGITS: Final = 10
"""A number that can be dialled has as many."""
_DIAL = re.compile(r"\+?\d(?:[\d\s().\-]*\d)?(?:\s*[,;pxX#*]+[\s\d\-#,*+]*)?")
_DIALLED_CODE = re.compile(
    r"[\s,;()-]*(?:access\s*code|participant\s*code|code|pin|pass\s?code|id)\W*(\d[\d -]{2,14})",
    re.IGNORECASE,
)
_SHORTEST, _LONGEST = 2, 24
_ID = re.compile(
    r"\b(?:(?:meeting|zoom|mtg|room|webinar|access|dial-?\s?in|conference)[^\S\n]*)*(?:i['’]?d|code|number|#)(?![^\W\d_])"
    r"(?:[^\S\n]|is\b|number\b|no\.?|[:#=–-])*(\d(?:[^\S\n]?-?\d){7,10})#?(?![\d-])",
    re.IGNORECASE,
)
_PASS = re.compile(
    r"(?<!\w)(?P<dial>(?:dial|phone|call)[\s-]?(?:in)?[\s-]*)?(?:(?:zoom|meeting)[^\S\n]+)?"
    r"(?:(?:pass[\s-]?(?:word|code|wd)|passwort|passwd|pswrd|pwd|pw|contraseña|clave)\b"
    r"(?:[^\S\n]|is\b|es\b|[:=#–—-])*|(?:pass|pc)[^\S\n]*[:=#-][^\S\n]*)"
    r"[\"'“]?(?P<code>\d+(?:[ -]\d+)*#?(?![\w.!])|[^\s\"'”,;|()<>]{2,24})?",
    re.IGNORECASE,
)
_PASS_HINTS: Final = ("pass", "pswrd", "pw", "pc", "contrase", "clave")
_SHORTEST_ID: Final = 8
_NO_CODE: Final = frozenset(
    re.split(
        r"\s+",
        """and or for is the to will if in required needed not none n/a na protected email e-mail
        call contact please see same only with from by on at zoom meeting phone dial it sent via""",
    )
)


def dialled(value: Any) -> str | None:
    """The number with what is keyed in after it, as one tap takes it; None if it is too short."""
    text = plain(value)
    for found in _DIAL.finditer(text):
        kept = re.sub(r"[;pxX]", ",", found[0])
        kept = re.sub(r"[^\d+#*,]", "", kept).rstrip(",")
        number = re.split(r"[,#*]", kept, maxsplit=1)[0]
        if sum(sign.isdigit() for sign in number) < _DIGITS:
            continue
        code = _DIALLED_CODE.match(text, found.end()) if kept == number else None
        return f"{number},,{re.sub(r'[^0-9]', '', code[1])}#" if code else kept[:120]
    return None


def passcode(value: Any) -> str | None:
    """A passcode that has a field of its own."""
    word = plain(value)
    return word if word and len(word) <= _LONGEST and _is_code(word) else None


def beside(*texts: Any, linked: bool) -> str | None:
    """Passcode, and without a link the meeting's number, found in prose; else None."""
    number = code = None
    for text in map(plain, texts):
        found = _ID.search(text) if text and not linked and number is None else None
        if found and not _LIKE_A_PHONE.fullmatch(found[1]):
            number = re.sub(r"\D", "", found[1])
        if not code and _hinted(text):
            code = next((word for each in _PASS.finditer(text) if (word := _code(each))), None)
    parts = (f"Meeting ID: {number}" if number else "", f"Passcode: {code}" if code else "")
    return short(", ".join(filter(None, parts)), 200) or None


def without(text: Any) -> str:
    """Prose without what one joins by: that is told beside the link, in its time."""
    return _without(plain(text))


@lru_cache(maxsize=8192)
def _without(written: str) -> str:
    # Most prose has neither, and to look closely takes as long as the rest of a row.
    if len(DIGIT.findall(written)) >= _SHORTEST_ID:
        written = _ID.sub(" ", written)
    return _PASS.sub(_uncoded, written) if _hinted(written) else written


def _hinted(text: str) -> bool:
    """Whether it may tell a passcode."""
    return has_any(text.casefold(), _PASS_HINTS)


def _uncoded(found: re.Match[str]) -> str:
    return " " if _code(found) or found["dial"] or not found["code"] else found[0]


def _code(found: re.Match[str]) -> str | None:
    """The passcode of the link. What is dialled has one of its own."""
    word = (found["code"] or "").rstrip(".:#")
    return word if not found["dial"] and _is_code(word) else None


def _is_code(word: str) -> bool:
    if len(word) < _SHORTEST or "@" in word or "//" in word or word.casefold() in _NO_CODE:
        return False
    return not _LIKE_A_PHONE.fullmatch(word)

"""Text as people put it into lists, made plain."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

DIGIT: Final = re.compile(r"\d")
_TAG: Final = re.compile(r"<(?:/?[a-zA-Z!][^<>]*|\?[^<>]*)>")
_LINE_END: Final = re.compile(r"<br\s*/?>|</p>|</div>|</li>", re.IGNORECASE)
_UNSEEN: Final = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff\ud800-\udfff]"
)
_ODD: Final = ("<", "&", "  ")


def plain(value: Any) -> str:
    """Text without markup, entities and what can't be seen; lines stay. Empty for anything else."""
    if type(value) is str:
        return _plain(value) if value else ""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)[:40]


@lru_cache(maxsize=8192)
def _plain(text: str) -> str:
    if text.isprintable() and text.isascii() and not has_any(text, _ODD):
        return text.strip()
    if "<" in text or "&" in text:
        # What was escaped twice is unescaped twice.
        for _ in range(2):
            text = html.unescape(_TAG.sub(" ", _LINE_END.sub("\n", text)))
        text = _TAG.sub(" ", text)
    text = re.sub("[\r\v\f\u2028\u2029\x85]", "\n", text)
    # NBSP and its kin are spaces to `split`.
    lines = (" ".join(line.split()) for line in _UNSEEN.sub("", text).split("\n"))
    return "\n".join(line for line in lines if line)


def line(value: Any, limit: int = 255) -> str:
    """A plain text in one line."""
    text = plain(value)
    return short(" ".join(text.split()) if "\n" in text else text, limit)


def has_any(text: str, parts: Iterable[str]) -> bool:
    """Whether one of these is in it: quicker than to look for what they are part of."""
    for part in parts:  # noqa: SIM110 - `any` takes three times as long, and rows are many
        if part in text:
            return True
    return False


def short(text: str, limit: int) -> str:
    """Not longer than that, cut between words."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[limit // 2 :] else cut}…"

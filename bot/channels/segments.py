"""How many SMS segments a text takes: 160 or 153 septets, or 70 or 67 UTF-16 units.

GSM 03.38 is what decides. One letter outside it (á, a curly quote, an emoji) turns the
whole text to UCS-2. Neither an escaped septet pair nor a surrogate pair is ever split.
"""

from __future__ import annotations

from collections.abc import Sequence

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("\f^{}\\[~]|€")
_GSM7 = _BASIC | _ESCAPED
_LAST_OF_ONE_UNIT = 0xFFFF


def is_gsm7(text: str) -> bool:
    """Whether every character is in the GSM-7 alphabet or its extension table."""
    return _GSM7.issuperset(text)


def segments(text: str) -> int:
    """How many segments the text is sent (and billed) as; 0 for no text."""
    if is_gsm7(text):
        return _parts([2 if letter in _ESCAPED else 1 for letter in text], 160, 153)
    return _parts([2 if ord(letter) > _LAST_OF_ONE_UNIT else 1 for letter in text], 70, 67)


def _parts(widths: Sequence[int], alone: int, joined: int) -> int:
    """Count the parts: `alone` units fit in a single one, `joined` in each of several."""
    if sum(widths) <= alone:
        return 1 if widths else 0
    parts, used = 1, 0
    for width in widths:
        if used + width > joined:
            parts, used = parts + 1, 0
        used += width
    return parts

"""What only the words of a row tell: that it is closed, does not meet weekly, is for some alone."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from bot.feeds import clock, zones
from bot.feeds.prose import has_any

_NOT_THEN: Final = (
    r"(?!\s+(?:if|when|on|in\s+case|in\s+(?:bad|inclement)|during|for\s+(?:the\s+)?holidays?)\b)"
)
_CLOSED: Final = re.compile(
    rf"\b(?:suspended|cancell?ed{_NOT_THEN}"
    r"|temp(?:orar(?:ily|y))?\.?\s+(?:closed|suspended|closure)"
    r"|clos(?:ed|ing)\s+(?:until|temporarily|permanently|indefinitely|covid"
    r"|due\s+to\s+(?:the\s+)?(?:covid|corona|pandemic|virus)"
    r"|for\s+(?:now|good|the\s+(?:time|duration|foreseeable)))"
    r"|(?:currently|permanently)\s+closed|no\s+longer\s+(?:meets?|meeting|active)"
    r"|not\s+(?:currently\s+)?meeting(?!\s+(?:in\s+(?!person)|on|when|if|during)\b)"
    r"|disbanded|discontinued|on\s+hold|on\s+hiatus|on\s+pause"
    r"|suspendid[oa]|cancelad[oa]|cerrad[oa]\s+(?:hasta|temporalmente))\b",
    re.IGNORECASE,
)
_HINTS: Final = (
    "suspend",
    "cance",
    "clos",
    "no longer",
    "not ",
    "disband",
    "discontinu",
    "on h",
    "on pause",
    "cerrad",
)
_BEGINS_CLOSED: Final = re.compile(
    r"^\W*(?:please\s+note:?\s*)?(?:(?:this|the|our|la|el)\s+)?"
    r"(?:in[- ]person\s+)?(?:meeting|group|reuni[oó]n|grupo)?\s*"
    rf"(?:is|are|has\s+been|have\s+been|currently|now|est[aá]|\s|:|-)*(?:{_CLOSED.pattern})",
    re.IGNORECASE,
)
_ELSEWHERE: Final = re.compile(
    r"\b(?:on|via|by|to|through|using|now|only|held|meets?|meeting|use|join|por)\s+(?:our\s+)?"
    r"(?:zoom|online|on-line|virtual(?:ly)?|phone|en l[ií]nea)\b"
    r"|\b(?:zoom|online|virtual|phone)\s+only\b|^\W*in[- ]person\b",
    re.IGNORECASE,
)
"""The place is closed, and they meet elsewhere."""

_DAY: Final = r"(?:sun|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?)(?:day)?s?"
_ORDER: Final = r"(?:1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth|last)"
_SELDOM: Final = re.compile(
    r"\bmonthly\b|\bmensual\b|\bbi-?weekly\b|\bbi-?monthly\b|\bquarterly\b|\bfortnightly\b"
    r"|\bannual\b|\bonce\s+a\s+month\b|\bof\s+(?:each|every)\s+month\b|\bper\s+month\b|\bal\s+mes\b"
    r"|\bevery\s+(?:other|second|2nd|third|two|2)\b"
    rf"|\balternat(?:e|ing)\s+(?:{_DAY}|weeks?)\b"
    rf"|\b{_ORDER}(?:\s*(?:,|&|and|/|\+)\s*{_ORDER})*\s+(?:{_DAY}|weeks?)\b",
    re.IGNORECASE,
)
_BUT_THEN: Final = re.compile(
    rf"\b(?:no|not|closed|except|dark|without)\b[^.;()]*?\b{_ORDER}\b", re.IGNORECASE
)
"""It meets in all other weeks."""

_HOUR_THERE: Final = re.compile(
    r"(\d{1,2}(?::\d{2})?\s*[ap]\.?m\.?)\s*\(?(eastern|central|mountain|pacific|[ecmp][sd]?t)\b",
    re.IGNORECASE,
)
_WOMEN: Final = re.compile(
    r"\b(?:wom[ae]n|womens|ladies|lady|mujer(?:es)?|damas|sisters)\b", re.IGNORECASE
)
_MEN: Final = re.compile(r"\b(?:men|mens|hombres|caballeros|stag)\b", re.IGNORECASE)
_MEN_ALONE: Final = re.compile(
    r"\b(?:men['’`]s|mens['’`]?|hombres|caballeros|stag)\b|\bmen\s+only\b|\bfor\s+men\b|\(men\)"
    r"|^men\b|\bmen$",
    re.IGNORECASE,
)
_ONLY: Final = re.compile(r"\b(women|men)['’]?s?\s+only\b", re.IGNORECASE)


@lru_cache(maxsize=8192)
def closed(name: str, *notes: str) -> tuple[bool, bool]:
    """Whether it says that it doesn't meet at all, and that nobody meets at the place.

    A name is taken at its word; notes only where they begin with it, as much in them is about
    other things that are cancelled.
    """
    if _hinted(name) and _CLOSED.search(name):
        return not _ELSEWHERE.search(name), True
    for text in notes:
        if _hinted(text) and _BEGINS_CLOSED.match(text):
            return not _ELSEWHERE.search(text), True
    return False, False


def _hinted(text: str) -> bool:
    """Whether a closer look pays: most texts have none of these."""
    return has_any(text.casefold(), _HINTS)


@lru_cache(maxsize=8192)
def weekly(name: str) -> bool:
    """Whether its name leaves it at meeting every week. Notes tell of chip and business nights."""
    return not _SELDOM.search(name) or bool(_BUT_THEN.search(name))


@lru_cache(maxsize=8192)
def for_these_alone(name: str, notes: str = "") -> tuple[str, ...]:
    """`women` or `men`, where its name or its notes say that it is for these."""
    women, men = _WOMEN.search(name), _MEN.search(name)
    if women and not men:
        return ("women",)
    if men and not women and _MEN_ALONE.search(name):
        return ("men",)
    if "only" not in notes.casefold():
        return ()
    only = {found[1].casefold() for found in _ONLY.finditer(notes)}
    return (only.pop(),) if len(only) == 1 else ()


def zone_in_name(name: str, minute: int) -> str | None:
    """The zone that a name tells its hour in ("12pm Pacific"), where that is the listed hour."""
    found = _HOUR_THERE.search(name)
    return zones.zone(found[2]) if found and clock.minute(found[1]) == minute else None

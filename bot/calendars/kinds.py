"""What kind of session something is, by its categories or by the words of its title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from handlers.programme import KINDS

# In the order in which they are tried: "family group" is family, "medication group" medication.
_WORDS: Final = {
    "drug_screen": r"drug screen|urine|\buds\b|\bua\b|toxicology|\btox\b|antidoping",
    "couples": r"couples?|pareja",
    "family": r"famil(y|ies|ia)",
    "case_management": r"case manage(ment|r)|manejo de casos?",
    "vocational": r"vocational|job (club|skills|readiness)|employment|resume|empleo",
    "medication": r"medication|\bmat\b|\bmoud\b|dosing|suboxone|methadone|medicaci[oó]n",
    "medical": r"medical|nurse|physician|doctor|psychiatr\w*|physical exam|m[eé]dic[oa]",
    "support_meeting": r"\baa\b|\bna\b|12[- ]step|smart recovery|alumni|support meeting",
    "complementary": r"\bart\b|music|yoga|fitness|nutrition|acupuncture|mindful\w*|meditation"
    r"|m[uú]sica|arte\b",
    "education": r"education\w*|psycho-?ed\w*|lecture|class|workshop|seminar|taller|clase",
    "individual": r"individual|one[- ]on[- ]one|1:1|\b1on1\b|counseling session",
    "group": r"group|grupo|\biop\b|process|relapse prevention|\bdbt\b|\bcbt\b|skills",
}


def said(words: Iterable[str]) -> str | None:
    """The kind that one of these names outright: `group`, "Drug screen", "case-management"."""
    for word in words:
        name = re.sub(r"[\s_-]+", "_", word.strip().casefold())
        if name in KINDS:
            return name
    return None


@cache
def of(title: str, categories: tuple[str, ...] = ()) -> str:
    """The kind of something: what a category names, else what the words are of, else other."""
    named = said(categories)
    if named is not None:
        return named
    for text in (*categories, title):
        for kind, words in _WORDS.items():
            if re.search(words, text, re.IGNORECASE):
                return kind
    return "other"

"""Codes of the programme as staff read them: kinds, marks, replies, barriers, tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KINDS: Final[Mapping[str, str]] = {
    "group": "group",
    "individual": "individual",
    "family": "family",
    "couples": "couples",
    "medical": "medical",
    "medication": "medication",
    "drug_screen": "drug screen",
    "case_management": "case management",
    "education": "education",
    "vocational": "vocational",
    "complementary": "complementary (art, yoga, fitness…)",
    "support_meeting": "support meeting",
    "other": "other",
}
MARKS: Final[Mapping[str, str]] = {
    "present": "Present",
    "late": "Late",
    "left_early": "Left early",
    "excused": "Excused",
    "absent": "Absent",
}
REPLIES: Final[Mapping[str, str]] = {
    "coming": "coming",
    "cannot": "can't come",
    "help": "needs a hand",
    "late": "running late",
    "missed": "said afterwards",
}
BARRIERS: Final[Mapping[str, str]] = {
    "ride": "no ride",
    "work": "work",
    "care": "child or other care",
    "ill": "ill",
    "unready": "not up to it",
    "other": "something else",
}
VIAS: Final[Mapping[str, str]] = {
    "enrolled": "",
    "make_up": "in place of another",
    "once": "this once",
    "walk_in": "walked in",
}
HAPPENED: Final[Mapping[str, str]] = {
    "marked": "marked",
    "replied": "said",
    "given_up": "gave the place up",
    "booked": "has a place",
    "cancelled": "place cancelled",
    "here": "said that they are there, with the day's word",
    "moved": "the session was moved",
}
TASKS: Final[Mapping[str, str]] = {
    "ride": "A ride",
    "food": "Food",
    "housing": "Housing",
    "phone": "A phone",
    "id_papers": "ID or papers",
    "child_care": "Child care",
    "job": "A job",
    "legal": "Legal help",
    "excuse": "An excuse letter",
    "other_time": "Another time for a session",
    "naloxone": "Naloxone: they have none",
    "hand": "Needs a hand with a session, and has not said with what",
    "missed": "Missed without a word",
    "screen_unread": "A notice about today that they have not read",
    "screen_cannot": "Can't come today as they were asked to",
    "other": "Something else",
}
SOURCES: Final[Mapping[str, str]] = {
    "need": "asked for it (NEED)",
    "barrier": "in the way of a session",
    "missed": "from attendance",
    "naloxone": "when asked about naloxone",
    "screen": "about a screen",
}
STATES: Final[Mapping[str, str]] = {
    "open": "nobody has it",
    "taken": "taken",
    "done": "done",
    "dropped": "dropped",
}


def named(codes: Mapping[str, str], code: str | None) -> str:
    """A code in words; one that has none yet, without its underscores."""
    return "" if code is None else codes.get(code, code.replace("_", " "))


def reply(said: str | None, barrier: str | None, late: int | None = None) -> str:
    """What somebody said of coming: `can't come: no ride`, `running late, 10 min`."""
    words = named(REPLIES, said)
    if said == "late" and late:
        words = f"{words}, {late} min"
    return ": ".join(each for each in (words, named(BARRIERS, barrier)) if each)

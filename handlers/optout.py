"""Stopping and starting again: the carrier's own words, and plain speech in both languages.

Anybody may stop messages by any reasonable means (47 CFR 64.1200(a)(10)), so a wish in plain
words counts like the carrier's STOP. It is honoured whatever was being asked.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from typing import Final

from content import rules
from handlers.matching import Matcher
from handlers.spelling import bag, normal


class Wish(StrEnum):
    """What somebody wants of our messages."""

    STOP = "stop"
    START = "start"


CARRIER_STOP: Final = bag("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT")
"""Words that the carrier itself acts on and confirms; we then say nothing more."""

CARRIER_START: Final = bag("START UNSTOP YES")
"""Words that lift the carrier's block. YES is one only after a stop: it also answers questions."""

AGAIN: Final = frozenset({*CARRIER_START, "SI", "SÍ"})
"""What a person who has stopped may send to start again, besides what `heard` takes as START."""


def is_carrier_stop(text: str) -> bool:
    """Whether the carrier takes the message for an opt-out: one of its words and nothing else."""
    return text.strip().upper() in CARRIER_STOP


def heard(text: str) -> Wish | None:
    """The wish to stop or to start again that a message is, else None. Never raises."""
    for hit in _matcher().find(normal(text)):
        return Wish(hit.rule.label)
    return None


@cache
def _matcher() -> Matcher:
    return Matcher(rules.optout())

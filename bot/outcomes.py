"""How an alert ended: the codes, and what staff say of it in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REACHED: Final = "reached"
NOT_REACHED: Final = "not_reached"
CALLED_911: Final = "called_911"
REPORTED: Final = "reported"
PROTECTED: Final = "duty_to_protect"
FALSE_ALARM: Final = "false_alarm"
OTHER: Final = "other"
ANSWERED: Final = "answered"
"""By itself, where somebody wrote back and nothing else was the matter."""

CODES: Final = (
    REACHED, NOT_REACHED, CALLED_911, REPORTED, PROTECTED, FALSE_ALARM, OTHER,
)  # fmt: skip
"""What can be chosen."""
ACTION: Final = frozenset({REACHED, CALLED_911, REPORTED, PROTECTED, ANSWERED})
"""Somebody did something that would not have been done without the alert."""

_BEFORE: Final[Mapping[str, str]] = {"reached_safe": REACHED, "reached_lines": CALLED_911}
"""Codes that were written once, and what they are now."""
_WORDS: Final[Mapping[str, str]] = {
    "not reached": NOT_REACHED, "no reached": NOT_REACHED, "no answer": NOT_REACHED,
    "no contesta": NOT_REACHED, "no responde": NOT_REACHED, "voicemail": NOT_REACHED,
    "911": CALLED_911, "called 911": CALLED_911, "llame al 911": CALLED_911,
    "llamé al 911": CALLED_911,
    "duty to protect": PROTECTED,
    "reported": REPORTED, "reportado": REPORTED,
    "false alarm": FALSE_ALARM, "falsa alarma": FALSE_ALARM,
    "reached": REACHED, "spoke": REACHED, "talked": REACHED, "hablamos": REACHED,
    "hablé": REACHED, "hable": REACHED,
    "other": OTHER, "otro": OTHER,
}  # fmt: skip
"""How a text begins that says it, the longer before the shorter."""


def read(said: str | None) -> tuple[str | None, str]:
    """The code and the note of an outcome as stored: a code with a note behind it, or words.

    Words whose beginning says no code have none; all of them are the note.
    """
    first, _, note = (said or "").partition("\n")
    first = _BEFORE.get(first, first)
    if first in (*CODES, ANSWERED):
        return first, note
    words = " ".join((said or "").casefold().split())
    for beginning, code in _WORDS.items():
        if words == beginning or words.startswith((f"{beginning} ", f"{beginning},")):
            return code, said or ""
    return None, said or ""

"""When somebody wants a meeting, out of their words: now, tonight, a day, a time of day."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Final

from handlers.meetings import When
from handlers.phrases import NUMBER_WORDS

_DAY: Final = 24 * 60
_NOON: Final = 12
_FIRST_MORNING_HOUR: Final = 9
_EARLY: Final = 30
_LATE: Final = 60
"""Who says 7 means what starts from half an hour before it to an hour after."""

_DAYS: Final = (
    ("sundays?", "sun", "domingos?"),
    ("mondays?", "mon", "lunes"),
    ("tuesdays?", "tues?", "martes"),
    ("wednesdays?", "wed", "miercoles"),
    ("thursdays?", "thurs?", "thu", "jueves"),
    ("fridays?", "fri", "viernes"),
    ("saturdays?", "sat", "sabados?", "(?:this |el |este )?(?:weekend|fin de semana)"),
)
_PARTS: Final = (
    (r"(?:in the |this |por la |en la |de la )?(?:early )?mornings?", 4 * 60, _DAY // 2 - 1),
    (r"(?:por|en|de|a) la manana|temprano", 4 * 60, _DAY // 2 - 1),
    (r"(?:at |around )?(?:lunch(?: ?time)?|midday)|a?l? ?medio ?dia", 11 * 60, 14 * 60),
    (r"(?:in the |this )?afternoons?", 12 * 60, 18 * 60 - 1),
    (r"(?:por|en|de|esta) (?:la )?tarde", 12 * 60, 20 * 60 - 1),
    (r"(?:in the |this )?evenings?", 16 * 60, 21 * 60 - 1),
    (r"(?:at |por la |en la |de la )?(?:nights?|noches?)", 18 * 60, _DAY - 1),
)
_WHENS: Final[tuple[tuple[str, When], ...]] = (
    (r"tonight|tonite|2nite|this night|esta noche|hoy (?:en|por) la noche", "tonight"),
    (r"tomorrow|tomorow|tmrw|tmw|manana", "tomorrow"),
    (r"right now|now|asap|this minute|in an hour|ahora(?: mismo)?|ahorita|ya(?: mismo)?", "now"),
    (r"later today|today|mas tarde|hoy", "now"),
)
_HOUR: Final = re.compile(
    r" (?P<how>at|around|about|after|from|before|by|until|a|para|como a|despues de|antes de|"
    r"desde)? ?(?:las? )?"
    r"(?P<hour>\d{1,2})(?::?(?P<minute>[0-5]\d))? ?"
    r"(?P<half>a ?m|p ?m|de la manana|de la tarde|de la noche)?(?: ?o ?clock| en punto)? "
)
_NOON_WORD: Final = r"(?:at )?noon|(?:a|al) medio ?dia"


@dataclass(frozen=True, slots=True)
class Hours:
    """When it starts, as `handlers.meetings.Wish` has it."""

    when: When = "now"
    weekday: int | None = None
    begins: int | None = None
    ends: int | None = None


def taken(text: str, cut: str) -> tuple[Hours, str]:
    """What a text says of it, and the text without that; `cut` stands where it was."""
    hours, text = _clock(text, cut)
    pattern, tonight = _WHENS[0]
    shorter = _out(pattern, text, cut)
    if shorter is not None:
        return dataclasses.replace(hours, when=tonight), shorter
    for pattern, begins, ends in _PARTS:
        shorter = _out(pattern, text, cut)
        if shorter is not None:
            # "7 in the evening" was read with the 7.
            told = hours.begins is not None
            hours = hours if told else dataclasses.replace(hours, begins=begins, ends=ends)
            text = shorter
            break
    for weekday, names in enumerate(_DAYS):
        shorter = _out(rf"(?:next |this |on |el |este |los )?(?:{'|'.join(names)})", text, cut)
        if shorter is not None:
            return dataclasses.replace(hours, when="day", weekday=weekday), shorter
    for pattern, when in _WHENS[1:]:
        shorter = _out(pattern, text, cut)
        if shorter is not None:
            return dataclasses.replace(hours, when=when), shorter
    return hours, text


def _out(pattern: str, text: str, cut: str) -> str | None:
    """The text without the first match between spaces; None if there is none."""
    found = re.search(rf" (?:{pattern}) ", text)
    return None if found is None else text[: found.start()] + cut + text[found.end() :]


def _clock(text: str, cut: str) -> tuple[Hours, str]:
    """A time of day, where one is said."""
    for name, number in NUMBER_WORDS.items():
        text = re.sub(rf"(?<=at ){name}\b|(?<=las ){name}\b", str(number), text)
    shorter = _out(_NOON_WORD, text, cut)
    if shorter is not None:
        return Hours(begins=_NOON * 60 - _EARLY, ends=_NOON * 60 + _LATE), shorter
    for found in _HOUR.finditer(text):
        at = _minute(found, text)
        if at is None:
            continue
        shorter = text[: found.start()] + cut + text[found.end() :]
        return _around(found["how"] or "", at), shorter
    return Hours(), text


def _around(how: str, at: int) -> Hours:
    if how in ("after", "from", "despues de", "desde"):
        return Hours(begins=at, ends=_DAY - 1)
    if how in ("before", "until", "antes de"):
        return Hours(begins=0, ends=at)
    return Hours(begins=max(at - _EARLY, 0), ends=min(at + _LATE, _DAY - 1))


def _minute(found: re.Match[str], text: str) -> int | None:
    """The minute of the day; None where the digits are no hour ("12 step", "4 of us")."""
    hour, half = int(found["hour"]), (found["half"] or "").replace(" ", "")
    if hour >= _DAY // 60 or not (half or found["minute"] or found["how"]):
        return None
    morning = half in ("am", "delamanana") or re.search(r" mornings? | por la manana ", text)
    evening = half in ("pm", "delatarde", "delanoche") or re.search(
        r" (?:tonight|tonite|evenings?|nights?|esta noche|noche|tarde|afternoon) ", text
    )
    if half == "delanoche" and hour == _NOON:
        hour = 0
    elif morning and hour <= _NOON:
        hour %= _NOON
    elif hour < _NOON and (evening or (not morning and 0 < hour < _FIRST_MORNING_HOUR)):
        hour += _NOON
    return hour * 60 + int(found["minute"] or 0)

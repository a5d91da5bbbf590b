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
    (r"(?:the )?day after (?:tomorrow|tomorow|tmrw|tmw)|pasado manana", "day_after"),
    (r"tomorrow|tomorow|tmrw|tmw|manana", "tomorrow"),
    (r"right now|now|asap|this minute|ahora(?: mismo)?|ahorita|ya(?: mismo)?", "now"),
    (r"(?:in|within) (?:an?|half an|\d{1,3}) (?:min(?:ute)?s?|hours?)", "now"),
    (r"(?:en|dentro de) (?:una|media|\d{1,3}) (?:min(?:uto)?s?|horas?)", "now"),
    (r"later today|today|mas tarde|hoy", "now"),
)
_HOUR: Final = re.compile(
    r" (?P<how>at|around|about|after|from|before|by|until|a|para|como a|despues de|antes de|"
    r"desde)? ?(?:las? )?"
    r"(?P<hour>\d{1,2})(?::?(?P<minute>[0-5]\d))?(?P<past> y media| y cuarto)? ?"
    r"(?P<half>a ?m|p ?m|de la manana|de la tarde|de la noche)?(?: ?o ?clock| en punto)? "
)
_PAST: Final = {" y media": 30, " y cuarto": 15}
_BETWEEN: Final = re.compile(
    r" (?P<how>between|from|entre|desde|de)? ?(?:las? )?"
    r"(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d))? ?(?P<half>a ?m|p ?m)?"
    r"(?P<to> ?- ?| and | to | till | until | y | a | hasta )(?:las? )?"
    r"(?P<last_hour>\d{1,2})(?::(?P<last_minute>[0-5]\d))? ?"
    r"(?P<last_half>a ?m|p ?m|de la manana|de la tarde|de la noche)? "
)
_NOON_WORD: Final = r"(?:at )?noon|(?:a|al) medio ?dia"
_MIDNIGHT_WORD: Final = r"(?:at |around )?midnight|(?:a |la )?media ?noche"


@dataclass(frozen=True, slots=True)
class Hours:
    """When it starts, as `handlers.meetings.Wish` has it."""

    when: When = "now"
    weekday: int | None = None
    begins: int | None = None
    ends: int | None = None
    soon: bool = False
    """They said "now" or "today"."""


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
            return dataclasses.replace(hours, when=when, soon=when == "now"), shorter
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
    shorter = _out(_MIDNIGHT_WORD, text, cut)
    if shorter is not None:
        return Hours(begins=_DAY - _EARLY, ends=_LATE), shorter
    for found in _BETWEEN.finditer(text):
        both = _both(found, text)
        if both is not None:
            return both, text[: found.start()] + cut + text[found.end() :]
    for found in _HOUR.finditer(text):
        if not (found["half"] or found["minute"] or found["past"] or found["how"]):
            # No hour: "12 step", "4 of us".
            continue
        at = _minute(found["hour"], found["half"], text)
        if at is None:
            continue
        at += int(found["minute"] or _PAST.get(found["past"] or "", 0))
        shorter = text[: found.start()] + cut + text[found.end() :]
        return _around(found["how"] or "", at), shorter
    return Hours(), text


def _around(how: str, at: int) -> Hours:
    if how in ("after", "from", "despues de", "desde"):
        return Hours(begins=at, ends=_DAY - 1)
    if how in ("before", "until", "antes de"):
        return Hours(begins=0, ends=at)
    return Hours(begins=max(at - _EARLY, 0), ends=min(at + _LATE, _DAY - 1))


def _both(found: re.Match[str], text: str) -> Hours | None:
    """From one hour to another; None where it may be a date, or a number of people."""
    half = found["last_half"]
    if not (found["how"] or found["half"] or half or "-" in found["to"]):
        return None
    begins = _minute(found["hour"], found["half"] or half, text)
    ends = _minute(found["last_hour"], half, text)
    if begins is None or ends is None or max(int(found["hour"]), int(found["last_hour"])) > _NOON:
        return None
    begins, ends = begins + int(found["minute"] or 0), ends + int(found["last_minute"] or 0)
    if begins > ends and begins >= _NOON * 60 and not found["half"]:
        # "11 to 1 pm" begins in the morning.
        begins -= _NOON * 60
    return Hours(begins=begins, ends=ends)


def _minute(said: str, half: str | None, text: str) -> int | None:
    """An hour as minutes of the day; None where the digits are none."""
    hour, half = int(said), (half or "").replace(" ", "")
    if hour >= _DAY // 60:
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
    return hour * 60

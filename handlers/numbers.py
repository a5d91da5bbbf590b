"""Answers that are counted or told by the clock: a point on a scale, several at once, a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import Final, Literal

from handlers.phrases import NUMBER_WORDS
from handlers.said import UNREAD, Said, Unread, picked
from handlers.spelling import bag, fold, words

_FILLERS: Final = bag(
    "a an about around like maybe probably say its it is im i am at today tonight now right "
    "feel feeling think guess id would be give ish my the so well hmm hm um uh eh lol haha jaja "
    "ok solid strong number level please pls thanks thank you with and rn "
    "un una como unos es hoy ahora me siento estoy en el la lo de mi muy creo que diria pues "
    "bueno mas o menos quizas tal vez yo le pongo doy ahorita con y gracias por favor mid "
    "honestly just sobre unas nivel numero"
)
_NAMES: Final = bag(
    "day mood urge urges craving cravings pull sleep slept plan used use using rest "
    "dia animo ganas jalon sueno dormir dormi uso use consumo humor descanso"
)
_EITHER: Final = bag("or o u to")
_UNCOUNTABLE: Final = re.compile(
    r"(?<![\w)])[-−–][0-9]"  # a minus, not a dash between two numbers
    r"|[0-9][.:⁄][0-9]"
    r"|[0-9]\s?[%+°$€£²³½]|[$€£][0-9]"
)
_LONGEST_NUMBER: Final = 6


def _counted(text: str) -> tuple[list[int], list[str]] | None:
    """The numbers of a text in order and its other words; None where a number is no whole one."""
    if _UNCOUNTABLE.search(fold(text)):
        return None
    numbers: list[int] = []
    others: list[str] = []
    for word in words(text):
        if word.isdecimal():
            if len(word) > _LONGEST_NUMBER:
                return None
            numbers.append(int(word))
        elif word in NUMBER_WORDS:
            numbers.append(NUMBER_WORDS[word])
        else:
            others.append(word)
    return numbers, others


@dataclass(frozen=True, slots=True)
class Scale:
    """A whole number from `low` to `high`, both included."""

    low: int
    high: int

    @property
    def keys(self) -> tuple[str, ...]:
        """Every point of the scale."""
        return tuple(str(point) for point in range(self.low, self.high + 1))

    def holds(self, number: int) -> bool:
        """Whether the number is on the scale."""
        return self.low <= number <= self.high

    def read(self, said: Said) -> int | Literal[Unread.UNREAD]:
        """One number, in digits or words, with nothing around it that changes its meaning."""
        if said.choice is not None:
            return int(said.choice) if said.choice in self.keys else UNREAD
        most = rf"(?:/|out of|of|de|sobre)\s*(?:{self.high}|ten|diez)\b" if self.high else r"(?!)"
        counted = _counted(re.sub(rf"(?<=[\w])\s*{most}", " ", fold(said.text), count=1))
        if counted is None:
            return UNREAD
        numbers, others = counted
        if len(numbers) != 1 or not self.holds(numbers[0]):
            return UNREAD
        return numbers[0] if _FILLERS.union(_NAMES).issuperset(others) else UNREAD


@dataclass(frozen=True, slots=True, init=False)
class Numbers:
    """Several scales in one reply ("6 3 1 1"); whoever sends fewer is asked for the rest."""

    parts: tuple[Scale, ...]

    def __init__(self, *parts: Scale) -> None:
        object.__setattr__(self, "parts", parts)

    @property
    def keys(self) -> tuple[str, ...]:
        """Those of the first part: a button answers only that one."""
        return self.parts[0].keys

    def read(self, said: Said) -> tuple[int, ...] | Literal[Unread.UNREAD]:
        """One to all of the numbers, in their order; all of them may be written as "6311"."""
        if said.choice is not None:
            return (int(said.choice),) if said.choice in self.keys else UNREAD
        counted = _counted(said.text)
        if counted is None:
            return UNREAD
        numbers, others = counted
        if _EITHER.intersection(others) or not numbers:
            return UNREAD
        known = _FILLERS.union(_NAMES, *map(words, said.labels.values()))
        strange = [word for word in others if word not in known]
        if strange and (len(numbers) < len(self.parts) or len(strange) > len(self.parts)):
            return UNREAD
        if len(numbers) == 1 and not self.parts[0].holds(numbers[0]):
            numbers = self._apart(said.text)
        if not 0 < len(numbers) <= len(self.parts):
            return UNREAD
        on_scale = all(part.holds(n) for part, n in zip(self.parts, numbers, strict=False))
        return tuple(numbers) if on_scale else UNREAD

    def _apart(self, text: str) -> list[int]:
        """The digits one by one, if there are exactly as many as parts."""
        digits = "".join(word for word in words(text) if word.isdecimal())
        return [int(digit) for digit in digits] if len(digits) == len(self.parts) else []


_MORNING: Final = "am"
_EVENING: Final = "pm"
_AROUND_A_TIME: Final = (
    r"\b(?:at|around|about|by|maybe|como|a|las?|tipo|sobre|please|pls|por favor|porfa"
    r"|o'?clock|en punto|hrs?|hs|horas?|thanks|gracias|ish|every day|cada dia|mejor|ok"
    r"|let'?s (?:say|do)|is good|is fine|works|esta bien|todos los dias)\b"
)
_SPOKEN: Final = (
    (r"\b([ap])\.? ?m\b\.?", r"\1m"),
    (r"(?<=[0-9]) ?([ap])\b(?! las?\b)", r" \1m"),
    (r"\b(?:in the|de la|por la|de|this) ?(?:morning|manana|madrugada)\b", "am"),
    (r"\b(?:in the|de la|por la|this) ?(?:afternoon|evening|tarde|tardecita)\b", "pm"),
    (r"\b(?:at|de la|por la|en la) ?(?:night|noche)\b", "night"),
    (r"\b(?:al? |del )?(?:12 )?(?:noon|midday|medio ?dia)\b", "12:00 pm"),
    (r"\b(?:a |la )?(?:12 )?(?:midnight|media ?noche)\b", "12:00 am"),
    (r"\by media\b|\bthirty\b|\by treinta\b", ":30"),
    (r"\by cuarto\b|\bfifteen\b|\by quince\b", ":15"),
    (r"\bforty ?five\b|\by cuarenta y cinco\b", ":45"),
    (_AROUND_A_TIME, " "),
)
_AT: Final = re.compile(
    r"(?P<hour>[0-9]{1,2})\s*(?:[:.h]?\s*(?P<minute>[0-9]{2})|h)?\s*(?P<half>am|pm|night)?"
)
_NOON: Final = 12
_FIRST_MORNING_HOUR: Final = 9
_DAY: Final = 24
_HOUR: Final = 60


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, to the minute; its button keys are like "18:00".

    Without am or pm, hours 1 to 8 are in the afternoon, 9 to 11 in the morning, 12 is noon,
    and 13 to 23, or an hour written with a zero before it, are on the 24-hour clock.
    """

    @property
    def keys(self) -> tuple[str, ...]:
        """None: which hours are offered is a matter of the words."""
        return ()

    def read(self, said: Said) -> time | Literal[Unread.UNREAD]:
        """A button or numbered label first, then a time in digits or words."""
        if said.choice is not None:
            return _at(said.choice)
        if said.labels and (key := picked(said, tuple(said.labels))):
            return _at(key)
        return _at(said.text)


def _at(text: str) -> time | Literal[Unread.UNREAD]:
    plain = fold(text).strip()
    for name, number in NUMBER_WORDS.items():
        plain = re.sub(rf"\b{name}\b", str(number), plain)
    for spoken, short in _SPOKEN:
        plain = re.sub(spoken, short, plain)
    plain = re.sub(r"\s*:\s*", ":", " ".join(plain.replace("¿", "").split())).strip(" .,!?~#")
    found = _AT.fullmatch(plain)
    if not found:
        return UNREAD
    hour, minute = int(found["hour"]), int(found["minute"] or 0)
    if hour >= _DAY or minute >= _HOUR:
        return UNREAD
    on_the_clock = _hour(hour, found["half"], bare=found["minute"] is None, padded=plain[0] == "0")
    return UNREAD if on_the_clock is None else time(on_the_clock, minute)


def _hour(hour: int, half: str | None, *, bare: bool, padded: bool) -> int | None:
    """The hour of the day 0 to 23, or None where the parts contradict each other."""
    if half is None:
        if padded:
            return None if bare and hour == 0 else hour
        return hour if hour >= _FIRST_MORNING_HOUR else hour + _NOON
    if half == "night":
        half = _MORNING if hour in (_NOON, 1, 2, 3, 4) else _EVENING
    if half == _EVENING:
        return hour if hour >= _NOON else hour + _NOON if hour else None
    return None if hour > _NOON or (padded and bare and not hour) else hour % _NOON

"""What a text says of a meeting: place, hours, whose, how, of what kind; and what is left of it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from content.unsaid import carrier_words
from handlers import meeting_hours
from handlers.meetings import How, Wish
from handlers.spelling import bag, fold

COMMANDS: Final = r"meetings?|mtgs?|reunion(?:es)?|juntas?|near|nearby|cerca"
STEPS: Final = ("aa", "na", "ca", "cma", "ma", "ha")
"""Those of the twelve steps for people who drink or use."""
_CUT: Final = " | "
"""Stands where something was read and taken out."""
NOUNS: Final = (
    r"meetings?|meetins?|met+ings?|meett+ings?|meetngs?|meatings?|meetigs?|mtgs?|support groups?|"
    r"reunion(?:es)?|reuion(?:es)?|reunon(?:es)?|juntas?|"
    r"grupos? de apoyo"
)
_GROUPS: Final = r"groups?|grupos?"
"""They mean a meeting beside a fellowship's name only: the clinic has groups of its own."""
_NEAR_ME: Final = (
    r"(?:near|around|close to|by|next to) (?:me|here)|nearby|close by|cerca (?:de )?(?:mi|aqui)|"
    r"(?:por )?aqui cerca|por aqui"
)
_NEXT: Final = (
    r"the (?:next|nearest|closest|soonest)|(?:la|el) (?:proxima|proximo|siguiente)|"
    r"mas cercan[ao]s?"
)
_NO_PLACE: Final = bag(
    "my your his her its our their this that these those was were went is are am did had has have "
    "good bad not no dont cant wont didnt never with about because but so well ok okay fine great "
    "late early over me him them you it what why how who sponsor counselor sober life house home "
    "work church people someone nobody left leaving going go went came come miss missed feel sad "
    "mi tu su mis tus sus fue estuvo era con no nunca bien mal muy que porque pero casa trabajo "
    "vida gente alguien nadie fui voy vengo salir "
    "every each daily twice again cada todos todas diario "
    "later earlier sooner closer nearer hour hours minute minutes antes despues luego hora horas "
    "sucked sucks boring canceled cancelled moved over done ended helped death cancelada aburrida"
)
_PLACE: Final = re.compile(
    r" (?:in|near|around|by|at|close to|next to|from|en|cerca de|por|alrededor de|cerca)"
    r" ((?:(?!\|)\S+ ?)+?)(?= \||$| $)"
)
ZIP: Final = re.compile(r"(?<!\d)(\d{5})(?:[ -]\d{4})?(?!\d)")
_LONGEST_PLACE: Final = 5
_POLITE: Final = re.compile(r" (?:(?:thank|can|could|would|will|do) you(?: have)?)(?= )")
_INITIALS: Final = re.compile(r"\b([a-z])\.([a-z])\.?(?![a-z])")


@dataclass(slots=True)
class Reading:
    """A text while it is read: what is left of it, and what was found so far."""

    left: str = field(repr=False)
    has_noun: bool = False
    seeks: bool = False
    fellowships: tuple[str, ...] = ()
    how: How = "any"
    kinds: tuple[str, ...] = ()
    near: str = field(default="", repr=False)
    near_me: bool = False
    hours: meeting_hours.Hours = field(default_factory=meeting_hours.Hours)

    def take(self, pattern: re.Pattern[str] | str) -> str | None:
        """The first match between spaces, which is taken out; None if there is none."""
        found = (_spaced(pattern) if isinstance(pattern, str) else pattern).search(self.left)
        if found is None:
            return None
        self.left = self.left[: found.start()] + _CUT + self.left[found.end() :]
        return found[0].strip()

    def words(self) -> list[str]:
        """What nothing was made of yet."""
        return [word for word in self.left.split() if word != "|"]

    def says(self, *, hours_only: bool = False) -> bool:
        """Whether it says anything of what is wanted, the noun aside; or when it is to be."""
        if self.hours != meeting_hours.Hours():
            return True
        told = self.fellowships or self.kinds or self.near or self.near_me or self.how != "any"
        return bool(told) and not hours_only

    def wish(self) -> Wish:
        """All of it."""
        return Wish(
            near=self.near,
            when=self.hours.when,
            weekday=self.hours.weekday,
            begins=self.hours.begins,
            ends=self.hours.ends,
            fellowships=self.fellowships,
            how=self.how,
            kinds=self.kinds,
            soon=self.hours.soon,
        )


def folded(text: str) -> str:
    """Folded, without apostrophes and most marks, a space before and after."""
    said = re.sub("['’‘`´]", "", fold(text))
    said = _INITIALS.sub(r"\1\2", said)
    said = re.sub(r"(?<=\d)-(?=\d{4}\b)", "-", said)
    said = re.sub(r"[^\w:/@\-\s]|(?<!\d)[-:]|[-:](?!\d)", " ", said)
    return _POLITE.sub(" ", f" {' '.join(said.split())} ")


def has_noun(plain: str) -> bool:
    """Whether it names a meeting, or a group."""
    return re.search(rf" (?:{NOUNS}|{_GROUPS}) ", plain) is not None


def is_about_meetings(plain: str) -> bool:
    """Whether it has a word without which nothing here is asked for."""
    return _about_meetings().search(plain) is not None


def read(plain: str, *, named: bool) -> Reading:
    """A text as far as it can be read; `named`: it speaks of meetings, so "na" is a fellowship."""
    reading = Reading(plain)
    reading.near_me = reading.take(_NEAR_ME) is not None
    reading.seeks = reading.take(_NEXT) is not None
    reading.near = _zip(reading)
    before = reading.left
    reading.fellowships = tuple(_fellowships(reading, named=named))
    if reading.fellowships:
        reading.has_noun |= reading.take(_GROUPS) is not None
        reading.left = re.sub(r" de \| ", _CUT, reading.left)
    elif named:
        reading.left = before
    reading.has_noun |= reading.take(NOUNS) is not None
    for how, pattern in _patterns()["how"]:
        if reading.take(pattern):
            reading.how = how  # type: ignore[assignment]
    reading.kinds = tuple(kind for kind, pattern in _patterns()["kinds"] if reading.take(pattern))
    reading.hours, reading.left = meeting_hours.taken(reading.left, _CUT)
    if not reading.near:
        reading.near = _placed(reading)
    return reading


def _zip(reading: Reading) -> str:
    found = ZIP.search(reading.left)
    if found is None:
        return ""
    reading.left = reading.left[: found.start()] + _CUT.strip() + reading.left[found.end() :]
    reading.left = re.sub(r" (?:in|near|around|by|at|en|cerca de|por) (?=\|)", " ", reading.left)
    return found[1]


def _fellowships(reading: Reading, *, named: bool) -> Iterator[str]:
    for name, pattern in _patterns()["alone"]:
        if reading.take(pattern):
            yield name
    if reading.take(_patterns()["all"][0][1]):
        yield from STEPS
    for name, pattern in _patterns()["with"]:
        # "Atlanta GA" is a place: the short ones stand before the noun, or after "of".
        near_noun = rf" {pattern} (?=(?:{NOUNS}|{_GROUPS}) )|(?<= de) {pattern} "
        first = rf"^ {pattern} " if named or name in ("na", "smart") else r"(?!)"
        if reading.take(re.compile(f"{near_noun}|{first}")):
            yield name


def _placed(reading: Reading) -> str:
    """The place behind "in", "near" and the like, as far as it may be one."""
    found = _PLACE.search(reading.left)
    if found is None or not may_be_place(found[1].split()):
        return ""
    reading.left = reading.left[: found.start()] + _CUT + reading.left[found.end() :]
    return found[1].strip()


def may_be_place(place: Sequence[str]) -> bool:
    """Whether words can be a place: never what a carrier or a sentence means."""
    if not 0 < len(place) <= _LONGEST_PLACE or not _NO_PLACE.isdisjoint(place):
        return False
    return carrier_words().isdisjoint(place) and any(len(word) > 1 for word in place)


@cache
def _patterns() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Of each list of words: the name and a pattern of its ways, the longest first."""
    file = resources.files("content").joinpath("meetings", "words.toml")
    data: dict[str, Any] = tomllib.loads(file.read_text("utf-8"))
    lists = {**data["fellowships"], "how": data["how"], "kinds": data["kinds"]}
    return {
        name: [
            (key, "(?:" + "|".join(sorted(map(re.escape, ways), key=len, reverse=True)) + ")")
            for key, ways in each.items()
        ]
        for name, each in lists.items()
    }


@cache
def _about_meetings() -> re.Pattern[str]:
    names = [pattern for list_ in ("alone", "with", "all") for _, pattern in _patterns()[list_]]
    return re.compile(rf"[ /](?:{COMMANDS}|{NOUNS}|{_GROUPS}|{'|'.join(names)})(?:@\w+)? ")


@cache
def _spaced(pattern: str) -> re.Pattern[str]:
    return re.compile(rf" (?:{pattern}) ")


@cache
def vocabulary() -> frozenset[str]:
    """Every word by which something of it is said."""
    ways = (pattern for each in _patterns().values() for _, pattern in each)
    return frozenset(re.findall(r"[a-z0-9]+", " ".join(ways).replace("\\", " ")))

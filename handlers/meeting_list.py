"""How meetings that were found read: as a numbered list, and one alone.

Three readings of each: in full, short for a text message, and in cover words, in which neither a
name nor a fellowship stands: only when, how far, and the street.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from babel.dates import format_date

from content import wording
from content.segments import is_gsm7
from content.unsaid import outs
from content.wording import Language, Told
from handlers.meetings import Meeting
from handlers.spelling import bag, words

PAGE: Final = 3
"""So many in one text."""

NAMES: Final = {
    "aa": "AA", "na": "NA", "smart": "SMART", "ca": "CA", "cma": "CMA", "ma": "MA", "ha": "HA",
    "rd": "Recovery Dharma", "refuge": "Refuge Recovery", "lifering": "LifeRing",
    "al-anon": "Al-Anon", "alateen": "Alateen", "nar-anon": "Nar-Anon", "aca": "ACA",
    "coda": "CoDA", "ga": "GA", "oa": "OA", "eda": "EDA", "slaa": "SLAA",
}  # fmt: skip
_TOLD_KINDS: Final = (
    "open", "closed", "newcomers", "women", "men", "lgbtq", "young", "spanish", "wheelchair",
    "child_friendly", "proof",
)  # fmt: skip
_NEUTRAL_KINDS: Final = ("spanish", "wheelchair", "child_friendly")
_LONGEST_NAME: Final = 60
_SHORT_NAME: Final = 22
_STREET: Final = 24
_TELLING: Final = bag(
    "aa na ca alano alanon serenity fellowship anonymous anonimos steps step twelve twelfth "
    "clubhouse club dharma refuge lifering smart pasos grupo serenidad"
)
_STREETS: Final = bag("street calle")
_SHORT_FORMS: Final = {
    "street": "St", "avenue": "Ave", "road": "Rd", "boulevard": "Blvd", "drive": "Dr",
    "lane": "Ln", "highway": "Hwy", "square": "Sq", "parkway": "Pkwy", "north": "N",
    "south": "S", "east": "E", "west": "W",
}  # fmt: skip
_LONG_FORMS: Final = re.compile(rf"\b(?:{'|'.join(_SHORT_FORMS)})\b", re.IGNORECASE)
_REGION: Final = re.compile(r"(?:[A-Z]{2} ?)?(?:\d{5}(?:-\d{4})?)?(?: ?USA)?")
"""A state and a ZIP code are no street."""
_FAR: Final = 10


def word(key: str, language: Language) -> str:
    """A word or two of ours, by its key under `meeting`."""
    return wording.entries(language)[f"meeting.{key}"].text


def listed(page: Sequence[Meeting], today: date, language: Language, *, more: bool) -> Told:
    """A page of what was found, with numbers; a text message says which answers there are."""
    full = [
        f"{n}. {_when(each, today, language)}, {_line(each, language)}"
        for n, each in enumerate(page, 1)
    ]
    short, cover = (
        "\n".join(f"{n}) {line(each, today, language)}" for n, each in enumerate(page, 1))
        for line in (_short, _covered)
    )
    answers = "1" if len(page) == 1 else f"1-{len(page)}"
    if more:
        answers = f"{answers}, {word('more_word', language)}"
    return Told("\n".join(full), f"{short}\n{answers}", f"{cover}\n{answers}")


def one(which: Meeting, today: date, language: Language) -> Told:
    """One alone: name, when, how far, where."""
    when = _when(which, today, language)
    about = _about(which, _TOLD_KINDS[2:], language)
    where = word("online_word", language) if which.miles is None else _where(which)
    full = f"{_named(which)}{about}\n{_far(when, which)}: {where}"
    sms = (
        f"{_cut(_named(which), 2 * _SHORT_NAME)}{plain(about)}\n{_far(when, which)}: {plain(where)}"
    )
    cover = word("online_word", language) if which.miles is None else _covered_place(which)
    neutral = plain(_about(which, _NEUTRAL_KINDS, language))
    cover = ": ".join(part for part in (_far(when, which), cover) if part)
    return Told(full, sms, f"{cover}{neutral}")


def place(which: Meeting, language: Language) -> Told:
    """Only where it is."""
    if which.miles is None:
        online = word("online_word", language)
        return Told(online, online, online)
    full, there = _where(which), wording.entries(language)["going.there"].text
    return Told(full, _shortened(_street(which)), _covered_place(which) or there)


def label(number: int, which: Meeting, today: date, language: Language) -> str:
    """What stands on its button."""
    return f"{number} · {_when(which, today, language)}"[:40]


def as_of(page: Sequence[Meeting], language: Language) -> str:
    """The day of the oldest copy that they stand in: "Nov 20"."""
    days = [each.as_of for each in page if each.as_of]
    if not days:
        return "?"
    day = date.fromisoformat(min(days))
    return str(format_date(day, "MMM d" if language == "en" else "d MMM", locale=language))


def hour(which: Meeting, language: Language) -> str:
    """The hour it starts at, for who looks."""
    return wording.clock(which.begins.time(), language, "UTC")


def _when(which: Meeting, today: date, language: Language) -> str:
    start: datetime = which.begins
    ahead = (start.date() - today).days
    at = hour(which, language)
    if ahead <= 0:
        return at
    if ahead == 1:
        return f"{word('tomorrow', language)} {at}"
    return f"{format_date(start.date(), 'EEE', locale=language)} {at}"


def _far(when: str, which: Meeting) -> str:
    return when if which.miles is None else f"{when}, {_miles(which.miles)} mi"


def _miles(miles: float) -> str:
    return f"{miles:.0f}" if miles >= _FAR else f"{miles:.1f}"


def _named(which: Meeting) -> str:
    name = " ".join(which.name.split())[:_LONGEST_NAME].strip()
    whose = NAMES.get(which.fellowship or "")
    return f"{name}, {whose}" if whose and whose.casefold() not in words(name) else name


def _line(which: Meeting, language: Language) -> str:
    about = _about(which, _TOLD_KINDS, language)
    place = word("online_word", language) if which.miles is None else f"{_miles(which.miles)} mi"
    return f"{place}: {_named(which)}{about}" + ("" if which.miles is None else _second(which))


def _about(which: Meeting, kinds: Sequence[str], language: Language) -> str:
    """At most three of what it is, in brackets."""
    # "Open to all" is not said of what is for women or for men.
    untold = "open" if {"women", "men"} & set(which.kinds) else ""
    shown = [kind for kind in kinds if kind in which.kinds and kind != untold]
    told = [word(f"kind_{kind}", language) for kind in shown]
    return f" ({', '.join(told[:3])})" if told else ""


def _second(which: Meeting) -> str:
    there = dict.fromkeys(part for part in (which.location, _street(which)) if part)
    return f"\n    {', '.join(there)}" if there else ""


def _where(which: Meeting) -> str:
    there = (" ".join(part.split()) for part in (which.location, which.address))
    return ", ".join(part for part in there if part)


def _short(which: Meeting, today: date, language: Language) -> str:
    when = _when(which, today, language)
    whose = NAMES.get(which.fellowship or "", "")
    if which.miles is None:
        place = word("online_word", language)
    else:
        place = f"{_miles(which.miles)} mi {_cut(_shortened(_street(which)), _STREET)}"
    return plain(" ".join(part for part in (when, place, whose) if part))


def _covered(which: Meeting, today: date, language: Language) -> str:
    when = _when(which, today, language)
    if which.miles is None:
        return plain(f"{when} {word('online_word', language)}")
    return plain(f"{when} {_miles(which.miles)} mi {_cut(_covered_place(which), _STREET)}").strip()


def _covered_place(which: Meeting) -> str:
    """The street; else a name or a town that tells nobody what is there; else nothing."""
    first, *others = _parts(which.address)
    streets = [part for part in (first, *others) if any(map(str.isdecimal, part))]
    named = (first if others else "", which.location, *others, first)
    for place in (*streets, *named):
        said = _shortened(place)
        if said and not _REGION.fullmatch(place) and _is_neutral(said):
            return said
    return ""


def _street(which: Meeting) -> str:
    """The part of the address that has a number, or its first one; else the name of the place."""
    parts = _parts(which.address)
    numbered = (part for part in parts if any(map(str.isdecimal, part)))
    found = next((part for part in numbered if not _REGION.fullmatch(part)), parts[0])
    return found or which.location


def _parts(address: str) -> list[str]:
    return [" ".join(part.split()) for part in address.split(",")]


def _is_neutral(text: str) -> bool:
    told = [each for each in words(text) if each not in _STREETS]
    return not outs(" ".join(told)) and _TELLING.isdisjoint(told)


def _shortened(text: str) -> str:
    """As streets are written in short."""
    return _LONG_FORMS.sub(lambda found: _SHORT_FORMS[found[0].casefold()], plain(text))


def plain(text: str) -> str:
    """As a text message takes it without growing: what the alphabet lacks loses its accent."""
    if is_gsm7(text):
        return text
    spread = "".join(c if is_gsm7(c) else unicodedata.normalize("NFKD", c) for c in text)
    return re.sub(" +", " ", "".join(c for c in spread if is_gsm7(c)))


def _cut(text: str, most: int) -> str:
    text = plain(text)
    if len(text) <= most:
        return text
    return text[:most].rpartition(" ")[0] or text[:most]

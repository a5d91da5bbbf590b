"""What a text asks for when it asks for a meeting: where, when, whose, how, of what kind.

`wanted` is for anything that somebody types at any time, so it must be plain that they ask: "I
left the meeting" and "the meeting was good" are none. `asked` is for an answer to our question
where and when, in which a bare name is a place.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import Final

from handlers.meeting_text import (
    COMMANDS,
    NOUNS,
    ZIP,
    Reading,
    folded,
    has_noun,
    is_about_meetings,
    may_be_place,
    read,
    vocabulary,
)
from handlers.meetings import Wish
from handlers.spelling import bag, fold

_SEEKING: Final = bag(
    "need want find looking search searching show list any next nearest closest where when get "
    "like necesito quiero busco buscar busca encuentra encontrar hay donde cuando dame muestrame "
    "quisiera proxima proximo alguna algun there theres"
)
_NEEDING: Final = bag("need want find looking needing necesito quiero busco buscame encuentrame")
_FILLERS: Final = _SEEKING | bag(
    "i id im a an some one me us for to at in on of go attend join please pls plz thanks "
    "hi hey hello can could would do is are there theres what which whats wheres soon today asap "
    "help real local good just another other start starting starts begins this "
    "una un unas unos de en para ir a al la las el los por favor porfa gracias hola puedo puedes "
    "me que cual cuales ahi otra otro asistir empieza empiece cerca estoy vivo am m live only solo"
)
_ARTICLES: Final = bag("a an una un")
"""Before nothing but what is wanted: "a meeting tonight"; "the meeting" is one they know."""
_DENIED: Final = bag("not no dont do never wont didnt cant nunca tampoco sin")
_SHORT: Final = ("na", "smart")
"""They are words as well: alone they ask for nothing."""
_CAPITALS: Final = re.compile(r"(?<![A-Za-z])(?:N\.?A\.?|SMART)(?![A-Za-z])")
_SURE: Final = re.compile(r"\s*(?:/|(?!near|nearby|cerca)[a-zA-Z]|NEAR|CERCA)")


def commanded(text: str) -> bool:
    """Whether a text begins with the word for it, with or without a slash."""
    return re.match(rf"\s*/?(?:{COMMANDS})\b", fold(text)) is not None


def wanted(text: str) -> Wish | None:
    """What is wanted, where a text plainly asks for a meeting; else None."""
    plain = folded(text)
    if not is_about_meetings(plain):
        return None
    if commanded(text):
        return _told(text, plain)
    reading = read(plain, named=has_noun(plain))
    rest = reading.words()
    if reading.has_noun and _plainly(plain.split()):
        return reading.wish()
    if not _FILLERS.issuperset(rest):
        return None
    if reading.has_noun:
        begins = not rest or plain.split()[0] != rest[0] or rest[0] in _ARTICLES
        return reading.wish() if begins or reading.seeks or not _SEEKING.isdisjoint(rest) else None
    return reading.wish() if _is_bare(reading, text) else None


def _told(text: str, plain: str) -> Wish | None:
    """What follows the word for it; a bare name behind NEAR only where it is surely one."""
    reading = read(re.sub(rf"^ /?(?:{COMMANDS})(?:@\w+)? ", " ", plain), named=True)
    bare = [word for word in reading.words() if word not in _FILLERS]
    wish = _with_place(reading)
    if wish is not None and bare and not _SURE.match(text) and not _ends_in_state(wish.near):
        return None
    return wish


def _plainly(said: Sequence[str]) -> bool:
    """Whether "need a meeting" is said as such, whatever else is said beside it."""
    for at, word in enumerate(said):
        if word not in _NEEDING or not _DENIED.isdisjoint(said[max(at - 3, 0) : at]):
            continue
        for beyond, following in enumerate(said[at + 1 :], at + 2):
            if re.fullmatch(NOUNS, following):
                return said[beyond : beyond + 1] not in (["with"], ["con"])
            if following not in _FILLERS and following not in vocabulary():
                break
    return False


def _is_bare(reading: Reading, text: str) -> bool:
    """Whether the name of a fellowship stands for its meetings: "AA tonight", "na online"."""
    if not set(reading.fellowships) - set(_SHORT):
        return bool(reading.fellowships) and (
            bool(reading.near or reading.near_me or reading.how != "any")
            or (reading.says(hours_only=True) and _CAPITALS.search(text) is not None)
        )
    return True


def _ends_in_state(place: str) -> bool:
    return bool(ZIP.search(place)) or re.search(r" [a-z]{2}$", place) is not None


def asked(text: str) -> Wish | None:
    """What an answer to "where, and when?" says; None where it can't be that."""
    reading = read(folded(text), named=True)
    reading.left = re.sub(rf" (?:{COMMANDS}) ", " ", reading.left)
    wish = _with_place(reading)
    if wish is None or not (reading.says() or reading.has_noun):
        return None
    return wish


def joined(before: Wish, after: Wish) -> Wish:
    """What was wanted, with what is said of it now: who says another day means the same place."""
    told = (after.when, after.weekday, after.begins, after.ends) != ("now", None, None, None)
    timed = told or after.soon
    placed = bool(after.near) or after.spot is not None
    hours = after if timed else before
    place = after if placed else before
    return dataclasses.replace(
        before,
        near=place.near,
        spot=place.spot,
        when=hours.when,
        weekday=hours.weekday,
        begins=hours.begins,
        ends=hours.ends,
        fellowships=after.fellowships or before.fellowships,
        how=after.how if after.how != "any" else before.how,
        kinds=tuple(dict.fromkeys((*before.kinds, *after.kinds))),
        skip=0,
    )


def _with_place(reading: Reading) -> Wish | None:
    """The wish, where what is left over is a place or nothing."""
    rest = reading.words()
    while rest and rest[0] in _FILLERS:
        rest = rest[1:]
    while rest and rest[-1] in _FILLERS and len(rest) != 2:  # noqa: PLR2004 - "reading in" is none
        rest = rest[:-1]
    if rest and (reading.near or not may_be_place(rest)):
        return None
    if rest:
        reading.near = " ".join(rest)
    return reading.wish()

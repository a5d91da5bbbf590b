"""How a session is spoken of: its day and hour, where it is, never what it is called.

A title or the name of a house may tell others who reads along what it is for. By text message a
place is a street, a room, or "the usual place", unless they chose plain words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from content import days, wording
from content.unsaid import outs
from content.wording import Language, Told, Value, clock
from handlers import moments
from handlers.flow import Turn
from handlers.programme import Seat, Session

LONGEST: Final = 60
_PARTS: Final = re.compile(r"[,;\n]| - ")
_ROOM: Final = (
    r"(?:room|rm|suite|ste|floor|sala|salon|piso|cuarto|oficina)\.? (?:no\.? ?)?#?"
    r"(?:\d+[a-z]?|[a-z]\d*)"
    r"|\d+\w{0,2} (?:floor|piso)"
)
_STREET: Final = (
    r"\d+[a-z]?(?:-\d+)? (?:[\w.']+ ){1,4}"
    r"(?:st|street|ave|avenue|av|rd|road|blvd|boulevard|dr|drive|ln|lane|way|ct|court|pl|place|"
    r"pkwy|parkway|hwy|highway|sq|square|ter|terrace|cir|circle|pike|trail)\.?"
    r"(?: [nsew]{1,2}\.?)?"
    r"|\d+ (?:[nsew]\.? )?broadway"
    r"|(?:avenida|av\.|carrera) [\w.' ]{0,30}\d+"
)
_NEUTRAL: Final = re.compile(rf"(?:(?:{_STREET})(?: (?:{_ROOM}))?|{_ROOM})", re.IGNORECASE)
"""The whole of a part of a place that names no house: a street with its number, or a room."""
_WITH_STREET: Final = re.compile(_STREET, re.IGNORECASE)
_SPELLED_OUT: Final = re.compile(r"\bstreet\b", re.IGNORECASE)
_FAR: Final = 7


def where(session: Session, language: Language) -> Told:
    """Where it is held: the place as it stands, or in cover words what names no house."""
    texts = wording.entries(language)
    if not session.place:
        word = texts["session.online" if session.link else "session.usual"].text
        return Told(word, word, word)
    full = " ".join(session.place.split())
    shown = full if len(full) <= LONGEST else f"{full[: LONGEST - 3].rstrip()}..."
    unsaid = texts["session.usual" if session.usual else "session.elsewhere"].text
    return Told(shown, shown, _covered(full) or unsaid)


def _covered(place: str) -> str:
    parts = [part.strip() for part in _PARTS.split(place)]
    neutral = [part for part in parts if _is_neutral(part)]
    kept = ", ".join(neutral)
    return kept if len(kept) <= LONGEST else neutral[0][:LONGEST]


def _is_neutral(part: str) -> bool:
    # "Street" by itself is a word for drugs; after a house's number it is not.
    return _NEUTRAL.fullmatch(part) is not None and not outs(_SPELLED_OUT.sub("st", part))


def leads_there(session: Session) -> bool:
    """Whether cover words still say where it is: all of the place, or its street."""
    parts = [part.strip() for part in _PARTS.split(" ".join((session.place or "").split()))]
    kept = [part for part in parts if _is_neutral(part)]
    return kept == parts or any(_WITH_STREET.match(part) for part in kept)


def day_said(turn: Turn, moment: datetime) -> str:
    """Today, tomorrow, yesterday, the day of the week, or later on its date, where they live."""
    language = turn.person.language
    on, texts = moments.today(moment, turn.person.zone), wording.entries(language)
    ahead = (on - turn.today).days
    if ahead in (-1, 0, 1):
        return texts[f"session.{('today', 'tomorrow', 'yesterday')[ahead]}_word"].text
    return days.weekday(on, language) if abs(ahead) < _FAR else days.short(on, language)


def hour(turn: Turn, moment: datetime) -> str:
    """The hour, where they live."""
    return clock(moment, turn.person.language, turn.person.zone)


def said(turn: Turn, session: Session) -> dict[str, Value]:
    """What texts say of one: day, hour, place."""
    return {
        "day": day_said(turn, session.start),
        "time": session.start,
        "where": where(session, turn.person.language),
    }


def label(turn: Turn, session: Session) -> str:
    """One in a list of choices: "Thursday 7:30 pm, online"."""
    online = wording.entries(turn.person.language)["session.online"].text
    at = f"{day_said(turn, session.start)} {hour(turn, session.start)}"
    return f"{at}, {online}" if session.link and not session.place else at


def together(turn: Turn, seats: Sequence[Seat], *, asked: bool) -> Told:
    """Those of one day, side by side where they are at one place: "Tomorrow 6 pm: 12 Oak St".

    Only to who asked for it, or chose plain words, is a house named: a phone shows what comes by
    itself to whoever is near.
    """
    groups: list[tuple[Told, list[str]]] = []
    for seat in seats:
        there = where(seat.session, turn.person.language)
        if not groups or groups[-1][0] != there:
            groups.append((there, []))
        groups[-1][1].append(hour(turn, seat.session.start))
    day = day_said(turn, seats[0].session.start)
    day = day[:1].upper() + day[1:]
    full, sms, cover = (
        f"{day} " + "; ".join(f"{', '.join(hours)}: {place}" for place, hours in those) + "."
        for those in (
            [(there.text, hours) for there, hours in groups],
            [(there.sms, hours) for there, hours in groups],
            [(there.cover, hours) for there, hours in groups],
        )
    )
    return Told(full if asked or turn.person.plain else cover, sms, cover)


def later_on(turn: Turn, seats: Sequence[Seat]) -> str:
    """The same as it still reads on another day, and wherever it is read."""
    hours = ", ".join(hour(turn, seat.session.start) for seat in seats)
    day = days.weekday(
        moments.today(seats[0].session.start, turn.person.zone), turn.person.language
    )
    return f"{day[:1].upper()}{day[1:]} {hours}."

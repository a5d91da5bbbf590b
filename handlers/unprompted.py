"""Whether they come, said by themselves: "on my way", "I can't make it tonight".

Nothing is taken for granted: a screen that they were told of is confirmed as a reply to its notice
would be, and of a session they are asked, by its hour. What may mean despair ("I can't go on", "I
can't make it") is none of these words; it was screened before it came here.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from handlers import drug_screen, session
from handlers.flow import Outcome, Turn
from handlers.named import names
from handlers.place import Place
from handlers.programme import Seat
from handlers.spelling import words

_COMING: Final = names(
    "coming,im coming,i am coming,ill be there,i will be there,on my way,im on my way,"
    "i am on my way,omw,count me in,voy,si voy,ahi voy,ya voy,ahi estare,alli estare,voy a ir,"
    "voy en camino,en camino,alla nos vemos"
)
_DAY: Final = (
    r"(?:today|tonight|tomorrow|this (?:morning|afternoon|evening)|hoy|manana|esta (?:noche|tarde))"
)
_WHAT: Final = (
    r"(?:to |for |al? |a la |a mi )?(?:the |my )?"
    r"(?:group|class|session|appointment|appt|meeting|grupo|clase|sesion|cita)"
)
_CANNOT: Final = re.compile(
    r"(?:(?:sorry|hey|hi|hola|perdon|lo siento) )?(?:i |im |yo )?"
    r"(?:(?:cant|cannot|wont|not going to|not gonna|wont be able to) (?:make it|come|go|be there)"
    r"|not coming|no (?:puedo|voy a poder) (?:ir|llegar)|no voy(?: a ir)?|no ire)"
    rf"(?: {_WHAT})?(?: (?P<day>{_DAY}))?(?: {_WHAT})?"
)
_TAIL: Final = re.compile(rf"\b(?:{_DAY}|{_WHAT})$")
_PLAIN: Final = names(
    "i cant come,cant come,not coming,im not coming,no puedo ir,no voy a poder ir"
)
"""These mean coming to something, whatever follows."""
_TOMORROW: Final = ("tomorrow", "manana")
_NEAR: Final = timedelta(hours=36)
_WAITS: Final = ("told", "unread")
"""Screens that nothing was heard of yet."""


def heard(turn: Turn, text: str) -> Outcome | None:
    """What follows where somebody says so; None: they don't, or nothing of theirs is near."""
    spoken = " ".join(words(text))
    if spoken in _COMING:
        return _screen(turn, "coming") or _ask(turn, None)
    found = _CANNOT.fullmatch(spoken)
    if found is None or not (spoken in _PLAIN or _TAIL.search(spoken)):
        return None
    day = found["day"]
    return (_screen(turn, "cannot") if day not in _TOMORROW else None) or _ask(turn, day)


def of_another_day(turn: Turn, text: str, place: Place | None) -> bool:
    """Whether they name a day, and the open question is about coming on others."""
    found = _CANNOT.fullmatch(" ".join(words(text)))
    if found is None or found["day"] is None or place is None or place.flow != session.session.name:
        return False
    ids = place.data.get("seats")
    numbers = [each for each in (ids if isinstance(ids, list) else []) if isinstance(each, int)]
    asked = [turn.around.programme.seat(each) for each in numbers]
    wanted = found["day"] in _TOMORROW
    return not any(seat and _is_tomorrow(turn, seat) == wanted for seat in asked)


def _screen(turn: Turn, answer: str) -> Outcome | None:
    """What they were told of this morning and have not answered."""
    for each in turn.around.programme.screens():
        if each.state in _WAITS:
            return drug_screen.due.decide(turn.anew().keep(screen=each.id), answer)
    return None


def _ask(turn: Turn, day: str | None) -> Outcome | None:
    """The next of theirs, of the day that they named if they named one, by its hour."""
    there = session.theirs(turn, turn.now - session.LONGEST, turn.now + _NEAR)
    lasting = [seat for seat in there if seat.session.end > turn.now]
    if day is not None:
        lasting = [seat for seat in lasting if _is_tomorrow(turn, seat) == (day in _TOMORROW)]
    return session.ask(turn, lasting[:1], join=True) if lasting else None


def _is_tomorrow(turn: Turn, seat: Seat) -> bool:
    return session.day_of(turn, seat) > turn.today

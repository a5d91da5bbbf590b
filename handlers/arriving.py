"""On the way and there: running late, and "I'm here" with the day's word.

Heard at any time in the words people have for it, while something of theirs is near; else the
same words mean something else. Who leads it hears a number, never a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from handlers.answers import Answer, Free, Skippable
from handlers.flow import Find, Flow, Outcome, Say, Turn
from handlers.numbers import Scale
from handlers.own import whole
from handlers.phrases import NUMBER_WORDS, is_not_now
from handlers.programme import HERE, ReplySeat, Seat, TellFacilitator
from handlers.said import UNREAD, Said, Unread
from handlers.session_said import said
from handlers.spelling import words

late = Flow("late")
here = Flow("here")
FLOWS: Final = (late.name, here.name)

LONGEST: Final = 180
"""Minutes."""
_EARLY: Final = timedelta(minutes=45)
"""So long before the start somebody may say that they are there."""
_ON_THE_WAY: Final = timedelta(hours=3)
_COMING: Final = timedelta(days=8)
_TRIES: Final = 2
_NUMBER: Final = (
    r"(?: (?:by |about |around |unos |como |maybe )?(?P<n>\w+)(?: ?m(?:ins?|inutes?|inutos?)?)?)?"
)
_LATE: Final = (
    re.compile(rf"(?:(?:im|i am|ill be|i will be|gonna be|be) )?(?:running )?late{_NUMBER}"),
    re.compile(
        r"(?:(?:im|i am|ill be|i will be|be|running|gonna be) )*"
        r"(?P<n>\w+) ?(?:m(?:ins?|inutes?)?)? late"
    ),
    re.compile(rf"(?:(?:voy|llego|llegare|voy a llegar) )?tarde{_NUMBER}"),
    re.compile(r"(?:voy|llego|llegare) (?P<n>\w+) (?:min(?:utos?)?)? ?tarde"),
    re.compile(r"(?:voy )?(?P<n>\w+) min(?:utos?)? tarde"),
)
_HERE: Final = re.compile(
    r"(?:(?:im|i am|i m) here|here|aqui|(?:ya )?estoy aqui|(?:ya )?llegue|just got here|i got here)"
    r"(?: (?P<word>\w+))?"
)
_THE_WORD_IS: Final = re.compile(
    r"^\W*(?:(?:the |todays )?word(?: of the day)? is|it ?'?s|it is|"
    r"(?:la )?palabra(?: del d[ií]a)? es|es)\W+",
    re.IGNORECASE,
)
_BARE: Final = ("late", "here", "tarde", "aqui")
"""One word that means nothing else, unless it is said to the team."""
_HALF: Final = {"half": 30, "media": 30, "hour": 60, "hora": 60}


@dataclass(frozen=True, slots=True)
class Minutes:
    """How many minutes, in digits or words; the usual ones have buttons."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The usual ones."""
        return ("5", "10", "15", "30")

    def read(self, said: Said) -> int | Literal[Unread.UNREAD]:
        """Whole minutes up to three hours; "half an hour" too."""
        if said.choice is not None:
            return int(said.choice) if said.choice in self.keys else UNREAD
        spoken = [word for word in words(said.text) if word not in ("min", "mins", "m")]
        found = {_HALF[word] for word in spoken if word in _HALF}
        if found:
            return min(found)
        spoken = [word for word in spoken if word not in ("minutes", "minute", "minutos", "minuto")]
        return Scale(1, LONGEST).read(Said(" ".join(spoken)))


def heard(turn: Turn, text: str, *, to_team: bool) -> Outcome | None:
    """What follows where somebody says that they are late or there; None: they say neither.

    `to_team`: they are writing to their team, who reads these words unless something is near.
    """
    spoken = " ".join(words(text))
    bare = spoken in _BARE and not to_team
    for pattern in _LATE:
        found = pattern.fullmatch(spoken)
        number = _minutes(found["n"]) if found else None
        if found and (number is not None or not found["n"]):
            seat = _near(turn, _ON_THE_WAY)
            return _late(turn, seat, number) if seat or bare else None
    there = _HERE.fullmatch(spoken)
    if there is None:
        return None
    seat = _near(turn, _EARLY)
    if seat is None:
        return _nothing(turn) if bare else None
    return _look(turn, there["word"]) if there["word"] else turn.anew().then(word)


def _minutes(spoken: str | None) -> int | None:
    if not spoken:
        return None
    number = int(spoken[:9]) if spoken.isdecimal() else NUMBER_WORDS.get(spoken)
    return number if number is not None and 0 < number <= LONGEST else None


def opened_late(turn: Turn) -> Outcome:
    """They said so by the word for it."""
    return _late(turn, _near(turn, _ON_THE_WAY), None)


def opened_here(turn: Turn) -> Outcome:
    """They said that they are there, by the word for it."""
    return turn.anew().then(word) if _near(turn, _EARLY) else _nothing(turn)


def _near(turn: Turn, before: timedelta) -> Seat | None:
    """The one that they are on the way to or at: the first that has not ended."""
    for seat in turn.around.programme.seats(turn.now - timedelta(hours=12), turn.now + before):
        lasts = seat.session.end > turn.now and seat.session.state == "planned"
        if lasts and seat.state != "cancelled":
            return seat
    return None


def _nothing(turn: Turn) -> Outcome:
    for seat in turn.around.programme.seats(turn.now, turn.now + _COMING):
        if seat.state == "held" and seat.session.state == "planned":
            return turn.end(Say("late.later", said(turn, seat.session)))
    return turn.end(Say("late.nothing"))


def _late(turn: Turn, seat: Seat | None, number: int | None) -> Outcome:
    if seat is None:
        return _nothing(turn)
    turn = turn.anew().keep(seat=seat.id)
    # Told at once: whoever hurries may not answer how many minutes.
    told = (ReplySeat(seat.id, "late", late_minutes=number), TellFacilitator(seat.id, "late"))
    if number is None:
        return turn.then(minutes, *told)
    return turn.end(*told, Say("late.noted", {"minutes": str(number)}))


_MINUTES: Final[Answer[int | None]] = Skippable(Minutes())


@late.step(_MINUTES, hours=3)
def minutes(turn: Turn, answer: int | None) -> Outcome:
    """About how many minutes."""
    seat = turn.around.programme.seat(whole(turn.data.get("seat")) or 0)
    if seat is None or seat.session.end <= turn.now:
        return turn.end(Say("late.nothing"))
    replied = ReplySeat(seat.id, "late", late_minutes=answer)
    if answer is None:
        return turn.end(replied, Say("late.some"))
    return turn.end(replied, Say("late.noted", {"minutes": str(answer)}))


@here.step(Skippable(Free(60)), hours=3)
def word(turn: Turn, answer: str | None) -> Outcome:
    """The day's word, that only who is there can know."""
    if answer is None or is_not_now(words(answer)):
        return turn.end(Say("here.without"))
    return _look(turn, _THE_WORD_IS.sub("", answer))


def _look(turn: Turn, said_: str) -> Outcome:
    tries = whole(turn.data.get("tries")) or 0
    return turn.keep(tries=tries + 1).then(Find(HERE, said_, found))


def found(turn: Turn, seat: str | None) -> Outcome:
    """Their seat where the word was right; else once more, and then who leads it is told."""
    if seat is not None:
        row = turn.around.programme.seat(int(seat))
        # Who is there has answered whether they come.
        open_ = row is not None and row.state == "held" and row.reply in (None, "help")
        replied = (ReplySeat(int(seat), "coming"),) if open_ else ()
        return turn.end(*replied, Say("here.noted"))
    if (whole(turn.data.get("tries")) or 0) < _TRIES:
        return turn.then(word, Say("here.other"), ask=False)
    return turn.end(Say("here.without"))

"""What is ahead: the next sessions in order, one of them to change, and the evening text's hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Final

from content import wording
from content.wording import Language
from handlers import moments
from handlers.answers import Choice, Time
from handlers.flow import Flow, Outcome, Say, Turn
from handlers.named import Named, names
from handlers.own import Choose, Json
from handlers.picked import Picked
from handlers.programme import Seat
from handlers.session import EVE, EVENINGS, OFF, ask, evening, theirs
from handlers.session_said import label
from handlers.shown import Shows, numbered

sessions = Flow("sessions")

_AHEAD: Final = timedelta(days=8)
_LATELY: Final = timedelta(hours=12)
_MOST: Final = 5
_NOON: Final = 12
_MARKS: Final = {"coming": "is_coming", "help": "is_open", "late": "is_late"}


def opened(turn: Turn) -> Outcome:
    """The next ones; whoever has none hears whom to ask."""
    turn = turn.anew()
    those = _those(turn)
    if not those:
        return turn.end(Say("sessions.none", {"team": turn.around.team}))
    ids: list[Json] = [seat.id for seat in those]
    labels: list[Json] = [_label(turn, seat) for seat in those]
    return turn.keep(ids=ids, labels=labels).then(view)


def today(turn: Turn) -> list[Seat]:
    """Those of today that are not over."""
    return [
        seat
        for seat in theirs(turn, turn.now - _LATELY, turn.now + timedelta(days=1))
        if seat.session.end > turn.now
        and moments.today(seat.session.start, turn.person.zone) == turn.today
    ]


def opened_today(turn: Turn) -> Outcome:
    """Today's, with the way in where it is joined from afar."""
    those = today(turn)
    return ask(turn, those, join=True, asked=True) if those else opened(turn)


def _those(turn: Turn) -> Sequence[Seat]:
    found = turn.around.programme.seats(turn.now - _LATELY, turn.now + _AHEAD)
    ahead = [s for s in found if s.session.end > turn.now and s.state != "cancelled"]
    return ahead[:_MOST]


def _label(turn: Turn, seat: Seat) -> str:
    texts = wording.entries(turn.person.language)
    if seat.session.state != "planned":
        mark = "is_off"
    elif seat.state == "given_up":
        mark = "is_left"
    else:
        mark = _MARKS.get(seat.reply or "", "")
    said = label(turn, seat.session)
    return f"{said}, {texts[f'sessions.{mark}'].text}" if mark else said


def _shown(data: Mapping[str, Json], _: Language) -> Shows:
    return numbered(data.get("labels"))


@sessions.step(Picked(), hours=2, shows=_shown)
def view(turn: Turn, answer: str | None) -> Outcome:
    """One of them by its number, or when they are reminded."""
    if answer == "evening":
        at = evening(turn)
        told = Say("sessions.at", {"time": at}) if at else Say("sessions.no_text")
        return turn.anew().then(reminder, told)
    ids = turn.data.get("ids")
    if answer is None or not isinstance(ids, list):
        return turn.end(Say("sessions.closed"))
    which = ids[int(answer) - 1]
    seat = turn.around.programme.seat(which) if isinstance(which, int) else None
    if seat is None or seat.session.state != "planned" or seat.session.end <= turn.now:
        return turn.end(Say("sessions.off"))
    return ask(turn, [seat], join=True, asked=True)


_REMINDER: Final = Named(
    Choice("hour", "off", "keep"),
    {"off": names("off,none,no text,never,nunca,ninguno,apagado")},
)


@sessions.step(_REMINDER, hours=2)
def reminder(turn: Turn, answer: str) -> Outcome:
    """The evening text: another hour, none, or as it is."""
    if answer == "hour":
        return turn.then(hour)
    if answer == "off":
        return turn.end(Choose({EVE: OFF}), Say("sessions.no_text"))
    return turn.end(Say("sessions.closed"))


@sessions.step(Time(), hours=2)
def hour(turn: Turn, answer: time) -> Outcome:
    """The hour of the evening: "7" is seven at night here."""
    if answer.hour < _NOON:
        answer = answer.replace(hour=answer.hour + _NOON)
    at = min(max(answer, EVENINGS[0]), EVENINGS[1])
    return turn.end(Choose({EVE: at.strftime("%H:%M")}), Say("sessions.kept", {"time": at}))

"""The temperature of the room, asked before a session: mood, pull, what to talk about.

The answers belong to nobody: they are kept apart from who gave them, and only all of them together
are ever shown (SAFETY: five or more). So what is said back is the same for everybody: a text that
spoke of somebody's answer would stand on their page.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from handlers.answers import Choice, Scale, Skippable
from handlers.flow import Flow, Outcome, Say, Turn
from handlers.named import Named, names
from handlers.own import whole
from handlers.programme import Voice

temperature = Flow("temperature")

PROMPT: Final = "temperature"
"""Its detail: the number of what asks (`Voice.broadcast`), a dot, and that of their seat."""
BEFORE: Final = timedelta(minutes=15)
"""So long before the session the answers are counted."""
TOPICS: Final = ("urges", "stress", "sleep", "people", "money", "good")
_NAMED: Final = {
    "urges": names("urge,urges,craving,cravings,pull,the pull,using,ganas,jalon,el jalon,antojo"),
    "stress": names("stress,stressed,anxiety,pressure,estres,ansiedad,nervios,presion"),
    "sleep": names("sleep,sleeping,nights,insomnia,sueno,dormir,insomnio,las noches"),
    "people": names("people,family,my family,friends,kids,relationships,gente,familia,mi familia"),
    "money": names("money,work,job,rent,bills,dinero,trabajo,renta,deudas,plata"),
    "good": names("good,something good,a win,wins,good news,algo bueno,lo bueno,un logro"),
}
_HOURS: Final = 4


def ask(turn: Turn, detail: str) -> Outcome | None:
    """The first of three questions, to who still comes to what is still held."""
    room, _, which = detail.partition(".")
    if not (room.isdecimal() and which.isdecimal()):
        return None
    seat = turn.around.programme.seat(int(which))
    held = seat is not None and seat.state == "held" and seat.session.state == "planned"
    if seat is None or not held or seat.session.start - turn.now < BEFORE:
        return None
    return turn.anew().keep(room=int(room)).then(mood)


@temperature.step(Skippable(Scale(0, 10)), hours=_HOURS)
def mood(turn: Turn, answer: int | None) -> Outcome:
    """How they feel right now."""
    return turn.keep(mood=answer).then(craving)


@temperature.step(Skippable(Scale(0, 10)), hours=_HOURS)
def craving(turn: Turn, answer: int | None) -> Outcome:
    """How strong the urge is right now."""
    # Not under the name by which questions speak of a craving.
    return turn.keep(strength=answer).then(topic)


@temperature.step(Skippable(Named(Choice(*TOPICS), _NAMED)), hours=_HOURS)
def topic(turn: Turn, answer: str | None) -> Outcome:
    """What would help to talk about; nothing of it raises an alert."""
    room, thanks = whole(turn.data.get("room")), Say("temperature.thanks")
    felt, strength = (whole(turn.data.get(name)) for name in ("mood", "strength"))
    if room is None or (felt, strength, answer) == (None, None, None):
        return turn.end(thanks)
    return turn.end(Voice(room, felt, strength, answer), thanks)

"""The menu, the settings, and asking for a person: reached by one word or one tap."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from handlers import ownwords, pin, sessions
from handlers.answers import Choice, Free, Place, Time
from handlers.checkin import checkin
from handlers.entrances import ENTRANCES
from handlers.flow import Agree, Find, Flow, Outcome, Prefer, Say, Step, Stop, Turn
from handlers.joining import ZONES
from handlers.myplan import opened as plan_opened
from handlers.talking import talk

menu = Flow("menu")
settings = Flow("settings")
stopping = Flow("stopping")

_AFTER_USE = timedelta(days=3)
_AFTER_CRAVING = timedelta(hours=3)


def opened(turn: Turn) -> Outcome:
    """What matters now comes first: help after a hard hour, or the check-in that waits."""
    if _hard(turn):
        return turn.then(hard)
    if sessions.today(turn):
        return turn.then(today)
    return turn.then(home if turn.around.checked_in else due)


def _hard(turn: Turn) -> bool:
    """Whether they told of use, or of a strong craving, a short while ago."""
    used = turn.around.own.entries("lapse", 1)
    craved = turn.around.own.entries("craving", 1)
    if used and not used[0].data.get("undone") and turn.now - used[0].at < _AFTER_USE:
        return True
    level = craved[0].data.get("after", craved[0].data.get("intensity")) if craved else None
    strong = isinstance(level, int) and level >= turn.around.rules.craving_at_least
    return strong and turn.now - craved[0].at < _AFTER_CRAVING


_HOME = ("checkin", "craving", "lapse", "talk", "plan", "meeting", "more")
_TODAY = ("session", *_HOME)
_HARD = ("talk", "plan", "craving", "lapse", "meeting", "more")


@menu.step(Choice(*_HOME))
def home(turn: Turn, answer: str) -> Outcome:
    """What can be done from here."""
    return _go(turn, answer)


@menu.step(Choice(*_HOME))
def due(turn: Turn, answer: str) -> Outcome:
    """The same, with the check-in of today in front."""
    return _go(turn, answer)


@menu.step(Choice(*_TODAY))
def today(turn: Turn, answer: str) -> Outcome:
    """The same on a day with a session, which comes first."""
    return _go(turn, answer)


@menu.step(Choice(*_HARD))
def hard(turn: Turn, answer: str) -> Outcome:
    """The same in a hard hour, with a person and their own plan in front."""
    return _go(turn, answer)


@menu.step(Choice("sessions", "checkup", "days", "medicine", "mine", "settings", "about"))
def more(turn: Turn, answer: str) -> Outcome:
    """What is needed less often."""
    return _go(turn, answer)


@menu.step(Choice("reasons", "contacts", "hard_times", "goals", "day", "saved", "plan"))
def mine(turn: Turn, answer: str) -> Outcome:
    """What is theirs."""
    return _go(turn, answer)


def _go(turn: Turn, answer: str) -> Outcome:
    inside: dict[str, Step[Any] | Flow] = {
        "checkin": checkin,
        "more": more,
        "mine": mine,
        "settings": settings,
    }
    if answer in inside:
        return turn.then(inside[answer])
    if answer == "talk":
        return talk(turn)
    if answer == "session":
        return sessions.opened_today(turn)
    if answer == "plan":
        return plan_opened(turn)
    if answer in ENTRANCES:
        return ENTRANCES[answer](turn)
    return turn.end(Say("system.help", {"phone": turn.around.clinic_phone}))


@settings.step(Choice("hour", "language", "place", "panic", "pin", "leave"))
def what(turn: Turn, answer: str) -> Outcome:
    """What to change."""
    if answer == "pin":
        return pin.settings(turn)
    following: dict[str, Step[Any]] = {
        "hour": hour,
        "language": language,
        "place": place,
        "panic": panic,
        "leave": leave,
    }
    return turn.then(following[answer])


@settings.step(Time())
def hour(turn: Turn, answer: time) -> Outcome:
    """The time of day for check-ins, between 8:00 and 21:00."""
    at = min(max(answer, time(8)), time(21))
    return turn.end(Prefer(checkin_at=at), Say("settings.hour_kept", {"time": at}))


@settings.step(Choice("en", "es"))
def language(turn: Turn, answer: str) -> Outcome:
    """The language."""
    return turn.end(
        Prefer(language="es" if answer == "es" else "en"), Say("settings.language_kept")
    )


@settings.step(Place())
def place(turn: Turn, answer: str) -> Outcome:
    """A ZIP code or city, for the time zone only."""
    return turn.then(Find("zone", answer, located))


def located(turn: Turn, found: str | None) -> Outcome:
    """The zone of that place, or a short list."""
    if found is None:
        return turn.then(zone)
    return turn.end(Prefer(zone=found), Say("settings.place_kept", {"time": turn.now}))


@settings.step(Choice(*ZONES))
def zone(turn: Turn, answer: str) -> Outcome:
    """The zone by name."""
    return turn.end(Prefer(zone=ZONES[answer]), Say("settings.place_kept", {"time": turn.now}))


_WRONG = {
    ownwords.Problem.SHORT: "settings.panic_short",
    ownwords.Problem.LONG: "settings.panic_long",
    ownwords.Problem.TAKEN: "settings.panic_taken",
    ownwords.Problem.COMMON: "settings.panic_common",
}


@settings.step(Free(60), hours=1)
def panic(turn: Turn, answer: str) -> Outcome:
    """A word of their own that asks for somebody at once; NOW and AHORA do so in any case."""
    wrong = ownwords.problem(answer, ownwords.PANIC)
    if wrong is not None:
        return turn.then(panic, Say(_WRONG[wrong]), ask=False)
    return turn.end(Prefer(panic=answer), Say("settings.panic_kept"))


@settings.step(Choice("stay", "leave"))
def leave(turn: Turn, answer: str) -> Outcome:
    """Leaving takes the agreement back; nothing is sent after that."""
    if answer == "leave":
        return turn.end(
            Say("settings.left", {"phone": turn.around.clinic_phone}), Agree(granted=False)
        )
    return turn.end(Say("settings.stayed"))


@stopping.step(Choice("go_on", "stop"))
def sure(turn: Turn, answer: str) -> Outcome:
    """A word that may mean stop came in answer to a question: asked once which it was."""
    if answer == "stop":
        return turn.end(Stop())
    return turn.end(Say("stopping.kept"))

"""The menu, the settings, and asking for a person: reached by one word or one tap."""

from __future__ import annotations

from datetime import time
from typing import Any

from handlers import ownwords, pin
from handlers.answers import Choice, Free, Place, Time
from handlers.checkin import checkin
from handlers.flow import Agree, Find, Flow, Outcome, Prefer, Say, Step, Stop, Turn
from handlers.joining import ZONES
from handlers.myplan import opened
from handlers.talking import asked, more

menu = Flow("menu")
settings = Flow("settings")
stopping = Flow("stopping")


@menu.step(Choice("checkin", "talk", "plan", "settings", "about"))
def home(turn: Turn, answer: str) -> Outcome:
    """What can be done from here."""
    if answer == "checkin":
        return turn.then(checkin)
    if answer == "talk":
        return talk(turn)
    if answer == "plan":
        return opened(turn)
    if answer == "settings":
        return turn.then(settings)
    return turn.end(Say("system.help", {"phone": turn.around.clinic_phone}))


def talk(turn: Turn) -> Outcome:
    """Ask the team for a person, say when they read, and offer to write what it is about."""
    return turn.keep(by="person").then(more, *asked(turn))


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

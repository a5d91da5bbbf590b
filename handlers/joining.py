"""Joining: what this is, whether the person agrees, their language, place and hour.

Agreeing here is consent to messages only, never to treatment and never a release of records.
Nothing is asked before it, and a bare `/start` is not an answer.
"""

from __future__ import annotations

from datetime import time

from handlers.answers import Choice, Place, Time
from handlers.flow import Agree, Find, Flow, Outcome, Prefer, Say, Turn

joining = Flow("joining")

ZONES = {
    "eastern": "America/New_York",
    "central": "America/Chicago",
    "mountain": "America/Denver",
    "arizona": "America/Phoenix",
    "pacific": "America/Los_Angeles",
    "alaska": "America/Anchorage",
    "hawaii": "Pacific/Honolulu",
    "puerto_rico": "America/Puerto_Rico",
}


def welcome(turn: Turn) -> Outcome:
    """The consent talk: who, what, who sees it, what happens in danger, then the question."""
    about = {"name": turn.person.name, "sender": turn.around.sender}
    return turn.then(
        agree,
        Say("joining.hello", about, alone=True),
        Say("joining.sharing", {"phone": turn.around.clinic_phone}, alone=True),
        values={"frequency": turn.around.frequency},
    )


@joining.step(Choice("agree", "decline", "more"), hours=24 * 14)
def agree(turn: Turn, answer: str) -> Outcome:
    """The agreement itself; "more" explains and asks again."""
    if answer == "more":
        return turn.then(
            agree,
            Say("joining.more", alone=True),
            values={"frequency": turn.around.frequency},
        )
    if answer == "decline":
        return turn.end(Agree(granted=False), Say("joining.declined"))
    return turn.then(language, Agree(granted=True), Say("joining.agreed"))


@joining.step(Choice("en", "es"), hours=24 * 14)
def language(turn: Turn, answer: str) -> Outcome:
    """Which language; everything after is in it."""
    return turn.then(place, Prefer(language="es" if answer == "es" else "en"))


@joining.step(Place(), hours=24 * 14)
def place(turn: Turn, answer: str) -> Outcome:
    """A ZIP code or city, for the time zone only; it is not kept."""
    return turn.then(Find("zone", answer, located))


def located(turn: Turn, found: str | None) -> Outcome:
    """The zone of that place, or a short list where there is none or more than one."""
    if found is None:
        return turn.then(zone)
    return turn.then(hour, Prefer(zone=found))


@joining.step(Choice(*ZONES), hours=24 * 14)
def zone(turn: Turn, answer: str) -> Outcome:
    """The zone by name."""
    return turn.then(hour, Prefer(zone=ZONES[answer]))


@joining.step(Time(), hours=24 * 14)
def hour(turn: Turn, answer: time) -> Outcome:
    """The time of day for check-ins; outside 8:00-21:00 it is moved to the nearest end."""
    at = min(max(answer, time(8)), time(21))
    days, phone = turn.around.rules.silent_days, turn.around.clinic_phone
    done = (
        Say("joining.done_soon", {"time": at, "phone": phone})
        if days == 1
        else Say("joining.done", {"time": at, "phone": phone, "days": str(days)})
    )
    return turn.end(Prefer(checkin_at=at), done)

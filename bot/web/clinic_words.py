"""clinic.toml in words, for whoever has to read what was decided: an auditor, a new supervisor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from babel.dates import format_date

from bot.config import Clinic
from bot.duty_rules import NEXT_WORKING_DAY, Ladder, Wait
from bot.signing import OPTIONAL
from bot.web.fortnight import listed, shift_said

_WHO = {
    "counselor": "the person's counselor",
    "on_call": "whoever is on call",
    "supervisor": "supervisors",
    "all": "everybody",
}
_SIGNED = {
    "words": "The texts that people get",
    "rules": "The rules by which messages are read for danger",
    "limits": "The limits on this page: levels, hours, ladders",
    "voter": "The second voter, which only raises a level",
    "bowl": "Rewards that are drawn from a prize bowl",
}


@dataclass(frozen=True, slots=True)
class Part:
    """Something that clinic.toml decides."""

    title: str
    lines: tuple[tuple[str, str], ...]
    """A name and what it is."""
    where: str
    """Its place in clinic.toml."""
    missing: bool = False


def parts(clinic: Clinic) -> list[Part]:
    """All of it."""
    return [
        Part("Signed by", tuple(_signed(clinic)), "[signed]", missing=_unsigned(clinic)),
        Part("When nobody is on duty", (("", _after_hours(clinic)),), "[after_hours]"),
        Part("Who reads when", tuple(("", shift_said(one)) for one in clinic.shifts), "[[shifts]]"),
        Part("An emergency", tuple(_ladder(clinic.emergency)), "[emergency]"),
        Part("An urgent alert", tuple(_ladder(clinic.urgent)), "[urgent]"),
        Part("A concern", tuple(_ladder(clinic.concern)), "[concern]"),
        Part("The alert budget", tuple(_budget(clinic)), "[budget]"),
        Part("The clinic", tuple(_clinic(clinic)), "the first lines"),
    ]  # fmt: skip


def minutes(count: Wait) -> str:
    """`15 min`, `4 h`, or a day."""
    if isinstance(count, str):
        return "the end of the next working day"
    if count and count % 60 == 0:
        return f"{count // 60} h"
    return f"{count} min"


def _signed(clinic: Clinic) -> Iterable[tuple[str, str]]:
    for name, signature in clinic.signed:
        if signature is None and name in OPTIONAL:
            yield _SIGNED[name], "Off: nobody has signed for it"
        elif signature is None:
            yield _SIGNED[name], "Nobody has signed for this"
        else:
            day = format_date(signature.on, "d MMMM y", locale="en_US")
            yield _SIGNED[name], f"{signature.by}, {day}"


def _unsigned(clinic: Clinic) -> bool:
    return any(signature is None for name, signature in clinic.signed if name not in OPTIONAL)


def _after_hours(clinic: Clinic) -> str:
    after = clinic.after_hours
    if after.mode == "line":
        return f"People are given a line that the clinic pays: {after.line}. And 988 and 911."
    if after.mode == "staffed":
        return "There is no such hour: somebody of the shifts reads day and night."
    return "Nobody reads. People are told so, and when somebody will, with 988 and 911."


def _ladder(ladder: Ladder) -> Iterable[tuple[str, str]]:
    for rung in ladder.rungs:
        when = f"After {minutes(rung.after)}" if rung.after else "At once"
        when = "By the end of the next working day" if rung.after == NEXT_WORKING_DAY else when
        yield when, f"{listed([_WHO[who] for who in rung.to])}, if on duty"
    yield "Then", f"again every {minutes(ladder.repeat)}, until somebody takes it"
    if ladder.outcome is not None:
        yield "Taken, no outcome", f"after {minutes(ladder.outcome)} it opens again"
    if ladder.snooze is not None:
        yield "Put off", f"for {minutes(ladder.snooze)} at most, then it opens again"
    if ladder.tell_unread is not None:
        yield "Nobody has read it", f"after {minutes(ladder.tell_unread)} the person is told so"


def _budget(clinic: Clinic) -> Iterable[tuple[str, str]]:
    yield "Concerns from rules", f"{clinic.budget.alerts_a_day:g} a counselor a day"
    for rule, signature in clinic.budget.signed.items():
        yield f"May exceed it: {rule.replace('_', ' ')}", signature.by


def _clinic(clinic: Clinic) -> Iterable[tuple[str, str]]:
    yield "Messages come from", clinic.sender
    yield "Time zone", clinic.zone.replace("_", " ")
    yield "Language until chosen", {"en": "English", "es": "Spanish"}[clinic.language]
    yield "State whose law holds", clinic.state or "not said"

"""Who is away or gone, or may not be who writes: fixed words, and what still reaches a human.

Paused, in hospital, in custody: danger is answered and heard as ever, anything else gets fixed
words. Discharged: for 30 days danger still reaches staff, after that the lines are all there is.
A number that may be somebody else's gets no name and nothing of the person's.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

from content import rules
from handlers.answers import Choice, Said
from handlers.crisis import first_words, silent
from handlers.flow import Say, Turn
from handlers.matching import Matcher
from handlers.risk import Level, Risk
from handlers.spelling import bag, normal

AFTERWARDS = timedelta(days=30)
"""How long after discharge danger still reaches staff."""
PRESENT = ("active", "invited")
PATIENCE = ("paused", "hospital", "custody")
_ALSO_WORDS = bag(
    "will hope faith grace joy rich mark bill may art angel jesus rose dawn june april frank jack "
    "chance sunny sky skye destiny serenity trinity christian mercy charity patience constance "
    "luz paz sol cruz rico dulce esperanza consuelo socorro dolores milagros salvador angeles "
    "mercedes remedios caridad fe soledad alma blanca clara guadalupe victoria gloria"
)
"""First names that are words as well: "there is no hope" says nothing about the number."""
_HINT = re.compile(r"wro|who|num|n\u00fam|pho|name|nobody|equiv|qui|soy|tel", re.IGNORECASE)
_THEMSELVES = re.compile(r" (?:ya no se|anymore|myself|who i am|quien soy|i feel|me siento) ")
"""Who says "I'm not Sam" and this as well speaks of themselves, not of the number."""
_NUMBER = Choice("right", "wrong")


def heard_from(status: str, since: datetime | None, now: datetime) -> Level | None:
    """From which level on a message opens an alert; None: from none."""
    if status != "discharged":
        return Level.CONCERN
    return Level.URGENT if since is None or now - since < AFTERWARDS else None


def fixed(turn: Turn, since: datetime | None) -> Say:
    """The one answer there is."""
    phone = {"phone": turn.around.clinic_phone}
    if turn.person.status in PATIENCE:
        return Say("standing.paused", phone)
    if heard_from(turn.person.status, since, turn.now) is None:
        return Say("standing.over", phone)
    return Say("standing.ended", phone)


def lines(risk: Risk) -> Say:
    """Help for whoever writes from a number that may be somebody else's: no name, no team."""
    return Say("crisis.got_it" if silent(risk) else first_words(risk), alone=True)


def about_number(said: Said) -> Say | None:
    """What to say to an answer to "is this the right number"; None: the question itself."""
    value = _NUMBER.read(said)
    if value == "right":
        return Say("standing.noted_right")
    if value == "wrong":
        return Say("standing.noted_wrong")
    return None


class Doubt(StrEnum):
    """What makes it doubtful that a number is still theirs."""

    WRONG = "wrong_number"
    WHO = "who_is_this"


def doubt(text: str, name: str = "") -> Doubt | None:
    """What whoever writes says of not being who is meant, by a first name. Never raises."""
    if not _HINT.search(text) and name.casefold() not in text.casefold():
        return None  # most messages, and it has to be quick
    said = normal(text)
    if _not_them(said, name):
        return Doubt.WRONG
    found = [Doubt(hit.rule.label) for hit in _matcher().find(said)]
    return next(iter(sorted(found, reverse=True)), None)


def _not_them(said: str, name: str) -> bool:
    """Whether it says "this isn't Sam", "no soy Sam", "I don't know any Sam"."""
    theirs = re.escape(normal(name).strip(" ."))
    if not theirs or theirs in _ALSO_WORDS or _THEMSELVES.search(said):
        return False
    before = "this is not|that is not|it is not|i am not|isnt|no soy|no es|no conozco a"
    unknown = "do not know (?:a|any)|nobody named|no one named|no"
    # Only where the name ends the clause: "I'm not Sam anymore" is somebody in despair.
    end = r"(?:[.,]|$)"
    return any(
        re.search(each, f" {said} ")
        for each in (
            rf" (?:{before}) {theirs} {end}",
            rf" (?:{unknown}) {theirs} (?:here|lives here|aqui|[.]) ",
            rf" {theirs} (?:does not live|no vive|ya no vive|no esta) (?:here|aqui|en este)",
        )
    )


@cache
def _matcher() -> Matcher:
    return Matcher(rules.wrong_number())

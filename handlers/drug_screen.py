"""A drug screen: told in neutral words on the morning itself, with the hours in which to come.

It counts as told only once they have answered; whatever they answer, nothing is held against them.
Results are no talk's: staff enter them, and no text ever names one.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Final

from content.wording import Value
from handlers.answers import Answer, Choice, Free, Skippable
from handlers.crisis import check_withdrawal
from handlers.flow import Effect, Flow, Outcome, Say, Turn
from handlers.named import Named
from handlers.programme import BARRIERS, OpenTask, ReplyScreen, Screen
from handlers.replies import COMING, WHY, Reason, Reply
from handlers.talking import talk

drug_screen = Flow("screen")

NOTICE: Final = "screen"
"""The prompt that tells them, by the number of the screen."""
UNREAD: Final = "screen_unread"
CANNOT: Final = "screen_cannot"
"""What the team is asked to look at."""
_SOURCE: Final = "screen"
_AGAIN: Final = timedelta(minutes=15)
"""A notice that could not be said is tried again."""
_SHORTEST: Final = timedelta(hours=1)
"""Who would hear of it later than this before its end does not: they could not come."""


def comings(turn: Turn) -> dict[str, datetime]:
    """When the notice of each that is still to be told is due."""
    return {
        str(each.id): max(each.notice, turn.now + _AGAIN)
        for each in turn.around.programme.screens()
        if each.state == "planned" and turn.now + _AGAIN < each.end - _SHORTEST
    }


def ask(turn: Turn, which: str) -> Outcome | None:
    """The hours in which to come, and whether they can."""
    each = _find(turn, which)
    late = each is not None and turn.now > each.end - _SHORTEST
    if each is None or late or each.state != "planned" or turn.now < each.notice:
        return None
    told = Say("screen.today", {"time": each.start, "until": each.end})
    return turn.anew().keep(screen=each.id).then(due, _replied(each, "told"), told, ask=False)


def _find(turn: Turn, which: object) -> Screen | None:
    there = turn.around.programme.screens()
    return next((each for each in there if str(each.id) == str(which)), None)


def _replied(each: Screen, reply: str, why: str | None = None) -> ReplyScreen:
    return ReplyScreen(each.id, reply, why)


_DUE: Final = Reply(
    Named(Choice("coming", "cannot"), {k: v for k, v in COMING.items() if k != "help"}),
    yes="coming",
    no="cannot",
)


@drug_screen.step(_DUE, hours=8)
def due(turn: Turn, answer: str) -> Outcome:
    """They come, or can't; that alone says that they have read it."""
    each = _find(turn, turn.data.get("screen"))
    if each is None:
        return turn.end(Say("screen.over"))
    if answer == "coming":
        said = Say("screen.coming", {"time": each.start, "until": each.end})
        return turn.end(_replied(each, "confirmed"), said)
    if answer in BARRIERS:
        return _next(turn, each, answer)
    return turn.then(why, _replied(each, "cannot"), OpenTask(CANNOT, _SOURCE))


_WHY: Final[Answer[str | None]] = Skippable(Reason(Named(Choice(*BARRIERS), WHY)))


@drug_screen.step(_WHY, hours=8)
def why(turn: Turn, answer: str | None) -> Outcome:
    """What gets in the way."""
    each = _find(turn, turn.data.get("screen"))
    if each is None or answer is None:
        return turn.end(Say("screen.left", _team(turn)))
    return _next(turn, each, answer)


def _next(turn: Turn, each: Screen, kind: str) -> Outcome:
    """What follows from each; the team is asked in any case."""
    noted = (_replied(each, "cannot", kind), OpenTask(CANNOT, _SOURCE))
    if kind == "ride":
        values: dict[str, Value] = {**_team(turn), "until": each.end}
        return turn.end(*noted, OpenTask("ride", "barrier"), Say("screen.ride", values))
    if kind == "ill":
        return _ill(turn, *noted)
    if kind == "unready":
        return turn.then(gentle, *noted)
    if kind == "other":
        return turn.then(words, *noted)
    return turn.end(*noted, Say("screen.busy", _team(turn)))


def _ill(turn: Turn, *effects: Effect) -> Outcome:
    """Rest; who may be in withdrawal is asked about that first (SAFETY.md, 6)."""
    if turn.person.withdrawal:
        asked = check_withdrawal(turn.anew())
        return dataclasses.replace(asked, effects=(*effects, *asked.effects))
    values: dict[str, Value] = {**_team(turn), "phone": turn.around.clinic_phone}
    return turn.end(*effects, Say("screen.ill", values))


@drug_screen.step(Choice("come", "person", "leave"), hours=8)
def gentle(turn: Turn, answer: str) -> Outcome:
    """Not up to it: they may come all the same, or talk to somebody first."""
    each = _find(turn, turn.data.get("screen"))
    if answer == "person":
        return talk(turn.anew())
    if answer == "come" and each is not None:
        said = Say("screen.coming", {"time": each.start, "until": each.end})
        return turn.end(_replied(each, "confirmed"), said)
    return turn.end(Say("screen.left", _team(turn)))


@drug_screen.step(Skippable(Free(500)), hours=8)
def words(turn: Turn, answer: str | None) -> Outcome:
    """In their own words, for the team."""
    asked = () if answer is None else (OpenTask(CANNOT, _SOURCE, words=answer),)
    return turn.end(*asked, Say("screen.left", _team(turn)))


def _team(turn: Turn) -> dict[str, Value]:
    return {"team": turn.around.programme.helpers}

"""After use: first safety, then one next step. Reached by a word, a tap, or the check-in's answer.

Kept is only what kind it was and, later, in what kind of company (SAFETY.md, 20): never a name or
a place. What comes in the three days after it is in `handlers.afterlapse`.

Bodies differ, and so do the words: who may be in withdrawal is asked about it and never told to
stop; who has had a medicine is told what it changes; whatever is not known counts as maybe opioid.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from handlers import contacts, counting, medicines, myplan, naloxone, session
from handlers.answers import Answer, Choice, Letters, Skippable
from handlers.counting import LAPSE
from handlers.crisis import afterwards
from handlers.flow import Effect, Flow, Outcome, Raise, Record, Say, Turn
from handlers.moments import local
from handlers.own import Amend, Remind
from handlers.private import OWN
from handlers.risk import Level
from handlers.substance import Substance
from handlers.talking import talk

lapse = Flow("lapse")

CARD: Final = "learned"
"""The kind of item that holds what they learned from one."""
KINDS: Final = ("alcohol", "opioid", "benzo", "other")
STOPPING: Final = ("alcohol", "benzo")
"""Kinds of which stopping may be dangerous."""
AFTER: Final = {"lapse_24": 24, "lapse_48": 48, "lapse_72": 72}
"""Prompts, and after how many hours each comes."""
OWN_CARD: Final = f"{OWN} {LAPSE}"
"""What a message is that holds a line for that card: theirs alone."""
EXPECTED: Final = frozenset({"relapse_or_use"})
"""What the screen hears in such a line; it was told before, so nobody is told of it again."""
_FIRST, _LAST = time(9), time(20)
_APART: Final = 180
"""Minutes between such a question and the check-in, so that nobody is asked two things at once."""
_WHAT: Final[Answer[str | None]] = Skippable(Substance(Choice(*KINDS, "none")))
_AGONISTS: Final = ("methadone", "buprenorphine")


def opened(turn: Turn) -> Outcome:
    """They told of use: it is written down at once, and the first question is about safety."""
    effects = told(turn)
    turn = dataclasses.replace(turn, data={"again": is_told(turn)})
    return turn.then(danger, *effects, Say("lapse.thanks"))


def told(turn: Turn, day: str | None = None, reason: str = LAPSE) -> tuple[Effect, ...]:
    """What follows from being told: kept and raised once a day, asked about for three days.

    `day` is the local day that it is about, if that is not today; `reason` is what staff read.
    """
    about = day or turn.today.isoformat()
    effects: list[Effect] = [Remind(kind, after(turn, hours)) for kind, hours in AFTER.items()]
    if is_told(turn, day):
        return tuple(effects)
    effects.append(Record(LAPSE, {"day": about}))
    if turn.around.rules.use:
        effects.append(Raise(Level.CONCERN, reason))
    return tuple(effects)


def is_told(turn: Turn, day: str | None = None) -> bool:
    """Whether they told of that day before."""
    entry = counting.latest(turn)
    if entry is None:
        return False
    about = day or turn.today.isoformat()
    return counting.day_of(entry, turn.person.zone).isoformat() == about


def after(turn: Turn, hours: int) -> datetime:
    """So many hours on, moved into their day and away from their check-in."""
    person = turn.person
    there = (turn.now + timedelta(hours=hours)).astimezone(ZoneInfo(person.zone))
    at = min(max(_minutes(there.time()), _minutes(_FIRST)), _minutes(_LAST))
    if person.checkin_at is not None:
        asked = _minutes(person.checkin_at)
        if abs(at - asked) < _APART:
            before, later = asked - _APART, asked + _APART
            at = before if before >= _minutes(_FIRST) else later
    return local(there.date(), time(at // 60, at % 60), person.zone)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


@lapse.step(Letters("a", "b", "c"), hours=12)
def danger(turn: Turn, answer: str) -> Outcome:
    """First safety: in danger right now? A yes, B not sure, C no."""
    return safety(turn, answer)


def safety(turn: Turn, answer: str) -> Outcome:
    """What follows from that answer, wherever it was asked (overdose: SAFETY.md, 5)."""
    turn = dataclasses.replace(turn, data={"again": bool(turn.data.get("again"))})
    if answer == "a":
        yes = Say("checkin.danger_yes", alone=True)
        return turn.then(afterwards, Raise(Level.EMERGENCY, "danger_after_use"), yes)
    if answer == "b":
        unsure = Say("checkin.danger_maybe", alone=True)
        return turn.then(afterwards, Raise(Level.URGENT, "danger_after_use"), unsure)
    return turn.then(body) if turn.person.withdrawal else turn.then(what, Say("lapse.fine"))


@lapse.step(Letters("a", "b", "c"), hours=12)
def body(turn: Turn, answer: str) -> Outcome:
    """Asked where staff flagged that stopping is dangerous: shakes, a seizure? A, B or C."""
    if answer == "a":
        signs = Raise(Level.EMERGENCY, "signs_of_withdrawal")
        return turn.then(afterwards, signs, Say("crisis.withdrawal_yes", alone=True))
    if answer == "b":
        unsure = Raise(Level.URGENT, "not_sure_about_withdrawal")
        return turn.then(afterwards, unsure, Say("crisis.withdrawal_unsure", alone=True))
    return turn.then(what, Say("crisis.withdrawal_no"))


@lapse.step(_WHAT, hours=12)
def what(turn: Turn, answer: str | None) -> Outcome:
    """What kind it was, since the safety words depend on it; or that it was a wrong tap."""
    if answer == "none":
        return _taken_back(turn)
    kept = (Amend(LAPSE, {"what": answer}),) if answer else ()
    who_reads = (Say("lapse.told", {"team": turn.around.team}),) if turn.around.rules.use else ()
    return turn.then(step, *kept, *_careful(turn, answer), *_last_time(turn), *who_reads)


def _taken_back(turn: Turn) -> Outcome:
    """Nothing happened; but what they had told before on that day stands."""
    if turn.data.get("again"):
        return turn.end(Say("lapse.undone"))
    forgotten = [Remind(kind, None) for kind in AFTER]
    return turn.end(Amend(LAPSE, {"undone": True}), *forgotten, Say("lapse.undone"))


def _careful(turn: Turn, kind: str | None) -> list[Say]:
    """The safety words for that kind, and for a medicine that they have or had."""
    key = {"alcohol": "lapse.drank", "benzo": "lapse.calmed"}.get(str(kind), "lapse.careful")
    said = [Say(key, alone=True)]
    phone = {"phone": turn.around.medication_phone}
    there = turn.around.own.items(medicines.KIND)
    kinds = {item.text("kind") for item in there}
    if kinds.intersection(_AGONISTS):
        said.append(Say("lapse.treated", phone, alone=True))
    if key == "lapse.careful" and turn.around.own.settings.get("naloxone") == naloxone.NONE:
        said.append(Say("lapse.no_naloxone", phone, alone=True))
    if "naltrexone" in kinds and kind != "alcohol":
        said.append(Say("lapse.blocked", alone=True))
    expecting = turn.around.own.settings.get("pregnant")
    if expecting or any(item.data.get("pregnant") for item in there):
        said.append(Say("lapse.pregnant", phone, alone=True))
    return said


def _last_time(turn: Turn) -> tuple[Say, ...]:
    words = learned(turn)
    return (Say("lapse.last_time", {"words": words}),) if words else ()


def learned(turn: Turn) -> str | None:
    """The newest line that they wrote for the next time; None behind the PIN, or without one.

    Their own words: a text that shows them is marked as theirs (`handlers.private.shows_own`), and
    its cover says where they are instead.
    """
    lines = cards(turn)
    return lines[-1] if lines else None


def cards(turn: Turn) -> list[str]:
    """All such lines, the oldest first; none behind the PIN."""
    if turn.person.shut:
        return []
    return [item.text("text") for item in turn.around.own.items(CARD) if item.text("text")]


@lapse.step(Choice("session", "counselor", "plan", "call", "later"), hours=24)
def step(turn: Turn, answer: str) -> Outcome:
    """One next step, chosen by them."""
    turn = turn.anew()
    if answer == "session":
        return first_session(turn)
    if answer == "counselor":
        return talk(turn)
    if answer == "plan":
        return myplan.opened(turn)
    if answer == "call":
        return contacts.opened(turn)
    return turn.end(Say("lapse.later"))


def first_session(turn: Turn) -> Outcome:
    """The first session that they can make; where none is planned, the team is asked for it."""
    following = session.next_one(turn)
    if following is not None:
        return following
    asked = talk(turn)
    return dataclasses.replace(asked, effects=(*asked.effects, Say("lapse.session")))

"""An urge, now: how strong, one thing to do that fits, a timer, and how strong it is afterwards.

Help comes before the log: who says that it is strong gets something to do at once, and what set
it off, where and with whom are asked when it is over, if at all. By text the four may come in one
reply ("8 2 1 1"). What helped is remembered and offered first the next time. Strong and not
falling, a person is offered, and the counselor sees it.

Place and company are kinds, never names.
"""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any, Final

from content.skills import COMPANIES, PLACES, TRIGGERS, Skill, skills
from handlers import gathering, named, skill_words
from handlers.answers import Answer, Choice, Numbers, Scale, Skippable
from handlers.flow import Effect, Find, Flow, Outcome, Raise, Record, Say, Step, Turn
from handlers.meetings import FIND
from handlers.named import Named
from handlers.own import Amend, Json, Remind, whole
from handlers.risk import Level
from handlers.skills import (
    CRAVING,
    FEELINGS,
    HALT,
    SCENE,
    after_halt,
    allowed,
    choose,
    scene,
    tried_in,
    worked,
)
from handlers.strength import STRENGTH, OrStrength
from handlers.talking import talk

craving = Flow(CRAVING)

BACK: Final = "craving_back"
"""The timer of a thing to do: then it is asked how strong the urge is."""
SOFT: Final = "craving_soft"
"""One line, half an hour after a timer that nobody answered."""
_SOFT_AFTER: Final = timedelta(minutes=30)
_IN_A_ROW: Final = 3
"""After so many "something else" a person is offered."""
_A_LOT: Final = 2
"""From so many points down it is said that they rode it out."""
_TIPS: Final = 3
"""So often it is said that one text does it."""
_NAMES: Final = (("trigger", TRIGGERS), ("place", PLACES), ("company", COMPANIES))
_QUIET: Final = (Remind(BACK, None), Remind(SOFT, None))


def opened(turn: Turn) -> Outcome:
    """A new one; a timer that ran for another is forgotten."""
    return turn.anew().then(level, *_QUIET)


def begin(turn: Turn, strength: int | None, *effects: Effect) -> Outcome:
    """Go on from where its strength was told already: straight to something to do."""
    turn = dataclasses.replace(turn, data={"before": strength})
    return _help(turn, *effects, *_QUIET, Record(CRAVING, {"intensity": strength}))


@craving.step(
    Skippable(
        Numbers(
            STRENGTH,
            Scale(1, len(TRIGGERS)),
            Scale(1, len(PLACES)),
            Scale(1, len(COMPANIES)),
        )
    ),
    hours=2,
)
def level(turn: Turn, answer: tuple[int, ...] | None) -> Outcome:
    """How strong, 0-10, and the other three if they were given in one breath."""
    strength, *rest = answer or (None,)
    there: dict[str, Json] = {
        field: kinds[number - 1] for (field, kinds), number in zip(_NAMES, rest, strict=False)
    }
    turn = turn.keep(before=strength, **there)
    log = Record(CRAVING, {"intensity": strength, **there})
    if strength == 0:
        return turn.end(log, Say("craving.calm"))
    if strength is None or _strong(turn, strength):
        return _help(turn, log)
    return _on(turn, log)


@craving.step(Skippable(Named(Choice(*TRIGGERS), named.TRIGGER)), hours=3)
def trigger(turn: Turn, answer: str | None) -> Outcome:
    """What set it off."""
    return _told(turn, "trigger", answer)


@craving.step(Skippable(Named(Choice(*PLACES), named.PLACE)), hours=3)
def place(turn: Turn, answer: str | None) -> Outcome:
    """Where: a kind of place."""
    return _told(turn, "place", answer)


@craving.step(Skippable(Named(Choice(*COMPANIES), named.COMPANY)), hours=3)
def company(turn: Turn, answer: str | None) -> Outcome:
    """With whom: a kind of company."""
    return _told(turn, "company", answer)


def _told(turn: Turn, field: str, answer: str | None) -> Outcome:
    told = Amend(CRAVING, {field: answer})
    if answer is None and turn.data.get("late"):
        # It is over: who skips one question has had enough of them.
        return turn.end(told, Say("craving.closed"))
    return _on(turn.keep(**{field: answer}), told)


def _on(turn: Turn, *effects: Effect) -> Outcome:
    following: dict[str, Step[Any]] = {"trigger": trigger, "place": place, "company": company}
    for field in SCENE:
        if field not in turn.data:
            return turn.then(following[field], *effects)
    if turn.data.get("late"):
        return turn.end(*effects, _kept(turn))
    return _help(turn, *effects)


def _help(turn: Turn, *effects: Effect) -> Outcome:
    """What has worked before, asked about unless a PIN shuts what they logged; else the next."""
    down = worked(turn.around.own, scene(turn.data))
    if down is None:
        return _next(turn, *effects)
    if turn.person.shut:
        return _give(turn, skills()[down.skill], *effects)
    last = skill_words.last_time(turn, down)
    return turn.keep(skill=down.skill).then(again, *effects, last, ask=False)


@craving.step(Named(Choice("again", "other", "person"), named.AGAIN), hours=2)
def again(turn: Turn, answer: str) -> Outcome:
    """The one that helped the last time, or another."""
    known = skills().get(str(turn.data.get("skill")))
    if answer == "person":
        return _person(turn)
    if known is None:
        return _next(turn)
    if answer == "again" and allowed(known, turn.around.own, scene(turn.data)):
        return _give(turn, known)
    return _next(turn.keep(tried=[*tried_in(turn.data), known.name]))


def _next(turn: Turn, *effects: Effect) -> Outcome:
    """Another one; after some, or when there is none left, a person is offered."""
    skill = choose(turn.around.own, scene(turn.data), tried_in(turn.data))
    given = whole(turn.data.get("given")) or 0
    if skill is None or given >= _IN_A_ROW:
        said = Say("craving.enough")
        return turn.keep(given=0).then(still, *effects, *_QUIET, said, ask=False)
    if skill.name == HALT:
        return turn.keep(tried=[*tried_in(turn.data), HALT]).then(halt, *effects)
    return _give(turn, skill, *effects)


@craving.step(Skippable(Named(Choice(*FEELINGS), named.FEELINGS)), hours=2)
def halt(turn: Turn, answer: str | None) -> Outcome:
    """Hungry, angry, lonely, tired: each leads to a next step of its own."""
    if answer is None:
        return _next(turn)
    return _feels(turn, answer)


def _feels(turn: Turn, feeling: str) -> Outcome:
    own, there = turn.around.own, scene(turn.data)
    return _give(turn, after_halt(own, feeling, there, tried_in(turn.data)))


def _give(turn: Turn, skill: Skill, *effects: Effect) -> Outcome:
    """One thing to do, and a timer that asks how it went."""
    tried: list[Json] = [*tried_in(turn.data), skill.name]
    log: dict[str, Json] = {"skill": skill.name, "tried": tried, "helped": None}
    if "now" in turn.data:
        log["from"] = turn.data["now"]
    given = (whole(turn.data.get("given")) or 0) + 1
    turn = turn.keep(skill=skill.name, tried=tried, given=given)
    if skill.name == gathering.SKILL:
        find = Find(FIND, gathering.query(turn), _gathered)
        return turn.then(find, *effects, Amend(CRAVING, log))
    return _timed(turn, skill, skill_words.how(turn, skill), *effects, Amend(CRAVING, log))


def _gathered(turn: Turn, found: str | None) -> Outcome:
    """Where people meet within the hour; else they may know of one, or ask for a person."""
    skill = skills()[gathering.SKILL]
    return _timed(turn, skill, gathering.words(turn, found) or skill_words.how(turn, skill))


def _timed(turn: Turn, skill: Skill, words: Say, *effects: Effect) -> Outcome:
    return turn.then(
        doing,
        *effects,
        Remind(BACK, turn.now + timedelta(minutes=skill.minutes)),
        Remind(SOFT, None),
        words,
        Say("craving.timer", {"minutes": str(skill.minutes)}),
        ask=False,
    )


_DOING: Final[Answer[str | int]] = OrStrength(Named(Choice("done", "other", "person"), named.DOING))


@craving.step(_DOING, hours=3)
def doing(turn: Turn, answer: str | int) -> Outcome:
    """While the timer runs: done, or they are at it; else what they want instead."""
    if answer == "done":
        return turn.then(after, *_QUIET)
    if answer == "going":
        return turn.then(doing, Say("craving.going"), ask=False)
    return _instead(turn, answer)


def _instead(turn: Turn, answer: str | int) -> Outcome:
    """Something else, a person, how they feel, how strong it is by now; else not now."""
    if isinstance(answer, int):
        return after.decide(turn, answer)
    if answer == "other":
        return _next(turn)
    if answer == "person":
        return _person(turn)
    if answer in FEELINGS:
        return _feels(turn, answer)
    return turn.end(*_QUIET, Say("craving.closed"))


@craving.step(Skippable(STRENGTH), hours=3)
def after(turn: Turn, answer: int | None) -> Outcome:
    """How strong it is now; strong and not falling, the counselor sees it."""
    if answer is None:
        return turn.end(*_QUIET, Say("craving.closed"))
    before = whole(turn.data.get("now", turn.data.get("before", turn.data.get("craving"))))
    fell = before is not None and answer < before
    turn = turn.keep(now=answer, given=0)
    log = Amend(CRAVING, {"after": answer, "helped": fell})
    values = {"before": str(before), "after": str(answer)}
    if before is not None and fell and (_strong(turn, answer) or before - answer < _A_LOT):
        return turn.then(still, *_QUIET, log, Say("craving.fell_a_little", values), ask=False)
    if fell:
        return turn.then(better, *_QUIET, log, Say("craving.fell", values), ask=False)
    if not _strong(turn, answer):
        return turn.then(still, *_QUIET, log, Say("craving.longer"), ask=False)
    if turn.data.get("told"):
        return turn.then(still, *_QUIET, log, Say("craving.told_before"), ask=False)
    return turn.keep(told=True).then(
        still,
        *_QUIET,
        Amend(CRAVING, {**log.data, "told": True}),
        Raise(Level.CONCERN, "craving_not_falling"),
        Say("craving.told", {"after": str(answer), "team": turn.around.team}),
        ask=False,
    )


@craving.step(Skippable(Choice("helped", "not_really")), hours=3)
def better(turn: Turn, answer: str | None) -> Outcome:
    """It went down: whether that was because of what they did."""
    log = () if answer is None else (Amend(CRAVING, {"helped": answer == "helped"}),)
    if SCENE[0] in turn.data:
        return turn.end(*log, _kept(turn))
    return turn.keep(late=True).then(trigger, *log, Say("craving.afterwards"))


def _kept(turn: Turn) -> Say:
    new = len(turn.around.own.entries(CRAVING, _TIPS + 1)) <= _TIPS
    return Say("craving.kept_tip" if new and turn.data.get("late") else "craving.kept")


_STILL: Final[Answer[str | int]] = OrStrength(Named(Choice("other", "person"), named.STILL))


@craving.step(_STILL, hours=3)
def still(turn: Turn, answer: str | int) -> Outcome:
    """It is still there: another thing to try, a person, or not now."""
    return _instead(turn, answer)


def _person(turn: Turn) -> Outcome:
    """The team is asked; a timer that was promised still comes."""
    return talk(turn.anew())


def back(turn: Turn, _: str) -> Outcome | None:
    """The timer is over: how strong is it now? Whatever else was asked meanwhile waits."""
    log = turn.around.own.entries(CRAVING, 1)
    skill = skills().get(str(log[0].data.get("skill"))) if log else None
    if not log or skill is None:
        return None
    had = log[0].data
    kept = {field: had[field] for field in (*SCENE, "skill", "tried", "told") if field in had}
    turn = dataclasses.replace(turn, data={"before": had.get("intensity"), **kept})
    if "from" in had:
        turn = turn.keep(now=had["from"])
    up = Say("craving.time_up", {"minutes": str(skill.minutes)})
    return turn.then(after, Remind(SOFT, turn.now + _SOFT_AFTER), up)


def soft(turn: Turn, _: str) -> Outcome:
    """Nobody answered the timer: one line, and then silence."""
    return turn.end(Say("craving.soft"))


def _strong(turn: Turn, strength: int) -> bool:
    return strength >= turn.around.rules.craving_at_least

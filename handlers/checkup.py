"""A questionnaire as a talk: item by item, each may be skipped, and it may wait for a day.

Who sees the answers, and whether now is private, stands before the first question. What was
answered is kept after every item, so that danger, a pause or a restart loses nothing; where it
stands is the questionnaire's name, its version and the item. Short ones lead on to long ones. An
answer about dying leads at once to the C-SSRS screener, whose triage sets the level (VA practice:
PHQ-2+I9 to C-SSRS); from then on it is the talk about danger.

`answered` is what the one-time page in a browser uses as well: the same answers come to the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from content.instrument import Questionnaire
from content.questionnaires import questionnaires
from handlers import attended, charts, crisis, named
from handlers.answers import Choice, Letters
from handlers.checkup_days import LED_TO, SCREENER, later_today, tomorrow
from handlers.checkup_kept import (
    OPEN_FOR,
    Given,
    ended_at,
    ended_on,
    given,
    latest,
    scored,
    scores,
    stands,
    still_open,
)
from handlers.checkup_words import (
    ITEM,
    OF,
    VERSION,
    about,
    changed,
    marks,
    question,
    screening,
)
from handlers.flow import Effect, Find, Flow, Outcome, Raise, Say, Step, Turn
from handlers.named import Named
from handlers.own import Answers, Remind
from handlers.replies import Reply
from handlers.risk import Level
from handlers.scoring import Result, following, score
from handlers.shown import Shown

checkup = Flow("checkup")

ASK: Final = "checkup"
AGAIN: Final = "checkup_again"
"""The prompts: by the calendar, and once more some hours later."""
WHERE: Final = "questions"
"""Looked up: where the questions may be asked. None: here; else the address of a page."""
NAMES: Final = ("bam_iop", "phq2", "gad2", "craving")
"""What can be begun by choosing it."""
UNSCREENED: Final = "crisis_screener"
"""Falls due where the screener was asked and has no triage yet."""
_PATIENCE: Final = timedelta(minutes=15)
_TOLD_OF: Final = (Level.URGENT, Level.EMERGENCY)
_TOLD: Final = {"bam_use": "lapse"}
"""Reasons that are no news to staff where it was told already, by the kind of log entry."""


def opened(turn: Turn) -> Outcome:
    """What is open is gone on with; else they choose one."""
    turn = turn.anew()
    for name in questionnaires():
        if name != SCREENER and still_open(turn, questionnaires()[name]) is not None:
            return turn.keep(of=name).then(private)
    return turn.then(which)


def ask(turn: Turn, name: str) -> Outcome | None:
    """By the calendar; not if it was answered a short while ago."""
    asked = questionnaires().get(name)
    if asked is None or name in LED_TO:
        return None
    ended = scored(turn, asked)
    if ended is not None and ended_on(turn, ended) == turn.today:
        return None
    turn = dataclasses.replace(turn, data={OF: name})
    return turn.then(private, Remind(f"{AGAIN}:{name}", tomorrow(turn)))


def ask_again(turn: Turn, name: str) -> Outcome | None:
    """Once, where it was put off, broken off, or not answered; then it waits for its next day."""
    asked = questionnaires().get(name)
    if asked is None:
        return None
    ended = scored(turn, asked)
    if ended is not None and turn.now - ended_at(ended) < OPEN_FOR:
        return None
    return dataclasses.replace(turn, data={OF: name, "again": True}).then(private)


@checkup.step(Reply(Choice("ready", "later", "not_today"), "ready", "later"), shows=about)
def private(turn: Turn, answer: str) -> Outcome:
    """Whether now is private; who sees the answers was said."""
    name = str(turn.data.get(OF))
    if name not in questionnaires():
        return turn.then(which)
    if answer == "not_today":
        return turn.end(Remind(f"{AGAIN}:{name}", None), Say("checkup.not_today"))
    if answer == "later":
        return _put_off(turn, name, "checkup.put_off")
    return turn.then(Find(WHERE, name, _begun), Remind(f"{AGAIN}:{name}", None))


def _put_off(turn: Turn, name: str, key: str) -> Outcome:
    if turn.data.get("again"):
        return turn.end(Say("checkup.until_next"))
    return turn.end(Remind(f"{AGAIN}:{name}", later_today(turn)), Say(key))


@checkup.step(Named(Choice(*NAMES, "later"), named.CHECKUP), hours=3)
def which(turn: Turn, answer: str) -> Outcome:
    """Which of them, where none waits."""
    if answer == "later":
        return turn.end(Say("checkup.closed"))
    return turn.keep(of=answer).then(private)


def _begun(turn: Turn, found: str | None) -> Outcome:
    """Here, or by the address of a page of their own."""
    asked = questionnaires()[str(turn.data.get(OF))]
    ready = _ready(turn, asked)
    if found is not None:
        return turn.end(*ready, Say("checkup.page", {"link": found}, alone=True))
    there = still_open(turn, asked)
    return _go(turn, asked, given(there) if there is not None else {}, *ready)


def _ready(turn: Turn, asked: Questionnaire) -> tuple[Effect, ...]:
    """One that is open, so that what is answered belongs to it; an older one ends as it is."""
    if still_open(turn, asked) is not None:
        return ()
    left = latest(turn, asked)
    old: tuple[Effect, ...] = ()
    if left is not None and left.ended_at is None:
        old = (Answers(asked.name, left.version, left.answers, {}),)
        if left.version == asked.version:
            result = score(asked, given(left))
            old = (*old, *_raised(turn, asked, result))
    return (*old, Answers(asked.name, asked.version, {}))


def _go(turn: Turn, asked: Questionnaire, answers: Given, *effects: Effect) -> Outcome:
    """Ask the first item that has no answer yet."""
    following_ = following(asked, answers)
    if following_ is None:
        return finished(turn, asked, answers, *effects)
    there = {OF: asked.name, VERSION: asked.version, ITEM: following_.key}
    step: Step[str | None] | Step[str] = screener if asked.name == SCREENER else item
    told = attended.told_before(turn, asked.name, following_.key)
    return dataclasses.replace(turn, data=there).then(step, *effects, *told)


@checkup.step(Shown(), shows=question)
def item(turn: Turn, answer: str | None) -> Outcome:
    """One item; left out is kept as left out."""
    at = stands(turn)
    if at is None:
        return turn.end(Say("checkup.over"))
    asked, this, answers = at
    if answer == "later":
        return _put_off(turn, asked.name, "checkup.paused")
    if answer == "back":
        asked_before = [each.key for each in asked.items if each.key in answers]
        answers = {key: answers[key] for key in asked_before[:-1]}
        return _go(turn, asked, answers, Answers(asked.name, asked.version, answers))
    options = marks(asked, this)
    if answer is not None and answer not in options:
        return turn.then(item, Say("system.again_choice"))
    points = None if answer is None else options[answer].points
    return answered(turn, asked, {**answers, this.key: points})


@crisis.crisis.step(Letters("a", "b", "c"), hours=12, shows=screening)
def screener(turn: Turn, answer: str) -> Outcome:
    """An item of the screener about suicide: A yes, B rather not say, C no."""
    at = stands(turn)
    if at is None or at[0].name != SCREENER:
        # Answered elsewhere by now: what they say here still counts.
        return crisis.ask.decide(turn, answer)
    asked, this, answers = at
    options = asked.choices(this)
    points = {"a": options[0].points, "c": options[-1].points}.get(answer)
    return answered(turn, asked, {**answers, this.key: points})


def answered(turn: Turn, asked: Questionnaire, answers: Given) -> Outcome:
    """What follows from the answers so far: the next item, or what they come to."""
    if _ends_at_once(score(asked, answers)) or following(asked, answers) is None:
        return finished(turn, asked, answers)
    return _go(turn, asked, answers, Answers(asked.name, asked.version, answers))


def _ends_at_once(result: Result) -> bool:
    """Whether nothing else is asked: help comes first."""
    return SCREENER in result.leads_to or result.level is Level.EMERGENCY


def finished(turn: Turn, asked: Questionnaire, answers: Given, *effects: Effect) -> Outcome:
    """Its scores, who hears of them, and what comes next."""
    before = scored(turn, asked)
    result = score(asked, answers, None if before is None else scores(before))
    kept = Answers(asked.name, asked.version, answers, dict(result.scores))
    effects = (*effects, kept)
    if asked.name == SCREENER:
        calm = turn.anew()
        gravest = [alert.reason for alert in result.alerts if alert.level is result.level]
        outcome = crisis.screened(calm, result.level, gravest)
        over = (*effects, Remind(UNSCREENED, None), *outcome.effects)
        return dataclasses.replace(outcome, effects=over)
    raised = _raised(turn, asked, result)
    if SCREENER in result.leads_to:
        return _grave(turn, raised, *effects)
    if result.leads_to:
        longer = questionnaires()[result.leads_to[0]]
        same = _carried(asked, answers, longer)
        more = (*_ready(turn, longer), Answers(longer.name, longer.version, same))
        return _go(turn, longer, same, *effects, *raised, *more, Say("checkup.goes_on"))
    told: tuple[Effect, ...] = (Say("checkup.done"),)
    if before is not None and not turn.person.shut:
        told = (*told, *changed(asked, given(before), answers))
    over = (*effects, *raised, Remind(f"{AGAIN}:{asked.name}", None), *told)
    if before is None or asked.name not in charts.CHECKUPS:
        return turn.end(*over)
    return dataclasses.replace(turn, data={OF: asked.name}).then(seen, *over)


def _grave(turn: Turn, raised: Sequence[Raise], *effects: Effect) -> Outcome:
    """The screener next: its triage sets the level. Who wants few words in danger is not asked it.

    Then, and where it is not answered within a quarter of an hour, it is urgent.
    """
    how = turn.person.answered
    if how == "plain":
        said = Say("crisis.heavy", {"team": turn.around.team}, alone=True)
        waits = Remind(UNSCREENED, turn.now + _PATIENCE)
        return turn.then(Find(WHERE, SCREENER, _screen), *effects, *raised, waits, said)
    told = how != "nothing"
    urgent = (Raise(_higher(each.level), each.reason, known=told) for each in raised)
    words = Say("crisis.short", alone=True) if told else Say("checkup.done")
    return turn.end(*effects, *urgent, words)


def _higher(level: Level) -> Level:
    return max(level, Level.URGENT, key=lambda each: each.rank)


def _screen(turn: Turn, found: str | None) -> Outcome:
    """The screener here; where others may read along, or on a page, the one question of danger."""
    asked = questionnaires()[SCREENER]
    ready = _ready(turn, asked)
    calm = turn.anew()
    if found is not None:
        return calm.keep(question=crisis.ask.name).then(crisis.ask, *ready)
    there = still_open(turn, asked)
    return _go(calm, asked, given(there) if there is not None else {}, *ready)


@checkup.step(Choice("picture", "done"), hours=3)
def seen(turn: Turn, answer: str) -> Outcome:
    """How it went over time, if they like: a picture, or words where none can be sent."""
    if answer == "done":
        return turn.end(Say("checkup.closed"))
    if turn.person.shut:
        return charts.opened(turn)
    return turn.end(charts.told(turn, str(turn.data.get(OF))))


def _raised(turn: Turn, asked: Questionnaire, result: Result) -> tuple[Raise, ...]:
    """Who hears of it; where the person is told of that, they hear who has read it."""
    grave = asked.leading_to(SCREENER)
    said = {rule.reason for rule in asked.alerts if rule.when.item in grave}
    return tuple(
        Raise(alert.level, alert.reason, known=alert.reason in said or alert.level in _TOLD_OF)
        for alert in result.alerts
        if not _told(turn, asked, alert.reason)
    )


def _told(turn: Turn, asked: Questionnaire, reason: str) -> bool:
    """Whether they said so themselves in the days that it asks about."""
    if reason not in _TOLD:
        return False
    log = turn.around.own.entries(_TOLD[reason], 1)
    return bool(log) and turn.now - log[0].at <= timedelta(days=asked.recall_days)


def _carried(asked: Questionnaire, answers: Given, longer: Questionnaire) -> Given:
    """Answers to the same words: they are not asked twice."""
    said = {item.en: answers[item.key] for item in asked.items if item.key in answers}
    return {item.key: said[item.en] for item in longer.items if item.en in said}

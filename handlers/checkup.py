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
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from content.instrument import Item, Questionnaire
from content.questionnaires import questionnaires
from handlers import charts, crisis, moments
from handlers.answers import Choice, Letters
from handlers.checkup_days import LED_TO, SCREENER
from handlers.checkup_words import (
    ITEM,
    OF,
    VERSION,
    about,
    changed,
    item_of,
    marks,
    question,
    screening,
)
from handlers.flow import Effect, Find, Flow, Level, Outcome, Raise, Say, Step, Turn
from handlers.own import Answers, Checkup, Remind
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
OPEN_FOR: Final = timedelta(days=1)
"""So long one that was begun is gone on with; after that it is kept as far as it came."""
_SOME_HOURS: Final = timedelta(hours=3)
_MORNING: Final = time(10)
_TOLD: Final = {"bam_use": "lapse"}
"""Reasons that are no news to staff where it was told already, by the kind of log entry."""
_LATEST: Final = 6

Given = dict[str, int | None]


def opened(turn: Turn) -> Outcome:
    """What is open is gone on with; else they choose one."""
    turn = dataclasses.replace(turn, data={})
    for name in questionnaires():
        if name != SCREENER and _open(turn, questionnaires()[name]) is not None:
            return turn.keep(of=name).then(private)
    return turn.then(which)


def ask(turn: Turn, name: str) -> Outcome | None:
    """By the calendar; not if it was answered a short while ago."""
    asked = questionnaires().get(name)
    if asked is None or name in LED_TO:
        return None
    ended = _ended(turn, asked)
    if ended is not None and _day(turn, _end(ended)) == _day(turn, turn.now):
        return None
    turn = dataclasses.replace(turn, data={OF: name})
    return turn.then(private, Remind(f"{AGAIN}:{name}", _tomorrow(turn)))


def ask_again(turn: Turn, name: str) -> Outcome | None:
    """Once, where it was put off, broken off, or not answered; then it waits for its next day."""
    asked = questionnaires().get(name)
    if asked is None:
        return None
    ended = _ended(turn, asked)
    if ended is not None and turn.now - _end(ended) < OPEN_FOR:
        return None
    return dataclasses.replace(turn, data={OF: name, "again": True}).then(private)


def _end(there: Checkup) -> datetime:
    return there.ended_at or there.asked_at


def _day(turn: Turn, moment: datetime) -> date:
    return moments.today(moment, turn.person.zone)


def _later_today(turn: Turn) -> datetime:
    """In some hours, or the next morning where that is too late in the day."""
    zone = turn.person.zone
    at = turn.now + _SOME_HOURS
    here = at.astimezone(ZoneInfo(zone))
    same_day = here.date() == _day(turn, turn.now)
    if same_day and moments.FIRST <= here.time() <= moments.LAST:
        return at
    return _tomorrow(turn)


def _tomorrow(turn: Turn) -> datetime:
    day = _day(turn, turn.now) + timedelta(days=1)
    return moments.local(day, _MORNING, turn.person.zone)


@checkup.step(Choice("ready", "later", "not_today"), shows=about)
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
    return turn.end(Remind(f"{AGAIN}:{name}", _later_today(turn)), Say(key))


@checkup.step(Choice(*NAMES, "later"), hours=3)
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
    there = _open(turn, asked)
    return _go(turn, asked, _given(there) if there is not None else {}, *ready)


def _ready(turn: Turn, asked: Questionnaire) -> tuple[Effect, ...]:
    """One that is open, so that what is answered belongs to it; an older one ends as it is."""
    if _open(turn, asked) is not None:
        return ()
    left = _latest(turn, asked)
    old: tuple[Effect, ...] = ()
    if left is not None and left.ended_at is None:
        old = (Answers(asked.name, left.version, left.answers, {}),)
        if left.version == asked.version:
            result = score(asked, _given(left))
            old = (*old, *_raised(turn, asked, result))
    return (*old, Answers(asked.name, asked.version, {}))


def _go(turn: Turn, asked: Questionnaire, answers: Given, *effects: Effect) -> Outcome:
    """Ask the first item that has no answer yet."""
    following_ = following(asked, answers)
    if following_ is None:
        return finished(turn, asked, answers, *effects)
    there = {OF: asked.name, VERSION: asked.version, ITEM: following_.key}
    step: Step[str | None] | Step[str] = screener if asked.name == SCREENER else item
    return dataclasses.replace(turn, data=there).then(step, *effects)


@checkup.step(Shown(), shows=question)
def item(turn: Turn, answer: str | None) -> Outcome:
    """One item; left out is kept as left out."""
    stands = _stands(turn)
    if stands is None:
        return turn.end(Say("checkup.over"))
    asked, this, answers = stands
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
    stands = _stands(turn)
    if stands is None or stands[0].name != SCREENER:
        # Answered elsewhere by now: what they say here still counts.
        return crisis.ask.decide(turn, answer)
    asked, this, answers = stands
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
    before = _ended(turn, asked)
    earlier = _scores(before)
    result = score(asked, answers, earlier)
    kept = Answers(asked.name, asked.version, answers, dict(result.scores))
    effects = (*effects, kept)
    if asked.name == SCREENER:
        calm = dataclasses.replace(turn, data={})
        gravest = [alert.reason for alert in result.alerts if alert.level is result.level]
        outcome = crisis.screened(calm, result.level, gravest)
        return dataclasses.replace(outcome, effects=(*effects, *outcome.effects))
    raised = _raised(turn, asked, result)
    if SCREENER in result.leads_to:
        said = Say("crisis.heavy", {"team": turn.around.on_call}, alone=True)
        return turn.then(Find(WHERE, SCREENER, _screen), *effects, *raised, said)
    if result.leads_to:
        longer = questionnaires()[result.leads_to[0]]
        same = _carried(asked, answers, longer)
        more = (*_ready(turn, longer), Answers(longer.name, longer.version, same))
        return _go(turn, longer, same, *effects, *raised, *more, Say("checkup.goes_on"))
    told: tuple[Effect, ...] = (Say("checkup.done"),)
    if before is not None and not turn.person.shut:
        told = (*told, *changed(asked, _given(before), answers))
    over = (*effects, *raised, Remind(f"{AGAIN}:{asked.name}", None), *told)
    if before is None or asked.name not in charts.CHECKUPS:
        return turn.end(*over)
    return dataclasses.replace(turn, data={OF: asked.name}).then(seen, *over)


def _screen(turn: Turn, found: str | None) -> Outcome:
    """The screener here; where others may read along, or on a page, the one question of danger."""
    asked = questionnaires()[SCREENER]
    ready = _ready(turn, asked)
    calm = dataclasses.replace(turn, data={})
    if found is not None:
        return calm.keep(question=crisis.ask.name).then(crisis.ask, *ready)
    there = _open(turn, asked)
    return _go(calm, asked, _given(there) if there is not None else {}, *ready)


@checkup.step(Choice("picture", "done"), hours=3)
def seen(turn: Turn, answer: str) -> Outcome:
    """How it went over time, if they like: a picture, or words where none can be sent."""
    if answer == "done":
        return turn.end(Say("checkup.closed"))
    if turn.person.shut:
        return charts.opened(turn)
    return turn.end(charts.told(turn, str(turn.data.get(OF))))


def _raised(turn: Turn, asked: Questionnaire, result: Result) -> tuple[Raise, ...]:
    """Who hears of it. What leads to the screener is urgent at once, whatever comes of that."""
    grave = {rule.when.item for rule in asked.leads_to if rule.to == SCREENER}
    urgent = {rule.reason for rule in asked.alerts if rule.when.item in grave - {None}}
    found = []
    for alert in result.alerts:
        if _told(turn, asked, alert.reason):
            continue
        level = alert.level
        if alert.reason in urgent:
            level = max(level, Level.URGENT, key=lambda each: each.rank)
        known = level.rank >= Level.URGENT.rank
        found.append(Raise(level, alert.reason, known=known))
    return tuple(found)


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


def _stands(turn: Turn) -> tuple[Questionnaire, Item, Given] | None:
    """The item that is asked and the answers so far; None where it has changed or is over."""
    found = item_of(turn.data)
    there = _latest(turn, found[0]) if found is not None else None
    if found is None or there is None:
        return None
    over = there.ended_at is not None or there.version != found[0].version
    return None if over else (*found, _given(there))


def _latest(turn: Turn, asked: Questionnaire) -> Checkup | None:
    latest = turn.around.own.checkups(asked.name, 1)
    return latest[0] if latest else None


def _open(turn: Turn, asked: Questionnaire) -> Checkup | None:
    """The one that was begun and can be gone on with."""
    there = _latest(turn, asked)
    if there is None or there.ended_at is not None or there.version != asked.version:
        return None
    return there if turn.now - there.asked_at < OPEN_FOR else None


def _ended(turn: Turn, asked: Questionnaire) -> Checkup | None:
    """The last that came to a score."""
    latest = turn.around.own.checkups(asked.name, _LATEST)
    return next((each for each in latest if _scored(each)), None)


def _scored(there: Checkup) -> bool:
    return any(points is not None for points in _numbers(there.scores or {}).values())


def _scores(there: Checkup | None) -> Given | None:
    return None if there is None or there.scores is None else _numbers(there.scores)


def _given(there: Checkup) -> Given:
    return _numbers(there.answers)


def _numbers(stored: object) -> Given:
    pairs = stored.items() if hasattr(stored, "items") else ()
    return {str(key): value if isinstance(value, int) else None for key, value in pairs}

"""When it is serious: what is said at once, by what the screen heard, and the one question.

Order: with means or intent the lines first, then "away from it, near someone", then the person's
own plan; below that their own plan first, then 988 and a person. Then the truth about who has
read it, and one plain question with letters: A is always the dangerous side, and a bare yes, no
or sí is asked again. The screen's alert stays whatever is answered; only a human closes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from handlers.answers import Choice, Letters
from handlers.flow import Effect, Flow, Outcome, Raise, Say, Step, Turn
from handlers.ownwords import PANIC
from handlers.risk import Level, Risk

crisis = Flow("crisis")

DANGEROUS = "a"
"""Of A, B and C the side that is never waved away."""
VICTIM = "victim_of_violence"
HELP = "help_in_danger"
"""The label of HELP while an alert is open: it is the panic word, and ends with the lines."""
SILENT_TAP = "crisis.got_it"
_FIRST_WORDS = {
    "overdose_or_medical_emergency": "crisis.overdose_self",
    "dangerous_withdrawal": "crisis.withdrawal_signs",
    "suicidal_plan_or_attempt": "crisis.suicide_now",
    "self_harm": "crisis.self_harm",
    "suicidal_ideation_active": "crisis.suicide",
    "suicidal_ideation_passive": "crisis.suicide",
    "harm_to_others": "crisis.harm_to_others",
    PANIC: "crisis.panic",
    "medication_problem": "crisis.medicine",
    "relapse_or_use": "crisis.use",
    "strong_craving": "crisis.craving",
}
_BODILY = tuple(_FIRST_WORDS)[:6]
_ASKED = ("crisis.suicide", "crisis.self_harm")
_OVERDOSE = ("crisis.overdose_self", "crisis.overdose_other")
_PLANNED = ("crisis.suicide_now", "crisis.suicide", "crisis.self_harm", "crisis.panic")
"""Where their own plan is shown: what they wrote down for such an hour."""
_PLAN_FIRST = ("crisis.suicide",)
AGAIN = ("crisis.again", "crisis.again_more", "crisis.again_still")
"""What is said instead of help that they have read already."""
_MOST_PLAN = 240
_SAID, _PLAN, _QUESTION, _PERSON = "said", "plan", "question", "person"


def silent(risk: Risk) -> bool:
    """Whether somebody may be hurting or controlling them, and no more is said than that.

    Then there is one neutral reply at most, and no receipt or follow-up afterwards.
    """
    return VICTIM in risk.labels and not set(_BODILY) & set(risk.labels)


class Status(StrEnum):
    """What has happened with the alert when the answer is written; the rota and the rows say."""

    ASKING = "asking_team"
    """Notices leave with this answer."""
    ASKED = "asked_team"
    """They left before, and nobody has taken it."""
    NOBODY_ON_DUTY = "nobody_on_duty"


def respond(turn: Turn, risk: Risk, status: Status) -> Outcome:
    """The answer to a message that the screen found urgent or worse.

    The turn's data is that of the crisis talk, if one is open: help that was given in it, or
    shortly before it (`turn.around.said`), is not given again in the same words.
    """
    if silent(risk):
        return turn.end(Say(SILENT_TAP, private=True))
    if turn.person.answered == "nothing":
        return turn.end()
    key = first_words(risk)
    if turn.person.answered == "short":
        return turn.end(Say(key if key in _OVERDOSE else "crisis.short", alone=True))
    told = Say(f"crisis.{status}", {"time": turn.now, "team": turn.around.on_call})
    shown = _shown(turn)
    help_key = next((k for k in (key, f"{key}_next") if k not in shown and _is_help(k)), None)
    if help_key is None:
        turn, again = _again(turn)
        if HELP in risk.labels:
            return _then_ask(turn, key, risk, told, again)
        return _then_ask(turn, key, risk, again, told)
    plan: tuple[Say, ...] = ()
    if key in _PLANNED:
        turn, plan = _plan(turn)
    said = Say(help_key, alone=True)
    first = risk.level.rank < Level.EMERGENCY.rank and key in _PLAN_FIRST
    texts = (*plan, said, told) if first else (said, *plan, told)
    ending = (Say("crisis.ending"),) if HELP in risk.labels else ()
    return _then_ask(turn.keep(said=[*shown, help_key]), key, risk, *texts, *ending)


def first_words(risk: Risk) -> str:
    """The help to say first, by what the screen heard."""
    for label, key in _FIRST_WORDS.items():
        if label in risk.labels:
            if key == "crisis.overdose_self" and risk.bystander:
                return "crisis.overdose_other"
            if key == "crisis.suicide" and risk.level is Level.EMERGENCY:
                return "crisis.suicide_now"
            return key
    return "crisis.serious"


def _is_help(key: str) -> bool:
    """Every first help is one; a second in other words there is for a body in danger."""
    return not key.endswith("_next") or key.removesuffix("_next") in _OVERDOSE


def _then_ask(turn: Turn, key: str, risk: Risk, *texts: Effect) -> Outcome:
    """The one question that fits, asked in full once and answered once; else what would help."""
    question = _question(turn, key, risk)
    if question is None:
        return turn.then(afterwards, *texts, ask=HELP not in risk.labels)
    asked = turn.data.get(_QUESTION) == question.name
    return turn.keep(question=question.name).then(question, *texts, ask=not asked)


def _question(turn: Turn, key: str, risk: Risk) -> Step[str] | None:
    asked = turn.data.get(_QUESTION)
    if asked == "answered":
        return None
    if key == "crisis.panic" and asked in crisis.steps:
        # Whoever asks for help in the middle of a question may still answer it.
        return crisis.steps[str(asked)]
    if key in _ASKED:
        return ask
    signs = key == "crisis.withdrawal_signs" and risk.level is not Level.EMERGENCY
    return withdrawal if signs and turn.person.withdrawal else None


def _shown(turn: Turn) -> list[str]:
    """Help they have read: shortly before, then in this talk; the latest last."""
    here = turn.data.get(_SAID)
    said = [str(key) for key in here] if isinstance(here, list) else []
    return [*(key for key in turn.around.said if key not in said), *said]


def _again(turn: Turn) -> tuple[Turn, Say]:
    """One of the short ones, never the one that was said last."""
    shown = _shown(turn)
    fresh = next((key for key in AGAIN if key not in shown), None)
    key = fresh or min(AGAIN, key=lambda each: len(shown) - shown[::-1].index(each))
    return turn.keep(said=[*(each for each in shown if each != key), key]), Say(key)


def _plan(turn: Turn) -> tuple[Turn, tuple[Say, ...]]:
    """Their own plan, once a crisis; or where it is, if a PIN guards it."""
    if turn.data.get(_PLAN) or not (turn.around.plan or turn.around.plan_shut):
        return turn, ()
    turn = turn.keep(plan=True)
    lines = "\n".join(turn.around.plan)[:_MOST_PLAN].strip()
    if not lines:
        return turn, (Say("crisis.plan_there", alone=True),)
    return turn, (Say("crisis.plan", {"plan": lines}, alone=True),)


def _in_danger(turn: Turn, reason: str, words: Say) -> Outcome:
    """The lines first, then their own plan."""
    turn, plan = _plan(turn)
    return turn.then(afterwards, Raise(Level.EMERGENCY, reason), words, *plan)


def _not_sure(turn: Turn, reason: str, words: Say) -> Outcome:
    """Their own plan first, then 988 and a person."""
    turn, plan = _plan(turn)
    return turn.then(afterwards, Raise(Level.URGENT, reason), *plan, words)


@crisis.step(Letters("a", "b", "c"), hours=12)
def ask(turn: Turn, answer: str) -> Outcome:
    """Are you thinking of killing yourself? A yes, B not sure, C no."""
    turn = turn.keep(question="answered")
    if answer == "a":
        return _in_danger(turn, "said_yes_to_suicide", Say("crisis.said_yes"))
    if answer == "b":
        return _not_sure(turn, "not_sure_about_suicide", Say("crisis.said_unsure"))
    # One tap, and the talk that was put aside goes on; the alert stays for a human.
    return turn.then(afterwards, Say("crisis.said_no"), back=True)


@crisis.step(Letters("a", "b", "c"), hours=12)
def withdrawal(turn: Turn, answer: str) -> Outcome:
    """Shakes, sweats, seeing things, a seizure? A yes, B not sure, C no."""
    turn = turn.keep(question="answered")
    if answer == "a":
        signs = Raise(Level.EMERGENCY, "signs_of_withdrawal")
        return turn.then(afterwards, signs, Say("crisis.withdrawal_yes"))
    if answer == "b":
        unsure = Raise(Level.URGENT, "not_sure_about_withdrawal")
        return turn.then(afterwards, unsure, Say("crisis.withdrawal_unsure"))
    return turn.end(Say("crisis.withdrawal_no"))


@crisis.step(Letters("a", "b", "c"), hours=12)
def later(turn: Turn, answer: str) -> Outcome:
    """An hour or a day after: how is it now? A in danger, B not sure, C OK for now."""
    if answer == "a":
        return _in_danger(turn, "danger_at_follow_up", Say("crisis.later_yes"))
    if answer == "b":
        return _not_sure(turn, "not_sure_at_follow_up", Say("crisis.later_unsure"))
    return turn.end(Say("crisis.later_no"))


@crisis.step(Choice("go_on", "person", "help"), hours=12)
def afterwards(turn: Turn, answer: str) -> Outcome:
    """What now: go on with the talk, reach a person, or see the lines again."""
    if answer == "person":
        again = bool(turn.data.get(_PERSON))
        key = "crisis.person_asked" if again else "talk.asked"
        asked = Raise(Level.URGENT, "asked_for_person")
        told = Say(key, {"team": turn.around.on_call})
        return turn.keep(person=True).then(afterwards, asked, told, ask=False)
    if answer == "help":
        return turn.then(afterwards, Say("crisis.lines"), ask=False)
    return turn.end(Say("crisis.go_on"))


def screened(turn: Turn, level: Level, reasons: Sequence[str]) -> Outcome:
    """The screener about suicide was answered: what its triage asks for, as after the question."""
    turn = turn.keep(question="answered")
    if level.rank < Level.URGENT.rank:
        return turn.then(afterwards, Say("crisis.said_no"), back=True)
    answer = _in_danger if level is Level.EMERGENCY else _not_sure
    words = "crisis.said_yes" if level is Level.EMERGENCY else "crisis.later_unsure"
    return answer(turn, ",".join(reasons), Say(words))


def check_withdrawal(turn: Turn) -> Outcome:
    """Who was flagged says that they stopped, or it is one of the first days: it is asked."""
    return turn.keep(question=withdrawal.name).then(withdrawal)


def check_back(turn: Turn, *, next_day: bool) -> Outcome:
    """How it is now, an hour or a day after danger."""
    return turn.then(later, Say("crisis.day" if next_day else "crisis.hour"))


UNANSWERED = {
    ask.name: "crisis.ask_unanswered",
    withdrawal.name: "crisis.withdrawal_unanswered",
    "screener": "crisis.screener_unanswered",
}
"""What is said, once, when a question asked in danger was left without an answer."""

"""When it is serious: what is said at once, by what the screen heard, and the one question.

Lines first, then the truth about who has read it, then one plain question with letters. In
danger A is always the dangerous side, and a bare yes, no or sí is asked again (the screen's
alert stays whatever is answered; only a human closes it).
"""

from __future__ import annotations

from enum import StrEnum

from handlers.answers import Choice, Letters
from handlers.flow import Flow, Json, Level, Outcome, Raise, Risk, Say, Turn

crisis = Flow("crisis")

_VICTIM = "victim_of_violence"
_FIRST_WORDS = {
    "overdose_or_medical_emergency": "crisis.overdose_self",
    "dangerous_withdrawal": "crisis.withdrawal",
    "suicidal_plan_or_attempt": "crisis.suicide_now",
    "self_harm": "crisis.self_harm",
    "suicidal_ideation_active": "crisis.suicide",
    "suicidal_ideation_passive": "crisis.suicide",
    "harm_to_others": "crisis.harm_to_others",
    "panic": "crisis.panic",
    "medication_problem": "crisis.medicine",
    "relapse_or_use": "crisis.use",
    "strong_craving": "crisis.craving",
}
_BODILY = tuple(_FIRST_WORDS)[:6]
_ASKED = ("crisis.suicide", "crisis.self_harm")


def silent(risk: Risk) -> bool:
    """Whether somebody may be hurting or controlling them, and no more is said than that.

    Then there is one neutral reply at most, and no receipt or follow-up afterwards.
    """
    return _VICTIM in risk.labels and not set(_BODILY) & set(risk.labels)


class Status(StrEnum):
    """What has happened with the alert when the answer is written; the rota and the rows say."""

    ASKING = "asking_team"
    """Notices leave with this answer."""
    ASKED = "asked_team"
    """They left before, and nobody has taken it."""
    NOBODY_ON_DUTY = "nobody_on_duty"


def respond(turn: Turn, risk: Risk, status: Status, said: Json = None) -> Outcome:
    """The answer to a message that the screen found urgent or worse.

    `said` is which help the person was given last in this talk, so that it is not repeated word
    for word.
    """
    if silent(risk):
        return turn.end(Say("crisis.got_it", private=True))
    key = first_words(risk)
    told = Say(f"crisis.{status}", {"time": turn.now, "team": turn.around.on_call})
    turn = turn.keep(said=key)
    following = ask if key in _ASKED else afterwards
    if said == key:
        return turn.then(following, Say("crisis.again"), told)
    return turn.then(following, Say(key, alone=True), told)


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


@crisis.step(Letters("a", "b", "c"), hours=12)
def ask(turn: Turn, answer: str) -> Outcome:
    """Are you thinking of killing yourself? A yes, B not sure, C no."""
    if answer == "a":
        return turn.then(
            afterwards, Raise(Level.EMERGENCY, "said_yes_to_suicide"), Say("crisis.said_yes")
        )
    if answer == "b":
        return turn.then(
            afterwards, Raise(Level.URGENT, "not_sure_about_suicide"), Say("crisis.said_unsure")
        )
    return turn.then(afterwards, Say("crisis.said_no"))


@crisis.step(Choice("go_on", "person", "help"), hours=12)
def afterwards(turn: Turn, answer: str) -> Outcome:
    """What now: go on with the talk, reach a person, or see the lines again."""
    if answer == "person":
        return turn.then(
            afterwards,
            Raise(Level.URGENT, "asked_for_person"),
            Say("talk.asked", {"team": turn.around.on_call}),
            ask=False,
        )
    if answer == "help":
        return turn.then(afterwards, Say("crisis.lines"), ask=False)
    return turn.end(Say("crisis.go_on"))

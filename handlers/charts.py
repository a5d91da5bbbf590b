"""Their own charts: a picture where one can be sent, and in any case the same in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from content.questionnaires import questionnaires
from content.wording import Value
from handlers.answers import Choice
from handlers.flow import Effect, Flow, Outcome, Say, Turn
from handlers.own import Chart, Checkup, Json, whole
from handlers.pin import guarded
from handlers.skills import levels

chart = Flow("chart")

MOOD: Final = "mood"
URGES: Final = "urges"
CHECKUPS: Final = ("bam_iop", "phq9", "gad7", "craving")
"""The questionnaires that have a picture, by name."""
_DAYS: Final = 30
_URGES: Final = 10
_LATEST: Final = 4
"""Scores that the words name."""
_NOTHING: Final = Say("chart.nothing")
_BAM: Final = {"use": "Use", "risk": "Risk Factors", "support": "Protective Factors"}


@guarded(chart.name)
def opened(turn: Turn) -> Outcome:
    """Which one they would like to see."""
    return turn.anew().then(which)


@chart.step(Choice(MOOD, URGES, "checkup", "later"), hours=1)
def which(turn: Turn, answer: str) -> Outcome:
    """Day by day, each urge, or a check-up."""
    if answer == "later":
        return turn.end(Say("chart.later"))
    if answer != "checkup":
        return _show(turn, answer)
    there = [name for name in CHECKUPS if _ended(turn, name)]
    return turn.then(kind) if len(there) > 1 else _show(turn, there[0] if there else CHECKUPS[0])


@chart.step(Choice(*CHECKUPS, "later"), hours=1)
def kind(turn: Turn, answer: str) -> Outcome:
    """Of several check-ups, which."""
    return turn.end(Say("chart.later")) if answer == "later" else _show(turn, answer)


def _show(turn: Turn, name: str) -> Outcome:
    # Since they were asked the PIN may have shut again.
    return opened(turn) if turn.person.shut else turn.end(told(turn, name))


def told(turn: Turn, name: str) -> Effect:
    """The picture with its words, or a word that there is nothing to show yet."""
    words = {MOOD: _mood, URGES: _urges}.get(name)
    found = words(turn) if words is not None else _checkup(turn, name)
    return _NOTHING if found is None else Chart(name, *found)


Words = tuple[str, Mapping[str, Value]]


def _mood(turn: Turn) -> Words | None:
    days = turn.around.own.entries("checkin", _DAYS)
    moods = _numbers([day.data.get("mood") for day in days])
    urges = _numbers([day.data.get("craving") for day in days])
    if not moods and not urges:
        return None
    values = {"count": str(len(days))}
    if moods:
        values |= {"low": str(min(moods)), "high": str(max(moods)), "mood": str(moods[0])}
    if urges:
        values |= {"most": str(max(urges)), "craving": str(urges[0])}
    if moods and urges:
        return "chart.mood_words", values
    return "chart.mood_alone" if moods else "chart.urge_alone", values


def _urges(turn: Turn) -> Words | None:
    log = levels(turn.around.own, _URGES)
    if not log:
        return None
    fell = [urge.after < urge.before for urge in log if urge.after is not None]
    values = {"count": str(len(log)), "high": str(max(urge.before for urge in log))}
    if not fell:
        return "chart.urges_before", values
    return "chart.urges_words", {**values, "asked": str(len(fell)), "fell": str(sum(fell))}


def _checkup(turn: Turn, name: str) -> Words | None:
    ended = _ended(turn, name)[:_LATEST][::-1]
    if not ended:
        return None
    if name == "bam_iop":
        return "chart.bam_words", {gap: _said(ended, scale) for gap, scale in _BAM.items()}
    asked = questionnaires()[name]
    scale = asked.scales[0]
    values = {"points": _said(ended, scale.name), "most": str(asked.range(scale)[1])}
    return "chart.points_words", values


def _ended(turn: Turn, name: str) -> list[Checkup]:
    """Those that came to scores, newest first."""
    return [each for each in turn.around.own.checkups(name, _LATEST * 2) if each.scores]


def _said(ended: Sequence[Checkup], scale: str) -> str:
    found = [whole((each.scores or {}).get(scale)) for each in ended]
    return ", ".join("-" if points is None else str(points) for points in found)


def _numbers(values: Sequence[Json]) -> list[int]:
    return [number for value in values if (number := whole(value)) is not None]

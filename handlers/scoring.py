"""What the answers to a questionnaire come to: scores, cut-offs, alerts, and what is asked next.

Every rule is data (`content/questionnaires/`, with its sources); here it is only carried out.
Answers are points by item: `{"4": 2, "5": None}`, where None is an item that was passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from content.instrument import Item, Questionnaire, Scale, When
from handlers.risk import Level

Answers = Mapping[str, int | None]
Scores = Mapping[str, int | None]
Change = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule that the answers met: how much it needs a human, and its code for staff."""

    level: Level
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Result:
    """What a questionnaire came to; nothing of it is a finding, all of it a reason to talk."""

    scores: dict[str, int | None]
    """By scale; None where it can't be scored."""
    bands: dict[str, str]
    """The published name of a score, by scale, in English."""
    flags: tuple[str, ...]
    """Scales beyond their published cut-off."""
    unanswered: tuple[str, ...]
    """Items that were asked, or would have been, and have no answer."""
    inconsistent: tuple[tuple[str, str], ...]
    """Pairs of items where the first says more than the second allows."""
    alerts: tuple[Alert, ...]
    """What staff hear, most urgent first."""
    leads_to: tuple[str, ...]
    """The questionnaires to ask next, in this order."""

    @property
    def level(self) -> Level:
        """The highest level of its alerts."""
        return self.alerts[0].level if self.alerts else Level.NONE


def is_asked(item: Item, answers: Answers) -> bool:
    """Whether the answers so far leave an item in; for those it depends on, no answer is no."""
    rule = item.only_if
    return rule is None or any((answers.get(key) or 0) >= rule.least for key in rule.items)


def following(questionnaire: Questionnaire, answers: Answers) -> Item | None:
    """The first item that is still to be asked; None at the end. Passed over is not asked again."""
    for item in questionnaire.items:
        if item.key not in answers and is_asked(item, answers):
            return item
    return None


def score(questionnaire: Questionnaire, answers: Answers, before: Scores | None = None) -> Result:
    """Score what was answered, at the end or where somebody stopped.

    `before` are the scores of the time before, for alerts that are news only when they begin.
    An answer counts even where the others would have left its item out.
    Raises KeyError for an item that the questionnaire does not have.
    """
    for key in answers:
        questionnaire.item(key)
    heard = _heard(questionnaire, answers)
    scores = {scale.name: _scored(scale, heard) for scale in questionnaire.scales}
    judged = {s.name: _judged(questionnaire, s, heard, scores) for s in questionnaire.scales}
    unanswered = tuple(key for key, points in heard.items() if points is None)

    def holds(when: When) -> bool:
        if when.unanswered:
            return bool(unanswered)
        return when.holds(judged[when.scale] if when.scale else heard.get(str(when.item)))

    alerts = [
        Alert(Level(rule.level), rule.reason)
        for rule in questionnaire.alerts
        if holds(rule.when) and not (rule.once and _held(rule.when, before))
    ]
    return Result(
        scores=scores,
        bands=dict(_bands(questionnaire, scores)),
        flags=tuple(
            scale.name
            for scale in questionnaire.scales
            if scale.flag is not None and scale.flag.holds(judged[scale.name])
        ),
        unanswered=unanswered,
        inconsistent=tuple(
            (pair.item, pair.at_most)
            for pair in questionnaire.consistent
            if (answers.get(pair.item) or 0) > (answers.get(pair.at_most) or 0)
        ),
        alerts=tuple(sorted(alerts, key=lambda alert: -alert.level.rank)),
        leads_to=tuple(
            dict.fromkeys(rule.to for rule in questionnaire.leads_to if holds(rule.when))
        ),
    )


def changes(questionnaire: Questionnaire, before: Scores, now: Scores) -> dict[str, Change]:
    """How each scale moved since the time before; none for one that was not scored both times.

    A difference smaller than the scale's `step` is no change.
    """
    found: dict[str, Change] = {}
    for scale in questionnaire.scales:
        was, is_now = before.get(scale.name), now.get(scale.name)
        if was is None or is_now is None:
            continue
        rise = is_now - was if scale.better == "higher" else was - is_now
        found[scale.name] = "same" if abs(rise) < scale.step else "better" if rise > 0 else "worse"
    return found


def _heard(questionnaire: Questionnaire, answers: Answers) -> dict[str, int | None]:
    """The points of every item that is asked or answered; None for one without an answer."""
    return {
        item.key: answers.get(item.key)
        for item in questionnaire.items
        if answers.get(item.key) is not None or is_asked(item, answers)
    }


def _scored(scale: Scale, heard: Answers) -> int | None:
    there = [key for key in scale.items if key in heard]
    points = [
        answer * scale.weights.get(key, 1) for key in there if (answer := heard[key]) is not None
    ]
    missing = len(there) - len(points)
    whole = sum(points) if scale.rule == "sum" else max(points, default=0)
    if not missing or scale.missing == "zero":
        return whole
    if scale.missing == "none" or missing > scale.most_missing:
        return None
    # Each missing one counts the mean of the others; rounded half up, without fractions.
    return (2 * whole * len(there) + len(points)) // (2 * len(points))


def _judged(
    questionnaire: Questionnaire, scale: Scale, heard: Answers, scores: Scores
) -> int | None:
    """The score that cut-offs are held against.

    Where low is bad and what was passed over counts nothing, somebody who skips would look in
    need of help: then the best answers are assumed for what is missing.
    """
    reached = scores[scale.name]
    if reached is None or scale.better == "lower":
        return reached
    missing = [questionnaire.item(key) for key in scale.items if heard.get(key, 0) is None]
    return reached + sum(
        max(option.points for option in questionnaire.choices(item)) for item in missing
    )


def _bands(questionnaire: Questionnaire, scores: Scores) -> Iterator[tuple[str, str]]:
    for scale in questionnaire.scales:
        points = scores[scale.name]
        reached = [band.name for band in scale.bands if points is not None and points >= band.least]
        if reached:
            yield scale.name, reached[-1]


def _held(when: When, before: Scores | None) -> bool:
    return before is not None and when.scale is not None and when.holds(before.get(when.scale))

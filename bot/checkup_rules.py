"""The check-ups' rules that ask for a look, tried on check-ups that were: by name, with a limit.

A rule is called as its reason is (`bam_risk`, `phq_high`); its own limit stands with the
questionnaire. What is urgent is no such rule: it is never held against a budget.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from content.instrument import AlertRule, Questionnaire, When
from content.questionnaires import questionnaires
from handlers.scoring import score


@dataclass(frozen=True, slots=True)
class Answered:
    """A questionnaire that has ended."""

    name: str
    version: str
    at: datetime
    day: date
    """Of theirs."""
    answers: Mapping[str, int | None] = field(repr=False)


def limits() -> dict[str, tuple[int, int]]:
    """The limits that each rule may be tried with, by its name."""
    found: dict[str, tuple[int, int]] = {}
    for asked in questionnaires().values():
        for rule in _rules(asked):
            low, high = _range(asked, rule.when)
            # At most: even the lowest says something. At least: the lowest holds for everybody.
            found[rule.reason] = (low if rule.when.most is not None else low + 1, high)
    return found


def in_force(names: Collection[str]) -> dict[str, int]:
    """The rules of these questionnaires and of what they lead to, with their own limits."""
    waiting, seen = list(names), set(names)
    found: dict[str, int] = {}
    while waiting:
        asked = questionnaires()[waiting.pop(0)]
        for rule in _rules(asked):
            own = rule.when.least if rule.when.most is None else rule.when.most
            found[rule.reason] = own or 0
        more = [each.to for each in asked.leads_to if each.to not in seen]
        seen |= set(more)
        waiting += more
    return found


def considered(name: str, times: Sequence[Answered]) -> Iterator[Answered]:
    """The check-ups that a rule looks at."""
    of = {asked.name for asked in questionnaires().values() if _rule(asked, name) is not None}
    return (each for each in times if each.name in of)


def fired(name: str, limit: int, times: Sequence[Answered]) -> Iterator[Answered]:
    """On which check-ups (in their order) a rule would have held, with another limit.

    What somebody had told of in other ways, which keeps a rule quiet, is not known here.
    """
    for asked in questionnaires().values():
        rule = _rule(asked, name)
        if rule is None:
            continue
        other = dataclasses.replace(rule, when=_with(rule.when, limit))
        tried = dataclasses.replace(asked, alerts=(other,))
        before: Mapping[str, int | None] | None = None
        for each in times:
            if (each.name, each.version) != (asked.name, asked.version):
                continue
            result = score(tried, each.answers, before)
            if result.alerts:
                yield each
            if any(points is not None for points in result.scores.values()):
                before = result.scores


def _rules(asked: Questionnaire) -> Iterator[AlertRule]:
    return (r for r in asked.alerts if r.level == "concern" and not r.when.unanswered)


def _rule(asked: Questionnaire, name: str) -> AlertRule | None:
    return next((rule for rule in _rules(asked) if rule.reason == name), None)


def _range(asked: Questionnaire, when: When) -> tuple[int, int]:
    if when.scale is not None:
        return asked.range(asked.scale(when.scale))
    points = [option.points for option in asked.choices(asked.item(str(when.item)))]
    return min(points), max(points)


def _with(when: When, limit: int) -> When:
    if when.most is not None:
        return dataclasses.replace(when, most=limit)
    return dataclasses.replace(when, least=limit)

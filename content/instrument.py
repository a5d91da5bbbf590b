"""What a questionnaire is made of: items, options, scales, cut-offs and alert rules.

An item's answer is kept as its points. An item that was passed over is not answered; one that
`only_if` leaves out is not asked, and counts nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict

from content.wording import Language

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same words in every language."""

    __pydantic_config__ = _STRICT
    en: str
    es: str

    def said(self, language: Language) -> str:
        """The words in a language."""
        return self.en if language == "en" else self.es


@dataclass(frozen=True, slots=True, kw_only=True)
class Option(Words):
    """An answer, and the points it counts."""

    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnlyIf:
    """Asked only if one of these items got so many points."""

    __pydantic_config__ = _STRICT
    items: tuple[str, ...]
    least: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Words):
    """A question, by its number in the instrument ("1", "7A")."""

    key: str
    options: str
    """The name of its list of options."""
    lead: str | None = None
    """The name of the words that stand before it, on a page once for all that share them."""
    only_if: OnlyIf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """Beyond a threshold: at least, at most, or between two."""

    __pydantic_config__ = _STRICT
    least: int | None = None
    most: int | None = None

    def holds(self, score: int | None) -> bool:
        """Whether a score is beyond it; one that could not be made never is."""
        if score is None:
            return False
        above = self.least is None or score >= self.least
        return above and (self.most is None or score <= self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Cut):
    """What a rule looks at: a scale, an item, or that something asked was not answered."""

    scale: str | None = None
    item: str | None = None
    unanswered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """From so many points on a score has this name (English, for staff)."""

    __pydantic_config__ = _STRICT
    least: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A score: points of its items, summed or (`highest`) the highest of them, each weighted."""

    __pydantic_config__ = _STRICT
    name: str
    items: tuple[str, ...]
    missing: Literal["zero", "none", "prorate"]
    """Not answered: counts nothing; no score at all; or the mean of the others, rounded half up."""
    most_missing: int = 0
    """With `prorate`: with more than these there is no score."""
    rule: Literal["sum", "highest"] = "sum"
    weights: Mapping[str, int] = field(default_factory=dict)
    bands: tuple[Band, ...] = ()
    flag: Cut | None = None
    """The published cut-off: a reason to look closer, shown beside the score."""
    better: Literal["lower", "higher"] = "lower"
    step: int = 1
    """The smallest difference between two times that is spoken of."""
    detail: bool = False
    """One item under a name of its own: for tables, not for the first look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consistent:
    """The points of one item can't be more than those of another."""

    __pydantic_config__ = _STRICT
    item: str
    at_most: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """When staff are told, and how much it needs them."""

    __pydantic_config__ = _STRICT
    when: When
    level: Literal["concern", "urgent", "emergency"]
    reason: str
    once: bool = False
    """Only when it begins: not if it held the time before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsTo:
    """Which questionnaire comes next because of what was answered."""

    __pydantic_config__ = _STRICT
    when: When
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Questionnaire:
    """An instrument, whole."""

    __pydantic_config__ = _STRICT
    name: str
    """Its file's name."""
    title: str
    """As staff read it."""
    version: str
    source: str
    permission: str
    recall_days: int
    """How many days the answers are about."""
    explicit: bool
    """Its words name use, mood or harm: by SMS only to who chose plain words, else a page."""
    items: tuple[Item, ...]
    options: Mapping[str, tuple[Option, ...]]
    scales: tuple[Scale, ...]
    leads: Mapping[str, Words] = field(default_factory=dict)
    unofficial: tuple[Language, ...] = ()
    """Languages whose text is our own translation."""
    consistent: tuple[Consistent, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    leads_to: tuple[LeadsTo, ...] = ()

    def item(self, key: str) -> Item:
        """The item with a number; raises KeyError."""
        for item in self.items:
            if item.key == key:
                return item
        raise KeyError(key)

    def choices(self, item: Item) -> tuple[Option, ...]:
        """The options of an item, in the instrument's order."""
        return self.options[item.options]

    def lead(self, item: Item) -> Words | None:
        """The words that stand before an item."""
        return self.leads[item.lead] if item.lead is not None else None

    def scale(self, name: str) -> Scale:
        """The scale with a name; raises KeyError."""
        for scale in self.scales:
            if scale.name == name:
                return scale
        raise KeyError(name)

    def leading_to(self, name: str) -> tuple[str, ...]:
        """The items that lead to another questionnaire by themselves."""
        rules = (rule for rule in self.leads_to if rule.to == name)
        return tuple(rule.when.item for rule in rules if rule.when.item is not None)

    def range(self, scale: Scale) -> tuple[int, int]:
        """The lowest and the highest that a scale can be."""
        ends = []
        for key in scale.items:
            points = [option.points for option in self.choices(self.item(key))]
            weight = scale.weights.get(key, 1)
            ends.append((min(points) * weight, max(points) * weight))
        lowest, highest = zip(*ends, strict=True)
        whole = sum if scale.rule == "sum" else max
        return whole(lowest), whole(highest)

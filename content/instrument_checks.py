"""What can be wrong with a questionnaire that has the right shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from content.instrument import Cut, Item, Questionnaire, Scale, When, Words
from content.unsaid import fold, unsaid
from content.wording import LANGUAGES

_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_FEWEST_OPTIONS = 2


def wrong_with(asked: Questionnaire, others: Mapping[str, Questionnaire]) -> list[str]:
    """Everything that is wrong with it; `others` are all by name, itself among them."""
    found = [*_names(asked), *_texts(asked), *_options(asked), *_unknown(asked, others)]
    # A threshold over something that isn't there can't be looked at.
    return found or list(_thresholds(asked))


def _names(asked: Questionnaire) -> Iterator[str]:
    for what, names in (
        ("item", [item.key for item in asked.items]),
        ("scale", [scale.name for scale in asked.scales]),
        ("alert", [rule.reason for rule in asked.alerts]),
    ):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"more than one {what} {name}"
    for rule in asked.alerts:
        if not _CODE.fullmatch(rule.reason):
            yield f"alert {rule.reason}: a reason is a short code in lower case"
        if rule.once and rule.when.scale is None:
            yield f"alert {rule.reason}: once looks at a scale, whose last score is known"
    if not asked.items or not asked.scales:
        yield "no items, or no scales"
    for name in ("title", "version", "source", "permission"):
        if not getattr(asked, name).strip():
            yield f"no {name}"


def _texts(asked: Questionnaire) -> Iterator[str]:
    for where, words in _all_words(asked):
        for language in LANGUAGES:
            text = words.said(language)
            if not text or text.strip() != text:
                yield f"{where}: {language} is empty, or has space around it"
            covered = unsaid()[language].cover.search(fold(text))
            if covered and not asked.explicit:
                yield f"{where}: {covered.group()!r} is explicit in {language}"


def _all_words(asked: Questionnaire) -> Iterator[tuple[str, Words]]:
    yield from ((f"item {item.key}", item) for item in asked.items)
    yield from ((f"lead {name}", lead) for name, lead in asked.leads.items())
    for name, options in asked.options.items():
        yield from ((f"options {name}", option) for option in options)


def _options(asked: Questionnaire) -> Iterator[str]:
    for name, options in asked.options.items():
        if len(options) < _FEWEST_OPTIONS:
            yield f"options {name}: fewer than two"
        if len({option.points for option in options}) < len(options):
            yield f"options {name}: two count the same"
        for language in LANGUAGES:
            if len({fold(option.said(language)) for option in options}) < len(options):
                yield f"options {name}: two read the same in {language}"
        if all(item.options != name for item in asked.items):
            yield f"options {name}: used by no item"
    for name in asked.leads:
        if all(item.lead != name for item in asked.items):
            yield f"lead {name}: used by no item"


def _unknown(asked: Questionnaire, others: Mapping[str, Questionnaire]) -> Iterator[str]:
    keys = [item.key for item in asked.items]
    for place, item in enumerate(asked.items):
        yield from _item(asked, item, keys[:place])
    for scale in asked.scales:
        yield from (f"scale {scale.name}: {problem}" for problem in _counted(scale, keys))
    for pair in asked.consistent:
        if not {pair.item, pair.at_most} <= set(keys):
            yield f"consistent {pair.item}: names no item"
    for where, when in _rules(asked):
        yield from (f"{where}: {problem}" for problem in _when(asked, when, keys))
    for told in asked.alerts:
        if told.once and told.when.scale is None:
            yield f"alert {told.reason}: once needs a scale, to know the time before"
    for rule in asked.leads_to:
        if rule.to not in others or rule.to == asked.name:
            yield f"leads_to {rule.to}: no other questionnaire has this name"


def _item(asked: Questionnaire, item: Item, before: list[str]) -> Iterator[str]:
    if item.options not in asked.options:
        yield f"item {item.key}: no options {item.options}"
    if item.lead is not None and item.lead not in asked.leads:
        yield f"item {item.key}: no lead {item.lead}"
    if item.only_if is not None and not set(item.only_if.items) <= set(before):
        yield f"item {item.key}: only_if names an item that is not before it"


def _counted(scale: Scale, keys: list[str]) -> Iterator[str]:
    if not scale.items or not set(scale.items) <= set(keys):
        yield "has something that is no item, or nothing"
    if len(set(scale.items)) < len(scale.items):
        yield "counts an item twice"
    if not set(scale.weights) <= set(scale.items):
        yield "weights for items that are not in it"


def _when(asked: Questionnaire, when: When, keys: list[str]) -> Iterator[str]:
    if sum((when.scale is not None, when.item is not None, when.unanswered)) != 1:
        yield "looks at one of scale, item and unanswered"
    if when.scale is not None and all(scale.name != when.scale for scale in asked.scales):
        yield f"no scale {when.scale}"
    if when.item is not None and when.item not in keys:
        yield f"no item {when.item}"
    if when.unanswered and (when.least, when.most) != (None, None):
        yield "unanswered has no threshold"


def _thresholds(asked: Questionnaire) -> Iterator[str]:
    for item in asked.items:
        if item.only_if is not None:
            most = max((_range(asked, key)[1] for key in item.only_if.items), default=0)
            if not 0 < item.only_if.least <= most:
                yield f"item {item.key}: only_if can't tell up to {most}"
    for pair in asked.consistent:
        if asked.item(pair.item).options != asked.item(pair.at_most).options:
            yield f"consistent {pair.item}: has other options than {pair.at_most}"
    for scale in asked.scales:
        low, high = asked.range(scale)
        yield from (f"scale {scale.name}: {problem}" for problem in _scale(scale, low, high))
    for where, when in _rules(asked):
        low, high = _looked_at(asked, when)
        if not when.unanswered and not _tells(when, low, high):
            yield f"{where}: can't tell between {low} and {high}"


def _looked_at(asked: Questionnaire, when: When) -> tuple[int, int]:
    """The lowest and the highest of what a rule looks at."""
    if when.scale is not None:
        return asked.range(asked.scale(when.scale))
    return _range(asked, when.item) if when.item is not None else (0, 0)


def _scale(scale: Scale, low: int, high: int) -> Iterator[str]:
    starts = [band.least for band in scale.bands]
    if starts and (starts != sorted(set(starts)) or starts[0] != low or starts[-1] > high):
        yield f"bands don't rise from {low} within {high}"
    if scale.flag is not None and not _tells(scale.flag, low, high):
        yield f"flag can't tell between {low} and {high}"
    prorated = scale.missing == "prorate"
    if prorated != (0 < scale.most_missing < len(scale.items)):
        yield "most_missing goes with prorate, and is fewer than its items"
    if prorated and (scale.rule != "sum" or scale.weights):
        yield "only a plain sum can be prorated"
    if scale.step < 1:
        yield "step is less than 1"


def _rules(asked: Questionnaire) -> Iterator[tuple[str, When]]:
    yield from ((f"alert {rule.reason}", rule.when) for rule in asked.alerts)
    yield from ((f"leads_to {rule.to}", rule.when) for rule in asked.leads_to)


def _range(asked: Questionnaire, key: str) -> tuple[int, int]:
    points = [option.points for option in asked.choices(asked.item(key))]
    return min(points), max(points)


def _tells(cut: Cut, low: int, high: int) -> bool:
    """Whether some scores are beyond it and some are not."""
    beyond = [cut.holds(score) for score in range(low, high + 1)]
    return any(beyond) and not all(beyond)

"""What a questionnaire shows: an item with its options as its data has them; what has changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from content import wording
from content.instrument import Item, Option, Questionnaire
from content.questionnaires import questionnaires
from content.wording import Language
from handlers.flow import Say
from handlers.own import Json
from handlers.scoring import Answers, changes, score
from handlers.shown import Shows

OF: Final = "of"
ITEM: Final = "item"
VERSION: Final = "version"
_A_MINUTE: Final = 4
"""Items that somebody answers in a minute."""
_LONG_AGO: Final = 7
_NOT_A_WORD: Final = re.compile(r"\W+")


def item_of(data: Mapping[str, Json]) -> tuple[Questionnaire, Item] | None:
    """What a talk stands at; None where it was asked of another version, or of none."""
    asked = questionnaires().get(str(data.get(OF)))
    if asked is None or asked.version != data.get(VERSION):
        return None
    found = [item for item in asked.items if item.key == data.get(ITEM)]
    return (asked, found[0]) if found else None


def marks(asked: Questionnaire, item: Item) -> dict[str, Option]:
    """The options by the digit they are answered with: their points where these count from 0."""
    options = asked.choices(item)
    counts = sorted(option.points for option in options) == list(range(len(options)))
    return {
        str(option.points if counts else place): option
        for place, option in enumerate(options, start=1)
    }


def question(data: Mapping[str, Json], language: Language) -> Shows:
    """An item: the words before it, its own, and its options."""
    found = item_of(data)
    if found is None:
        return Shows({"question": ""})
    asked, item = found
    lead = asked.lead(item)
    parts = (lead.said(language) if lead is not None else "", item.said(language))
    labels = {mark: option.said(language) for mark, option in marks(asked, item).items()}
    return Shows({"question": "\n".join(filter(None, parts))}, labels, explicit=asked.explicit)


def screening(data: Mapping[str, Json], language: Language) -> Shows:
    """An item that is asked in danger, by letters: only its words."""
    return Shows(question(data, language).values)


def about(data: Mapping[str, Json], language: Language) -> Shows:
    """How many questions it is, and about how many minutes."""
    del language
    asked = questionnaires().get(str(data.get(OF)))
    count = sum(item.only_if is None for item in asked.items) if asked is not None else 0
    return Shows({"count": str(count), "minutes": str(max(2, round(count / _A_MINUTE)))})


def changed(asked: Questionnaire, before: Answers, now: Answers) -> tuple[Say, ...]:
    """What changed since the time before, in plain words: how it looks, and what moved most.

    Only what was answered both times is compared, and a scale with at least half of its items.
    """
    both = [
        key for key, points in now.items() if points is not None and before.get(key) is not None
    ]
    was, is_now = (
        score(asked, {key: answers[key] for key in both}).scores for answers in (before, now)
    )
    moved = {
        scale.name: tone
        for scale in asked.scales
        if (tone := changes(asked, was, is_now).get(scale.name)) is not None
        and 2 * len(set(scale.items) & set(both)) >= len(scale.items)
    }
    tones = {
        moved[scale.name] for scale in asked.scales if not scale.detail and scale.name in moved
    }
    if not tones:
        return ()
    span = "week" if asked.recall_days <= _LONG_AGO else "weeks"
    main = tones - {"same"}
    if len(main) != 1:
        return (Say(f"checkup.{span}_{'mixed' if main else 'same'}"),)
    (tone,) = main
    apart = {
        scale.name: abs((is_now[scale.name] or 0) - (was[scale.name] or 0))
        for scale in asked.scales
        if scale.detail and moved.get(scale.name) == tone and has_words(scale.name, tone)
    }
    most = [Say(f"checkup.{slug(name)}_{tone}") for name in sorted(apart, key=lambda n: -apart[n])]
    return (Say(f"checkup.{span}_{tone}"), *most[:1])


def slug(scale: str) -> str:
    """A scale's name as it stands in the names of texts."""
    return _NOT_A_WORD.sub("_", scale.casefold()).strip("_")


def has_words(scale: str, tone: str) -> bool:
    """Whether there is a sentence for a scale that moved."""
    return f"checkup.{slug(scale)}_{tone}" in wording.entries("en")

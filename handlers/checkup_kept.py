"""What is stored of a questionnaire: the one that is open, the last that came to a score."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

from content.instrument import Item, Questionnaire
from handlers import moments
from handlers.checkup_words import item_of
from handlers.flow import Turn
from handlers.own import Checkup, Json, whole

OPEN_FOR: Final = timedelta(days=1)
"""So long one that was begun is gone on with; after that it is kept as far as it came."""
_LATEST: Final = 6

Given = dict[str, int | None]
"""Points by item; None for one that was passed over."""


def stands(turn: Turn) -> tuple[Questionnaire, Item, Given] | None:
    """The item that is asked and the answers so far; None where it has changed or is over."""
    found = item_of(turn.data)
    there = latest(turn, found[0]) if found is not None else None
    if found is None or there is None:
        return None
    over = there.ended_at is not None or there.version != found[0].version
    return None if over else (*found, given(there))


def latest(turn: Turn, asked: Questionnaire) -> Checkup | None:
    """The newest, open or ended."""
    newest = turn.around.own.checkups(asked.name, 1)
    return newest[0] if newest else None


def still_open(turn: Turn, asked: Questionnaire) -> Checkup | None:
    """The one that was begun and can be gone on with."""
    there = latest(turn, asked)
    if there is None or there.ended_at is not None or there.version != asked.version:
        return None
    return there if turn.now - there.asked_at < OPEN_FOR else None


def scored(turn: Turn, asked: Questionnaire) -> Checkup | None:
    """The last that came to a score."""
    some = turn.around.own.checkups(asked.name, _LATEST)
    return next((each for each in some if any(p is not None for p in scores(each).values())), None)


def ended_at(there: Checkup) -> datetime:
    """When it ended, or was begun."""
    return there.ended_at or there.asked_at


def ended_on(turn: Turn, there: Checkup) -> date:
    """On which day of theirs."""
    return moments.today(ended_at(there), turn.person.zone)


def scores(there: Checkup) -> Given:
    """Its scores by scale; none where it did not end."""
    return _numbers(there.scores or {})


def given(there: Checkup) -> Given:
    """Its answers so far."""
    return _numbers(there.answers)


def _numbers(stored: Mapping[str, Json]) -> Given:
    return {key: whole(value) for key, value in stored.items()}

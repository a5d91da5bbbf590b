"""Where somebody stands in a talk, as it is stored between turns: two names and JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from handlers.own import Json


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in a talk: names and JSON, the turn that asked, and its life."""

    flow: str
    step: str
    data: Mapping[str, Json] = field(default_factory=dict)
    asked_in: int = 0
    until: datetime | None = None
    tries: int = 0
    under: Place | None = None
    """Of a question that was put aside: the one that lies under it."""


_PLACE = tuple(each.name for each in dataclasses.fields(Place) if each.name != "under")


def place_to(place: Place | None) -> dict[str, Any] | None:
    """A place as JSON: names only, never a number of a step."""
    if place is None:
        return None
    until = place.until.isoformat() if place.until else None
    # As `asdict`, without copying what is in it.
    stored = {name: getattr(place, name) for name in _PLACE}
    under = {} if place.under is None else {"under": place_to(place.under)}
    return {**stored, **under, "data": dict(place.data), "until": until}


def place_from(stored: Mapping[str, Any] | None) -> Place | None:
    """A stored place; None for one of a form that this release does not know."""
    if stored is None:
        return None
    until = stored.get("until")
    try:
        moment = datetime.fromisoformat(until) if until else None
        return Place(**{**stored, "until": moment, "under": place_from(stored.get("under"))})
    except (TypeError, ValueError):
        # Written by another release: as good as no place, and nobody is stuck in it.
        return None

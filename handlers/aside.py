"""The questions that were put aside for another one: a small pile, the newest on top.

More than two would be a list of debts; what was asked in danger is never the one to go.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from handlers.place import Place

MOST: Final = 2
_CRISIS: Final = "crisis"


def pile(aside: Place | None) -> tuple[Place, ...]:
    """What is put aside, the newest first; each without what lies under it."""
    places = []
    while aside is not None:
        places.append(dataclasses.replace(aside, under=None))
        aside = aside.under
    return tuple(places)


def piled(places: Iterable[Place]) -> Place | None:
    """As it is stored: each upon the next."""
    aside: Place | None = None
    for place in reversed(tuple(places)):
        aside = dataclasses.replace(place, under=aside)
    return aside


def popped(aside: Place | None) -> tuple[Place | None, Place | None]:
    """The newest, and what stays aside."""
    places = pile(aside)
    return (places[0], piled(places[1:])) if places else (None, None)


def over(top: Place | None, aside: Place | None, now: datetime) -> Place | None:
    """`top` put aside upon what is aside already; the oldest gives way."""
    newest: dict[str, Place] = {}
    for place in (*pile(top), *pile(aside)):
        lasts = place.until is None or place.until >= now or place.flow == _CRISIS
        if lasts:
            newest.setdefault(place.flow, place)
    places = list(newest.values())
    while len(places) > MOST:
        del places[-2 if places[-1].flow == _CRISIS else -1]
    return piled(places)


def without(aside: Place | None, flow: str) -> Place | None:
    """What stays aside where this talk goes on from another place."""
    return piled(place for place in pile(aside) if place.flow != flow)


def lifted(
    top: Place | None, aside: Place | None, asked_in: int | None, now: datetime
) -> tuple[Place | None, Place | None]:
    """The question whose own button was pressed, with the one that covered it put aside."""
    if asked_in is None or (top is not None and top.asked_in == asked_in):
        return top, aside
    rest = pile(aside)
    found = next((place for place in rest if place.asked_in == asked_in), None)
    if found is None or (found.until is not None and found.until < now):
        return top, aside
    others = piled(place for place in rest if place is not found)
    return found, over(top, others, now)

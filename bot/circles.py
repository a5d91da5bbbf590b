"""One look through the store: what fits a wish, in circles or online, in the order it is told."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection

from bot.found import Found
from bot.places import zones_around
from bot.starts import Span, Starts, near_slots, online_slots
from bot.when import Part
from handlers.meetings import FAMILY, Spot, Wish
from storage import grid
from storage import meetings as lists
from storage.meetings import Box, Sort

CIRCLES: Final = (5, 10, 25, 50, 100)
"""Miles to look within, one after the other."""
NEAR: Final = 25
"""It is looked farther only where there is nothing."""
FEW: Final = 3
"""A circle that has so many is wide enough."""

_HALF: Final = 180.0
_FOR_SOME: Final = ("women", "men", "family")
"""Kinds that are for these alone: shown to who asked."""


class Look:
    """One look through the store."""

    def __init__(
        self,
        tx: Connection,
        wish: Wish,
        spot: Spot | None,
        *,
        all_kinds: bool = True,
        for_all: bool = False,
    ) -> None:
        self._tx = tx
        self._wish = wish
        self._spot = spot
        self._all_kinds = all_kinds
        families = "family" in wish.kinds or any(each in FAMILY for each in wish.fellowships)
        shown = {*wish.kinds, *(("family",) if families else ())}
        # As they stand in the text of a meeting's kinds.
        hidden = () if for_all else _FOR_SOME
        self._hidden = [f'"{kind}"' for kind in hidden if kind not in shown]
        self._asked = [f'"{kind}"' for kind in wish.kinds]
        # Meetings of families are for families, whether or not their list says so of each.
        kinds = [kind for kind in wish.kinds if kind != "family"] if all_kinds else []
        self._sort = Sort(wish.fellowships, kinds)
        self._around = zones_around(spot.lat, spot.lng) if spot is not None else set()
        self._zones: list[str] | None = None
        self._known: dict[tuple[Span, float | None], list[Found]] = {}

    def ordered(self, parts: Sequence[Part]) -> Iterator[Found]:
        """What fits, in the order in which it is told; read from the store as it is asked for."""
        told: set[int] = set()
        last: list[Found] = []
        for part in parts:
            new = (found for found in self._meet(part) if found.id not in told)
            for found in islice(new, part.most):
                told.add(found.id)
                if found.weekly:
                    yield found
                else:
                    last.append(found)
        yield from last

    def _meet(self, part: Part) -> Iterator[Found]:
        batches = self._online(part.spans) if part.online else self._reached(part)
        return (found for batch in batches for found in batch)

    def near(self, span: Span, miles: float) -> list[Found]:
        """What starts in a span within so many miles of the spot."""
        spot = self._spot
        if spot is None or self._wish.how not in {"any", "near"}:
            return []
        squares = grid.cells(spot.lat, spot.lng, miles)
        slots = near_slots(span, spot.zone, squares, self._around)
        found = []
        for row, start, lacks in self._fitting(
            lists.near(self._tx, slots, _box(spot, miles), self._sort), span
        ):
            away = grid.miles_between(spot.lat, spot.lng, row.lat, row.lng)
            if away <= miles:
                found.append(Found(row.id, start, away, row.name, row.weekly, lacks))
        return found

    def online(self, span: Span) -> list[Found]:
        """What can be joined from anywhere that starts in a span."""
        if self._wish.how == "near":
            return []
        if self._zones is None:
            self._zones = lists.online_zones(self._tx)
        slots = online_slots(span, self._zones)
        rows = lists.online(self._tx, slots, self._sort, phone=self._wish.how == "phone")
        return [
            Found(row.id, start, None, row.name, row.weekly, lacks)
            for row, start, lacks in self._fitting(rows, span)
        ]

    def _fitting(self, rows: Sequence[Any], span: Span) -> Iterator[tuple[Any, datetime, int]]:
        """Those for who asks that start in the span: when, and how many kinds they lack."""
        starts = Starts(span)
        for row in rows:
            start = starts.of(row.zone, row.day, row.minute)
            lacks = self._lacks(row) if start is not None else None
            if start is not None and lacks is not None:
                yield row, start, lacks

    def _reached(self, part: Part) -> Iterator[list[Found]]:
        """What can be gone to; where there is nothing, what the next circle has that has any."""
        spans = part.spans
        empty = not part.close
        for span in spans:
            found = self._once(span, NEAR)
            empty = empty and not found
            yield sorted(found, key=partial(_order, wide=_circle(found)))
        if empty and spans:
            far = self.near(Span(spans[0].begin, spans[-1].end), CIRCLES[-1])
            nearest = min((one.away for one in far), default=0.0)
            yield sorted([one for one in far if one.away <= around(nearest)], key=_order)

    def _online(self, spans: Sequence[Span]) -> Iterator[list[Found]]:
        for span in spans:
            yield sorted(self._once(span, None), key=_order)

    def _once(self, span: Span, miles: float | None) -> list[Found]:
        """What starts in a span, within so many miles or online; each is looked up once."""
        if (span, miles) not in self._known:
            found = self.online(span) if miles is None else self.near(span, miles)
            self._known[span, miles] = found
        return self._known[span, miles]

    def _lacks(self, row: Any) -> int | None:
        """How many kinds a meeting lacks; None: it is not for who asks."""
        kinds = f'{row.kinds}"family"' if row.fellowship in FAMILY else row.kinds
        for word in self._hidden:
            if word in kinds:
                return None
        lacks = 0
        for word in self._asked:
            lacks += word not in kinds
        return None if lacks and self._all_kinds else lacks


def _order(found: Found, wide: float = math.inf) -> tuple[int, bool, datetime, float, str]:
    beyond = found.miles is not None and found.miles > wide
    return found.lacks, beyond, found.start, found.away, found.name


def _circle(found: Sequence[Found]) -> float:
    """The smallest circle that has a few of them."""
    miles = sorted(one.away for one in found if one.weekly)
    if len(miles) < FEW:
        return math.inf
    return around(miles[FEW - 1])


def around(miles: float) -> int:
    """The smallest circle that so many miles fit into."""
    return next(circle for circle in CIRCLES if miles <= circle)


def _box(spot: Spot, miles: float) -> Box:
    # A hair more: what stands on the rim is told by its distance alone.
    high = miles / grid.MILES_A_DEGREE * 1.01
    south, north = spot.lat - high, spot.lat + high
    wide = high / max(math.cos(math.radians(max(abs(south), abs(north)))), 0.01)
    west, east = spot.lng - wide, spot.lng + wide
    if west < -_HALF or east > _HALF:
        west, east = -_HALF, _HALF
    return Box(south, north, west, east)

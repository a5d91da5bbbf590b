"""Towns and ZIP codes of the United States: where they lie, and in which zone. Offline.

Built once, about two seconds, then a few megabytes: the library takes milliseconds for a ZIP code,
and would keep its whole list as 190 MB.
"""

from __future__ import annotations

import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from sys import intern
from typing import Any, Final
from zoneinfo import available_timezones

import zipcodes
from tzfpy import get_tz

_SAINTS: Final = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}


@dataclass(frozen=True, slots=True)
class Town:
    """A town, or one of its parts by a name of its own."""

    name: str
    state: str
    lat: float
    lng: float
    zone: str
    size: int
    """How many ZIP codes with streets it has; 0: it is a name of a part of another."""


@dataclass(frozen=True, slots=True)
class Zip:
    """A ZIP code, at about the middle of its area."""

    lat: float
    lng: float
    zone: str


@dataclass(slots=True)
class _Sum:
    """What the ZIP codes of a town come to."""

    name: str
    zone: str
    size: int = 0
    streets: bool = False
    count: int = 0
    lat: float = 0.0
    lng: float = 0.0

    def add(self, lat: float, lng: float, *, streets: bool, own: bool) -> None:
        """One more; what has streets says where a town is, boxes only where there is no other."""
        if streets and not self.streets:
            self.streets, self.count, self.lat, self.lng = True, 0, 0.0, 0.0
        if streets or not self.streets:
            self.count, self.lat, self.lng = self.count + 1, self.lat + lat, self.lng + lng
        self.size = max(self.size + int(streets and own), int(own))


class Gazetteer:
    """All of them, packed."""

    def __init__(self) -> None:
        self._codes, self._lats, self._lngs = array("I"), array("f"), array("f")
        self._zone_of = array("B")
        self._zones: list[str] = []
        self._towns: dict[str, tuple[tuple[str, str, float, float, str, int], ...]] = {}
        self._read()

    def zip(self, code: str) -> Zip | None:
        """A ZIP code of five digits; None: unknown, or of no place (military)."""
        at = bisect_left(self._codes, int(code))
        if at == len(self._codes) or self._codes[at] != int(code):
            return None
        zone = self._zones[self._zone_of[at]]
        return Zip(round(self._lats[at], 4), round(self._lngs[at], 4), zone)

    def codes(self) -> list[str]:
        """Every ZIP code."""
        return [f"{code:05d}" for code in self._codes]

    def towns(self, name: str, state: str | None = None) -> list[Town]:
        """Those that are called so, whatever its spelling of marks; the largest first."""
        found = [Town(*each) for each in self._towns.get(folded(name), ())]
        return [town for town in found if state is None or town.state == state]

    def names(self, state: str | None, size: int) -> Iterator[str]:
        """Names, as `folded` leaves them, of towns of this state, and of all at least so large."""
        for name, towns in self._towns.items():
            if any(each[1] == state or each[5] >= size for each in towns):
                yield name

    def _read(self) -> None:
        sums: dict[tuple[str, str], _Sum] = {}
        numbers: dict[str, int] = {}
        for row, lat, lng, zone in _rows():
            self._codes.append(int(row["zip_code"]))
            self._lats.append(lat)
            self._lngs.append(lng)
            self._zone_of.append(numbers.setdefault(zone, len(numbers)))
            streets = row["zip_code_type"] == "STANDARD" and row["active"]
            for name in (row["city"], *row["acceptable_cities"]):
                own = name == row["city"]
                key = (intern(folded(name)), intern(row["state"]))
                one = sums.setdefault(key, _Sum(name, intern(zone)))
                # Its own post office knows best how it is spelt.
                one.name = name if own else one.name
                one.add(lat, lng, streets=streets, own=own)
        self._zones = list(numbers)
        for (name, state), one in sums.items():
            lat, lng = round(one.lat / one.count, 4), round(one.lng / one.count, 4)
            town = (one.name, state, lat, lng, one.zone, one.size)
            self._towns[name] = (*self._towns.get(name, ()), town)
        for name, towns in self._towns.items():
            self._towns[name] = tuple(sorted(towns, key=lambda town: (-town[5], town[1])))


def _rows() -> Iterator[tuple[dict[str, Any], float, float, str]]:
    """ZIP codes in their order, each with where it lies and its zone; those of no place left out.

    A hundredth at a time: the library would keep the whole list.
    """
    zones = available_timezones()
    for first in range(100):
        rows = zipcodes.similar_to(f"{first:02d}")
        for row in sorted(rows, key=lambda each: str(each["zip_code"])):
            lat, lng = float(row["lat"] or 0), float(row["long"] or 0)
            zone = row["timezone"] if row["timezone"] in zones else get_tz(lng, lat)
            if zone and (lat or lng):
                yield row, lat, lng, zone


@cache
def gazetteer() -> Gazetteer:
    """The one of this process."""
    return Gazetteer()


def folded(name: str) -> str:
    """A name without case, marks, gaps and the ways to write Saint, Fort and Mount."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return "".join([_SAINTS.get(word, word) for word in kept.split()])

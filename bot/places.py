"""A place that somebody typed, to where it lies and its zone, offline."""

from __future__ import annotations

import difflib
import math
import re
from typing import Final
from zoneinfo import available_timezones

from sqlalchemy import Connection
from tzfpy import get_tz

from bot.gazetteer import Town, folded, gazetteer
from bot.states import state_at_end
from handlers import optout
from handlers.meetings import Spot
from storage import grid, meetings

MOST: Final = 6
"""Towns of one name that are asked about."""
_ZIP: Final = re.compile(r"(?<!\d)(\d{5})(?:-?\d{4})?(?!\d)")
_POINT: Final = re.compile(r"(-?\d{1,2}\.\d+)\s*,\s*(-?\d{1,3}\.\d+)")
_LONGEST: Final = 80
_ALIKE: Final = 0.8
_SHORTEST: Final = 5
"""Letters of a name in which a typo is forgiven: of fewer, another word is too near."""
_LETTERS: Final = 2
"""Left out or too many."""
_MANY_MEAN: Final = 3
"""ZIP codes of a town that is recognized without its state though it is spelt wrong."""
_NO_OTHER: Final = 10_000
_CLOSE: Final = 60
"""Miles from the place that they keep within which a town of the name is likelier."""
_OUTWEIGHS: Final = 10
"""By so many times as many ZIP codes a city is meant without a word (Chicago, Philadelphia)."""
_AS_FAR: Final = 100
_WORDS: Final = frozenset({
    "help", "info", "start", "stop", "menu", "more", "yes", "no", "ok", "okay", "skip", "now",
    "here", "home", "house", "online", "phone", "anywhere", "nearme", "today", "tonight",
    "tomorrow", "please", "thanks", "nothing", "hope", "hurt", "friend", "change", "center",
    "ayuda", "ahora", "aqui", "casa", "cerca", "hoy", "noche", "manana", "mas", "si", "nada",
    "enlinea", "alto",
})  # fmt: skip
"""They say something else than the small towns that are called so; these need their state."""
_CALLED: Final = {
    "nyc": "new york, ny", "philly": "philadelphia, pa", "phila": "philadelphia, pa",
    "la": "los angeles, ca", "sf": "san francisco, ca", "dc": "washington, dc",
    "nuevayork": "new york, ny", "filadelfia": "philadelphia, pa", "vegas": "las vegas, nv",
    "manhattan": "new york, ny", "queens": "forest hills, ny", "thebronx": "bronx, ny",
}  # fmt: skip


def load() -> None:
    """Read the list now, so that nobody waits for it later."""
    gazetteer()


def spot(
    tx: Connection, text: str, near: Spot | None = None, state: str | None = None
) -> Spot | tuple[str, ...] | None:
    """Where a ZIP code, "City, ST", "City" or "39.95, -75.17" lies.

    Of a name that several towns have, how each is written with its state, the likeliest first:
    close to `near`, in `state`, the largest. None: it is no place that we know.
    """
    text = " ".join(text.split()).strip(" .,;:!?¿¡")
    if not text or len(text) > _LONGEST or _means_something(text):
        return None
    point = _POINT.fullmatch(text)
    if point is not None:
        return here(float(point.group(1)), float(point.group(2)))
    codes = _ZIP.findall(text)
    if codes:
        return _by_code(tx, codes[-1])
    if any(c.isdigit() for c in text):
        return None
    text = _CALLED.get(folded(text), text)
    name, there = state_at_end(text)
    if there:
        name = _CALLED.get(folded(name), name).partition(",")[0]
    found = gazetteer().towns(text) or (gazetteer().towns(name, there) if there else [])
    found = found or _of_lists(tx, name, there) or _misspelt(name, there, state)
    return _chosen(found, near, state)


def here(lat: float, lng: float, label: str = "") -> Spot | None:
    """A point, as a phone shares it; None: it is none on earth."""
    if not (-90 <= lat <= 90 and -180 <= lng <= 180) or not (lat or lng):  # noqa: PLR2004
        return None
    return Spot(lat, lng, label or f"{lat:.2f}, {lng:.2f}", get_tz(lng, lat) or "UTC")


def zones_around(lat: float, lng: float) -> set[str]:
    """The zones at a point and around it, as far as anybody goes."""
    up = _AS_FAR / grid.MILES_A_DEGREE
    along = up / max(math.cos(math.radians(lat)), 0.1)
    found = {
        get_tz((lng + x * along + 180) % 360 - 180, max(min(lat + y * up, 90), -90))
        for x in (-1, -0.5, 0, 0.5, 1)
        for y in (-1, -0.5, 0, 0.5, 1)
    }
    # At sea clocks say nothing about those ashore.
    return {zone for zone in found if zone and not zone.startswith("Etc/")}


def _means_something(text: str) -> bool:
    return optout.is_carrier_stop(text) or folded(text) in _WORDS


def _by_code(tx: Connection, code: str) -> Spot | None:
    found = gazetteer().zip(code)
    if found is not None:
        return Spot(found.lat, found.lng, code, found.zone)
    rows = meetings.postal(tx, code)
    return Spot(rows[0].lat, rows[0].lng, code, rows[0].zone) if rows else None


def _of_lists(tx: Connection, name: str, state: str | None) -> list[Town]:
    """Places that only the lists know: a borough, a quarter."""
    rows = meetings.towns(tx, name, state)
    return [
        Town(row.city, (row.state or "").upper(), row.lat, row.lng, row.zone, 1) for row in rows
    ]


def _misspelt(name: str, state: str | None, home: str | None) -> list[Town]:
    """Towns whose name is all but that; without a state only those that many mean."""
    wanted = folded(name)
    if len(wanted) < _SHORTEST:
        return []
    known = gazetteer()
    names = known.names(state, _NO_OTHER) if state else known.names(home, _MANY_MEAN)
    alike = [
        each
        for each in names
        if abs(len(each) - len(wanted)) <= _LETTERS
        and (each[0] == wanted[0] or each[-3:] == wanted[-3:])
    ]
    found = [
        known.towns(each, state) for each in difflib.get_close_matches(wanted, alike, 5, _ALIKE)
    ]

    def likely(towns: list[Town]) -> tuple[float, int]:
        match = difflib.SequenceMatcher(None, folded(towns[0].name), wanted)
        return round(match.ratio(), 2), towns[0].size

    return max(found, key=likely, default=[])


def _chosen(
    found: list[Town], near: Spot | None, state: str | None
) -> Spot | tuple[str, ...] | None:
    def likely(town: Town) -> tuple[bool, bool, int]:
        close = near is not None and _miles(near, town) <= _CLOSE
        return not close, town.state != state, -town.size

    # What is only another name of a part of a town counts where nothing else is meant, or close.
    likeliest = sorted(found, key=likely)
    towns = [t for t in likeliest if t.size or likely(t)[:2] != (True, True)] or likeliest
    by_state: dict[str, Town] = {}
    for town in towns:
        by_state.setdefault(town.state, town)
    if not by_state:
        return None
    first, *others = by_state.values()
    if not others or first.size >= _OUTWEIGHS * max(town.size for town in others):
        return Spot(first.lat, first.lng, _label(first), first.zone)
    return tuple(_label(town) for town in (first, *others))[:MOST]


def _miles(near: Spot, town: Town) -> float:
    return grid.miles_between(near.lat, near.lng, town.lat, town.lng)


def _label(town: Town) -> str:
    return f"{town.name}, {town.state}" if town.state else town.name


def zone_of(query: str) -> str | None:
    """The zone of a ZIP code, "City" or "City, ST"; None if unknown or if it could be several."""
    code = _ZIP.search(query)
    if code is not None:
        found = gazetteer().zip(code.group(1))
        return found.zone if found else None
    name, state = state_at_end(query)
    towns = (gazetteer().towns(name, state) if state else []) or gazetteer().towns(query)
    zones = {town.zone for town in towns if town.size} or {town.zone for town in towns}
    return zones.pop() if len(zones) == 1 else None


def zone_named(text: str) -> str | None:
    """The zone that somebody typed: by its own name, or by a place in it; None if it is neither."""
    wanted = "_".join(text.split()).casefold()
    found = {zone.casefold(): zone for zone in available_timezones() if "/" in zone}
    return found.get(wanted) or zone_of(text)

"""A ZIP code or a city to its time zone, offline."""

from __future__ import annotations

import re
from functools import cache
from sys import intern
from typing import Any
from zoneinfo import available_timezones

import zipcodes
from tzfpy import get_tz

_ZIP = re.compile(r"\d{5}")
_STATE = re.compile(r"[,\s]+([A-Za-z]{2})\.?$")


@cache
def _cities() -> dict[str, set[tuple[str, str]]]:
    """City name to the (state, zone) pairs it may mean; read once, about half a second.

    A hundredth at a time: the library would keep the whole list, which is 190 MB.
    """
    found: dict[str, set[tuple[str, str]]] = {}
    for number in range(100):
        for row in zipcodes.similar_to(f"{number:02d}"):
            zone = _zone(row)
            if zone:
                pair = (intern(row["state"]), intern(zone))
                found.setdefault(str(row["city"]).casefold(), set()).add(pair)
    return found


def _zone(row: dict[str, Any]) -> str | None:
    """Where a row gives no zone, its coordinates do."""
    if row.get("timezone"):
        return str(row["timezone"])
    if row.get("lat") and row.get("long"):
        return get_tz(float(row["long"]), float(row["lat"])) or None
    return None


def load() -> None:
    """Read the list now, so that nobody waits for it later."""
    _cities()


def zone_of(query: str) -> str | None:
    """The zone of a ZIP code, "City" or "City, ST"; None if unknown or if it could be several."""
    query = " ".join(query.split())
    number = _ZIP.search(query)
    if number is not None:
        rows = zipcodes.filter_by(zip_code=number.group()) or []
        return _zone(rows[0]) if rows else None
    state = _STATE.search(query)
    if state is not None:
        named = _cities().get(query[: state.start()].strip(" ,").casefold(), set())
        zones = {zone for where, zone in named if where == state.group(1).upper()}
        if len(zones) == 1:
            return zones.pop()
    zones = {zone for _, zone in _cities().get(query.casefold(), set())}
    return zones.pop() if len(zones) == 1 else None


def zone_named(text: str) -> str | None:
    """The zone that somebody typed: by its own name, or by a place in it; None if it is neither."""
    wanted = "_".join(text.split()).casefold()
    found = {zone.casefold(): zone for zone in available_timezones() if "/" in zone}
    return found.get(wanted) or zone_of(text)

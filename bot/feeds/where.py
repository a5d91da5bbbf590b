"""Where a meeting is: its address in parts, coordinates that can be believed, and its zone."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from tzfpy import get_tz

from bot.feeds import zones
from bot.feeds.persons import address, nobody
from bot.feeds.prose import line
from bot.feeds.reading import Gone
from bot.gazetteer import Town, Zip, gazetteer
from storage.grid import miles_between

_ZIP: Final = re.compile(r"\d{5}(?:-\d{4})?")
_COUNTRY: Final = re.compile(r"\s+(?:USA|United States)$")
_FAR: Final = 100
"""Miles between a row's coordinates and its own ZIP code from which on they are not believed."""
_FARTHER: Final = 300
"""The same for its city: a state may have another of that name."""
_POLE: Final = 90
_FAKE: Final = frozenset({(34.235918, -118.563659)})
"""Where servers put what has no place: the centre of a map that nobody moved."""
_STATE_ZIP = re.compile(r"^(.*?)\b([A-Za-z]{2})\.?,?\s+(\d{5})(?:-\d{4})?$")
_CODE = re.compile(r"(\d{4,5})(?:-?\d{4})?")
"""A ZIP code; as a number it has lost a zero in front."""
_SPELLED_OUT = re.compile(r"^([A-Za-z][A-Za-z .]+?)\s+(\d{5})(?:-\d{4})?$")
_BRITISH = re.compile(r"^(.*?)\s*\b([A-Z]{1,2}\d[A-Z\d]?\s*\d[A-Z]{2})$")
_CANADIAN = re.compile(r"^([A-Z]{2})\s+([A-Z]\d[A-Z]\s?\d?[A-Z]?\d?)$")


class Address(NamedTuple):
    """An address in its parts."""

    street: str = ""
    city: str = ""
    state: str = ""
    postal: str = ""
    country: str = ""

    @property
    def american(self) -> bool:
        """Whether it is in the USA, as far as it says."""
        country = zones.country(self.country)
        return country == "US" if country else zones.state(self.state) is not None


class Place(NamedTuple):
    """A point on the earth, and the zone of what is there."""

    lat: float
    lng: float
    zone: str
    within: float = 0.0
    """How far off, in miles, what is meant may be."""


def split(row: Mapping[str, Any]) -> Address:
    """A Meeting Guide row's address: of its parts, or of its one line."""
    whole = line(row.get("formatted_address"), 400)
    if whole:
        return _one_line(whole)
    return Address(
        address(line(row.get("address"))),
        line(row.get("city"), 120),
        line(row.get("state"), 40).strip(" ."),
        line(row.get("postal_code"), 20),
        line(row.get("country"), 60),
    )


@lru_cache(maxsize=4096)
def _one_line(whole: str) -> Address:
    """`"1 Main St, Town, PA 19000, USA"`, with or without its country, or a comma missing."""
    parts = [part.strip() for part in whole.split(",") if part.strip()]
    country = ""
    if len(parts) > 1 and zones.country(parts[-1]) and not _region(parts[-1]):
        country = parts.pop()
    if len(parts) > 1 and _ZIP.fullmatch(parts[-1]) and zones.state(parts[-2]):
        parts = [*parts[:-2], f"{parts[-2]} {parts[-1]}"]
    rest, state, postal = _end(parts.pop(), country) if parts else ("", "", "")
    parts += [rest] if rest else []
    city = ""
    if len(parts) > 1 or (parts and not any(map(str.isdigit, parts[0]))):
        city = parts.pop()
    if not country and zones.state(state) and postal:
        country = "USA"
    street = address(", ".join(parts))
    return Address(street[:255], city[:120], state[:40], postal[:20], country[:60])


def _end(last: str, country: str) -> tuple[str, str, str]:
    """The last part of an address in what is before its region, the region, its postal code."""
    last = _COUNTRY.sub("", last)
    if (found := _STATE_ZIP.match(last)) and zones.state(found[2]):
        return found[1].strip(), found[2].upper(), found[3]
    if (found := _SPELLED_OUT.match(last)) and zones.state(found[1]):
        return "", zones.state(found[1]) or "", found[2]
    if (found := _CANADIAN.match(last)) and zones.of_province(found[1]):
        return "", found[1], found[2]
    if (found := _BRITISH.match(last)) and zones.of_country(country or "UK") == "Europe/London":
        return found[1].strip(), "", found[2]
    return ("", zones.state(last) or last, "") if _region(last) else (last, "", "")


def _region(text: str) -> bool:
    return bool(zones.state(text) or zones.of_province(text))


def number(value: Any) -> float | None:
    """A coordinate; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


@lru_cache(maxsize=8192)
def of_town(city: str, state: str) -> Place | None:
    """The middle of a town."""
    found = gazetteer().towns(city, state)
    return _placed(found[0], _FARTHER) if found else None


def _placed(known: Town | Zip, within: float) -> Place:
    # The point tells the zone better: some ZIP codes have that of their neighbours.
    zone = zone_at(known.lat, known.lng) or known.zone
    return Place(known.lat, known.lng, zone, within)


@lru_cache(maxsize=16384)
def own(where: Address) -> Place | None:
    """The middle of an address's ZIP code, else of its city; only in the USA."""
    if not where.american:
        return None
    state = zones.state(where.state)
    town = of_town(where.city, state) if where.city and state else None
    code = _CODE.fullmatch(where.postal)
    known = gazetteer().zip(code[1].zfill(5)) if code else None
    if known is None:
        return town
    # A slip in the code leads far from its own city.
    if town and miles_between(known.lat, known.lng, town.lat, town.lng) > _FARTHER:
        return town
    return _placed(known, _FAR)


@lru_cache(maxsize=16384)
def zone_at(lat: float, lng: float) -> str | None:
    """The zone of a point on land; None for what is no place, such as a zero not filled in."""
    if not lat or not lng or abs(lat) > _POLE or abs(lng) > 2 * _POLE:
        return None
    if (round(lat, 6), round(lng, 6)) in _FAKE:
        return None
    name = str(get_tz(lng, lat) or "")
    return None if not name or name.startswith("Etc/") else name


def point(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """The coordinates that a row states, as they are."""
    lat, lng = number(row.get("latitude")), number(row.get("longitude"))
    pair = row.get("coordinates")
    if (lat is None or lng is None) and isinstance(pair, str | list):
        both = [number(part) for part in (pair.split(",") if isinstance(pair, str) else pair)]
        if len(both) == 2:  # noqa: PLR2004
            lat, lng = both
    return (lat, lng) if lat is not None and lng is not None else None


def believed(stated: tuple[float, float] | None, where: Address) -> Place | None:
    """A place that one can go to: as stated if that can be, else the middle of its ZIP code."""
    near = own(where)
    for lat, lng in (stated, stated[::-1]) if stated else ():
        zone = zone_at(lat, lng)
        if zone is None:
            continue
        if near and miles_between(lat, lng, near.lat, near.lng) <= near.within:
            return Place(lat, lng, zone)
        if near is None and (zones.american(zone) or not where.american):
            return Place(lat, lng, zone)
    return near


def zone_of(where: Address) -> str | None:
    """The zone of an address, without its coordinates."""
    near = own(where)
    if near:
        return near.zone
    if where.american:
        state = zones.state(where.state)
        return zones.of_state(state) if state else None
    if zones.country(where.country) == "CA" or (not where.country and where.state):
        return zones.of_province(where.state)
    return zones.of_country(where.country) if where.country else _of_name(where.city)


@lru_cache(maxsize=1024)
def _of_name(city: str) -> str | None:
    """The zone of all towns of a name."""
    found = {town.zone for town in gazetteer().towns(city) if town.size} if city else set()
    return found.pop() if len(found) == 1 else None


def gone(location: object, address: Address, place: Place | None) -> Gone:
    """Where one goes to, as it is stored."""
    return Gone(
        nobody(line(location)) or None,
        address.street or None,
        address.city or None,
        address.state or None,
        address.postal or None,
        place.lat if place else None,
        place.lng if place else None,
    )

"""Squares of half a degree over the earth, so that what is near is found by an index."""

from __future__ import annotations

import math
from typing import Final

MILES_A_DEGREE: Final = 69.05
"""Of latitude; of longitude it is this times the cosine of the latitude."""
_SIDE: Final = 0.5
_ACROSS: Final = 720


def cell(lat: float, lng: float) -> int:
    """The square in which a point lies."""
    row = min(math.floor((lat + 90) / _SIDE), 359)
    return row * _ACROSS + math.floor((lng + 180) / _SIDE) % _ACROSS


def cells(lat: float, lng: float, miles: float) -> list[int]:
    """The squares that a circle touches; it may cross the date line."""
    high = miles / MILES_A_DEGREE
    south, north = max(lat - high, -90.0), min(lat + high, 90.0)
    # Degrees of longitude are shortest at the edge that is nearer to a pole.
    narrow = math.cos(math.radians(min(max(abs(south), abs(north)), 89.0)))
    wide = min(miles / (MILES_A_DEGREE * narrow), 180.0)
    rows = range(math.floor((south + 90) / _SIDE), math.floor((north + 90) / _SIDE) + 1)
    first, last = math.floor((lng - wide + 180) / _SIDE), math.floor((lng + wide + 180) / _SIDE)
    columns = range(first, min(last, first + _ACROSS - 1) + 1)
    return sorted({min(r, 359) * _ACROSS + c % _ACROSS for r in rows for c in columns})


def miles_between(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """As the crow flies (haversine, mean radius of the earth)."""
    a, b = math.radians(lat), math.radians(other_lat)
    up, along = (b - a) / 2, math.radians(other_lng - lng) / 2
    chord = math.sin(up) ** 2 + math.cos(a) * math.cos(b) * math.sin(along) ** 2
    return 2 * 3958.8 * math.asin(math.sqrt(min(chord, 1.0)))

"""How a meeting can be attended: found out from what a row offers, never taken from what it says.

In person: at a place that is open and named. Online: by a link to a host that is known for
meetings, or by dialling in. Neither: inactive, and never shown to anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

Attendance = Literal["in_person", "online", "hybrid", "inactive"]

_PARTS: Final = 4
"""A whole address has as many: street, city, state, country."""
_POINT, _CORNERS = 2, 4
_STREET: Final = re.compile(r"^(?:[A-Z]?\d+[\w/-]*|one|two|three)\s+\S*[^\W\d]", re.IGNORECASE)
_STATE_ZIP: Final = re.compile(r"\b[A-Z]{2}\.?\s+\d{5}(?:-\d{4})?\b")
_YES: Final = frozenset({"yes", "true", "1"})
_NO: Final = frozenset({"no", "false", "0"})


def attended(*, there: bool, online: bool) -> Attendance:
    """From whether one can go, and whether one can join."""
    if there:
        return "hybrid" if online else "in_person"
    return "online" if online else "inactive"


def specific(row: Mapping[str, Any]) -> bool:
    """Whether a Meeting Guide row names a place that one can go to, not only a town."""
    numbers = _numbers(row.get("coordinates"))
    if numbers in {_POINT, _CORNERS}:
        return numbers == _POINT
    said = str(row.get("approximate", "")).strip().casefold()
    if said in _YES | _NO:
        return said in _NO
    whole = str(row.get("formatted_address") or "").strip()
    if whole:
        # Without its country, or with a comma missing, a street with house number is one still.
        return whole.count(",") + 1 >= _PARTS or bool(
            _STREET.match(whole) and _STATE_ZIP.search(whole)
        )
    # A house number, or a corner.
    return any(sign.isdigit() or sign == "&" for sign in str(row.get("address") or ""))


def _numbers(value: Any) -> int:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part.strip()]
    return len(value) if isinstance(value, list) else 0

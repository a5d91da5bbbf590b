"""Whom to call: the helpline that a BMLT server names for its area."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Final

_NUMBER: Final = re.compile(r"\+?\(?\d[\d ().-]{5,22}\d")
_LEAST_DIGITS: Final = 7


def helpline(bodies: bytes) -> str | None:
    """The number most of its service bodies give, the topmost of them first; None: there is none.

    The field may hold several and words between them: the first number counts.
    """
    try:
        rows = json.loads(bodies)
    except ValueError:
        return None
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    numbers: Counter[str] = Counter()
    for row in sorted(rows, key=lambda row: str(row.get("parent_id") or "0") != "0"):
        found = _NUMBER.search(str(row.get("helpline") or ""))
        if found and sum(c.isdigit() for c in found[0]) >= _LEAST_DIGITS:
            numbers[found[0]] += 1
    return numbers.most_common(1)[0][0] if numbers else None

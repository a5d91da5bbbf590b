"""Which tests run on both databases, and which on the one that falls to them by their name.

What is said of the store, and of places, alerts and messages in it, is tried on both. A talk, a
page or a whole process is the same code on either: half of its tests run on SQLite and half on
PostgreSQL, unless `--both` is asked for.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Final

import pytest

_ON_BOTH: Final = frozenset(
    """
    alerts at_once attendance backup calendars_kept danger_first delivery enrolling handover ledger
    lists_kept meeting_find migrations near near_plans orphans outbox plans programme rotation
    seats store storm tasks timetable tuning turn
    """.split()  # noqa: SIM905 - a list of words reads better so
)
_KINDS: Final = ("sqlite", "postgresql")
_KIND: Final = re.compile(r"(?<=[\[-])(sqlite|postgresql)(?=[\]-])")


def left_out(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """The variants that are left to the other database; a test made for one alone always runs."""
    variants: dict[tuple[str, str], dict[str, pytest.Item]] = {}
    for item in items:
        found = _KIND.search(item.name)
        if found is not None and item.path.stem.removeprefix("test_") not in _ON_BOTH:
            same = variants.setdefault((item.path.stem, _KIND.sub("", item.name)), {})
            same[found[1]] = item
    return {
        both[_KINDS[zlib.crc32("".join(name).encode()) % len(_KINDS)]]
        for name, both in variants.items()
        if len(both) == len(_KINDS)
    }

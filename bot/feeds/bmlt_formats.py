"""The formats of BMLT servers: each has its own, understood by their world-wide id."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from bot.feeds import codes
from bot.feeds.persons import nobody
from bot.feeds.prose import line
from bot.feeds.reading import Format, Raw, Vocabulary

VENUES: Final = frozenset({"VM", "HY", "HYBR", "TC"})
"""Virtual, hybrid, closed for now: these tell of the place, not of the meeting."""
_SPANISH: Final = re.compile(r"\b(?:spanish|espa[nñ]ol|castellano|hispanic)\b", re.IGNORECASE)


def is_format(row: Raw) -> bool:
    """Whether it is a format of a BMLT server."""
    return "key_string" in row and ("name_string" in row or "world_id" in row)


def vocabulary(rows: Iterable[Raw]) -> Vocabulary:
    """The formats, each with world-wide id and English name wherever one of its rows has them."""
    worlds: dict[str, str] = {}
    names: dict[str, str] = {}
    keys: dict[str, str] = {}
    for number, row in enumerate(rows):
        one = str(row.get("id") or f"#{number}")
        key, language = line(row.get("key_string"), 40), str(row.get("lang") or "en")
        worlds[one] = worlds.get(one) or line(row.get("world_id"), 20).upper()
        if language == "en":
            names[one] = nobody(line(row.get("name_string"), 60))
        if key and (language == "en" or key not in keys):
            keys[key] = one
    each = {one: Format(world, names.get(one, "")) for one, world in worlds.items()}
    return Vocabulary(each, {key: each[one] for key, one in keys.items()})


def formats(row: Raw, keys: Sequence[str], known: Vocabulary | None) -> list[Format]:
    """Those of a row, by number where the vocabulary has them, else by key."""
    if known is None:
        return []
    numbers = codes.written(row.get("format_shared_id_list"))
    if numbers and all(number in known.by_id for number in numbers):
        return [known.by_id[number] for number in numbers]
    found = (known.by_key.get(key) for key in keys)
    return [each for each in found if each is not None]


def meant(each: Iterable[Format], *, there: bool) -> codes.Said:
    """Labels, as the server has them in English, and kinds by the world-wide id."""
    return codes.gathered(filter(None, (_said(one, there=there) for one in each)))


def _said(one: Format, *, there: bool) -> tuple[str, ...]:
    book = codes.book("na")
    if book is None or one.world in VENUES or (not there and one.world in book.in_person):
        return ()
    if one.world == "LANG" and _SPANISH.search(one.name):
        return ("Spanish", "spanish")
    label, *kinds = book.codes.get(one.world, ("",)) if one.world not in book.languages else ("",)
    return (one.name or label, *kinds) if one.name or label else ()

"""Names of rows within their list, so that none takes the place of another."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Final

from bot.feeds import Dropped, Listing, Row
from bot.feeds.reading import Result

# When it was edited says nothing to who goes there.
_TELLING: Final = attrgetter(*(f.name for f in fields(Listing) if f.name != "updated_at"))


@dataclass(slots=True)
class Keys:
    """The names that were given already, and to what; eight bytes each."""

    _given: dict[int, int] = field(default_factory=dict)

    def row(self, result: Result) -> Row:
        """A row's listings under names of their own; dropped where all was there already."""
        if isinstance(result, Dropped):
            return Row(dropped=result)
        listings = tuple(one for one in map(self._own, result) if one is not None)
        if not listings:
            return Row(dropped=Dropped("repeated"))
        return Row(listings)

    def _own(self, one: Listing) -> Listing | None:
        """Another under the same name gets an ending, the same one in every copy of the list."""
        told, name = hash(_TELLING(one)), _mark(one.key)
        if name not in self._given:
            self._given[name] = told
            return one
        if self._given[name] == told:
            return None
        what = repr((one.name, one.day, one.minute, one.location, one.address, one.join_url))
        key = f"{one.key}~{_mark(what) & 0xFFFFFFFF:08x}"
        if _mark(key) in self._given:
            return None
        self._given[_mark(key)] = told
        return replace(one, key=key)


def _mark(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())

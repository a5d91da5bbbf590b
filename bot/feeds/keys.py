"""Names of rows within their list, so that none takes the place of another."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from bot.feeds import Dropped, Listing, Row
from bot.feeds.reading import Result


@dataclass(slots=True)
class Keys:
    """The hashes of the names that were given already, and of what they were given to."""

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
        told, name = hash(one.telling), hash(one.key)
        if name not in self._given:
            self._given[name] = told
            return one
        if self._given[name] == told:
            return None
        what = repr((one.name, one.day, one.minute, one.location, one.address, one.join_url))
        key = f"{one.key}~{_ending(what)}"
        if hash(key) in self._given:
            return None
        self._given[hash(key)] = told
        return one._replace(key=key)


def _ending(what: str) -> str:
    return hashlib.blake2b(what.encode("utf-8", "replace"), digest_size=8).hexdigest()[-8:]

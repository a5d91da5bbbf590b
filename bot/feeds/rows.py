"""A `Listing` as the row of a table: fitted to its columns, with what finds it and its digest."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import String

from bot.feeds import Listing
from storage.grid import cell
from storage.models import meeting

_GONE_TO: Final = ("in_person", "hybrid")
_JOINED: Final = ("online", "hybrid")
COLUMNS: Final = (*Listing._fields, "digest", "cell", "online_zone")
"""In what order a row carries them."""
AT: Final = {name: at for at, name in enumerate(COLUMNS)}
_WHOLE: Final = ("join_url", "url", "join_phone")
"""Cut short, these would lead nowhere, or to somebody else."""
_KEY_WIDTH: Final = meeting.c.key.type.length  # type: ignore[attr-defined]
_WIDTHS: Final = tuple(
    (AT[c.name], c.type.length, c.name in _WHOLE)
    for c in meeting.columns
    if c.name in Listing._fields and isinstance(c.type, String) and c.type.length
)


def digest(listing: Listing) -> str:
    """Forty characters that differ where anything differs that people are told."""
    return blake2b(repr(listing.telling).encode("utf-8", "replace"), digest_size=20).hexdigest()


def fitting(text: str, width: int) -> str:
    """Text that both databases take, no longer than its column."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()
    return text.replace("\0", "")[:width] if "\0" in text or len(text) > width else text


def key(listing: Listing) -> str:
    """Its key within the column's width; a long one keeps its beginning and stays its own."""
    text = fitting(listing.key, 10_000)
    if len(text) <= _KEY_WIDTH:
        return text
    return f"{text[: _KEY_WIDTH - 17]}~{blake2b(text.encode(), digest_size=8).hexdigest()}"


def row(listing: Listing, told: str | None = None) -> list[Any]:
    """The `COLUMNS` as JSON can carry them; `told` is its digest, where it is known already."""
    found: list[Any] = list(listing)
    for at, width, whole in _WIDTHS:
        text = found[at]
        if text and (len(text) > width or "\0" in text or not text.isascii()):
            found[at] = None if whole and len(text) > width else fitting(text, width)
    lat, lng, attendance = listing.lat, listing.lng, listing.attendance
    square = None
    if attendance in _GONE_TO and lat is not None and lng is not None:
        square = cell(lat, lng)
    else:
        found[AT["lat"]] = found[AT["lng"]] = None
    found[AT["key"]] = key(listing)
    updated = listing.updated_at
    found[AT["updated_at"]] = updated.isoformat() if updated else None
    found += (told or digest(listing), square, listing.zone if attendance in _JOINED else None)
    return found


def stored(values: list[Any]) -> dict[str, Any]:
    """What `row` made, after JSON, as the table takes it."""
    found = dict(zip(COLUMNS, values, strict=True))
    if found["updated_at"]:
        found["updated_at"] = datetime.fromisoformat(found["updated_at"])
    return found

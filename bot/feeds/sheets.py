"""Raw Google Sheets, with headers in plain language, as Meeting Guide rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bot.feeds.spellings import spellings


def headers(row: Any) -> tuple[str, ...]:
    """The names of the columns, as the Meeting Guide calls them."""
    if not isinstance(row, Sequence) or isinstance(row, str):
        return ()
    names = (re.sub(r"[^\w]+", "_", str(each).strip().casefold()).strip("_") for each in row)
    return tuple(spellings("headers").get(name, name) for name in names)


def named(columns: tuple[str, ...], row: Any) -> Any:
    """A row under its columns' names; what is no row stays as it is."""
    if not isinstance(row, Sequence) or isinstance(row, str):
        return row
    found: dict[str, Any] = {}
    for name, value in zip(columns, row, strict=False):
        # A second column of a name does not hide the first.
        if name and value not in ("", None) and name not in found:
            found[name] = value
    return found

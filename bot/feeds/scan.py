"""A file, read once through: what it is, where its rows are, which zone is usual in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bot.feeds import Kind, bmlt, meeting_guide, own_list, sheets
from bot.feeds.bmlt_formats import is_format
from bot.feeds.problems import problem
from bot.feeds.reading import Raw
from bot.feeds.stream import EMPTY, parts

_ZONE_HINTS: Final[dict[Kind, Callable[[Raw], str | None]]] = {
    "meeting_guide": meeting_guide.zone_hint,
    "bmlt": bmlt.zone_hint,
    "list": own_list.zone_hint,
}
_NAMED: Final = frozenset({"name", "slug", "group", "location"})
_TIMED: Final = frozenset(
    {"day", "time", "types", "formatted_address", "conference_url", "timeUTC"}
)
_SHEET: Final = "values"
_LOOKED_AT: Final = 50
"""Rows after which a list of something else is given up."""
_SUFFIXES: Final = ("_formats", "-formats")


@dataclass(slots=True)
class Scan:
    """What a file holds."""

    file: Path
    kind: Kind | None = None
    section: str = ""
    """The key under which its rows are; empty for a bare list."""
    count: int = 0
    zones: Counter[str] = field(default_factory=Counter)
    formats: list[Raw] = field(default_factory=list)
    """The vocabulary of a BMLT server, if it is in the file."""

    @property
    def stem(self) -> str:
        """The name of the list that it belongs to, if it is a vocabulary."""
        stem = self.file.stem
        return next((stem.removesuffix(end) for end in _SUFFIXES if stem.endswith(end)), stem)

    def usual(self) -> str | None:
        """The zone that most have."""
        return next((zone for zone, _ in self.zones.most_common(1)), None)


def scanned(file: Path) -> Scan:
    """Read a file through. Raises FeedError for what is no list of meetings, nor a vocabulary."""
    scan = Scan(file)
    try:
        sections = _read(scan)
    except OSError as error:
        raise problem(code="unreadable_file") from error
    if scan.kind is None and not scan.formats:
        _as_empty(scan, sections)
    return scan


def _read(scan: Scan) -> Counter[str]:
    """Fill in what is found; returns how many values each section has, 0 for an empty one."""
    seen: Counter[str] = Counter()
    for section, value in _values(scan.file):
        seen[section] += value is not EMPTY
        if scan.kind is None and seen[section] <= _LOOKED_AT:
            scan.kind = _kind(value)
            scan.section = section
        if isinstance(value, Mapping):
            if scan.kind is not None and section == scan.section:
                scan.zones.update(filter(None, (_ZONE_HINTS[scan.kind](value),)))
            elif is_format(value):
                scan.formats.append(value)
    scan.count = seen[scan.section]
    return seen


def _kind(row: Any) -> Kind | None:
    if not isinstance(row, Mapping) or is_format(row):
        return None
    if bmlt.is_row(row):
        return "bmlt"
    if own_list.is_row(row):
        return "list"
    return "meeting_guide" if row.keys() & _NAMED and row.keys() & _TIMED else None


def _as_empty(scan: Scan, sections: Counter[str]) -> None:
    """What a list without rows is; raises FeedError for what is no list."""
    if sections.keys() == {""} and not sections[""]:
        with closing(parts(scan.file)) as values:
            bare = next(values, None) == ("", EMPTY)
        if bare:
            scan.kind, scan.section = "meeting_guide", ""
            return
    if {"meetings", "formats"} <= sections.keys() and not sections["meetings"]:
        scan.kind, scan.section = "bmlt", "meetings"
        return
    raise problem(code="no_meetings")


def rows(file: Path, section: str) -> Generator[Any, None, None]:
    """The rows of a section. Raises FeedError."""
    for name, value in _values(file):
        if name == section and value is not EMPTY:
            yield value


def _values(file: Path) -> Generator[tuple[str, Any], None, None]:
    """As `parts`, with the rows of a sheet under the names of its columns."""
    columns: tuple[str, ...] | None = None
    for name, value in parts(file):
        if name != _SHEET or value is EMPTY:
            # PHP writes a list that has lost a row as an object, by numbers.
            yield ("" if name.isdecimal() else name), value
        elif columns is None and isinstance(value, list):
            columns = sheets.headers(value)
        else:
            yield name, sheets.named(columns or (), value)

"""Files sorted by what they are: lists of meetings, their vocabularies, and what is neither."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.feeds import (
    Defaults,
    Dropped,
    FeedError,
    Kind,
    Row,
    bmlt,
    bmlt_formats,
    meeting_guide,
    own_list,
    spellings,
)
from bot.feeds.keys import Keys
from bot.feeds.problems import problem
from bot.feeds.reading import About, Raw, Result, Vocabulary
from bot.feeds.scan import Scan, rows, scanned

VERSION: Final = "1"
"""Of our reading: with another one, rows that have not changed are read anew."""

_READERS: Final[dict[Kind, Callable[[Raw, About], Result]]] = {
    "meeting_guide": meeting_guide.listings,
    "bmlt": bmlt.listings,
    "list": own_list.listings,
}
_NOTHING: Final = Dropped("no_meeting")


@dataclass(frozen=True, slots=True)
class List:
    """A list of meetings in a file, with its vocabulary if it has one."""

    name: str
    kind: Kind
    files: tuple[Path, ...]
    count: int
    """How many rows it has."""
    section: str = ""
    usual: str | None = None
    """The zone of most of its meetings that one can go to."""
    vocabulary: Vocabulary | None = field(default=None, repr=False)

    @property
    def reading(self) -> str:
        """Changes where the same rows may come out otherwise."""
        said = repr((self.vocabulary, self.usual)).encode()
        return f"{VERSION}-{spellings.edition()}-{hashlib.blake2b(said, digest_size=6).hexdigest()}"

    def rows(self, defaults: Defaults) -> Iterator[Row]:
        """Every row, in order: what it came to, or why it is left out. Raises FeedError."""
        about = About(defaults.fellowship, defaults.zone, self.usual, self.vocabulary)
        read, keys = _READERS[self.kind], Keys()
        with closing(rows(self.files[0], self.section)) as each:
            for raw in each:
                yield keys.row(read(raw, about) if isinstance(raw, dict) and raw else _NOTHING)


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is no list of meetings that we read."""

    name: str
    error: FeedError


@dataclass(frozen=True, slots=True)
class Files:
    """What came of files."""

    lists: tuple[List, ...]
    refused: tuple[Refused, ...]


def read(files: Sequence[Path]) -> Files:
    """Sort files. A BMLT vocabulary goes to its list, given with it or lying beside it.

    What is no list is refused, each with its reason, and spoils no other.
    """
    scans: list[Scan] = []
    refused: list[Refused] = []
    for file in files:
        try:
            scans.append(scanned(file))
        except FeedError as error:
            refused.append(Refused(file.stem, error))
    lists = [scan for scan in scans if scan.kind is not None]
    loose = [scan for scan in scans if scan.kind is None]
    words = [_vocabulary(scan, loose, lists) for scan in lists]
    taken = {each.file for each in words if each is not None}
    refused += [
        Refused(each.file.stem, problem(code="vocabulary"))
        for each in loose
        if each.file not in taken
    ]
    return Files(tuple(map(_list, lists, words)), tuple(refused))


def _list(scan: Scan, words: Scan | None) -> List:
    formats = words.formats if words else scan.formats
    return List(
        name=scan.file.stem,
        kind=scan.kind or "meeting_guide",
        files=(scan.file, words.file) if words else (scan.file,),
        count=scan.count,
        section=scan.section,
        usual=scan.usual(),
        vocabulary=bmlt_formats.vocabulary(formats) if formats else None,
    )


def _vocabulary(scan: Scan, loose: Sequence[Scan], lists: Sequence[Scan]) -> Scan | None:
    """The file with its formats.

    By the beginning of its name, the longest first; else the only one for an only list; else what
    lies beside it.
    """
    if scan.kind != "bmlt":
        return None
    named = [each for each in loose if each.stem and scan.file.stem.startswith(each.stem)]
    if named:
        return max(named, key=lambda each: len(each.stem))
    if len(loose) == 1 and sum(each.kind == "bmlt" for each in lists) == 1 and not scan.formats:
        return loose[0]
    beside = scan.file.with_name(f"{scan.file.stem}_formats{scan.file.suffix}")
    try:
        words = scanned(beside) if beside.is_file() else None
    except FeedError:
        return None
    return words if words is not None and words.kind is None else None

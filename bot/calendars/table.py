"""A table of sessions (CSV): a row is one time. All that is wrong is said by row and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from bot.calendars import kinds
from bot.calendars.hand import read_link, read_time
from bot.calendars.occurrence import (
    MOST_PLACES,
    NAME,
    PLACE,
    TITLE,
    CalendarError,
    Occurrence,
    Read,
    refuse,
)
from handlers import moments
from handlers.programme import KINDS

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date", "day", "fecha", "start date"),
    "start": ("start", "from", "time", "begins", "hora", "inicio", "start time"),
    "end": ("end", "to", "until", "ends", "fin", "end time"),
    "minutes": ("minutes", "length", "duration", "minutos"),
    "title": ("title", "name", "subject", "session", "titulo", "título"),
    "kind": ("kind", "type", "category", "tipo"),
    "place": ("place", "room", "location", "lugar"),
    "link": ("link", "url", "enlace"),
    "facilitator": ("facilitator", "leader", "led by", "facilita"),
    "capacity": ("capacity", "places", "max", "cupo"),
    "series": ("series", "group", "serie", "grupo"),
    "status": ("status", "state", "estado"),
}
"""What each column may be called."""
_NEEDED: Final = ("date", "start", "title")
_MOST_ROWS: Final = 5000
_MOST_SAID: Final = 12
_LONGEST: Final = 12 * 60
_OFF: Final = ("cancelled", "canceled", "cancelada", "cancelado")
_DAYS: Final = (
    r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
    r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
)


def read(text: str, zone: str, since: datetime, until: datetime) -> Read:
    """The times in a table that start from a moment until before another; raises CalendarError.

    Its hours are of the zone. Rows of one `series` (else of one title) belong together.
    """
    rows = _rows(text)
    names = _named(next(rows, []))
    wrong: list[str] = []
    found: dict[tuple[str, str], Occurrence] = {}
    for number, cells in enumerate(rows, start=2):
        if number > _MOST_ROWS:
            refuse("too_many", f"it has more than {_MOST_ROWS} rows")
        row = {name: " ".join(cells[at].split()) for at, name in names.items() if at < len(cells)}
        if not any(row.values()):
            continue
        try:
            each = _occurrence(row, zone)
        except CalendarError as error:
            wrong.append(f"row {number}: {error}")
            continue
        if since <= each.start < until:
            found[each.series, each.key] = each
    if wrong:
        more = [f"and {len(wrong) - _MOST_SAID} more rows"] if len(wrong) > _MOST_SAID else []
        refuse("rows", "\n".join([*wrong[:_MOST_SAID], *more]))
    return Read(sorted(found.values(), key=lambda each: (each.start, each.series, each.key)))


def _rows(text: str) -> Iterator[list[str]]:
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=mark)
    except csv.Error:
        refuse("unreadable", "it can't be read as a table: is a quotation mark left open?")


def _named(header: list[str]) -> dict[int, str]:
    """Which column is at which place; raises CalendarError where one is missing."""
    called = {each: name for name, known in COLUMNS.items() for each in known}
    found: dict[int, str] = {}
    for at, cell in enumerate(header):
        name = called.get(" ".join(cell.strip("\ufeff ").casefold().replace("_", " ").split()))
        if name is not None and name not in found.values():
            found[at] = name
    missing = [name for name in _NEEDED if name not in found.values()]
    if not {"end", "minutes"} & set(found.values()):
        missing.append("end (or minutes)")
    if missing:
        refuse(
            "columns",
            f"the first row names the columns, and there is no {', no '.join(missing)}; "
            f"it may name {', '.join(COLUMNS)}",
        )
    return found


def _occurrence(row: Mapping[str, str], zone: str) -> Occurrence:
    day, at = _day(row.get("date", "")), read_time(row.get("start", ""), "start")
    start = moments.local(day, at, zone)
    end = _end(row, day, start, zone)
    title = row.get("title", "")
    if not title:
        refuse("title", "title is empty")
    kind, named = row.get("kind", ""), kinds.said([row.get("kind", "")])
    if kind and named is None:
        refuse("kind", f"kind is one of {', '.join(KINDS)}")
    return Occurrence(
        (row.get("series") or title).casefold()[:255],
        f"{start:%Y%m%dT%H%M%SZ}",
        start,
        end,
        zone,
        title[:TITLE],
        named or kinds.of(title),
        place=row.get("place", "")[:PLACE] or None,
        link=read_link(row.get("link", "")),
        facilitator=row.get("facilitator", "")[:NAME] or None,
        capacity=_capacity(row.get("capacity", "")),
        cancelled=row.get("status", "").casefold() in _OFF,
    )


def _day(text: str) -> date:
    found = next(filter(None, (re.fullmatch(form, text) for form in _DAYS)), None)
    try:
        return date(*(int(found[part]) for part in "ymd")) if found else date.fromisoformat("")
    except ValueError:
        refuse("date", "date is a day like 2026-11-23 or 11/23/2026")


def _end(row: Mapping[str, str], day: date, start: datetime, zone: str) -> datetime:
    minutes = row.get("minutes", "")
    if row.get("end"):
        end = moments.local(day, read_time(row["end"], "end"), zone)
        if end <= start:
            # Past midnight.
            end = moments.local(day + timedelta(days=1), read_time(row["end"], "end"), zone)
    else:
        length = int(minutes) if minutes.isdecimal() and minutes.isascii() else 0
        if not 1 <= length <= _LONGEST:
            refuse("minutes", f"minutes is a whole number from 1 to {_LONGEST}")
        end = start + timedelta(minutes=length)
    if end - start > timedelta(minutes=_LONGEST):
        refuse("end", "end is more than 12 hours after the start")
    return end


def _capacity(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_PLACES):
        refuse("capacity", f"capacity is a whole number from 1 to {MOST_PLACES}")
    return int(text)

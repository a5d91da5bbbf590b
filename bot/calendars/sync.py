"""Calendars on their way in: from files, and from their addresses once an hour.

A calendar is read as a whole before anything is written: one that comes back as a web page, cut
off, empty, or without much of what was planned leaves the last good copy as it is.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Row

from bot.calendars import enrolling, keep, reading, table
from bot.calendars.keep import Changes
from bot.calendars.occurrence import CalendarError, Occurrence, Read, refuse
from bot.feeds import FeedError, pace
from bot.feeds.fetch import NEW, Answer, Mark, Site
from bot.feeds.hands import Hands
from handlers import moments
from storage import enrolments, staff, timetable

_log = logging.getLogger("companion.calendars")

EDITION: Final = "1"
"""Of how calendars are read: what another one read is read again."""
BACK: Final = timedelta(days=60)
AHEAD: Final = enrolling.AHEAD
FILE_AHEAD: Final = timedelta(days=400)
"""A file does not come again by itself: its sessions are kept for longer."""
_SESSIONS: Final = 50
_CHANGED: Final = 8
"""Of one step: who holds a place hears of each, and meanwhile SQLite lets nobody else write."""
_PEOPLE: Final = 5
_MOST_GONE: Final = 0.4
_FEW: Final = 5
_OF_SERIES: Final = ("kind", "title", "place", "link", "facilitator", "capacity", "staff_id")
_FROM_FETCH: Final = {
    "timeout": "the site takes too long to answer",
    "unreachable": "the site can't be reached",
    "truncated": "it ends in the middle",
    "too_big": reading.WORDS["too_big"],
    "not_https": "its address, or one that it sends us to, is not https",
    "refused": "the site does not let us read it: is the secret address still the right one?",
    "not_found": "there is nothing at that address any more (404)",
    "away": "the site answers with an error of its own",
}
WORDS: Final = {
    **reading.WORDS,
    **_FROM_FETCH,
    "shrunk": "much of what was planned is no longer in it; if that is meant, import it by hand",
    "failed": "it could not be read; the log says why",
}
"""What staff read of why a calendar is not taken."""


@dataclass(slots=True)
class Taken:
    """How it went with a calendar."""

    name: str
    new: int = 0
    changed: int = 0
    cancelled: int = 0
    sessions: int = 0
    """How many it has in all."""
    series: int = 0
    people: int = 0
    """Whose seats are others than before."""
    unchanged: bool = False
    """It is the copy that we have."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    refused: CalendarError | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What a calendar is called, of which kind it is, and whether somebody has looked at it."""

    name: str
    kind: str
    zone: str
    by_hand: bool = False


def span(now: datetime, zone: str, ahead: timedelta) -> tuple[datetime, datetime]:
    """From the first to behind the last day that is kept."""
    first, last = (moments.today(at, zone) for at in (now - BACK, now + ahead))
    return moments.local(first, time.min, zone), moments.local(last, time.min, zone)


def read(data: bytes, kind: str, zone: str, since: datetime, until: datetime) -> Read:
    """What is in a file; raises CalendarError."""
    if kind == "csv":
        if len(data) > reading.LARGEST:
            raise reading.problem(code="too_big")
        return table.read(reading.decoded(data), zone, since, until)
    return reading.read(data, zone, since, until)


def import_file(hands: Hands, source: Source, data: bytes, now: datetime) -> Taken:
    """Take a file under a name: a newer copy takes the place of the older. Raises CalendarError."""
    since, until = span(now, source.zone, FILE_AHEAD)
    found = read(data, source.kind, source.zone, since, until)
    fresh = {"digest": _digest(data, source.zone), "good_at": now, "checked_at": now}
    return bring(hands, source, found, now, until, {**fresh, "problem": None, "failures": 0})


def bring(
    hands: Hands, source: Source, found: Read, now: datetime, until: datetime, fresh: dict[str, Any]
) -> Taken:
    """Write what was read; raises CalendarError where it is not believed."""
    row = hands.read(lambda tx: timetable.calendar_named(tx, source.name))
    known = hands.read(lambda tx: timetable.series_of(tx, row.id)) if row is not None else {}
    wanted = _by_series(found.occurrences)
    staffed = _staffed(hands)
    plans = {}
    for key in [*wanted, *(each for each in known if each not in wanted)]:
        there = known.get(key)
        rows = _sessions(hands, there)
        own = there.own if there is not None else {}
        values = [keep.values(each, own, staffed) for each in wanted.get(key, [])]
        plans[key] = (rows, keep.differences(rows, values, now, until))
    if not source.by_hand:
        _refuse_shrunk(plans.values(), now)
    settled = {"name": source.name, "kind": source.kind, "zone": source.zone}
    number = hands.do("schedule_settle", settled)["calendar"]
    taken = Taken(source.name, sessions=len(found.occurrences), series=len(wanted))
    taken.dropped, taken.notes = found.dropped, found.notes
    touched: set[int] = set()
    for key, (_, changes) in plans.items():
        which = _settle_series(hands, number, key, known.get(key), wanted.get(key, []), now)
        if changes:
            touched |= _write(hands, which, changes, now, taken)
    for some in _parts(sorted(touched), _PEOPLE):
        taken.people += hands.do("schedule_follow", {"people": some})["touched"]
    told = {"dropped": dict(found.dropped), **_plain(fresh)}
    hands.do("schedule_change", {"calendar": number, "change": told})
    return taken


def _sessions(hands: Hands, series: Row[Any] | None) -> list[Row[Any]]:
    if series is None:
        return []
    return hands.read(lambda tx: timetable.of_series(tx, series.id))


def _by_series(found: Iterable[Occurrence]) -> dict[str, list[Occurrence]]:
    series = defaultdict(list)
    for each in found:
        series[each.series].append(each)
    return series


def _staffed(hands: Hands) -> keep.Staff:
    @cache
    def named(name: str) -> int | None:
        row = hands.read(lambda tx: staff.by_name(tx, name))
        return row.id if row is not None else None

    return named


def _refuse_shrunk(plans: Iterable[tuple[list[Row[Any]], Changes]], now: datetime) -> None:
    """Raise CalendarError where much of what was planned would go at once."""
    planned = gone = 0
    for rows, changes in plans:
        planned += sum(row.state == "planned" and row.starts_at > now for row in rows)
        gone += len(changes.gone)
    if gone >= _FEW and gone > planned * _MOST_GONE:
        refuse("shrunk", WORDS["shrunk"])


def _settle_series(
    hands: Hands,
    number: int,
    key: str,
    there: Row[Any] | None,
    times: list[Occurrence],
    now: datetime,
) -> int:
    """The number of a series, changed only where it is another than before."""
    values: dict[str, Any] = {"active": any(t.end > now and not t.cancelled for t in times)}
    if times:
        usual = Counter(
            (t.kind, t.title, t.place, t.link, t.facilitator, t.capacity) for t in times
        )
        values |= dict(zip(_OF_SERIES, usual.most_common(1)[0][0], strict=False))
    if there is not None and all(getattr(there, name) == v for name, v in values.items()):
        return int(there.id)
    given = {"calendar": number, "key": key, "values": values}
    if there is None or times:
        return int(hands.do("schedule_series", given)["series"])
    hands.do("schedule_ended", {"series": there.id})
    return int(there.id)


def _write(hands: Hands, series: int, changes: Changes, now: datetime, taken: Taken) -> set[int]:
    """Write the changes of a series, some at a time; returns whom they concern."""
    touched: set[int] = set()
    taken.new += len(changes.new)
    taken.changed += len(changes.changed)
    taken.cancelled += len(changes.gone)
    changed: list[tuple[str, Any]]
    changed = [("changed", [which, keep.plain(row)]) for which, row in changes.changed.items()]
    changed += [("gone", which) for which in changes.gone]
    new = [("new", keep.plain(row)) for row in changes.new]
    for some in (*_parts(changed, _CHANGED), *_parts(new, _SESSIONS)):
        step: dict[str, Any] = {"series": series, "new": [], "changed": [], "gone": []}
        for what, value in some:
            step[what].append(value)
        touched |= set(hands.do("schedule_put", step)["people"])
    return touched | set(hands.read(lambda tx: enrolments.concerned(tx, series, now)))


def _parts(those: list[Any], most: int) -> Iterator[list[Any]]:
    for at in range(0, len(those), most):
        yield those[at : at + most]


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in values.items()}


def _digest(data: bytes, zone: str) -> str:
    return hashlib.sha256(f"{EDITION} {zone} ".encode() + data).hexdigest()


def fetch_one(hands: Hands, name: str, now: datetime, site: Site | None = None) -> Taken:
    """Fetch a calendar and take it; why it is not taken is written down, and what was stays."""
    row = hands.read(lambda tx: timetable.calendar_named(tx, name))
    if row is None or not row.url:
        return Taken(name, refused=CalendarError("no_address", "it has no address"))
    try:
        with tempfile.TemporaryDirectory(prefix="calendar") as folder:
            return _fetch(hands, row, now, site or Site(Path(folder)))
    except CalendarError as error:
        refused = error
    except FeedError as error:
        refused = CalendarError(error.code, _FROM_FETCH.get(error.code, str(error)))
    except Exception:  # noqa: BLE001 - one calendar must not hold back the others
        _log.exception("calendar_failed")
        refused = CalendarError("failed", WORDS["failed"])
    failures = row.failures + 1
    due = pace.after_failure(now, failures)
    change = {"problem": refused.code[:40], "failures": failures, "checked_at": now, "due_at": due}
    hands.do("schedule_change", {"calendar": row.id, "change": _plain(change)})
    return Taken(name, refused=refused)


def _fetch(hands: Hands, row: Row[Any], now: datetime, site: Site) -> Taken:
    # Once a day it is read whole, changed or not: another day has come within reach.
    today = row.good_at is not None and _same_day(row.good_at, now, row.zone)
    mark = Mark(row.etag, row.last_modified) if today else NEW
    url = row.url.replace("webcal://", "https://", 1)
    answer = asyncio.run(site.get(url, "calendar.ics", mark, reading.LARGEST))
    fresh: dict[str, Any] = {
        "checked_at": now,
        "due_at": pace.after(now, pace.HOUR),
        "problem": None,
        "failures": 0,
    }
    data = b"" if answer.unchanged else answer.file.read_bytes()
    digest = _digest(data, row.zone)
    if answer.unchanged or (today and digest == row.digest):
        hands.do("schedule_change", {"calendar": row.id, "change": _plain(fresh)})
        return Taken(row.name, unchanged=True)
    since, until = span(now, row.zone, AHEAD)
    found = read(data, "ics", row.zone, since, until)
    fresh |= {"digest": digest, "good_at": now, **_marks(answer)}
    return bring(hands, Source(row.name, "ics", row.zone), found, now, until, fresh)


def _marks(answer: Answer) -> dict[str, Any]:
    return {"etag": answer.mark.etag, "last_modified": answer.mark.last_modified}


def _same_day(one: datetime, other: datetime, zone: str) -> bool:
    return moments.today(one, zone) == moments.today(other, zone)


def fetch_due(hands: Hands, now: Callable[[], datetime]) -> list[Taken]:
    """Fetch what is due, one after the other; each is taken by one process only."""
    due = hands.read(lambda tx: timetable.due_calendars(tx, now()))
    names = pace.claimed(hands, "schedule_claim", due, now)
    return [fetch_one(hands, name, now()) for name in names]

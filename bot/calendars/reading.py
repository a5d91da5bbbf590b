"""A calendar file (iCalendar, RFC 5545), read into the times that it means.

What can't be read is left out and counted, or the whole file is refused in words; whatever the
bytes are, nothing else is raised.
"""

from __future__ import annotations

import re
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import recurring_ical_events
from icalendar import Calendar
from icalendar.timezone import tzp

from bot.calendars import details, rules, zones
from bot.calendars.occurrence import CalendarError, Occurrence, Read

LARGEST: Final = 5_000_000
"""Bytes. A clinic's calendar of ten years is a tenth of it."""
MOST: Final = 1500
"""Times of one series: one that comes more often is no session."""
MOST_ALL: Final = 20_000
_SECONDS: Final = 60
"""So long all rules of a file are worked at."""
_LONGEST: Final = timedelta(hours=24)
_SPLIT: Final = re.compile(r"_R\d{8}(?:T\d{6}Z?)?(?=@|$)")
"""What Google puts into a UID where "this and following" were changed: it is the same series."""

WORDS: Final = {
    "empty": "there is nothing in it",
    "html": "it is a web page, not a calendar; is the address the one for iCal (.ics)?",
    "not_ics": "it is no calendar file: it does not begin with BEGIN:VCALENDAR",
    "truncated": "it ends in the middle",
    "no_events": "there is no event in it",
    "unreadable": "it can't be read",
    "too_big": "it is larger than 5 MB; export less of the past",
    "zone": "its time zones follow rules that no zone has",
    "slow": "its rules take too long to work out",
    "too_many": "it has more sessions than a clinic can hold",
}


def problem(code: str) -> CalendarError:
    """Why a calendar is not taken."""
    return CalendarError(code, WORDS[code])


def read(data: bytes, zone: str, since: datetime, until: datetime) -> Read:
    """All times that start from a moment until before another; raises CalendarError.

    `zone` is of what has none of its own (floating times, whole days), unless the file names one.
    """
    try:
        with warnings.catch_warnings():
            # Old forms are read as they are meant; nobody here could mend them.
            warnings.simplefilter("ignore")
            return _Reading(_calendars(data), zone, since, until).run()
    except CalendarError:
        raise
    except RecursionError:
        raise problem(code="unreadable") from None
    except Exception:  # noqa: BLE001 - the libraries raise whatever a byte out of place leads to
        raise problem(code="unreadable") from None


def _calendars(data: bytes) -> list[Any]:
    if len(data) > LARGEST:
        raise problem(code="too_big")
    text = decoded(data).strip("\ufeff \t\r\n\0")
    if not text:
        raise problem(code="empty")
    if text.startswith("<"):
        raise problem(code="html")
    if not text[:15].upper().startswith("BEGIN:VCALENDAR"):
        raise problem(code="not_ics")
    if not text[-13:].upper().endswith("END:VCALENDAR"):
        raise problem(code="truncated")
    # A zone of one file must not stand for one of the same name in the next.
    tzp.use_zoneinfo()
    found = Calendar.from_ical(text, multiple=True)
    if not found:
        raise problem(code="unreadable")
    return list(found)


def decoded(data: bytes) -> str:
    """The text of a file, in whichever of the usual encodings it is."""
    for name in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


@dataclass(slots=True)
class _Reading:
    calendars: list[Any] = field(repr=False)
    zone: str
    since: datetime
    until: datetime
    dropped: Counter[str] = field(default_factory=Counter)

    def run(self) -> Read:
        found: dict[tuple[str, str], Occurrence] = {}
        ends, any_event = time.monotonic() + _SECONDS, False
        for calendar in self.calendars:
            if rules.is_odd_zone(calendar):
                raise problem(code="zone")
            zone = zones.named(str(calendar.get("X-WR-TIMEZONE", ""))) or self.zone
            off = str(calendar.get("METHOD", "")).upper() == "CANCEL"
            for uid, events in _by_uid(calendar).items():
                any_event = True
                if time.monotonic() > ends:
                    raise problem(code="slow")
                for each in self._series(uid, events, zone, off=off):
                    found[each.series, each.key] = each
                if len(found) > MOST_ALL:
                    raise problem(code="too_many")
        if not any_event:
            raise problem(code="no_events")
        order = sorted(found.values(), key=lambda each: (each.start, each.series, each.key))
        return Read(order, dict(self.dropped), self._notes())

    def _notes(self) -> list[str]:
        if not self.dropped["zone"]:
            return []
        return ["some times name a zone that nobody knows: they are read as the clinic's"]

    def _series(self, uid: str, events: list[Any], zone: str, *, off: bool) -> list[Occurrence]:
        """The times of one series; none, and why is counted, where it can't be read."""
        try:
            why = next(filter(None, map(rules.refused, events)), None)
            if why is not None:
                self.dropped[why] += 1
                return []
            whole = Calendar()
            whole.subcomponents = list(events)
            times = recurring_ical_events.of(whole).between(self.since - _LONGEST, self.until)
            if len(times) > MOST:
                self.dropped["too_often"] += 1
                return []
            again = len(events) > 1 or any("RRULE" in e or "RDATE" in e for e in events)
            core = next((each for each in events if "RECURRENCE-ID" not in each), None)
            usual = details.of(core) if core is not None else None
            return list(self._times(uid, times, zone, usual, again=again, off=off))
        except Exception:  # noqa: BLE001 - one that can't be read must not hold back the others
            self.dropped["unreadable"] += 1
            return []

    def _times(
        self,
        uid: str,
        times: list[Any],
        zone: str,
        usual: details.Details | None,
        *,
        again: bool,
        off: bool,
    ) -> Iterator[Occurrence]:
        for each in times:
            begins, ends = each["DTSTART"].dt, each["DTEND"].dt
            here = zones.zone_of(each["DTSTART"], begins) or zone
            if zones.is_lost(each["DTSTART"]):
                self.dropped["zone"] += 1
            start = zones.moment(begins, here)
            end = zones.end(begins, ends, start, here)
            if not self.since <= start < self.until:
                continue
            all_day = not isinstance(begins, datetime)
            if end <= start:
                self.dropped["no_length"] += 1
                continue
            if end - start > _LONGEST and not all_day:
                self.dropped["too_long"] += 1
                continue
            key = zones.key(each["RECURRENCE-ID"].dt, here) if again else "once"
            told = details.of(each, usual)
            yield Occurrence(
                uid,
                key,
                start,
                end,
                here,
                told.title,
                told.kind,
                all_day,
                told.place,
                told.link,
                told.facilitator,
                told.capacity,
                cancelled=told.cancelled or off,
            )


def _by_uid(calendar: Any) -> dict[str, list[Any]]:
    found = defaultdict(list)
    for event in calendar.walk("VEVENT"):
        found[details.uid(event, _SPLIT)].append(event)
    return found

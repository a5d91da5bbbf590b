"""A list of the clinic's own, or SMART Recovery's: online, each with its next start in UTC.

What a row says of its schedule is in UTC too, and shifts by an hour twice a year: the hour that
stays is that of the place it is held from.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from bot.feeds import Dropped, attendance, clock, codes, joining, links, remarks, where, zones
from bot.feeds.each_day import each_day
from bot.feeds.persons import named, nobody, notes
from bot.feeds.prose import line
from bot.feeds.reading import NO_WAY, NOWHERE, About, Begins, Joined, Named, Raw, Result

_SMART: Final = "smartrecovery.org"
_WEEKLY: Final = re.compile(
    r"\s*every\s+(?:sun|mon|tues|wednes|thurs|fri|satur)day\b", re.IGNORECASE
)
_HOURS: Final = re.compile(
    r"(\d{1,2}:\d{2}\s*[AP]M)\s*(?:to|-|–)\s*(\d{1,2}:\d{2}\s*[AP]M)", re.IGNORECASE
)
_FAMILY: Final = re.compile(r"\bfamily\b|\bfamilia", re.IGNORECASE)
_FOR: Final = {
    "women": "women",
    "men": "men",
    "lgbtq": "lgbtq",
    "lgbtq+": "lgbtq",
    "lgbtqia+": "lgbtq",
    "young adults": "young",
    "young adults (18-30)": "young",
    "spanish": "spanish",
}
"""Audiences and languages, as our own kinds."""
_EVERYBODY: Final = frozenset({"adults", "only", "english", ""})
"""Says nothing more; "only" is cut off a tag with a comma in it."""


def is_row(row: Raw) -> bool:
    """Whether it is a meeting of such a list."""
    return "utcStart" in row


def listings(row: Raw, about: About) -> Result:
    """Its `Listing`, or why there is none."""
    program = named(row.get("program"))
    name = named(row.get("name")) or program
    if not name:
        return Dropped("no_name")
    starts = clock.instant(row.get("utcStart")) if row.get("utcStart") else None
    if starts is None:
        return Dropped("bad_time" if row.get("utcStart") else "no_time")
    zone = zone_hint(row) or about.zone or about.usual
    if zone is None:
        return Dropped("no_zone")
    local = starts.astimezone(ZoneInfo(zone))
    schedule = line(row.get("schedule"))
    begins = Begins((local.isoweekday() % 7,), local.hour * 60 + local.minute, _lasts(schedule))
    page = links.page(row.get("detailUrl"))
    joined = NO_WAY if remarks.closed(name)[0] else _joined(row, page)
    online = joined != NO_WAY or (page is not None and not remarks.closed(name)[0])
    tags = [] if program.casefold() == name.casefold() else [program]
    tags += [nobody(each[:60]) for key in ("audiences", "languages") for each in _tags(row, key)]
    said = codes.gathered(_said(tag) for tag in tags if tag.casefold() not in _EVERYBODY)
    family = ("family",) if any(_FAMILY.search(each) for each in (name, *tags)) else ()
    kinds = dict.fromkeys((*said.kinds, *family, *remarks.for_these_alone(name)))
    weekly = (not schedule or bool(_WEEKLY.match(schedule))) and remarks.weekly(name)
    return each_day(
        line(row.get("id"), 60) or f"{name}-{starts:%w-%H-%M}",
        about.fellowship or ("smart" if _is_smart(page) else None),
        Named(name, None, weekly, tuple(kinds), said.labels, notes(row.get("notes")) or None),
        begins,
        zone,
        (attendance.attended(there=False, online=online), NOWHERE, joined),
        page,
    )


def zone_hint(row: Raw) -> str | None:
    """Of the host's place. Some rows have the names of hosts there: these are no places."""
    said = zones.zone(row.get("timezone"))
    city, state = line(row.get("hostCity"), 120), zones.state(row.get("hostState"))
    if state is None:
        city, _, last = line(row.get("titleLocation"), 200).rpartition(",")
        state = zones.state(last.strip())
    if said or state is None:
        return said
    found = where.of_town(city.strip(), state) if city.strip() else None
    return found.zone if found else zones.of_state(state)


def _lasts(schedule: str) -> int:
    hours = _HOURS.search(schedule)
    begins, ends = (clock.minute(hours[1]), clock.minute(hours[2])) if hours else (None, None)
    return clock.length(begins, ends) if begins is not None else clock.USUAL


def _joined(row: Raw, page: str | None) -> Joined:
    join = links.join(row.get("pathminderUrl"), gates=True) or links.join(row.get("joinUrl"))
    dial, code = joining.dialled(row.get("phone")), joining.passcode(row.get("passcode"))
    if not join and not dial:
        # Its own page lets in too, where the list has no straight link.
        return Joined(page, None, None) if _is_smart(page) else NO_WAY
    return Joined(join, dial, f"Passcode: {code}" if code else None)


def _tags(row: Raw, key: str) -> list[str]:
    """Whom it is for; a tag may have a comma in it, so a list is taken as it is."""
    tags = row.get(key)
    return (
        [line(each) for each in tags[: codes.MOST]]
        if isinstance(tags, list)
        else codes.written(tags)
    )


def _said(tag: str) -> tuple[str, ...]:
    kind = _FOR.get(tag.casefold())
    return (tag, kind) if kind else (tag,)


def _is_smart(page: str | None) -> bool:
    host = urlsplit(page).hostname or "" if page else ""
    return host == _SMART or host.endswith(f".{_SMART}")

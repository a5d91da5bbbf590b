"""Meeting Guide rows: Alcoholics Anonymous and the many that use the same plugin.

A day is 0 for Sunday. Source of the fields: the Meeting Guide specification.
"""

from __future__ import annotations

import hashlib
from typing import Final
from zoneinfo import ZoneInfo

from bot.feeds import Dropped, attendance, clock, codes, joining, links, remarks, where, zones
from bot.feeds.each_day import each_day
from bot.feeds.persons import named, notes
from bot.feeds.prose import line, plain
from bot.feeds.reading import NO_WAY, NOWHERE, About, Begins, Joined, Named, Raw, Result

_NOTES: Final = ("location_notes", "notes", "group_notes")
_TYPES: Final = ("types", "type", "formats", "features", "communities", "languages")
_LIKE_ITSELF: Final = (
    "name",
    "day",
    "time",
    "location",
    "address",
    "formatted_address",
    "conference_url",
)
"""What tells a row from others that has no name of its own."""


def listings(row: Raw, about: About) -> Result:
    """One `Listing` for each of its days, or why there is none."""
    name = named(row.get("name")) or named(row.get("group")) or named(row.get("location"))
    if not name:
        return Dropped("no_name")
    said = line(row.get("name"), 400)
    types = [code for key in _TYPES if key in row for code in codes.written(row[key])]
    off, shut = remarks.closed(
        f"{said} | {line(row.get('group'))}", plain(row.get("notes")), plain(row.get("group_notes"))
    )
    joined = NO_WAY if off else _joined(row)
    there = attendance.specific(row) and not shut and not codes.shut(types)
    address = where.split(row)
    there = there and any((address.street, address.city, row.get("location")))
    place = where.believed(where.point(row), address) if there else None
    zone = _zone(row, about, place, address)
    if zone is None:
        return Dropped("no_zone")
    begins = _begins(row, zone)
    if isinstance(begins, Dropped):
        return begins
    meant = codes.said(about.fellowship, types, there=there)
    told = notes(*(joining.without(row.get(key)) for key in _NOTES))
    kinds = dict.fromkeys((*meant.kinds, *remarks.for_these_alone(said, told)))
    return each_day(
        _key(row),
        about.fellowship,
        Named(
            name,
            named(row.get("group")) or None,
            remarks.weekly(said),
            tuple(kinds),
            meant.labels,
            told or None,
        ),
        begins,
        zone,
        (
            attendance.attended(there=there, online=joined != NO_WAY),
            where.gone(row.get("location"), address, place) if there else NOWHERE,
            joined,
        ),
        links.page(row.get("url")),
        clock.edited(row.get("updated")),
    )


def zone_hint(row: Raw) -> str | None:
    """Its zone, if it is held at a place and says where: what most of a list has is its usual."""
    said = zones.zone(row.get("timezone"))
    if said or not attendance.specific(row):
        return said
    stated = where.point(row)
    return where.zone_at(*stated) if stated else where.zone_of(where.split(row))


def _zone(row: Raw, about: About, place: where.Place | None, address: where.Address) -> str | None:
    said = zones.zone(row.get("timezone"))
    if said or place:
        return said or (place.zone if place else None)
    minute = clock.minute(row.get("time"))
    said = remarks.zone_in_name(line(row.get("name")), minute) if minute is not None else None
    said = said or where.zone_of(address)
    if said or about.zone or about.usual:
        return said or about.zone or about.usual
    # A list online all through, where the town is all that tells.
    stated = where.point(row)
    return where.zone_at(*stated) if stated else None


def _joined(row: Raw) -> Joined:
    link, phone = row.get("conference_url"), row.get("conference_phone")
    if not link and not phone:
        return NO_WAY
    join, dial = links.join(link), joining.dialled(phone)
    note = joining.beside(
        *(row.get(key) for key in ("conference_url_notes", "notes", "group_notes")),
        row.get("conference_phone_notes"),
        linked=join is not None,
    )
    if join or dial or (note and links.known(link)):
        return Joined(join, dial, note)
    return NO_WAY


def _begins(row: Raw, zone: str) -> Begins | Dropped:
    moment = clock.instant(row["timeUTC"]) if row.get("timeUTC") else None
    if moment is not None:
        local = moment.astimezone(ZoneInfo(zone))
        minute, lasts = local.hour * 60 + local.minute, row.get("duration")
        whole = isinstance(lasts, int) and 0 < lasts <= clock.DAY
        return Begins((local.isoweekday() % 7,), minute, int(lasts) if whole else clock.USUAL)  # type: ignore[arg-type]
    days = clock.days(row.get("day"))
    if not days:
        return Dropped("no_day" if days is not None else "bad_day")
    if row.get("time") in (None, ""):
        return Dropped("no_time")
    begin = clock.minute(row["time"])
    if begin is None:
        return Dropped("bad_time")
    return Begins(days, begin, clock.length(begin, clock.minute(row.get("end_time"))))


def _key(row: Raw) -> str:
    for name in ("slug", "id"):
        found = line(row.get(name), 4000).replace(" ", "-")
        if found and "@" not in found:
            return found
    said = repr([str(row.get(name)) for name in _LIKE_ITSELF])
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=8).hexdigest()

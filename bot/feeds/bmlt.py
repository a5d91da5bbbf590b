"""BMLT rows: Narcotics Anonymous.

A day is 1 for Sunday, and what is held online has the coordinates of nowhere. Source of the
fields: the BMLT server's semantic JSON.
"""

from __future__ import annotations

import re
from typing import Any, Final

from bot.feeds import Dropped, attendance, clock, codes, joining, links, remarks, where, zones
from bot.feeds.bmlt_formats import formats, meant
from bot.feeds.each_day import each_day
from bot.feeds.persons import address as without_persons
from bot.feeds.persons import named, nobody, notes
from bot.feeds.prose import line, plain
from bot.feeds.reading import NO_WAY, NOWHERE, About, Begins, Joined, Named, Raw, Result

FELLOWSHIP: Final = "na"

_IN_PERSON, _VIRTUAL = "1", "2"
_NOTES: Final = ("location_info", "comments")
_CITIES: Final = ("location_municipality", "location_city_subsection", "location_neighborhood")
_ADMIN: Final = {
    "id": "id_bigint",
    "startTime": "start_time",
    "duration": "duration_time",
    "venueType": "venue_type",
    "name": "meeting_name",
}


def is_row(row: Raw) -> bool:
    """Whether it is a meeting of a BMLT server."""
    return "weekday_tinyint" in row or ("startTime" in row and "serviceBodyId" in row)


def listings(row: Raw, about: About) -> Result:
    """Its `Listing`, or why there is none."""
    row = _public(row)
    if str(row.get("published", "1")).casefold() in {"0", "false"}:
        return Dropped("unpublished")
    name = named(row.get("meeting_name")) or named(row.get("location_text"))
    if not name:
        return Dropped("no_name")
    begins = _begins(row)
    if isinstance(begins, Dropped):
        return begins
    keys = codes.written(row.get("formats"))
    known = formats(row, keys, about.vocabulary)
    venues = {key.upper() for key in keys} | {each.world for each in known}
    said = line(row.get("meeting_name"), 400)
    off, shut = remarks.closed(said, plain(row.get("comments")), plain(row.get("location_info")))
    joined = NO_WAY if off else _joined(row)
    there = _is_open(row, venues) and not shut
    address = _address(row)
    place = where.believed(where.point(row), address) if there else None
    zone = zones.zone(row.get("time_zone")) or (place.zone if place else where.zone_of(address))
    zone = zone or about.zone or about.usual
    if zone is None:
        return Dropped("no_zone")
    labels = meant(known, there=there)
    told = notes(*(joining.without(row.get(key)) for key in _NOTES))
    kinds = dict.fromkeys((*labels.kinds, *remarks.for_these_alone(said, told)))
    return each_day(
        _key(row, name, address.street, begins),
        about.fellowship or FELLOWSHIP,
        Named(name, None, remarks.weekly(said), tuple(kinds), labels.labels, told or None),
        begins,
        zone,
        (
            attendance.attended(there=there, online=joined != NO_WAY),
            where.gone(row.get("location_text"), address, place) if there else NOWHERE,
            joined,
        ),
    )


def zone_hint(row: Raw) -> str | None:
    """Its zone, if it is held at a place and says where."""
    row = _public(row)
    said = zones.zone(row.get("time_zone"))
    if said or not _is_open(row, {key.upper() for key in codes.written(row.get("formats"))}):
        return said
    stated = where.point(row)
    return where.zone_at(*stated) if stated else where.zone_of(_address(row))


def _begins(row: Raw) -> Begins | Dropped:
    days = clock.days(row.get("weekday_tinyint"), base=1)
    if not days:
        return Dropped("no_day" if days is not None else "bad_day")
    if row.get("start_time") in (None, ""):
        return Dropped("no_time")
    minute = clock.minute(row["start_time"])
    if minute is None:
        return Dropped("bad_time")
    return Begins(days, minute, clock.lasting(row.get("duration_time")))


def _joined(row: Raw) -> Joined:
    link, phone = row.get("virtual_meeting_link"), row.get("phone_meeting_number")
    if not link and not phone:
        return NO_WAY
    join, dial = links.join(link), joining.dialled(phone)
    note = joining.beside(
        row.get("virtual_meeting_additional_info"), row.get("comments"), linked=join is not None
    )
    if join or dial or (note and links.known(link)):
        return Joined(join, dial, note)
    return NO_WAY


def _is_open(row: Raw, venues: set[str]) -> bool:
    """Whether one can go there: it is no online meeting, not closed for now, and has a place."""
    if not line(row.get("location_street")) and not line(row.get("location_text")):
        return False
    venue = plain(row.get("venue_type"))
    if venue == _VIRTUAL or "TC" in venues or row.get("temporarily_virtual") is True:
        return False
    return venue == _IN_PERSON or "VM" not in venues or not venues.isdisjoint({"HY", "HYBR"})


def _address(row: Raw) -> where.Address:
    cities = (nobody(line(row.get(name), 120)) for name in _CITIES)
    return where.Address(
        without_persons(line(row.get("location_street"))),
        next(filter(None, cities), ""),
        line(row.get("location_province"), 40).strip(" ."),
        line(row.get("location_postal_code_1"), 20),
        line(row.get("location_nation"), 60),
    )


def _key(row: Raw, name: str, street: str, begins: Begins) -> str:
    """Its number; where servers are gathered, with that of its server."""
    number, server = nobody(line(row.get("id_bigint"), 60)), line(row.get("root_server_id"), 20)
    if not number:
        return f"{name}-{street}-{begins.minute}"
    return f"{server}-{number}" if server else number


def _public(row: Raw) -> Raw:
    """A row of the admin interface (where Sunday is 0) as one of the public one."""
    if "weekday_tinyint" in row:
        return row
    found: dict[str, Any] = {}
    for name, value in row.items():
        plainly = re.sub(r"(?<=[a-z])(?=[A-Z\d])", "_", name).lower()
        found[_ADMIN.get(name, plainly)] = value
    days = clock.days(row.get("day"))
    found["weekday_tinyint"] = [day + 1 for day in days] if days else row.get("day")
    numbers = row.get("formatIds")
    if isinstance(numbers, list):
        found["format_shared_id_list"] = ",".join(map(str, numbers))
    return found

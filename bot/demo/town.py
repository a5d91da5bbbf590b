"""The meeting lists of a town that does not exist, in the three shapes that lists come in.

Streets, halls and groups are made up; what is believable is the mix: most after work, some at
noon and at dawn, some online, one that has closed, and one that meets once a month.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from handlers.meetings import Spot

Row = dict[str, Any]

TOWN: Final = "Example Harbor"
STATE: Final = "PA"
POSTAL: Final = "00190"
"""No post office has it."""
ZONE: Final = "America/New_York"
SPOT: Final = Spot(39.9375, -75.1125, TOWN, ZONE)

_HALLS: Final = (
    ("Old Ferry Hall", "12 Ferry Street", 39.9391, -75.1149),
    ("Lantern Community House", "305 Lantern Avenue", 39.9432, -75.1061),
    ("Saint Example's, lower door", "48 Quarry Road", 39.9310, -75.1203),
    ("Harbor Library, room 2", "7 Library Square", 39.9379, -75.1118),
    ("Tidewater Seniors' Center", "910 Tidewater Lane", 39.9522, -75.0987),
    ("The Brick Garage", "221 Foundry Street", 39.9255, -75.1306),
)
_EVERY_DAY: Final = ("07:00", "12:15", "17:30", "18:30", "19:30", "20:30", "22:00")
_NAMES: Final = {
    "07:00": ("Sunrise at the Ferry", ["O", "D"]),
    "12:15": ("Half Past Nothing", ["O", "D", "X"]),
    "17:30": ("Straight from Work", ["C", "D", "X"]),
    "18:30": ("First Things at the Harbor", ["O", "BE", "X", "CF"]),
    "19:30": ("Slow Tide Step Group", ["C", "ST"]),
    "20:30": ("Lantern Speakers", ["O", "SP", "X"]),
    "22:00": ("Last Boat Home", ["O", "CAN"]),
}
_ONLINE: Final = tuple(f"{hour:02}:45" for hour in range(0, 24, 2))


def meeting_guide() -> list[Row]:
    """AA, as Meeting Guide JSON."""
    return [*_in_halls(), *_online(), *_apart()]


def _in_halls() -> Iterator[Row]:
    for day in range(7):
        for number, time in enumerate(_EVERY_DAY):
            name, types = _NAMES[time]
            hall = _HALLS[(day + number) % len(_HALLS)]
            yield _listed(f"hall-{day}-{number}", name, day, time, types, hall)


def _online() -> Iterator[Row]:
    for day in range(7):
        for number, time in enumerate(_ONLINE):
            yield {
                "slug": f"screen-{day}-{number}",
                "name": "Harbor Lights Online",
                "day": day,
                "time": time,
                "types": ["O", "D", "ONL"],
                "timezone": ZONE,
                "formatted_address": f"{TOWN}, {STATE}, USA",
                "approximate": "yes",
                "conference_url": f"https://zoom.us/j/99900{day}{number:02}01",
                "conference_url_notes": "Passcode: 000000",
                "updated": "2026-11-02 09:00:00",
            }


def _apart() -> Iterator[Row]:
    """Those that are not for everybody, not every week, or not any more."""
    yield _listed("women-2", "Women by the Water", 2, "18:00", ["O", "W", "X"], _HALLS[3])
    yield _listed("women-6", "Saturday Women", 6, "10:00", ["C", "W", "BA"], _HALLS[1])
    yield _listed("men-4", "Dock Nine Men", 4, "19:00", ["C", "M"], _HALLS[5])
    yield _listed("es-1", "Grupo Faro", 1, "19:00", ["O", "S", "D"], _HALLS[2])
    yield _listed("es-4", "Grupo Faro", 4, "19:00", ["O", "S", "BE"], _HALLS[2])
    yield _listed("proof-3", "Courthouse Lunch", 3, "12:00", ["O", "POA", "X"], _HALLS[3])
    yield _listed("lgbtq-5", "Rainbow Pier", 5, "19:00", ["O", "LGBTQ"], _HALLS[4])
    yield _listed("month-6", "First Saturday Breakfast (monthly)", 6, "09:00", ["O"], _HALLS[4])
    yield _listed("shut-0", "Suspended: Sunday at the Garage", 0, "16:00", ["O"], _HALLS[5])


def _listed(
    slug: str, name: str, day: int, time: str, types: list[str], hall: tuple[str, str, float, float]
) -> Row:
    location, street, lat, lng = hall
    return {
        "slug": slug,
        "name": name,
        "day": day,
        "time": time,
        "types": types,
        "location": location,
        "formatted_address": f"{street}, {TOWN}, {STATE} {POSTAL}, USA",
        "latitude": lat,
        "longitude": lng,
        "region": "Harborside",
        "updated": "2026-11-02 09:00:00",
        "entity": "Example Harbor Intergroup",
        "entity_phone": "+1-215-555-0190",
    }


_FORMATS: Final = (
    ("1", "O", "Open", "OPEN"),
    ("2", "C", "Closed", "CLOSED"),
    ("3", "B", "Beginners", "BEG"),
    ("4", "VM", "Virtual Meeting", "VM"),
    ("5", "WC", "Wheelchair", "WCHR"),
    ("6", "D", "Discussion", "DISC"),
)
_NA: Final = (
    ("06:30", "Early Anchor", "O,D", 3),
    ("12:00", "Noon Rope", "O,D,WC", 1),
    ("18:00", "Keep Coming to the Pier", "O,B", 0),
    ("19:00", "Just for Tonight", "C,D,WC", 4),
    ("21:00", "Night Watch", "O,D", 5),
)


def bmlt() -> dict[str, list[Row]]:
    """NA, as BMLT JSON with its formats."""
    rows = [_na(day, number) for day in range(7) for number in range(len(_NA))]
    rows += [_na_online(day) for day in range(7)]
    formats = [
        {"id": i, "key_string": key, "name_string": name, "lang": "en", "world_id": world}
        for i, key, name, world in _FORMATS
    ]
    return {"meetings": rows, "formats": formats}


def _na(day: int, number: int) -> Row:
    time, name, formats, which = _NA[number]
    location, street, lat, lng = _HALLS[(which + day) % len(_HALLS)]
    return {
        "id_bigint": str(100 + day * 10 + number),
        "weekday_tinyint": str(day + 1),
        "venue_type": "1",
        "start_time": f"{time}:00",
        "duration_time": "01:00:00",
        "time_zone": "",
        "formats": formats,
        "lang_enum": "en",
        "latitude": str(lat),
        "longitude": str(lng),
        "published": "1",
        "meeting_name": name,
        "location_text": location,
        "location_street": street,
        "location_municipality": TOWN,
        "location_province": STATE,
        "location_postal_code_1": POSTAL,
        "location_nation": "USA",
    }


def _na_online(day: int) -> Row:
    return _na(day, 4) | {
        "id_bigint": str(900 + day),
        "venue_type": "2",
        "start_time": "23:30:00",
        "time_zone": ZONE,
        "formats": "O,VM",
        "meeting_name": "After Midnight Line",
        "location_text": "",
        "location_street": "",
        "virtual_meeting_link": f"https://zoom.us/j/888000{day}0201",
        "virtual_meeting_additional_info": "Passcode: 000000",
    }


_SMART: Final = (
    (23, "English"), (17, "English"), (23, "English"), (22, "Spanish"),
    (17, "English"), (15, "English"), (23, "English"),
)  # fmt: skip
"""Hours of the day in UTC, Monday first."""


def own_list(now: datetime) -> Row:
    """SMART, as a list that a clinic keeps itself; each row gives its next start in UTC."""
    monday = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday -= timedelta(days=monday.weekday())
    rows = [
        {
            "id": f"s{number}",
            "name": "4-Point Recovery",
            "program": "4-Point Recovery",
            "audiences": ["Adults"],
            "languages": [language],
            "utcStart": (monday + timedelta(days=number, hours=hour)).isoformat(),
            "hostCity": TOWN,
            "hostState": "Pennsylvania",
            "detailUrl": f"https://meetings.smartrecovery.org/meetings/{number}/",
        }
        for number, (hour, language) in enumerate(_SMART)
    ]
    return {"source": "A made-up clinic", "total": len(rows), "meetings": rows}

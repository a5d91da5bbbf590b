"""A made-up town with a handful of meetings, where the talk and the door can be tried."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from bot.feeds import Listing, rows
from storage import feeds

ZIP = "19103"
HALLS = {
    "ferry": ("Old Ferry Hall", "12 Ferry St", 39.9537, -75.1731),
    "library": ("Harbor Library", "7 Library Sq", 39.9601, -75.1822),
    "garage": ("Sober Garage", "221 Foundry St", 39.9305, -75.2106),
    "farm": ("Far Farm", "3 Meadow Rd", 40.2201, -75.2906),
}


def listing(key: str, day: int, minute: int, **more: Any) -> Listing:
    """A meeting; `day` 0 is Sunday, `hall` one of HALLS, without one it is online."""
    hall = HALLS.get(more.pop("hall", ""))
    given: dict[str, Any] = {
        "key": key,
        "fellowship": "aa",
        "name": key.replace("_", " ").title(),
        "group_name": None,
        "day": day,
        "minute": minute,
        "minutes": 60,
        "zone": "America/New_York",
        "weekly": True,
        "attendance": "in_person" if hall else "online",
        "location": hall[0] if hall else None,
        "address": hall[1] if hall else None,
        "city": "Philadelphia" if hall else None,
        "state": "PA" if hall else None,
        "postal": ZIP if hall else None,
        "lat": hall[2] if hall else None,
        "lng": hall[3] if hall else None,
        "join_url": None if hall else "https://zoom.us/j/9990001",
        "join_phone": None,
        "join_note": None if hall else "Passcode: 000000",
        "kinds": ("open",),
        "labels": (),
        "notes": None,
        "url": None,
        "updated_at": None,
        **more,
    }
    return Listing(**given)


def week() -> list[Listing]:
    """The same every day, but for what is for some."""
    found = []
    for day in range(7):
        found += [
            listing(f"dawn_{day}", day, 7 * 60, hall="ferry", name="Sunrise at the Ferry"),
            listing(f"noon_{day}", day, 12 * 60 + 15, hall="library", name="Half Past Nothing"),
            listing(
                f"work_{day}", day, 17 * 60 + 30, hall="garage", name="Straight from Work",
                kinds=("closed", "wheelchair"),
            ),
            listing(
                f"first_{day}", day, 18 * 60 + 30, hall="ferry", name="First Things",
                kinds=("open", "newcomers"),
            ),
            listing(f"night_{day}", day, 22 * 60, hall="library", name="Last Boat Home"),
            listing(
                f"rope_{day}", day, 18 * 60, hall="library", name="Keep Coming", fellowship="na"
            ),
            listing(f"screen_{day}", day, 18 * 60 + 45, name="Harbor Lights Online"),
            listing(f"early_{day}", day, 10 * 60 + 30, name="Kitchen Table", fellowship="na"),
        ]  # fmt: skip
    found += [
        listing("women_2", 2, 18 * 60, hall="library", name="Women by the Water",
                kinds=("open", "women")),
        listing("faro_1", 1, 19 * 60, hall="ferry", name="Grupo Faro", kinds=("open", "spanish")),
        listing("tools_3", 3, 19 * 60, hall="ferry", name="Tools at the Table",
                fellowship="smart"),
    ]  # fmt: skip
    return found


def settle(tx: Connection, now: datetime, *listings: Listing, name: str = "harbor") -> None:
    """Store them (or the whole week) as one list that was read today."""
    made = [rows.stored(rows.row(each)) for each in listings or week()]
    number = feeds.settle(tx, name, now, {"good_at": now, "phone": "+1 215-555-0190"})
    feeds.put(tx, number, made)

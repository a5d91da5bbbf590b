"""BMLT lists: the rows of tests/feeds/bridges.json, and those of the admin interface."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from bot.feeds import Defaults, Listing, Row, lists

FOLDER = Path(__file__).parent / "feeds"


@cache
def rows() -> tuple[Row, ...]:
    (found,) = lists.read([FOLDER / "bridges.json"]).lists
    return tuple(found.rows(Defaults()))


def one(number: int) -> Listing:
    return {one.key: one for row in rows() for one in row.listings}[str(number)]


def test_it_is_of_na_unless_staff_say_otherwise() -> None:
    assert {one.fellowship for row in rows() for one in row.listings} == {"na"}
    (found,) = lists.read([FOLDER / "bridges.json"]).lists
    assert {one.fellowship for row in found.rows(Defaults("ca")) for one in row.listings} == {"ca"}


def test_a_day_is_one_for_sunday() -> None:
    assert (one(1).day, one(3).day, one(2).day) == (0, 1, 6)


@pytest.mark.parametrize(
    ("number", "reason"), [(11, "no_time"), (12, "bad_day"), (13, "unpublished")]
)
def test_what_is_dropped(number: int, reason: str) -> None:
    dropped = rows()[number - 1].dropped
    assert dropped is not None
    assert dropped.reason == reason


@pytest.mark.parametrize(
    ("number", "attendance"),
    [
        (1, "in_person"), (3, "online"), (4, "hybrid"), (5, "online"), (6, "hybrid"),
        (7, "inactive"), (8, "online"), (16, "online"), (20, "inactive"),
    ],
)  # fmt: skip
def test_attendance(number: int, attendance: str) -> None:
    assert one(number).attendance == attendance


def test_what_is_held_online_has_no_place_and_the_usual_zone() -> None:
    assert (one(3).lat, one(3).lng, one(3).zone) == (None, None, "America/New_York")
    assert one(16).zone == "America/Denver"
    assert one(15).zone == "America/Chicago"


def test_coordinates_on_another_continent_are_not_believed() -> None:
    far = one(14)
    assert far.lat is not None
    assert (round(far.lat), far.zone) == (43, "America/New_York")


def test_formats_are_understood_by_what_they_are_world_wide() -> None:
    assert one(1).labels == ("Beginners", "Open", "Step")
    assert one(1).kinds == ("newcomers", "open", "steps")
    assert one(2).kinds == ("spanish", "closed")
    assert one(18).labels == ("Surveillance Cameras", "ID Required")
    assert one(18).kinds == ()
    assert one(19).kinds == ("women",)


def test_how_long() -> None:
    assert (one(1).minutes, one(9).minutes, one(10).minutes) == (90, 60, 1440)


def test_a_link_to_an_unknown_host_is_withheld() -> None:
    assert one(20).join_url is None


def test_a_number_to_dial_comes_with_its_code() -> None:
    assert one(16).join_phone == "19295550100,,12345#"


def test_persons_are_left_behind() -> None:
    assert one(17).notes == "@ Example Avenue. Ring twice"
    for told in ("Wanda", "example.org", "607", "somebody"):
        assert told not in repr(one(17))


def test_rows_of_the_admin_interface_begin_with_zero(tmp_path: Path) -> None:
    row = {
        "id": 77, "serviceBodyId": 3, "formatIds": [1, 17], "venueType": 1, "day": 0,
        "temporarilyVirtual": False, "startTime": "18:00", "duration": "01:30", "timeZone": None,
        "latitude": 42.868, "longitude": -76.9988, "published": True, "name": "Bridge",
        "location_text": "Example Hall", "location_street": "12 Example Street",
        "location_municipality": "Geneva", "location_province": "NY",
    }  # fmt: skip
    file = tmp_path / "admin.json"
    file.write_text(json.dumps([row, row | {"id": 78, "temporarilyVirtual": True}]))
    (found,) = lists.read([file, FOLDER / "bridges_formats.json"]).lists
    (first,), (second,) = (row.listings for row in found.rows(Defaults()))
    assert (first.key, first.day, first.minute, first.minutes) == ("77", 0, 1080, 90)
    assert first.labels == ("Beginners", "Open")
    assert second.attendance == "inactive"


def test_servers_gathered_in_one_list_keep_their_numbers_apart(tmp_path: Path) -> None:
    row = json.loads((FOLDER / "bridges.json").read_text())[0]
    file = tmp_path / "gathered.json"
    file.write_text(json.dumps([row | {"root_server_id": server} for server in ("4", "9")]))
    (found,) = lists.read([file]).lists
    assert [one.key for row in found.rows(Defaults()) for one in row.listings] == ["4-1", "9-1"]

"""Meeting Guide lists: every mess of tests/feeds/guide.json, where a row is named for its own."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bot.feeds import Defaults, Listing, Row, lists

FOLDER = Path(__file__).parent / "feeds"


@cache
def rows(fellowship: str | None = "aa", zone: str | None = None) -> tuple[Row, ...]:
    (found,) = lists.read([FOLDER / "guide.json"]).lists
    return tuple(found.rows(Defaults(fellowship, zone)))


@cache
def listings(fellowship: str | None = "aa") -> dict[str, Listing]:
    return {one.key: one for row in rows(fellowship) for one in row.listings}


def one(key: str, fellowship: str | None = "aa") -> Listing:
    return listings(fellowship)[key]


def test_every_row_is_stored_or_dropped_with_a_reason() -> None:
    (found,) = lists.read([FOLDER / "guide.json"]).lists
    assert len(rows()) == found.count
    assert all(bool(row.listings) != bool(row.dropped) for row in rows())
    keys = [one.key for row in rows() for one in row.listings]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("day-number", 3),
        ("day-text", 3),
        ("day-name", 0),
        ("day-spanish", 3),
        ("day-list:1", 1),
        ("day-list:3", 3),
        ("day-list-of-one", 1),
        ("day-span:1", 1),
        ("day-span:5", 5),
    ],
)
def test_days_begin_with_sunday(key: str, day: int) -> None:
    assert one(key).day == day


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("day-missing", "no_day"),
        ("day-seven", "bad_day"),
        ("day-nonsense", "bad_day"),
        ("hour-missing", "no_time"),
        ("hour-nonsense", "bad_time"),
        ("no-name", "no_name"),
    ],
)
def test_a_row_that_says_not_when_or_what_is_dropped(slug: str, reason: str) -> None:
    assert slug not in listings()
    assert reason in {row.dropped.reason for row in rows() if row.dropped}


def test_what_is_no_row_is_dropped() -> None:
    assert [row.dropped.reason for row in rows()[-4:] if row.dropped] == ["no_meeting"] * 4


@pytest.mark.parametrize(
    ("key", "minute", "minutes"),
    [
        ("hour-seconds", 1200, 60),
        ("hour-twelve", 1200, 60),
        ("hour-bare", 1170, 60),
        ("hour-midnight", 0, 60),
        ("hour-late", 1439, 61),
        ("ends-over-midnight", 1380, 60),
        ("ends-slip", 1155, 60),
        ("ends-before", 1050, 60),
        ("ends-at-once", 1140, 60),
        ("ends-late", 1140, 150),
    ],
)
def test_hours(key: str, minute: int, minutes: int) -> None:
    assert (one(key).minute, one(key).minutes) == (minute, minutes)


@pytest.mark.parametrize(
    ("key", "labels", "kinds"),
    [
        ("codes-lower", ("Open",), ("open",)),
        ("codes-slip", ("As Bill Sees It",), ("literature",)),
        ("codes-word", ("Open", "Discussion"), ("open", "discussion")),
        ("codes-empty", (), ()),
        ("codes-brackets", ("Open",), ("open",)),
        ("codes-text", ("Open", "English"), ("open",)),
        ("codes-both", ("Closed",), ("closed",)),
        ("codes-unknown", ("Open",), ("open",)),
        ("codes-spanish", ("Spanish",), ("spanish",)),
        ("codes-wheelchair-online", ("Women",), ("women",)),
    ],
)
def test_codes(key: str, labels: tuple[str, ...], kinds: tuple[str, ...]) -> None:
    assert (one(key).labels, one(key).kinds) == (labels, kinds)


def test_codes_mean_what_they_mean_in_their_fellowship() -> None:
    assert one("codes-proof", "aa").kinds == ("proof",)
    assert one("codes-proof", "al-anon").labels == ("Parents of Alcoholics",)
    assert one("codes-proof", "al-anon").kinds == ()
    assert one("codes-spanish", "aca").labels == ("Speaker",)


def test_nothing_is_read_out_of_codes_of_an_unknown_fellowship() -> None:
    assert one("codes-proof", None).labels == one("codes-proof", None).kinds == ()
    assert one("codes-brackets", None).labels == ()
    assert one("shut-for-now", None).attendance == "inactive"


@pytest.mark.parametrize(
    ("key", "attendance"),
    [
        ("approximate-said", "inactive"),
        ("approximate-false", "in_person"),
        ("town-only", "inactive"),
        ("no-country", "in_person"),
        ("comma-missing", "in_person"),
        ("parts", "in_person"),
        ("parts-no-street", "inactive"),
        ("area", "inactive"),
        ("no-place-at-all", "inactive"),
        ("shut-for-now", "inactive"),
        ("shut-but-online", "online"),
        ("hybrid", "hybrid"),
        ("says-online-is-not", "inactive"),
        ("dial-in", "online"),
        ("dial-in-too-short", "inactive"),
        ("closed-in-name", "inactive"),
        ("closed-in-group", "inactive"),
        ("closed-in-notes", "inactive"),
        ("another-closed", "in_person"),
        ("moved-online", "online"),
    ],
)
def test_attendance_is_found_out(key: str, attendance: str) -> None:
    found = one(key)
    assert found.attendance == attendance
    gone_to = attendance in {"in_person", "hybrid"}
    assert (found.lat is not None) == gone_to
    assert bool(found.address) == gone_to


@pytest.mark.parametrize(
    ("key", "link"),
    [
        ("link-safelinks", "https://us02web.zoom.us/j/123456789?pwd=Abc"),
        ("link-urldefense", "https://us02web.zoom.us/j/123456789?pwd=Abc"),
        ("link-plain-http", "https://zoom.us/j/123456789"),
        ("link-capital", "https://zoom.us/j/123456789"),
        ("link-space", "https://us02web.zoom.us/j/123456789?pwd=Abc"),
        ("link-dashes", "https://zoom.us/j/12345678901"),
        ("link-prose", "https://zoom.us/j/123456789"),
    ],
)
def test_links_that_open_a_meeting(key: str, link: str) -> None:
    assert (one(key).join_url, one(key).attendance) == (link, "online")


@pytest.mark.parametrize(
    "key",
    [
        "link-look-alike",
        "link-host-slip",
        "link-unknown",
        "link-bare",
        "link-numbers",
        "link-host-start",
        "link-userinfo",
        "link-script",
    ],
)
def test_links_that_are_withheld(key: str) -> None:
    assert (one(key).join_url, one(key).attendance) == (None, "inactive")


def test_only_a_name_makes_it_seldom() -> None:
    assert not one("monthly-in-name").weekly
    assert not one("saturday-in-name").weekly
    assert one("monthly-in-notes").weekly


def test_markup_and_entities_are_made_plain() -> None:
    found = one("markup")
    assert found.name == "Lantern & Bell"
    assert found.notes == "Side door. Up the stairs & left"
    assert found.location == "St.’ Example Hall"
    assert one("numbered-name").name == "Lantern Steps"
    assert one("clock-in-name").name == "Lantern @ 8:15"


def test_persons_are_left_behind() -> None:
    found = one("persons")
    assert found.notes == "Ring the bell. Side door"
    assert found.location == "Example Hall"
    for told in ("Wanda", "Ferdinand", "example.org", "555", "@"):
        assert told not in repr(found)


def test_a_passcode_stands_beside_the_link_and_not_in_the_notes() -> None:
    found = one("passcode")
    assert (found.join_note, found.notes) == ("Passcode: 4711ab", "Big Book")
    assert one("passcode-paragraph").join_note is None


def test_a_meeting_for_some_alone_says_so_in_its_words_too() -> None:
    assert one("women-in-name").kinds == ("women",)
    assert one("men-in-notes").kinds == ("men",)
    assert one("men-and-women").kinds == ()


@pytest.mark.parametrize(
    ("key", "point"),
    [
        ("longitude-zero", (33.6, -101.9)),
        ("swapped", (33.6, -101.8)),
        ("far-off", (42.0, -74.1)),
        ("nowhere", (42.0, -74.1)),
        ("not-a-number", (39.9, -75.4)),
        ("fake-centre", (39.9, -75.4)),
        ("parts", (39.9, -75.4)),
    ],
)
def test_coordinates_that_can_not_be_are_those_of_the_zip_code(
    key: str, point: tuple[float, float]
) -> None:
    found = one(key)
    assert found.lat is not None
    assert found.lng is not None
    assert (round(found.lat, 1), round(found.lng, 1)) == pytest.approx(point, abs=0.11)


@pytest.mark.parametrize(
    ("key", "zone"),
    [
        ("longitude-zero", "America/Chicago"),
        ("swapped", "America/Chicago"),
        ("far-off", "America/New_York"),
        ("phoenix", "America/Phoenix"),
        ("zone-alias", "America/Los_Angeles"),
        ("zone-wrong", "America/New_York"),
        ("zone-online", "America/Denver"),
        ("zone-in-name", "America/Los_Angeles"),
        ("canada", "America/Edmonton"),
        ("dial-in", "America/New_York"),
    ],
)
def test_the_zone_is_that_of_the_place(key: str, zone: str) -> None:
    assert one(key).zone == zone


def test_a_name_that_repeats_hides_no_meeting() -> None:
    assert [row.dropped.reason for row in rows() if row.dropped].count("repeated") == 1
    hours = {key: one.minute for key, one in listings().items() if key.startswith("same-slug")}
    assert sorted(hours.values()) == [420, 1140]
    assert "4711" in listings()
    assert one("name-of-group").name == "Lantern Group"


@pytest.mark.parametrize(
    ("key", "edited"),
    [
        ("edited-american", datetime(2020, 9, 9, tzinfo=UTC)),
        ("edited-long", datetime(2020, 9, 9, 13, 5, tzinfo=UTC)),
        ("edited-iso", datetime(2020, 9, 9, 13, 5, tzinfo=UTC)),
        ("edited-never", None),
    ],
)
def test_when_it_was_edited(key: str, edited: datetime | None) -> None:
    assert one(key).updated_at == edited


def read_one(tmp: Path, zone: str | None, **row: Any) -> Row:
    import json

    file = tmp / "one.json"
    file.write_text(json.dumps([row]))
    (found,) = lists.read([file]).lists
    (read,) = found.rows(Defaults("aa", zone))
    return read


def test_a_zone_that_nothing_tells_is_asked_for(tmp_path: Path) -> None:
    row = {
        "slug": "a", "name": "Lantern", "day": 1, "time": "20:00",
        "conference_url": "https://zoom.us/j/123456789",
    }  # fmt: skip
    dropped = read_one(tmp_path, None, **row).dropped
    assert dropped is not None
    assert dropped.reason == "no_zone"
    (told,) = read_one(tmp_path, "America/Chicago", **row).listings
    assert told.zone == "America/Chicago"


def test_a_start_in_utc_is_told_in_its_own_zone(tmp_path: Path) -> None:
    row = {
        "slug": "a", "name": "Lantern", "timeUTC": "2026-11-23T02:30:00Z", "duration": 90,
        "timezone": "America/New_York", "conference_url": "https://zoom.us/j/123456789",
    }  # fmt: skip
    (told,) = read_one(tmp_path, None, **row).listings
    assert (told.day, told.minute, told.minutes) == (0, 21 * 60 + 30, 90)

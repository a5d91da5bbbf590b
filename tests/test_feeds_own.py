"""Lists of the clinic's own: the rows of tests/feeds/own.json, which tell their starts in UTC."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from bot.feeds import Defaults, Listing, Row, lists

FOLDER = Path(__file__).parent / "feeds"


@cache
def rows() -> tuple[Row, ...]:
    (found,) = lists.read([FOLDER / "own.json"]).lists
    return tuple(found.rows(Defaults()))


def one(number: int) -> Listing:
    return {one.key: one for row in rows() for one in row.listings}[str(number)]


@pytest.mark.parametrize(
    ("number", "day", "minute", "zone"),
    [
        (1, 6, 600, "America/New_York"),
        (2, 6, 420, "America/Phoenix"),
        (3, 6, 1080, "America/Los_Angeles"),
        (4, 6, 480, "America/Denver"),
    ],
)
def test_the_hour_is_that_of_the_host(number: int, day: int, minute: int, zone: str) -> None:
    found = one(number)
    assert (found.day, found.minute, found.zone) == (day, minute, zone)


def test_the_hour_stays_when_the_clocks_change(tmp_path: Path) -> None:
    row = json.loads((FOLDER / "own.json").read_text())["meetings"][0]
    starts = ("2026-10-31T14:00:00+00:00", "2026-11-07T15:00:00+00:00", "2027-03-20T14:00:00+00:00")
    read = []
    for start in starts:
        file = tmp_path / "own.json"
        file.write_text(json.dumps({"meetings": [row | {"utcStart": start}]}))
        (found,) = lists.read([file]).lists
        read += list(found.rows(Defaults()))
    assert read[0].listings[0].minute == 600
    assert read[0] == read[1] == read[2]


def test_how_long_and_how_often() -> None:
    assert (one(1).minutes, one(3).minutes) == (90, 60)
    assert [one(number).weekly for number in (1, 6, 7)] == [True, False, False]


def test_whom_it_is_for() -> None:
    assert one(5).kinds == ("family",)
    assert one(8).labels == ("Military, Veterans & First Responders",)
    assert one(9).kinds == ("women", "spanish")


def test_names_of_hosts_are_not_kept() -> None:
    assert "Wanda" not in repr(one(4))
    assert "Ferdinand" not in repr(one(4))


def test_whose_it_is_is_told_by_its_page() -> None:
    assert (one(1).fellowship, one(12).fellowship) == ("smart", None)


def test_ways_in() -> None:
    assert one(1).join_url == "https://instance-us.pathcheck.net/j/ABC123"
    assert one(1).join_note == "Passcode: 47114711"
    assert one(12).join_url == "https://zoom.us/j/123456789"
    assert (one(13).join_url, one(13).attendance) == (None, "inactive")


def test_without_a_start_it_is_dropped() -> None:
    assert [row.dropped.reason for row in rows() if row.dropped] == ["no_time", "bad_time"]


def test_its_page_lets_in_where_nothing_else_is_said(tmp_path: Path) -> None:
    row = json.loads((FOLDER / "own.json").read_text())["meetings"][0]
    del row["pathminderUrl"]
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"meetings": [row]}))
    (found,) = lists.read([file]).lists
    (read,) = list(found.rows(Defaults()))
    assert (read.listings[0].attendance, read.listings[0].join_url) == ("online", row["detailUrl"])

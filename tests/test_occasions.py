"""When a meeting is: at its hour where it is held, whatever clocks do elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from handlers.occasions import asked_at, next_start, starts, told_at
from tests.meeting_kept import online, picked

NEW_YORK = "America/New_York"
SUNDAY = 0


@pytest.mark.parametrize(
    ("zone", "after", "start"),
    [
        # Clocks go back on 2026-11-01 at 2 am, and forward on 2027-03-14.
        (NEW_YORK, datetime(2026, 10, 31, 12, tzinfo=UTC), datetime(2026, 11, 2, 0, tzinfo=UTC)),
        (NEW_YORK, datetime(2027, 3, 13, 12, tzinfo=UTC), datetime(2027, 3, 14, 23, tzinfo=UTC)),
        # Arizona keeps its clock; the Navajo Nation, inside of it, does not.
        (
            "America/Phoenix",
            datetime(2027, 3, 13, 12, tzinfo=UTC),
            datetime(2027, 3, 15, 2, tzinfo=UTC),
        ),
        (
            "America/Denver",
            datetime(2027, 3, 13, 12, tzinfo=UTC),
            datetime(2027, 3, 15, 1, tzinfo=UTC),
        ),
    ],
)
def test_seven_in_the_evening_stays_seven(zone: str, after: datetime, start: datetime) -> None:
    found = next_start(SUNDAY, 19 * 60, zone, after)
    assert found == start
    assert found.astimezone(ZoneInfo(zone)).hour == 19


def test_what_begins_after_midnight_is_on_the_day_after() -> None:
    noon = datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert next_start(1, 24 * 60 + 30, NEW_YORK, noon) == next_start(2, 30, NEW_YORK, noon)


def test_once_is_once_and_weekly_is_every_week() -> None:
    which = picked()
    before = which.begins - timedelta(minutes=1)
    assert list(starts(which, before, weekly=False)) == [which.begins]
    assert list(starts(which, which.begins, weekly=False)) == []
    first, second = islice(starts(which, before, weekly=True), 2)
    assert (first, second - first) == (which.begins, timedelta(weeks=1))


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("2026-11-23T19:30:00-05:00", "2026-11-23T18:30:00-05:00"),
        # Before they may be written to: the evening before.
        ("2026-11-24T07:00:00-05:00", "2026-11-23T20:30:00-05:00"),
        ("2026-11-23T22:30:00-05:00", "2026-11-23T20:30:00-05:00"),
    ],
)
def test_who_goes_there_is_told_in_waking_hours(start: str, told: str) -> None:
    which = picked(start)
    assert told_at(which, which.begins, NEW_YORK) == datetime.fromisoformat(told)


def test_a_room_is_told_of_when_it_opens_at_whatever_hour() -> None:
    late = online("2026-11-23T23:00:00-05:00")
    assert told_at(late, late.begins, NEW_YORK) == late.begins - timedelta(minutes=15)


@pytest.mark.parametrize(
    ("start", "asked"),
    [
        ("2026-11-23T12:00:00-05:00", "2026-11-23T13:30:00-05:00"),
        ("2026-11-23T20:00:00-05:00", "2026-11-24T09:30:00-05:00"),
        ("2026-11-23T23:30:00-05:00", "2026-11-24T09:30:00-05:00"),
    ],
)
def test_how_it_was_is_asked_after_its_end_or_the_next_morning(start: str, asked: str) -> None:
    which = picked(start)
    assert asked_at(which, which.begins, NEW_YORK) == datetime.fromisoformat(asked)

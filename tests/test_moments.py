"""When what comes by the calendar comes next: zones, clock changes, and the hours of rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from handlers.moments import ahead, clock, coming, every_day, local, today

EAST, WEST = "America/New_York", "America/Los_Angeles"
SUNDAY = 6


def sundays(day: date) -> bool:
    return day.weekday() == SUNDAY


@pytest.mark.parametrize(
    ("at", "after", "comes"),
    [
        # 2026-11-01: the hour from 1 to 2 am comes twice; the first one counts.
        (time(17), "2026-10-31T21:00", "2026-11-01T22:00"),
        (time(1, 30), "2026-11-01T00:00", "2026-11-01T05:30"),
        (time(8), "2026-10-31T13:00", "2026-11-01T13:00"),
        # 2027-03-14: the hour from 2 to 3 am is skipped; it comes as much later.
        (time(17), "2027-03-13T22:00", "2027-03-14T21:00"),
        (time(2, 30), "2027-03-13T12:00", "2027-03-14T07:30"),
        (time(8), "2027-03-13T13:00", "2027-03-14T12:00"),
    ],
)
def test_each_day_has_one_over_a_clock_change(at: time, after: str, comes: str) -> None:
    found = coming(every_day, at, EAST, datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found == datetime.fromisoformat(comes).replace(tzinfo=UTC)


@pytest.mark.parametrize("begins", [date(2026, 10, 25), date(2027, 3, 7)])
@pytest.mark.parametrize("zone", [EAST, WEST, "America/Phoenix"])
def test_a_week_over_a_clock_change_has_seven_and_one_sunday(begins: date, zone: str) -> None:
    at = now = local(begins, time(12), zone)
    daily, weekly = [], []
    while (found := coming(every_day, time(17), zone, now)) and found < at + timedelta(days=14):
        daily.append(today(found, zone))
        now = found
    assert daily == [begins + timedelta(days=n) for n in range(14)]
    now = at
    while (found := coming(sundays, time(17), zone, now)) and found < at + timedelta(days=14):
        weekly.append(today(found, zone))
        now = found
    assert weekly == [begins, begins + timedelta(days=7)]


@pytest.mark.parametrize(
    ("hard", "said"),
    [
        (time(17), time(16, 30)),
        (time(20, 45), time(20, 15)),
        (time(23), time(20, 30)),
        (time(8, 15), time(8)),
        (time(8, 30), time(8)),
    ],
)
def test_it_is_said_before_it_and_by_day(hard: time, said: time) -> None:
    day = date(2026, 11, 27)
    found = ahead(local(day, hard, EAST), timedelta(minutes=30), EAST)
    assert found == local(day, said, EAST)


def test_what_is_hard_before_anybody_is_up_is_said_the_evening_before() -> None:
    found = ahead(local(date(2026, 11, 27), time(6), EAST), timedelta(minutes=30), EAST)
    assert found == local(date(2026, 11, 26), time(20, 30), EAST)


def test_what_was_said_early_already_comes_the_next_time() -> None:
    now = local(date(2026, 11, 29), time(16, 45), EAST)
    found = coming(sundays, time(17), EAST, now, timedelta(minutes=30))
    assert found == local(date(2026, 12, 6), time(16, 30), EAST)


def test_what_never_comes_is_none_and_an_hour_that_is_none_has_its_default() -> None:
    assert coming(lambda _: False, time(8), EAST, datetime(2026, 11, 23, tzinfo=UTC)) is None
    assert [clock(text, time(9)) for text in ("17:00", "five", None)] == [
        time(17),
        time(9),
        time(9),
    ]

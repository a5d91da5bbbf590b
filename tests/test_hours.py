"""The arithmetic of hours: nothing twice, and every week the sum of its sessions."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import hours
from handlers.hours import Prescribed
from handlers.programme import Seat, Session

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 26, 20, tzinfo=UTC)
"""A Thursday."""
ZONE = "America/New_York"


def seat(start: datetime, length: int = 180, number: int = 1, **given: Any) -> Seat:
    of_session = {name: given.pop(name) for name in ("kind", "session_state") if name in given}
    session = Session(
        number,
        1,
        of_session.get("kind", "group"),
        "Evening",
        start,
        start + timedelta(minutes=length),
        state=of_session.get("session_state", "planned"),
    )
    return Seat(number, session, **given)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def counted(*seats: Seat) -> list[tuple[str, int, int, int, int]]:
    return [
        (line.why, line.attended, line.planned, line.excused, line.overlap)
        for line in hours.lines(seats, NOW)
    ]


@pytest.mark.parametrize(
    ("seat_", "line"),
    [
        (seat(at(23, 23), mark="present", minutes=180), ("present", 180, 0, 0, 0)),
        (seat(at(23, 23), mark="late", minutes=150), ("late", 150, 0, 0, 0)),
        (seat(at(23, 23), mark="left_early", minutes=60), ("left_early", 60, 0, 0, 0)),
        (seat(at(23, 23), mark="present", minutes=999), ("present", 180, 0, 0, 0)),
        (seat(at(23, 23), mark="present"), ("present", 0, 0, 0, 0)),
        (seat(at(23, 23), mark="excused"), ("excused", 0, 0, 180, 0)),
        (seat(at(23, 23), mark="absent"), ("absent", 0, 0, 0, 0)),
        (seat(at(23, 23)), ("unmarked", 0, 0, 0, 0)),
        (seat(at(27, 23)), ("ahead", 0, 180, 0, 0)),
        (seat(at(27, 23), state="given_up"), ("given_up", 0, 0, 0, 0)),
        (seat(at(27, 23), session_state="cancelled"), ("cancelled", 0, 0, 0, 0)),
        (seat(at(27, 23), state="cancelled"), ("cancelled", 0, 0, 0, 0)),
        # Whoever gave up a place and came all the same was there, whatever a calendar says now.
        (seat(at(23, 23), state="given_up", mark="present", minutes=90), ("present", 90, 0, 0, 0)),
        (
            seat(at(23, 23), session_state="cancelled", mark="present", minutes=180),
            ("present", 180, 0, 0, 0),
        ),
        (
            seat(at(23, 23), kind="support_meeting", mark="present", minutes=60),
            ("no_treatment", 0, 0, 0, 0),
        ),
    ],
)
def test_each_session_counts_for_what_became_of_it(seat_: Seat, line: object) -> None:
    assert counted(seat_) == [line]


def test_what_overlaps_is_counted_once() -> None:
    first = seat(at(23, 18), mark="present", minutes=180)
    second = seat(at(23, 20), number=2, mark="present", minutes=180)
    assert counted(second, first) == [("present", 180, 0, 0, 0), ("present", 120, 0, 0, 60)]
    late = seat(at(23, 20), number=2, mark="late", minutes=60)
    assert counted(first, late)[1] == ("late", 60, 0, 0, 0)
    excused = seat(at(23, 17), number=3, mark="excused")
    assert counted(first, excused)[0] == ("excused", 0, 0, 60, 120)


def test_a_phase_that_changes_in_mid_week_counts_from_its_day_on() -> None:
    nine, six = Prescribed(MONDAY, 540), Prescribed(MONDAY + timedelta(days=3), 360)
    assert hours.prescribed(MONDAY, [nine]) == 540
    # 3 of 7 days of 540 and 4 of 360.
    assert hours.prescribed(MONDAY, [six, nine]) == 437
    assert hours.prescribed(MONDAY + timedelta(days=7), [six, nine]) == 360
    assert hours.prescribed(MONDAY - timedelta(days=7), [nine]) is None
    mended = Prescribed(MONDAY, 600)
    assert hours.prescribed(MONDAY, [nine, mended]) == 600
    ended = Prescribed(MONDAY + timedelta(days=7), 0)
    assert hours.prescribed(MONDAY + timedelta(days=7), [nine, ended]) is None


def test_what_is_missing_is_neither_planned_nor_waiting_for_a_mark() -> None:
    those = [
        seat(at(23, 23), mark="present", minutes=180),
        seat(at(25, 23), number=2),
        seat(at(24, 18), 60, number=3, mark="excused"),
        seat(at(27, 23), 120, number=4),
    ]
    week = hours.week(MONDAY, hours.lines(those, NOW), 540)
    assert (week.attended, week.planned, week.excused, week.unmarked) == (180, 120, 60, 180)
    assert week.short == 60
    assert hours.week(MONDAY, (), 0).short == 0


def test_what_could_make_it_up_overlaps_with_nothing_and_comes_first() -> None:
    held = [seat(at(27, 22), number=1)]
    free = [
        dataclasses.replace(seat(start, number=number).session, free=3)
        for number, start in enumerate((at(28, 15), at(27, 23), at(26, 19), at(28, 16)), 2)
    ]
    assert [each.id for each in hours.making_up(free, held, NOW)] == [2]
    given_up = [dataclasses.replace(held[0], state="given_up")]
    assert [each.id for each in hours.making_up(free, given_up, NOW)] == [3, 2]


@pytest.mark.parametrize(
    ("first", "length"), [(date(2026, 10, 26), 169), (date(2027, 3, 8), 167), (MONDAY, 168)]
)
def test_a_week_is_as_long_as_its_clocks_make_it(first: date, length: int) -> None:
    start, end = hours.bounds(first, ZONE)
    assert end - start == timedelta(hours=length)
    assert hours.bounds(first + timedelta(days=7), ZONE)[0] == end
    assert hours.monday(date(2026, 11, 1)) == date(2026, 10, 26)


def test_a_night_when_clocks_change_counts_what_passed() -> None:
    start = datetime(2026, 11, 1, 4, tzinfo=UTC)
    night = Session(1, 1, "group", "Night", start, datetime(2026, 11, 1, 8, tzinfo=UTC))
    (line,) = hours.lines([Seat(1, night, mark="present", minutes=240)], NOW)
    # Midnight to 3 am on the clock of that night.
    assert line.attended == 240


MARKS = st.sampled_from([None, "present", "late", "left_early", "excused", "absent"])
SEATS = st.lists(
    st.builds(
        lambda start, minutes, mark, counts, state: (start, minutes, mark, counts, state),
        st.integers(0, 14 * 24 * 4).map(lambda quarter: quarter * 15),
        st.integers(0, 600),
        MARKS,
        st.none() | st.integers(-5, 700),
        st.sampled_from(["held", "given_up", "cancelled"]),
    ),
    max_size=14,
)


def built(drawn: list[tuple[int, int, str | None, int | None, str]]) -> list[Seat]:
    start = datetime(2026, 11, 16, 5, tzinfo=UTC)
    return [
        seat(start + timedelta(minutes=s), m, n, mark=mark, minutes=c, state=state)
        for n, (s, m, mark, c, state) in enumerate(drawn, 1)
    ]


@settings(max_examples=60, deadline=None)
@given(SEATS)
def test_no_minute_counts_twice_and_no_line_more_than_its_session(drawn: list[Any]) -> None:
    seats = built(drawn)
    found = hours.lines(seats, NOW)
    assert [line.seat.id for line in found] == [
        each.id for each in sorted(seats, key=lambda s: (s.session.start, s.id))
    ]
    minutes: set[int] = set()
    for line in found:
        columns = (line.attended, line.planned, line.excused, line.unmarked)
        assert min(columns) >= 0
        assert sum(map(bool, columns)) <= 1
        assert sum(columns) + line.overlap <= line.length
        start = int(line.seat.session.start.timestamp()) // 60
        minutes |= set(range(start, start + line.length))
    # All that counts fits into the minutes in which something was held at all.
    total = sum(line.attended + line.planned + line.excused + line.unmarked for line in found)
    assert total <= len(minutes)
    assert sum(line.attended for line in found) == len(minutes_of(seats))


def minutes_of(seats: list[Seat]) -> set[int]:
    """What was attended, minute by minute."""
    found: set[int] = set()
    for each in seats:
        start = int(each.session.start.timestamp()) // 60
        end = start + each.session.minutes
        came = max(0, min(each.minutes or 0, end - start))
        if each.mark in ("present", "left_early"):
            found |= set(range(start, start + came))
        elif each.mark == "late":
            found |= set(range(end - came, end))
    return found


@settings(max_examples=40, deadline=None)
@given(SEATS)
def test_weeks_add_up_to_the_whole_however_it_is_cut(drawn: list[Any]) -> None:
    """A week that is counted from what overlaps with it alone says what the whole says."""
    seats = built(drawn)
    whole = hours.lines(seats, NOW)
    apart = []
    for n in range(4):
        start, end = hours.bounds(date(2026, 11, 16) + timedelta(days=7 * n), ZONE)
        near = [
            each
            for each in seats
            if start - hours.NEIGHBOURS <= each.session.start < end + hours.NEIGHBOURS
        ]
        apart += [line for line in hours.lines(near, NOW) if start <= line.seat.session.start < end]
        week = hours.week(MONDAY, apart, 540)
        assert week.attended == sum(line.attended for line in apart)
    assert tuple(apart) == whole

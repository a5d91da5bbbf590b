"""Who came: the minutes that count, and what follows for who stayed away without a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot import attendance
from bot.attendance import MARKS, Mark, Marked
from bot.config import House
from storage import people, reminders, seats, staff, tasks, timetable
from storage.store import Store
from tests import sessions_held
from tests.conftest import HandClock
from tests.world import COUNSELOR, World

THURSDAY = datetime(2026, 11, 26, 23, 0, tzinfo=UTC)
"""6 pm in New York."""
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("mark", "missed", "counts"),
    [
        ("present", 0, 180), ("present", 30, 180), ("late", 30, 150), ("left_early", 179, 1),
        ("late", 999, 0), ("late", -5, 180), ("excused", 0, None), ("absent", 0, None),
        (None, 0, None),
    ],
)  # fmt: skip
def test_what_was_missed_is_taken_off(mark: Mark | None, missed: int, counts: int | None) -> None:
    assert attendance.minutes(mark, 180, missed) == counts


@given(st.sampled_from(MARKS), st.integers(0, 1440), st.integers(-2000, 2000))
@settings(max_examples=50)
def test_never_more_counts_than_was_held(mark: Mark, length: int, missed: int) -> None:
    counts = attendance.minutes(mark, length, missed)
    assert (counts is None) == (mark in ("excused", "absent"))
    assert counts is None or 0 <= counts <= length


class Room:
    """A group with one person, and whoever marks it."""

    def __init__(self, world: World, person: int, staff_id: int, series: int) -> None:
        self.world = world
        self.person = person
        self.staff_id = staff_id
        self.series = series

    def held(self, start: datetime, **given: Any) -> int:
        return int(self.do(lambda tx: sessions_held.held(tx, self.series, start, **given)))

    def sits(self, start: datetime, **given: Any) -> tuple[int, int]:
        """A session and their place in it."""
        which = self.held(start)
        return which, self.do(
            lambda tx: sessions_held.sits(tx, which, self.person, start - DAY, **given)
        )

    def mark(self, which: int, seat: int, mark: Mark | None, now: datetime, missed: int = 0) -> int:
        house, by = self.world.house, self.staff_id
        marks = {seat: Marked(mark, missed)}
        return int(self.do(lambda tx: attendance.mark(tx, house, which, marks, by, now)))

    def do(self, work: Any) -> Any:
        def run(tx: Connection) -> Any:
            return work(tx)

        return self.world.store.write_now(run)

    def seat(self, which: int) -> Any:
        return self.do(lambda tx: seats.get(tx, which))

    def asked(self) -> dict[str, datetime]:
        """When they are asked what got in the way."""
        rows = self.do(lambda tx: reminders.of(tx, self.person))
        return {row.kind: row.due_at for row in rows if row.kind.startswith(attendance.ASKED)}

    def tasks(self) -> list[tuple[str, str]]:
        return [(row.kind, row.state) for row in self.do(lambda tx: tasks.of(tx, self.person, 9))]

    def reasons(self) -> list[str]:
        return [row.reason for row in self.world.alerts()]


@pytest.fixture
async def room(store: Store, house: House, clock: HandClock) -> Room:
    world = await World(store, house, clock).staffed()
    person = await world.joined()

    def work(tx: Connection) -> tuple[int, int]:
        worker = staff.by_name(tx, COUNSELOR)
        assert worker is not None
        return worker.id, sessions_held.series(tx, clock.now(), staff_id=worker.id)

    staff_id, series = await store.write(work)
    return Room(world, person, staff_id, series)


async def test_a_mark_counts_and_every_change_of_it_stands_in_the_trail(room: Room) -> None:
    which, seat = room.sits(THURSDAY)
    over = THURSDAY + timedelta(hours=3)
    assert room.mark(which, seat, "present", THURSDAY - timedelta(hours=1)) == 0
    assert room.mark(which, seat, "late", over, 20) == 1
    assert room.mark(which, seat, "late", over, 20) == 0
    assert room.seat(seat).minutes == 160
    assert room.do(lambda tx: timetable.one(tx, which)).marked_at == over
    assert room.mark(which, seat, None, over + 9 * DAY) == 1
    row = room.seat(seat)
    assert (row.mark, row.minutes) == (None, None)
    assert room.do(lambda tx: timetable.one(tx, which)).marked_at is None
    changes = [each for each in room.do(lambda tx: seats.trail(tx, seat)) if each.what == "marked"]
    assert [each.after.get("mark") for each in changes] == ["late", None]
    assert changes[1].before["minutes"] == 160
    assert {each.staff_id for each in changes} == {room.staff_id}


async def test_who_stayed_away_without_a_word_is_asked_once_it_is_over(room: Room) -> None:
    which, seat = room.sits(THURSDAY)
    room.mark(which, seat, "absent", THURSDAY + timedelta(minutes=20))
    # 9 pm is quiet already: at 8 in the morning.
    assert room.asked() == {f"{attendance.ASKED}:{seat}": datetime(2026, 11, 27, 13, 0, tzinfo=UTC)}
    assert room.tasks() == [("missed", "open")]
    room.mark(which, seat, "late", THURSDAY + timedelta(minutes=40), 30)
    assert room.asked() == {}
    assert room.tasks() == [("missed", "dropped")]
    assert room.reasons() == []


@pytest.mark.parametrize(
    "told",
    [
        {"reply": "cannot", "state": "given_up"},
        {"reply": "help", "barrier": "ride"},
    ],
)
async def test_who_had_said_so_is_not_asked(room: Room, told: dict[str, str]) -> None:
    for n in range(2):
        which, seat = room.sits(THURSDAY + n * DAY, **told)
        room.mark(which, seat, "absent", THURSDAY + n * DAY + timedelta(hours=3))
    assert (room.asked(), room.tasks(), room.reasons()) == ({}, [], [])


async def test_who_was_seen_is_not_silent(room: Room) -> None:
    marks: tuple[tuple[Mark, int], ...] = (("absent", 1), ("late", 0))
    for mark, left in marks:
        room.do(lambda tx: people.change(tx, room.person, misses=1))
        which, seat = room.sits(THURSDAY if left else THURSDAY + DAY)
        room.mark(which, seat, mark, THURSDAY + 2 * DAY, 5)
        assert room.do(lambda tx: people.get(tx, room.person).misses) == left


async def test_two_days_in_a_row_are_a_concern_and_two_hours_of_one_day_are_not(
    room: Room,
) -> None:
    first, seat = room.sits(THURSDAY)
    room.mark(first, seat, "absent", THURSDAY + timedelta(hours=3))
    later, second = room.sits(THURSDAY + timedelta(hours=3))
    room.mark(later, second, "absent", THURSDAY + timedelta(hours=5))
    assert (len(room.asked()), room.tasks(), room.reasons()) == (1, [("missed", "open")], [])
    excused, third = room.sits(THURSDAY + DAY)
    room.mark(excused, third, "excused", THURSDAY + DAY + timedelta(hours=3))
    last, fourth = room.sits(THURSDAY + 2 * DAY)
    room.mark(last, fourth, "absent", THURSDAY + 2 * DAY + timedelta(hours=3))
    assert room.reasons() == [attendance.TWO]
    assert not room.world.alerts()[0].known


async def test_a_day_that_they_came_to_lies_in_between(room: Room) -> None:
    marks: tuple[Mark, ...] = ("absent", "present", "absent")
    for n, mark in enumerate(marks):
        which, seat = room.sits(THURSDAY + n * DAY)
        room.mark(which, seat, mark, THURSDAY + n * DAY + timedelta(hours=3))
    assert room.reasons() == []


async def test_what_is_marked_days_later_asks_nobody(room: Room) -> None:
    which, seat = room.sits(THURSDAY)
    room.mark(which, seat, "absent", THURSDAY + 3 * DAY)
    assert (room.asked(), room.tasks()) == ({}, [("missed", "open")])
    older, other = room.sits(THURSDAY - DAY)
    room.mark(older, other, "absent", THURSDAY + 8 * DAY)
    assert (len(room.tasks()), room.reasons()) == (1, [])


async def test_whoever_walks_in_was_there_and_a_cancelled_session_takes_nobody(room: Room) -> None:
    which, over = room.held(THURSDAY, capacity=1), THURSDAY + timedelta(hours=3)
    came = (which, room.person, room.staff_id)
    assert not room.do(lambda tx: attendance.walk_in(tx, *came, THURSDAY - DAY))
    assert room.do(lambda tx: attendance.walk_in(tx, *came, over))
    assert room.do(lambda tx: attendance.walk_in(tx, *came, over))
    (row,) = room.do(lambda tx: seats.at(tx, which))
    assert (row.via, row.mark, row.minutes) == ("walk_in", "present", 180)
    room.mark(which, row.id, "absent", over)
    assert (len(room.asked()), room.tasks()) == (1, [("missed", "open")])
    assert room.do(lambda tx: attendance.walk_in(tx, *came, over))
    assert (room.asked(), room.tasks()) == ({}, [("missed", "dropped")])
    off = room.held(THURSDAY, state="cancelled")
    gone = (off, room.person, room.staff_id, over)
    assert not room.do(lambda tx: attendance.walk_in(tx, *gone))


async def test_two_who_seat_somebody_at_once_seat_them_once(room: Room) -> None:
    which = room.held(THURSDAY)
    for _ in range(2):
        room.do(lambda tx: seats.enrol(tx, [which], room.person, THURSDAY - DAY, None))
    (row,) = room.do(lambda tx: seats.at(tx, which))
    assert [each.what for each in room.do(lambda tx: seats.trail(tx, row.id))] == ["booked"]

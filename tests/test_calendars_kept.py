"""Calendars kept as sessions: what comes again, moves or goes, and who hears of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.calendars import changing, enrolling, hand, steps, sweep, sync
from bot.calendars.occurrence import CalendarError
from bot.check import timetabled
from bot.check.report import Report
from bot.config import House
from bot.feeds.hands import Hands, straight
from bot.standing import change as change_standing
from storage import enrolments, people, reminders, seats, staff, timetable
from storage.store import Store
from tests.conftest import HandClock
from tests.world import COUNSELOR, World

SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}
LEADS = "900"
ZONE = "America/New_York"
EVENING = """UID:evening
DTSTART;TZID=America/New_York:{start}
DTEND;TZID=America/New_York:{end}
RRULE:FREQ=WEEKLY;COUNT=6
{more}SUMMARY:Evening group
LOCATION:{place}"""


def ics(*events: str) -> bytes:
    parts = [line for each in events for line in ("BEGIN:VEVENT", *each.split("\n"), "END:VEVENT")]
    return "\r\n".join(["BEGIN:VCALENDAR", *parts, "END:VCALENDAR", ""]).encode()


def evening(
    hour: str = "18", *, day: str = "20261119", place: str = "Room 2", more: str = ""
) -> str:
    """Thursdays from November 19 on, or another day, for three hours."""
    end = f"{day}T{int(hour) + 3}0000"
    return EVENING.format(start=f"{day}T{hour}0000", end=end, place=place, more=more)


class Kept:
    """A world with a timetable."""

    def __init__(self, world: World) -> None:
        self.world, self.store, self.house = world, world.store, world.house

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    @property
    def hands(self) -> Hands:
        def carry(tx: Any, what: str, given: dict[str, Any], now: datetime) -> dict[str, Any]:
            return steps.STEPS[what](tx, self.house, given, now)

        return straight(self.store, lambda: self.now, carry)

    def bring(self, *events: str, by_hand: bool = True) -> sync.Taken:
        source = sync.Source("programme", "ics", ZONE, by_hand=by_hand)
        if by_hand:
            return sync.import_file(self.hands, source, ics(*events), self.now)
        since, until = sync.span(self.now, ZONE, sync.AHEAD)
        found = sync.read(ics(*events), "ics", ZONE, since, until)
        return sync.bring(self.hands, source, found, self.now, until, {})

    def sessions(self, state: str = "planned") -> list[Any]:
        since, until = self.now - timedelta(days=90), self.now + timedelta(days=150)
        rows = self.store.read_now(lambda tx: timetable.between(tx, since, until))
        return [row for row in rows if row.state == state]

    def starts(self, state: str = "planned") -> list[str]:
        return [f"{row.starts_at:%m-%d %H:%M}" for row in self.sessions(state)]

    def seats(self, person: int) -> list[Any]:
        since, until = self.now - timedelta(days=90), self.now + timedelta(days=150)
        return self.store.read_now(lambda tx: seats.of(tx, person, since, until))

    async def enrol(self, person: int, from_on: date = date(2026, 11, 23), **more: Any) -> int:
        series = self.store.read_now(timetable.all_series)[0].id
        await self.store.write(
            lambda tx: enrolling.enrol(tx, self.house, self.now, person, series, from_on, **more)
        )
        return int(series)

    async def heard(self, address: str = "100") -> list[str]:
        """What they are told by itself in the next quarter of an hour."""
        self.world.sent_since(address)
        await self.world.later(minutes=15)
        return self.world.sent_since(address)


@pytest.fixture
async def kept(store: Store, house: House, clock: HandClock) -> Kept:
    return Kept(await World(store, house, clock).staffed())


WEEKLY = ["11-19 23:00", "11-26 23:00", "12-03 23:00", "12-10 23:00", "12-17 23:00", "12-24 23:00"]


async def test_the_same_again_changes_nothing(kept: Kept) -> None:
    taken = kept.bring(evening())
    assert (taken.new, taken.sessions, taken.series) == (6, 6, 1)
    assert kept.starts() == WEEKLY
    before = kept.sessions()
    again = kept.bring(evening())
    assert (again.new, again.changed, again.cancelled, again.people) == (0, 0, 0, 0)
    assert kept.sessions() == before


async def test_what_moves_moves_and_what_is_gone_is_cancelled(kept: Kept) -> None:
    kept.bring(evening())
    numbers = [row.id for row in kept.sessions()]
    # The whole series an hour earlier, one time left out.
    left_out = "EXDATE;TZID=America/New_York:20261210T170000\n"
    taken = kept.bring(evening("17", more=left_out))
    assert (taken.new, taken.changed, taken.cancelled) == (0, 4, 1)
    assert kept.starts() == [
        "11-19 23:00",
        *("11-26 22:00", "12-03 22:00", "12-17 22:00", "12-24 22:00"),
    ]
    assert kept.starts("cancelled") == ["12-10 23:00"]
    assert [row.id for row in kept.sessions()] == [n for n in numbers if n != numbers[3]]
    # On Fridays, and the one that was left out is back.
    kept.bring(evening(day="20261120"))
    assert kept.starts("cancelled") == ["12-10 23:00"]
    assert kept.starts() == [
        *("11-19 23:00", "11-27 23:00", "12-04 23:00", "12-11 23:00", "12-18 23:00", "12-25 23:00"),
    ]


async def test_what_staff_changed_stays_and_what_they_set_wins(kept: Kept) -> None:
    kept.bring(evening())
    first, second = (row.id for row in kept.sessions()[1:3])
    later = datetime(2026, 11, 27, 1, tzinfo=UTC)

    def work(tx: Any) -> None:
        end = later + timedelta(hours=2)
        assert changing.change(tx, kept.house, kept.now, first, starts_at=later, ends_at=end)
        assert changing.cancel(tx, kept.house, kept.now, second)
        assert not changing.cancel(tx, kept.house, kept.now, second)
        series = timetable.all_series(tx)[0].id
        assert changing.set_series(tx, kept.now, series, capacity=4, kind="education")

    await kept.store.write(work)
    kept.bring(evening(place="Room 3"))
    rows = {row.id: row for row in [*kept.sessions(), *kept.sessions("cancelled")]}
    assert (rows[first].starts_at, rows[first].place) == (later, "Room 2")
    assert rows[second].state == "cancelled"
    third = kept.sessions()[2]
    assert (third.place, third.capacity, third.kind) == ("Room 3", 4, "education")


async def test_a_calendar_that_lost_much_is_not_believed(kept: Kept) -> None:
    kept.bring(evening())
    alone = "UID:other\nDTSTART:20261201T150000Z\nDTEND:20261201T160000Z\nSUMMARY:Other"
    with pytest.raises(CalendarError, match="no longer in it"):
        kept.bring(alone, by_hand=False)
    assert len(kept.sessions()) == 6
    kept.bring(alone)
    assert kept.starts() == ["11-19 23:00", "12-01 15:00"]
    rows = kept.store.read_now(lambda tx: timetable.all_series(tx, ended=True))
    assert {row.title: row.active for row in rows} == {"Evening group": False, "Other": True}


async def test_seats_follow_enrolments(kept: Kept) -> None:
    kept.bring(evening())
    person = await kept.world.joined()
    series = await kept.enrol(person, until_on=date(2026, 12, 10))
    assert [f"{row.starts_at:%m-%d}" for row in kept.seats(person)] == ["11-26", "12-03", "12-10"]
    given_up = kept.seats(person)[0].id

    def work(tx: Any) -> None:
        seats.change(tx, given_up, kept.now, "given_up", None, state="given_up")
        assert enrolling.leave(tx, kept.house, kept.now, person, series, date(2026, 12, 3))

    await kept.store.write(work)
    assert [row.state for row in kept.seats(person)] == ["given_up", "held", "cancelled"]
    await kept.enrol(person, until_on=date(2026, 12, 17))
    assert [row.state for row in kept.seats(person)] == ["given_up", *["held"] * 3]
    last = kept.seats(person)[2].id
    trail = kept.store.read_now(lambda tx: seats.trail(tx, last))
    assert [each.what for each in trail] == ["booked", "cancelled", "booked"]
    worker = await kept.world.worker("Lee Okafor")
    for status, states in (("hospital", "cancelled"), ("active", "held")):
        await kept.store.write(
            lambda tx, status=status: change_standing(  # type: ignore[misc]
                tx, kept.house, person, status, worker.id, kept.now
            )
        )
        assert [row.state for row in kept.seats(person)] == ["given_up", *[states] * 3]


async def test_who_has_a_place_hears_once_of_what_changed(kept: Kept) -> None:
    kept.bring(evening())
    person = await kept.world.joined(**SMS)
    await kept.enrol(person)
    first = kept.seats(person)[0]
    await kept.store.write(
        lambda tx: seats.change(tx, first.id, kept.now, "replied", None, reply="coming")
    )
    kept.bring(evening("17"))
    assert await kept.heard(SMS["address"]) == [
        (
            "Your 6 pm Thursday has moved. Now it's Thursday at 5 pm.\n"
            "4 more changed the same way. SESSIONS shows what is next."
        )
    ]
    assert kept.seats(person)[0].reply is None, "they said it of another time"
    assert await kept.heard(SMS["address"]) == []
    kept.bring(evening("17", more="EXDATE;TZID=America/New_York:20261126T170000\n"))
    (told,) = await kept.heard(SMS["address"])
    assert told.startswith("Your 5 pm Thursday is cancelled.")
    assert kept.seats(person)[0].state == "cancelled"


async def test_what_is_cancelled_is_told_before_what_is_elsewhere(kept: Kept) -> None:
    kept.bring(evening())
    person = await kept.world.joined(**SMS)
    await kept.enrol(person)
    soon, later, *_ = kept.sessions()[1:]

    def change(tx: Connection) -> None:
        changing.change(tx, kept.house, kept.now, soon.id, None, place="Room 9")
        changing.cancel(tx, kept.house, kept.now, later.id)

    await kept.store.write(change)
    (told,) = await kept.heard(SMS["address"])
    assert told == (
        "Your 6 pm Dec 3 is cancelled. There's nothing you need to do.\n"
        "Also: 6 pm Thursday is at another place."
    )


async def test_others_are_named_once_and_only_while_they_fit(kept: Kept) -> None:
    kept.bring(evening())
    person = await kept.world.joined(language="es", **SMS)
    await kept.enrol(person)
    first, second, third, fourth = kept.sessions()[1:5]

    def change(tx: Connection) -> None:
        sooner = {"starts_at": first.starts_at - timedelta(hours=1)}
        changing.change(tx, kept.house, kept.now, first.id, None, **sooner)
        later = {"starts_at": second.starts_at + timedelta(days=1)}
        changing.change(tx, kept.house, kept.now, second.id, None, **later)
        changing.cancel(tx, kept.house, kept.now, third.id)

    await kept.store.write(change)
    (told,) = await kept.heard(SMS["address"])
    assert told == (
        "Tu cita: jueves 6 p.m. Ahora es jueves, 5 p.m.\n"
        "Otras: 3 dic 6 p.m., ahora 4 dic 6 p.m.; 10 dic 6 p.m., no se hace."
    )
    await kept.store.write(lambda tx: changing.cancel(tx, kept.house, kept.now, fourth.id))
    assert await kept.heard(SMS["address"]) == [
        "Tu cita: 17 dic 6 p.m. Se canceló. No hace falta hacer nada."
    ], "they were told of the others"


async def test_others_that_do_not_fit_are_said_to_be_there(kept: Kept) -> None:
    kept.bring(evening())
    person = await kept.world.joined(**SMS)
    await kept.enrol(person)
    first, second, *rest = kept.sessions()[1:]

    def change(tx: Connection) -> None:
        for hours, each in enumerate((first, second), 1):
            sooner = {"starts_at": each.starts_at - timedelta(hours=hours), "place": "9 Elm St"}
            changing.change(tx, kept.house, kept.now, each.id, None, **sooner)
        for each in rest:
            changing.cancel(tx, kept.house, kept.now, each.id)

    await kept.store.write(change)
    (told,) = await kept.heard(SMS["address"])
    assert told.endswith("\nOthers changed too. SESSIONS shows what is next.")


def _changed(kept: Kept, which: int, values: dict[str, Any], tx: Connection) -> bool:
    return changing.change(tx, kept.house, kept.now, which, None, **values)


async def test_what_moves_to_a_new_place_says_which(kept: Kept) -> None:
    kept.bring(evening())
    person = await kept.world.joined(**SMS)
    await kept.enrol(person)
    first, second = kept.sessions()[1:3]
    for which, place, said in (
        (first, "12 Oak St, Room 4", "The place is new too: 12 Oak St, Room 4"),
        (second, "Harbor House", "The place is new too. TALK asks where."),
    ):
        sooner = {"starts_at": which.starts_at - timedelta(hours=1), "place": place}
        await kept.store.write(partial(_changed, kept, which.id, sooner))
        (told,) = await kept.heard(SMS["address"])
        assert told.splitlines()[1:] == [said]


async def test_what_is_on_after_all_is_told_to_who_heard_that_it_is_not(kept: Kept) -> None:
    kept.bring(evening())
    person = await kept.world.joined(**SMS)
    await kept.enrol(person)
    off = [f"EXDATE;TZID=America/New_York:{day}T180000\n" for day in ("20261126", "20261203")]
    kept.bring(evening(more="".join(off)))
    assert len(await kept.heard(SMS["address"])) == 1
    kept.bring(evening())
    assert await kept.heard(SMS["address"]) == [
        "Your 6 pm Thursday is on after all.\nAlso: 6 pm Dec 3 is on after all."
    ]
    kept.bring(evening(more=off[0]))
    kept.bring(evening())
    assert await kept.heard(SMS["address"]) == [], "they had not heard"


async def test_who_leads_it_hears_once_and_on_duty(kept: Kept) -> None:
    dana = kept.store.read_now(lambda tx: staff.by_name(tx, COUNSELOR))
    assert dana is not None
    kept.bring(evening())
    series = kept.store.read_now(timetable.all_series)[0].id
    await kept.store.write(lambda tx: changing.set_series(tx, kept.now, series, leads=dana.id))
    second = kept.sessions()[1].id
    kept.world.sent_since(LEADS)
    await kept.store.write(
        lambda tx: changing.change(tx, kept.house, kept.now, second, dana.id, place="Room 9")
    )
    assert kept.world.sent_since(LEADS) == [], "they did it themselves"
    kept.bring(evening("17"))
    kept.bring(evening("16"))
    (told,) = kept.world.sent_since(LEADS)
    assert told.endswith("another place. https://companion.example/sessions?week=2026-11-30")
    await kept.world.later(hours=13)
    kept.bring(evening("15"))
    row = kept.world.rows()[-1]
    assert (row.kind, f"{row.not_before:%H:%M}") == ("sessions_changed", "13:00"), "not off duty"


async def test_nobody_hears_of_what_is_again_as_they_know_it(kept: Kept) -> None:
    kept.bring(evening())
    person = await kept.world.joined(language="es")
    await kept.enrol(person)
    kept.bring(evening("17"))
    kept.bring(evening())
    assert await kept.heard() == []
    kept.bring(evening(place="Room 9"))
    (told,) = await kept.heard()
    assert told.startswith("Tu cita: jueves 6 p.m. Ahora es en otro lugar: Room 9")
    rows = kept.store.read_now(lambda tx: reminders.of(tx, person))
    assert not [row for row in rows if row.kind.startswith("session_news")]


async def test_what_is_entered_by_hand_goes_on(kept: Kept) -> None:
    entered = hand.checked(
        {
            "title": "Morning group",
            "kind": "Group",
            "days": "mon, wed",
            "at": "9 am",
            "minutes": "180",
            "from": "2026-11-23",
            "capacity": "8",
        }
    )
    person = await kept.world.joined()
    await kept.store.write(lambda tx: changing.add(tx, kept.house, kept.now, entered))
    series = await kept.enrol(person)
    count = len(kept.sessions())
    assert kept.starts()[:3] == ["11-23 14:00", "11-25 14:00", "11-30 14:00"]
    assert (count, len(kept.seats(person))) == (35, 35)
    assert await sweep.carry_on(kept.store, kept.house, kept.now) == 0
    kept.world.clock.at += timedelta(days=7)
    assert await sweep.carry_on(kept.store, kept.house, kept.now) > 0
    assert await sweep.carry_on(kept.store, kept.house, kept.now) == 0
    assert (len(kept.sessions()), len(kept.seats(person))) == (37, 37)
    # The clock goes forward on March 14: it stays at nine.
    assert {row.starts_at.astimezone(kept.house.clinic.tz).hour for row in kept.sessions()} == {9}
    last = date(2026, 12, 2)
    await kept.store.write(lambda tx: changing.end_series(tx, kept.house, kept.now, series, last))
    assert [f"{row.starts_at:%m-%d}" for row in kept.sessions()][-1] == "12-02"


async def test_people_who_have_not_agreed_hold_no_place(kept: Kept) -> None:
    kept.bring(evening())
    person = await kept.world.invited()
    await kept.enrol(person)
    assert kept.seats(person) == []
    await kept.world.say("1")
    assert [row.state for row in kept.seats(person)] == ["held"] * 5
    assert kept.store.read_now(lambda tx: enrolments.concerned(tx, None, kept.now)) == [person]
    assert kept.store.read_now(lambda tx: people.get(tx, person)).status == "active"


async def test_the_check_says_when_a_file_ends(kept: Kept) -> None:
    kept.bring(evening())
    for days, problems in ((0, 0), (10, 1)):
        report = Report()
        now = kept.now + timedelta(days=days)
        kept.store.read_now(lambda tx: timetabled.calendars(report, tx, now))  # noqa: B023
        assert report.text().count("its last session is on 24 Dec 2026") == problems

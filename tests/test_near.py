from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot import near
from bot.starts import Span
from handlers.meetings import Answer, Meeting, Spot, Wish, answer
from storage import grid
from storage.models import meeting
from storage.store import Store
from tests.meeting_rows import PHILADELPHIA, listed, moment, north, online, put, row

HERE = Spot(*PHILADELPHIA, "19103", "America/New_York")
MONDAY = "2026-11-23T19:25-05:00"


class Town:
    """A store with one list, which is filled and searched."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.feed = store.write_now(lambda tx: listed(tx, phone="215-555-0111"))

    def add(self, *rows: dict[str, Any]) -> None:
        self.store.write_now(lambda tx: put(tx, rows))

    def search(self, at: str = MONDAY, zone: str = "America/New_York", **wish: Any) -> Answer:
        kept = wish.pop("kept", HERE)
        asked = Wish(**wish)
        found = self.store.read_now(lambda tx: near.search(tx, asked, kept, zone, moment(at)))
        assert answer(found.to_text()) == found
        return found

    def names(self, at: str = MONDAY, **wish: Any) -> list[str]:
        return [each.name for each in self.search(at, **wish).found]


@pytest.fixture
def town(store: Store) -> Town:
    return Town(store)


def test_the_next_hour_comes_first_in_the_smallest_circle_that_has_three(town: Town) -> None:
    town.add(
        row(town.feed, 1, "20:00", name="c", **north(4)),
        row(town.feed, 1, "19:30", name="a", **north(4.5)),
        row(town.feed, 1, "19:30", name="b"),
        row(town.feed, 1, "19:26", name="far", **north(9)),
        row(town.feed, 1, "22:00", name="late"),
        row(town.feed, 1, "19:26", name="too far", **north(26)),
    )
    found = town.search()
    assert [each.name for each in found.found] == ["b", "a", "c", "far", "late"]
    assert [each.miles for each in found.found] == [0.0, 4.5, 4.0, 9.0, 0.0]
    assert (found.circle, found.asked, found.more, found.stale) == (10, True, False, False)
    assert found.helpline == "215-555-0111"
    assert found.found[0].start == "2026-11-23T19:30:00-05:00"
    assert found.found[0].id.startswith("made-up/")


def test_one_may_still_come_in_ten_minutes_late(town: Town) -> None:
    town.add(row(town.feed, 1, "19:15", name="just"), row(town.feed, 1, "19:14", name="missed"))
    assert town.names() == ["just"]


def test_few_in_the_hour_are_followed_by_two_online_then_today_then_tomorrow(town: Town) -> None:
    town.add(
        row(town.feed, 2, "07:00", name="tomorrow"),
        online(town.feed, 1, "23:00", name="online later"),
        online(town.feed, 1, "20:00", name="online soon"),
        online(town.feed, 1, "20:05", name="online too"),
        online(town.feed, 1, "20:10", name="a third"),
        row(town.feed, 2, "00:30", name="tonight"),
        row(town.feed, 1, "19:45", name="soon"),
    )
    told = ["soon", "online soon", "online too", "tonight", "a third", "online later", "tomorrow"]
    assert town.names() == told
    assert town.names(how="near") == ["soon", "tonight", "tomorrow"]
    assert town.names(how="online") == ["online soon", "online too", "a third", "online later"]


def test_the_circle_widens_only_where_it_is_empty(town: Town) -> None:
    town.add(
        row(town.feed, 1, "20:00", name="at 40", **north(40)),
        row(town.feed, 1, "20:00", name="at 90", **north(90)),
        row(town.feed, 1, "20:00", name="at 101", **north(101)),
        online(town.feed, 1, "20:00", name="online"),
    )
    found = town.search()
    assert [each.name for each in found.found] == ["online", "at 40"]
    assert found.circle == 50
    town.add(row(town.feed, 1, "21:00", name="at 20", **north(20)))
    assert town.names() == ["online", "at 20"]


def test_nowhere_to_go_leaves_what_is_online(town: Town) -> None:
    town.add(online(town.feed, 1, "20:00", name="online"))
    found = town.search()
    assert [each.name for each in found.found] == ["online"]
    assert (found.circle, found.asked) == (None, True)
    assert found.found[0].miles is None


def test_nothing_at_all_leaves_the_helpline_of_who_lists_here(town: Town) -> None:
    town.add(row(town.feed, 1, "20:00", kinds=["men"]))
    found = town.search()
    assert (found.found, found.circle, found.helpline) == ((), None, "215-555-0111")


def test_what_does_not_meet_every_week_comes_last(town: Town) -> None:
    town.add(
        row(town.feed, 1, "19:30", name="first Monday", weekly=False),
        row(town.feed, 1, "19:50", name="a"),
        row(town.feed, 2, "18:00", name="b"),
        online(town.feed, 1, "20:00", name="c"),
    )
    assert town.names() == ["a", "c", "b", "first Monday"]
    assert [each.weekly for each in town.search().found] == [True, True, True, False]


def test_women_men_and_families_are_shown_to_who_asked(town: Town) -> None:
    town.add(
        row(town.feed, 1, "19:30", name="all"),
        row(town.feed, 1, "19:31", name="women", kinds=["women", "open"]),
        row(town.feed, 1, "19:32", name="men", kinds=["men"]),
        row(town.feed, 1, "19:33", name="al-anon", fellowship="al-anon"),
        row(town.feed, 1, "19:34", name="families", fellowship="smart", kinds=["family"]),
    )
    assert town.names() == ["all"]
    assert town.names(kinds=("women",)) == ["women"]
    assert town.names(kinds=("men",)) == ["men"]
    assert town.names(fellowships=("al-anon",)) == ["al-anon"]
    assert town.names(kinds=("family",)) == ["al-anon", "families"]
    assert town.names(fellowships=("smart", "aa")) == ["all"]


def test_it_is_all_of_the_kinds_that_were_asked_for(town: Town) -> None:
    town.add(
        row(town.feed, 1, "19:30", name="one", kinds=["spanish"]),
        row(town.feed, 1, "19:40", name="both", kinds=["spanish", "newcomers"]),
        row(town.feed, 1, "19:50", name="neither"),
    )
    assert town.names(kinds=("newcomers", "spanish")) == ["both"]
    # Nothing is all of them: what comes closest, and it is said that it is not.
    found = town.search(kinds=("spanish", "wheelchair", "newcomers"))
    assert [each.name for each in found.found] == ["both", "one", "neither"]
    assert not found.asked


def test_women_who_find_none_of_their_own_are_never_sent_to_men(town: Town) -> None:
    town.add(row(town.feed, 1, "19:30", kinds=["men"]), row(town.feed, 1, "20:00", name="all"))
    found = town.search(kinds=("women",))
    assert ([each.name for each in found.found], found.asked) == (["all"], False)


def test_another_fellowship_is_better_than_no_answer(town: Town) -> None:
    town.add(row(town.feed, 1, "20:00", name="aa"), row(town.feed, 1, "20:00", fellowship="ga"))
    found = town.search(fellowships=("na",))
    assert ("aa" in [each.name for each in found.found], found.asked) == (True, False)
    nar_anon = row(town.feed, 1, "20:00", name="nar-anon", fellowship="nar-anon")
    town.add(nar_anon)
    assert town.names(fellowships=("al-anon",)) == ["nar-anon"]


def test_what_is_closed_or_can_not_be_joined_is_never_shown(town: Town) -> None:
    closed = row(town.feed, 1, "19:30", attendance="inactive")
    closed["cell"] = grid.cell(*PHILADELPHIA)
    unjoined = online(town.feed, 1, "19:30")
    unjoined["join_url"] = None
    town.add(closed, unjoined)
    assert town.search().found == ()


def test_by_phone_there_is_a_number_to_call(town: Town) -> None:
    town.add(
        online(town.feed, 1, "20:00", name="link"),
        online(town.feed, 1, "20:00", name="phone", join_phone="+12155550133"),
    )
    assert town.names(how="phone") == ["phone"]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-23T23:50-05:00", ["23:55", "03:00", "04:59"]),
        # At two it may be this night or the next evening.
        ("2026-11-24T02:00-05:00", ["03:00", "04:59", "next 19:00"]),
        ("2026-11-23T12:00-05:00", ["19:00", "23:55", "03:00", "04:59"]),
    ],
)
def test_tonight_runs_on_to_the_morning(town: Town, at: str, told: list[str]) -> None:
    town.add(
        row(town.feed, 1, "12:30", name="noon"),
        row(town.feed, 1, "19:00", name="19:00"),
        row(town.feed, 1, "23:55", name="23:55"),
        row(town.feed, 2, "03:00", name="03:00"),
        row(town.feed, 2, "04:59", name="04:59"),
        row(town.feed, 2, "05:00", name="05:00"),
        row(town.feed, 2, "19:00", name="next 19:00"),
    )
    assert town.names(at, when="tonight") == told


def test_tomorrow_and_a_weekday_at_an_hour(town: Town) -> None:
    town.add(
        row(town.feed, 1, "19:00", name="mon 7 pm"),
        row(town.feed, 2, "07:00", name="tue 7 am"),
        row(town.feed, 2, "19:00", name="tue 7 pm"),
        row(town.feed, 0, "10:00", name="sun 10 am"),
        row(town.feed, 0, "22:00", name="sun 10 pm"),
        row(town.feed, 1, "01:00", name="sun night"),
    )
    at = "2026-11-23T12:00-05:00"
    assert town.names(at, when="tomorrow") == ["tue 7 am", "tue 7 pm"]
    assert town.names(at, when="tomorrow", begins=18 * 60, ends=20 * 60) == ["tue 7 pm"]
    sunday = "2026-11-22T12:00-05:00"
    assert town.names(sunday, when="day_after") == ["tue 7 am", "tue 7 pm"]
    assert town.names(at, when="day", weekday=0) == ["sun 10 am", "sun 10 pm", "sun night"]
    assert town.names(at, when="day", weekday=0, ends=12 * 60) == ["sun 10 am"]
    assert town.names(at, when="day", weekday=0, begins=21 * 60, ends=2 * 60) == [
        "sun 10 pm",
        "sun night",
    ]
    assert town.names(at, begins=18 * 60 + 30, ends=20 * 60) == ["mon 7 pm", "tue 7 pm"]
    # That day is today, and half over: what is left of it, then a week on.
    found = town.search("2026-11-29T15:00-05:00", when="day", weekday=0).found
    assert [(each.name, each.start[:10]) for each in found] == [
        ("sun 10 pm", "2026-11-29"),
        ("sun night", "2026-11-30"),
        ("sun 10 am", "2026-12-06"),
    ]


def test_what_begins_later_is_told_as_such(town: Town) -> None:
    town.add(row(town.feed, 4, "19:00", name="thursday"))
    found = town.search()
    assert ([each.name for each in found.found], found.asked) == (["thursday"], False)
    assert found.found[0].start == "2026-11-26T19:00:00-05:00"


def test_a_week_ends_on_saturday_night(town: Town) -> None:
    town.add(row(town.feed, 6, "23:55", name="sat"), row(town.feed, 0, "00:10", name="sun"))
    assert town.names("2026-11-28T23:50-05:00") == ["sat", "sun"]


@pytest.mark.parametrize(
    ("at", "start"),
    [
        ("2026-10-25T18:30-04:00", "2026-10-25T19:00:00-04:00"),
        ("2026-11-01T18:30-05:00", "2026-11-01T19:00:00-05:00"),
        ("2027-03-07T18:30-05:00", "2027-03-07T19:00:00-05:00"),
        ("2027-03-14T18:30-04:00", "2027-03-14T19:00:00-04:00"),
    ],
)
def test_seven_stays_seven_when_clocks_change(town: Town, at: str, start: str) -> None:
    town.add(row(town.feed, 0, "19:00"))
    (found,) = town.search(at).found
    assert found.start == start


def test_the_night_on_which_clocks_go_back(town: Town) -> None:
    town.add(
        row(town.feed, 0, "00:50", name="00:50"),
        row(town.feed, 0, "01:30", name="01:30"),
        row(town.feed, 0, "02:15", name="02:15"),
    )
    # 00:45 before the change; 02:15 is two and a half hours on.
    found = town.search("2026-11-01T00:45-04:00").found
    assert [each.start for each in found] == [
        "2026-11-01T00:50:00-04:00",
        "2026-11-01T01:30:00-04:00",
        "2026-11-01T02:15:00-05:00",
    ]
    # The second 01:30 of that night is none of its.
    assert "01:30" not in town.names("2026-11-01T01:20-05:00", when="tonight")


def test_an_hour_that_the_clock_skips(town: Town) -> None:
    town.add(row(town.feed, 0, "02:30"))
    (found,) = town.search("2027-03-14T01:45-05:00").found
    assert found.start == "2027-03-14T03:30:00-04:00"


def test_a_meeting_keeps_its_own_zone(town: Town) -> None:
    phoenix, navajo = (33.4484, -112.0740), (36.1544, -109.5526)
    arizona = row(town.feed, 1, "19:00", lat=phoenix[0], lng=phoenix[1], zone="America/Phoenix")
    nation = row(town.feed, 1, "19:00", lat=navajo[0], lng=navajo[1], zone="America/Denver")
    town.add(arizona, nation)
    there = Spot(*phoenix, "Phoenix, AZ", "America/Phoenix")
    (found,) = town.search("2026-07-06T18:30-07:00", zone="America/Los_Angeles", kept=there).found
    assert (found.start, found.zone) == ("2026-07-06T19:00:00-07:00", "America/Phoenix")
    # Where two zones meet, each keeps its clock: in summer the Nation is an hour ahead.
    chinle = Spot(36.2, -110.3, "Chinle", "America/Phoenix")
    (found,) = town.search("2026-07-06T17:30-07:00", zone="America/Phoenix", kept=chinle).found
    assert found.start == "2026-07-06T18:00:00-07:00"


def test_what_is_online_is_told_in_the_hours_of_who_asks(town: Town) -> None:
    town.add(
        online(town.feed, 1, "17:00", name="west", zone="America/Los_Angeles"),
        online(town.feed, 2, "00:30", name="london", zone="Europe/London"),
        online(town.feed, 2, "11:40", name="sydney", zone="Australia/Sydney"),
    )
    found = town.search().found
    assert [(each.name, each.start[11:16]) for each in found] == [
        ("london", "19:30"),
        ("sydney", "19:40"),
        ("west", "20:00"),
    ]
    (denver, *_) = town.search(zone="America/Denver").found
    assert denver.start == "2026-11-23T17:30:00-07:00"


def test_a_zone_that_nobody_knows_hides_one_meeting_and_no_more(town: Town) -> None:
    town.add(row(town.feed, 1, "20:00", zone="Mars/Olympus"), row(town.feed, 1, "20:00", name="a"))
    town.add(online(town.feed, 1, "20:00", zone="Mars/Olympus"))
    assert town.names() == ["a"]


def test_pages_follow_each_other_without_gap_or_repetition(town: Town) -> None:
    dice = random.Random(1)
    rows = [
        row(town.feed, 1, f"{dice.randrange(18, 24)}:{dice.randrange(60)}", **north(n * 0.7))
        for n in range(30)
    ]
    rows += [online(town.feed, 1, f"20:{n}") for n in range(10, 20)]
    town.add(*rows)
    told: list[str] = []
    while (found := town.search(skip=len(told))).found:
        told += [each.id for each in found.found]
        assert found.more == (len(found.found) == 9 and bool(town.search(skip=len(told)).found))
    begun = [each["name"] for each in rows if each["minute"] < 19 * 60 + 15]
    assert len(told) == len(set(told)) == len(rows) - len(begun)


def test_an_old_list_is_said_to_be_old(store: Store) -> None:
    town = Town(store)
    town.add(row(town.feed, 1, "20:00"))
    assert not town.search("2026-11-30T19:25-05:00").stale
    found = town.search("2026-12-14T19:25-05:00")
    assert (found.stale, found.found[0].as_of) == (True, "2026-11-23")


def test_a_place_is_looked_up(town: Town) -> None:
    town.add(row(town.feed, 1, "20:00", name="near"), online(town.feed, 1, "20:00", name="online"))
    assert town.names(near="19103", kept=None) == ["near", "online"]
    assert town.search(near="Springfield", kept=None).which[0].startswith("Springfield, ")
    # No place that is known: what is online, and the place is asked for again.
    found = town.search(near="00000")
    assert (found.spot, [each.name for each in found.found]) == (None, ["online"])
    assert town.search(kept=None).spot is None
    point = Spot(PHILADELPHIA[0] + 0.01, PHILADELPHIA[1], "here", "America/New_York")
    assert town.search(spot=point, kept=None).found[0].miles == pytest.approx(0.7)


def test_an_address_is_told_once_and_whole(town: Town) -> None:
    town.add(
        row(town.feed, 1, "19:30"),
        row(town.feed, 1, "19:40", address="9 Elm St, Philadelphia, PA 19103"),
        row(town.feed, 1, "19:50", address=None, postal=None),
    )
    assert [each.address for each in town.search().found] == [
        "12 Oak St, Philadelphia, PA 19103",
        "9 Elm St, Philadelphia, PA 19103",
        "Philadelphia, PA",
    ]


ZONES = ("America/New_York", "America/Chicago", "America/Phoenix", "Europe/London")


def brute(rows: list[Any], spot: Spot, span: Span, miles: float) -> Iterator[tuple[str, datetime]]:
    """What a search must find, found by trying every date."""
    for one in rows:
        if one.attendance == "inactive":
            continue
        if one.attendance == "in_person" and (
            grid.miles_between(spot.lat, spot.lng, one.lat, one.lng) > miles
        ):
            continue
        day: date = span.begin.date() - timedelta(days=2)
        while day <= span.end.date() + timedelta(days=2):
            if day.isoweekday() % 7 == one.day:
                hour, minute = divmod(one.minute, 60)
                zone = ZoneInfo(one.zone)
                start = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                if span.begin <= start.astimezone(UTC) <= span.end:
                    yield one.key, start.astimezone(UTC)
            day += timedelta(days=1)


@pytest.mark.parametrize("seed", range(3))
def test_it_finds_what_trying_everything_finds(town: Town, seed: int) -> None:
    dice = random.Random(seed)
    rows = []
    for _ in range(600):
        at = f"{dice.randrange(24)}:{dice.choice((0, 15, 30, 59))}"
        zone = dice.choice(ZONES[:2])
        if dice.random() < 0.3:
            rows.append(online(town.feed, dice.randrange(7), at, zone=dice.choice(ZONES)))
            continue
        # West of Chattanooga the zones meet.
        spot = {"lat": 35.05 + dice.gauss(0, 0.4), "lng": -85.6 + dice.gauss(0, 0.5)}
        how = dice.choice(("in_person", "hybrid", "inactive"))
        rows.append(row(town.feed, dice.randrange(7), at, zone=zone, attendance=how, **spot))
    town.add(*rows)
    here = Spot(35.05, -85.6, "", "America/Chicago")
    everything = town.store.read_now(lambda tx: list(tx.execute(select(meeting))))
    for begin in ("2026-11-01T04:30Z", "2027-03-14T06:10Z", "2026-11-28T23:00Z"):
        hours, miles = dice.choice((1, 6, 30)), dice.choice((5, 25, 100))
        span = Span(moment(begin), moment(begin) + timedelta(hours=hours))
        found: list[Meeting] = town.store.read_now(
            lambda tx, a=span, b=miles: near.within(tx, Wish(), here, a, b)  # type: ignore[misc]
        )
        told = [(each.id.partition("/")[2], each.begins.astimezone(UTC)) for each in found]
        assert sorted(told) == sorted(brute(everything, here, span, miles))
        assert [each.begins for each in found] == sorted(each.begins for each in found)

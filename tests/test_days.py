"""The count of days: what it counts, what is marked on the way, and days that are harder."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.config import House
from content.days import holidays, is_holiday, is_milestone
from handlers import counting, marks
from handlers.answers import UNREAD, Choice, Said
from handlers.counting import NONE, SINCE, YEAR, Counter, counter
from handlers.days import milestone, opened, two_days_after
from handlers.flow import Outcome, Record, Say, Turn
from handlers.flows import step_of
from handlers.moments import local, today
from handlers.own import Entry, Item, Json, Own
from handlers.pastday import PastDay, Told
from handlers.person import Around, Person, PlanLine
from handlers.prompts import PROMPTS
from storage import people, reminders
from storage.store import Store
from tests.conftest import HandClock
from tests.notebook import Notebook
from tests.world import World

NOW = datetime(2026, 11, 23, 23, tzinfo=UTC)
"""A Monday, 6 pm in New York."""
ZONES = ("America/New_York", "America/Phoenix", "Pacific/Auckland", "America/St_Johns", "UTC")


def turn(
    now: datetime = NOW,
    *,
    entries: Sequence[Entry] = (),
    items: Sequence[Item] = (),
    lines: tuple[PlanLine, ...] = (),
    low: int = 0,
    chosen: Mapping[str, Json] | None = None,
    **person: Any,
) -> Turn:
    own = Own(
        chosen or {},
        lambda kind, most: tuple(
            sorted((e for e in entries if e.kind == kind), key=lambda e: e.at, reverse=True)[:most]
        ),
        lambda kind: tuple(i for i in items if i.kind == kind),
    )
    around = Around("Harbor", "215", own=own, lines=lambda: lines, low_moods_before=low)
    given_person = {"zone": "America/New_York", "checkin_at": time(18), **person}
    return Turn(Person(1, "Sam", **given_person), around, now)


def lapse(day: date, **data: Json) -> Entry:
    return Entry("lapse", local(day, time(22), "America/New_York"), {"day": str(day), **data})


def keys(outcome: Outcome | None) -> list[str]:
    assert outcome is not None
    return [effect.key for effect in outcome.effects if isinstance(effect, Say)]


DAYS = st.dates(date(2019, 1, 1), date(2032, 12, 31))


@given(st.sampled_from((SINCE, YEAR)), DAYS, st.frozensets(DAYS, max_size=20), DAYS)
def test_it_counts_every_full_day_but_those_of_a_lapse(
    mode: str, since: date, lapsed: frozenset[date], day: date
) -> None:
    begin = since if mode == SINCE else max(since, date(day.year, 1, 1))
    span = (begin + timedelta(days=n) for n in range(max((day - begin).days, 0)))
    assert Counter(mode, since, lapsed).on(day) == sum(1 for each in span if each not in lapsed)


@given(st.sampled_from((SINCE, YEAR)), DAYS, st.frozensets(DAYS, max_size=20), DAYS)
def test_from_a_day_to_the_next_it_rises_by_one_or_stands_or_a_year_begins(
    mode: str, since: date, lapsed: frozenset[date], day: date
) -> None:
    count = Counter(mode, since, lapsed)
    before, after = count.on(day), count.on(day + timedelta(days=1))
    assert before is not None
    assert after is not None
    if mode == YEAR and (day + timedelta(days=1)).month == day.day == 1 and day.month == 12:
        assert after == 0
    elif (day.month, day.day) != (12, 31) or mode == SINCE:
        assert after - before == (day >= since and day not in lapsed)


@given(
    st.sampled_from(ZONES),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 400),
)
def test_clocks_and_moves_change_no_day_that_was_told(
    one: str, other: str, at: datetime, back: int
) -> None:
    day = today(at, one)
    entry = Entry("lapse", at, {"day": day.isoformat()})
    since = (day - timedelta(days=back)).isoformat()
    for zone in (one, other):
        count = counter(
            turn(
                at + timedelta(days=3),
                entries=[entry],
                chosen={"counter": SINCE, "since": since},
                zone=zone,
            )
        )
        assert count.lapsed == {day}
        here = today(at + timedelta(days=3), zone)
        assert count.on(here) == (here - day).days + back - 1


def test_a_leap_day_is_a_day() -> None:
    assert Counter(SINCE, date(2028, 2, 28)).on(date(2028, 3, 1)) == 2
    assert Counter(YEAR, date(2020, 5, 1)).on(date(2028, 12, 31)) == 365
    assert Counter(SINCE, date(2028, 2, 29)).on(date(2029, 2, 28)) == 365


def test_nothing_is_counted_unless_they_chose_to() -> None:
    assert counter(turn()).on(date(2026, 11, 23)) is None
    assert Counter(NONE, date(2020, 1, 1)).on(date(2026, 1, 1)) is None
    assert counter(turn(chosen={"counter": SINCE, "since": "nonsense"})).since is None


def test_a_wrong_tap_is_no_lapse() -> None:
    there = turn(entries=[lapse(date(2026, 11, 20), undone=True)])
    assert counting.latest(there) is None
    assert counting.lapsed_days(there) == frozenset()


@pytest.mark.parametrize("count", [1, 7, 30, 60, 90, 180, 365, 730, 1095])
def test_what_is_marked(count: int) -> None:
    assert is_milestone(count)
    assert not is_milestone(count + 2)


def test_in_a_year_the_first_week_is_not_marked_again() -> None:
    assert not is_milestone(7, this_year=True)
    assert not is_milestone(365, this_year=True)
    assert is_milestone(90, this_year=True)


def test_a_mark_comes_once_also_where_the_count_stands_still() -> None:
    start = date(2026, 1, 1)
    count = Counter(SINCE, start, frozenset({date(2026, 1, 31), date(2026, 2, 1)}))
    marked = [day for n in range(60) if count.marks(day := start + timedelta(days=n))]
    assert marked == [date(2026, 1, 2), date(2026, 1, 8), date(2026, 1, 31)]


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "America/Phoenix"])
def test_the_next_mark_is_at_their_hour_through_every_clock_change(zone: str) -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    seen: list[int] = []
    chosen: dict[str, Json] = {"counter": SINCE, "since": "2026-01-01"}
    while len(seen) < 9:
        there = turn(now, chosen=chosen, zone=zone)
        now = marks.milestones(there)[""]
        here = now.astimezone(ZoneInfo(zone))
        assert here.time() == time(19)
        seen.append(counter(there).on(here.date()) or 0)
    assert seen == [1, 7, 30, 60, 90, 180, 365, 730, 1095]


@pytest.mark.parametrize(
    ("at", "hour"), [(None, time(10)), (time(8, 30), time(9, 30)), (time(21), time(10))]
)
def test_it_comes_after_the_check_in_or_in_the_morning(at: time | None, hour: time) -> None:
    assert marks.hour(turn(checkin_at=at)) == hour


@given(st.times(time(8), time(21)))
def test_a_question_keeps_away_from_the_check_in(at: time) -> None:
    asked = marks.by_day(turn(checkin_at=at))
    assert time(9) <= asked <= time(17)
    assert abs((asked.hour - at.hour) * 60 + asked.minute - at.minute) >= 120


SEVEN: dict[str, Json] = {"counter": SINCE, "since": "2026-11-16"}


@pytest.mark.parametrize(
    ("given_turn", "key"),
    [
        (turn(chosen=SEVEN), "days.mark_none"),
        (turn(chosen={**SEVEN, "path": "12step"}), "days.mark_12step"),
        (turn(chosen={**SEVEN, "path": "smart"}), "days.mark_smart"),
        (turn(chosen={**SEVEN, "path": "both"}), "days.mark_both"),
        (turn(chosen={**SEVEN, "path": "12step"}, low=1), "days.mark_quiet"),
        (turn(chosen={**SEVEN, "path": "12step"}, alert_open=True), "days.mark_quiet"),
        (turn(chosen=SEVEN, entries=[lapse(date(2026, 11, 21))]), None),
        (turn(chosen={**SEVEN, "counter": NONE}), None),
        (turn(chosen={**SEVEN, "since": "2026-11-15"}), None),
    ],
)
def test_the_tone_follows_the_day(given_turn: Turn, key: str | None) -> None:
    said = milestone(given_turn)
    assert (said and said.key) == key


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 11, 26), "Thanksgiving"),
        (date(2026, 11, 25), "The night before Thanksgiving"),
        (date(2027, 5, 31), "Memorial Day"),
        (date(2027, 2, 14), "Super Bowl Sunday"),
        (date(2028, 1, 17), "Martin Luther King Jr. Day"),
        (date(2026, 12, 31), "New Year's Eve"),
    ],
)
def test_which_days_are_known_as_harder(day: date, name: str) -> None:
    assert [each.name for each in holidays() if each.on(day.year) == day] == [name]
    assert is_holiday(day)
    assert not is_holiday(date(2026, 11, 24))


TUESDAY = datetime(2026, 11, 24, 17, tzinfo=UTC)
"""Noon on Tuesday, in New York: the next two days are some."""


def test_the_day_before_one_a_line_of_their_own_plan_or_a_question() -> None:
    lines = (PlanLine(1, "alone", "drink water"), PlanLine(2, "people", "call Ana"))
    assert keys(marks.ask_hard_day(turn(TUESDAY, lines=lines), "")) == [
        "days.holiday_run",
        "days.from_plan",
    ]
    assert marks.plan_line(turn(lines=lines[:1])) is None
    assert marks.plan_line(turn(lines=lines[:1], plain=True)) == "drink water"
    assert marks.plan_line(turn(lines=lines, shut=True)) is None
    asked = marks.ask_hard_day(turn(TUESDAY), "")
    assert keys(asked) == ["days.holiday_run"]
    assert asked is not None
    assert asked.next is not None


@pytest.mark.parametrize(
    "quiet",
    [
        turn(NOW - timedelta(days=1)),
        turn(TUESDAY, chosen={"holidays": "off"}),
        turn(TUESDAY, chosen={"naloxone_asked": "2026-11-24"}),
        turn(TUESDAY, entries=[Entry("holiday", TUESDAY - timedelta(days=6), {})]),
        turn(TUESDAY, entries=[lapse(date(2026, 11, 23))]),
        turn(TUESDAY, alert_open=True),
        turn(TUESDAY, chosen={"counter": SINCE, "since": "2026-11-17"}),
    ],
)
def test_and_nothing_where_it_would_be_too_much(quiet: Turn) -> None:
    assert marks.ask_hard_day(quiet, "") is None


def test_weekends_only_for_who_wants_them() -> None:
    friday = datetime(2026, 12, 4, 15, tzinfo=UTC)
    assert marks.hard_days(turn(friday))[""] > friday + timedelta(days=7)
    weekend = marks.hard_days(turn(friday, chosen={"holidays": "weekends"}))[""]
    assert weekend == datetime(2026, 12, 4, 17, tzinfo=UTC)
    assert marks.hard_days(turn(friday, chosen={"holidays": "off"})) == {}


def test_how_to_go_on_is_asked_once_and_never_on_the_day_itself() -> None:
    chosen: dict[str, Json] = {**SEVEN, "path": "none"}
    told = lapse(date(2026, 11, 23))
    same_day = turn(NOW + timedelta(hours=5), chosen=chosen, entries=[told])
    assert not counting.is_undecided(same_day)
    later = turn(told.at + timedelta(days=2), chosen=chosen, entries=[told])
    assert counting.is_undecided(later)
    asked = two_days_after(later, "")
    assert asked is not None
    assert asked.next is not None
    assert getattr(asked.next, "name", "") == "after"
    decided = Entry("counter", told.at + timedelta(days=1), {})
    done = turn(told.at + timedelta(days=2), chosen=chosen, entries=[told, decided])
    assert not counting.is_undecided(done)
    assert getattr(opened(done).next, "name", "") == "home"


@given(st.from_regex(r"[0-9]{1,4}[-/ ][0-9]{1,2}[-/ ]([0-9]{1,4}|days)", fullmatch=True), DAYS)
def test_no_day_that_is_told_lies_ahead(text: str, day: date) -> None:
    told = PastDay(Choice("today")).read(Said(text))
    if isinstance(told, Told):
        for found in (told.on(day, day_first=True), told.on(day, day_first=False)):
            assert found is None or found <= day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("March 4", date(2026, 3, 4)),
        ("march 4th, 2025", date(2025, 3, 4)),
        ("3/4/25", date(2025, 3, 4)),
        ("3/4", date(2026, 3, 4)),
        ("12/24", date(2025, 12, 24)),
        ("25/12/2024", date(2024, 12, 25)),
        ("2026-01-31", date(2026, 1, 31)),
        ("40 days", date(2026, 10, 14)),
        ("since yesterday", date(2026, 11, 22)),
        ("feb 29", date(2024, 2, 29)),
        ("June 2025", date(2025, 6, 1)),
        ("12/25/2099", None),
        ("99999 days", None),
        ("2/30", None),
    ],
)
def test_a_day_as_people_write_it(text: str, day: date | None) -> None:
    told = PastDay(Choice("today")).read(Said(text))
    assert isinstance(told, Told)
    assert told.on(date(2026, 11, 23), day_first=False) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("4/3", date(2026, 3, 4)),
        ("4 de marzo de 2025", date(2025, 3, 4)),
        ("hace 40 días", date(2026, 10, 14)),
        ("ayer", date(2026, 11, 22)),
        ("12/24/2025", date(2025, 12, 24)),
    ],
)
def test_and_in_spanish(text: str, day: date) -> None:
    told = PastDay(Choice("today")).read(Said(text))
    assert isinstance(told, Told)
    assert told.on(date(2026, 11, 23), day_first=True) == day


@pytest.mark.parametrize("text", ["", "soon", "I don't know", "march", "4", "march 4 5"])
def test_what_is_no_day(text: str) -> None:
    assert PastDay(Choice("today")).read(Said(text)) is UNREAD


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def due(world: World, person_id: int) -> dict[str, datetime]:
    rows = world.store.read_now(lambda tx: reminders.of(tx, person_id))
    return {row.kind: row.due_at for row in rows}


async def test_they_set_it_see_it_and_a_mark_comes_at_their_hour(world: World) -> None:
    person_id = await world.joined()
    await world.say("my days")
    await world.press("12step")
    await world.press("since")
    await world.say("28 days")
    said = world.texts()[-1]
    assert "I count from October 26, 2026" in said
    assert "28 days, one day at a time" in said
    own = world.person(person_id).own
    assert (own["path"], own["counter"], own["since"]) == ("12step", "since", "2026-10-26")
    assert due(world, person_id)["days"] == datetime(2026, 11, 26, 0, tzinfo=UTC)
    world.clock.at = datetime(2026, 11, 25, 23, 59, tzinfo=UTC)
    await world.later(minutes=5)
    assert [text for text in world.texts() if "That's a chip" in text] == [
        "30 days today. That's a chip, and you did it one day at a time."
    ]
    assert due(world, person_id)["days"] == datetime(2026, 12, 26, 0, tzinfo=UTC)


async def test_a_move_takes_the_hour_along(world: World) -> None:
    person_id = await world.joined()
    for text in ("days", "4", "1", "28 days"):
        await world.say(text)
    for text in ("settings", "3", "90001"):
        await world.say(text)
    assert world.person(person_id).zone == "America/Los_Angeles"
    assert due(world, person_id)["days"] == datetime(2026, 11, 26, 3, tzinfo=UTC)


async def test_no_word_before_holidays_for_who_wants_none(world: World) -> None:
    person_id = await world.joined()
    assert due(world, person_id)["hard_day"] == datetime(2026, 11, 24, 17, tzinfo=UTC)
    for text in ("days", "4", "3", "days", "1", "4", "3"):
        await world.say(text)
    assert world.person(person_id).own["holidays"] == "off"
    assert "hard_day" not in due(world, person_id)


async def test_before_a_holiday_one_thing_is_asked_and_kept_for_them(world: World) -> None:
    person_id = await world.joined()
    world.clock.at = datetime(2026, 11, 24, 16, 59, tzinfo=UTC)
    await world.later(minutes=10)
    assert "Tomorrow and Thursday" in world.texts()[-1]
    await world.say("dinner at my sister's")
    assert "I kept it" in world.texts()[-1]
    before = len(world.texts())
    # The next day is the day before one again, and is left alone.
    world.clock.at += timedelta(days=1)
    await world.later(minutes=10)
    assert not any("harder for many" in text for text in world.texts()[before:])
    assert world.person(person_id).place is None or "days" not in str(world.person(person_id).place)


async def test_behind_a_pin_the_number_is_not_shown(world: World) -> None:
    person_id = await world.joined()
    for text in ("days", "4", "1", "28 days"):
        await world.say(text)
    await world.store.write(
        lambda tx: people.change(tx, person_id, pin=("x" * 20), pin_open_until=None)
    )
    before = len(world.texts())
    await world.say("days")
    assert not any("28" in text for text in world.texts()[before:])


def test_history_is_kept_whatever_is_chosen() -> None:
    told = lapse(date(2026, 11, 21))
    there = turn(told.at + timedelta(days=3), chosen=SEVEN, entries=[told])
    step = two_days_after(there, "")
    assert step is not None
    after: Any = step.next
    for answer in ("year", "restart", "leave", None):
        outcome = after.decide(there, answer)
        (line,) = [effect for effect in outcome.effects if isinstance(effect, Record)]
        assert (line.kind, line.data["was"]) == ("counter", 7)
        assert line.data["was_since"] == "2026-11-16"
    restarted = after.decide(there, "restart")
    assert restarted.effects[0].values["since"] == "2026-11-22"
    assert dataclasses.replace(counter(there), since=date(2026, 11, 22)).on(date(2026, 11, 24)) == 2


async def test_on_a_day_that_was_hard_a_mark_is_quiet(world: World) -> None:
    await world.joined()
    for text in ("days", "1", "1", "30 days"):
        await world.say(text)
    world.clock.at = datetime(2026, 11, 23, 22, 59, tzinfo=UTC)
    await world.later(minutes=5)
    for text in ("1", "skip", "skip", "skip"):
        await world.say(text)
    world.clock.at = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
    await world.later(minutes=20)
    marked = [text for text in world.texts() if text.startswith("30 days today")]
    assert marked == ["30 days today. No fuss about it. It stands, also on a hard day."]


WORDS = ("1", "2", "3", "4", "5", "skip", "days", "today", "3/4", "menu", "slip", "c", "what", "no")


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(
        st.sampled_from((*WORDS, "30 days", "call Ana", "days!", "hard_day!", "lapse_48!")),
        max_size=14,
    )
)
def test_whatever_is_said_the_count_is_sound(steps: list[str]) -> None:
    book = Notebook(checkin_at=time(18))
    book.now = TUESDAY
    for each in ("days", *steps):
        book.now += timedelta(hours=5)
        if each.endswith("!"):
            book.prompt(each.removesuffix("!"))
        else:
            book.say(each)
        for place in (book.place, book.parked):
            assert place is None or step_of(place) is not None
        count = counter(book.turn()).on(today(book.now, "America/New_York"))
        assert count is None or count >= 0
        assert book.settings.get("counter") in (None, *counting.MODES)
        for name in ("days", "hard_day"):
            moments = PROMPTS[name].moments
            assert moments is not None
            assert all(moment > book.now for moment in moments(book.turn()).values())

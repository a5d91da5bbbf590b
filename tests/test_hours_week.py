"""What people hear of the hours of their week, and how they make them up."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from content import wording
from handlers import hours_week
from handlers.flow import Find, Outcome, Say, Turn
from handlers.programme import Programme, ReplySeat, Seat, Session, Week
from tests.notebook import NOW, Notebook

MONDAY = date(2026, 11, 23)
FRIDAY = Session(7, 1, "group", "Evening group", NOW + timedelta(days=4), NOW + timedelta(days=4))
SATURDAY = dataclasses.replace(FRIDAY, id=8, start=NOW + timedelta(days=5))


def week(attended: int = 0, planned: int = 0, **more: Any) -> Week:
    given = {"prescribed": 540, "excused": 0, **more}
    return Week(MONDAY, attended=attended, planned=planned, **given)


def turn(of: Week | None, *, tells: bool = True, now: datetime = NOW, **person: Any) -> Turn:
    made = Notebook(**person).turn()
    programme = Programme(week=lambda _: of, tells_week=lambda: tells)
    around = dataclasses.replace(made.around, programme=programme)
    return dataclasses.replace(made, around=around, now=now)


def told(outcome: Outcome | None) -> list[str]:
    """What is said, in full and in English."""
    assert outcome is not None
    return [
        wording.word(
            e.key, e.values, language="en", zone="UTC", channel="telegram", plain=True
        ).body
        for e in outcome.effects
        if isinstance(e, Say)
    ]


@pytest.mark.parametrize(
    ("of", "says"),
    [
        (week(540), ["9 of 9 hours this week. You kept showing up. That counts."]),
        # A tenth is never rounded up to what it is not.
        (week(539), ["8.9 of 9 hours this week. Each one counts. A new week starts tomorrow."]),
        (
            week(360, excused=90, unmarked=60),
            [
                "6 of 9 hours this week. Each one counts. A new week starts tomorrow.",
                "1.5 hours were excused.",
                "Not all hours are in yet.",
            ],
        ),
    ],
)
def test_on_sunday_they_hear_what_the_week_came_to(of: Week, says: list[str]) -> None:
    assert told(hours_week.ask(turn(of), "sun")) == says


def test_nobody_is_shown_a_zero() -> None:
    (said,) = told(hours_week.ask(turn(week()), "sun"))
    assert "hard week" in said
    assert "0" not in said
    # What nobody has marked yet may be all of it.
    assert hours_week.ask(turn(week(unmarked=180)), "sun") is None
    offered = hours_week.ask(turn(week(open_=(FRIDAY,))), "thu")
    assert offered is not None
    assert offered.next is hours_week.begin


@pytest.mark.parametrize(
    "of",
    [
        None,
        week(540),
        week(300, 240),
        week(300, 220, open_=(FRIDAY,)),
        week(180, 180),
        week(0, 0, prescribed=None, open_=(FRIDAY,)),
    ],
)
def test_on_thursday_nothing_is_said_where_nothing_can_be_done(of: Week | None) -> None:
    """There is none, all is done or planned, little is missing, or no place is free."""
    assert hours_week.ask(turn(of), "thu") is None


def test_a_clinic_that_tells_nobody_tells_nobody() -> None:
    short = turn(week(180, open_=(FRIDAY,)), tells=False)
    assert hours_week.ask(short, "thu") is None
    assert hours_week.ask(short, "sun") is None
    assert hours_week.comings(short) == {}


def test_it_comes_on_thursday_at_noon_and_on_sunday_evening_where_they_live() -> None:
    # The night from Saturday to Sunday clocks go back.
    late = turn(week(180), now=datetime.fromisoformat("2026-10-31T12:00:00-04:00"))
    assert hours_week.comings(late) == {
        "sun": datetime.fromisoformat("2026-11-01T17:30:00-05:00"),
        "thu": datetime.fromisoformat("2026-11-05T12:30:00-05:00"),
    }


def test_a_pin_guards_the_numbers_but_not_the_places() -> None:
    short = turn(week(180, open_=(FRIDAY, SATURDAY)), pin=True, shut=True)
    assert hours_week.ask(short, "sun") is None
    offered = hours_week.ask(short, "thu")
    assert offered is not None
    assert offered.next is hours_week.begin
    opened = hours_week.opened(short)
    assert getattr(opened.next, "flow", "") == "pin"


def test_who_comes_too_late_is_offered_what_is_left() -> None:
    short = turn(week(180, open_=(FRIDAY, SATURDAY)))
    offered = hours_week.ask(short, "thu")
    assert offered is not None
    asked = dataclasses.replace(short, data=offered.data)
    shows = hours_week._offers(offered.data, "es")
    assert shows.labels == {"1": "viernes 10 a.m.", "2": "sábado 10 a.m."}
    find = hours_week.offer.decide(asked, "2").next
    assert isinstance(find, Find)
    assert (find.kind, find.query) == ("seat", "8")
    picked = dataclasses.replace(asked, data=hours_week.offer.decide(asked, "2").data)
    (booked,) = told(find.step(picked, "booked"))
    assert booked.startswith("You have a place: Evening group, Saturday")
    for found, first in (("full", "took the last place"), ("gone", "isn't on any more")):
        after = find.step(picked, found)
        assert first in told(after)[0]
        assert after.next is hours_week.offer
        none = turn(week(180))
        none = dataclasses.replace(none, data=picked.data)
        assert "no other free place" in told(find.step(none, found))[1]
    assert told(hours_week.offer.decide(asked, None)) == ["OK, not this week. That's all."]


@pytest.mark.parametrize(
    ("hours", "place", "link", "comes"),
    [(20, "Suite 200", None, True), (30, "Suite 200", None, False), (20, None, "https://a", False)],
)
def test_a_place_of_the_next_day_is_asked_about_no_more(
    hours: int, place: str | None, link: str | None, *, comes: bool
) -> None:
    start = NOW + timedelta(hours=hours)
    near = dataclasses.replace(FRIDAY, start=start, place=place, link=link)
    short = turn(week(180, open_=(near,)))
    programme = dataclasses.replace(
        short.around.programme, seats=lambda _, until: (Seat(3, near),) if start < until else ()
    )
    around = dataclasses.replace(short.around, programme=programme)
    offered = hours_week.opened(short)
    picked = dataclasses.replace(short, around=around, data={**offered.data, "picked": 1})
    find = hours_week.offer.decide(picked, "1").next
    assert isinstance(find, Find)
    replies = [e for e in find.step(picked, "booked").effects if isinstance(e, ReplySeat)]
    assert replies == ([ReplySeat(3, "coming")] if comes else [])


def test_asked_in_mid_week_it_says_how_it_stands() -> None:
    assert told(hours_week.opened(turn(week(180, 360)))) == [
        "This week so far: 3 of 9 hours.",
        "Still to come: 6 hours.",
    ]
    alone = week(90, prescribed=None)
    assert told(hours_week.opened(turn(alone))) == ["This week so far: 1.5 hours."]
    assert "no hours for you" in told(hours_week.opened(turn(None)))[0]
    short = hours_week.opened(turn(week(180, open_=(FRIDAY,))))
    assert short.next is hours_week.offer

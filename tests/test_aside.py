"""Questions put aside for another: they come back one by one, and each keeps its own button."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import House
from handlers.aside import MOST, lifted, over, pile, piled, popped
from handlers.crisis import Status, crisis
from handlers.decide import in_danger
from handlers.flows import FLOWS as FLOWS_THERE
from handlers.place import Place, place_from, place_to
from handlers.risk import Level, Risk
from handlers.talking import LASTING, beneath, line, pack, unpack
from storage import people
from storage.store import Store
from tests.conftest import HandClock
from tests.notebook import NOW, Notebook
from tests.seated import Seated, hour
from tests.world import World


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


FLOWS = ("session", "barrier", "craving", "checkup", "naloxone", crisis.name)
places = st.builds(
    Place,
    st.sampled_from(FLOWS),
    st.just("a step"),
    until=st.sampled_from([None, NOW - timedelta(hours=1), NOW + timedelta(hours=1)]),
)


@given(st.lists(places, max_size=8))
def test_the_pile_stays_small_and_danger_is_never_pushed_out(asked: list[Place]) -> None:
    aside: Place | None = None
    for place in asked:
        aside = over(place, aside, NOW)
    kept = pile(aside)
    assert len(kept) <= MOST
    assert len({place.flow for place in kept}) == len(kept)
    assert all(place.under is None for place in kept)
    assert any(place.flow == crisis.name for place in kept) == any(
        place.flow == crisis.name for place in asked
    )
    first, rest = popped(aside)
    assert (*([first] if first else []), *pile(rest)) == kept
    assert place_from(place_to(aside)) == aside


@given(st.lists(places, max_size=2), st.none() | places)
def test_it_survives_the_line_to_the_team(asked: list[Place], top: Place | None) -> None:
    aside = piled(dataclasses.replace(each, until=None) for each in asked)
    opened = line(NOW, "person")
    assert unpack(*pack(top, aside, opened), NOW) == (top, aside, opened)


def test_of_the_daily_question_only_what_somebody_waits_for_comes_back() -> None:
    aside = piled([Place("goals", "first"), Place("barrier", "why")])
    kept = beneath(Place("session", "there"), aside, NOW)
    assert [place.flow for place in pile(kept)] == ["session", "barrier"]
    assert set(LASTING) <= FLOWS_THERE.keys()
    kept = beneath(Place("checkup", "ask"), aside, NOW)
    assert [place.flow for place in pile(kept)] == ["barrier"]


def test_a_button_lifts_its_own_question_only_while_it_is_open() -> None:
    top = Place("session", "there", asked_in=3, until=NOW + timedelta(hours=1))
    below = dataclasses.replace(top, flow="craving", asked_in=1)
    over_ = dataclasses.replace(top, flow="checkup", asked_in=2, until=NOW - timedelta(hours=1))
    aside = piled([over_, below])
    found, rest = lifted(top, aside, 1, NOW)
    assert found == below
    assert [place.flow for place in pile(rest)] == ["session"]
    for asked_in in (None, 2, 3, 9):
        assert lifted(top, aside, asked_in, NOW) == (top, aside)


def test_three_questions_come_back_in_turn() -> None:
    book = Seated()
    book.now = hour(1, 12)
    number = book.sits(hour(1, 18))
    book.say("i can't make it tonight")
    book.say("2")
    assert book.at() == "barrier.why"
    book.say("crave")
    book.say("goals")
    assert book.at() == "goals.first"
    book.say("later")
    assert book.at() == "craving.level"
    for said in ("2", "1", "1", "skip", "skip"):
        assert (book.at() or "").startswith("craving.")
        book.say(said)
    assert book.at() == "barrier.why"
    book.say("1")
    assert book.one(number).barrier == "ride"


def test_a_letter_finds_the_question_about_danger_under_two_others() -> None:
    book = Notebook()
    risk = Risk(Level.URGENT, ("suicidal_ideation_active",))
    book.person = dataclasses.replace(book.person, alert_open=True)
    book._take(in_danger(book.turn(), risk, book.place, book.parked, Status.ASKED))
    assert book.at() == "crisis.ask"
    for word in ("crave", "goals", "reasons"):
        book.say(word)
    assert (book.at() or "").split(".")[0] == "reasons"
    book.say("A")
    assert (book.at() or "").startswith("crisis.")
    assert any(getattr(each, "level", None) is Level.EMERGENCY for each in book.effects)


@pytest.mark.parametrize("words", [("checkup",), ("crave", "goals"), ("menu",)])
def test_a_letter_finds_the_question_after_use_as_well(words: tuple[str, ...]) -> None:
    book = Notebook()
    for word in ("slip", *words):
        book.say(word)
    assert (book.at() or "").split(".")[0] != "lapse"
    book.say("A")
    assert book.at() == "crisis.afterwards"
    assert any(getattr(each, "level", None) is Level.EMERGENCY for each in book.effects)


def test_a_letter_answers_the_open_question_before_one_that_waits() -> None:
    book = Notebook()
    risk = Risk(Level.URGENT, ("suicidal_ideation_active",))
    book.person = dataclasses.replace(book.person, alert_open=True)
    book.say("slip")
    book._take(in_danger(book.turn(), risk, book.place, book.parked, Status.ASKED))
    assert book.at() == "crisis.ask"
    book.say("C")
    assert book.at() == "lapse.danger"


async def test_the_button_of_a_covered_question_still_counts(world: World) -> None:
    person_id = await world.joined()
    await world.later(hours=9)
    asked = world.rows("100")[-1].asked_in
    await world.say("crave")
    await world.say("goals")
    world.sent_since()
    await world.press("7", asked_in=asked)
    assert "Any urge" in world.sent_since()[-1]
    below = world.person(person_id).parked
    assert [below["flow"], below["under"]["flow"]] == ["goals", "craving"]


async def test_what_was_put_aside_outlives_the_daily_question(world: World) -> None:
    person_id = await world.joined()
    waits = Place("barrier", "why", {"seats": []}, until=world.clock.at + timedelta(hours=20))
    world.store.write_now(lambda tx: people.change(tx, person_id, place=place_to(waits)))
    await world.later(hours=9)
    assert world.person(person_id).place["flow"] == "checkin"
    assert world.person(person_id).parked["flow"] == "barrier"

"""Finding a meeting: two messages to a list, one picked, the path asked once, always an answer."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels import Kind
from bot.config import House
from content.segments import segments
from handlers import meeting
from handlers.crisis import Status
from handlers.decide import in_danger
from handlers.flows import step_of
from handlers.meetings import PATH, PLACE, SAVED, Answer, Meeting, Spot, Wish
from handlers.risk import Level, Risk
from storage import people
from storage.store import Store
from tests import town
from tests.conftest import HandClock
from tests.notebook import NOW, Notebook
from tests.world import World

HERE = Spot(39.95, -75.17, "19103", "America/New_York")
NUMBER = "+12155550123"


def one(name: str = "First Things", hours: float = 1, **more: Any) -> Meeting:
    """A meeting so many hours from now."""
    start = (NOW + timedelta(hours=hours)).astimezone().isoformat()
    given: dict[str, Any] = {
        "id": f"harbor/{name}",
        "fellowship": "aa",
        "name": name,
        "start": start,
        "minutes": 60,
        "zone": "America/New_York",
        "day": 1,
        "minute": 660,
        "attendance": "in_person",
        "miles": 0.6,
        "location": "Old Ferry Hall",
        "address": "12 Ferry St, Philadelphia, PA 19103",
        "kinds": ("open",),
        "as_of": "2026-11-20",
    }
    return Meeting(**{**given, **more})


def screen(hours: float, **more: Any) -> Meeting:
    given = {"attendance": "online", "miles": None, "address": "", "location": ""}
    return one("Harbor Lights", hours, **{**given, "join_url": "https://zoom.us/j/1", **more})


def book(*found: Meeting, **more: Any) -> Notebook:
    """Somebody, and a store that always finds these."""
    person = Notebook(**more.pop("person", {}))
    answer = Answer(**{"spot": HERE, "found": found, "circle": 5, **more})
    person.near = lambda _: answer
    return person


def test_a_word_and_a_zip_code_lead_to_the_list() -> None:
    person = book(one(), one("Last Boat", 2), screen(2))
    assert person.say("meeting") == [
        "Where do I look? A ZIP code or a city, or share your location here."
    ]
    said = "\n".join(person.say("19103"))
    assert person.at() == "meeting.results"
    assert "First Things" in said
    assert "Listed Nov 20" in said
    assert person.settings[PLACE] == HERE.data()
    assert person.wishes[-1].near == "19103"


def test_one_text_is_enough_and_a_place_that_is_kept_is_not_asked_again() -> None:
    person = book(one())
    person.say("MEETING 19103 tonight")
    assert person.at() == "meeting.results"
    person = book(one())
    person.settings[PLACE] = HERE.data()
    person.say("meeting")
    assert person.at() == "meeting.results"


def test_what_was_said_before_the_place_stays() -> None:
    person = book(one())
    person.say("women's meeting tomorrow")
    assert person.at() == "meeting.where"
    person.say("reading pa")
    assert person.wishes[-1] == Wish("reading pa", when="tomorrow", kinds=("women",))


def test_where_they_are_is_looked_around_and_not_kept() -> None:
    person = book(one())
    person.say("meeting tonight")
    assert person.place is not None
    turn = dataclasses.replace(person.turn(), data=person.place.data)
    person.put(meeting.here(turn, HERE))
    assert person.at() == "meeting.results"
    assert (person.wishes[-1].spot, person.wishes[-1].when) == (HERE, "tonight")
    assert PLACE not in person.settings


def test_a_name_that_several_places_have_is_asked_about() -> None:
    person = book(one())
    person.near = lambda wish: (
        Answer(which=("Springfield, IL", "Springfield, MA"))
        if wish.near == "springfield"
        else Answer(HERE, found=(one(),), circle=5)
    )
    person.say("meeting springfield tonight")
    assert person.at() == "meeting.which"
    person.say("2")
    assert (person.wishes[-1].near, person.wishes[-1].when) == ("Springfield, MA", "tonight")
    assert person.at() == "meeting.results"


def test_more_shows_the_next_three_and_then_asks_the_store() -> None:
    nine = [one(f"Number {n}") for n in range(1, 10)]
    person = book(*nine, more=True)
    person.say("meeting 19103")
    assert "Number 4" in person.say("more")[-1]
    assert "Number 7" in person.say("[More]".strip("[]"))[-1]
    person.say("more")
    assert person.wishes[-1].skip == 9


def test_after_the_last_one_another_search_is_offered() -> None:
    person = book(one())
    person.say("meeting 19103")
    assert person.say("more")[0] == "Those are all I have for that."
    person.say("tomorrow morning")
    assert (person.wishes[-1].when, person.wishes[-1].spot) == ("tomorrow", HERE)


@pytest.mark.parametrize("path", ["smart", "12step", None])
def test_the_path_is_asked_once_and_after_the_list(path: str | None) -> None:
    person = book(one())
    if path is not None:
        person.settings[PATH] = path
    person.say("meeting 19103")
    assert person.at() == "meeting.results"
    person.say("not now")
    assert person.at() == ("path.which" if path is None else None)
    if path is None:
        person.press("smart")
        assert person.settings[PATH] == "smart"
        person.say("meeting")
        person.say("not now")
        assert person.at() is None


def test_whose_path_is_smart_is_shown_those_or_where_they_are_listed() -> None:
    tools = one("Tools", fellowship="smart")
    person = book()
    person.settings |= {PATH: "smart", PLACE: HERE.data()}
    person.near = lambda wish: Answer(HERE, found=(tools if wish.fellowships else one(),))
    assert "Tools" in person.say("meeting")[-1]
    person.near = lambda wish: Answer(HERE, found=(one(),), asked=not wish.fellowships)
    said = person.say("meeting")
    assert any("SMART lists more" in text for text in said)
    assert [wish.fellowships for wish in person.wishes[-2:]] == [("smart",), ()]


def test_twelve_steps_first_where_that_is_their_path() -> None:
    person = book(one("Dharma", fellowship="rd"), one("Steps", fellowship="na"), screen(0.5))
    person.settings |= {PATH: "12step", PLACE: HERE.data()}
    said = person.say("meeting")[-1]
    assert said.index("Steps") < said.index("Dharma") < said.index("Harbor Lights")


def test_now_is_now_also_where_it_is_online() -> None:
    person = book(one("Late", 3), screen(0.5), person={"plain": True})
    said = person.say("meeting 19103")[-1]
    assert said.index("Harbor Lights") < said.index("Late")
    said = person.say("tomorrow")[-1]
    assert said.index("Late") < said.index("Harbor Lights")


def test_tonight_is_this_night_first_for_who_is_up_in_it() -> None:
    person = book()
    person.now = NOW.replace(hour=6)  # one in the morning there
    found = (one("Next Evening", 8), screen(-8))
    person.near = lambda _: Answer(HERE, found=found, circle=5)
    said = person.say("meeting 19103 tonight")[-1]
    assert said.index("Harbor Lights") < said.index("Next Evening")


def test_nothing_listed_still_has_an_answer() -> None:
    person = book(helpline="+1 215-555-0190")
    said = "\n".join(person.say("NA meeting near 19103"))
    assert "+1 215-555-0190" in said
    assert person.at() == "meeting.nothing"
    person.press("talk")
    assert person.at() == "talking.more"


def test_another_kind_is_looked_for_with_all_where_one_of_them_has_none() -> None:
    person = book()
    person.say("al-anon meeting near 19103")
    assert person.at() == "meeting.nothing"
    person.say("women's meeting")
    assert (person.wishes[-1].fellowships, person.wishes[-1].kinds) == ((), ("women",))


def test_what_comes_closest_is_said_once() -> None:
    person = book(screen(1), asked=False)
    said = "\n".join(person.say("smart meeting near 19103"))
    assert "Nothing fits all of that" in said
    assert "Nothing near" not in said


def test_a_place_nobody_knows_is_asked_for_again() -> None:
    person = book(spot=None)
    person.say("meeting 00000")
    assert person.at() == "meeting.where"
    person = book(screen(1), spot=None, circle=None)
    assert "I can't find that place" in person.say("meeting 00000")[0]
    assert person.at() == "meeting.results"
    assert PLACE not in person.settings


@pytest.mark.parametrize(("minutes", "given"), [(-61, False), (-59, True), (14, True), (16, False)])
def test_the_link_to_join_is_given_near_its_time_alone(minutes: int, given: bool) -> None:  # noqa: FBT001
    person = book(screen(minutes / 60, join_note="Passcode: 000000"))
    person.say("meeting online")
    said = "\n".join(person.say("1"))
    assert ("Join:" in said, "Passcode: 000000" in said) == (given, given)
    assert ("15 minutes before" in said) is not given


@pytest.mark.parametrize(
    ("kinds", "says"),
    [
        (("open",), "anyone may come"),
        (("closed",), "no visitors"),
        (("open", "closed"), "no visitors"),
        ((), "doesn't say"),
    ],
)
def test_what_open_and_closed_mean_is_said(kinds: tuple[str, ...], says: str) -> None:
    person = book(one(kinds=kinds))
    person.say("meeting 19103")
    assert any(says in text for text in person.say("1"))


def test_going_ends_with_the_path() -> None:
    person = book(one())
    person.say("meeting 19103")
    person.say("1")
    person.press("remind")
    assert person.items[0].kind == SAVED
    assert person.at() == "path.which"


TELLING = ("AA", "First", "Serenity", "Sober", "meeting", "Alano", "reunión")


@pytest.mark.parametrize("language", ["en", "es"])
def test_in_cover_words_no_name_and_no_fellowship_stands(language: str) -> None:
    person = book(
        one(address="24 Hour Club, 12 Ferry St, Philadelphia", location="Alano House"),
        one("Serenity AA", location="Sober House", address=""),
        screen(0.1),
        person={"language": language},
    )
    person.channel = "sms"
    texts = person.say("meeting 19103")
    for number in "123":
        texts += [*person.say(number), *person.say("4"), *person.say("3")]
    for text in texts:
        assert not any(word in text for word in TELLING), text
    assert any("12 Ferry St" in text for text in texts)


@pytest.mark.parametrize("plain", [True, False])
def test_a_list_by_text_is_one_segment(plain: bool) -> None:  # noqa: FBT001
    person = book(one(), one("Last Boat", 2, miles=12.2), screen(2), person={"plain": plain})
    person.channel = "sms"
    assert segments("\n".join(person.say("near 19103"))) == 1


def test_a_word_in_another_alphabet_does_not_grow_the_text() -> None:
    person = book(one(address="12 Peñón Ōhasi St, Philadelphia"), person={"plain": True})
    person.channel = "sms"
    said = "\n".join(person.say("near 19103"))
    assert "12 Peñón" not in said
    assert segments(said) == 1


def test_the_search_gives_way_to_another_and_comes_back_after_a_command() -> None:
    person = book(one())
    person.say("meeting 19103")
    person.say("aa meeting near reading pa")
    assert (person.at(), person.parked) == ("meeting.results", None)
    person.say("goals")
    assert person.at() != "meeting.results"


anything = st.sampled_from(
    (
        "meeting", "MEETING 19103 tonight", "near", "junta mañana", "19103", "springfield", "1",
        "2", "3", "4", "5", "9", "more", "más", "online", "other", "not now", "skip", "no", "yes",
        "tomorrow at 7", "women", "what?", "menu", "times", "talk", "english", "español", "danger",
        "later", "nothing", "which", "unknown", "found", "remind", "here", "C", "  ",
    )
)  # fmt: skip


def act(person: Notebook, what: str) -> list[str]:
    """One thing that happens."""
    answers = {
        "nothing": Answer(HERE),
        "which": Answer(which=("Springfield, IL", "Springfield, MA")),
        "unknown": Answer(),
        "found": Answer(HERE, found=(one(), screen(0.1), one("C", kinds=())), more=True),
    }
    if what in answers:
        person.near = lambda _: answers[what]
        return []
    if what == "danger":
        risk = Risk(Level.URGENT, ("suicidal_ideation_active",))
        decided = in_danger(person.turn(), risk, person.place, person.parked, Status.ASKED)
        return person._take(decided)
    if what == "later":
        person.now += timedelta(hours=2, minutes=30)
        return []
    if what == "here":
        data = person.place.data if person.place is not None else {}
        return person.put(meeting.here(dataclasses.replace(person.turn(), data=data), HERE))
    return person.press(what) if what == "remind" else person.say(what)


@settings(max_examples=150, deadline=None)
@given(
    what=st.lists(anything, max_size=20),
    channel=st.sampled_from(["telegram", "sms", "sms in plain words"]),
)
def test_any_sequence_leaves_a_sound_state(what: list[str], channel: str) -> None:
    person = book(one(), screen(1))
    person.person = dataclasses.replace(person.person, plain="plain" in channel)
    person.channel = channel.split(maxsplit=1)[0]
    for each in what:
        said = act(person, each)
        assert all("{" not in text for text in said)
        for place in (person.place, person.parked):
            assert place is None or step_of(place) is not None


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def test_at_the_door_two_messages_are_enough(world: World) -> None:
    world.clock.at = datetime(2026, 11, 23, 23, tzinfo=UTC)
    await world.store.write(lambda tx: town.settle(tx, world.clock.at))
    person_id = await world.joined(channel="sms", address=NUMBER)
    sms: dict[str, Any] = {"channel": "sms", "address": NUMBER}
    await world.say("NEAR", **sms)
    await world.say("19103", **sms)
    said = world.texts(NUMBER)[-1]
    assert said.startswith("Near 19103:\n1) 6 pm 0.7 mi 7 Library Sq")
    assert segments(said) == 1
    row = await world.store.read(lambda tx: people.get(tx, person_id))
    assert row.own[PLACE]["label"] == "19103"
    await world.say("1", **sms)
    card = world.texts(NUMBER)[-1]
    assert segments(card) <= 2
    assert "google" not in card


async def test_a_location_that_is_shared_is_searched_around_and_not_kept(world: World) -> None:
    world.clock.at = datetime(2026, 11, 23, 23, tzinfo=UTC)
    await world.store.write(lambda tx: town.settle(tx, world.clock.at))
    person_id = await world.joined()
    await world.say("meeting tonight")
    await world.say("", kind=Kind.LOCATION, point=(39.95123, -75.17654))
    said = world.texts()[-1]
    assert said.startswith("Near you:\n1. 6 pm")
    row = await world.store.read(lambda tx: people.get(tx, person_id))
    assert PLACE not in (row.own or {})
    assert "39.95123" not in str(row.place)

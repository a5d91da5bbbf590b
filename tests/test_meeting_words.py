"""What a text asks for when it asks for a meeting, and what does not ask for one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.wording import Language, entries
from handlers.meeting_words import asked, commanded, joined, wanted
from handlers.meetings import FELLOWSHIPS, KINDS, Spot, Wish
from handlers.spelling import bag

PIECES = sorted(
    bag(
        "meeting near in at 7 pm 19103 tonight tomorrow aa na women online reading pa the sunday "
        "morning necesito junta mañana en español | / : - 7:30 25:99"
    )
)
EVENING = {"begins": 16 * 60, "ends": 21 * 60 - 1}
NIGHT = {"begins": 18 * 60, "ends": 24 * 60 - 1}
MORNING = {"begins": 4 * 60, "ends": 12 * 60 - 1}


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("meeting", {}),
        ("/meeting", {}),
        ("MEETING 19103 tonight", {"near": "19103", "when": "tonight"}),
        ("/meeting@harbor_bot 19103 tonight", {"near": "19103", "when": "tonight"}),
        ("I need a meeting right now", {}),
        ("any meetings near me", {}),
        ("where's the nearest NA meeting", {"fellowships": ("na",)}),
        ("is there an AA meeting tonight?", {"fellowships": ("aa",), "when": "tonight"}),
        ("na online", {"fellowships": ("na",), "how": "online"}),
        ("NA tonight", {"fellowships": ("na",), "when": "tonight"}),
        ("a.a. meeting 19104-1234", {"fellowships": ("aa",), "near": "19104"}),
        ("meeting by phone", {"how": "phone"}),
        ("meeting St. Louis, MO", {"near": "st louis mo"}),
        ("ga meeting in Atlanta GA", {"fellowships": ("ga",), "near": "atlanta ga"}),
        (
            "aa meeting near Springfield tomorrow at 7",
            {
                "fellowships": ("aa",),
                "near": "springfield",
                "when": "tomorrow",
                "begins": 18 * 60 + 30,
                "ends": 20 * 60,
            },
        ),
        (
            "find me a women's meeting in Reading PA sunday morning",
            {"kinds": ("women",), "near": "reading pa", "when": "day", "weekday": 0, **MORNING},
        ),
        (
            "beginners meeting tomorrow evening wheelchair accessible",
            {"kinds": ("newcomers", "wheelchair"), "when": "tomorrow", **EVENING},
        ),
        (
            "una reunión mañana en la noche en español",
            {"kinds": ("spanish",), "when": "tomorrow", **NIGHT},
        ),
        ("an AA meeting tonight", {"fellowships": ("aa",), "when": "tonight"}),
        ("meeting 7-9pm", {"begins": 19 * 60, "ends": 21 * 60}),
        ("meeting between 11 and 1", {"begins": 11 * 60, "ends": 13 * 60}),
        ("meeting from 9 pm to 1 am", {"begins": 21 * 60, "ends": 60}),
        ("meeting in 20 minutes", {}),
        ("reunión hoy a las 8 y media", {"begins": 20 * 60, "ends": 21 * 60 + 30}),
        ("meeting after 8", {"begins": 20 * 60, "ends": 24 * 60 - 1}),
        ("craving bad, need a meeting near 19103", {"near": "19103"}),
        ("reunión en 19103 esta noche", {"near": "19103", "when": "tonight"}),
        ("necesito una junta", {}),
        ("grupo de AA hoy", {"fellowships": ("aa",)}),
        (
            "necesito una reunión de NA mañana por la mañana en español",
            {"fellowships": ("na",), "kinds": ("spanish",), "when": "tomorrow", **MORNING},
        ),
        ("junta a las 7 de la noche", {"begins": 18 * 60 + 30, "ends": 20 * 60}),
        ("hay reuniones de AA cerca de mí?", {"fellowships": ("aa",)}),
        ("NEAR Springfield", {"near": "springfield"}),
        ("do you have any AA meetings tonight?", {"fellowships": ("aa",), "when": "tonight"}),
        ("can you find me a meeting with childcare", {"kinds": ("child_friendly",)}),
        ("cerca 19103 mañana", {"near": "19103", "when": "tomorrow"}),
    ],
)
def test_what_is_asked_for(text: str, wish: dict[str, Any]) -> None:
    assert wanted(text) == Wish(**wish)


@pytest.mark.parametrize(
    "text",
    [
        "I left the meeting",
        "the meeting was good",
        "I went to a meeting last night",
        "my meeting is tomorrow",
        "meeting with my counselor tomorrow",
        "meeting was canceled",
        "I want a meeting with my counselor",
        "I'm going to a meeting tonight",
        "I don't want a meeting",
        "every meeting makes me want to use",
        "i want to use and left the meeting",
        "na",
        "na tomorrow",
        "ha",
        "call my ma tonight",
        "smart",
        "group tonight",
        "near death",
        "meeting every tuesday",
        "near you",
        "I am near the edge",
        "I want to die",
        "stop",
        "meeting stop",
        "no quiero una junta",
        "la junta estuvo bien",
        "the meeting tonight",
        "la reunión de mañana",
        "a meeting with my boss tomorrow",
        "una reunión con mi jefe mañana",
        "salí de la reunión",
        "",
    ],
)
def test_what_asks_for_none(text: str) -> None:
    assert wanted(text) is None


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("19103", {"near": "19103"}),
        ("19103-1234 tonight", {"near": "19103", "when": "tonight"}),
        ("I'm in Reading PA", {"near": "reading pa"}),
        ("San José CA", {"near": "san jose ca"}),
        ("9410", {"near": "9410"}),
        ("tomorrow", {"when": "tomorrow"}),
        ("7 pm", {"begins": 18 * 60 + 30, "ends": 20 * 60}),
        ("noon", {"begins": 11 * 60 + 30, "ends": 13 * 60}),
        ("a mediodía", {"begins": 11 * 60 + 30, "ends": 13 * 60}),
        ("friday", {"when": "day", "weekday": 5}),
        ("el sábado", {"when": "day", "weekday": 6}),
        ("aa only", {"fellowships": ("aa",)}),
        ("online", {"how": "online"}),
        ("en español", {"kinds": ("spanish",)}),
        ("midnight", {"begins": 23 * 60 + 30, "ends": 60}),
        ("a medianoche", {"begins": 23 * 60 + 30, "ends": 60}),
        ("day after tomorrow", {"when": "day_after"}),
        ("pasado mañana en la noche", {"when": "day_after", **NIGHT}),
        ("entre las 6 y las 8", {"begins": 18 * 60, "ends": 20 * 60}),
    ],
)
def test_an_answer_to_where_and_when(text: str, wish: dict[str, Any]) -> None:
    assert asked(text) == Wish(**wish)


@pytest.mark.parametrize(
    "text", ["stop", "help", "ayuda", "yes", "no", "what?", "I feel sad", "3", "later", "closer"]
)
def test_a_word_that_means_something_is_no_place(text: str) -> None:
    assert asked(text) is None


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("kind", KINDS)
def test_our_own_words_for_a_kind_are_understood(language: Language, kind: str) -> None:
    entry = entries(language).get(f"meeting.kind_{kind}")
    if entry is not None:
        assert asked(entry.text) == Wish(kinds=(kind,))


@pytest.mark.parametrize("text", ["now", "today", "hoy", "later today", "in an hour"])
def test_today_is_said_after_another_day(text: str) -> None:
    before = Wish(spot=Spot(39.9, -75.2, "19103"), when="tomorrow", begins=600, kinds=("women",))
    after = asked(text)
    assert after is not None
    later = joined(before, after)
    assert (later.when, later.begins, later.kinds) == ("now", None, ("women",))
    assert joined(later, Wish(how="online")).when == "now"


def test_another_day_means_the_same_place_and_another_place_the_same_day() -> None:
    before = Wish(spot=Spot(39.9, -75.2, "19103"), when="tonight", kinds=("women",), skip=9)
    later = joined(before, Wish(when="tomorrow", begins=600))
    assert (later.spot, later.when, later.begins, later.kinds) == (
        before.spot,
        "tomorrow",
        600,
        ("women",),
    )
    assert later.skip == 0
    there = joined(before, Wish(near="reading pa"))
    assert (there.near, there.spot, there.when) == ("reading pa", None, "tonight")


@pytest.mark.parametrize("text", ["meeting x", "/meeting", "Junta", "REUNIÓN 19103", "near 19103"])
def test_the_word_for_it_begins_a_command(text: str) -> None:
    assert commanded(text)
    assert not commanded(f"the {text.lstrip('/')}")


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.sampled_from(PIECES),
            max_size=10,
        ).map(" ".join),
    )
)
def test_whatever_is_typed_is_read_or_left(text: str) -> None:
    for read in (wanted, asked):
        wish = read(text)
        if wish is None:
            continue
        assert set(wish.fellowships) <= set(FELLOWSHIPS)
        assert set(wish.kinds) <= set(KINDS)
        assert len(wish.near) < 81
        assert all(0 <= minute < 24 * 60 for minute in (wish.begins or 0, wish.ends or 0))

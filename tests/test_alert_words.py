from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.web import card, phrases
from bot.web.marking import marked
from bot.web.times import Times, span
from content import rules
from handlers.screening import screen

NEW_YORK, CHICAGO = "America/New_York", "America/Chicago"
NIGHT = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
"""Sunday, 10:30 pm in New York and 9:30 pm in Chicago."""


def times(now: datetime = NIGHT, theirs: str = CHICAGO) -> Times:
    return Times(now, NEW_YORK, theirs)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("i wanna kms lol", ["wanna kms"]),
        ("Honestly: I WANT TO KILL MYSELF!! ok?", ["WANT TO KILL MYSELF!!"]),
        ("me quiero  morir\nya", ["quiero  morir"]),
        ("all good", []),
    ],
)
def test_the_typed_words_that_triggered_are_marked(text: str, found: list[str]) -> None:
    pieces = marked(text, screen(text).words)
    assert "".join(piece for piece, _ in pieces) == text
    shown = [piece for piece, on in pieces if on]
    assert len(shown) == len(found)
    for said, wanted in zip(shown, found, strict=True):
        assert wanted in said


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=3))
def test_marking_loses_nothing(text: str, words: list[str]) -> None:
    assert "".join(piece for piece, _ in marked(text, words)) == text


def test_a_moment_says_both_zones_only_where_they_differ() -> None:
    assert times().at(NIGHT - timedelta(minutes=30)) == "10 pm (9 pm there)"
    assert times(theirs=NEW_YORK).at(NIGHT - timedelta(minutes=30)) == "10 pm"
    assert times().at(NIGHT - timedelta(days=1)) == "Sat 21 Nov, 10:30 pm (9:30 pm there)"
    assert times().there() == "Sunday, 9:30 pm"
    assert times().place() == "Chicago"


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "0 min"), (59, "59 min"), (130, "2 h 10 min"), (1440, "1 day"), (3000, "2 days 2 h")],
)
def test_a_span_is_said_in_two_units(minutes: int, said: str) -> None:
    assert span(timedelta(minutes=minutes)) == said


def test_the_usual_time_counts_from_the_hour_of_asking() -> None:
    # Asked at 11 pm: two answers before midnight, one after it.
    asked = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
    answered = [asked + timedelta(days=day, minutes=m) for day, m in enumerate((5, 20, 90))]
    assert times().usual(answered, "23:00") == "11:20 pm"
    assert times().usual(answered[:2], "23:00") is None


@pytest.mark.parametrize(
    ("hours", "now", "said"),
    [
        ("8-21", NIGHT, "NOT now"),
        ("8-22", NIGHT, "now is fine"),
        ("20-6", NIGHT, "now is fine"),
        ("20-6", NIGHT + timedelta(hours=12), "NOT now"),
        ("after church", NIGHT, "after church"),
    ],
)
def test_the_safe_hours_are_theirs(hours: str, now: datetime, said: str) -> None:
    read = card.read({"hours": hours}, [], times(now), hands_off=False, plain=True)
    assert said in read.lines[1].value


@pytest.mark.parametrize(
    ("given_card", "numbers", "hands_off", "may_call"),
    [
        ({"calls": True, "phone": "+12155550100"}, [], False, True),
        ({"calls": True}, ["+12155550111"], False, True),
        ({"calls": True}, [], False, False),
        ({"calls": False, "phone": "+12155550100"}, [], False, False),
        ({"calls": "yes", "phone": "+12155550100"}, [], False, False),
        ({"phone": "+12155550100"}, [], False, False),
        ({"calls": True, "phone": "+12155550100"}, [], True, False),
    ],
)
def test_a_call_is_offered_only_where_the_card_says_so(
    given_card: dict[str, Any], numbers: list[str], *, hands_off: bool, may_call: bool
) -> None:
    read = card.read(given_card, numbers, times(), hands_off=hands_off, plain=True)
    assert read.may_call is may_call
    assert read.call_said == "" or "Calling is fine" not in read.call_said or may_call


def test_what_is_missing_is_said_and_cover_words_are_the_default() -> None:
    read = card.read({}, [], times(), hands_off=False, plain=False)
    said = {line.name: line.value for line in read.lines}
    assert said.pop("Words").startswith("cover words only")
    assert set(said.values()) == {card.MISSING}


def test_every_label_of_the_screen_has_words() -> None:
    spoken = {rule.label for rule in rules.screening().rules}
    assert spoken
    assert spoken - set(phrases.LABELS) == set()


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("reached_safe", ("Reached, and safe", "")),
        ("other\nline\nline", ("Something else", "line\nline")),
        ("she is fine", ("", "she is fine")),
        (None, ("", "")),
    ],
)
def test_an_outcome_in_words(detail: str | None, said: tuple[str, str]) -> None:
    assert phrases.outcome(detail) == said

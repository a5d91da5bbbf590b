"""Whatever is answered, the talks about what is somebody's own stay in a sound state."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.crisis import Status
from handlers.decide import in_danger
from handlers.flows import step_of
from handlers.prompts import PROMPTS
from handlers.risk import Level, Risk
from tests.notebook import Notebook

WORDS = (
    "reasons", "gente", "sponsor", "times", "metas", "my day", "menu", "plan", "english", "español",
)  # fmt: skip
TYPED = (
    "1", "2", "3", "4", "5", "7", "9", "31", "2", "skip", "no", "yes", "more", "listo", "later",
    "my two girls", "Ana 215-555-0142", "215 555 0143", "5 pm", "8", "friday", "a\nb\nc\nd", "  ",
    "what?", "\u200b", "C",
)  # fmt: skip
FALLS_DUE = ("hard_time", "morning", "evening", "goals_week")
DANGER = "danger"
LATER = "later on"
SHUT = "pin"
anything = st.sampled_from((*WORDS, *TYPED, *FALLS_DUE, DANGER, LATER, SHUT, "remove the first"))


def act(book: Notebook, what: str) -> list[str]:
    """One thing that happens."""
    if what in FALLS_DUE:
        details = [str(item.id) for item in book.items] if what == "hard_time" else [""]
        return [text for detail in details for text in book.prompt(what, detail) or []]
    if what == DANGER:
        risk = Risk(Level.URGENT, ("suicidal_ideation_active",))
        return book._take(in_danger(book.turn(), risk, book.place, book.parked, Status.ASKED))
    if what == LATER:
        book.now += timedelta(hours=5)
        return []
    if what == SHUT:
        book.person = dataclasses.replace(book.person, pin=True, shut=not book.person.shut)
        return []
    if what == "remove the first":
        book.items = book.items[1:]
        return []
    return book.say(what)


def sound(book: Notebook) -> None:
    """Both places are known, what is kept makes sense, and what comes next is ahead."""
    for place in (book.place, book.parked):
        assert place is None or step_of(place) is not None
    kinds = {"reason": 9, "contact": 9, "hard_time": 9}
    for kind, most in kinds.items():
        assert len(book.of(kind)) <= most
    assert all(data["text"] for kind in ("reason", "goal") for data in book.of(kind))
    for data in book.of("contact"):
        assert data["name"]
        assert data["phone"] == "" or data["phone"].startswith("+")
        assert not data.get("agreed")
    for name in FALLS_DUE:
        moments = PROMPTS[name].moments
        assert moments is not None
        assert all(at > book.now for at in moments(book.turn()).values())


@settings(max_examples=150, deadline=None)
@given(
    what=st.lists(anything, max_size=25),
    channel=st.sampled_from(["telegram", "sms", "sms in plain words"]),
)
def test_any_sequence_leaves_a_sound_state(what: list[str], channel: str) -> None:
    book = Notebook(plain="plain" in channel)
    book.channel = channel.split(maxsplit=1)[0]
    for each in what:
        said = act(book, each)
        assert all("{" not in text for text in said)
        sound(book)


@pytest.mark.parametrize("word", WORDS[:6])
@pytest.mark.parametrize(("language", "later"), [("en", "later"), ("es", "ahora no")])
def test_not_now_leads_out_of_each(word: str, language: str, later: str) -> None:
    book = Notebook(language=language)
    book.say(word)
    assert book.at() is not None
    book.say(later)
    assert (book.at(), book.items, book.settings) == (None, [], {})


def test_behind_a_pin_nothing_of_theirs_is_shown() -> None:
    book = Notebook()
    for said in ("reasons", "my two girls", "people", "Ana 215 555 0142", "1", "none", "1"):
        book.say(said)
    for said in ("goals", "walk every day", "times", "payday", "1", "5", "5 pm", "call Ana"):
        book.say(said)
    book.person = dataclasses.replace(book.person, pin=True, shut=True)
    for word in WORDS:
        said = "\n".join(book.say(word))
        assert not any(own in said for own in ("girls", "Ana", "walk", "payday")), word

"""Whether they come, said by themselves: heard near something of theirs, and never guessed."""

from __future__ import annotations

import pytest

from handlers.programme import OpenTask
from tests.seated import Seated, hour


def tuesday() -> Seated:
    """Noon on Tuesday; something of theirs that evening and the next one, and nothing open."""
    book = Seated()
    book.now = hour(1, 12)
    book.sits(hour(1, 18))
    book.sits(hour(2, 18))
    return book


@pytest.mark.parametrize(
    "said",
    ["I can't make it tonight", "sorry, i cant come to group", "not coming", "no puedo ir hoy",
     "No voy a poder ir a la cita", "on my way", "ahí voy", "i won't make it to my session today"],
)  # fmt: skip
def test_it_is_asked_by_its_hour(said: str) -> None:
    book = tuesday()
    (asked,) = book.say(said)
    assert asked.startswith("Today 6 pm")
    assert book.at() == "session.there"
    assert book.one(1).reply is None
    book.say("2")
    assert (book.one(1).reply, book.at()) == ("cannot", "barrier.why")


def test_the_day_that_is_named_counts() -> None:
    book = tuesday()
    assert book.say("I can't come tomorrow")[0].startswith("Tomorrow 6 pm")
    assert book.say("no puedo ir esta noche")[0].startswith("Today 6 pm")


@pytest.mark.parametrize(
    "said",
    ["i can't go on", "i can't make it", "i can't go on tonight", "no puedo más", "no puedo seguir",
     "im not going to make it", "i wont be there for my kids", "i can't do this today", "no voy"],
)  # fmt: skip
def test_what_may_mean_something_else_is_none_of_it(said: str) -> None:
    book = tuesday()
    book.say(said)
    assert book.at() != "session.there"


def test_far_from_everything_of_theirs_it_is_a_word_to_somebody() -> None:
    book = Seated()
    book.now = hour(0, 12)
    book.sits(hour(3, 18))
    book.say("on my way")
    assert book.at() == "talking.offer"


def test_under_a_question_that_can_not_read_it_it_is_heard() -> None:
    book = tuesday()
    book.say("checkin")
    at = book.at()
    assert at is not None
    assert at.startswith("checkin.")
    assert book.say("i can't make it tonight")[0].startswith("Today 6 pm")
    book.press("coming")
    assert book.one(1).reply == "coming"
    assert book.at() == at


def test_who_changes_their_mind_is_asked_again() -> None:
    book = tuesday()
    book.say("on my way")
    book.press("coming")
    assert book.say("i can't make it tonight")[0].startswith("Today 6 pm")


def test_a_hand_without_a_reason_becomes_a_task() -> None:
    for reason, tasks in ((None, [OpenTask("hand", "barrier", 1)]), ("work", [])):
        book = tuesday()
        book.say("on my way")
        book.press("help")
        if reason is not None:
            book.press(reason)
        assert book.prompt("session_hand", "1") == ([] if reason is None else None)
        assert book.tasks == tasks


def test_who_needed_a_hand_and_is_ill_is_not_asked_again() -> None:
    book = tuesday()
    book.say("on my way")
    book.press("help")
    book.press("ill")
    assert (book.one(1).reply, book.one(1).state) == ("cannot", "given_up")


def test_it_may_be_left_out() -> None:
    book = tuesday()
    book.say("on my way")
    assert "left it" in book.say("skip")[0]
    assert book.at() is None


@pytest.mark.parametrize(
    ("said", "at"),
    [("need ride", "need.ask"), ("i need help with food", "need.ask"),
     ("Necesito un abogado", "need.ask"), ("i need to use", None), ("necesito un trago", None),
     ("i need you", None), ("i need help", None)],
)  # fmt: skip
def test_a_need_may_be_named_at_once(said: str, at: str | None) -> None:
    book = tuesday()
    book.say(said)
    assert (book.at() == "need.ask") == (at is not None)

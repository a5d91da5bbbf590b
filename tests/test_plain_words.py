"""What people answer in their own words in the hours in between, where a label was shown."""

from __future__ import annotations

import pytest

from content.skills import skills
from handlers import commands
from handlers.answers import UNREAD, Choice, Said, Scale, Skippable
from handlers.flows import step_of
from handlers.own import Entry, Item, Json
from handlers.place import Place
from handlers.programme import OpenTask
from handlers.shown import Shown
from tests.notebook import NOW, Notebook

AT_ONCE = {"see": "Show me", "later": "Not now"}


def told(*said: str, language: str = "en") -> Notebook:
    """Somebody who has said all this, one after the other."""
    book = Notebook(language=language)
    for each in said:
        book.say(each)
    return book


def asked(flow: str, step: str, said: str, language: str = "en") -> Notebook:
    """Somebody who was asked this and says that."""
    book = Notebook(language=language)
    book.place = Place(flow, step)
    assert step_of(book.place) is not None
    book.say(said)
    return book


@pytest.mark.parametrize("text", ["yes", "Yeah, sure", "sí", "👍"])
def test_a_yes_means_the_one_choice_that_does_not_leave_the_question(text: str) -> None:
    assert Choice(*AT_ONCE).read(Said(text, labels=AT_ONCE)) == "see"
    helped = {"helped": "It helped", "not_really": "Not really", "skip": "Skip"}
    assert Skippable(Choice("helped", "not_really")).read(Said(text, labels=helped)) == "helped"
    for labels in (
        {"both": "Both", "one": "Mornings", "later": "Not now"},
        {"me": "Only me", "team": "My team too"},
        {"see": "Show me"},
    ):
        assert Choice(*labels).read(Said(text, labels=labels)) is UNREAD


@pytest.mark.parametrize(
    "text", ["stop asking me", "I don't want to answer", "deja de preguntar", "no quiero hablar"]
)
def test_who_has_had_enough_is_heard(text: str) -> None:
    assert Choice(*AT_ONCE).read(Said(text, labels=AT_ONCE)) == "later"
    assert Skippable(Scale(0, 10)).read(Said(text)) is None
    shown = {"0": "Not at all", "1": "Several days", "later": "Later", "skip": "Skip"}
    assert Shown().read(Said(text, labels=shown)) == "later"
    assert Shown().read(Said("idk", labels=shown)) is None
    assert Shown().read(Said(text, labels={"0": "Not at all"})) is UNREAD


def test_i_dont_know_leaves_a_choice_out_and_asks_for_a_number_once_more() -> None:
    assert Skippable(Choice("a", "b")).read(Said("idk")) is None
    assert Skippable(Choice("a", "b")).read(Said("no sé, gracias")) is None
    assert Skippable(Scale(0, 10)).read(Said("idk")) is UNREAD
    assert Skippable(Scale(0, 10)).read(Said("idk", labels={"skip": "Can't say"})) is None


@pytest.mark.parametrize("text", ["idk", "no sé", "rather not", "stop asking me"])
def test_who_does_not_say_what_it_was_still_gets_the_careful_words(text: str) -> None:
    book = Notebook()
    said = [*book.say("slip"), *book.say("c"), *book.say(text)]
    assert any("naloxone" in each for each in said)
    assert book.at() == "lapse.step"


@pytest.mark.parametrize("text", ["wrong tap", "it was a mistake", "fue un error"])
def test_a_slip_may_be_taken_back_in_words(text: str) -> None:
    book = told("slip", "c", text)
    assert book.at() is None
    assert book.entries[-1].data["undone"] is True


@pytest.mark.parametrize("text", ["I got high", "usé otra vez", "me drogué", "I got drunk."])
def test_use_told_in_a_few_words_begins_the_talk_about_it(text: str) -> None:
    assert commands.heard(text) == "lapse"


@pytest.mark.parametrize(
    ("text", "key"), [("by myself", "alone"), ("my wife", "partner"), ("un amigo", "friends")]
)
def test_who_was_there_is_told_as_people_tell_it(text: str, key: str) -> None:
    book = Notebook()
    book.entries = [Entry("lapse", NOW, {"day": "2026-11-23"})]
    book.place = Place("lapse", "company")
    book.say(text)
    assert book.entries[-1].data["with"] == key


@pytest.mark.parametrize(("text", "key"), [("no", "none"), ("nope", "none"), ("sí tengo", "yes")])
def test_no_naloxone_is_a_task_however_it_is_said(text: str, key: str) -> None:
    book = asked("naloxone", "have", text)
    assert book.settings["naloxone"] == key
    assert any(isinstance(effect, OpenTask) for effect in book.effects) == (key == "none")


@pytest.mark.parametrize("text", ["not now", "later", "idk"])
def test_what_is_no_answer_about_naloxone_is_not_taken_for_one(text: str) -> None:
    assert "naloxone" not in asked("naloxone", "have", text).settings


@pytest.mark.parametrize(
    ("text", "at"),
    [("yes", "checkup.item"), ("sí", "checkup.item"), ("no", None), ("maybe", "checkup.private")],
)
def test_whether_now_is_private_is_answered_with_yes_or_no(text: str, at: str | None) -> None:
    assert told("checkup", "mood", text).at() == at


def test_a_check_up_is_named_without_my() -> None:
    assert told("revisión", "ánimo", language="es").at() == "checkup.private"


@pytest.mark.parametrize("text", ["ok", "thanks", "I will", "gracias"])
def test_a_word_of_thanks_lets_the_timer_run(text: str) -> None:
    book = told("crave", "8")
    book.say(text)
    assert book.at() == "craving.doing"
    assert book.place is not None
    assert book.place.tries == 0
    assert book.prompt("craving_back") is not None


@pytest.mark.parametrize("text", ["yes", "did it", "ya lo hice"])
def test_who_tried_it_is_asked_how_it_is_now(text: str) -> None:
    assert told("crave", "8", text).at() == "craving.after"


@pytest.mark.parametrize("text", ["yes", "ok", "the same", "sí"])
def test_a_yes_to_what_helped_before_is_the_same_again(text: str) -> None:
    book = told("crave", "8", "done", "2", "skip", "crave", "8")
    assert book.at() == "craving.again"
    helped = book.entries[0].data["skill"]
    book.say(text)
    assert book.at() == "craving.doing"
    assert book.entries[-1].data["skill"] == helped


def test_a_feeling_leads_to_its_own_next_step() -> None:
    book = told("crave", "8", "I'm lonely")
    assert book.at() == "craving.doing"
    assert skills()[str(book.entries[-1].data["skill"])].kind == "halt_lonely"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("something else", "craving.doing"),
        ("otra cosa", "craving.doing"),
        ("5", "craving.better"),
        ("stop asking me", None),
    ],
)
def test_what_would_help_is_answered_in_words_or_by_how_strong_it_is(
    text: str, at: str | None
) -> None:
    book = told("crave", "8", "done", "8")
    assert book.at() == "craving.still"
    book.say(text)
    assert book.at() == at


def test_what_set_it_off_where_and_with_whom_in_their_words() -> None:
    book = told("crave", "3", "idk", "at my house", "nobody")
    scene = {"trigger": "unsure", "place": "home", "company": "alone"}
    assert scene.items() <= book.entries[-1].data.items()


def test_the_day_count_by_words() -> None:
    assert told("days", "mine", "this year").at() == "days.since"
    book = asked("days", "after", "start over")
    assert book.settings["counter"] == "since"
    assert asked("days", "after", "keep going").settings["counter"] != "since"


def test_people_by_words() -> None:
    book = told("people", "Maria", "215-555-0177", "my mom", "not now")
    assert book.at() == "contact.share"
    book.say("no")
    assert (book.of("contact")[0]["kind"], book.of("contact")[0]["shared"]) == ("family", False)
    book = told("people", "Maria", "215-555-0177", "my mom", "not now", "yes")
    assert book.of("contact")[0]["shared"] is True


@pytest.mark.parametrize(("text", "arranged"), [("yes", "yes"), ("no", "not_yet"), ("sí", "yes")])
def test_a_refill_is_arranged_or_not_yet(text: str, arranged: str) -> None:
    labels = {"yes": "It's set up", "not_yet": "Not yet", "hand": "I need a hand"}
    step = step_of(Place("refill", "arranged"))
    assert step is not None
    assert step.answer.read(Said(text, labels=labels)) == arranged


def test_why_it_was_left_out_in_their_words() -> None:
    book = Notebook()
    daily: dict[str, Json] = {
        "kind": "methadone",
        "state": "current",
        "times": ["11:00"],
        "reminders": True,
    }
    book.items = [Item(1, "medicine", {**daily, "label": "", "name": ""}, NOW)]
    book.prompt("medicine", "1100")
    assert book.at() == "dose.due"
    book.say("ok")
    assert book.at() == "dose.due"
    book.say("skipped it")
    assert book.at() == "dose.why"
    book.say("felt sick")
    assert book.entries[-1].data == {"item": 1, "what": "skipped", "why": "effects"}


@pytest.mark.parametrize(
    ("text", "at"), [("los dos", "day.morning_at"), ("at night", "day.evening_at"), ("none", None)]
)
def test_which_half_of_the_day_by_words(text: str, at: str | None) -> None:
    assert told("my day", text).at() == at


@pytest.mark.parametrize(
    ("text", "key"), [("bad", "try"), ("igual", "ok"), ("una persona", "talk"), ("mal", "try")]
)
def test_how_it_is_before_a_hard_hour(text: str, key: str) -> None:
    book = asked("ahead", "soon", text)
    assert [each.data for each in book.entries if each.kind == "hard_time"] == [{"now": key}]


@pytest.mark.parametrize(
    ("said", "language", "day"),
    [
        (("once a year", "3", "14", "2:30 am"), "en", "March 13, 2027"),
        (("una vez al año", "3", "14", "2:30 am"), "es", "13 de marzo de 2027"),
        (("each week", "friday", "5 pm"), "en", "Friday"),
    ],
)
def test_a_date_that_is_far_off_is_not_told_by_its_day_of_the_week(
    said: tuple[str, ...], language: str, day: str
) -> None:
    book = told("times", "the anniversary", *said, language=language)
    (kept,) = [each for each in book.say("call Ray") if "check in" in each or "escribo" in each]
    assert f": {day}, " in kept

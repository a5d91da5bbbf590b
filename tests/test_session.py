"""Before, on the way to and after a session: what is asked, and what follows from each answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import lapse, session, session_said
from handlers.crisis import Status
from handlers.decide import in_danger
from handlers.flow import Raise
from handlers.flows import step_of
from handlers.programme import OpenTask, TellFacilitator
from handlers.prompts import PROMPTS
from handlers.risk import Level, Risk
from tests.seated import Seated, hour


def seated() -> Seated:
    """Two on Tuesday, one on Wednesday; now it is Monday, 6:30 pm."""
    book = Seated()
    book.now = hour(0, 18, 30)
    book.sits(hour(1, 10), 50)
    book.sits(hour(1, 18))
    book.sits(hour(2, 18))
    return book


def asked(book: Seated, name: str = "session_eve", detail: str = "") -> str:
    said = book.prompt(name, detail)
    assert said is not None
    return "\n".join(said)


def alone(**person: str) -> Seated:
    """One on Tuesday at 6 pm, asked about the evening before."""
    book = Seated(**person)
    book.now = hour(0, 18, 30)
    book.sits(hour(1, 18))
    asked(book)
    return book


def test_all_of_tomorrow_is_one_text_the_evening_before() -> None:
    book = seated()
    book.now -= timedelta(minutes=1)
    assert session.eves(book.turn()) == {"": hour(0, 18, 30)}
    book.now += timedelta(minutes=1)
    assert asked(book).startswith("Tomorrow 10 am, 6 pm: 12 Oak St, Room 4.\nWill you be there?")
    assert session.eves(book.turn()) == {"": hour(1, 18, 30)}
    book.press("coming")
    assert [seat.reply for seat in book.seats] == ["coming", "coming", None]


def test_a_house_is_named_to_nobody_but_who_asks_or_chose_plain_words() -> None:
    for channel in ("telegram", "sms"):
        book = seated()
        book.channel = channel
        assert "Riverside" not in asked(book)
        assert "elapse" not in asked(book)
    book = Seated(plain=True)
    book.now = hour(0, 18, 30)
    book.sits(hour(1, 18))
    assert "Riverside" in asked(book)


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("12 Step House, 4 Oak St", "4 Oak St"), ("12 Step House", ""), ("24 Hour Club", ""),
        ("Floor 2 Behavioral Health", ""), ("12 Pasos, Piso 2", "Piso 2"), ("30 Serenity Hall", ""),
        ("3 Recovery Way", ""), ("45-12 Queens Blvd, Ste 200", "45-12 Queens Blvd, Ste 200"),
        ("120 W 14th St Room 3B", "120 W 14th St Room 3B"), ("Room 4, Hope Center", "Room 4"),
        ("34 Vine Street, Room 5", "34 Vine Street, Room 5"),
    ],
)  # fmt: skip
def test_a_house_whose_name_begins_with_a_number_is_no_street(place: str, shown: str) -> None:
    book = Seated()
    said = session_said.where(book.session(1, book.now, place=place), "en")
    assert said.cover == (shown or "the usual place")
    moved = session_said.where(book.session(1, book.now, place=place, usual=False), "es")
    assert moved.cover == (shown or "no en el lugar de siempre")


@pytest.mark.parametrize(
    ("place", "leads"),
    [
        ("34 Vine Street, Room 5", True), ("Hope Center, 34 Vine St, Room 5", True),
        ("Room 5", True), ("Hope Center, Room 5", False), ("Grace Church Hall", False),
    ],
)  # fmt: skip
def test_another_place_is_never_told_by_a_room_of_some_house(place: str, *, leads: bool) -> None:
    book = Seated()
    assert session_said.leads_there(book.session(1, book.now, place=place)) is leads


def test_the_evening_question_is_open_until_they_are_asked_again() -> None:
    book = alone()
    book.now = hour(1, 15, 30)
    book.say("my kid is sick")
    assert (book.one(1).reply, book.one(1).barrier) == ("cannot", "care")


@pytest.mark.parametrize("text", ["here", "late", "here hotel", "im late"])
def test_in_danger_no_word_about_a_session_leads_away(text: str) -> None:
    book = alone()
    book.now = hour(1, 17, 45)
    _danger(book)
    at = book.at()
    assert at is not None
    assert at.startswith("crisis.")
    book.say(text)
    assert book.at() == at
    assert book.told == []


def test_who_confirmed_or_gave_up_is_asked_no_more() -> None:
    for key in ("coming", "cannot"):
        book = alone()
        book.press(key)
        book.now = hour(1, 15)
        assert session.soons(book.turn()) == {}
        assert book.prompt("session_soon", "1") is None


def test_shortly_before_those_that_follow_each_other_are_one() -> None:
    book = Seated()
    book.now = hour(1, 7)
    for at in (9, 10, 14):
        book.sits(hour(1, at), 60)
    assert session.soons(book.turn()) == {"1": hour(1, 8), "3": hour(1, 12)}
    book.now = hour(1, 8)
    assert "Today 9 am, 10 am: " in asked(book, "session_soon", "1")
    book.press("coming")
    assert session.soons(book.turn()) == {"3": hour(1, 12)}


def test_what_begins_with_the_morning_is_not_asked_about_at_night_again() -> None:
    book = Seated()
    book.now = hour(0, 12)
    book.sits(hour(1, 8))
    assert session.soons(book.turn()) == {}


def test_they_choose_the_hour_of_the_evening_or_none() -> None:
    book = seated()
    book.now = hour(0, 12)
    book.say("agenda")
    assert "6:30 pm" in book.press("evening")[0]
    book.press("hour")
    book.say("8")
    assert session.eves(book.turn()) == {"": hour(0, 20)}
    book.say("agenda")
    book.press("evening")
    book.press("off")
    assert session.eves(book.turn()) == {}


def test_another_hour_does_not_ask_twice() -> None:
    book = seated()
    asked(book)
    book.settings[session.EVE] = "20:00"
    assert session.eves(book.turn()) == {"": hour(1, 20)}


@pytest.mark.parametrize(
    ("said", "reply", "barrier"),
    [
        ("yes", "coming", None),
        ("Sí, voy", "coming", None),
        ("on my way", "coming", None),
        ("no", "cannot", None),
        ("i can't make it", "cannot", None),
        ("no puedo ir", "cannot", None),
        ("maybe", "help", None),
        ("i'm sick", "cannot", "ill"),
        ("can't make it, have to work", "cannot", "work"),
        ("No puedo ir mañana, no tengo carro", "help", "ride"),
        ("I need a ride", "help", "ride"),
    ],
)
def test_what_they_say_is_understood(said: str, reply: str, barrier: str | None) -> None:
    book = alone()
    book.say(said)
    assert (book.one(1).reply, book.one(1).barrier) == (reply, barrier)


@pytest.mark.parametrize("said", ["stop it", "I'm good", "what is this", "7"])
def test_nothing_is_guessed(said: str) -> None:
    book = alone()
    book.say(said)
    assert book.one(1).reply is None
    assert book.one(1).state == "held"


def test_no_ride_is_a_task_and_keeps_the_place() -> None:
    book = alone()
    book.opens(hour(1, 19, 30), online=True)
    book.opens(hour(2, 9))
    book.press("cannot")
    assert book.one(1).state == "given_up"
    said = "\n".join(book.press("ride"))
    assert "kept your place. No one has read it yet. They read it." in said
    assert book.tasks == [OpenTask("ride", "barrier", 1)]
    assert (book.one(1).state, book.one(1).reply) == ("held", "help")
    # Only what needs no way there is offered.
    book.say("2")
    assert book.at() == "booking.other"
    book.say("yes")
    assert book.one(1).state == "given_up"
    assert book.seats[1].session.id == 100


def test_somebody_who_was_quicker_is_said_kindly_and_the_next_is_offered() -> None:
    book = alone()
    book.opens(hour(1, 19))
    book.opens(hour(2, 19))
    book.press("cannot")
    book.press("work")
    book.quick = True
    assert "just took that place" in book.say("1")[0]
    assert book.at() == "booking.other"
    book.say("1")
    assert book.at() == "booking.ask"
    book.press("ask")
    assert book.tasks == [OpenTask("other_time", "barrier", 1)]


def test_who_said_no_comes_after_all_if_the_place_is_free() -> None:
    for quick, state in ((False, "held"), (True, "given_up")):
        book = alone()
        book.press("cannot")
        book.say("skip")
        book.quick = quick
        book.say("agenda")
        book.say("1")
        book.say("coming")
        assert book.one(1).state == state


@pytest.mark.parametrize("said", ["no", "i can't", "no puedo"])
def test_a_plain_no_to_why_is_no_illness(said: str) -> None:
    for language in ("en", "es"):
        book = alone(language=language)
        book.press("help")
        book.say(said)
        assert (book.at(), book.one(1).barrier) == ("barrier.why", None)


def test_need_is_heard_while_why_is_asked_unless_it_says_why() -> None:
    for said, at in (("need", "need.what"), ("need a ride", None)):
        book = alone()
        book.press("help")
        book.say(said)
        assert book.at() == at


def test_what_was_offered_is_asked_again_by_its_number() -> None:
    book = alone()
    book.opens(hour(1, 19))
    book.press("cannot")
    book.press("work")
    again = "\n".join(book.say("maybe"))
    assert "one of these" in again
    assert "0 to 10" not in again


def test_who_lost_the_place_online_hears_nothing_of_others() -> None:
    book = alone()
    book.opens(hour(1, 19), online=True)
    book.press("cannot")
    book.press("ride")
    book.quick = True
    assert "No other time" not in "\n".join(book.say("1"))
    assert book.tasks == [OpenTask("ride", "barrier", 1)]


@pytest.mark.parametrize(("language", "said"), [("en", "no thank you"), ("es", "no, gracias")])
def test_no_thanks_to_not_being_up_to_it_offers_nothing(language: str, said: str) -> None:
    for name, detail in (("session_eve", ""), ("session_missed", "1")):
        book = Seated(language=language)
        book.now = hour(0, 18, 30)
        book.sits(hour(1, 18), mark="absent" if detail else None)
        asked(book, name, detail)
        if not detail:
            book.press("cannot")
        book.press("unready")
        book.opens(hour(2, 9))
        book.say(said)
        assert book.at() is None


def test_why_does_not_come_back_under_another_session() -> None:
    book = Seated()
    book.now = hour(0, 17, 30)
    book.sits(hour(0, 18))
    book.sits(hour(1, 18))
    book.prompt("session_eve", "")
    book.press("cannot")
    assert book.at() == "barrier.why"
    book.say("late")
    book.say("10")
    assert book.at() is None


def test_who_is_not_up_to_it_may_listen_or_have_a_person() -> None:
    book = alone()
    book.press("cannot")
    book.press("unready")
    assert "say as little" in book.press("listen")[0]
    assert (book.one(1).state, book.one(1).reply) == ("held", "coming")
    book = alone()
    book.press("cannot")
    book.press("unready")
    book.press("person")
    assert any(isinstance(effect, Raise) for effect in book.effects)


def test_illness_is_asked_about_as_withdrawal_where_staff_flagged_it() -> None:
    book = Seated(withdrawal=True)
    book.now = hour(0, 18, 30)
    book.sits(hour(1, 18))
    asked(book)
    book.press("cannot")
    book.press("ill")
    assert book.at() == "crisis.withdrawal"
    assert book.one(1).barrier == "ill"


def test_their_own_words_go_to_the_team() -> None:
    book = alone()
    book.press("cannot")
    assert "Your team can read it" in book.press("other")[0]
    book.say("court at five")
    assert book.tasks == [OpenTask("other", "barrier", 1, "court at five")]


def test_what_is_missed_is_asked_about_warmly_and_the_next_one_named() -> None:
    book = Seated()
    book.sits(hour(0, 6), 60, mark="absent")
    book.sits(hour(1, 18))
    said = asked(book, "session_missed", "1")
    assert said.startswith("I hope you're OK. Your 6 am today went by without you")
    said = "\n".join(book.press("ride"))
    assert "a ride next time" in said
    assert "Your next one: tomorrow at 6 pm" in said
    assert (book.one(1).reply, book.one(1).barrier) == ("missed", "ride")
    assert book.prompt("session_missed", "1") is None
    book.change(2, mark="present")
    assert book.prompt("session_missed", "2") is None


def test_running_late_is_heard_near_one_only_and_tells_a_number() -> None:
    book = Seated()
    book.sits(hour(0, 18))
    assert "Next: today at 6 pm" in book.say("late")[0]
    book.now = hour(0, 17, 30)
    for said, told in (("running 15 min late", "15"), ("voy tarde", ""), ("late", "")):
        answer = book.say(said)[0]
        assert (told and f"about {told} min." in answer) or book.at() == "late.minutes"
    assert "about 30 min." in book.say("half an hour")[0]
    assert book.told == [TellFacilitator(1, "late")] * 3
    assert book.one(1).reply == "late"


def test_being_there_takes_the_word_of_the_day() -> None:
    book = Seated()
    book.sits(hour(0, 18))
    book.now = hour(0, 17, 50)
    assert "Noted" in book.say("I'm here maple")[0]
    book.say("aquí")
    assert "doesn't fit" in book.say("oak")[0]
    assert "write down who came" in book.say("elm")[0]
    book.say("here")
    assert "Noted" in book.say("The word is maple")[0]
    book.say("here")
    assert "write down who came" in book.say("no thank you")[0]


def test_words_to_the_team_stay_words_to_the_team() -> None:
    book = Seated()
    book.say("talk")
    book.say("here")
    assert book.at() == "talking.more"


def test_after_use_the_first_session_is_the_next_one_they_have() -> None:
    book = Seated()
    book.sits(hour(1, 18))
    assert "Tomorrow 6 pm" in book.put(lapse.first_session(book.turn()))[0]
    assert book.at() == "session.there"


WORDS = (
    "1", "2", "3", "4", "5", "6", "7", "yes", "no", "skip", "coming", "ride", "sick", "agenda",
    "late", "here", "maple", "running 10 late", "menu", "week", "talk", "no puedo ir", "8 pm", "?",
)  # fmt: skip


def _danger(book: Seated) -> None:
    risk = Risk(Level.URGENT, ("suicidal_ideation_active",))
    book._take(in_danger(book.turn(), risk, book.place, book.parked, Status.ASKED))


def _cancelled(book: Seated) -> None:
    book.change(1, state="cancelled")


def _quick(book: Seated) -> None:
    book.quick = not book.quick


HAPPENS: dict[str, Callable[[Seated], object]] = {
    "danger": _danger,
    "cancelled": _cancelled,
    "quick": _quick,
    "eve": lambda book: book.prompt("session_eve"),
    "soon": lambda book: book.prompt("session_soon", "2"),
    "missed": lambda book: book.prompt("session_missed", "3"),
}


@settings(max_examples=60, deadline=None)
@given(
    what=st.lists(st.sampled_from((*WORDS, *HAPPENS, "later")), max_size=20),
    channel=st.sampled_from(["telegram", "sms"]),
)
def test_any_sequence_leaves_a_sound_state(what: list[str], channel: str) -> None:
    book = seated()
    book.channel = channel
    book.change(3, mark="absent")
    book.opens(hour(1, 20), online=True)
    book.opens(hour(3, 9))
    for each in what:
        if each == "later":
            book.now += timedelta(hours=5)
        elif each in HAPPENS:
            HAPPENS[each](book)
        else:
            book.say(each)
        for place in (book.place, book.parked):
            assert place is None or step_of(place) is not None
        for name in ("session_eve", "session_soon"):
            moments = PROMPTS[name].moments
            assert moments is not None
            assert all(at > book.now for at in moments(book.turn()).values())
        assert book.one(3).state == "held"
        ids = [seat.session.id for seat in book.seats]
        assert len(ids) == len(set(ids))

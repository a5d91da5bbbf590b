from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.answers import (
    UNREAD,
    Answer,
    Choice,
    Free,
    Letters,
    Numbers,
    Place,
    Said,
    Scale,
    Skippable,
    Time,
)
from handlers.spelling import fold


def table(row: str) -> list[str]:
    return row.split("|")


MOOD = Scale(0, 10)
CHECKIN = Numbers(Scale(0, 10), Scale(0, 10), Scale(0, 3), Scale(0, 1))
RIDE = {"ride": "A ride", "work": "Work", "kids": "The kids 🧒"}
TRANSPORTE = {"ride": "Transporte", "work": "El trabajo", "kids": "Los niños"}
DANGER = {"a": "Yes", "b": "Not sure", "c": "No"}
PELIGRO = {"a": "Sí", "b": "No sé", "c": "No"}
YES_NO = Choice("yes", "no")
PLAINLY = {"yes": "Yes", "no": "No"}
HOURS = {"09:00": "9 in the morning", "18:00": "6 in the evening", "other": "Another time"}
EVERY: dict[str, Answer[Any]] = {
    "scale": MOOD,
    "choice": Choice(*RIDE),
    "letters": Letters("a", "b", "c"),
    "free": Free(),
    "time": Time(),
    "place": Place(),
    "numbers": CHECKIN,
    "skippable": Skippable(Scale(0, 10)),
    "skippable choice": Skippable(Choice(*RIDE)),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("7.", 7),
        ("7!!", 7),
        ("(7)", 7),
        ("7/10", 7),
        ("10/10", 10),
        ("7 out of 10", 7),
        ("siete de 10", 7),
        ("seven out of ten", 7),
        ("about a 7", 7),
        ("a 7", 7),
        ("un 7", 7),
        ("like 7 i guess", 7),
        ("creo que un 7", 7),
        ("7ish", 7),
        ("seven", 7),
        ("SIETE", 7),
        ("zero", 0),
        ("cero", 0),
        ("uno", 1),
        ("diez", 10),
        ("7️⃣", 7),
        ("🔟", 10),
        ("７", 7),
        ("7 😩", 7),
        ("mood: 4", 4),
        ("mood - 4", 4),
        ("hoy un 3", 3),
    ],
)
def test_a_point_on_the_scale(text: str, value: int) -> None:
    assert MOOD.read(Said(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        "7 or 8",
        "7-8",
        "7, 8",
        "11",
        "17",
        "-1",
        "3.5",
        "3,5",
        "½",
        "7/8",
        "7%",
        "10+",
        "not 7",
        "no 7",
        "less than 7",
        "3 beers",
        "the 7th street bus",
        "9" * 5_000,
        "",
        "ugh",
        "six seven",
        "at 6:30",
    ],
)
def test_no_point_on_the_scale(text: str) -> None:
    assert MOOD.read(Said(text)) is UNREAD


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("2", "work"),
        ("2.", "work"),
        ("2)", "work"),
        ("#2", "work"),
        ("option 2", "work"),
        ("opción 2", "work"),
        ("la 2", "work"),
        ("el dos", "work"),
        ("two", "work"),
        ("2 please", "work"),
        ("2 work", "work"),
        ("2️⃣", "work"),
        ("WORK!", "work"),
        ("a ride", "ride"),
        ("the kids", "kids"),
        ("3 the kids", "kids"),
    ],
)
def test_a_choice(text: str, key: str) -> None:
    assert Choice(*RIDE).read(Said(text, labels=RIDE)) == key


@pytest.mark.parametrize(
    "text",
    [
        "4",
        "0",
        "12",
        "1 2",
        "1 and 2",
        "2 kids",
        "-2",
        "2.5",
        "not 2",
        "homework",
        "kid",
        "work it",
    ],
)
def test_no_choice(text: str) -> None:
    assert Choice(*RIDE).read(Said(text, labels=RIDE)) is UNREAD


def test_any_yes_chooses_the_one_label_that_says_yes() -> None:
    labels = {"try": "Yes", "person": "Talk to a person", "later": "Not now"}
    offer = Choice(*labels)
    assert offer.read(Said("yeah ok", labels=labels)) == "try"
    assert offer.read(Said("no thank you", labels=labels)) == "later"
    assert offer.read(Said("not sure", labels=labels)) is UNREAD
    assert offer.read(Said("no", labels={**labels, "never": "Never"})) is UNREAD
    assert offer.read(Said("yes", labels=RIDE)) is UNREAD


def test_a_choice_in_spanish_needs_no_accents() -> None:
    barrier = Choice(*RIDE)
    assert barrier.read(Said("los ninos", labels=TRANSPORTE)) == "kids"
    assert barrier.read(Said("el TRABAJO.", labels=TRANSPORTE)) == "work"


def test_numbers_count_the_labels_as_shown() -> None:
    turned = {"kids": "The kids", "ride": "A ride", "gone": "No longer offered"}
    barrier = Choice(*RIDE)
    assert barrier.read(Said("1", labels=turned)) == "kids"
    assert barrier.read(Said("3", labels=turned)) is UNREAD
    assert barrier.read(Said("3")) == "kids"


@pytest.mark.parametrize("labels", [DANGER, PELIGRO, {}])
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("A", "a"),
        ("a", "a"),
        ("A!!!", "a"),
        ("b.", "b"),
        ("(c)", "c"),
        ("A yes", "a"),
        ("A sí", "a"),
        ("a, yeah", "a"),
        ("B not sure", "b"),
        ("b no sé", "b"),
        ("C no", "c"),
        ("la a", "a"),
        ("option c", "c"),
        ("🅰️", "a"),
    ],
)
def test_a_letter(text: str, key: str, labels: dict[str, str]) -> None:
    assert Letters("a", "b", "c").read(Said(text, labels=labels)) == key


@pytest.mark.parametrize("labels", [DANGER, PELIGRO, {}])
@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "No.",
        "sí",
        "si",
        "ok",
        "nope",
        "1",
        "2",
        "3",
        "three",
        "d",
        "A or B",
        "A/B",
        "C yes",
        "c u later",
        "cool",
        "a ver",
        "no c",
        "👍",
        "",
    ],
)
def test_what_is_no_letter_is_never_taken_as_safe(text: str, labels: dict[str, str]) -> None:
    assert Letters("a", "b", "c").read(Said(text, labels=labels)) is UNREAD


def test_a_label_that_is_more_than_yes_or_no_reads_as_its_letter() -> None:
    labels = {"a": "Yes, it is near me", "b": "Not sure", "c": "No, it is gone"}
    danger = Letters("a", "b", "c")
    assert danger.read(Said("no, it is gone", labels=labels)) == "c"
    assert danger.read(Said("not sure", labels=labels)) == "b"
    assert danger.read(Said("c it is gone", labels=labels)) is UNREAD


@pytest.mark.parametrize(
    "text",
    table(
        "yes|Yes.|YESSS|yep|yeah|yea|y|sure|ok|OKAY|k|yes please|please|of course|sí|si|"
        "Sí, claro|claro|claro que sí|dale|bueno|va|sale|simón|órale|por supuesto|1|one|uno|"
        "yes yes|yes i do|i did|sure, why not|i think so|creo que sí|👍|👍🏽|✅|yes thanks|"
        "sí por favor|yes, thank you!"
    ),
)
def test_yes(text: str) -> None:
    assert YES_NO.read(Said(text, labels=PLAINLY)) == "yes"


@pytest.mark.parametrize(
    "text",
    table(
        "no|No.|NOOO|n|nope|nah|no thanks|no thank you|No, thank you!|no ty|not now|"
        "not really|not yet|maybe later|later|no gracias|No, gracias.|ahora no|ahorita no|"
        "todavía no|hoy no|2|two|dos|no no|no i didn't|I don't think so|no lol|👎|❌|"
        "creo que no|claro que no|nel|mejor no|tal vez después|no, not yet|no please|"
        "por ahora no"
    ),
)
def test_no(text: str) -> None:
    assert YES_NO.read(Said(text, labels=PLAINLY)) == "no"


@pytest.mark.parametrize(
    "text",
    table(
        "not no|yes and no|sí y no|no sé|no se|not sure|I'm not sure|idk|maybe|tal vez|"
        "quizás|yes no|ok no|3|12|no problem|thank you|gracias|yesterday|nobody|sin|know|"
        "yes if you call first|i said no to my friend|"
    ),
)
def test_neither_yes_nor_no(text: str) -> None:
    assert YES_NO.read(Said(text, labels=PLAINLY)) is UNREAD


def test_yes_and_no_by_their_labels() -> None:
    labels = {"no": "Not today", "yes": "I'll be there"}
    assert YES_NO.read(Said("ill be there", labels=labels)) == "yes"
    assert YES_NO.read(Said("1", labels=labels)) == "no"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18:00", time(18)),
        ("1830", time(18, 30)),
        ("0630", time(6, 30)),
        ("06:30", time(6, 30)),
        ("630", time(18, 30)),
        ("6", time(18)),
        ("1", time(13)),
        ("8", time(20)),
        ("9", time(9)),
        ("11", time(11)),
        ("12", time(12)),
        ("21", time(21)),
        ("6 pm", time(18)),
        ("6pm", time(18)),
        ("6p", time(18)),
        ("6 P.M.", time(18)),
        ("6:30pm", time(18, 30)),
        ("6.30 pm", time(18, 30)),
        ("6 30 pm", time(18, 30)),
        ("6 am", time(6)),
        ("7a", time(7)),
        ("12 am", time(0)),
        ("12 pm", time(12)),
        ("6 in the morning", time(6)),
        ("8 at night", time(20)),
        ("at 6 o'clock", time(18)),
        ("six pm", time(18)),
        ("six thirty", time(18, 30)),
        ("around 7pm please", time(19)),
        ("noon", time(12)),
        ("12 noon", time(12)),
        ("midnight", time(0)),
        ("mediodía", time(12)),
        ("al medio día", time(12)),
        ("medianoche", time(0)),
        ("a las 6", time(18)),
        ("a las 6 de la tarde", time(18)),
        ("6 de la mañana", time(6)),
        ("8 de la noche", time(20)),
        ("12 de la noche", time(0)),
        ("las seis y media de la tarde", time(18, 30)),
        ("a las 7 y cuarto", time(19, 15)),
        ("18h", time(18)),
        ("18h30", time(18, 30)),
        ("20 hrs", time(20)),
        ("00:15", time(0, 15)),
    ],
)
def test_a_time_of_day(text: str, value: time) -> None:
    assert Time().read(Said(text)) == value


@pytest.mark.parametrize(
    "text",
    table(
        "25|24:00|6:75|0|6 or 7|6-7 pm|evening|in the morning|now|later|-6|18 am|0 pm|999|"
        "12345|after work|6 7 8|every 6 hours|monday|hola|"
    ),
)
def test_no_time_of_day(text: str) -> None:
    assert Time().read(Said(text)) is UNREAD


def test_times_offered_by_number_or_button() -> None:
    assert Time().read(Said("2", labels=HOURS)) == time(18)
    assert Time().read(Said("6 in the evening", labels=HOURS)) == time(18)
    assert Time().read(Said("", choice="09:00", labels=HOURS)) == time(9)
    assert Time().read(Said("7:30", labels=HOURS)) == time(19, 30)
    assert Time().read(Said("3", labels=HOURS)) is UNREAD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("19103", "19103"),
        (" 19103 ", "19103"),
        ("19103-1234", "19103"),
        ("191031234", "19103"),
        ("my zip is 19103.", "19103"),
        ("Springfield, XX 01109", "01109"),
        ("El  Paso", "El Paso"),
        ("San José", "San José"),
        ("LA", "LA"),
        ("29 Palms", "29 Palms"),
    ],
)
def test_a_place(text: str, value: str) -> None:
    assert Place().read(Said(text)) == value


@pytest.mark.parametrize("text", ["", "x", "7", "1910", "191034", "-", "!!", "x" * 81])
def test_no_place(text: str) -> None:
    assert Place().read(Said(text)) is UNREAD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6 3 1 1", (6, 3, 1, 1)),
        ("6,3,1,1", (6, 3, 1, 1)),
        ("6/3/1/1", (6, 3, 1, 1)),
        ("6-3-1-1", (6, 3, 1, 1)),
        ("6\n3\n1\n1", (6, 3, 1, 1)),
        ("6311", (6, 3, 1, 1)),
        ("10 10 3 0", (10, 10, 3, 0)),
        ("day 6, pull 3, sleep 1 plan 1", (6, 3, 1, 1)),
        ("día 6, ganas 3, dormí 1, plan 1", (6, 3, 1, 1)),
        ("6 mood 3 pullz 1 zzz 1 plan", (6, 3, 1, 1)),
        ("six three one one", (6, 3, 1, 1)),
        ("6", (6,)),
        ("10", (10,)),
        ("6 3", (6, 3)),
        ("mood 6 urge 3", (6, 3)),
        ("6 and 3", (6, 3)),
        ("6 3 1 1 thanks", (6, 3, 1, 1)),
    ],
)
def test_several_numbers(text: str, value: tuple[int, ...]) -> None:
    assert CHECKIN.read(Said(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        "6 3 1 1 1",
        "11 3 1 1",
        "6 3 4 1",
        "6 3 1 2",
        "63111",
        "631",
        "9999",
        "6 or 7",
        "6 -3 1 1",
        "6.5 3 1 1",
        "3 beers",
        "i drank 3 beers and slept 2 hours",
        "",
        "ok",
    ],
)
def test_not_those_numbers(text: str) -> None:
    assert CHECKIN.read(Said(text)) is UNREAD


def test_words_between_numbers_may_be_those_on_the_labels() -> None:
    labels = {"sleep": "Zzz"}
    assert CHECKIN.read(Said("6 zzz 3", labels=labels)) == (6, 3)
    assert CHECKIN.read(Said("6 zzz 3")) is UNREAD


@pytest.mark.parametrize(
    "text",
    table(
        "skip|SKIP.|s|pass|skip it|skip please|rather not|I'd rather not|prefer not to say|"
        "omitir|saltar|paso|prefiero no|Prefiero no decir|mejor paso"
    ),
)
def test_left_out(text: str) -> None:
    for answer in EVERY.values():
        assert Skippable(answer).read(Said(text)) is None


@pytest.mark.parametrize(
    "text", table("no thank you|No, thanks|not now|later|leave me alone|ahora no|no gracias|dejalo")
)
def test_a_kind_no_leaves_it_out_where_the_answer_has_no_use_for_it(text: str) -> None:
    assert Skippable(MOOD).read(Said(text)) is None
    assert Skippable(Choice(*RIDE)).read(Said(text, labels={**RIDE, "skip": "Skip"})) is None
    assert Skippable(Free()).read(Said(text)) == text


def test_a_bare_no_to_a_scale_is_asked_again() -> None:
    assert Skippable(MOOD).read(Said("no")) is UNREAD
    assert Skippable(Choice("a", "b")).read(Said("no")) is UNREAD


def test_a_no_is_the_label_that_leaves_it() -> None:
    labels = {"add": "Add", "done": "Close"}
    for text in ("no thanks", "done", "nothing", "listo"):
        assert Choice("add", "done").read(Said(text, labels=labels)) == "done"
    held = {"try": "Try", "skip": "Not now"}
    assert Skippable(Choice("try")).read(Said("no", labels=held)) is None
    done = {"done": "Done", "skip": "Not now"}
    assert Skippable(Choice("done")).read(Said("done", labels=done)) == "done"


def test_not_left_out() -> None:
    assert Skippable(MOOD).read(Said("4")) == 4
    assert Skippable(MOOD).read(Said("skipped dinner")) is UNREAD
    assert Skippable(Free()).read(Said("i skipped group")) == "i skipped group"
    assert Skippable(Free()).read(Said("paso por ti a las 6")) == "paso por ti a las 6"


def test_left_out_by_its_number_unless_the_number_is_an_answer() -> None:
    labels = {**RIDE, "skip": "Leave it"}
    assert Skippable(Choice(*RIDE)).read(Said("4", labels=labels)) is None
    assert Skippable(Choice(*RIDE)).read(Said("1", labels=labels)) == "ride"
    assert Skippable(Free()).read(Said("1", labels={"skip": "Leave it"})) is None
    assert Skippable(MOOD).read(Said("1", labels={"skip": "Leave it"})) == 1
    assert Skippable(MOOD).read(Said("leave it", labels={"skip": "Leave it"})) is None


def test_free_words_are_trimmed_and_bounded() -> None:
    assert Free().read(Said("  a hard day \n")) == "a hard day"
    assert Free(most=6).read(Said("a hard day")) == "a hard"
    for nothing in ("", "  \n", "\u200b"):
        assert Free().read(Said(nothing)) is UNREAD


typed = st.one_of(
    st.text(),
    st.text("0123456789 /.-,:ampnosiyec😀é\u20e3\x00\ud800", max_size=12),
    st.lists(st.sampled_from(table("7|10|yes|no|not|a|b|c|pm|skip|la|de|out|of|3.5"))).map(
        " ".join
    ),
)


@given(typed, st.none() | st.text(max_size=5), st.sampled_from([{}, RIDE, DANGER, HOURS]))
def test_reading_never_fails(text: str, choice: str | None, labels: dict[str, str]) -> None:
    for answer in EVERY.values():
        answer.read(Said(text, choice, labels))


@given(typed)
def test_a_number_that_is_read_is_on_its_scale(text: str) -> None:
    one = Scale(2, 5).read(Said(text))
    assert one is UNREAD or 2 <= one <= 5
    several = CHECKIN.read(Said(text))
    if several is not UNREAD:
        assert 1 <= len(several) <= 4
        assert all(p.holds(n) for p, n in zip(CHECKIN.parts, several, strict=False))


@given(typed)
def test_a_letter_is_only_read_from_its_letter_or_label(text: str) -> None:
    read = Letters("a", "b", "c").read(Said(text, labels=DANGER))
    if read == "c":
        assert "c" in fold(text)


@given(st.integers(0, 20), st.integers(0, 20))
def test_keys_of_a_scale_come_back_as_its_numbers(low: int, width: int) -> None:
    scale = Scale(low, low + width)
    assert [scale.read(Said("", key)) for key in scale.keys] == list(range(low, low + width + 1))
    assert scale.read(Said("", str(low + width + 1))) is UNREAD


def test_keys_of_buttons_come_back_as_their_values() -> None:
    assert Choice(*RIDE).read(Said("A ride", "ride", RIDE)) == "ride"
    assert Letters(*DANGER).read(Said("No", "c", DANGER)) == "c"
    assert Skippable(MOOD).read(Said("Leave it", "skip")) is None
    assert CHECKIN.keys == MOOD.keys
    assert CHECKIN.read(Said("6", "6")) == (6,)
    assert {a.keys for n, a in EVERY.items() if n not in {"scale", "numbers", "skippable"}} == {()}


def test_an_old_button_answers_no_other_question() -> None:
    for name in ("scale", "choice", "letters", "time", "numbers", "skippable"):
        assert EVERY[name].read(Said("7", "something_else")) is UNREAD


def test_what_was_said_stays_out_of_reprs() -> None:
    assert "secret" not in repr(Said("secret", "secret", {"secret": "secret"}))

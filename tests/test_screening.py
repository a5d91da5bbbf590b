from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content import rules
from content.wording import ContentError
from handlers.matching import Matcher
from handlers.ownwords import PANIC
from handlers.risk import Level
from handlers.screening import screen
from handlers.spelling import normal

BOOK = rules.screening()
MATCHER = Matcher(BOOK)
WORRYING = Level.URGENT.rank


def names(text: str) -> set[str]:
    return {hit.rule.name for hit in MATCHER.find(normal(text))}


@pytest.mark.parametrize(("name", "text"), [(r.name, t) for r in BOOK.rules for t in r.match])
def test_what_each_rule_must_find(name: str, text: str) -> None:
    assert name in names(text)


@pytest.mark.parametrize(("name", "text"), [(r.name, t) for r in BOOK.rules for t in r.unmatched])
def test_what_each_rule_must_not_find(name: str, text: str) -> None:
    assert name not in names(text)


@pytest.mark.parametrize("text", BOOK.mask_examples[0])
def test_harmless_sayings_raise_nothing(text: str) -> None:
    assert screen(text).level.rank < WORRYING


@pytest.mark.parametrize("text", BOOK.mask_examples[1])
def test_a_harmless_saying_hides_nothing_beside_it(text: str) -> None:
    assert screen(text).level.rank >= WORRYING


def test_each_rule_speaks_of_both_languages_or_says_why_by_its_sentences() -> None:
    assert all(len(rule.match) >= 3 and len(rule.unmatched) >= 3 for rule in BOOK.rules)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("NOW", Level.EMERGENCY),
        ("ahora!", Level.EMERGENCY),
        ("now?", Level.EMERGENCY),
        ("not now", Level.NONE),
        ("i want to kill myself", Level.URGENT),
        ("i'm going to kill myself tonight", Level.EMERGENCY),
        ("i used last night", Level.CONCERN),
        ("", Level.NONE),
        ("7", Level.NONE),
        ("👍", Level.NONE),
    ],
)
def test_levels(text: str, level: Level) -> None:
    assert screen(text).level is level


def test_the_worst_label_comes_first_and_the_words_are_kept_out_of_reprs() -> None:
    risk = screen("i drank last night and now i'm going to kill myself tonight")
    assert risk.level is Level.EMERGENCY
    assert risk.labels[0] == "suicidal_plan_or_attempt"
    assert "relapse_or_use" in risk.labels
    assert any("kill myself" in words for words in risk.words)
    assert "kill" not in repr(risk)
    assert screen("NOW").labels == (PANIC,)


@pytest.mark.parametrize(
    "text",
    [
        "I WANT TO KILL MYSELF",
        "i want to k1ll mys3lf",
        "i wannnna kill myselffff",
        "i want to k.i.l.l myself",
        "i want to kill my self",
        "i want to kil myslef",
        "i want to ｋｉｌｌ myself",
        "I don’t feel safe. I want to kill myself",
        "I want\nto kill myself",
        "no i want to die i want to kill myself",
        "im not ok, i wanna kms",
        "QUIERO MATARME",
        "kiero matarme",
        "i just quiero morirme, no puedo más",
        "i never wanted help but now i want to kill myself",
    ],
)
def test_spelling_hides_nothing(text: str) -> None:
    assert screen(text).level.rank >= WORRYING


@pytest.mark.parametrize(
    "text",
    [
        "i don't want to kill myself",
        "i never said i want to kill myself",
        "not suicidal at all",
        "no quiero matarme",
        "nunca he pensado en suicidarme",
        "she wants to kill herself with work, that one",
        "my uncle says he wants to die on a golf course",
        "years ago i wanted to kill myself",
        "hace años quise matarme y hoy estoy bien",
        "no cravings, no urges, slept fine",
        "i didn't drink at the wedding",
        "no recaí este fin de semana",
    ],
)
def test_denied_past_or_about_others(text: str) -> None:
    assert screen(text).level is Level.NONE


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("", " . "),
        ("...", " . "),
        ("Hi. I'm ok!!", " . hi . i am ok . "),
        ("wanna  die", " . want to die . "),
        ("sí, mañana", " . si , manana . "),
        ("I can’t", " . i can not . "),
        ("w/o u", " . without you . "),
        ("d.i.e", " . die . "),
        ("dieeeee", " . die . "),
        ("su1c1de", " . suicide . "),
        ("overdsoe", " . overdose . "),
        ("jajaja 😂", " . lol lol . "),
        ("🔫", " . gun . "),
        ("Dr. Lee said 7/10", " . dr lee said 7 , 10 . "),
    ],
)
def test_one_spelling(text: str, spelled: str) -> None:
    assert normal(text) == spelled


hard = st.one_of(
    st.text(),
    st.text(st.characters(codec=None, categories=None), max_size=60),
    st.lists(
        st.sampled_from(
            [
                *[
                    "i",
                    "want",
                    "to",
                    "die",
                    "not",
                    "no",
                    "my",
                    "kill",
                    "myself",
                    ".",
                    ",",
                    "lol",
                    "quiero",
                    "morir",
                    "ya",
                ],
                "\x00",
                "\ud800",
            ]
        ),
        max_size=40,
    ).map(" ".join),
)


@given(hard)
def test_the_screen_is_total_and_always_says_the_same(text: str) -> None:
    risk = screen(text)
    assert risk == screen(text)
    assert (risk.level is Level.NONE) == (not risk.labels)


@given(st.text(max_size=40), st.text(max_size=40))
def test_what_stands_in_other_sentences_hides_nothing(before: str, after: str) -> None:
    assert (
        screen(f"{before}\n. i am going to kill myself tonight .\n{after}").level.rank >= WORRYING
    )


@given(hard)
def test_spelling_is_words_and_marks_between_single_spaces(text: str) -> None:
    spelled = normal(text)
    assert re.fullmatch(r" \.(?: [^ ]+)*(?: \.)? ", spelled)


@pytest.mark.parametrize(
    "piece", ["a", "i want to ", "no ", ". ", "😭", "\x00", "kill ", "a.b-", "no kill myself "]
)
def test_long_texts_are_read_in_a_bounded_time(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    screen(text)
    began = time.process_time()
    screen(text)
    assert time.process_time() - began < 1


def test_every_problem_of_the_rules_is_told_at_once() -> None:
    wrong = """
        [[rule]]
        name = "one"
        level = "terrible"
        en = ["(kill", "<nothing> here", "_"]
        also_not = true
        [[rule]]
        name = "one"
        label = "x"
        level = "urgent"
        match = ["a"]
        not = ["b"]
    """
    with pytest.raises(ContentError) as raised:
        rules.book({"wrong.toml": wrong, "broken.toml": "= 1"}, leveled=True)
    told = str(raised.value)
    for problem in (
        "broken.toml",
        "unknown field also_not",
        "label is missing",
        "level must be one of",
        ") is missing",
        "no list is called nothing",
        "no word that a text must have",
        "needs sentences",
        "has no patterns",
        "more than one rule",
    ):
        assert problem in told


def test_rules_are_written_in_the_one_spelling() -> None:
    strange = {w for w in rules.vocabulary() if w not in normal(w).split()}
    assert strange - {"w", "x"} == set()

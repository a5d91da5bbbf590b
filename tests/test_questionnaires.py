"""Questionnaires as data: what is there, and that a wrong file is refused with all its problems."""

from __future__ import annotations

from pathlib import Path

import pytest

from content import checking
from content.questionnaires import problems, questionnaires, read
from content.wording import LANGUAGES

SMALL = """
title = "Two"
version = "1"
source = "Us"
permission = "Ours"
recall_days = 7
explicit = false
[leads.week]
en = "This week:"
es = "Esta semana:"
[options]
some = [{ points = 0, en = "None", es = "Nada" }, { points = 2, en = "Much", es = "Mucho" }]
[[items]]
key = "1"
options = "some"
lead = "week"
en = "Noise?"
es = "Ruido?"
[[items]]
key = "2"
options = "some"
only_if = { items = ["1"], least = 1 }
en = "At night?"
es = "De noche?"
[[scales]]
name = "Noise"
items = ["1", "2"]
missing = "none"
flag = { least = 3 }
bands = [{ least = 0, name = "low" }, { least = 3, name = "high" }]
[[consistent]]
item = "2"
at_most = "1"
[[alerts]]
when = { scale = "Noise", least = 4 }
level = "concern"
reason = "noise"
once = true
[[leads_to]]
when = { item = "1", least = 1 }
to = "other"
"""


def wrong(folder: Path, text: str) -> list[str]:
    """What is wrong with a small questionnaire, which has a sound one beside it."""
    (folder / "small.toml").write_text(text, "utf-8")
    (folder / "other.toml").write_text(SMALL.replace('"other"', '"small"'), "utf-8")
    return [problem for problem in read(folder)[1] if "questionnaires small:" in problem]


def test_those_in_use_are_sound_and_the_start_check_knows_them() -> None:
    assert problems() == []
    assert not [problem for problem in checking.problems() if "questionnaires" in problem]
    assert list(questionnaires()) == [
        "bam_iop",
        "craving",
        "cssrs",
        "gad2",
        "gad7",
        "phq2",
        "phq2_i9",
        "phq9",
    ]


def test_a_sound_one_has_no_problem(tmp_path: Path) -> None:
    assert wrong(tmp_path, SMALL) == []


@pytest.mark.parametrize(
    ("right", "instead", "says"),
    [
        ('es = "Ruido?"\n', "", "es: field required"),
        ('es = "Mucho"', 'en2 = "x"', "es: field required"),
        ('title = "Two"', 'title = "Two"\ncolour = "red"', "colour"),
        ("[leads.week]", "[leads.week", "can't be read"),
        ('source = "Us"', 'source = " "', "no source"),
        ('en = "Noise?"', 'en = " Noise?"', "space around"),
        ('es = "Ruido?"', 'es = ""', "empty"),
        ('en = "Noise?"', 'en = "Any drugs?"', "'drugs' is explicit in en"),
        ('es = "Ruido?"', 'es = "Droga?"', "'droga' is explicit in es"),
        (', { points = 2, en = "Much", es = "Mucho" }', "", "fewer than two"),
        ("points = 2", "points = 0", "two count the same"),
        ('en = "Much"', 'en = "none"', "two read the same in en"),
        ('lead = "week"\n', "", "lead week: used by no item"),
        ('key = "2"', 'key = "1"', "more than one item 1"),
        ('options = "some"\nlead', 'options = "many"\nlead', "item 1: no options many"),
        ('lead = "week"', 'lead = "month"', "item 1: no lead month"),
        ('only_if = { items = ["1"]', 'only_if = { items = ["2"]', "not before it"),
        ("least = 1 }\nen", "least = 3 }\nen", "only_if can't tell up to 2"),
        ('items = ["1", "2"]', 'items = ["1", "3"]', "something that is no item"),
        ('items = ["1", "2"]', 'items = ["1", "1"]', "counts an item twice"),
        ('missing = "none"', 'missing = "none"\nweights = { 3 = 1 }', "weights for items"),
        ('missing = "none"', 'missing = "prorate"', "most_missing goes with prorate"),
        ('missing = "none"', 'missing = "none"\nmost_missing = 1', "most_missing goes with"),
        ('missing = "none"', 'missing = "none"\nstep = 0', "step is less than 1"),
        ("flag = { least = 3 }", "flag = { least = 5 }", "flag can't tell between 0 and 4"),
        ("flag = { least = 3 }", "flag = { least = 0 }", "flag can't tell"),
        ('{ least = 3, name = "high" }', '{ least = 5, name = "high" }', "bands don't rise"),
        ('{ least = 0, name = "low" }', '{ least = 1, name = "low" }', "bands don't rise"),
        ('at_most = "1"', 'at_most = "7"', "consistent 2: names no item"),
        ('scale = "Noise", least = 4', 'scale = "Sound", least = 4', "no scale Sound"),
        ('scale = "Noise", least = 4', 'scale = "Noise", least = 5', "can't tell between 0 and 4"),
        ('scale = "Noise", least = 4', 'scale = "Noise", item = "1", least = 1', "one of scale"),
        ('scale = "Noise", least = 4', "unanswered = true, least = 4", "no threshold"),
        ('scale = "Noise", least = 4', 'item = "1", least = 1', "once looks at a scale"),
        ('level = "concern"', 'level = "alarm"', "level"),
        ('reason = "noise"', 'reason = "Too loud"', "short code"),
        ('item = "1", least = 1', 'item = "9", least = 1', "no item 9"),
        ('to = "other"', 'to = "third"', "no other questionnaire"),
        ('to = "other"', 'to = "small"', "no other questionnaire"),
    ],
)
def test_each_check_can_fail(tmp_path: Path, right: str, instead: str, says: str) -> None:
    assert right in SMALL
    found = wrong(tmp_path, SMALL.replace(right, instead, 1))
    assert any(says in problem for problem in found), found


def test_every_problem_is_said_at_once(tmp_path: Path) -> None:
    text = SMALL.replace('es = "Ruido?"', 'es = ""').replace('version = "1"', 'version = ""')
    assert len(wrong(tmp_path, text.replace('to = "other"', 'to = "third"'))) == 3
    shapeless = SMALL.replace('es = "Ruido?"\n', "").replace('es = "De noche?"\n', "")
    assert len(wrong(tmp_path, shapeless)) == 2


def test_one_that_shows_a_covered_word_says_that_it_is_explicit() -> None:
    assert all(each.explicit for each in questionnaires().values())


def test_only_our_own_translations_are_called_unofficial() -> None:
    ours = {name for name, each in questionnaires().items() if each.unofficial}
    assert ours == {"bam_iop", "craving"}


def test_what_instruments_share_reads_the_same_in_each() -> None:
    known = questionnaires()
    for short, long, pairs in (
        ("phq2", "phq9", {"1": "1", "2": "2"}),
        ("phq2_i9", "phq9", {"1": "1", "2": "2", "3": "9"}),
        ("gad2", "gad7", {"1": "1", "2": "2"}),
    ):
        one, other = known[short], known[long]
        for key, same in pairs.items():
            for language in LANGUAGES:
                assert one.item(key).said(language) == other.item(same).said(language)
            assert one.choices(one.item(key)) == other.choices(other.item(same))
            assert one.lead(one.item(key)) == other.lead(other.item(same))


def test_the_suicide_screener_is_asked_in_its_own_words() -> None:
    asked = questionnaires()["cssrs"]
    assert [item.en for item in asked.items] == [
        "Have you wished you were dead or wished you could go to sleep and not wake up?",
        "Have you actually had any thoughts of killing yourself?",
        "Have you been thinking about how you might do this?",
        "Have you had these thoughts and had some intention of acting on them?",
        (
            "Have you started to work out or worked out the details of how to kill yourself? "
            "Do you intend to carry out this plan?"
        ),
        (
            "Have you ever done anything, started to do anything, or prepared to do anything to "
            "end your life?"
        ),
        "Was this within the past 3 months?",
    ]
    for item in asked.items:
        assert [option.en for option in asked.choices(item)] == ["Yes", "No"]

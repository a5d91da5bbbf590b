from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from datetime import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from content import wording
from content.checking import SAMPLES, Texts, check, problems, read
from content.unsaid import lines
from content.wording import LANGUAGES, ContentError, Entry, Language
from handlers.flows import FLOWS

HOUSE = Path(__file__).parent.parent
KEY = re.compile(rf"(?:{'|'.join(sorted({k.split('.')[0] for k in wording.entries('en')}))})\.\w+")
EVERY_STEP = [step.key for flow in FLOWS.values() for step in flow.steps.values()]
GIVEN = {
    "name",
    "team",
    "frequency",
    "craving",
    "part",
    "rest",
    "list",
    "what",
    "who",
    "number",
    "label",
    "line",
    "goal",
    "time",
}
"""What any question may name without its flow handing it over."""
SENTENCES = sorted(
    {key.split(".")[0] for key in wording.entries("en")} - {"commands", "rota"}  # those are labels
)
SAVING = ("crisis", "alert", "talk")


def trees() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("handlers", "bot"):
        for file in sorted((HOUSE / folder).rglob("*.py")):
            yield file.name, ast.parse(file.read_text("utf-8"))


def named() -> set[str]:
    return {
        node.value
        for name, tree in trees()
        # What staff read of a timeline, and the names of steps that were renamed: they may name
        # texts that an earlier release had.
        if name not in ("phrases.py", "flows.py")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and KEY.fullmatch(node.value)
        # The beginning of a name is no name: "alert.seen_" and a role.
        and not node.value.endswith((".py", ".toml", "_"))
    }


def says() -> Iterator[tuple[str, set[str] | None]]:
    """Each literal `Say`: its key, and the names of its values unless they come from elsewhere."""
    for _, tree in trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Say"):
                continue
            key, *values = node.args
            if not isinstance(key, ast.Constant):
                continue
            if not values:
                yield str(key.value), set()
            elif isinstance(values[0], ast.Dict):
                yield (
                    str(key.value),
                    {str(k.value) for k in values[0].keys if isinstance(k, ast.Constant)},
                )
            else:
                yield str(key.value), None


def gaps(entry: Entry) -> set[str]:
    return {
        gap
        for t in (entry.text, entry.sms, entry.cover)
        if t is not None
        for gap in wording.gaps(t)
    }


def test_the_words_in_use_have_no_problem() -> None:
    assert problems() == []
    check()


def test_check_refuses_with_every_problem_at_once() -> None:
    with pytest.raises(ContentError) as refused:
        check({"en": {"menu.a": Entry("{oops}"), "menu.b": Entry("")}, "es": {}})
    assert len(str(refused.value).splitlines()) == 4


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", EVERY_STEP)
def test_every_step_has_its_question(key: str, language: Language) -> None:
    flow, _, step = key.partition(".")
    entry = wording.entries(language)[key]
    options = getattr(FLOWS[flow].steps[step].answer, "options", None) or getattr(
        getattr(FLOWS[flow].steps[step].answer, "answer", None), "options", None
    )
    if options is not None:
        assert tuple(k for k in entry.choices if k != "skip" or k in options) == options
    assert entry.letters == (type(FLOWS[flow].steps[step].answer).__name__ == "Letters")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_the_code_names_is_there(language: Language) -> None:
    keys = named()
    assert {"crisis.overdose_other", "system.stopped", "staff.notice"} <= keys
    assert keys - wording.entries(language).keys() == set()


def test_no_statement_has_the_name_of_a_question() -> None:
    assert {key for key, _ in says()} & set(EVERY_STEP) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_gap_gets_its_value(language: Language) -> None:
    entries = wording.entries(language)
    literal = [(key, values) for key, values in says() if values is not None and key in entries]
    assert len(literal) > 20
    for key, values in literal:
        assert gaps(entries[key]) <= values, key
    for key in EVERY_STEP:
        assert gaps(entries[key]) <= GIVEN | of_data(key, language), key


def of_data(key: str, language: Language) -> set[str]:
    """What a question shows of the data that it asks about."""
    flow, _, name = key.partition(".")
    shows = FLOWS[flow].steps[name].shows
    return set(shows({}, language).values) if shows is not None else set()


def pair(entry: Entry, key: str = "menu.x") -> Texts:
    return {"en": {key: entry}, "es": {key: Entry(**{**fields(entry), "text": entry.text})}}


def fields(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in Entry.__slots__}


GOOD = Entry("How was it?", choices={"fine": "Fine", "rough": "Rough"})


def test_a_good_text_has_no_problem() -> None:
    assert problems(pair(GOOD)) == []


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (Entry(""), "an empty text"),
        (Entry(" Hi."), "space around"),
        (Entry("Hi {name"), "braces"),
        (Entry("Hi {nickname}."), "unknown gap nickname"),
        (Entry("Hi.", sms="Hi {name}."), "gap that `text` has not"),
        (Entry("Hi?", choices={"a": "Yes"}), "carriers keep"),
        (Entry("Hi?", choices={"a": "Stop!"}), "carriers keep"),
        (Entry("Hi?", choices={"a": "Sí"}), "carriers keep"),
        (Entry("Hi?", choices={"a": "Fine", "b": "fine"}), "read the same"),
        (Entry("Hi?", choices={"a": "x" * 41}), "longer than 40"),
        (Entry("Hi?", choices={"a" * 41: "x"}), "longer than 40"),
        (Entry("Hi?", choices={"a": "A", "b": "B"}, cover_choices={"b": "B", "a": "A"}), "order"),
        (Entry("Hi?", choices={"x": "X", "y": "Y"}, letters=True), "letters are a, b and c"),
        (Entry("Hi “you”."), "not GSM-7"),
        (Entry("Hi \N{EM DASH} you."), "not GSM-7"),
        (Entry("Hi \N{SLIGHTLY SMILING FACE}"), "not GSM-7"),
        (Entry("word " * 40 + "x"), "2 segments, not 1"),
        (Entry("x" * 150, choices={"a": "Some label", "b": "Some other"}), "2 segments, not 1"),
        (Entry("See /menu."), "a command with a slash"),
        (Entry("How are you, clean today?"), "never say 'clean'"),
        (Entry("You must rest."), "never say 'must'"),
        (Entry("Someone will call you."), "promises"),
        (Entry("We'll call you."), "promises"),
        (Entry("They read it from 8 am."), "an hour that the rota did not give"),
        (Entry("They read it until 20:00 p.m."), "an hour that the rota did not give"),
        (Entry("Your counselor reads it."), "'counselor' outs somebody"),
        (Entry("x", sms="Your clinic."), "'clinic' outs somebody"),
        (Entry("x", cover="Narcan is here."), "'narcan' outs somebody"),
        (Entry("x?", choices={"a": "An urge"}), "'urge' outs somebody"),
        (Entry("x?", choices={"a": "A"}, cover_choices={"a": "Recovery"}), "'recovery' outs"),
        (Entry("Call 1-800-555-0100."), "not in resources.toml"),
        (Entry("Call 912."), "not in resources.toml"),
    ],
)
def test_each_rule_can_fail(entry: Entry, says: str) -> None:
    assert any(says in problem for problem in problems({"en": {"menu.x": entry}, "es": {}}))


@pytest.mark.parametrize(
    "text",
    ["¿Estás seguro?", "Es una llamada segura.", "Un antojo.", "Te llamarán.", "Tienes que venir."],
)
def test_spanish_has_its_own_forbidden_words(text: str) -> None:
    texts: Texts = {"en": {"menu.x": Entry("x")}, "es": {"menu.x": Entry(text, sms="x")}}
    assert len(problems(texts)) == 1


@pytest.mark.parametrize(
    ("english", "spanish", "says"),
    [
        (Entry("Hi {name}."), Entry("Hola."), "the same gaps"),
        (GOOD, Entry("x?", choices={"rough": "Mal", "fine": "Bien"}), "same choices"),
        (Entry("x?", numbered=False), Entry("x?"), "letters and numbers"),
    ],
)
def test_languages_must_agree(english: Entry, spanish: Entry, says: str) -> None:
    found = problems({"en": {"menu.x": english}, "es": {"menu.x": spanish}})
    assert [says in problem for problem in found] == [True]


def test_a_text_missing_in_one_language() -> None:
    assert problems({"en": {"menu.x": Entry("x"), "menu.y": Entry("y")}, "es": {}}) == [
        "es menu.x: missing",
        "es menu.y: missing",
    ]
    assert problems({"en": {}, "es": {"menu.x": Entry("x")}}) == ["en menu.x: missing"]


def test_life_may_be_named_only_where_a_bare_text_stands_by() -> None:
    naming, bare = Entry("Give naloxone. Call 911."), Entry("Call 911.")
    alone = problems({"en": {"crisis.x": naming}, "es": {}})
    both = problems({"en": {"crisis.x": naming, "crisis.x_bare": bare}, "es": {}})
    assert any("outs somebody" in problem for problem in alone)
    assert not any("outs somebody" in problem for problem in both)


def test_a_bare_text_names_no_drug_and_stands_for_another() -> None:
    found = problems({"en": {"crisis.x_bare": Entry("Any pill counts.")}, "es": {}})
    assert any("drug name in a bare text" in problem for problem in found)
    assert any("bare version of nothing" in problem for problem in found)


@pytest.mark.parametrize("key", ["system.stopped", "system.help", "crisis.fallback"])
def test_last_words_name_both_lines(key: str) -> None:
    found = problems({"en": {key: Entry("Call 988 or 911.", sms="Call 988.")}, "es": {}})
    assert any("without 988 and 911" in problem for problem in found)


def test_the_fallback_has_no_gap() -> None:
    found = problems({"en": {"crisis.fallback": Entry("{name}: 988, 911.")}, "es": {}})
    assert any("without gaps" in problem for problem in found)


def test_texts_that_leave_together_are_measured_together() -> None:
    half = Entry("x" * 280)
    found = problems({"en": {"crisis.said_yes": half, "crisis.afterwards": half}, "es": {}})
    assert any("together" in problem for problem in found)


def test_each_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    for language, name, text in (
        ("en", "menu", '[x]\ntext = "x"'),
        ("en", "talk", '[x]\ntexts = "x"'),
        ("es", "menu", "[x"),
        ("es", "talk", '[x]\nsms = "x"'),
    ):
        (tmp_path / language).mkdir(exist_ok=True)
        (tmp_path / language / f"{name}.toml").write_text(text, "utf-8")
    texts, unread = read(tmp_path)
    assert list(texts["en"]) == ["menu.x"]
    assert [problem.split(":")[0] for problem in unread] == [
        "en talk.toml",
        "es menu.toml",
        "es talk.toml",
    ]


def test_a_choice_is_listed_by_number_on_sms_only() -> None:
    entry = Entry("x?", choices={"a": "One", "skip": "Skip"})
    sms = wording.fill(entry, {}, language="en", zone="UTC", channel="sms", plain=True)
    telegram = wording.fill(entry, {}, language="en", zone="UTC", channel="telegram", plain=True)
    assert (sms.body, telegram.body) == ("x?\n1 One", "x?")
    assert sms.choices == telegram.choices == (("a", "One"), ("skip", "Skip"))


def test_an_hour_at_the_end_of_a_sentence_has_one_full_stop() -> None:
    said = wording.fill(
        Entry("A las {time}."),
        {"time": time(20)},
        language="es",
        zone="UTC",
        channel="sms",
        plain=True,
    )
    assert said.text == "A las 8 p.m."


def test_danger_speaks_in_letters_with_the_dangerous_side_first() -> None:
    first_of: dict[Language, str] = {"en": "A Yes, I am", "es": "A Sí, así es"}
    for language, first in first_of.items():
        for key in ("crisis.ask", "checkin.danger"):
            said = wording.word(key, {}, language=language, zone="UTC", channel="sms", plain=False)
            assert said.listed.startswith(first)


def test_every_line_says_where_it_comes_from() -> None:
    assert {"911", "988", "741741"} <= lines().keys()
    for line in lines().values():
        assert line.source.startswith("https://")
        assert line.how
        assert line.hours
        assert line.languages


@pytest.fixture(scope="module")
def grade() -> Any:
    # textstat reads one of its word lists through a module that setuptools has dropped.
    sys.modules.setdefault("pkg_resources", ModuleType("pkg_resources"))
    import textstat

    return textstat.textstat.flesch_kincaid_grade


@pytest.mark.parametrize("flow", SENTENCES)
def test_a_sixth_grader_can_read_it_and_a_fourth_grader_what_saves(flow: str, grade: Any) -> None:
    texts = [
        " ".join(text.split())
        for key, entry in wording.entries("en").items()
        if key.startswith(f"{flow}.")
        for text in {
            entry.text,
            entry.variant("sms", plain=True),
            entry.variant("sms", plain=False),
        }
    ]
    filled = [re.sub(r"\{\w+\}", "then", text) for text in texts]
    assert grade(" ".join(filled)) <= (4 if flow in SAVING else 6)
    if flow in SAVING:
        for text in filled:
            assert grade(text) <= 6, text


def test_the_grade_can_fail(grade: Any) -> None:
    hard = "Individuals experiencing considerable difficulties communicate with professionals."
    assert grade(hard) > 6


def test_samples_cover_every_gap() -> None:
    used = {gap for entry in wording.entries("en").values() for gap in gaps(entry)}
    assert used - {"team", "day"} == set(SAMPLES)

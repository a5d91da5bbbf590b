"""Scores, cut-offs, alerts and what follows, and `companion score`."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from bot.__main__ import app
from content.instrument import Questionnaire
from content.questionnaires import questionnaires
from handlers.risk import Level
from handlers.scoring import Alert, Answers, changes, following, is_asked, score

BAM, PHQ9, CSSRS = (questionnaires()[name] for name in ("bam_iop", "phq9", "cssrs"))
GAD7, PHQ2, PHQ2_I9 = (questionnaires()[name] for name in ("gad7", "phq2", "phq2_i9"))
EVERY = sorted(questionnaires())
FINE = {
    **{item.key: 0 for item in BAM.items if item.key not in {"9", "10", "12", "13", "14", "16"}},
    **dict.fromkeys(("9", "10", "12", "13", "14", "16"), 4),
}


def answered(asked: Questionnaire, *points: int | None) -> dict[str, int | None]:
    return dict(zip([item.key for item in asked.items], points, strict=False))


def reasons(asked: Questionnaire, answers: Answers) -> list[tuple[str, str]]:
    return [(alert.level.value, alert.reason) for alert in score(asked, answers).alerts]


@st.composite
def some_answers(draw: st.DrawFn, asked: Questionnaire) -> dict[str, int | None]:
    """Any part of it answered, passed over or not reached."""
    found: dict[str, int | None] = {}
    for item in asked.items:
        points = [option.points for option in asked.choices(item)]
        said = draw(st.sampled_from([*points, None, "not reached"]))
        if not isinstance(said, str):
            found[item.key] = said
    return found


@pytest.mark.parametrize("name", EVERY)
@given(data=st.data())
def test_every_score_is_in_its_range(name: str, data: st.DataObject) -> None:
    asked = questionnaires()[name]
    result = score(asked, data.draw(some_answers(asked)))
    for scale in asked.scales:
        reached = result.scores[scale.name]
        low, high = asked.range(scale)
        assert reached is None or low <= reached <= high
        assert (scale.name in result.bands) == (reached is not None and bool(scale.bands))
    assert [alert.level.rank for alert in result.alerts] == sorted(
        (alert.level.rank for alert in result.alerts), reverse=True
    )


@pytest.mark.parametrize("name", EVERY)
@given(data=st.data())
def test_more_points_never_make_less(name: str, data: st.DataObject) -> None:
    asked = questionnaires()[name]
    answers = data.draw(some_answers(asked))
    item = data.draw(st.sampled_from(asked.items))
    low, high = sorted(
        data.draw(st.sampled_from([option.points for option in asked.choices(item)]))
        for _ in range(2)
    )
    less = score(asked, {**answers, item.key: low}).scores
    more = score(asked, {**answers, item.key: high}).scores
    # An item that opens others may leave a score open: then there is nothing to compare.
    for scale, was in less.items():
        reached = more[scale]
        assert was is None or reached is None or was <= reached


@pytest.mark.parametrize("name", EVERY)
@given(data=st.data())
def test_whatever_is_said_it_comes_to_an_end_and_asks_nothing_twice(
    name: str, data: st.DataObject
) -> None:
    asked = questionnaires()[name]
    answers: dict[str, int | None] = {}
    while (item := following(asked, answers)) is not None:
        assert item.key not in answers
        assert is_asked(item, answers)
        points = [option.points for option in asked.choices(item)]
        answers[item.key] = data.draw(st.sampled_from([*points, None]))
    skipped = tuple(key for key, points in answers.items() if points is None)
    assert score(asked, answers).unanswered == skipped


def test_bam_scales_are_sums_and_what_was_skipped_counts_nothing() -> None:
    full = dict.fromkeys((item.key for item in BAM.items), 4)
    scores = score(BAM, full).scores
    assert (scores["Use"], scores["Risk Factors"], scores["Protective Factors"]) == (12, 24, 24)
    one_each = {item.key: (0 if item.key == "14" else 1) for item in BAM.items}
    scores = score(BAM, one_each).scores
    assert (scores["Use"], scores["Risk Factors"], scores["Protective Factors"]) == (3, 6, 5)
    assert score(BAM, {}).scores == dict.fromkeys(scores, 0)
    assert score(BAM, {"4": 2, "5": None, "6": 1}).scores["Use"] == 3
    # 7 and 17 count in no scale.
    assert score(BAM, {"7A": 4, "17": 4}).scores == dict.fromkeys(scores, 0)


def test_an_answer_counts_even_where_its_item_would_have_been_left_out() -> None:
    assert score(BAM, {"4": 0, "5": 3}).scores["Use"] == 3
    assert score(CSSRS, {"2": 0, "5": 1}).bands == {"Triage": "high"}


def test_bam_asks_about_heavy_days_and_each_drug_only_after_a_day_of_any() -> None:
    def keys(answers: Answers) -> list[str]:
        return [item.key for item in BAM.items if is_asked(item, answers)]

    assert keys({"4": 0, "6": 0}) == [*"12346", *map(str, range(8, 18))]
    assert "5" in keys({"4": 1})
    assert "7G" in keys({"6": 1})
    assert "7A" not in keys({"6": None})


@pytest.mark.parametrize(
    ("answers", "flags"),
    [
        (FINE, ()),
        ({**FINE, "4": 1}, ("Use",)),
        ({**FINE, "1": 4, "2": 4, "3": 3}, ()),
        ({**FINE, "1": 4, "2": 4, "3": 4}, ("Risk Factors",)),
        ({**FINE, "9": 1, "10": 0, "12": 0}, ()),
        ({**FINE, "9": 0, "10": 0, "12": 0}, ("Protective Factors",)),
        # 12 of 24, and what was passed over may be the rest.
        ({**FINE, "9": None, "10": None, "12": None}, ()),
        ({}, ()),
    ],
)
def test_bam_cut_offs(answers: dict[str, int | None], flags: tuple[str, ...]) -> None:
    assert score(BAM, answers).flags == flags


def test_an_alert_that_goes_on_is_said_once_and_use_each_time() -> None:
    bad = {**FINE, "4": 1, "1": 4, "2": 4, "3": 4, "9": 0, "10": 0, "12": 0}
    first = score(BAM, bad)
    assert {alert.reason for alert in first.alerts} == {"bam_use", "bam_risk", "bam_protective"}
    assert first.level is Level.CONCERN
    assert score(BAM, bad, first.scores).alerts == (Alert(Level.CONCERN, "bam_use"),)
    better = score(BAM, FINE, first.scores)
    assert better.alerts == ()
    assert better.level is Level.NONE
    assert len(score(BAM, bad, better.scores).alerts) == 3


@pytest.mark.parametrize(
    ("answers", "pairs"),
    [
        ({"4": 2, "5": 2, "6": 3, "7C": 3}, ()),
        ({"4": 1, "5": 2}, (("5", "4"),)),
        ({"6": 1, "7A": 1, "7B": 2, "7G": 4}, (("7B", "6"), ("7G", "6"))),
        ({"5": 1}, (("5", "4"),)),
        ({"4": None, "5": None}, ()),
    ],
)
def test_days_that_do_not_fit_each_other(
    answers: dict[str, int | None], pairs: tuple[tuple[str, str], ...]
) -> None:
    assert score(BAM, answers).inconsistent == pairs


@given(st.lists(st.sampled_from([0, 1, 2, 3, None]), min_size=9, max_size=9))
def test_phq9_puts_the_mean_for_up_to_two_and_rounds_half_up(points: list[int | None]) -> None:
    there = [each for each in points if each is not None]
    missing = 9 - len(there)
    total = score(PHQ9, answered(PHQ9, *points)).scores["PHQ9"]
    if missing > 2:
        assert total is None
    else:
        exact = sum(there) + missing * Fraction(sum(there), len(there))
        assert total == (exact + Fraction(1, 2)) // 1


def test_phq9_by_hand() -> None:
    # 7 answers make 4: two more of 4/7 make 5.14. 8 answers make 4: one more of 1/2 makes 4.5.
    assert score(PHQ9, answered(PHQ9, 1, 1, 1, 1, 0, 0, 0, None, None)).scores == {"PHQ9": 5}
    assert score(PHQ9, answered(PHQ9, 1, 1, 1, 1, 0, 0, 0, 0, None)).scores == {"PHQ9": 5}
    assert score(PHQ9, answered(PHQ9, 1, 1, 1, 0, 0, 0, 0, 0, None)).scores == {"PHQ9": 3}


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "minimal"),
        (4, "minimal"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "moderately severe"),
        (19, "moderately severe"),
        (20, "severe"),
    ],
)
def test_phq9_bands(total: int, band: str) -> None:
    points = [min(3, max(0, total - 3 * place)) for place in range(8)]
    result = score(PHQ9, answered(PHQ9, *points, 0))
    assert result.scores["PHQ9"] == total
    assert result.bands == {"PHQ9": band}
    assert (result.flags == ("PHQ9",)) == (total >= 10)
    high = [("concern", "phq_high")] if total >= 15 else []
    assert [(alert.level, alert.reason) for alert in result.alerts] == high


@pytest.mark.parametrize("others", [0, None])
@pytest.mark.parametrize("said", [1, 2, 3])
def test_item_nine_is_told_and_leads_on_even_where_nothing_can_be_scored(
    said: int, others: int | None
) -> None:
    result = score(PHQ9, answered(PHQ9, *[others] * 8, said))
    assert Alert(Level.CONCERN, "phq_item9") in result.alerts
    assert result.leads_to == ("cssrs",)
    short = score(PHQ2_I9, answered(PHQ2_I9, others, others, said))
    assert short.alerts == (Alert(Level.CONCERN, "phq_item9"),)
    assert short.leads_to == ("cssrs",)


@pytest.mark.parametrize("said", [0, None])
def test_without_item_nine_nobody_is_asked_about_suicide(said: int | None) -> None:
    result = score(PHQ9, answered(PHQ9, 1, 1, 1, 1, 1, 1, 1, 1, said))
    assert result.leads_to == ()
    assert result.alerts == ()


def test_the_short_ones_lead_to_the_long_ones_at_three() -> None:
    for short, long in (("phq2", "phq9"), ("gad2", "gad7")):
        asked = questionnaires()[short]
        assert score(asked, answered(asked, 1, 1)).leads_to == ()
        assert score(asked, answered(asked, 1, 2)).leads_to == (long,)
        assert score(asked, answered(asked, 3, None)).leads_to == ()
    assert score(PHQ2_I9, answered(PHQ2_I9, 3, 3, 1)).leads_to == ("cssrs", "phq9")


@pytest.mark.parametrize("name", ["phq2", "phq2_i9", "gad2", "gad7", "craving"])
def test_one_missing_and_there_is_no_score(name: str) -> None:
    asked = questionnaires()[name]
    for scale in asked.scales:
        full = {item.key: 0 for item in asked.items}
        for key in scale.items:
            for missing in ({**full, key: None}, {k: v for k, v in full.items() if k != key}):
                result = score(asked, missing)
                assert result.scores[scale.name] is None
                assert result.unanswered == (key,)
        assert score(asked, full).scores[scale.name] == 0


def test_anxiety_and_craving_cut_offs() -> None:
    assert score(GAD7, answered(GAD7, 3, 3, 3, 0, 0, 0, 0)).flags == ()
    assert score(GAD7, answered(GAD7, 3, 3, 3, 1, 0, 0, 0)).flags == ("Anxiety",)
    assert reasons(GAD7, answered(GAD7, 3, 3, 3, 3, 2, 0, 0)) == []
    assert reasons(GAD7, answered(GAD7, 3, 3, 3, 3, 3, 0, 0)) == [("concern", "gad_high")]
    craving = questionnaires()["craving"]
    assert reasons(craving, answered(craving, 3, 3, 3, 3, 2)) == []
    assert reasons(craving, answered(craving, 3, 3, 3, 3, 3)) == [("concern", "craving_scale_high")]


def test_triage_of_the_suicide_screener_whatever_is_said() -> None:
    keys = [item.key for item in CSSRS.items]
    for points in itertools.product((1, 0, None), repeat=len(keys)):
        answers = dict(zip(keys, points, strict=True))
        yes = {key for key, said in answers.items() if said}
        if yes & {"4", "5", "6A"}:
            band, level = "high", Level.EMERGENCY
        elif yes & {"3", "6"}:
            band, level = "moderate", Level.URGENT
        elif yes:
            band, level = "low", Level.URGENT
        else:
            open_ = any(answers[key] is None for key in ("1", "2", "6"))
            band, level = "none", Level.URGENT if open_ else Level.NONE
        result = score(CSSRS, answers)
        assert (result.bands["Triage"], result.level) == (band, level), answers


def test_a_screener_that_is_left_in_the_middle_is_urgent() -> None:
    assert reasons(CSSRS, {}) == [("urgent", "cssrs_unanswered")]
    assert reasons(CSSRS, {"1": 0, "2": 0}) == [("urgent", "cssrs_unanswered")]
    assert reasons(CSSRS, {"1": 0, "2": 0, "6": 0}) == []
    assert following(CSSRS, {"1": 1, "2": 0}) is CSSRS.item("6")
    assert following(CSSRS, {"1": 1, "2": 1}) is CSSRS.item("3")


def test_what_changed_since_the_time_before() -> None:
    before = {"Use": 2, "Risk Factors": 10, "Protective Factors": 10}
    now = {"Use": 1, "Risk Factors": 11, "Protective Factors": 12}
    assert changes(BAM, before, now) == {
        "Use": "better",
        "Risk Factors": "same",
        "Protective Factors": "better",
    }
    assert changes(BAM, now, before)["Use"] == "worse"
    assert changes(PHQ9, {"PHQ9": 10}, {"PHQ9": 14}) == {"PHQ9": "same"}
    assert changes(PHQ9, {"PHQ9": 10}, {"PHQ9": 15}) == {"PHQ9": "worse"}
    assert changes(PHQ9, {"PHQ9": None}, {"PHQ9": 15}) == {}
    assert changes(PHQ9, {}, {"PHQ9": 15}) == {}


def test_an_item_that_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        score(PHQ2, {"7": 1})


def command(file: Path, name: str, *lines: object) -> tuple[int, list[object], str]:
    texts = (line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text("".join(f"{text}\n" for text in texts), "utf-8")
    result = CliRunner().invoke(app, ["score", name, "--jsonl", str(file)])
    return (
        result.exit_code,
        [json.loads(line) for line in result.stdout.splitlines()],
        result.stderr,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "answers.jsonl"


@pytest.mark.parametrize("name", ["gad7", "GAD-7", "gad7.json", "gad7_march", "Gad 7"])
def test_the_command_takes_words_points_and_either_language(file: Path, name: str) -> None:
    some = {"2": "Several days", "3": " casi todos los dias ".strip(), "4": 2, "5": "1", "6": 0}
    lines = [
        {"answers": {"1": "not at all", **some, "7": "Más de la mitad de los días"}},
        {"answers": {"1": "Nearly every day", **some}, "scores": {"Anxiety": 1}},
        "",
        {"items": [3, 3, 3, 3, 3, 3, 3]},
        {"items": [3, 3, 3, 3, None, 3, 3]},
    ]
    assert command(file, name, *lines) == (
        0,
        [{"scores": {"Anxiety": each}} for each in (9, None, 21, None)],
        "",
    )


def test_the_command_says_the_total_and_item_nine_of_a_list(file: Path) -> None:
    lines = [
        {"items": [1, 1, 1, 1, 0, 0, 0, 0, None]},
        {"items": [None, None, None, 0, 0, 0, 0, 0, 2]},
        {"items": [3, 3, 3, 3, 3, 3, 3, 3, 3, 1]},
        {"answers": {"9": "Several days"}},
    ]
    assert command(file, "PHQ-9", *lines)[:2] == (
        0,
        [
            {"total": 5, "item9_positive": False},
            {"total": None, "item9_positive": True},
            {"total": 27, "item9_positive": True},
            {"scores": {"PHQ9": None}},
        ],
    )


def test_the_command_knows_every_scale_of_a_check_up(file: Path) -> None:
    line = {"answers": {"4": "One day", "7a": "One day", "14.": "Yes", "1": "Poor"}}
    code, (found,), _ = command(file, "BAM-IOP", line)
    assert code == 0
    assert isinstance(found, dict)
    assert list(found["scores"]) == [scale.name for scale in BAM.scales]
    assert found["scores"]["Adequate Income"] == found["scores"]["Physical Health"] == 4
    lists = [{"items": [1] * 12 + [0] + [1] * 2}, {"items": [0] * 23}]
    code, (first, second), _ = command(file, "bam_iop", *lists)
    assert code == 0
    assert isinstance(first, dict)
    assert first["scores"]["Protective Factors"] == 5
    assert second == {"scores": dict.fromkeys(found["scores"], 0)}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("my secret", "no JSON"),
        ("[" * 5000, "no JSON"),
        ('["my secret"]', "no JSON object"),
        ({"id": "my secret"}, 'neither an object "answers" nor a list "items"'),
        ({"answers": ["my secret"]}, "neither"),
        ({"answers": {"my secret": 1}}, "an item that is not in phq2"),
        ({"answers": {"1": "my secret"}}, "item 1 has no such answer"),
        ({"answers": {"1": 4}}, "item 1 has no such answer"),
        ({"answers": {"1": True}}, "item 1 has no such answer"),
        ({"answers": {"2": 0.5}}, "item 2 has no such answer"),
        ({"answers": {"2": {"my secret": 1}}}, "item 2 has no such answer"),
        ({"answers": {"1": 0, "1.": 1}}, "item 1 twice"),
        ('{"answers": {"1": 0, "1": 1}}', "has a key twice"),
        ('{"answers": {"1": 0}, "my secret": {"2": 1, "2": 1}}', "has a key twice"),
        ({"items": [1, 1, 1]}, "has 3 items; phq2 has 2"),
        ({"items": []}, "has 0 items; phq2 has 2"),
        ({"items": ["my secret", 1]}, "item 1 has no such answer"),
    ],
)
def test_a_bad_line_is_named_without_what_it_says(file: Path, line: object, says: str) -> None:
    good = {"answers": {"1": 1, "2": 2}}
    code, found, said = command(file, "phq2", good, line, good)
    assert code == 2
    assert found == [{"scores": {"Depression": 3}}] * 2
    assert said.startswith("companion: line 2: ")
    assert says in said
    assert "secret" not in said
    assert "Traceback" not in said


def test_a_line_that_is_no_text_is_named_and_the_others_are_done(file: Path) -> None:
    good = b'{"items": [1, 2]}\n'
    marked = b"\xef\xbb\xbf" + good
    file.write_bytes(marked + b'{"answers": {"1": "caf\xe9"}}\n\r\n' + marked + good.strip())
    result = CliRunner().invoke(app, ["score", "phq2", "--jsonl", str(file)])
    assert result.exit_code == 2
    assert result.stdout.splitlines() == ['{"scores": {"Depression": 3}}'] * 3
    assert result.stderr == "companion: line 2: no UTF-8 text\n"


def test_a_list_may_have_the_items_that_count_in_no_score(file: Path) -> None:
    code, found, said = command(file, "bam_iop", {"items": [0] * 17})
    assert (code, found) == (2, [])
    assert said == "companion: line 1: has 17 items; bam_iop has 15 or 23\n"


def test_what_cannot_be_read_is_said(file: Path) -> None:
    file.touch()
    run = CliRunner()
    for arguments, says in (
        (["phq2", "--jsonl", str(file.with_name("nowhere"))], "No such file"),
        (["phq7", "--jsonl", str(file)], "no such questionnaire; there are bam_iop"),
    ):
        result = run.invoke(app, ["score", *arguments])
        assert result.exit_code == 2
        assert says in " ".join(result.stderr.replace("│", " ").split())
        assert "Traceback" not in result.output


def test_the_command_reads_standard_input() -> None:
    result = CliRunner().invoke(app, ["score", "gad2", "--jsonl", "-"], input='{"items": [1, 2]}\n')
    assert (result.exit_code, result.stdout) == (0, '{"scores": {"Anxiety": 3}}\n')

"""`companion screen` and `companion scorecard`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.scorecard import CORPUS, CorpusError, Example, card, corpus, keywords, measure, read
from handlers.risk import Level, Risk
from handlers.screening import screen

RUN = CliRunner()


def _screened(file: Path, *more: str) -> list[dict[str, object]]:
    result = RUN.invoke(app, ["screen", "--jsonl", str(file), *more])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_each_line_gets_its_level_and_labels(tmp_path: Path) -> None:
    file = tmp_path / "said.jsonl"
    lines = [
        {"id": "a", "text": "i'm going to kill myself tonight"},
        {"id": 2, "text": "ok thanks"},
        {"text": "NOW", "level": "none"},
    ]
    file.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n", "utf-8")
    first, second, third = _screened(file, "--rules-only")
    assert first["id"] == "a"
    assert first["level"] == "emergency"
    assert "suicidal_plan_or_attempt" in first["labels"]  # type: ignore[operator]
    assert second == {"id": 2, "level": "none", "labels": ["none"]}
    assert third["id"] is None
    assert third["level"] == "emergency"
    with_voter = _screened(file)
    assert [line["id"] for line in with_voter] == ["a", 2, None]


def test_what_is_no_message_is_said_without_its_words(tmp_path: Path) -> None:
    file = tmp_path / "said.jsonl"
    file.write_text('{"id": 1, "text": "ok"}\nsecret words\n[1]\n{"text": 7}\n{"text": "hi"}\n')
    result = RUN.invoke(app, ["screen", "--jsonl", str(file), "--rules-only"])
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr.count("no JSON object") == 3
    assert "secret" not in result.output


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["screen", "--jsonl", str(tmp_path / "nowhere"), "--rules-only"])
    assert result.exit_code == 2
    assert "can't be read" in result.stderr


def test_figures_are_counted_as_they_are_named() -> None:
    said = {"e1": Level.URGENT, "e2": Level.NONE, "u": Level.CONCERN, "n": Level.EMERGENCY}
    examples = [
        Example("e1", "en", Level.EMERGENCY, frozenset({"self_harm"})),
        Example("e2", "en", Level.EMERGENCY, frozenset({"self_harm"})),
        Example("u", "en", Level.URGENT, frozenset({"hopelessness"})),
        Example("n", "en", Level.NONE, frozenset({"none"})),
        Example("m", "en", Level.NONE, frozenset({"none"})),
    ]
    figures = measure(examples, lambda text: Risk(said.get(text, Level.NONE)))
    assert str(figures.emergency_seen) == "50.0"
    assert str(figures.emergency_exact) == "0.0"
    assert str(figures.urgent_seen) == "100.0"
    assert str(figures.urgent_fast) == "0.0"
    assert str(figures.false_alarm) == "50.0"
    assert str(figures.precision) == "50.0"
    assert str(figures.labels["self_harm"]) == "50.0"
    assert str(figures.labels["hopelessness"]) == "0.0"
    assert "none" not in figures.labels
    assert str(figures.despair_seen) == "-"


def test_files_of_ones_own_are_read(tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text(
        '{"id": "1", "text": "i want to kill myself", "label": 1}\n'
        '{"id": "2", "text": "nice weather", "label": 0}\n'
    )
    result = RUN.invoke(app, ["scorecard", "--data", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    (found,) = json.loads(result.output)
    assert (found["set"], found["messages"]) == ("posts", 2)
    assert found["screens"]["rules"]["despair_seen"] == {"of": 1, "found": 1}
    assert found["screens"]["rules"]["false_alarm"] == {"of": 1, "found": 0}
    table = RUN.invoke(app, ["scorecard", "--data", str(tmp_path)]).output
    assert "posts: 2 messages" in table


@pytest.mark.parametrize("line", ["nothing", '{"text": "x"}', '{"text": "x", "level": "odd"}'])
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, line: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text('{"text": "fine", "level": "none"}\n' + line)
    with pytest.raises(CorpusError, match="line 2"):
        read(file)
    result = RUN.invoke(app, ["scorecard", "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert "line 2" in result.stderr
    assert RUN.invoke(app, ["scorecard", "--data", str(tmp_path / "no")]).exit_code == 2


class TestCorpus:
    def test_it_is_what_it_says_it_is(self) -> None:
        tuning, held = (_all(part) for part in ("tuning", "held_out"))
        everything = tuning + held
        ordinary = sum(example.level is Level.NONE for example in everything)
        other = sum(example.language != "en" for example in everything)
        assert len(everything) >= 2_500
        assert len(held) >= 2_500 / 3
        assert ordinary / len(everything) >= 0.45
        assert other / len(everything) >= 0.25
        texts = [example.text.casefold() for example in everything]
        assert len(set(texts)) == len(texts)

    def test_levels_and_labels_agree(self) -> None:
        for example in _all("tuning") + _all("held_out"):
            assert example.labels
            assert (example.level is Level.NONE) == (example.labels == {"none"})

    def test_the_rules_beat_a_plain_list(self) -> None:
        (_, held), *_ = corpus()
        found = card("held out", held, None).columns
        rules, plain = found["rules"], found["keywords"]
        assert rules.emergency_seen.found > plain.emergency_seen.found
        assert rules.urgent_fast.found > plain.urgent_fast.found
        assert keywords("i want to end it all tonight").level is Level.URGENT
        assert screen("what a nice day").level is keywords("what a nice day").level


def _all(part: str) -> list[Example]:
    return [e for file in sorted((CORPUS / part).glob("*.jsonl")) for e in read(file)]

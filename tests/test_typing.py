from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

HEAD = """\
from handlers.answers import Choice, Scale, Skippable
from handlers.flow import Flow, Outcome, Turn

talk = Flow("talk")

@talk.step(Choice("a", "b"))
def last(turn: Turn, answer: str) -> Outcome:
    return turn.end()

"""
RIGHT = """\
@talk.step(Scale(0, 10))
def first(turn: Turn, answer: int) -> Outcome:
    return turn.keep(first=answer).then(last)

@talk.step(Skippable(Choice("a", "b")))
def second(turn: Turn, answer: str | None) -> Outcome:
    return turn.then(first) if answer else turn.then(talk)
"""
WRONG_ANSWER = """\
@talk.step(Scale(0, 10))
def first(turn: Turn, answer: str) -> Outcome:
    return turn.then(last)
"""
FORGOTTEN_SKIP = """\
@talk.step(Skippable(Scale(0, 10)))
def first(turn: Turn, answer: int) -> Outcome:
    return turn.then(last)
"""
UNKNOWN_STEP = """\
@talk.step(Scale(0, 10))
def first(turn: Turn, answer: int) -> Outcome:
    return turn.then(nowhere)
"""
STEP_BY_NAME = """\
@talk.step(Scale(0, 10))
def first(turn: Turn, answer: int) -> Outcome:
    return turn.then("last")
"""
NO_OUTCOME = """\
@talk.step(Scale(0, 10))
def first(turn: Turn, answer: int) -> None:
    turn.then(last)
"""
SNIPPETS = {
    "right": (RIGHT, set[str]()),
    "wrong_answer": (WRONG_ANSWER, {"arg-type"}),
    "forgotten_skip": (FORGOTTEN_SKIP, {"arg-type"}),
    "unknown_step": (UNKNOWN_STEP, {"name-defined"}),
    "step_by_name": (STEP_BY_NAME, {"arg-type"}),
    "no_outcome": (NO_OUTCOME, {"arg-type"}),
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    folder = tmp_path_factory.mktemp("snippets")
    for name, (snippet, _) in SNIPPETS.items():
        (folder / f"{name}.py").write_text(HEAD + snippet, "utf-8")
    arguments = ["--strict", "--no-incremental", "--config-file", str(ROOT / "pyproject.toml")]
    files = [str(folder / f"{name}.py") for name in SNIPPETS]
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", *arguments, *files],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in {0, 1}, ran.stderr
    found: dict[str, set[str]] = {name: set() for name in SNIPPETS}
    for line in ran.stdout.splitlines():
        if said := re.search(r"(\w+)\.py:\d+: error: .*\[([a-z-]+)\]$", line):
            found.setdefault(said[1], set()).add(said[2])
    return found


@pytest.mark.parametrize("name", SNIPPETS)
def test_the_type_checker_refuses_what_cannot_work(
    name: str, complaints: dict[str, set[str]]
) -> None:
    assert complaints[name] == SNIPPETS[name][1]

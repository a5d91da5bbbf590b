"""The tools of the command line that touch no database."""

from __future__ import annotations

import subprocess
import sys

from bot import graph
from handlers.flows import FLOWS


def _companion(*words: str, given: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_the_graph_has_every_step_and_knows_what_follows() -> None:
    drawn = graph.mermaid()
    for flow in FLOWS.values():
        for step in flow.steps.values():
            assert f"{step.key}[{step.name}]" in drawn
    assert "joining.agree --> joining.language" in drawn
    assert "checkin.used --> checkin.danger" in drawn
    assert "crisis.ask --> crisis.afterwards" in drawn
    assert "joining.place --> joining.hour" in drawn


def test_a_talk_is_played_in_the_terminal() -> None:
    said = _companion("talk", "checkin", "--channel", "sms", given="6 9 1 1\n1\n4\n")
    assert "(alert: concern, craving)" in said
    assert "Down from 9 to 4" in said


def test_a_talk_that_is_chosen_from_begins_where_they_begin_it() -> None:
    given = "\n".join(["My mood", "Now is fine", *"33", *"000000", "2", *"CCC"])
    said = _companion("talk", "checkup", given=given)
    assert "Which one would you like?" in said
    assert "(alert: concern, phq_item9)" in said
    assert "alert: urgent" not in said
    assert "OK, thank you. If that changes" in said


def test_a_talk_in_spanish_hears_danger() -> None:
    said = _companion("talk", "menu", "--language", "es", given="quiero matarme\nA\n")
    assert "¿Estás pensando en matarte?" in said or "911" in said
    assert "emergency" in said


def test_a_new_key_is_one_that_can_be_used() -> None:
    from storage.encryption import Keyring

    assert Keyring.parse(_companion("keys", "new", "--name", "k7").strip()).writing == "k7"

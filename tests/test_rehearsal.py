"""A talk in the terminal: it looks things up as the others do, without a store."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from bot.__main__ import app


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("channel", ["telegram", "sms"])
def test_a_meeting_is_found_and_picked(language: str, channel: str) -> None:
    given = ["talk", "meeting", "--language", language, "--channel", channel]
    done = CliRunner().invoke(app, given, input="19103\n1\nmeeting online 19103\n1\n")
    assert done.exit_code == 0, done.output
    assert done.output.count("12 Ferry St") > 1
    assert "online" in done.output or "por internet" in done.output

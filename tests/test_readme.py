"""The commands of the README exist, with the options it names, and do what it says of them."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from bot.__main__ import app
from bot.config import Settings

HERE = Path(__file__).parent.parent
README = (HERE / "README.md").read_text("utf-8")
COMPANION = Path(sys.executable).with_name("companion")


def commands() -> list[list[str]]:
    """Every `companion …` of the code blocks and of the text, in words."""
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```", README, re.DOTALL | re.MULTILINE))
    lines = blocks.replace("\\\n", " ").splitlines()
    lines += re.findall(
        r"`([^`\n]*companion [^`\n]+)`", README.replace("\ncompanion", " companion")
    )
    found = []
    for line in lines:
        match = re.search(r"(?:^|[\s/&])companion (\w[^#>&]*)", line)
        if match:
            found.append(shlex.split(match[1]))
    return found


def targets() -> list[str]:
    return ["".join(pair) for pair in re.findall(r"(?m)^make ([a-z]+)|`make ([a-z]+)", README)]


def test_the_readme_names_commands() -> None:
    assert len(commands()) > 12
    assert {"demo", "test"} <= set(targets())


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_takes_the_options_that_it_is_shown_with(words: list[str]) -> None:
    command: Any = get_command(app)
    rest = iter(words)
    while hasattr(command, "commands"):
        command = command.commands[next(rest)]
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    for word in rest:
        if word.startswith("--"):
            assert word.partition("=")[0] in options


def test_every_make_target_exists() -> None:
    makefile = (HERE / "Makefile").read_text("utf-8")
    for target in targets():
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_a_new_clinic_is_set_up_looked_after_and_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the very files that a new clinic copies, in a folder of its own.

    The program itself is run once for what only reads and once for what writes; each start costs
    a second, so the rest is run in here.
    """

    def companion(*words: str, fine: int = 0) -> str:
        with contextlib.chdir(tmp_path):
            done = CliRunner().invoke(app, list(words))
        assert done.exit_code == fine, done.output
        return done.stdout

    def program(*words: str, fine: int = 0) -> str:
        done = subprocess.run(
            [COMPANION, *words],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == fine, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    assert "clinic.toml" in program("check", fine=1)
    key = companion("keys", "new").strip()
    env = (HERE / ".env.example").read_text("utf-8")
    (tmp_path / ".env").write_text(re.sub(r"(?m)^#? ?COMPANION_KEYS=.*$", "", env))
    (tmp_path / ".env").chmod(0o600)
    with (tmp_path / ".env").open("a") as file:
        file.write(f"\nCOMPANION_KEYS={key}\n")
    (tmp_path / "clinic.toml").write_text((HERE / "clinic.example.toml").read_text("utf-8"))
    companion("db", "upgrade")
    assert "Nobody is on the staff yet" in companion("staff", "list")
    setup = program("staff", "add", "Ruth Okafor", "--role", "supervisor", "--sms", "+12155550144")
    assert "/setup/" in setup
    assert "Ruth Okafor" in companion("staff", "list")
    companion("backup", "before.backup")
    companion("backup", "--check", "before.backup")
    new = companion("keys", "new", "--name", "k2").strip()
    text = (tmp_path / ".env").read_text().replace(f"={key}", f"={new},{key}")
    (tmp_path / ".env").write_text(text)
    # The set-up link from above was hashed with the old key, and is waited out.
    assert "still needed" in companion("keys", "rotate", fine=1)
    (tmp_path / ".env").write_text(text + "DATABASE_URL=sqlite:///restored.db\n")
    companion("restore", "before.backup")
    assert "Ruth Okafor" in companion("staff", "list")
    assert "[Service]" in companion("systemd", "--user", "nobody")

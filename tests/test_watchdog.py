"""systemd hears that we are ready, that we live, and that we stop; on a real socket."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import unit
from bot.config import ConfigError, Settings
from bot.watchdog import Watchdog
from tests.running import running
from tests.waiting import until


@contextlib.contextmanager
def systemd(name: str) -> Iterator[socket.socket]:
    """The other end of NOTIFY_SOCKET."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0" + name[1:] if name.startswith("@") else name)
        listener.setblocking(False)  # noqa: FBT003 - the library's own way
        yield listener


def heard(listener: socket.socket) -> list[str]:
    """What was said until now."""
    said: list[str] = []
    with contextlib.suppress(BlockingIOError):
        while True:
            said += listener.recv(4096).decode().splitlines()
    return said


async def told(listener: socket.socket, word: str, times: int = 1) -> list[str]:
    """Wait until a word was said so often; returns all that was said."""
    said: list[str] = []
    async with asyncio.timeout(60):
        while said.count(word) < times:
            said += heard(listener)
            await asyncio.sleep(0.01)
    return said


@pytest.mark.parametrize("kind", ["path", "abstract"])
async def test_it_is_fed_while_everything_turns_and_only_then(kind: str, tmp_path: Path) -> None:
    name = str(tmp_path / "n") if kind == "path" else f"@companion-{secrets.token_hex(8)}"
    environment = {"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "40000"}
    with systemd(name) as listener:
        dog = Watchdog(environment)
        assert dog.seconds == 0.01
        dog.ready()
        turns = True
        stop = asyncio.Event()

        async def turning() -> bool:
            return turns

        running_dog = asyncio.create_task(dog.run(turning, stop))
        assert (await told(listener, "WATCHDOG=1", 2))[0] == "READY=1"
        turns = False
        await told(listener, "STATUS=a loop stands still")
        said = await told(listener, "STATUS=a loop stands still", 3)
        assert "WATCHDOG=1" not in said
        stop.set()
        await running_dog
        dog.stopping()
        assert "STOPPING=1" in heard(listener)


def test_without_systemd_nothing_happens_and_a_lost_socket_is_no_reason_to_fall(
    tmp_path: Path,
) -> None:
    Watchdog({}).ready()
    Watchdog({"NOTIFY_SOCKET": str(tmp_path / "nobody")}).ready()
    assert Watchdog({"WATCHDOG_USEC": "40000", "WATCHDOG_PID": "1"}).seconds > 1
    assert Watchdog({"WATCHDOG_USEC": "x"}).seconds > 1


async def test_the_real_thing_says_when_it_is_ready_alive_and_stopping(
    tmp_path: Path, database_url: str
) -> None:
    name = f"@companion-{secrets.token_hex(8)}"
    with systemd(name) as listener:
        async with running(
            tmp_path,
            database_url,
            NOTIFY_SOCKET=name,
            WATCHDOG_USEC="400000",
        ) as house:
            said = await told(listener, "WATCHDOG=1", 3)
            assert said.count("READY=1") == 1
            assert house.process is not None
            # A process that stands still says nothing, and systemd would end it.
            house.process.send_signal(signal.SIGSTOP)
            state = Path(f"/proc/{house.process.pid}/stat")
            await until(lambda: state.read_text().rpartition(") ")[2][0] == "T")
            heard(listener)
            await asyncio.sleep(0.5)
            assert heard(listener) == []
            house.process.send_signal(signal.SIGCONT)
            assert await house.stop() == 0
            assert "STOPPING=1" in heard(listener)


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    somebody = next(u.pw_name for u in pwd.getpwall() if u.pw_uid and u.pw_name != "nobody")
    text = unit.text(Settings(database_url="sqlite:///data/c.db"), tmp_path, somebody)
    for line in (
        "Type=notify",
        "WatchdogSec=60",
        "Restart=always",
        f"ReadWritePaths={tmp_path}/data",
        f"WorkingDirectory={tmp_path}",
        "NoNewPrivileges=yes",
        f"User={somebody}",
    ):
        assert line in text.splitlines()
    verify = shutil.which("systemd-analyze")
    if verify is None:
        return
    file = tmp_path / "companion.service"
    file.write_text(text)
    done = subprocess.run([verify, "verify", str(file)], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert os.access(file, os.R_OK)


def test_a_path_that_systemd_would_read_otherwise_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="plain path"):
        unit.text(Settings(), tmp_path / "my folder", "nobody")


@pytest.mark.parametrize(
    ("user", "words"),
    [("root", "must not run as root"), ("nobody-of-that-name", "there is no user")],
)
def test_it_runs_as_somebody_who_is_there_and_not_root(
    tmp_path: Path, user: str, words: str
) -> None:
    with pytest.raises(ConfigError, match=words):
        unit.text(Settings(), tmp_path, user)

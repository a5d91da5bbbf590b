"""`companion run` forked from an interpreter that has imported everything already.

A start takes seconds of importing and compiling; a test that kills twenty times would pay them
twenty times. What is forked is a process of its own: it opens its database, sockets and files
itself, and dies like any other.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp

from tests.running import Running

_PATIENCE = 30
ROOT = Path(__file__).parent.parent


class Forked:
    """A process that somebody else waits for: how it ended is in a file."""

    def __init__(self, pid: int, ending: Path) -> None:
        self.pid = pid
        self._ending = ending

    @property
    def returncode(self) -> int | None:
        return int(self._ending.read_text()) if self._ending.exists() else None

    def send_signal(self, how: signal.Signals) -> None:
        os.kill(self.pid, how)

    async def wait(self) -> int:
        while (code := self.returncode) is None:  # noqa: ASYNC110 - it is another's child
            await asyncio.sleep(0.005)
        return code


class Warm:
    """The interpreter that is forked."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.warm import serve; serve()"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def fork(self, folder: Path, environment: dict[str, str], log: Path) -> Forked:
        """Start the program there."""
        ending = folder / "ending"
        ending.unlink(missing_ok=True)
        asked = {"folder": str(folder), "environment": environment, "log": str(log)}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({**asked, "ending": str(ending)}) + "\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()), ending)

    def close(self) -> None:
        # Not until its output ends: what it forked has that too, and may be about to end.
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(_PATIENCE)
        self._process.stdout.close()


@contextlib.contextmanager
def warm_interpreter() -> Iterator[Warm]:
    made = Warm()
    try:
        yield made
    finally:
        made.close()


class WarmRunning(Running):
    """A house whose process starts at once."""

    def __init__(self, folder: Path, database_url: str, warm: Warm) -> None:
        super().__init__(folder, database_url)
        self.warm = warm

    async def start(self) -> None:
        """Start the process and wait until its jobs have run.

        Not until it is healthy: after a crash it may well say, rightly, that something is late.
        """
        process: Any = self.warm.fork(self.folder, self.environment, self.log)
        self.process = process
        opened = {"Authorization": f"Bearer {self.environment['METRICS_TOKEN']}"}
        async with asyncio.timeout(120), aiohttp.ClientSession(headers=opened) as session:
            while True:
                assert process.returncode is None, self.log.read_text()
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/health") as answer:
                        if (await answer.json()).get("tick_age_seconds") is not None:
                            return
                await asyncio.sleep(0.05)


def serve() -> None:
    """Import it all; then, for each line that comes in, be forked into the program."""
    import bot.__main__  # noqa: F401 - to have it
    from bot import app, places
    from handlers.screening import screen

    app.check_words()
    places.load()
    screen("warm")
    # Nobody who is forked looks all of this through, which would copy it.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while line := sys.stdin.readline():
        if os.fork() == 0:
            _watch(json.loads(line))


def _watch(asked: dict[str, Any]) -> None:
    """Be the parent of one run, and write down how it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        _run(asked)
    sys.stdout.write(f"{pid}\n")
    sys.stdout.flush()
    _, status = os.waitpid(pid, 0)
    written = Path(asked["ending"]).with_suffix(".part")
    written.write_text(str(os.waitstatus_to_exitcode(status)))
    written.rename(asked["ending"])
    os._exit(0)


def _run(asked: dict[str, Any]) -> None:
    from bot.__main__ import main

    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["companion", "run"]
    code = 1
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    finally:
        os._exit(code)

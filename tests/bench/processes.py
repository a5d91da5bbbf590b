"""The bots under measurement: each a process, on a core of its own where there are two."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.service import SECRET, TOKEN

ROOT = Path(__file__).parent.parent.parent
PEERS = Path(os.environ.get("BENCH_PEERS", ROOT / ".venv-bench")) / "bin" / "python"
OURS = Path(sys.executable)
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_START_SECONDS = 120
Command = Sequence[str | Path]


@dataclass(frozen=True, slots=True)
class Started:
    """A bot that answers, and what it took until then."""

    process: subprocess.Popen[bytes]
    url: str
    seconds: float
    cpu: float

    @property
    def cpu_now(self) -> float:
        """Seconds of processor time that it has used so far."""
        return _cpu(self.process.pid)

    @property
    def megabytes(self) -> float:
        """What it holds in memory now (RSS)."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * _PAGE / 1e6


_THERE = sorted(os.sched_getaffinity(0))


def cores() -> tuple[set[int], set[int]]:
    """Cores for the load and for the bot; the same where there is but one."""
    return {_THERE[0]}, {_THERE[-1]}


def environment(**more: str) -> dict[str, str]:
    """A clean one: nothing of the shell's changes what is measured."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **more}


@contextlib.asynccontextmanager
async def bot(
    command: Command,
    port: int,
    *,
    folder: Path,
    env: Mapping[str, str],
    ready: str = "/telegram",
) -> AsyncIterator[Started]:
    """Start a bot and wait until it answers at `ready`; it is ended afterwards."""
    began = time.perf_counter()
    log = folder / "log"
    process = _start(command, folder, env, log)
    os.sched_setaffinity(process.pid, cores()[1])
    try:
        await _answers(process, port, ready, log)
        cpu = _cpu(process.pid)
        yield Started(process, f"http://127.0.0.1:{port}", time.perf_counter() - began, cpu)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.to_thread(process.wait, 10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def peer(name: str, api: str, port: int) -> Command:
    """The command of a peer that listens for updates."""
    script = Path(__file__).parent / "peers" / f"{name}.py"
    return [PEERS, script, api, str(port), TOKEN, SECRET]


async def run(command: Command, folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a measuring script on the bot's core to its end; returns what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=env or environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    os.sched_setaffinity(process.pid, cores()[1])
    out, err = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(err.decode())
    return out.decode()


def _start(
    command: Command, folder: Path, env: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    with log.open("wb") as written:
        return subprocess.Popen(command, cwd=folder, env=env, stdout=written, stderr=written)


async def _answers(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    """Wait until it gives any answer but "not well yet"."""
    asked = f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode()
    until = time.perf_counter() + _START_SECONDS
    while time.perf_counter() < until:
        if process.poll() is not None:
            raise RuntimeError(await asyncio.to_thread(log.read_text))
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(asked)
            answer = await reader.read(12)
            writer.close()
            if answer and not answer.endswith(b"503"):
                return
        await asyncio.sleep(0.01)
    raise TimeoutError(await asyncio.to_thread(log.read_text))


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS

"""A full sync of a large list while people write: how long it takes, and what they feel of it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from bot.config import Settings
from bot.feeds.hands import opened
from storage import feeds
from storage.models import meeting
from tests.bench import meeting_rows
from tests.bench.house import House, enrol
from tests.bench.load import Load
from tests.bench.processes import OURS, Command, bot, cores, environment
from tests.bench.report import Line, at_most, median
from tests.bench.scene import Scene
from tests.ports import free_port

_ROWS = 100_000
_FEW = 10_000
_CHATS = 200
_IN_FLIGHT = 1
_SECONDS = 60
_SLOWER = 3.0
"""How many times as long a turn may take meanwhile, nineteen of twenty."""


@dataclass(frozen=True, slots=True)
class _Ran:
    seconds: float
    cpu: float
    """Seconds of processor time that the fetching process used, the database's not among them."""
    megabytes: float
    """The most that it held."""
    late: list[float]
    """Milliseconds of a turn meanwhile, the 95th of a hundred, of each second or so."""


async def measure(scene: Scene) -> list[Line]:
    """On both databases: without, the first sync, one where nothing changed, and a small one."""
    lines: list[Line] = []
    with _site(scene.folder / "site") as (folder, url):
        for kind in ("sqlite", "postgresql"):
            house = scene.databases.house(kind)
            _move_in(house, url)
            port = free_port()
            env = house.environment(scene.service.origin, port)
            command: Command = [OURS, "-m", "tests.bench.ours"]
            async with bot(command, port, folder=house.folder, env=env, ready="/health") as there:
                load = Load(scene.service, _CHATS)
                hook = f"{there.url}/telegram"
                await load.run(hook, _IN_FLIGHT, 3)
                scene.say(f"meetings, {kind}: turns without")
                without = (await load.run(hook, _IN_FLIGHT, 8)).late
                ran: dict[str, _Ran] = {}
                begun = there.megabytes
                for name, rows, seed in _COPIES:
                    scene.say(f"meetings, {kind}: {name}")
                    await asyncio.to_thread(meeting_rows.write, folder / "list.json", rows, seed)
                    _due(house)
                    ran[name] = await _sync(house, env, load, hook)
                    _check(house, rows)
                lines += _lines(kind, without, ran, there.megabytes - begun)
    return lines


_COPIES = (("few", _FEW, 1), ("first", _ROWS, 1), ("again", _ROWS, 1), ("others", _ROWS, 2))


def _lines(kind: str, without: float, ran: dict[str, _Ran], grown: float) -> list[Line]:
    first, again, others = ran["first"], ran["again"], ran["others"]
    late = [ms for each in ran.values() for ms in each.late]
    return [
        Line(
            f"sync of {_ROWS:,} meetings, {kind}", "s", first.seconds,
            aim=at_most(_SECONDS, "s"),
            note=(
                f"all of them changed {others.seconds:.1f} s, none {again.seconds:.1f} s; of a "
                f"processor {first.cpu:.1f}, {others.cpu:.1f} and {again.cpu:.1f} s; its own "
                f"process held {first.megabytes:.0f} MB, with {_FEW:,} {ran['few'].megabytes:.0f} "
                f"MB; the companion grew by {grown:.0f} MB"
            ),
        ),
        Line(
            f"a turn meanwhile, 95 of 100, {kind}", "ms", median(late), without, "without",
            more_is_better=False,
            note=f"in the worst second {max(late):.1f} ms",
        ),
        Line(
            f"a turn meanwhile, times as long, {kind}", "times", median(late) / without,
            aim=at_most(_SLOWER, "times"),
        ),
    ]  # fmt: skip


async def _sync(house: House, env: dict[str, str], load: Load, hook: str) -> _Ran:
    """The command as the job starts it; on which core is the machine's to say."""
    begun = time.perf_counter()
    with (house.folder / "sync.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220 - it only starts it
            [OURS, "-m", "bot", "meetings", "sync", "--due"],
            cwd=house.folder, env=env, stdout=log, stderr=log,
        )  # fmt: skip
    os.sched_setaffinity(process.pid, set.union(*cores()))
    waiting = asyncio.create_task(asyncio.to_thread(_ended, process))
    late = []
    while not waiting.done():
        late.append((await load.run(hook, _IN_FLIGHT, 1)).late)
    used = await waiting
    cpu = used.ru_utime + used.ru_stime
    return _Ran(time.perf_counter() - begun, cpu, used.ru_maxrss / 1000, late)


def _ended(process: subprocess.Popen[bytes]) -> resource.struct_rusage:
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return used


@contextlib.contextmanager
def _site(folder: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address of a plain server of files behind it."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    command: Command = [OURS, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=folder, env=environment(), **quiet)
    try:
        yield folder, f"http://127.0.0.1:{port}/list.json"
    finally:
        process.terminate()
        process.wait()


def _move_in(house: House, url: str) -> None:
    def work(tx: Connection) -> None:
        enrol(tx, _CHATS)
        given = {"url": url, "kind": "meeting_guide", "fellowship": "aa"}
        feeds.settle(tx, "bench", datetime.now(UTC), given)

    store = house.open()
    store.write_now(work)
    store.close()


def _due(house: House) -> None:
    """As of a day ago, and with no memory of the copy before."""
    ago = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    change = {"due_at": ago, "last_modified": None}
    with opened(_settings(house)) as hands:
        hands.do("meetings_change", {"list": 1, "change": change, "changed": False})


def _check(house: House, rows: int) -> None:
    count = select(func.count()).select_from(meeting)
    with opened(_settings(house)) as hands:
        stored = hands.read(lambda tx: tx.execute(count).scalar_one())
    assert stored == rows, (stored, rows)


def _settings(house: House) -> Settings:
    return Settings(database_url=house.database_url, companion_keys=house.keys)

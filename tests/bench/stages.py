"""Where the time of a turn goes: the whole program in this process, under Python's profiler.

The profiler makes everything slower, small functions most: the shares tell, not the figures.
"""

from __future__ import annotations

import asyncio
import cProfile
import io
import os
import pstats
from collections.abc import Iterator
from typing import Any

from bot.app import App
from bot.channels.telegram import Telegram
from bot.clock import Clock
from bot.config import read_settings
from tests.bench.house import databases, enrol
from tests.bench.load import Load
from tests.bench.service import Service
from tests.bench.turns import CHATS
from tests.ports import free_port

_SECONDS = 8
_IN_FLIGHT = 32
_STAGES = (
    ("request in, response out (uvicorn, Starlette)", "httptools_impl.py", "run_asgi"),
    ("  the webhook: secret, JSON", "telegram.py", "webhook"),
    ("    the update, read", "telegram_updates.py", "read"),
    ("    the screen", "turn.py", "screened"),
    ("transaction of a turn", "turn.py", "_turn"),
    ("  a patient's message", "visit.py", "handle"),
    ("    deciding", "decide.py", "decide"),
    ("    wording", "wording.py", "fill"),
    ("sealing (AES-GCM)", "encryption.py", "seal"),
    ("opening", "encryption.py", "open"),
    ("statements, those of the turn and the sender", "prepared.py", "_run"),
    ("commit, shared", "~", "<method 'commit' of 'sqlite3.Connection' objects>"),
    ("sender: marking and claiming", "outbox.py", "_go_on"),
    ("sender: a message", "outbox.py", "_send"),
    ("  the request (aiohttp)", "telegram_http.py", "do_request"),
)
Key = tuple[str, int, str]


async def measure() -> str:
    """Two tables: the stages, and the queries by name."""
    service = Service()
    await service.start()
    with databases() as there:
        house = there.house("sqlite")
        store = house.open()
        store.write_now(lambda tx: enrol(tx, CHATS))
        store.close()
        port = free_port()
        os.environ.update(house.environment(service.origin, port))
        os.chdir(house.folder)
        Telegram.per_second, Telegram.per_address_seconds = 100_000.0, 0.0
        app = App(read_settings(), clock=Clock())
        stop = asyncio.Event()
        running = asyncio.create_task(app.run(stop))
        await app.ready.wait()
        load = Load(service, CHATS)
        url = f"http://127.0.0.1:{port}/telegram"
        await load.run(url, _IN_FLIGHT, 5)
        turns, profiles = await _profiled(app, service, load, url)
        stop.set()
        await running
    service.close()
    os.chdir("/")
    return _told(turns, profiles)


async def _profiled(
    app: App, service: Service, load: Load, url: str
) -> tuple[int, list[cProfile.Profile]]:
    """The event loop's thread and the writer's, each by its own profiler."""
    loop, writer = cProfile.Profile(), cProfile.Profile()
    await app.store.write(lambda _tx: writer.enable())
    sent = service.sent
    loop.enable()
    await load.run(url, _IN_FLIGHT, _SECONDS)
    loop.disable()
    turns = service.sent - sent
    await app.store.write(lambda _tx: writer.disable())
    return turns, [loop, writer]


def _told(turns: int, profiles: list[cProfile.Profile]) -> str:
    stats: Any = pstats.Stats(*profiles, stream=io.StringIO())
    found: dict[Key, tuple[int, int, float, float, Any]] = stats.stats
    lines = [f"{turns:,} turns, {_IN_FLIGHT} in flight, SQLite; microseconds a turn, profiled\n"]
    for said, file, name in _STAGES:
        took = sum(
            row[3]
            for (path, _, called), row in found.items()
            if called == name and path.endswith(file)
        )
        lines.append(f"{took / turns * 1e6:8,.0f}  {said}")
    lines.append("\nqueries by name: microseconds and calls a turn\n")
    for took, calls, said in sorted(_queries(found), reverse=True)[:20]:
        lines.append(f"{took / turns * 1e6:8,.0f}  {calls / turns:5.2f}  {said}")
    return "\n".join(lines) + "\n"


def _queries(
    found: dict[Key, tuple[int, int, float, float, Any]],
) -> Iterator[tuple[float, int, str]]:
    """The functions of `storage/` that callers know."""
    machinery = ("prepared", "store", "encryption", "models", "upsert", "schema")
    for (path, _, name), row in found.items():
        folder, _, file = path.rpartition("/")
        module = file.removesuffix(".py")
        plain = name[0] not in "_<"
        if folder.endswith("storage") and module not in machinery and plain:
            yield row[3], row[1], f"{module}.{name}"

"""An urgent reply while a broadcast goes out at the rate that Telegram allows."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from storage import outbox, people
from storage.outbox import BROADCAST
from tests.bench.house import enrol
from tests.bench.load import FIRST_CHAT, Post
from tests.bench.processes import OURS, PEERS, Command, bot, run
from tests.bench.report import Line, at_most, median
from tests.bench.scene import Scene
from tests.bench.service import TOKEN
from tests.ports import free_port

_URGENT = "i want to kill myself tonight"
_ASKED = 5


async def measure(scene: Scene) -> list[Line]:
    """Ours on both databases; the peer's own rate limiter with the same queue."""
    size = 300 if scene.quick else 1_800
    scene.say(f"broadcast of {size}: python-telegram-bot's AIORateLimiter")
    script: Command = [PEERS, str(PEER), scene.service.origin, TOKEN, str(size)]
    waited = json.loads(await run(script, scene.folder))["seconds"]
    lines = []
    for kind in ("sqlite", "postgresql"):
        scene.say(f"broadcast of {size}: ours on {kind}")
        took, rate = await _ours(scene, kind, size)
        lines.append(
            Line(
                f"urgent reply in a broadcast of {size:,}, {kind}",
                "s",
                median(took),
                median(waited),
                "python-telegram-bot's limiter",
                more_is_better=False,
                note=f"{rate:.0f} a second went out; the limiter's longest {max(waited):.1f} s",
            )
        )
        lines.append(
            Line(f"  the slowest of {_ASKED}, {kind}", "s", max(took), aim=at_most(1, "s"))
        )
    return lines


PEER = __file__.replace("broadcast.py", "peers/telegram_limiter.py")


async def _ours(scene: Scene, kind: str, size: int) -> tuple[list[float], float]:
    house = scene.databases.house(kind)
    store = house.open()
    store.write_now(lambda tx: _announce(tx, size))
    store.close()
    port = free_port()
    env = house.environment(scene.service.origin, port)
    out: dict[int, asyncio.Future[float]] = {}

    def accepted(chat: int, _body: bytes) -> None:
        if chat in out and not out[chat].done():
            out[chat].set_result(time.perf_counter())

    scene.service.accepted = accepted
    async with bot([OURS, "-m", "bot", "run"], port, folder=house.folder, env=env, ready="/health"):
        post = await Post.open(f"http://127.0.0.1:{port}/telegram")
        await asyncio.sleep(2)
        took = []
        begun, sent = time.perf_counter(), scene.service.sent
        for number in range(_ASKED):
            chat = FIRST_CHAT + number
            out[chat] = asyncio.get_running_loop().create_future()
            asked = time.perf_counter()
            await post.update(number + 1, chat, _URGENT)
            async with asyncio.timeout(120):
                took.append(await out[chat] - asked)
            await asyncio.sleep(0.7)
        rate = (scene.service.sent - sent) / (time.perf_counter() - begun)
        post.close()
    return took, rate


def _announce(tx: Connection, size: int) -> None:
    """Everybody but the five who will need somebody has a message waiting."""
    now = datetime.now(UTC)
    enrol(tx, size + _ASKED)
    for number in range(_ASKED, size + _ASKED):
        chat = str(FIRST_CHAT + number)
        queued: dict[str, Any] = {
            "person_id": None, "staff_id": None, "channel": "telegram", "address": chat,
            "address_hash": people.address_hash(tx, "telegram", chat),
            "text": "The group on Monday is at 5 pm this week.",
            "priority": BROADCAST, "kind": "broadcast", "created_at": now,
        }  # fmt: skip
        outbox.put(tx, **queued)

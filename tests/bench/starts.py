"""From nothing to the first answer, and what a bot holds when nobody writes to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict

from tests.bench.house import House
from tests.bench.processes import OURS, Command, Started, bot, environment, peer
from tests.bench.report import Line, median
from tests.bench.scene import Scene
from tests.ports import free_port

_PEERS = {"telegram_echo": "python-telegram-bot", "aiogram_echo": "aiogram"}


async def measure(scene: Scene) -> list[Line]:
    """Each is started alone, in turn; then all of them idle side by side."""
    seconds: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    house = scene.databases.house("sqlite")
    house.open().close()
    for round_ in range(scene.rounds):
        for name in ("ours", *_PEERS):
            scene.say(f"start, round {round_ + 1}: {name}")
            async with _up(scene, house, name) as there:
                seconds[name].append(there.seconds)
                cpu[name].append(there.cpu)
    wait = 5 if scene.quick else 30
    scene.say(f"idle for {wait} s")
    begun, idle, used = {}, {}, {}
    async with contextlib.AsyncExitStack() as up:
        bots = {}
        for name in ("ours", *_PEERS):
            bots[name] = await up.enter_async_context(_up(scene, house, name))
            begun[name] = bots[name].megabytes
        before = {name: there.cpu_now for name, there in bots.items()}
        await asyncio.sleep(wait)
        for name, there in bots.items():
            idle[name] = there.megabytes
            used[name] = (there.cpu_now - before[name]) / wait * 100
    lines = []
    for name, called in _PEERS.items():
        spent = median(cpu["ours"])
        lines += [
            Line(
                "start to ready", "s", median(seconds["ours"]), median(seconds[name]), called,
                more_is_better=False,
                note=f"of the processor {spent:.2f} s; {called} {median(cpu[name]):.2f} s",
            ),
            Line(
                f"memory after {wait} s idle", "MB", idle["ours"], idle[name], called,
                more_is_better=False,
                note=(
                    f"at the first answer {begun['ours']:.0f} MB; idle it uses "
                    f"{used['ours']:.1f} % of a core, {called} {used[name]:.1f} %"
                ),
            ),
        ]  # fmt: skip
    return lines


def _up(scene: Scene, house: House, name: str) -> contextlib.AbstractAsyncContextManager[Started]:
    port = free_port()
    api = scene.service.origin
    if name != "ours":
        return bot(peer(name, api, port), port, folder=scene.folder, env=environment())
    command: Command = [OURS, "-m", "bot", "run"]
    env = house.environment(api, port)
    return bot(command, port, folder=house.folder, env=env, ready="/health")

"""A whole turn, from the posted update to the reply that the service accepted."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from pathlib import Path

from tests.bench import processes
from tests.bench.house import House, enrol
from tests.bench.load import Figure, Load
from tests.bench.processes import OURS, Command, Started, bot, environment, peer
from tests.bench.report import Line, median, times
from tests.bench.scene import Scene
from tests.ports import free_port

CHATS = 600
_PEERS = ("telegram_echo", "aiogram_echo")
_NAMES = {"telegram_echo": "python-telegram-bot", "aiogram_echo": "aiogram"}
_AIMS = {
    ("sqlite", "telegram_echo"): 2.0,
    ("sqlite", "aiogram_echo"): 1.0,
    ("postgresql", "telegram_echo"): 1.0,
}


async def measure(scene: Scene) -> list[Line]:
    """Every bot is up; they are written to in turn."""
    seconds = 1.5 if scene.quick else 4.0
    figures: dict[tuple[str, int], list[Figure]] = defaultdict(list)
    cpu: dict[tuple[str, int], list[float]] = defaultdict(list)
    async with contextlib.AsyncExitStack() as up:
        bots = {name: await up.enter_async_context(_peer(scene, name)) for name in _PEERS}
        bots["nothing"] = await up.enter_async_context(_nothing(scene))
        for kind in ("sqlite", "postgresql"):
            bots[kind] = await up.enter_async_context(_ours(scene, kind))
        loads = {name: Load(scene.service, CHATS) for name in bots}
        for name, there in bots.items():
            await loads[name].run(f"{there.url}/telegram", 8, 2)
        for round_ in range(scene.rounds):
            for name, there in bots.items():
                for in_flight in (1, 32):
                    scene.say(f"turns, round {round_ + 1}: {name} at {in_flight}")
                    used, sent = there.cpu_now, scene.service.sent
                    figure = await loads[name].run(f"{there.url}/telegram", in_flight, seconds)
                    figures[name, in_flight].append(figure)
                    spent = there.cpu_now - used
                    cpu[name, in_flight].append(spent / max(scene.service.sent - sent, 1) * 1e6)
    return _lines(figures, cpu)


def _lines(
    figures: dict[tuple[str, int], list[Figure]], cpu: dict[tuple[str, int], list[float]]
) -> list[Line]:
    lines = []
    for in_flight in (1, 32):
        for kind in ("sqlite", "postgresql"):
            ours = figures[kind, in_flight]
            took = median(f.median for f in ours)
            late = median(f.slowest for f in ours)
            spent = median(cpu[kind, in_flight])
            for name in _PEERS:
                theirs = figures[name, in_flight]
                aim = _AIMS.get((kind, name))
                lines.append(
                    Line(
                        f"turns at {in_flight}, {kind}",
                        "/s",
                        median(f.a_second for f in ours),
                        median(f.a_second for f in theirs),
                        _NAMES[name],
                        aim=times(aim) if aim else None,
                        note=(
                            f"p50 {took:.1f} ms, p99 {late:.1f} ms, {spent:,.0f} us of processor a "
                            f"turn; {_NAMES[name]} {median(f.median for f in theirs):.1f} ms, "
                            f"{median(f.slowest for f in theirs):.1f} ms, "
                            f"{median(cpu[name, in_flight]):,.0f} us"
                        ),
                    )
                )
        most = median(f.a_second for f in figures["nothing", in_flight])
        lines.append(Line(f"turns at {in_flight}, a bot that does nothing", "/s", most))
    return lines


def _peer(scene: Scene, name: str) -> contextlib.AbstractAsyncContextManager[Started]:
    port = free_port()
    command = peer(name, scene.service.origin, port)
    return bot(command, port, folder=_folder(scene, name), env=environment())


def _nothing(scene: Scene) -> contextlib.AbstractAsyncContextManager[Started]:
    port = free_port()
    command: Command = [OURS, "-m", "tests.bench.nothing", scene.service.origin, str(port)]
    return bot(command, port, folder=_folder(scene, "nothing"), env=environment())


def _ours(scene: Scene, kind: str) -> contextlib.AbstractAsyncContextManager[Started]:
    house = scene.databases.house(kind)
    _move_in(house)
    port = free_port()
    env = house.environment(scene.service.origin, port)
    command: Command = [processes.OURS, "-m", "tests.bench.ours"]
    return bot(command, port, folder=house.folder, env=env, ready="/health")


def _move_in(house: House) -> None:
    store = house.open()
    store.write_now(lambda tx: enrol(tx, CHATS))
    store.close()


def _folder(scene: Scene, name: str) -> Path:
    folder = scene.folder / name
    folder.mkdir(exist_ok=True)
    return folder

"""A tick with a hundred due costs what is due, not who is enrolled."""

from __future__ import annotations

import json

from tests.bench.house import House, crowd
from tests.bench.processes import OURS, Command, run
from tests.bench.report import Line, at_most, median
from tests.bench.scene import Scene

_FEW = 10_000
_TIMES = 1.5


async def measure(scene: Scene) -> list[Line]:
    """Both sizes in one process, in turn."""
    many = 200_000 if scene.quick else 1_000_000
    lines = []
    for kind in ("sqlite", "postgresql"):
        houses = []
        for size in (_FEW, many):
            scene.say(f"ticks: {size:,} people move in on {kind}")
            houses.append(scene.databases.house(kind))
            houses[-1].keys = houses[0].keys
            _move_in(houses[-1], size)
        scene.say(f"ticks on {kind}")
        urls = [house.database_url for house in houses]
        times = str(3 * scene.rounds)
        command: Command = [OURS, "-m", "tests.bench.ticks_ours", times, *urls]
        few, lots = json.loads(
            await run(command, houses[0].folder, houses[0].environment(scene.service.origin, 0))
        )
        ours, theirs = median(lots) * 1000, median(few) * 1000
        lines.append(
            Line(
                f"tick, 100 due of {many:,} enrolled, {kind}",
                "times as long as of 10,000",
                ours / theirs,
                aim=at_most(_TIMES, "times"),
                note=f"{ours:.0f} ms beside {theirs:.0f} ms",
            )
        )
    return lines


def _move_in(house: House, size: int) -> None:
    store = house.open()
    with store.at_leisure.begin() as tx:
        crowd(tx, size)
    with store.at_leisure.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    store.close()

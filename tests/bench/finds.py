"""How long it takes to find a meeting among a hundred thousand, beside reading all of them."""

from __future__ import annotations

import json

from tests.bench.house import House
from tests.bench.listings import fill
from tests.bench.processes import OURS, Command, run
from tests.bench.report import Line, at_most
from tests.bench.scene import Scene

_AIM = 10
_FIRST_AIM = 100


async def measure(scene: Scene) -> list[Line]:
    """In a process of their own, on both databases."""
    size = 100_000
    lines = []
    for kind in ("sqlite", "postgresql"):
        scene.say(f"find: {size:,} meetings are listed on {kind}")
        house = scene.databases.house(kind)
        _list(house, size)
        scene.say(f"find on {kind}")
        command: Command = [OURS, "-m", "tests.bench.finds_ours", str(scene.rounds)]
        there = house.environment(scene.service.origin, 0)
        (found,) = json.loads(await run([*command, house.database_url], house.folder, there))
        scanned = found["scan"]["p50"]
        for what, name in (
            ("search", "a meeting now, its ZIP code included"),
            ("six hours", "all within 25 miles and 6 hours"),
        ):
            taken = found[what]
            lines.append(
                Line(
                    f"{name}, of {size:,}, {kind}", "ms", taken["p50"], scanned, "reading all",
                    more_is_better=False,
                )
            )  # fmt: skip
            lines.append(
                Line(
                    "    19 in 20 take at most", "ms", taken["p95"], aim=at_most(_AIM, "ms"),
                    note=f"the first after a start took {found['first']:.0f} ms",
                )
            )  # fmt: skip
    return lines


def _list(house: House, size: int) -> None:
    store = house.open()
    with store.at_leisure.begin() as tx:
        fill(tx, size)
    with store.at_leisure.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    store.close()

"""`make bench`: every figure beside the peer's, measured in the same run."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from pathlib import Path

import uvloop

from tests.bench import broadcast, finds, meetings, screens, starts, ticks, turns, wave
from tests.bench.house import databases
from tests.bench.processes import PEERS, cores
from tests.bench.report import Line, machine, table
from tests.bench.scene import Scene
from tests.bench.service import Service

MEASUREMENTS = {
    "turns": turns.measure,
    "wave": wave.measure,
    "broadcast": broadcast.measure,
    "ticks": ticks.measure,
    "starts": starts.measure,
    "screens": screens.measure,
    "meetings": meetings.measure,
    "find": finds.measure,
}


async def _measure(only: str | None, rounds: int, *, quick: bool) -> list[Line]:
    service = Service()
    await service.start()
    lines: list[Line] = []
    # The load, the stand-in and PostgreSQL share one core, the bot has the other.
    os.sched_setaffinity(0, cores()[0])
    with databases() as there:
        gc.freeze()
        scene = Scene(service, there, there.folder, rounds, quick)
        for name, measure in MEASUREMENTS.items():
            if only in (None, name):
                found = await measure(scene)
                # At once: whatever breaks later, what was measured stands.
                sys.stderr.write(f"{table(found)}\n")
                lines += found
    service.close()
    return lines


def main() -> None:
    """Measure and print."""
    said = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    said.add_argument("--only", choices=MEASUREMENTS, help="one measurement")
    said.add_argument("--rounds", type=int, help="how often each is measured; the median counts")
    said.add_argument("--quick", action="store_true", help="shorter and smaller, for a first look")
    said.add_argument("--json", action="store_true", help="the lines as JSON")
    said.add_argument("--profile", action="store_true", help="where the time of a turn goes")
    given = said.parse_args()
    if given.profile:
        from tests.bench import stages

        sys.stdout.write(uvloop.run(stages.measure()))
        return
    if not Path(PEERS).exists():
        sys.exit("the peers are not installed: run it as `make bench`")
    on = machine()
    rounds = given.rounds or (2 if given.quick else 5)
    lines = uvloop.run(_measure(given.only, rounds, quick=given.quick))
    if given.json:
        found = {"machine": on, "rounds": rounds, "lines": [line.as_json() for line in lines]}
        sys.stdout.write(f"{json.dumps(found, indent=1)}\n")
    else:
        sys.stdout.write(f"{on}; medians of {rounds} rounds taken in turn\n\n{table(lines)}\n")


if __name__ == "__main__":
    main()

"""`python -m tests.faults`: seeded rounds of every fault against real processes, as a table.

The stand-ins' ledgers are the truth. It ends with 1 where anything was lost, doubled outside the
documented window, or otherwise not as it should be.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import math
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

from tests.databases import empty_databases
from tests.faults.figures import HEAD, NOTES, Figures, row
from tests.faults.full import NotHereError
from tests.faults.place import Place
from tests.faults.table import FAULTS, Fault
from tests.warm import Warm, warm_interpreter

_SEED = 20261123


def main() -> int:
    """Play the rounds that were asked for."""
    asked = _asked()
    # Ended half-way, it still ends what it started.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # What its own stand-ins and readers have to say is expected here.
    logging.disable(logging.CRITICAL)
    chosen = [fault for fault in FAULTS if asked.only.casefold() in fault.name.casefold()]
    if not chosen:
        names = "\n".join(f"  {fault.name}" for fault in FAULTS)
        _say(f"no fault's name has {asked.only!r} in it; there are\n{names}")
        return 2
    if not asked.json:
        _say(row(*HEAD))
    begun, good = time.monotonic(), True
    with warm_interpreter() as warm:
        for fault in chosen:
            for database in fault.databases:
                try:
                    found = _play(warm, fault, database, asked)
                except NotHereError as error:
                    _say(f"{fault.name} on {database}: not tried, {error}")
                    continue
                good &= fault.short == 0 or not found.problems
                _tell(found, fault, database, as_json=asked.json)
    if not asked.json:
        _say(f"\n{NOTES}\nseed {asked.seed}, {(time.monotonic() - begun) / 60:.1f} minutes")
    return 0 if good else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=_SEED, help="other moments")
    parser.add_argument("--rounds", type=int, help="of each fault on each database")
    parser.add_argument("--only", default="", metavar="NAME", help="faults with this in their name")
    parser.add_argument("--json", action="store_true", help="a line of JSON a fault and database")
    return parser.parse_args()


def _play(warm: Warm, fault: Fault, database: str, asked: argparse.Namespace) -> Figures:
    """So many houses one after the other, each for some rounds of the fault."""
    sum_of_all, left = Figures(), asked.rounds or fault.rounds
    houses = math.ceil(left / fault.together)
    with empty_databases(database) as make:
        for house in range(houses):
            rounds = math.ceil(left / (houses - house))
            left -= rounds
            chance = Random(f"{asked.seed} {fault.name} {database} {house}")
            with tempfile.TemporaryDirectory(prefix="house") as folder:
                place = Place(warm, Path(folder), make(Path(folder)), whole=True)
                found = asyncio.run(_let_out(fault, place, chance, rounds))
            if found.problems:
                found.problems.append(f"seed {asked.seed}, house {house} of {houses}")
            sum_of_all.add(found)
    return sum_of_all


async def _let_out(fault: Fault, place: Place, chance: Random, rounds: int) -> Figures:
    """A round that got stuck or broke is a finding, and not the end of all others."""
    try:
        return await fault.run(place, chance, rounds)
    except NotHereError:
        raise
    except Exception as error:  # noqa: BLE001 - the others are still to be played
        where = traceback.format_exception(error)
        return Figures(rounds, problems=[f"it broke off: {type(error).__name__}", *where])


def _tell(found: Figures, fault: Fault, database: str, *, as_json: bool) -> None:
    if as_json:
        _say(json.dumps(found.as_json(fault.name, database)))
        return
    _say(found.line(fault.name, database))
    for told in found.told:
        _say(f"    {told}")
    for problem in found.problems:
        _say(f"  ! {problem.rstrip()}")


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - it is what was asked for


if __name__ == "__main__":
    sys.exit(main())

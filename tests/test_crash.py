"""The faults of `python -m tests.faults`, a few rounds of each."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from tests.faults.full import NotHereError
from tests.faults.place import Place
from tests.faults.table import FAULTS, Fault
from tests.warm import Warm

pytestmark = pytest.mark.crash

SEED = os.environ.get("CRASH_SEED", "20261123")


@pytest.mark.parametrize(
    ("fault", "database_url"),
    [
        pytest.param(fault, database, id=f"{database}-{fault.name}")
        for fault in FAULTS
        for database in fault.databases
        if fault.short
    ],
    indirect=["database_url"],
)
async def test_fault(
    warm: Warm, tmp_path: Path, database_url: str, fault: Fault, request: pytest.FixtureRequest
) -> None:
    chance = Random(f"{SEED} {request.node.callspec.id}")
    try:
        figures = await fault.run(Place(warm, tmp_path, database_url), chance, fault.short)
    except NotHereError as error:
        pytest.skip(str(error))
    print(figures)  # noqa: T201 - shown where it fails, with the seed to have it again
    assert figures.problems == [], SEED
    assert (figures.lost, figures.elsewhere) == (0, 0)
    assert figures.rounds == fault.short

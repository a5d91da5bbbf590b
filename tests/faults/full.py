"""The disk is full: nothing is acknowledged that could not be stored, and it passes by itself."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from tests.crowd import Crowd
from tests.faults import talk
from tests.faults.account import Account
from tests.faults.figures import Figures
from tests.faults.place import Place, all_heard, all_quiet, crowded

_ANSWERED = 0.05
"""Seconds in which a webhook has its answer."""
_MEGABYTES = {"sqlite": 16, "postgresql": 48}


class NotHereError(Exception):
    """This machine does not let us make a small disk."""


async def full(place: Place, chance: Random, rounds: int) -> Figures:
    """On PostgreSQL the tables' disk is full, and its log's is not: without a log it would end."""
    each = talk.size(rounds) + 20
    with _on_a_small_disk(place) as (small, disk):
        # Texts that were refused are fetched half a minute later.
        by_text = each if place.whole else 0
        async with crowded(small, 2 * each - by_text, by_text, webhook=True) as crowd:
            account = Account(crowd)
            for number in range(rounds):
                if not small.whole:
                    # Else what was sent just then waits for its lease to run out.
                    await all_quiet(crowd)
                account.found.problems += await _round(crowd, account, disk, chance, number)
                await all_heard(crowd)
            await all_quiet(crowd)
            figures = account.close(rounds)
            assert await crowd.house.stop() == 0
            return figures


async def _round(
    crowd: Crowd, account: Account, disk: Path, chance: Random, number: int
) -> list[str]:
    crowd.house.telegram.updates.last_error = None
    refused, ballast = _refused(crowd), disk / "ballast"
    talking = talk.begin(crowd, chance, number)
    await asyncio.sleep(chance.uniform(0, 0.4))
    await asyncio.to_thread(_fill, ballast)
    await talking
    speaking = crowd.members[number + 1 :]
    for member in chance.choices(speaking, k=400):
        if _refused(crowd) > refused:
            break
        await crowd.say(member, "checkin")
        await asyncio.sleep(_ANSWERED)
        # A little room is always left somewhere, and the next message may need none.
        await asyncio.to_thread(_fill, ballast)
    said_no = _refused(crowd) > refused
    lost = crowd.acknowledged() - crowd.stored().keys()
    ballast.unlink()
    account.note_what_is_in_hand()
    account.found.lost += len(lost)
    problems = [f"acknowledged and not stored: {one}" for one in lost]
    return problems if said_no else [*problems, "it never said no"]


def _refused(crowd: Crowd) -> int:
    """How many webhooks were answered with 503."""
    texts = [e for e in crowd.house.twilio.ledger if e.what == "webhook" and e.detail == "5xx"]
    error = crowd.house.telegram.updates.last_error
    return len(texts) + (error is not None and "503" in error[1])


def _fill(ballast: Path) -> None:
    with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@contextlib.contextmanager
def _on_a_small_disk(place: Place) -> Iterator[tuple[Place, Path]]:
    """The same place with its database on a disk of some megabytes; raises NotHereError."""
    with tempfile.TemporaryDirectory(prefix="disk") as made:
        disk = Path(made)
        size = _MEGABYTES["sqlite" if place.sqlite else "postgresql"]
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}m,mode=777", "tmpfs", str(disk)]
        if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
            reason = "no small disk can be mounted here"
            raise NotHereError(reason)
        # PostgreSQL is another user, and must find its way there.
        disk.chmod(0o755)
        try:
            with _file(place, disk) if place.sqlite else _tablespace(place, disk) as moved:
                yield moved, disk
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


@contextlib.contextmanager
def _file(place: Place, disk: Path) -> Iterator[Place]:
    file = Path(place.database_url.removeprefix("sqlite:///"))
    shutil.copy(file, disk / file.name)
    yield dataclasses.replace(place, database_url=f"sqlite:///{disk / file.name}")


@contextlib.contextmanager
def _tablespace(place: Place, disk: Path) -> Iterator[Place]:
    here = make_url(place.database_url).set(drivername="postgresql+psycopg")
    engine = create_engine(
        here.set(database="postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    name = f"{disk.name}_space"
    with engine.connect() as server:
        data = Path(str(server.execute(text("SHOW data_directory")).scalar_one()))
        owner = data.stat()
        tables = disk / "tables"
        tables.mkdir()
        os.chown(tables, owner.st_uid, owner.st_gid)
        server.execute(text(f"CREATE TABLESPACE \"{name}\" LOCATION '{tables}'"))
        server.execute(text(f'ALTER DATABASE "{here.database}" SET TABLESPACE "{name}"'))
    try:
        yield place
    finally:
        with engine.connect() as server:
            server.execute(text(f'DROP DATABASE "{here.database}" WITH (FORCE)'))
            server.execute(text(f'DROP TABLESPACE "{name}"'))

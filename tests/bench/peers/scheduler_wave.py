"""APScheduler with one stored job a patient, all due at once, each doing nothing. Prints JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import create_engine, event

_BEAT = 0.002
fired = 0
last = 0.0


def remind(patient: int) -> None:
    """Count: the peer is spared deciding, encrypting and storing."""
    global fired, last  # noqa: PLW0603 - a stored job finds its function by name
    del patient
    fired += 1
    last = time.perf_counter()


def _hurried(connection: Any, _record: Any) -> None:
    """Storing the jobs is not what is measured."""
    sqlite = "sqlite" in type(connection).__module__
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=OFF" if sqlite else "SET synchronous_commit = off")
    cursor.close()


def _scheduler(engine: Any) -> AsyncIOScheduler:
    return AsyncIOScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        # By default a job that is a second late is not run at all.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        timezone="UTC",
    )


async def _wave(url: str, size: int) -> dict[str, float]:
    # All of them are stored before the moment at which they are due.
    due = datetime.now(UTC) + timedelta(seconds=10 + size / 300)
    engine = create_engine(url)
    event.listen(engine, "connect", _hurried)
    storing = _scheduler(engine)
    storing.start(paused=True)
    for patient in range(size):
        storing.add_job(
            remind, "cron", hour=due.hour, minute=due.minute, args=(patient,), next_run_time=due
        )
    storing.shutdown()
    engine.dispose()
    scheduler = _scheduler(create_engine(url))
    scheduler.start()
    latest = 0.0
    begun = time.perf_counter() + max((due - datetime.now(UTC)).total_seconds(), 0)
    while fired < size:
        beat = time.perf_counter()
        await asyncio.sleep(_BEAT)
        latest = max(latest, time.perf_counter() - beat - _BEAT)
    scheduler.shutdown()
    return {"seconds": last - begun, "late": latest * 1000, "size": size}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_wave(sys.argv[1], int(sys.argv[2])))))

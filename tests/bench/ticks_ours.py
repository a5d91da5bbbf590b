"""Ticks with a hundred due, on two databases in turn: few enrolled and many. Prints JSON."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from sqlalchemy import Connection, func, select, update

from bot import rounds
from bot.config import House, read_clinic
from storage.encryption import Keyring
from storage.models import reminder
from storage.store import Store

DUE = 100


async def _measure(urls: Sequence[str], times: int) -> list[list[float]]:
    house = House(read_clinic(Path("clinic.toml")), "https://companion.example")
    keyring = Keyring.parse(os.environ["COMPANION_KEYS"])
    stores = [Store(url, keyring) for url in urls]
    took: list[list[float]] = [[] for _ in stores]
    # The first of each warms what a process that runs for days has warm.
    for turn in range(times + 1):
        for store, seconds in zip(stores, took, strict=True):
            await store.write(_fall_due)
            now = datetime.now(UTC)
            begun = time.perf_counter()
            done = await rounds.sweep(store, house, now)
            if turn:
                seconds.append(time.perf_counter() - begun)
            assert done == DUE, done
    for store in stores:
        store.close()
    return took


def _fall_due(tx: Connection) -> None:
    """A hundred people, anywhere among all of them, whose day has not been asked about yet."""
    most = tx.execute(select(func.max(reminder.c.person_id))).scalar_one()
    asked = select(reminder.c.person_id).where(reminder.c.kind == "checkin_missed")
    busy = set(tx.execute(asked).scalars())
    free = iter(random.sample(range(1, most + 1), min(most, 40 * DUE)))
    some = [n for n, _ in zip((n for n in free if n not in busy), range(DUE), strict=False)]
    chosen = (reminder.c.person_id.in_(some), reminder.c.kind == "checkin")
    tx.execute(update(reminder).where(*chosen).values(due_at=datetime.now(UTC)))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(uvloop.run(_measure(sys.argv[2:], int(sys.argv[1])))))

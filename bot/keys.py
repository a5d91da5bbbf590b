"""The keys of a running companion: taken over from `.env` without a stop, by every process.

On SQLite there is one process, which reads with all keys and writes with the first. On PostgreSQL
several share a database, and what one writes the others must be able to read: each says every few
seconds which keys it has, and the first of its own that all of them have is the one it writes with.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, delete, select

from bot.clock import Clock
from bot.config import ConfigError, keys_in_file
from storage import facts, rotation
from storage.encryption import Keyring, KeyringError
from storage.models import fact
from storage.store import Store, StoreDownError

_log = logging.getLogger("companion.keys")

REREAD = "keys_reread"
"""The fact that asks every process to read its `.env` again."""
ALIVE = timedelta(seconds=30)
"""A process that said nothing for longer is gone."""
BEAT_SECONDS = 5.0
_PROCESS = "process."


@dataclass(frozen=True, slots=True)
class Process:
    """A running companion, as it described itself."""

    name: str
    where: str
    writing: str
    marks: frozenset[str]


class Keys:
    """Holds the keyring that `.env` asks for, and decides which key writes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._name = f"{_PROCESS}{secrets.token_hex(6)}"
        self._reread = ""

    async def start(self) -> None:
        """Join the processes that share the database."""
        if not self._store.sqlite:
            await self._beat()

    async def stop(self) -> None:
        """Leave: nobody has to wait for us any more."""
        if not self._store.sqlite:
            gone = delete(fact).where(fact.c.name == self._name)
            with contextlib.suppress(StoreDownError):
                await self._store.write(lambda tx: tx.execute(gone))

    async def run(self, stop: asyncio.Event) -> None:
        """Say which keys are here, and write with one that everybody has, until told to stop."""
        while not stop.is_set():
            await self._beat()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), BEAT_SECONDS)

    async def take(self) -> str:
        """Read `.env` again and go on with its keys; returns what is wrong with them, or nothing.

        A key that something still needs is not let go of.
        """
        problem = await self._take()
        _log.log(logging.WARNING if problem else logging.INFO, "keys_kept" if problem else "keys")
        return problem

    async def _take(self) -> str:
        text = await asyncio.to_thread(keys_in_file)
        if text is None:
            return "there is no COMPANION_KEYS in the .env that the server reads"
        try:
            wanted = Keyring.parse(text)
        except KeyringError as error:
            return str(error)
        have = self._store.keyring
        for name in have.names:
            if name in wanted.names and wanted.marks[name] != have.marks[name]:
                return f"key {name} is another one than before: give a new key an id of its own"
        now = self._clock.now()
        for name in set(have.names) - set(wanted.names):
            if await self._store.read(partial(rotation.needing, key=name, now=now)):
                return f"key {name} is still needed: put it back into COMPANION_KEYS"
        if self._store.sqlite:
            self._store.take_keys(wanted)
        else:
            # Read with all of them at once; write with a new one when everybody has it.
            writing = have.writing if have.writing in wanted.names else None
            self._store.take_keys(Keyring.parse(text, writing))
            await self._beat()
        return ""

    async def _beat(self) -> None:
        now = self._clock.now()
        reread = await self._store.write(lambda tx: self._say(tx, now))
        if reread != self._reread:
            self._reread = reread
            await self.take()
        others = await self._store.read(lambda tx: alive(tx, now))
        if _write_with_a_common_one(self._store, others):
            await self._store.write(lambda tx: self._say(tx, now))

    def _say(self, tx: Connection, now: datetime) -> str:
        keyring = self._store.keyring
        where = f"{socket.gethostname()[:40]}:{os.getpid()}"
        writing = keyring.marks[keyring.writing]
        marks = ",".join(keyring.marks.values())
        facts.put_fact(tx, self._name, f"{now.timestamp():.0f} {where} {writing} {marks}"[:200])
        old = [name for name, at, _ in _processes(tx) if now - at > 4 * ALIVE]
        tx.execute(delete(fact).where(fact.c.name.in_(old)))
        return facts.get_fact(tx, REREAD) or ""


def agree(store: Store, now: datetime) -> None:
    """Before anything is written to a database that others may share; raises ConfigError."""
    if store.sqlite:
        return
    others = store.read_now(lambda tx: alive(tx, now))
    if any(process.writing not in store.keyring.marks.values() for process in others):
        message = (
            "a companion that runs on this database writes with a key that is not in "
            "COMPANION_KEYS here: copy its COMPANION_KEYS"
        )
        raise ConfigError(message)
    _write_with_a_common_one(store, others)


def _write_with_a_common_one(store: Store, others: list[Process]) -> bool:
    """Write with the first of our keys that everybody has: whether that is another one now."""
    keyring = store.keyring
    common = [n for n in keyring.names if all(keyring.marks[n] in p.marks for p in others)]
    if not common or common[0] == keyring.writing:
        return False
    store.take_keys(keyring.writing_with(common[0]))
    return True


def alive(tx: Connection, now: datetime) -> list[Process]:
    """The processes that share this database now."""
    return [process for _, at, process in _processes(tx) if now - at <= ALIVE]


def _processes(tx: Connection) -> list[tuple[str, datetime, Process]]:
    rows = tx.execute(select(fact.c.name, fact.c.value).where(fact.c.name.startswith(_PROCESS)))
    found = []
    for name, value in rows:
        at, where, writing, marks = str(value).split(" ")
        process = Process(name, where, writing, frozenset(marks.split(",")))
        found.append((name, datetime.fromtimestamp(float(at), UTC), process))
    return found

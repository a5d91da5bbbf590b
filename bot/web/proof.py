"""Proof of who somebody is: a password and a code, both right at once.

A try is counted before anything is looked at, so that many at once are no way round the limit. A
try while it rests is answered like a wrong one, and the hash is computed whoever is named, in a
thread, two at most at once: one for browsers that we know, one for all others together.
"""

from __future__ import annotations

import asyncio
import functools
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, Row, select

from bot.web import browsers, passwords, sessions, totp, tries
from storage import facts, staff
from storage.models import staff as staff_table
from storage.store import Store

_NO_SECRET: Final = totp.new_secret()


class BusyError(Exception):
    """Too many unknown browsers try at once; nothing was looked at."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is who they say."""

    staff: Row[Any] = field(repr=False)
    session: str = field(repr=False)
    """The new session's token."""
    browser: str = field(repr=False)
    """The cookie by which this browser is known from now on."""


class Desk:
    """Looks at proofs, one process's share at a time."""

    def __init__(self, store: Store, hasher: PasswordHasher) -> None:
        self._store = store
        self._hasher = hasher
        self._known = asyncio.Semaphore(1)
        self._others = asyncio.Semaphore(1)
        self._brake = tries.Bucket()
        """This process's own: what it stops costs the database nothing."""

    async def sign_in(
        self, name: str, password: str, code: str, browser: str, now: datetime
    ) -> SignedIn | None:
        """Open a session if everything is right; raises BusyError.

        `browser` is the cookie that an earlier time left, or empty.
        """
        worker = await self._store.read(lambda tx: staff.by_name(tx, name))
        keyring = self._store.keyring
        known = browsers.known(keyring, worker, browser, now) if worker is not None else None
        if known is not None:
            browser = known
            free = await self._store.write(lambda tx: tries.count(tx, browser, now))
            room = self._known
        else:
            if not self._brake.take(asyncio.get_running_loop().time()):
                raise BusyError
            found = await self._store.write(lambda tx: _count(tx, worker, now))
            if found is None:
                raise BusyError
            free, room = found, self._others
        step = await self._look(worker if free else None, password, code, now, room)
        if worker is None or step is None:
            return None
        session = await self._store.write(lambda tx: _open(tx, worker, step, now, known=known))
        if session is None:
            return None
        if known is None:
            self._brake.give_back()
            # In a transaction of its own: tries lock the brake before the member of staff.
            await self._store.write(tries.loosen)
        return SignedIn(worker, session, browsers.mark(keyring, worker, now))

    async def prove(
        self, worker: Row[Any], password: str, code: str, session: str, now: datetime
    ) -> int | None:
        """Ask somebody who is signed in once more; returns the code's step, to be used up."""
        free = await self._store.write(lambda tx: tries.count(tx, session, now))
        step = await self._look(worker if free else None, password, code, now, self._known)
        if step is not None:
            await self._store.write(lambda tx: tries.clear(tx, session))
        return step

    async def hashed(self, password: str) -> str:
        """What is stored of a new password."""
        async with self._known:
            return await asyncio.to_thread(self._hasher.hash, passwords.normal(password))

    async def _look(
        self,
        worker: Row[Any] | None,
        password: str,
        code: str,
        now: datetime,
        room: asyncio.Semaphore,
    ) -> int | None:
        stored = worker.password if worker is not None else None
        async with room:
            right = await asyncio.to_thread(self._matches, stored, password)
        secret, last = (worker.totp, worker.totp_step) if worker is not None else (None, None)
        step = totp.step_of(secret or _NO_SECRET, code, now, last)
        return step if right and stored is not None and secret is not None else None

    @functools.cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe(16))

    def _matches(self, stored: str | None, password: str) -> bool:
        nobodys = self._nobodys
        try:
            return self._hasher.verify(stored or nobodys, passwords.normal(password))
        except (Argon2Error, InvalidHashError):
            return False


def _count(tx: Connection, worker: Row[Any] | None, now: datetime) -> bool | None:
    """Count a try from an unknown browser; whether it is to be looked at. None: too many are."""
    if not tries.brake(tx, now):
        return None
    if worker is None:
        # Something is written in every case, so that it takes as long.
        facts.put_fact(tx, "sign_in_of_nobody", now.isoformat())
        return False
    query = select(staff_table).where(staff_table.c.id == worker.id).with_for_update()
    found = tx.execute(query).one()
    staff.looked(tx, worker.id, None, "sign_in_tried", now)
    if found.locked_until is not None and now < found.locked_until:
        return False
    failures = found.failures + 1
    wait = tries.rest(failures)
    staff.change(tx, found.id, failures=failures, locked_until=now + wait if wait else None)
    return True


def _open(
    tx: Connection, worker: Row[Any], step: int, now: datetime, *, known: str | None
) -> str | None:
    if not staff.use_step(tx, worker, step):
        return None
    if known is not None:
        tries.clear(tx, known)
    else:
        staff.change(tx, worker.id, failures=0, locked_until=None)
    staff.looked(tx, worker.id, None, "sign_in", now)
    return sessions.begin(tx, worker.id, now)

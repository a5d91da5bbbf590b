"""What stands before an alert's page: a link that expires, a PIN, and a short session.

A try is counted before the PIN is looked at, so that many at once are no way round the limit.
After the fifth wrong one the PIN rests, twice as long each time; a try while it rests counts
for nothing and is answered like a wrong one. The hash is computed in every case and outside
the database's thread.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, Row, delete, select, update

from storage import access, people, staff
from storage.encryption import keyring_of
from storage.models import page_session
from storage.models import staff as staff_table
from storage.store import Store

SESSION: Final = timedelta(minutes=15)
"""From the last look."""
FREE_TRIES: Final = 5
_REST: Final = timedelta(minutes=1)
_LONGEST_REST: Final = timedelta(hours=1)
_LONGEST_PIN: Final = 64
_AT_ONCE: Final = 2

_hasher = PasswordHasher()
_NOBODYS: Final = _hasher.hash(secrets.token_urlsafe(16))


def rest(failures: int) -> timedelta | None:
    """How long the PIN rests after so many wrong tries in a row; None while tries are free."""
    if failures < FREE_TRIES:
        return None
    doubled: int = 2 ** min(failures - FREE_TRIES, 10)
    return min(_REST * doubled, _LONGEST_REST)


class PinDesk:
    """Takes PINs, one process's share at a time: each costs memory and a tenth of a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def open(self, token: str, pin: str, now: datetime) -> str | None:
        """Return a new session's token if the link is good and the PIN is its owner's."""
        counted = await self._store.write(lambda tx: _count(tx, token, now))
        if counted is None:
            return None
        staff_id, stored = counted
        async with self._room:
            right = await asyncio.to_thread(_matches, stored or _NOBODYS, pin)
        if not right or stored is None:
            await self._store.write(lambda tx: staff.looked(tx, staff_id, None, "pin_wrong", now))
            return None
        session = secrets.token_urlsafe(24)
        opened = await self._store.write(lambda tx: _open(tx, token, session, now))
        return session if opened else None


def _matches(stored: str, pin: str) -> bool:
    try:
        return _hasher.verify(stored, pin[:_LONGEST_PIN])
    except (Argon2Error, InvalidHashError):
        return False


def _count(tx: Connection, token: str, now: datetime) -> tuple[int, str | None] | None:
    """Count a try; returns whose PIN it is and its hash, None for the hash while it rests."""
    link = allowed(tx, token, now)
    if link is None:
        return None
    query = select(staff_table).where(staff_table.c.id == link.staff_id).with_for_update()
    worker = tx.execute(query).one()
    if worker.pin_locked_until is not None and now < worker.pin_locked_until:
        return worker.id, None
    failures = worker.pin_failures + 1
    wait = rest(failures)
    until = now + wait if wait else None
    staff.change(tx, worker.id, pin_failures=failures, pin_locked_until=until)
    return worker.id, worker.pin


def _open(tx: Connection, token: str, session: str, now: datetime) -> bool:
    link = allowed(tx, token, now)
    if link is None:
        return False
    staff.change(tx, link.staff_id, pin_failures=0, pin_locked_until=None)
    staff.add_session(tx, session, link.alert_id, link.staff_id, now + SESSION)
    staff.looked(tx, link.staff_id, None, "pin_right", now)
    tx.execute(delete(page_session).where(page_session.c.expires_at <= now))
    return True


def allowed(tx: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The link behind a token, if whom it was made for may still see the alert."""
    link = staff.link(tx, token, now)
    if link is None:
        return None
    worker = staff.get(tx, link.staff_id)
    return link if access.may_see_alert(tx, link.alert_id, worker, now) else None


def renew(tx: Connection, token: str, session: str, now: datetime) -> Row[Any] | None:
    """The link behind a token if this session is open for it; then it lives on from now."""
    link = allowed(tx, token, now)
    found = staff.session(tx, session, now)
    if link is None or found is None:
        return None
    if (found.alert_id, found.staff_id) != (link.alert_id, link.staff_id):
        return None
    same = page_session.c.hash == found.hash
    tx.execute(update(page_session).where(same).values(expires_at=now + SESSION))
    return link


def end(tx: Connection, session: str) -> None:
    """Forget a session."""
    hashes = people.digests(tx, f"session:{session}")
    tx.execute(delete(page_session).where(page_session.c.hash.in_(hashes)))


def form_key(store: Store, session: str) -> str:
    """What a form of this session carries, so that no other site can send it."""
    return store.keyring.digest(f"form:{session}")


def is_form_key(tx: Connection, session: str, given: str) -> bool:
    """Whether a form was made for this session."""
    wanted = keyring_of(tx.dialect).digests(f"form:{session}")
    return any(hmac.compare_digest(each.encode(), given.encode()) for each in wanted)

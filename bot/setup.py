"""One-time links by which a member of staff sets a password and a second factor."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from bot.config import House
from bot.web import sessions
from storage import staff
from storage.encryption import keyring_of
from storage.models import setup_link

LIFE = timedelta(days=3)


def new_setup_link(tx: Connection, house: House, staff_id: int, now: datetime) -> str:
    """The address to hand over, in person; it works once.

    Whatever they signed in with before stops working at once, and so do earlier links: the phone
    may be lost, or the password known.
    """
    sessions.end_all(tx, staff_id)
    tx.execute(delete(setup_link).where(setup_link.c.staff_id == staff_id))
    staff.change(
        tx,
        staff_id,
        password=None,
        totp=None,
        totp_step=None,
        failures=0,
        locked_until=None,
    )
    token = secrets.token_urlsafe(24)
    row = {"hash": keyring_of(tx.dialect).digest(f"setup:{token}"), "staff_id": staff_id}
    tx.execute(insert(setup_link).values(**row, expires_at=now + LIFE))
    return f"{house.url}/setup/{token}"


def owner(tx: Connection, token: str, now: datetime) -> Row[Any] | None:
    """Whose link this is, if it still works and they are on the staff."""
    query = select(setup_link.c.staff_id).where(_of(tx, token), setup_link.c.expires_at > now)
    found = tx.execute(query).scalar_one_or_none()
    if found is None:
        return None
    worker = staff.get(tx, found)
    return worker if worker.active else None


def use(
    tx: Connection, token: str, password: str, secret: str, step: int, now: datetime
) -> int | None:
    """Set password (its hash) and second factor, and use the link up; None: it is gone.

    Returns whose it was. `step` is that of the code by which they showed that their app has the
    secret.
    """
    worker = owner(tx, token, now)
    if worker is None or not tx.execute(delete(setup_link).where(_of(tx, token))).rowcount:
        return None
    staff.change(tx, worker.id, password=password, totp=secret, totp_step=step)
    staff.looked(tx, worker.id, None, "set_up", now)
    return int(worker.id)


def forget(tx: Connection, now: datetime) -> int:
    """Forget links that nobody used in time."""
    late = delete(setup_link).where(setup_link.c.expires_at <= now)
    return int(tx.execute(late).rowcount)


def _of(tx: Connection, token: str) -> Any:
    return setup_link.c.hash.in_(keyring_of(tx.dialect).digests(f"setup:{token}"))

"""Sessions of the console: a cookie that ends when it rests too long, and at the end of the day.

The key that each form carries is made from the session, so that no other site can send one.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, not_, select, update

from storage import staff
from storage.encryption import keyring_of
from storage.models import web_session
from storage.store import Store

IDLE: Final = timedelta(minutes=30)
"""How long a session may rest."""
LONGEST: Final = timedelta(hours=12)
"""From signing in, whatever is done in it."""
_WRITTEN_DOWN: Final = timedelta(minutes=1)


def begin(tx: Connection, staff_id: int, now: datetime) -> str:
    """Open a session; returns its token, of which only a hash is kept."""
    token = secrets.token_urlsafe(32)
    row = {"hash": keyring_of(tx.dialect).digest(f"session:{token}"), "staff_id": staff_id}
    tx.execute(insert(web_session).values(**row, opened_at=now, seen_at=now, ends_at=now + LONGEST))
    return token


def find(tx: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The session behind a cookie, if it has not ended and its owner is still on the staff."""
    hashes = keyring_of(tx.dialect).digests(f"session:{token}")
    query = select(web_session).where(web_session.c.hash.in_(hashes), _open(now))
    found = tx.execute(query).one_or_none()
    return found if found is not None and staff.get(tx, found.staff_id).active else None


def is_worth_noting(session: Row[Any], now: datetime) -> bool:
    """Whether it was seen so long ago that being here now is to be written down."""
    return bool(now - session.seen_at >= _WRITTEN_DOWN)


def touch(tx: Connection, session: Row[Any], now: datetime) -> None:
    """It lives on from now."""
    same = web_session.c.hash == session.hash
    tx.execute(update(web_session).where(same).values(seen_at=now))


def end(tx: Connection, token: str) -> None:
    """Forget a session."""
    hashes = keyring_of(tx.dialect).digests(f"session:{token}")
    tx.execute(delete(web_session).where(web_session.c.hash.in_(hashes)))


def end_all(tx: Connection, staff_id: int) -> int:
    """Forget every session of a member of staff; returns how many there were."""
    theirs = delete(web_session).where(web_session.c.staff_id == staff_id)
    return int(tx.execute(theirs).rowcount)


def end_others(tx: Connection, staff_id: int, token: str) -> int:
    """Forget every other session of a member of staff; returns how many there were."""
    mine = web_session.c.hash.in_(keyring_of(tx.dialect).digests(f"session:{token}"))
    theirs = delete(web_session).where(web_session.c.staff_id == staff_id, not_(mine))
    return int(tx.execute(theirs).rowcount)


def of(tx: Connection, staff_id: int, token: str, now: datetime) -> list[Row[Any]]:
    """Somebody's sessions that are open now, the latest first; `here` is the token's own."""
    here = web_session.c.hash.in_(keyring_of(tx.dialect).digests(f"session:{token}"))
    query = (
        select(web_session.c.opened_at, web_session.c.seen_at, here.label("here"))
        .where(web_session.c.staff_id == staff_id, _open(now))
        .order_by(web_session.c.opened_at.desc())
    )
    return list(tx.execute(query))


def forget(tx: Connection, now: datetime) -> int:
    """Forget sessions that have ended."""
    return int(tx.execute(delete(web_session).where(not_(_open(now)))).rowcount)


def _open(now: datetime) -> ColumnElement[bool]:
    return and_(web_session.c.ends_at > now, web_session.c.seen_at > now - IDLE)


def form_key(store: Store, token: str) -> str:
    """What every form of this session carries."""
    return store.keyring.digest(f"form:{token}")


def is_form_key(store: Store, token: str, given: str) -> bool:
    """Whether a form was made for this session."""
    wanted = store.keyring.digests(f"form:{token}")
    return any(hmac.compare_digest(each.encode(), given.encode()) for each in wanted)

"""Members of staff, the links to alert pages, and who looked at what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from storage.encryption import keyring_of
from storage.models import absence, address, audit, page_link, page_session, staff


def _named(tx: Connection, name: str) -> list[str]:
    return keyring_of(tx.dialect).digests(f"staff:{' '.join(name.split()).casefold()}")


def add(tx: Connection, name: str, role: str, pin: str, now: datetime) -> int:
    """Insert a member of staff and return the id."""
    row = {"name": name, "name_hash": _named(tx, name)[0], "role": role, "pin": pin}
    statement = insert(staff).values(**row, created_at=now)
    return int(tx.execute(statement.returning(staff.c.id)).scalar_one())


def by_name(tx: Connection, name: str) -> Row[Any] | None:
    """An active member of staff by full name; case and spaces don't matter."""
    query = select(staff).where(staff.c.name_hash.in_(_named(tx, name)), staff.c.active)
    return tx.execute(query).one_or_none()


def get(tx: Connection, staff_id: int) -> Row[Any]:
    """A member of staff."""
    return tx.execute(select(staff).where(staff.c.id == staff_id)).one()


def everyone(tx: Connection) -> list[Row[Any]]:
    """Everybody who is active, in order of arrival."""
    return list(tx.execute(select(staff).where(staff.c.active).order_by(staff.c.id)))


def reachable(tx: Connection, staff_id: int) -> Row[Any] | None:
    """Where a member of staff is told: the first open, verified address."""
    query = (
        select(address)
        .where(address.c.staff_id == staff_id, address.c.state == "open", address.c.verified)
        .order_by(address.c.id)
        .limit(1)
    )
    return tx.execute(query).one_or_none()


def change(tx: Connection, staff_id: int, **values: Any) -> None:
    """Update columns of a member of staff."""
    tx.execute(update(staff).where(staff.c.id == staff_id).values(**values))


def add_link(
    tx: Connection, token: str, alert_id: int, staff_id: int, expires_at: datetime
) -> None:
    """Store a link to an alert's page, by the token's hash only."""
    row = {"hash": keyring_of(tx.dialect).digest(f"link:{token}"), "alert_id": alert_id}
    tx.execute(insert(page_link).values(**row, staff_id=staff_id, expires_at=expires_at))


def forget_links(tx: Connection, now: datetime) -> int:
    """Forget links and sessions that have expired."""
    found = 0
    for table in (page_link, page_session):
        found += int(tx.execute(delete(table).where(table.c.expires_at < now)).rowcount)
    return found


def link(tx: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The link behind a token, if it has not expired."""
    hashes = keyring_of(tx.dialect).digests(f"link:{token}")
    query = select(page_link).where(page_link.c.hash.in_(hashes), page_link.c.expires_at > now)
    return tx.execute(query).one_or_none()


def add_session(
    tx: Connection, token: str, alert_id: int, staff_id: int, expires_at: datetime
) -> None:
    """Remember that a PIN was given for a page."""
    row = {"hash": keyring_of(tx.dialect).digest(f"session:{token}"), "alert_id": alert_id}
    tx.execute(insert(page_session).values(**row, staff_id=staff_id, expires_at=expires_at))


def session(tx: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The session behind a cookie, if it has not expired."""
    hashes = keyring_of(tx.dialect).digests(f"session:{token}")
    query = select(page_session).where(
        page_session.c.hash.in_(hashes), page_session.c.expires_at > now
    )
    return tx.execute(query).one_or_none()


def looked(
    tx: Connection,
    staff_id: int,
    person_id: int | None,
    what: str,
    at: datetime,
    detail: str | None = None,
) -> None:
    """Every look at a person is a row, and every change that staff make."""
    row = {"staff_id": staff_id, "person_id": person_id, "what": what, "at": at}
    tx.execute(insert(audit).values(**row, detail=detail))


def absences(tx: Connection, now: datetime) -> list[Row[Any]]:
    """Time off that is not over, in order of its beginning."""
    query = select(absence).where(absence.c.to_at > now)
    return list(tx.execute(query.order_by(absence.c.from_at, absence.c.id)))


def add_absence(
    tx: Connection, staff_id: int, from_at: datetime, to_at: datetime, cover_id: int | None
) -> int:
    """Write down somebody's time off and who stands in; returns its number."""
    row = {"staff_id": staff_id, "from_at": from_at, "to_at": to_at, "cover_id": cover_id}
    return int(tx.execute(insert(absence).values(**row).returning(absence.c.id)).scalar_one())


def drop_absence(tx: Connection, number: int) -> bool:
    """Take time off back: whether it was there."""
    return bool(tx.execute(delete(absence).where(absence.c.id == number)).rowcount)

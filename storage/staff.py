"""Members of staff, their time off, and who looked at what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, select, update

from storage.encryption import keyring_of
from storage.models import absence, address, audit, page_link, page_session, staff
from storage.prepared import Prepared


def named(name: str) -> str:
    """What a name's hash is of: case and spaces don't matter."""
    return f"staff:{' '.join(name.split()).casefold()}"


def _named(tx: Connection, name: str) -> list[str]:
    return keyring_of(tx.dialect).digests(named(name))


def add(tx: Connection, name: str, role: str, now: datetime) -> int:
    """Insert a member of staff and return the id."""
    row = {"name": name, "name_hash": _named(tx, name)[0], "role": role}
    statement = insert(staff).values(**row, created_at=now)
    return int(tx.execute(statement.returning(staff.c.id)).scalar_one())


def by_name(tx: Connection, name: str) -> Row[Any] | None:
    """An active member of staff by full name; case and spaces don't matter."""
    query = select(staff).where(staff.c.name_hash.in_(_named(tx, name)), staff.c.active)
    return tx.execute(query).one_or_none()


def get(tx: Connection, staff_id: int) -> Row[Any]:
    """A member of staff."""
    return tx.execute(select(staff).where(staff.c.id == staff_id)).one()


def find(tx: Connection, staff_id: int) -> Row[Any] | None:
    """A member of staff, if there is one of that number."""
    return tx.execute(select(staff).where(staff.c.id == staff_id)).one_or_none()


def staying(tx: Connection, staff_id: int) -> Row[Any] | None:
    """An active member of staff, who does not leave until we are done."""
    query = select(staff).where(staff.c.id == staff_id, staff.c.active)
    return tx.execute(query.with_for_update(key_share=True)).one_or_none()


def everyone(tx: Connection) -> list[Any]:
    """Everybody who is active, in order of arrival."""
    return _EVERYONE.rows(tx)


_EVERYONE = Prepared(select(staff).where(staff.c.active).order_by(staff.c.id))


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


def use_step(tx: Connection, worker: Row[Any], step: int) -> bool:
    """Use up a code's time step: False if it was used meanwhile, or their password has changed."""
    fresh = staff.c.totp_step.is_(None) | (staff.c.totp_step < step)
    same = and_(staff.c.id == worker.id, staff.c.password == worker.password, staff.c.active)
    return bool(tx.execute(update(staff).where(same, fresh).values(totp_step=step)).rowcount)


def addresses(tx: Connection, staff_id: int) -> list[Row[Any]]:
    """Where a member of staff is told, the first one to use first."""
    query = select(address).where(address.c.staff_id == staff_id)
    return list(tx.execute(query.order_by((address.c.state == "open").desc(), address.c.id)))


def forget_links(tx: Connection, now: datetime) -> int:
    """Forget what the release before this one may still write, once it has expired."""
    found = 0
    for table in (page_link, page_session):
        found += int(tx.execute(delete(table).where(table.c.expires_at < now)).rowcount)
    return found


def looked(
    tx: Connection,
    staff_id: int | None,
    person_id: int | None,
    what: str,
    at: datetime,
    detail: str | None = None,
) -> None:
    """Every look at a person is a row, and every change that staff make."""
    row = {"staff_id": staff_id, "person_id": person_id, "what": what, "at": at}
    tx.execute(insert(audit).values(**row, detail=detail))


def absences(tx: Connection, now: datetime) -> list[Any]:
    """Time off that is not over, in order of its beginning."""
    return _ABSENCES.rows(tx, now=now)


_ABSENCES = Prepared(
    select(absence)
    .where(absence.c.to_at > bindparam("now"))
    .order_by(absence.c.from_at, absence.c.id)
)


def add_absence(
    tx: Connection, staff_id: int, from_at: datetime, to_at: datetime, cover_id: int | None
) -> int:
    """Write down somebody's time off and who stands in; returns its number."""
    row = {"staff_id": staff_id, "from_at": from_at, "to_at": to_at, "cover_id": cover_id}
    return int(tx.execute(insert(absence).values(**row).returning(absence.c.id)).scalar_one())


def drop_absence(tx: Connection, number: int) -> bool:
    """Take time off back: whether it was there."""
    return bool(tx.execute(delete(absence).where(absence.c.id == number)).rowcount)

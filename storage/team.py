"""Everybody on the staff: where notices go, who can sign in, how many people are theirs.

Numbers only: nothing of a person is read here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, update

from storage import staff
from storage.encryption import keyring_of
from storage.models import absence, address, invite, person, setup_link
from storage.models import staff as staff_table

GONE = ("discharged", "deceased")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff as the staff page needs them."""

    row: Row[Any] = field(repr=False)
    addresses: tuple[Row[Any], ...] = field(repr=False)
    """Where notices go or went, the open one first."""
    invited_until: datetime | None
    """A link for notices that nobody has opened yet."""
    setup_until: datetime | None
    """A set-up link that nobody has used yet."""
    people: int
    absences: tuple[Row[Any], ...] = ()

    @property
    def is_set_up(self) -> bool:
        """Whether they can sign in."""
        return self.row.password is not None


def members(tx: Connection, now: datetime) -> list[Member]:
    """Everybody who is active, in order of arrival."""
    rows = staff.everyone(tx)
    reached = _by_staff(
        tx.execute(
            select(address)
            .where(address.c.staff_id.is_not(None))
            .order_by((address.c.state == "open").desc(), address.c.id)
        )
    )
    invites = _latest(tx, invite, and_(invite.c.used_at.is_(None), invite.c.expires_at > now))
    setups = _latest(tx, setup_link, setup_link.c.expires_at > now)
    counted = select(person.c.counselor_id, func.count()).where(person.c.status.not_in(GONE))
    people = {row[0]: row[1] for row in tx.execute(counted.group_by(person.c.counselor_id))}
    off = _by_staff(staff.absences(tx, now))
    return [
        Member(
            row,
            tuple(reached.get(row.id, ())),
            invites.get(row.id),
            setups.get(row.id),
            people.get(row.id, 0),
            tuple(off.get(row.id, ())),
        )
        for row in rows
    ]


def names(tx: Connection) -> dict[int, str]:
    """Everybody's name, of those who have left too."""
    rows = tx.execute(select(staff_table.c.id, staff_table.c.name))
    return {row.id: row.name for row in rows}


def was_here(tx: Connection, name: str) -> bool:
    """Whether somebody of that name has ever been on the staff."""
    hashes = keyring_of(tx.dialect).digests(staff.named(name))
    query = select(staff_table.c.id).where(staff_table.c.name_hash.in_(hashes))
    return tx.execute(query).first() is not None


def absence_of(tx: Connection, number: int) -> Row[Any] | None:
    """One time off."""
    return tx.execute(select(absence).where(absence.c.id == number)).one_or_none()


def end_invites(
    tx: Connection, now: datetime, *, person_id: int | None = None, staff_id: int | None = None
) -> None:
    """Links that were not opened yet open nothing any more."""
    whose = invite.c.staff_id == staff_id if person_id is None else invite.c.person_id == person_id
    unused = (whose, invite.c.used_at.is_(None), invite.c.expires_at > now)
    tx.execute(update(invite).where(*unused).values(expires_at=now))


def let_go(tx: Connection, staff_id: int, now: datetime) -> None:
    """Notices go nowhere until another place is linked."""
    end_invites(tx, now, staff_id=staff_id)
    theirs = (address.c.staff_id == staff_id, address.c.state == "open")
    tx.execute(update(address).where(*theirs).values(state="stopped"))


def only_place(tx: Connection, staff_id: int, address_id: int) -> None:
    """A new place for notices takes the place of every other: the old phone may be lost."""
    others = (address.c.staff_id == staff_id, address.c.state == "open", address.c.id != address_id)
    tx.execute(update(address).where(*others).values(state="stopped"))


def _by_staff(rows: Iterable[Row[Any]]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.staff_id, []).append(row)
    return found


def _latest(tx: Connection, table: Any, which: Any) -> dict[int, datetime]:
    """The last moment that a link of each member of staff is good for."""
    query = select(table.c.staff_id, table.c.expires_at).where(which, table.c.staff_id.is_not(None))
    return {row.staff_id: row.expires_at for row in tx.execute(query.order_by(table.c.expires_at))}

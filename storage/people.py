"""People who use the companion, their addresses, invitations and the consent ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, insert, select, update

from storage.encryption import keyring_of
from storage.models import address, invite, ledger, person
from storage.prepared import Prepared

Found = Row[Any]


def digests(tx: Connection, text: str) -> list[str]:
    """Every keyed hash a text may be stored under, the writing key's first."""
    return keyring_of(tx.dialect).digests(text)


def address_hash(tx: Connection, channel: str, value: str) -> str:
    """The hash that a new row about an address carries."""
    return digests(tx, f"{channel}:{value}")[0]


def address_of(tx: Connection, channel: str, value: str) -> Found | None:
    """The address row, if we know it."""
    hashes = {f"hash{n}": h for n, h in enumerate(digests(tx, f"{channel}:{value}"))}
    found: Found | None = _by_hash(len(hashes)).first(tx, channel=channel, **hashes)
    return found


@cache
def _by_hash(keys: int) -> Prepared:
    hashes: list[BindParameter[str]] = [bindparam(f"hash{n}") for n in range(keys)]
    where = (address.c.channel == bindparam("channel"), address.c.hash.in_(hashes))
    return Prepared(select(address).where(*where))


def address_by_id(tx: Connection, address_id: int) -> Found | None:
    """An address by its number."""
    return tx.execute(select(address).where(address.c.id == address_id)).one_or_none()


def locked(tx: Connection, person_id: int) -> Found:
    """One person, locked until the transaction ends, so that turns of one person are serial.

    Rows that only point at the person don't wait for it (NO KEY UPDATE): staff who hold an alert
    and queue a text would else wait for a turn that waits for the alert.
    """
    found: Found = _LOCKED.one(tx, which=person_id)
    return found


def locked_if_there(tx: Connection, person_id: int) -> Found | None:
    """The same, or None where nobody has that number."""
    found: Found | None = _LOCKED.first(tx, which=person_id)
    return found


_PERSON = select(person).where(person.c.id == bindparam("which"))
_LOCKED = Prepared(_PERSON.with_for_update(key_share=True))


def all_locked(tx: Connection, person_ids: Collection[int]) -> dict[int, Found]:
    """Many at once by their ids, locked as one is; without what a check-in needs none of."""
    columns = [column for column in person.c if column.name not in ("card", "own")]
    query = select(*columns).where(person.c.id.in_(person_ids)).order_by(person.c.id)
    return {row.id: row for row in tx.execute(query.with_for_update(key_share=True))}


def get(tx: Connection, person_id: int) -> Found:
    """One person, to look at."""
    return tx.execute(select(person).where(person.c.id == person_id)).one()


def find(tx: Connection, person_id: int) -> Found | None:
    """One person, if there is one of that number."""
    return tx.execute(select(person).where(person.c.id == person_id)).one_or_none()


def addresses(tx: Connection, person_id: int) -> list[Found]:
    """A person's addresses, the first one to use first: open, safe, verified."""
    return _ADDRESSES.rows(tx, which=person_id)


_ADDRESSES = Prepared(
    select(address)
    .where(address.c.person_id == bindparam("which"))
    .order_by((address.c.state == "open").desc(), address.c.safe.desc(), address.c.id)
)


def safe_address(tx: Connection, person_id: int) -> Found | None:
    """Where an unasked message may go: open, verified and marked safe; None if nowhere."""
    for row in addresses(tx, person_id):
        if row.state == "open" and row.safe and row.verified:
            return row
    return None


def safe_addresses(tx: Connection, person_ids: Collection[int]) -> dict[int, Found]:
    """The same for many people, by their ids; who can't be written to is left out."""
    query = select(address).where(
        address.c.person_id.in_(person_ids),
        address.c.state == "open",
        address.c.safe,
        address.c.verified,
    )
    found: dict[int, Found] = {}
    for row in tx.execute(query.order_by(address.c.id)):
        found.setdefault(row.person_id, row)
    return found


def active_after(tx: Connection, after: int, most: int) -> list[int]:
    """Who is active and agreed, by the ids that follow one, locked as one is."""
    query = select(person.c.id).where(
        person.c.id > after, person.c.status == "active", person.c.agreed
    )
    page = query.order_by(person.c.id).limit(most).with_for_update(key_share=True)
    return list(tx.execute(page).scalars())


def settings_of_active(tx: Connection) -> list[tuple[int, dict[str, Any] | None]]:
    """What is kept of each who is active and agreed, by their ids, in order."""
    query = select(person.c.id, person.c.own).where(person.c.status == "active", person.c.agreed)
    return [(row.id, row.own) for row in tx.execute(query.order_by(person.c.id))]


def add(tx: Connection, **values: Any) -> int:
    """Insert a person and return the id."""
    return int(tx.execute(insert(person).values(**values).returning(person.c.id)).scalar_one())


def change(tx: Connection, person_id: int, **values: Any) -> None:
    """Update columns of a person."""
    _CHANGE.count(tx, which=person_id, **values)


def change_all(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Update the same columns of many people; `which` is whose row it is."""
    _CHANGE.many(tx, rows)


_CHANGE = Prepared(update(person).where(person.c.id == bindparam("which")))


def add_address(tx: Connection, channel: str, value: str, **values: Any) -> int:
    """Bind an address to a person or a member of staff; it replaces an earlier owner."""
    row = {
        "channel": channel,
        "hash": address_hash(tx, channel, value),
        "value": value,
        "person_id": None,
        "staff_id": None,
        "state": "open",
        "verified": True,
        "safe": True,
        **values,
    }
    known = address_of(tx, channel, value)
    if known is not None:
        changed = {name: row[name] for name in row if name != "created_at"}
        tx.execute(update(address).where(address.c.id == known.id).values(**changed))
        return int(known.id)
    return int(tx.execute(insert(address).values(**row).returning(address.c.id)).scalar_one())


def set_address_state(tx: Connection, address_id: int, state: str) -> None:
    """Mark an address open, stopped or unreachable."""
    tx.execute(update(address).where(address.c.id == address_id).values(state=state))


def mark_verified(tx: Connection, address_id: int) -> None:
    """Staff have checked whose address it is."""
    tx.execute(update(address).where(address.c.id == address_id).values(verified=True))


def write_ledger(tx: Connection, kind: str, at: datetime, how: str, **values: Any) -> None:
    """Append to the consent ledger; nothing there is ever changed."""
    tx.execute(insert(ledger).values(kind=kind, at=at, how=how, **values))


def ledger_of(tx: Connection, person_id: int) -> list[Found]:
    """A person's consent ledger, oldest first."""
    query = select(ledger).where(ledger.c.person_id == person_id).order_by(ledger.c.id)
    return list(tx.execute(query))


def add_invite(
    tx: Connection,
    code: str,
    expires_at: datetime,
    *,
    person_id: int | None = None,
    staff_id: int | None = None,
) -> None:
    """Store a one-time code, by its hash only."""
    row = {"hash": digests(tx, f"invite:{code}")[0], "expires_at": expires_at}
    tx.execute(insert(invite).values(**row, person_id=person_id, staff_id=staff_id))


def open_invite(tx: Connection, code: str, now: datetime) -> Found | None:
    """The invitation behind a code, if it is unused and has not expired."""
    query = select(invite).where(
        invite.c.hash.in_(digests(tx, f"invite:{code}")),
        invite.c.used_at.is_(None),
        invite.c.expires_at > now,
    )
    return tx.execute(query.with_for_update()).one_or_none()


def use_invite(tx: Connection, code_hash: str, now: datetime) -> None:
    """A code works once."""
    tx.execute(update(invite).where(invite.c.hash == code_hash).values(used_at=now))

"""Rotates the keys while everything runs: rewrites what an older key wrote, some rows at a time.

Every step is a small transaction, harmless twice, and never waits for a row that somebody else
holds: what it passes over the next round finds. A look-up by hash tries every key, so it works
before, during and after; what belongs to one address is moved in the same transaction, so that an
order to stop still meets the messages that it stops.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.types import TypeEngine

from storage.encryption import Encrypted, EncryptedJson, Keyring, keyring_of
from storage.models import address, ledger, message, metadata, outbox, person, staff
from storage.staff import named

_TOGETHER = 100
_ADDRESSES_TOGETHER = 20
_SECONDS = 0.02
"""After so long a step ends, wherever it is: on SQLite every turn waits for it."""
# As literals: with bound values SQLite can't use the partial index.
_WAITING: tuple[ColumnElement[str], ...] = (
    literal_column("'pending'"),
    literal_column("'leased'"),
)

EXPIRING = {
    "invite.hash": "expires_at",
    "setup_link.hash": "expires_at",
    "page_link.hash": "expires_at",
    "page_session.hash": "expires_at",
    "web_session.hash": "ends_at",
}
"""Hashes of tokens that only their holders know, by the column that ends them: waited out."""


def tables() -> list[Table]:
    """What is gone through, in order; addresses first, so that nothing is looked for in vain."""
    rest = [t for t in metadata.sorted_tables if t is not address and (_sealed(t) or t is staff)]
    return [address, *rest]


def step(tx: Connection, name: str, after: int) -> tuple[int | None, int]:
    """Rewrite what needs it among the next rows of a table after a number.

    Returns the number to go on after (None: that was the last) and how many rows were rewritten.
    """
    table = metadata.tables[name]
    number = _number(table)
    most = _ADDRESSES_TOGETHER if table is address else _TOGETHER
    until = list(tx.scalars(select(number).where(number > after).order_by(number).limit(most)))
    if not until:
        return None, 0
    keyring = keyring_of(tx.dialect)
    stale = or_(*(_not_by(column, keyring.writing) for column in _written(table)))
    query = (
        select(number.label("number"), *(_raw(c) for c in table.columns))
        .where(number > after, number <= until[-1], stale)
        .order_by(number)
        .with_for_update(skip_locked=True, key_share=True, of=table)
    )
    done = 0
    deadline = time.perf_counter() + _SECONDS
    for row in tx.execute(query).mappings().all():
        done += _rewrite(tx, keyring, table, row)
        if time.perf_counter() > deadline:
            return int(row["number"]), done
    return int(until[-1]), done


def gather(tx: Connection, after: int) -> int | None:
    """Move what turns wrote by an older hash while the next addresses were being moved.

    Returns the number to go on after, None at the end.
    """
    query = select(address.c.id, address.c.channel, address.c.value)
    rows = tx.execute(query.where(address.c.id > after).order_by(address.c.id).limit(_TOGETHER))
    found = rows.all()
    for row in found:
        _move(tx, keyring_of(tx.dialect), f"{row.channel}:{row.value}")
    return int(found[-1].id) if found else None


def needing(tx: Connection, key: str, now: datetime) -> dict[str, int]:
    """How many values of each column can't do without a key; what has expired can."""
    found: dict[str, int] = {}
    for table in metadata.sorted_tables:
        for column in _written(table):
            where = _needs(table, column, key, now)
            if where is not None and (count := tx.scalar(select(func.count()).where(where))):
                found[f"{table.name}.{column.name}"] = int(count)
    return found


def expiring_until(tx: Connection, key: str, now: datetime) -> datetime | None:
    """When the last token that was hashed with a key runs out."""
    ends = []
    for full, end in EXPIRING.items():
        table = metadata.tables.get(full.partition(".")[0])
        if table is None:
            continue
        where = _needs(table, table.c.hash, key, now)
        if where is not None:
            ends.append(tx.scalar(select(func.max(table.c[end])).where(where)))
    return max((end for end in ends if end is not None), default=None)


def _needs(table: Table, column: Any, key: str, now: datetime) -> Any:
    by_key = _by(column, key)
    full = f"{table.name}.{column.name}"
    if full in EXPIRING:
        unused = [table.c.used_at.is_(None)] if "used_at" in table.c else []
        return and_(by_key, table.c[EXPIRING[full]] > now, *unused)
    if full in {"message.address_hash", "ledger.address_hash"}:
        # They were moved with their address; of one that is not here any more nobody can ask.
        return None
    if full == "outbox.address_hash":
        return and_(by_key, table.c.state.in_(_WAITING))
    return by_key


def _rewrite(tx: Connection, keyring: Keyring, table: Table, row: Any) -> bool:
    """Rewrite one row unless it changed meanwhile: whether it was."""
    if table is address and row["person_id"] is not None:
        # As a turn does: first the person. One that is in a turn now waits for the next round.
        held = select(person.c.id).where(person.c.id == row["person_id"])
        if tx.execute(held.with_for_update(skip_locked=True, key_share=True)).first() is None:
            return False
    texts = {
        c.name: keyring.open(row[c.name], c.type.column)
        for c in _sealed(table)
        if row[c.name] is not None
    }
    known = _hashed(table, row, texts)
    changed = _changes(keyring, table, row, texts, known)
    if not changed:
        return False
    values: dict[str, Any] = {"number": row["number"]}
    for name, value in changed.items():
        values |= {f"new_{name}": value, f"old_{name}": row[name]}
    if not tx.execute(_update(table, tuple(changed)), values).rowcount:
        return False
    strangers = table is outbox and row["person_id"] is None and row["staff_id"] is None
    if known is not None and (table is address or strangers):
        _move(tx, keyring, known)
    return True


@cache
def _update(table: Table, names: tuple[str, ...]) -> Update:
    """Write columns of one row, if they are still what was read."""
    same = [
        type_coerce(table.c[name], Text) == bindparam(f"old_{name}", type_=Text) for name in names
    ]
    values = {table.c[name]: bindparam(f"new_{name}", type_=Text) for name in names}
    return update(table).where(_number(table) == bindparam("number"), *same).values(values)


def _changes(
    keyring: Keyring, table: Table, row: Any, texts: dict[str, str], known: str | None
) -> dict[str, str]:
    """What a row's columns become."""
    old = {name: row[name] for name in texts if not row[name].startswith(f"{keyring.writing}:")}
    changed = {
        c.name: keyring.seal(texts[c.name], c.type.column) for c in _sealed(table) if c.name in old
    }
    for column in _hashes(table):
        if known is not None and row[column.name] != keyring.digest(known):
            changed[column.name] = keyring.digest(known)
    return changed


def _move(tx: Connection, keyring: Keyring, known: str) -> None:
    """Everything that points at an address by an older hash now does by the new one."""
    new, *old = keyring.digests(known)
    if not old:
        return
    for table in (message, ledger):
        statement = update(table).where(table.c.address_hash.in_(old))
        tx.execute(statement.values(address_hash=new))
    # What has left is done row by row, on its own turn: there is no index of that.
    waiting = and_(outbox.c.address_hash.in_(old), outbox.c.state.in_(_WAITING))
    tx.execute(update(outbox).where(waiting).values(address_hash=new))


def _hashed(table: Table, row: Any, texts: dict[str, str]) -> str | None:
    """The text that a row's hash is of, where we know it."""
    if table is address:
        return f"{row['channel']}:{texts['value']}"
    if table is outbox:
        return f"{row['channel']}:{texts['address']}"
    if table is staff:
        return named(texts["name"])
    return None


def _by(column: Any, key: str) -> Any:
    """Written with a key. Not by LIKE, to which on SQLite k1 and K1 are the same."""
    start = f"{key}:"
    return func.substr(type_coerce(column, Text), 1, len(start)) == start


def _not_by(column: Any, key: str) -> Any:
    return and_(column.is_not(None), ~_by(column, key))


def _sealed(table: Table) -> Sequence[Any]:
    return [c for c in table.columns if isinstance(c.type, Encrypted | EncryptedJson)]


def _hashes(table: Table) -> Sequence[Any]:
    return [c for c in table.columns if c.name == "hash" or c.name.endswith("_hash")]


def _written(table: Table) -> Sequence[Any]:
    return [*_sealed(table), *_hashes(table)]


def _raw(column: Any) -> Any:
    kind: TypeEngine[Any] = column.type
    sealed = isinstance(kind, Encrypted | EncryptedJson)
    return type_coerce(column, Text).label(column.name) if sealed else column


def _number(table: Table) -> Any:
    return next(iter(table.primary_key.columns))

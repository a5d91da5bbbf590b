"""Which processes live, on PostgreSQL: each holds a lock that its server frees when it dies.

A process that is only frozen keeps its connection, and with it the lock: what it has in hand is
left to the lease. One whose machine lost its power keeps it too, until the server notices.
"""

from __future__ import annotations

import contextlib

from sqlalchemy import Connection, create_engine, func, literal_column, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from storage.models import outbox
from storage.outbox import UNMARKED
from storage.store import MARK_LENGTH, Store, StoreDownError

_SPACE = 7_203_414
"""Ours among the advisory locks of this database."""
_HERE = text(
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
    "AND classid = :space "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Presence:
    """The lock of this process, on a connection of its own."""

    def __init__(self, store: Store) -> None:
        self._number = int(store.mark, 16)
        self._engine = create_engine(
            store.url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            hide_parameters=True,
            connect_args={"connect_timeout": 5},
        )
        self._connection: Connection | None = None
        self._held = False

    def hold(self) -> bool:
        """Hold the lock, anew where the connection was lost; raises StoreDownError.

        False as long as a connection of ours that broke still has it: ask again.
        """
        try:
            if self._connection is not None:
                return self._ask(self._connection)
        except DBAPIError:
            self.let_go()
        try:
            self._connection = self._engine.connect()
            return self._ask(self._connection)
        except DBAPIError as error:
            self.let_go()
            raise StoreDownError(type(error.orig).__name__) from None

    def _ask(self, connection: Connection) -> bool:
        if self._held:
            connection.execute(select(1))
        else:
            lock = select(func.pg_try_advisory_lock(_SPACE, self._number))
            self._held = connection.execute(lock).scalar_one()
        return self._held

    def let_go(self) -> None:
        """Give the lock back; harmless twice."""
        connection, self._connection = self._connection, None
        self._held = False
        if connection is not None:
            with contextlib.suppress(DBAPIError):
                connection.close()


def absent(tx: Connection) -> set[str]:
    """The marks of processes that have messages in hand and hold no lock."""
    here = set(tx.execute(_HERE, {"space": _SPACE}).scalars())
    mark = func.substr(outbox.c.lease, 1, MARK_LENGTH)
    marked = func.length(outbox.c.lease) > UNMARKED
    leased = outbox.c.state == literal_column("'leased'")
    query = select(mark).where(leased, marked).distinct()
    return {found for found in tx.execute(query).scalars() if int(found, 16) not in here}

"""The one way to the database: a transaction is a plain function, run in a thread.

`await store.write(fn)` and `await store.read(fn)` hand a connection to `fn` and return what it
returns. The function can't await, so it can't hold the database open while a network is slow.

On SQLite one thread owns the one writing connection. Transactions that wait together share one
commit: each in its own SAVEPOINT, then one COMMIT with an fsync, and only then does anybody hear
that it is done. On PostgreSQL a small pool does the same with a connection each.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool, Pool, QueuePool

from storage.encryption import Keyring
from storage.prepared import savepoint

T = TypeVar("T")
Work = Callable[[Connection], T]
Waiting = Future[T] | asyncio.Future[T]

_log = logging.getLogger("companion.store")
MARK_LENGTH = 7
"""Hexadecimal digits of a process's mark: few enough for the number of a PostgreSQL lock."""
_TOGETHER = 64
_POOL = 8
_TRIES = 5
_FROZEN_SECONDS = 10
"""Between two statements of a transaction; a process that lives needs milliseconds."""
_LONGEST_SECONDS = 15
"""A whole transaction: one that froze in mid-statement is not idle to PostgreSQL."""
_TRANSACTIONS_END = 17
"""The first PostgreSQL that ends a transaction which takes too long."""


class StoreDownError(Exception):
    """The database can't be used now; nothing was stored."""


class SecondWriterError(Exception):
    """Another process already writes to this SQLite file."""


def is_passing(error: Exception) -> bool:
    """Whether it is the database's failure, not the work's: the whole transaction is tried again.

    A deadlock, a lost connection, a full disk. Whoever catches everything inside a transaction
    lets these through.
    """
    return isinstance(error, OperationalError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


class Store:
    """A database: SQLite or PostgreSQL by the same calls."""

    def __init__(self, url: str, keyring: Keyring, *, writing: bool = True) -> None:
        self.url = _with_driver(make_url(url))
        self.keyring = keyring
        self.mark = secrets.token_hex(MARK_LENGTH)[:MARK_LENGTH]
        """Names this process in the leases that it takes."""
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self._lock = _hold(self.path) if self.sqlite and writing else None
        self.engine = _engine(self.url, keyring)
        self._reading = _engine(self.url, keyring, reading=True) if self.sqlite else self.engine
        self.at_leisure = self.engine if self.sqlite else _engine(self.url, keyring, leisure=True)
        """For work that may take long: migrations, backups."""
        self._pool = ThreadPoolExecutor(_POOL, thread_name_prefix="store")
        self.committed: Callable[[float], None] = lambda _seconds: None
        """Hears how many seconds a writing transaction took, shared or alone."""
        self._writer = _Writer(self) if self.sqlite and writing else None

    def take_keys(self, keyring: Keyring) -> None:
        """Go on with other keys; a transaction under way may end with the ones it began with."""
        self.keyring = keyring
        for engine in (self.engine, self._reading, self.at_leisure):
            setattr(engine.dialect, "keyring", keyring)  # noqa: B010 - as in `_engine`

    @property
    def path(self) -> Path:
        """The SQLite file; meaningless on PostgreSQL."""
        return Path(self.url.database or "companion.db")

    async def write(self, work: Work[T]) -> T:
        """Run a transaction that may change something; raises StoreDownError if it can't."""
        loop = asyncio.get_running_loop()
        if self._writer is not None:
            waiting: asyncio.Future[T] = loop.create_future()
            self._writer.put(work, waiting)
            return await waiting
        return await loop.run_in_executor(self._pool, self._change, work)

    async def read(self, work: Work[T]) -> T:
        """Run a transaction that only reads, beside the writer."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._transact, self._reading, work)

    def write_now(self, work: Work[T]) -> T:
        """Run a transaction from plain code (commands, tests)."""
        if self._writer is not None:
            waiting: Future[T] = Future()
            self._writer.put(work, waiting)
            return waiting.result()
        return self._change(work)

    def read_now(self, work: Work[T]) -> T:
        """Run a transaction that only reads, from plain code."""
        return self._transact(self._reading, work)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """One moment of the whole database, to read at leisure while others write."""
        with (self._reading if self.sqlite else self.at_leisure).connect() as connection:
            if not self.sqlite:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    def _change(self, work: Work[T]) -> T:
        began = time.perf_counter()
        result = self._transact(self.engine, work)
        self.committed(time.perf_counter() - began)
        return result

    def _transact(self, engine: Engine, work: Work[T]) -> T:
        for attempt in range(_TRIES):
            try:
                with engine.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                # A lost connection or a serialization conflict: nothing was committed.
                # A cut during COMMIT itself can't be told apart, and every turn is safe to repeat.
                if not is_passing(error):
                    raise
                if attempt + 1 == _TRIES:
                    raise StoreDownError(type(error.orig).__name__) from None
            threading.Event().wait(0.05 * 2**attempt)
        raise StoreDownError

    def close(self) -> None:
        """Finish what was begun and let go of the file and the connections."""
        if self._writer is not None:
            self._writer.close()
        self._pool.shutdown()
        self.engine.dispose()
        self._reading.dispose()
        self.at_leisure.dispose()
        if self._lock is not None:
            os.close(self._lock)


_Asked = tuple[Work[Any], Waiting[Any]]
_Outcome = tuple[Waiting[Any], Any, Exception | None]


class _Writer:
    """The one writing thread of a SQLite database; it shares commits."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._engine = store.engine
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._closed = False
        self._handing_in = threading.Lock()
        self._thread.start()

    def put(self, work: Work[T], waiting: Waiting[T]) -> None:
        """Queue a transaction; who waits hears of it only after its commit."""
        with self._handing_in:
            # Behind the end of the queue nobody would ever look.
            if self._closed:
                raise StoreDownError
            self._queue.put((work, waiting))

    def close(self) -> None:
        """Do what is queued, then stop."""
        with self._handing_in:
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        connection: Connection | None = None
        while (first := self._queue.get()) is not None:
            batch = [first]
            stop = False
            while len(batch) < _TOGETHER and not self._queue.empty():
                item = self._queue.get()
                if item is None:
                    stop = True
                    break
                batch.append(item)
            try:
                connection = connection or self._engine.connect()
                self._commit(connection, batch)
            except Exception as error:  # noqa: BLE001 - a writer that died would lose everything
                _log.error("commit_failed", extra={"error": type(error).__name__})
                if connection is not None:
                    with contextlib.suppress(Exception):
                        connection.close()
                    connection = None
                down = StoreDownError(type(error).__name__)
                _tell([(waiting, None, down) for _, waiting in batch])
            if stop:
                break
        if connection is not None:
            connection.close()

    def _commit(self, connection: Connection, batch: list[_Asked]) -> None:
        done: list[_Outcome] = []
        began = time.perf_counter()
        with connection.begin():
            for work, waiting in batch:
                if waiting.cancelled():
                    continue
                try:
                    with savepoint(connection):
                        result = work(connection)
                except (OperationalError, StoreDownError):
                    raise
                except Exception as error:  # noqa: BLE001 - its own savepoint is rolled back
                    done.append((waiting, None, error))
                else:
                    done.append((waiting, result, None))
        self._store.committed(time.perf_counter() - began)
        _tell(done)


def _tell(outcomes: list[_Outcome]) -> None:
    """Say how it ended: to plain code at once, to each event loop in one go."""
    loops: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        if isinstance(outcome[0], asyncio.Future):
            loops.setdefault(outcome[0].get_loop(), []).append(outcome)
        else:
            _settle([outcome])
    for loop, there in loops.items():
        # A loop that is closed has nobody left who waits.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, there)


def _settle(outcomes: list[_Outcome]) -> None:
    for waiting, result, error in outcomes:
        if waiting.done():
            # Whoever waited has given up.
            continue
        if error is None:
            waiting.set_result(result)
        else:
            waiting.set_exception(error)


def _with_driver(url: URL) -> URL:
    """`sqlite:///x` and `postgresql://…` as people write them, with our drivers."""
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    return url


def _hold(path: Path) -> int:
    """Take the file's writer lock for the life of the process."""
    held = os.open(
        path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
    )
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        message = (
            f"{path.name} is in use by another companion process. SQLite allows one writer: "
            "stop the other one, or use PostgreSQL."
        )
        raise SecondWriterError(message) from None
    return held


def _engine(url: URL, keyring: Keyring, *, reading: bool = False, leisure: bool = False) -> Engine:
    if url.get_backend_name() == "sqlite":
        pool: type[Pool] = QueuePool if reading else NullPool
        engine = create_engine(
            url,
            poolclass=pool,
            hide_parameters=True,
            connect_args={"check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_reader if reading else _prepare_writer)
        event.listen(engine, "begin", _begin if reading else _begin_immediate)
    else:
        engine = create_engine(
            url,
            pool_size=_POOL,
            max_overflow=0,
            # The one used last: it, and the server's process behind it, have everything at hand.
            pool_use_lifo=True,
            # No ping before use: a transaction that meets a lost connection is begun again.
            hide_parameters=True,
            connect_args={"connect_timeout": 5},
        )
        event.listen(engine, "connect", _prepare_session)
        if not leisure:
            event.listen(engine, "connect", _end_the_frozen)
    setattr(engine.dialect, "keyring", keyring)  # noqa: B010 - mypy knows no such attribute
    return engine


def _prepare_writer(connection: sqlite3.Connection, record: object) -> None:
    del record
    # The driver's own implicit BEGIN is deferred, and loses turns of one person to each other.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reader(connection: sqlite3.Connection, record: object) -> None:
    del record
    connection.isolation_level = None
    for pragma in ("query_only=ON", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_session(connection: Any, record: object) -> None:
    """Bound how long a process that froze in mid-transaction may hold what others wait for."""
    del record
    connection.execute(f"SET idle_in_transaction_session_timeout = {_FROZEN_SECONDS * 1000}")
    connection.commit()


def _end_the_frozen(connection: Any, record: object) -> None:
    """Whoever waits for what a frozen process has locked gives up, or sees that process cut off."""
    del record
    if connection.info.server_version // 10_000 >= _TRANSACTIONS_END:
        connection.execute(f"SET transaction_timeout = {_LONGEST_SECONDS * 1000}")
    connection.execute(f"SET lock_timeout = {2 * _LONGEST_SECONDS * 1000}")
    connection.commit()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")

"""Statements that every message pays for: Core, compiled once, handed to the driver as they are.

`Connection.execute` costs ten times what SQLite does with such a statement. What is bound and what
comes out goes through the columns' types as ever, and an error is the one SQLAlchemy would raise.
"""

from __future__ import annotations

import contextlib
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Delete, Insert, Select, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

from storage.models import Moment

Statement = Select[Any] | Insert | Update | Delete
Process = Callable[[Any], Any]


class Prepared:
    """A statement with named parameters, or a function of a dialect's name that makes one.

    Of an INSERT or UPDATE without values, the names that are given become the columns.
    """

    def __init__(self, statement: Statement | Callable[[str], Statement]) -> None:
        self._statement = statement

    def rows(self, tx: Connection, **values: Any) -> list[Any]:
        """Run it; the rows that it selects or returns, as named tuples."""
        ready = self._ready(tx, values)
        return ready.read(_run(tx, ready.sql, ready.bound(values)))

    def first(self, tx: Connection, **values: Any) -> Any:
        """Run it; its first row, or None."""
        return next(iter(self.rows(tx, **values)), None)

    def one(self, tx: Connection, **values: Any) -> Any:
        """Run it; its only row. Raises ValueError if there is none, or are several."""
        (row,) = self.rows(tx, **values)
        return row

    def count(self, tx: Connection, **values: Any) -> int:
        """Run it; how many rows it changed."""
        ready = self._ready(tx, values)
        return int(_run(tx, ready.sql, ready.bound(values)).rowcount)

    def many(self, tx: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each; all name the same parameters."""
        if rows:
            ready = self._ready(tx, rows[0])
            _run(tx, ready.sql, [ready.bound(values) for values in rows], many=True)

    def _ready(self, tx: Connection, values: Mapping[str, Any]) -> _Ready:
        # Types know their dialect, and ours its keys: what is compiled lives and dies with it.
        known: dict[Any, _Ready] = tx.dialect.__dict__.setdefault("prepared", {})
        key = (self, *values)
        ready = known.get(key)
        if ready is None:
            made = self._statement
            statement = made(tx.dialect.name) if callable(made) else made
            ready = known[key] = _Ready(statement, tx.dialect, list(values))
        return ready


class _Ready:
    """A statement as one dialect has it."""

    def __init__(self, statement: Statement, dialect: Dialect, names: list[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=names)
        self.sql = str(compiled)
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        order = compiled.positiontup if compiled.positional else types
        self._positional = compiled.positional
        self._fixed = {k: v for k, v in compiled.params.items() if k not in names}
        self._binds: list[tuple[str, Process | None]] = [
            (name, _binding(types[name], dialect)) for name in order or ()
        ]
        columns = statement.exported_columns
        self._row: Any = namedtuple("Row", map(str, columns.keys()))  # type: ignore[misc]  # noqa: PYI024
        self._reads = [
            (at, process)
            for at, column in enumerate(columns)
            if (process := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]

    def bound(self, values: Mapping[str, Any]) -> Any:
        """The values as the driver takes them."""
        given = {**self._fixed, **values} if self._fixed else values
        if self._positional:
            return tuple([p(given[name]) if p else given[name] for name, p in self._binds])
        return {name: p(given[name]) if p else given[name] for name, p in self._binds}

    def read(self, cursor: Any) -> list[Any]:
        """The rows as the columns' types give them."""
        rows = []
        for found in cursor.fetchall():
            row = list(found)
            for at, process in self._reads:
                row[at] = process(row[at])
            rows.append(self._row._make(row))
        return rows


def _binding(kind: TypeEngine[Any], dialect: Dialect) -> Process | None:
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    # One moment stands in many columns of a turn, and in all rows of a wave.
    return lru_cache(64)(process) if process and isinstance(kind, Moment) else process


@contextlib.contextmanager
def savepoint(tx: Connection) -> Iterator[None]:
    """What is done inside is undone alone if it fails."""
    _run(tx, "SAVEPOINT inside")
    try:
        yield
    except BaseException:
        # With the connection everything is undone already.
        if not tx.invalidated:
            _run(tx, "ROLLBACK TO SAVEPOINT inside")
            _run(tx, "RELEASE SAVEPOINT inside")
        raise
    _run(tx, "RELEASE SAVEPOINT inside")


def _run(tx: Connection, sql: str, values: Any = (), *, many: bool = False) -> Any:
    cursor = tx.connection.cursor()
    error_type = tx.dialect.loaded_dbapi.Error
    # Who listens on the engine hears of these statements too.
    for listener in tx.dispatch.before_cursor_execute:
        listener(tx, cursor, sql, values, None, many)
    try:
        cursor.executemany(sql, values) if many else cursor.execute(sql, values)
    except error_type as error:
        raise _as_ever(tx, sql, error, cursor) from error
    return cursor


def _as_ever(tx: Connection, sql: str, error: Exception, cursor: Any) -> DBAPIError:
    """The error as SQLAlchemy words it, without what was bound; a lost connection is let go."""
    dialect = tx.dialect
    lost = dialect.is_disconnect(error, tx.connection.dbapi_connection, cursor)  # type: ignore[arg-type]
    if lost:
        tx.invalidate(error)
        tx.engine.dispose()
    found = DBAPIError.instance(
        sql,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    assert isinstance(found, DBAPIError)  # noqa: S101 - the driver's error is one of its own
    return found

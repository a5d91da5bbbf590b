"""All rows as lines of JSON, the same from SQLite and PostgreSQL, and back into either.

Rows stay as they are stored: what is encrypted in its column stays encrypted. The lines say by
themselves which tables and columns they are of, so that rows of an older schema can be read back
and then brought to this release by its migrations. Nothing here holds more than some rows.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any

from alembic.migration import MigrationContext
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    TableClause,
    Text,
    column,
    func,
    insert,
    literal,
    null,
    select,
    type_coerce,
)
from sqlalchemy import table as table_clause
from sqlalchemy.types import TypeEngine

from storage.models import Moment

_TOGETHER = 500

Json = Any


class DumpError(Exception):
    """The lines are not what a dump has."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a dump said of itself."""

    revision: str
    made: str
    rows: dict[str, int] = field(default_factory=dict)
    """How many rows each table has."""


_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (DateTime, "moment"),
    (Date, "date"),
    (Boolean, "truth"),
    (Integer, "number"),
    (Float, "float"),
    (JSON, "json"),
    (String, "text"),
)
_TYPES: dict[str, TypeEngine[Any]] = {
    "moment": Moment(),
    "date": Date(),
    "truth": Boolean(),
    "number": Integer(),
    "float": Float(),
    "json": JSON(),
    "text": Text(),
}


def tables_of(tx: Connection) -> list[Table]:
    """The tables as the database has them, each after those it points at."""
    found = MetaData()
    found.reflect(tx)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def kind_of(stored: Column[Any]) -> str:
    """How a column's values are written; raises DumpError for a type that has no way yet."""
    for known, kind in _KINDS:
        if isinstance(stored.type, known):
            return kind
    message = f"{stored.table.name}.{stored.name} has a type that no backup knows"
    raise DumpError(message)


def dump(tx: Connection, out: IO[bytes], made: datetime) -> Summary:
    """Write every row that this transaction sees; the caller has made it a snapshot."""
    tables = tables_of(tx)
    rows = {t.name: int(tx.scalar(select(func.count()).select_from(t)) or 0) for t in tables}
    revision = MigrationContext.configure(tx).get_current_revision() or ""
    _line(out, {"revision": revision, "made": made.isoformat(), "rows": rows})
    for table in tables:
        _line(out, {"table": table.name, "columns": [[c.name, kind_of(c)] for c in table.columns]})
        stored = [type_coerce(c, _TYPES[kind_of(c)]).label(c.name) for c in table.columns]
        query = select(*stored).order_by(*table.primary_key.columns)
        for row in tx.execute(query, execution_options={"yield_per": _TOGETHER}):
            _line(out, [_plain(value) for value in row])
    _line(out, {"end": True})
    return Summary(revision, made.isoformat(), rows)


def summary(lines: Iterator[bytes]) -> Summary:
    """Read the first line of a dump; raises DumpError."""
    first = _read(next(lines, b""))
    try:
        return Summary(str(first["revision"]), str(first["made"]), dict(first["rows"]))
    except (KeyError, TypeError, ValueError):
        message = "its first line is not that of a backup"
        raise DumpError(message) from None


def load(tx: Connection, lines: Iterator[bytes]) -> dict[str, int]:
    """Insert the rows after the first line; returns how many, by table. Raises DumpError."""
    counted: dict[str, int] = {}
    table: TableClause | None = None
    batch: list[list[Json]] = []

    def insert_batch() -> None:
        if table is None or not batch:
            return
        kinds = [(c.name, c.type) for c in table.columns]
        rows = [_values(kinds, row) for row in batch]
        tx.execute(insert(table), rows)
        counted[table.name] += len(batch)
        batch.clear()

    for line in lines:
        found = _read(line)
        if isinstance(found, list):
            batch.append(found)
            if len(batch) == _TOGETHER:
                insert_batch()
            continue
        insert_batch()
        if found.get("end"):
            _count_on(tx, counted)
            return counted
        table = _table(found)
        counted[table.name] = 0
    message = "its end is missing"
    raise DumpError(message)


def is_empty(tx: Connection) -> bool:
    """Whether nothing is stored yet; a schema and small facts are nothing."""
    tables = [table for table in tables_of(tx) if table.name != "fact"]
    one = select(literal(1))
    return not any(tx.execute(one.select_from(table).limit(1)).first() for table in tables)


def _count_on(tx: Connection, tables: Container[str]) -> None:
    """PostgreSQL gives out numbers by itself: it goes on after the highest that is there."""
    if tx.dialect.name != "postgresql":
        return
    for table in tables_of(tx):
        if table.name not in tables or "id" not in table.c:
            continue
        highest = tx.scalar(select(func.max(table.c.id)))
        if highest is not None:
            sequence = func.pg_get_serial_sequence(table.name, "id")
            tx.execute(select(func.setval(sequence, highest)))


def _table(found: dict[str, Json]) -> TableClause:
    try:
        columns = [column(name, _TYPES[kind]) for name, kind in found["columns"]]
        return table_clause(found["table"], *columns)
    except (KeyError, TypeError, ValueError):
        message = "a line of it is neither a table nor a row"
        raise DumpError(message) from None


def _values(kinds: list[tuple[str, TypeEngine[Any]]], row: list[Json]) -> dict[str, Any]:
    return {name: _stored(kind, value) for (name, kind), value in zip(kinds, row, strict=True)}


def _stored(kind: TypeEngine[Any], value: Json) -> Any:
    if value is None:
        return null() if isinstance(kind, JSON) else None
    if isinstance(kind, Moment):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return value


def _plain(value: Any) -> Json:
    return value.isoformat() if isinstance(value, date) else value


def _line(out: IO[bytes], found: Json) -> None:
    out.write(json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")


def _read(line: bytes) -> Json:
    try:
        return json.loads(line)
    except ValueError:
        message = "a line of it can't be read"
        raise DumpError(message) from None

"""Backups: made while the companion runs, encrypted, and believed only once they were restored.

A backup is one file, the same from SQLite and PostgreSQL. Each is restored into a database of its
own before it takes its place; what can't be restored never gets the name that was asked for.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import re
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from sqlalchemy import Connection, MetaData, func, select, text, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import Text

from bot.database import HALF_RESTORED
from storage import dump, facts, schema, sealed
from storage.encryption import Encrypted, EncryptedJson, Keyring, KeyringError
from storage.models import metadata
from storage.store import Store

_NAMED = "companion-%Y%m%d-%H%M%S.backup"
_OURS = re.compile(r"companion-\d{8}-\d{6}\.backup")
_SAMPLE = 2_000
"""Values of a column that are opened; of a longer one every so manieth."""


class BackupError(Exception):
    """It can't be backed up or restored; the words say why and what to do."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found on restoring a backup."""

    summary: dump.Summary
    opened: int
    """How many encrypted values were opened."""

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(self.summary.rows.values())


def named(where: Path, now: datetime) -> Path:
    """The file to write: `where` itself, or a dated name in it if it is a folder."""
    return where / now.strftime(_NAMED) if where.is_dir() else where


def make(store: Store, target: Path, now: datetime) -> Proof:
    """Write a backup of this moment and prove it; raises BackupError.

    Until it is proven it has another name; what was at `target` before stays until then.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        part.unlink(missing_ok=True)
        with _private(part) as out:
            writer = sealed.Writer(out, store.keyring, made=now.isoformat())
            with (
                gzip.GzipFile(filename="", fileobj=writer, mode="wb", mtime=0) as zipped,
                store.snapshot() as tx,
            ):
                dump.dump(tx, cast("IO[bytes]", zipped), now)
            writer.finish()
            out.flush()
            os.fsync(out.fileno())
        proof = prove(part, store.keyring)
        part.replace(target)
        _sync(target.parent)
    except OSError as error:
        message = f"{target} can't be written: {error.strerror}"
        raise BackupError(message) from None
    except (SQLAlchemyError, dump.DumpError) as error:
        message = f"the database can't be read as a whole ({type(error).__name__})"
        raise BackupError(message) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return proof


def prove(file: Path, keyring: Keyring) -> Proof:
    """Restore a backup into a database of its own, look, and throw that away; BackupError."""
    try:
        folder = tempfile.TemporaryDirectory(prefix=".proving-", dir=file.parent)
    except OSError as error:
        message = f"there is no room to prove it in {file.parent}: {error.strerror}"
        raise BackupError(message) from None
    with folder as name:
        store = Store(f"sqlite:///{name}/proof.db", keyring)
        try:
            summary = fill(store, file)
            with store.at_leisure.connect() as tx:
                return Proof(summary, _look(tx, keyring))
        finally:
            store.close()


def fill(store: Store, file: Path) -> dump.Summary:
    """Read a backup into an empty database and bring it to this release; raises BackupError.

    If anything is wrong with the file nothing of it is stored. What is restored does not run
    before `restoring.settle`.
    """
    with _in_words(file), file.open("rb") as raw:
        reader = sealed.Reader(raw, store.keyring)
        with gzip.GzipFile(fileobj=io.BufferedReader(reader)) as zipped:
            summary = dump.summary(zipped)
            if summary.revision not in schema.known():
                message = f"{file.name} is from a newer release: install that one first"
                raise BackupError(message)
            _clear(store, summary.revision)
            schema.upgrade(store, summary.revision)
            with store.at_leisure.begin() as tx:
                counted = dump.load(tx, zipped)
                # The end of the file is only proven by reading it.
                rest = zipped.read(1)
                if counted != summary.rows or rest:
                    message = f"{file.name} does not hold the rows that it says it holds"
                    raise BackupError(message)
                facts.put_fact(tx, HALF_RESTORED, summary.made)
    schema.upgrade(store)
    return summary


def thin_out(folder: Path, keep: int) -> int:
    """Delete all but the newest dated backups in a folder: how many went."""
    dated = sorted((f for f in folder.iterdir() if _OURS.fullmatch(f.name)), reverse=True)
    for file in dated[keep:]:
        file.unlink()
    return len(dated[keep:])


def _clear(store: Store, revision: str) -> None:
    """An empty database of another release is set up anew; one with rows is refused."""
    with store.at_leisure.begin() as tx:
        if not dump.is_empty(tx):
            message = (
                "this database already holds something. A backup is restored into an empty one "
                "only: name a new file (or a new PostgreSQL database) in DATABASE_URL"
            )
            raise BackupError(message)
        found = MetaData()
        found.reflect(tx)
        if schema.current(tx) not in (None, revision):
            found.drop_all(tx)
        elif "fact" in found.tables:
            tx.execute(found.tables["fact"].delete())


def _look(tx: Connection, keyring: Keyring) -> int:
    """Counts agree already; here foreign keys, and that what is encrypted opens."""
    broken = tx.execute(text("PRAGMA foreign_key_check")).first()
    if broken is not None:
        message = f"a row of {broken[0]} points at one that is not there"
        raise BackupError(message)
    opened = 0
    for table in metadata.sorted_tables:
        total = int(tx.scalar(select(func.count()).select_from(table)) or 0)
        each = max(1, total // _SAMPLE)
        for column in table.columns:
            if not isinstance(column.type, Encrypted | EncryptedJson):
                continue
            query = select(type_coerce(column, Text)).where(column.is_not(None))
            values = tx.execute(query, execution_options={"yield_per": 500}).scalars()
            for number, value in enumerate(values):
                if number % each == 0:
                    _open(keyring, value, column.type.column)
                    opened += 1
    return opened


def _open(keyring: Keyring, value: str, column: str) -> None:
    try:
        keyring.open(value, column)
    except KeyringError as error:
        message = f"not every value opens: {error}"
        raise BackupError(message) from None


@contextlib.contextmanager
def _in_words(file: Path) -> Iterator[None]:
    try:
        yield
    except (sealed.SealedError, KeyringError, dump.DumpError) as error:
        message = f"{file.name} can't be used: {error}"
        raise BackupError(message) from None
    except (EOFError, zlib.error, gzip.BadGzipFile):
        message = f"{file.name} can't be used: it is damaged inside"
        raise BackupError(message) from None
    except OSError as error:
        message = f"{file} can't be read: {error.strerror}"
        raise BackupError(message) from None
    except SQLAlchemyError as error:
        message = f"{file.name} does not fit into the database ({type(error).__name__})"
        raise BackupError(message) from None


@contextlib.contextmanager
def _private(path: Path) -> Iterator[IO[bytes]]:
    """A new file that only its owner reads."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        yield file


def _sync(folder: Path) -> None:
    """A rename is on the disk once its folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The database: within reach, of this release, safe from other eyes, and opened by the keys."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Text, func, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import ColumnElement

from bot import control
from bot.check.report import Report
from bot.config import ConfigError, Settings
from bot.database import HALF_RESTORED, open_to_read
from bot.keys import alive
from storage import facts, schema
from storage.encryption import Encrypted, EncryptedJson, Keyring, KeyringError
from storage.models import address, metadata, staff
from storage.store import Store

_LEAST_FREE = 500 * 1024 * 1024


def database(report: Report, settings: Settings, now: datetime) -> Store | None:
    """Look at the database beside whatever writes to it; None where it can't be read further."""
    report.section("Database")
    sqlite = settings.database_url.startswith("sqlite")
    if sqlite and not _file(report, settings.database_file):
        return None
    try:
        store = open_to_read(settings)
    except ConfigError as error:
        if sqlite and not settings.database_file.exists():
            report.note("There is no database yet: it is made when the companion first runs.")
        else:
            report.problem(f"{error}.", "", "correct it in .env.")
        return None
    try:
        with store.snapshot() as tx:
            if _revision(report, tx) and _opens(report, tx, store.keyring):
                _running(report, tx, settings, now)
                return store
    except SQLAlchemyError as error:
        _unreachable(report, error, store)
    store.close()
    return None


def _file(report: Report, file: Path) -> bool:
    """Look at the file and its folder; False where there is no such folder."""
    folder = file.resolve().parent
    if not folder.is_dir():
        report.problem(
            f"The folder of the database, {folder}, is not there.",
            "The companion does not start: it might be meant elsewhere, where the people are.",
            f"correct DATABASE_URL in .env; or, for a new one, mkdir -p {folder}",
        )
        return False
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE:
        report.problem(
            f"Only {free // 2**20} MB are free where the database is.",
            "With a full disk no message can be taken in.",
            "make room, or move the database to a larger disk.",
        )
    for path in (file, file.with_name(file.name + "-wal")):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            report.problem(
                f"Others on this machine can read {path.name}.",
                "Names and words in it are encrypted, but who wrote when is not.",
                f"chmod 600 {path}",
            )
    return True


def _revision(report: Report, tx: Connection) -> bool:
    have, known = schema.current(tx), schema.known()
    if have is None:
        report.note("The database is empty: its tables are made when the companion first runs.")
    elif have not in known:
        report.problem(
            "The database is of a newer release than this one.",
            "",
            "install the newer release again; data does not go back.",
        )
    elif have != known[0]:
        report.problem(
            "The database is of an older release.",
            "The companion does not start on it.",
            "`companion backup`, stop the companion, `companion db upgrade`, start it.",
        )
    elif facts.get_fact(tx, HALF_RESTORED) is not None:
        report.problem(
            "A restore into this database was cut off.",
            "It would send again what was sent before.",
            "restore once more, into an empty database.",
        )
    else:
        report.fine(f"It is there, and of this release ({have}).")
        return True
    return False


def _opens(report: Report, tx: Connection, keyring: Keyring) -> bool:
    """The oldest and the newest value of every encrypted column, and every hash of an address."""
    closed: set[str] = set()
    tried = 0
    for column in _encrypted():
        for value in _ends(tx, column):
            tried += 1
            try:
                keyring.open(value, column.type.column)
            except KeyringError:
                closed.add(str(value).partition(":")[0])
    for hashed in (address.c.hash, staff.c.name_hash):
        key = func.substr(hashed, 1, _until_colon(tx, hashed))
        closed |= set(tx.scalars(select(key).distinct())) - set(keyring.names)
    if closed:
        report.problem(
            f"COMPANION_KEYS does not open what is stored (written with: {', '.join(closed)}).",
            "People could not be found, nor what they wrote be read.",
            "put the key of that id back, from your safe copy. Another key with the same id "
            "does not help.",
        )
        return False
    report.fine(f"The keys open it ({tried} values tried).")
    return True


def _until_colon(tx: Connection, column: Any) -> ColumnElement[int]:
    find = func.instr if tx.dialect.name == "sqlite" else func.strpos
    return find(column, ":") - 1


def _encrypted() -> Iterator[Any]:
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Encrypted | EncryptedJson):
                yield column


def _ends(tx: Connection, column: Any) -> Iterator[str]:
    keys = list(column.table.primary_key.columns)
    raw = select(type_coerce(column, Text)).where(column.is_not(None)).limit(1)
    for order in (keys, [key.desc() for key in keys]):
        value = tx.scalar(raw.order_by(*order))
        if value is not None:
            yield str(value)


def _running(report: Report, tx: Connection, settings: Settings, now: datetime) -> None:
    if tx.dialect.name == "postgresql":
        count = len(alive(tx, now))
        running = f"{count} running on it" if count else ""
    else:
        path = control.path_beside(settings.database_file)
        running = "one is running on it" if path.exists() else ""
    report.note(f"The companion: {running or 'none is running on it'}.")


def _unreachable(report: Report, error: SQLAlchemyError, store: Store) -> None:
    """What the driver says may quote names; of it only the kind is used."""
    said = str(getattr(error, "orig", "") or "").casefold()
    where = f"{store.url.host or 'localhost'}:{store.url.port or 5432}"
    if "password authentication failed" in said or "no password supplied" in said:
        what, do = f"PostgreSQL at {where} refuses the user or password.", "correct DATABASE_URL."
    elif "does not exist" in said:
        what, do = f"PostgreSQL at {where} has no such database or user.", "create it."
    elif store.sqlite:
        what = f"{store.path} can't be read as a database."
        do = "is it the right file, and whole? Else restore a backup."
    else:
        what = f"PostgreSQL at {where} can't be reached."
        do = "is it running, is the name right, does a firewall stand between?"
    report.problem(what, "Without it no message is taken in.", do)

"""Opens the database that the settings name, at the schema that this release needs."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from bot import keys
from bot.config import ConfigError, Settings
from storage import facts, schema
from storage.encryption import Keyring, KeyringError
from storage.models import address, person, staff
from storage.store import SecondWriterError, Store

HALF_RESTORED = "half_restored"
"""The fact that stands while a restored database may not be run yet."""


def parse_keys(settings: Settings) -> Keyring:
    """The keyring of the settings; raises ConfigError."""
    if not settings.companion_keys:
        message = (
            "COMPANION_KEYS is not set. Make one with `companion keys new`, keep a copy in a "
            "safe place: without it nothing in the database can be read."
        )
        raise ConfigError(message)
    try:
        return Keyring.parse(settings.companion_keys)
    except KeyringError as error:
        message = f"COMPANION_KEYS: {error}"
        raise ConfigError(message) from None


def open_store(settings: Settings, *, writing: bool = True) -> Store:
    """The database, at the present schema; an empty one is set up. Raises ConfigError."""
    store = named(settings, parse_keys(settings), writing=writing)
    current, head = revisions(store)
    if current is None:
        schema.upgrade(store)
    elif current != head:
        store.close()
        message = "the database is from another release: run `companion db upgrade`"
        raise ConfigError(message)
    try:
        if store.read_now(lambda tx: facts.get_fact(tx, HALF_RESTORED)) is not None:
            message = (
                "a restore into this database was cut off: restore again, into an empty database"
            )
            raise ConfigError(message)  # noqa: TRY301 - both ways out let go of the store
        store.read_now(_opens)
        keys.agree(store, datetime.now(UTC))
    except KeyringError:
        store.close()
        message = (
            "COMPANION_KEYS does not open what this database holds, and nothing is written beside "
            "it with another key. Put back the keys that it was written with."
        )
        raise ConfigError(message) from None
    except ConfigError:
        store.close()
        raise
    return store


def named(settings: Settings, keyring: Keyring, *, writing: bool = True) -> Store:
    """The store behind DATABASE_URL; raises ConfigError where that names none, or none of ours."""
    sqlite = settings.database_url.startswith("sqlite:///")
    if sqlite and not settings.database_file.parent.is_dir():
        # Made by itself it would be another, empty database where one letter is wrong.
        message = (
            f"DATABASE_URL: the folder {settings.database_file.resolve().parent} is not there. Is "
            "another meant, where the people are? For a new database make it first (mkdir)"
        )
        raise ConfigError(message)
    try:
        return Store(settings.database_url, keyring, writing=writing)
    except SecondWriterError as error:
        raise ConfigError(str(error)) from None
    except OSError as error:
        message = f"DATABASE_URL: {settings.database_file} can't be opened: {error.strerror}"
        raise ConfigError(message) from None
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError):
        message = "DATABASE_URL is sqlite:///companion.db or postgresql://user:password@host/name"
        raise ConfigError(message) from None


def revisions(store: Store) -> tuple[str | None, str | None]:
    """The schema that the database has, and that of this release; raises ConfigError."""
    try:
        return schema.revisions(store)
    except OperationalError:
        store.close()
        message = "DATABASE_URL: the database can't be reached, or does not let us in"
        raise ConfigError(message) from None


def newness(store: Store) -> str | None:
    """In words, that nobody has ever been in this database; None where somebody has."""
    if store.read_now(lambda tx: tx.execute(select(staff.c.id).limit(1)).first()) is not None:
        return None
    where = str(store.path.resolve()) if store.sqlite else f"{store.url.database} on PostgreSQL"
    return (
        f"this database is new and empty: {where}. If there was one before, stop, and correct "
        "DATABASE_URL or restore a backup: nobody in it hears us, and no alert of it is seen"
    )


def _opens(tx: Connection) -> None:
    """Raise KeyringError if what is stored was written with other keys."""
    for column in (staff.c.name, person.c.name, address.c.value):
        for order in (column.table.c.id, column.table.c.id.desc()):
            tx.execute(select(column).order_by(order).limit(1)).all()


def open_to_read(settings: Settings) -> Store:
    """The database beside whatever writes to it, never changed by us; raises ConfigError."""
    keyring = parse_keys(settings)
    store = named(settings, keyring, writing=False)
    if store.sqlite and not store.path.exists():
        store.close()
        message = (
            f"there is no database at {store.path} yet: it is made when the companion first runs"
        )
        raise ConfigError(message)
    return store

"""Opens the database that the settings name, at the schema that this release needs."""

from __future__ import annotations

from datetime import UTC, datetime

from bot import keys
from bot.config import ConfigError, Settings
from storage import facts, schema
from storage.encryption import Keyring, KeyringError
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
    keyring = parse_keys(settings)
    try:
        store = Store(settings.database_url, keyring, writing=writing)
    except SecondWriterError as error:
        raise ConfigError(str(error)) from None
    current, head = schema.revisions(store)
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
        keys.agree(store, datetime.now(UTC))
    except ConfigError:
        store.close()
        raise
    return store


def open_to_read(settings: Settings) -> Store:
    """The database beside whatever writes to it, never changed by us; raises ConfigError."""
    keyring = parse_keys(settings)
    store = Store(settings.database_url, keyring, writing=False)
    if store.sqlite and not store.path.exists():
        store.close()
        message = (
            f"there is no database at {store.path} yet: it is made when the companion first runs"
        )
        raise ConfigError(message)
    return store

"""Opens the database that the settings name, at the schema that this release needs."""

from __future__ import annotations

from bot.config import ConfigError, Settings
from storage import schema
from storage.encryption import Keyring, KeyringError
from storage.store import SecondWriterError, Store


def open_store(settings: Settings, *, writing: bool = True) -> Store:
    """The database, at the present schema; an empty one is set up. Raises ConfigError."""
    if not settings.companion_keys:
        message = (
            "COMPANION_KEYS is not set. Make one with `companion keys new`, keep a copy in a "
            "safe place: without it nothing in the database can be read."
        )
        raise ConfigError(message)
    try:
        keyring = Keyring.parse(settings.companion_keys)
        store = Store(settings.database_url, keyring, writing=writing)
    except (KeyringError, SecondWriterError) as error:
        raise ConfigError(str(error)) from None
    current, head = schema.revisions(store)
    if current is None:
        schema.upgrade(store)
    elif current != head:
        store.close()
        message = "the database is from another release: run `companion db upgrade`"
        raise ConfigError(message)
    return store

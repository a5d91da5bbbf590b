"""Words, names, numbers and notes are encrypted in the column; an address is found by a keyed hash.

AES-256-GCM. A stored value is `key id : base64(nonce + ciphertext)`, and the column's name is bound
into it, so that a value moved to another column does not open. The first key writes, every key
reads: that is how keys are rotated.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
import hmac
import json
import os
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_NONCE = 12
_KEY = 32


class KeyringError(ValueError):
    """COMPANION_KEYS can't be used, or a value was written with a key that is not here."""


class Keyring:
    """The keys of a clinic, by id; the first one writes."""

    def __init__(self, keys: Sequence[tuple[str, bytes]], writing: str | None = None) -> None:
        if not keys:
            message = "no key"
            raise KeyringError(message)
        self.names = tuple(name for name, _ in keys)
        if len(set(self.names)) < len(keys):
            message = f"two keys have the same id; each needs its own, as in {self.names[0]}b"
            raise KeyringError(message)
        self.writing = writing or keys[0][0]
        self._ciphers = {name: AESGCM(key) for name, key in keys}
        # The hash has a key of its own, derived, so that one secret never does two jobs.
        self._hashing = {name: hmac.digest(key, b"address", hashlib.sha256) for name, key in keys}
        self._filing = {name: hmac.digest(key, b"file", hashlib.sha256) for name, key in keys}
        self.marks = {
            name: hmac.digest(key, b"mark", hashlib.sha256).hex()[:8] for name, key in keys
        }
        """What tells two keys of the same id apart, without giving either away."""

    @classmethod
    def parse(cls, text: str, writing: str | None = None) -> Keyring:
        """Read `id:base64,id:base64`; raises KeyringError that names the id, never the key.

        `writing` is the id that writes where it is not to be the first one yet.
        """
        keys = []
        for part in filter(None, (p.strip() for p in text.split(","))):
            name, colon, encoded = part.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                key = b""
            if not colon or not name.isalnum() or len(key) != _KEY:
                message = (
                    f"key {name if colon and name.isalnum() else '?'} is not id:base64 of 32 bytes"
                )
                raise KeyringError(message)
            keys.append((name, key))
        return cls(keys, writing)

    @staticmethod
    def make(name: str = "k1") -> str:
        """A new random key in the form that `parse` reads."""
        return f"{name}:{base64.b64encode(os.urandom(_KEY)).decode()}"

    def writing_with(self, name: str) -> Keyring:
        """The same keys, of which another one writes."""
        other = copy.copy(self)
        other.writing = name
        return other

    def seal(self, text: str, column: str) -> str:
        """Encrypt a text for a column."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self.writing].encrypt(nonce, text.encode(), column.encode())
        return f"{self.writing}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, value: str, column: str) -> str:
        """Decrypt what `seal` made; raises KeyringError if the key is missing or it was altered."""
        name, _, encoded = value.partition(":")
        cipher = self._ciphers.get(name)
        if cipher is None:
            message = f"{column} was written with key {name!r}, which is not in COMPANION_KEYS"
            raise KeyringError(message)
        try:
            raw = base64.b64decode(encoded)
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], column.encode()).decode()
        except (InvalidTag, ValueError):
            message = f"a value in {column} does not open: it was altered or moved"
            raise KeyringError(message) from None

    def file_cipher(self, name: str, salt: bytes) -> AESGCM:
        """The cipher of one whole file; raises KeyringError if its key is not here."""
        root = self._filing.get(name)
        if root is None:
            message = f"it was made with key {name!r}, which is not in COMPANION_KEYS"
            raise KeyringError(message)
        return AESGCM(HKDF(hashes.SHA256(), _KEY, salt, b"file").derive(root))

    def digest(self, text: str) -> str:
        """The keyed hash under which a text is stored to be found again."""
        return self.digests(text)[0]

    def digests(self, text: str) -> list[str]:
        """Every hash under which it may have been stored: the writing key's first."""
        order = [self.writing, *(name for name in self._hashing if name != self.writing)]
        return [
            f"{name}:{hmac.digest(self._hashing[name], text.encode(), 'sha256').hex()}"
            for name in order
        ]


def keyring_of(dialect: Dialect) -> Keyring:
    """The keyring that `Store` hung on the engine's dialect."""
    keyring: Keyring = getattr(dialect, "keyring")  # noqa: B009 - the attribute is our own
    return keyring


class Encrypted(TypeDecorator[str]):
    """A text column that only the keyring can read."""

    impl = Text
    cache_ok = True

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Seal on the way in."""
        return None if value is None else keyring_of(dialect).seal(value, self.column)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """Open on the way out."""
        return None if value is None else keyring_of(dialect).open(str(value), self.column)


class EncryptedJson(TypeDecorator[Any]):
    """A JSON value that only the keyring can read."""

    impl = Text
    cache_ok = True

    def __init__(self, column: str) -> None:
        super().__init__()
        self.column = column

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write as JSON and seal."""
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return keyring_of(dialect).seal(text, self.column)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Any:
        """Open and read the JSON."""
        if value is None:
            return None
        return json.loads(keyring_of(dialect).open(str(value), self.column))

"""A file that only the keyring opens: encrypted in pieces, so that it may be of any size.

A header line in the clear says which key made it. After it come pieces of AES-256-GCM, each bound
to the header and to its own number, the last one marked as the last: a piece that is altered,
moved, repeated or missing does not open, and neither does a file that was cut off.
"""

from __future__ import annotations

import io
import json
import os
import struct
from typing import IO, Any

from cryptography.exceptions import InvalidTag

from storage.encryption import Keyring

_MAGIC = b"companion-backup 1 "
_PIECE = 64 * 1024
_TAG = 16
_LONGEST_HEADER = 4096


class SealedError(Exception):
    """The file can't be read as a whole; the words say why."""


class Writer(io.RawIOBase):
    """Seals what is written to it. `finish` makes the end; without it the file is no good."""

    def __init__(self, out: IO[bytes], keyring: Keyring, **about: Any) -> None:
        super().__init__()
        salt = os.urandom(16)
        header = {"key": keyring.writing, "salt": salt.hex(), **about}
        self._header = _MAGIC + json.dumps(header).encode() + b"\n"
        self._cipher = keyring.file_cipher(keyring.writing, salt)
        self._out = out
        self._held = bytearray()
        self._number = 0
        out.write(self._header)

    def writable(self) -> bool:
        """Whether it can be written to: yes."""
        return True

    def write(self, data: Any) -> int:
        """Take some bytes."""
        self._held += data
        while len(self._held) > _PIECE:
            self._seal(bytes(self._held[:_PIECE]), last=False)
            del self._held[:_PIECE]
        return len(data)

    def finish(self) -> None:
        """Write the last piece."""
        self._seal(bytes(self._held), last=True)
        self._held.clear()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._out.write(self._cipher.encrypt(nonce, piece, self._header))
        self._number += 1


class Reader(io.RawIOBase):
    """Opens what `Writer` made; raises SealedError, and KeyringError if its key is not here."""

    def __init__(self, source: IO[bytes], keyring: Keyring) -> None:
        super().__init__()
        self._header = source.readline(_LONGEST_HEADER)
        try:
            self.about: dict[str, Any] = json.loads(self._header.removeprefix(_MAGIC))
            salt = bytes.fromhex(self.about["salt"])
            name = str(self.about["key"])
        except (ValueError, KeyError, TypeError):
            self.about = {}
            salt, name = b"", ""
        if not self.about or not self._header.startswith(_MAGIC):
            message = "this is no backup of the companion, or its first line is damaged"
            raise SealedError(message)
        self._cipher = keyring.file_cipher(name, salt)
        self._source = source
        self._ahead = source.read(_PIECE + _TAG)
        self._open = b""
        self._number = 0
        self._ended = False

    def readable(self) -> bool:
        """Whether it can be read from: yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Give the next bytes; 0 at the true end."""
        while not self._open and not self._ended:
            self._next()
        given = self._open[: len(buffer)]
        buffer[: len(given)] = given
        self._open = self._open[len(given) :]
        return len(given)

    def _next(self) -> None:
        piece, self._ahead = self._ahead, self._source.read(_PIECE + _TAG)
        last = not self._ahead
        try:
            nonce = _nonce(self._number, last=last)
            self._open = self._cipher.decrypt(nonce, piece, self._header)
        except InvalidTag:
            raise SealedError(self._why(piece, last=last)) from None
        self._number += 1
        self._ended = last

    def _why(self, piece: bytes, *, last: bool) -> str:
        if not last:
            return f"it is damaged: piece {self._number + 1} does not open"
        try:
            self._cipher.decrypt(_nonce(self._number, last=False), piece, self._header)
        except InvalidTag:
            return "it is damaged, or its end is missing: the last piece does not open"
        return "its end is missing: it was cut off"


def _nonce(number: int, *, last: bool) -> bytes:
    """Never twice: the key is the file's own, and no two pieces have a number."""
    return struct.pack(">QI", number, int(last))

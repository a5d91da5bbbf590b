"""Browsers that somebody has signed in with before: a signed cookie that opens nothing.

It only says whose tries these are, so that a stranger who guesses at a name locks themselves out
and not its owner. A new password ends all of them.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from storage.encryption import Keyring

COOKIE: Final = "known"
LIFE: Final = timedelta(days=180)


def mark(keyring: Keyring, worker: Row[Any], now: datetime) -> str:
    """A cookie's value for a browser that this member of staff has just signed in with."""
    said = f"{worker.id}.{secrets.token_urlsafe(16)}.{int(now.timestamp())}"
    return f"{said}.{keyring.digest(_signed(said, worker))}"


def known(keyring: Keyring, worker: Row[Any], value: str, now: datetime) -> str | None:
    """The browser's own name, if this member of staff has signed in with it; else None."""
    said, _, digest = value.rpartition(".")
    good = any(
        hmac.compare_digest(digest.encode(), each.encode())
        for each in keyring.digests(_signed(said, worker))
    )
    if not good or worker.password is None:
        return None
    _, name, marked = said.split(".")
    return name if int(marked) > (now - LIFE).timestamp() else None


def _signed(said: str, worker: Row[Any]) -> str:
    return f"browser:{worker.id}:{said}:{worker.password}"

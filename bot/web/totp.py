"""Codes of an authenticator app: six digits, half a minute each, by RFC 6238."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime
from typing import Final

import segno
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from markupsafe import Markup

from storage.encryption import Keyring, KeyringError

STEP: Final = 30
"""Seconds a code lasts."""
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_SEAL: Final = "form.totp"
_SLACK: Final = 1
"""Steps that a phone's clock may be off, either way."""


def new_secret() -> str:
    """A new secret, in the letters that apps take."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def sealed(keyring: Keyring, secret: str, staff_id: int) -> str:
    """A secret that nobody has confirmed yet, as a form carries it back to us."""
    return keyring.seal(f"{secret}:{staff_id}", _SEAL)


def unsealed(keyring: Keyring, carried: str, staff_id: int) -> str | None:
    """The secret that a form carried, if it was made for them."""
    try:
        opened = keyring.open(carried, _SEAL)
    except KeyringError:
        return None
    secret, _, whose = opened.partition(":")
    return secret if whose == str(staff_id) else None


def step_of(secret: str, code: str, now: datetime, after: int | None) -> int | None:
    """The step whose code this is; None for a wrong one, and for one that was taken already.

    `after` is the step of the last code that was taken: only later ones count.
    """
    typed = "".join(code.split()).encode()
    current = step_at(now)
    found = None
    for step in range(current - _SLACK, current + _SLACK + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), typed):
            found = step
    return found if found is not None and (after is None or found > after) else None


def step_at(moment: datetime) -> int:
    """The step that a moment is in."""
    return int(moment.timestamp()) // STEP


def code_of(secret: str, step: int) -> str:
    """The code of a step."""
    return _totp(secret).generate(step * STEP).decode()


def uri(secret: str, name: str, issuer: str) -> str:
    """What the app reads: from the picture, or as a link on the phone itself."""
    return _totp(secret).get_provisioning_uri(name, issuer)


def picture(uri: str) -> Markup:
    """The QR code as SVG, dark on white in any colour scheme; it needs no style."""
    code = segno.make(uri, error="m", micro=False)
    # Safe: segno draws it, and its only text is ours.
    return Markup(code.svg_inline(scale=5, border=3, dark="#000", light="#fff"))  # noqa: S704


def grouped(secret: str) -> str:
    """The secret to be typed, in fours."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _totp(secret: str) -> TOTP:
    return TOTP(base64.b32decode(secret), _DIGITS, SHA1(), STEP)  # noqa: S303 - the apps know no other

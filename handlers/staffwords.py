"""What a member of staff says of an alert by text: a word and its number, in either order."""

from __future__ import annotations

import re

_WORDS = {
    "seen": "seen", "visto": "seen", "vista": "seen",
    "calling": "calling", "call": "calling", "llamo": "calling", "llamando": "calling",
    "pass": "pass", "paso": "pass",
    "link": "link", "enlace": "link",
    "close": "close", "closed": "close", "cierro": "close", "cerrar": "close",
}  # fmt: skip
_SHAPE = re.compile(
    r"^\s*(?:#?(\d{1,9})\s+)?/?([a-z]+)(?:\s+#?(\d{1,9}))?(?:\s+(.{1,500}))?\s*$",
    re.IGNORECASE | re.DOTALL,
)


def heard(text: str) -> tuple[str, int, str | None] | None:
    """The action, the alert's number and the outcome in words; None if it is no command."""
    found = _SHAPE.match(text)
    if found is None:
        return None
    before, word, after, rest = found.groups()
    action = _WORDS.get(word.casefold())
    number = before or after
    if action is None or number is None or (before and after):
        return None
    return action, int(number), rest

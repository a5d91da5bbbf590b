"""What a member of staff says of an alert by text: a word and its number, in either order."""

from __future__ import annotations

import re

_WORDS = {
    "seen": "seen", "visto": "seen", "vista": "seen",
    "calling": "calling", "call": "calling", "llamo": "calling", "llamando": "calling",
    "pass": "pass", "paso": "pass",
    "snooze": "snooze", "later": "snooze", "luego": "snooze",
    "link": "link", "enlace": "link",
    "reply": "reply", "responde": "reply", "responder": "reply", "contesta": "reply",
    "send": "send", "manda": "send", "mandar": "send", "enviar": "send",
    "drop": "drop", "borra": "drop", "borrar": "drop",
    "close": "close", "closed": "close", "cierro": "close", "cerrar": "close",
}  # fmt: skip
_SHAPE = re.compile(
    r"^\s*(?:#?(\d{1,9})\s+)?/?([a-z]+)(?:\s+#?(\d{1,9}))?(?:\s+(.{1,4000}))?\s*$",
    re.IGNORECASE | re.DOTALL,
)


def heard(text: str) -> tuple[str, int, str | None] | None:
    """The action, the alert's number and the outcome in words; None if it is no command."""
    found = _SHAPE.match(text)
    if found is None:
        return None
    before, word, after, rest = found.groups()
    action = _WORDS.get(word.casefold())
    if action == "reply" and before and after:
        # "12 reply 3 pm is fine": what follows are their words.
        after, rest = None, text[found.start(3) :].lstrip("#").strip()
    number = before or after
    if action is None or number is None or (before and after):
        return None
    return action, int(number), rest

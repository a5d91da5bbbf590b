"""Words that work everywhere (`content/commands.toml`): a whole message, in both languages."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Final

COMMANDS: Final[Mapping[str, Sequence[str]]] = tomllib.loads(
    resources.files("content").joinpath("commands.toml").read_text("utf-8")
)
"""The name of each to the ways in which it is said."""
_WORDS = {word: name for name, words in COMMANDS.items() for word in words}
_NOT_WORD = re.compile(r"[^\w\s-]+")
_STRONGLY = frozenset(
    ["really", "so", "bad", "badly", "right", "now", "rn", "just", "very", "much", "fucking"]
) | {"ahora", "ya", "mucho", "muchas", "mucha", "tanto"}
"""An urge is one however strongly it is said; what else is a command is said as it stands."""


def heard(text: str) -> str | None:
    """The command that a whole message is, or None. `/menu@some_bot` is `menu` too."""
    plain = unicodedata.normalize("NFKD", text.strip().casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    if plain.startswith("/"):
        plain = plain[1:].split("@")[0].split(" ")[0]
    said = _NOT_WORD.sub(" ", plain).split()
    found = _WORDS.get(" ".join(said))
    if found is None and _WORDS.get(" ".join(w for w in said if w not in _STRONGLY)) == "craving":
        return "craving"
    return found

"""How lists write what they all mean (content/meetings)."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

import content

_FOLDER: Final = Path(content.__file__).parent / "meetings"
_CODES: Final = _FOLDER / "codes.toml"
_SPELLINGS: Final = _FOLDER / "spellings.toml"


@cache
def spellings(of: str) -> dict[str, Any]:
    """One of the tables: as found in lower case, and what it stands for."""
    found: dict[str, Any] = tomllib.loads(_SPELLINGS.read_text(encoding="utf-8"))[of]
    return found


@cache
def codes() -> dict[str, dict[str, Any]]:
    """The codes of each fellowship."""
    return tomllib.loads(_CODES.read_text(encoding="utf-8"))


@cache
def edition() -> str:
    """Changes with the tables."""
    both = _CODES.read_bytes() + _SPELLINGS.read_bytes()
    return hashlib.blake2b(both, digest_size=6).hexdigest()

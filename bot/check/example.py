"""What stands in the examples to show the form, and is nobody's: no name, number or signature."""

from __future__ import annotations

import re
from typing import Final

SENDER: Final = "Harbor Check"
SIGNERS: Final = ("Dr. Ann Lee", "Ruth Okafor")
_FICTION: Final = re.compile(r"1?\d{3}55501\d\d")
"""555-0100 to 555-0199 are kept for fiction in every area (NANPA): nobody answers there."""


def is_number(number: str) -> bool:
    """Whether a number is one of those that nobody has."""
    return _FICTION.fullmatch(re.sub(r"\D", "", number)) is not None


def is_sender(sender: str) -> bool:
    """Whether it is the name in clinic.example.toml."""
    return _plain(sender) == _plain(SENDER)


def is_signer(name: str) -> bool:
    """Whether it is one of the names that show how a signature is written."""
    return _plain(name) in map(_plain, SIGNERS)


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).casefold().strip()

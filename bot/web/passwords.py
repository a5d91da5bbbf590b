"""Which passwords are good enough: length counts, and nothing that is guessed first.

NIST SP 800-63B: no rules about digits and signs, no change by the calendar, but a list of what
everybody tries.
"""

from __future__ import annotations

import re
import string
import unicodedata
from typing import Final

SHORTEST: Final = 12
LONGEST: Final = 200
_FEWEST_SIGNS: Final = 5
_SHORTEST_NAME: Final = 4
_ENOUGH: Final = 9
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789012345678901234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
)
_WORST: Final = frozenset((
    "password", "passw0rd", "passwort", "passphrase", "secret", "letmein", "letmeinnow",
    "welcome", "changeme", "default", "admin", "administrator", "supervisor", "counselor",
    "counsellor", "operator", "companion", "recovery", "sobriety", "clinic", "hospital",
    "doctor", "nurse", "patient", "iloveyou", "sunshine", "princess", "football", "baseball",
    "monkey", "dragon", "master", "superman", "batman", "trustno1", "starwars", "whatever",
    "michael", "jordan", "shadow", "jesus", "freedom", "spring", "summer", "autumn", "winter",
    "january", "february", "march", "april", "june", "july", "august", "september", "october",
    "november", "december", "monday", "friday", "qwerty", "asdfgh", "zxcvbn", "access", "login",
    "test", "testing", "guest", "correcthorsebatterystaple", "onedayatatime", "easydoesit",
    "letgoandletgod", "serenity",
))  # fmt: skip
_LEET: Final = str.maketrans("013457@$!", "oieastasi")


def normal(password: str) -> str:
    """The same letters in the same bytes, whichever keyboard they were typed on."""
    return unicodedata.normalize("NFKC", password)[:LONGEST]


def problem(password: str, name: str, clinic: str) -> str | None:
    """What is wrong with a new password, in words for the one who chose it; None: it is good."""
    if len(password) < SHORTEST:
        return f"At least {SHORTEST} characters, please. Four words that don't belong together do."
    if _is_about(password, f"{name} {clinic}"):
        return "It is your name or the clinic's. Please take something nobody would guess."
    if len(set(password)) < _FEWEST_SIGNS or _is_worst(password.casefold()):
        return "Anybody would try that first. Four words that don't belong together do."
    return None


def _is_about(password: str, names: str) -> bool:
    """Whether a name is in it, and little else."""
    left = letters = _letters(password)
    for word in re.findall(r"\w+", names.casefold()):
        if len(word) >= _SHORTEST_NAME:
            left = left.replace(word, "")
    return left != letters and len(left) < _ENOUGH


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]", "", text.casefold())


def _is_worst(password: str) -> bool:
    """A usual word, once or repeated, or a row of keys, with digits and signs around it."""
    squeezed = re.sub(r"\s", "", password)
    core = squeezed.strip(string.digits + string.punctuation)
    for each in (squeezed, core, core.translate(_LEET), _letters(core)):
        if any(each in row * 2 or each in row[::-1] * 2 for row in _ROWS):
            return True
        if any(not each.replace(word, "") for word in _WORST):
            return True
    return False

"""Time zones as lists name them, and those of states, provinces and countries."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global

from bot.feeds.spellings import spellings
from bot.states import CODES, STATES

_AMERICAN: Final = (
    "America/",
    "Pacific/Guam",
    "Pacific/Honolulu",
    "Pacific/Pago_Pago",
    "Pacific/Saipan",
)
_LETTERS: Final = 2


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones() if "/" in name}


def zone(value: Any) -> str | None:
    """The IANA name of what a list says; None for anything else."""
    return _zone(value) if isinstance(value, str) and value else None


@lru_cache(maxsize=1024)
def _zone(value: str) -> str | None:
    text = value.strip().casefold().replace(" (us & canada)", "")
    said: str | None = spellings("zones").get(text)
    return said or _names().get(text.replace(" ", "_"))


def state(value: Any) -> str | None:
    """The two letters of a state of the USA, from these or its name."""
    return _state(value) if isinstance(value, str) and value else None


@lru_cache(maxsize=1024)
def _state(name: str) -> str | None:
    text = _words(name)
    return text.upper() if text.upper() in CODES else STATES.get(text)


def of_state(code: str) -> str:
    """Where most of a state's people are."""
    return _states()[code]


@cache
def _states() -> dict[str, str]:
    return {code: zone for zone, codes in spellings("states").items() for code in codes.split()}


def of_province(value: Any) -> str | None:
    """The zone of a Canadian province."""
    found: str | None = spellings("provinces").get(_words(value))
    return found


def of_country(name: str) -> str | None:
    """The zone of a country, if it has but one."""
    known = get_global("territory_zones").get(country(name) or "", ())
    return zone(known[0]) if len(known) == 1 else None


@lru_cache(maxsize=1024)
def country(name: str) -> str | None:
    """The two letters of a country, from its name in some languages."""
    return _countries().get(_words(name))


@cache
def _countries() -> dict[str, str]:
    named: dict[str, str] = dict(spellings("countries"))
    for language in ("de", "fr", "es", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == _LETTERS and code.isalpha():
                named[name.casefold()] = code
    return named


def american(name: str) -> bool:
    """Whether a zone is one that the USA may have."""
    return name.startswith(_AMERICAN)


def _words(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return " ".join(value.replace(".", "").split()).casefold()

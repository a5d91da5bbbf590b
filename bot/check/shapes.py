"""What tokens and numbers look like, so that a slip in `.env` is said before anybody is asked.

The forms are those that Telegram and Twilio document; no value is ever shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from bot.config import Settings

_TELEGRAM = re.compile(r"\d{5,16}:[A-Za-z0-9_-]{30,64}")
_ACCOUNT = re.compile(r"AC[0-9a-f]{32}")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_FROM = re.compile(r"\+[1-9]\d{6,14}|MG[0-9a-f]{32}")

Misfit = Callable[[str], str | None]


def telegram_token(value: str) -> str | None:
    """What is wrong with a bot's token; None: it looks like one."""
    if _TELEGRAM.fullmatch(value):
        return None
    return "a bot's token is digits, a colon and 35 letters: 123456789:AAE…, whole, from @BotFather"


def account(value: str) -> str | None:
    """What is wrong with an account's SID."""
    if _ACCOUNT.fullmatch(value):
        return None
    if value.startswith("SK"):
        return "it begins with SK, so it is an API key's; the account's SID begins with AC"
    return f"an account's SID is AC and 32 digits or letters a to f{_of(value)}"


def auth_token(value: str) -> str | None:
    """What is wrong with an account's token."""
    if _TOKEN.fullmatch(value):
        return None
    return f"an auth token is 32 digits or letters a to f{_of(value)}"


def sender(value: str) -> str | None:
    """What is wrong with the number that texts come from."""
    if _FROM.fullmatch(value):
        return None
    if value.startswith("MG"):
        return f"a messaging service is MG and 32 digits or letters a to f{_of(value)}"
    if re.fullmatch(r"\+?[\d\s().-]{7,}", value):
        return "a number begins with + and its country, without blanks or signs: +12155550144"
    return "it is a number as Twilio shows it (+1 and ten digits) or a messaging service (MG…)"


def _of(value: str) -> str:
    return f"; this has {len(value)} characters"


TELEGRAM: Mapping[str, Misfit] = {"TELEGRAM_BOT_TOKEN": telegram_token}
TWILIO: Mapping[str, Misfit] = {
    "TWILIO_ACCOUNT_SID": account,
    "TWILIO_AUTH_TOKEN": auth_token,
    "TWILIO_FROM": sender,
}


def misfits(settings: Settings, looks: Mapping[str, Misfit]) -> dict[str, str]:
    """Names of settings that are set and can't be right, each with what it should look like."""
    found = {name: getattr(settings, name.lower()) for name in looks}
    said = {name: looks[name](value) for name, value in found.items() if value}
    return {name: what for name, what in said.items() if what is not None}

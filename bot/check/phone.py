"""Sends every text about danger to a test phone: whether carriers let them through is only seen so.

Carriers filter by words. A clinic tries this before the first patient, and after each release.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import typer

from bot.channels import Outgoing, SendError
from bot.channels.sms import Sms
from bot.config import Clinic, ConfigError, read_clinic, read_settings
from bot.invitations import InvitationError, phone
from content import checking, wording
from content.segments import segments

_DANGER = "crisis."
_BARE = "_bare"
_FINAL = frozenset({"delivered", "undelivered", "failed", "sent", "received"})
_WAIT_SECONDS = 60.0
_LOOK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Text:
    """One text as a patient would get it."""

    name: str
    body: str


def texts(clinic: Clinic) -> Iterator[Text]:
    """Every text about danger, in both languages, in cover and in plain words, each once."""
    values = {**checking.SAMPLES, "sender": clinic.sender, "phone": clinic.phone}
    seen: set[str] = set()
    for language in wording.LANGUAGES:
        for key, entry in wording.entries(language).items():
            if not key.startswith(_DANGER) and not key.endswith(_BARE):
                continue
            for plain in (False, True):
                filled = wording.fill(
                    entry,
                    {**values, "team": "", "day": ""},
                    language=language,
                    zone=clinic.zone,
                    channel="sms",
                    plain=plain,
                )
                if filled.body not in seen:
                    seen.add(filled.body)
                    yield Text(f"{language} {key}{' plain' if plain else ''}", filled.body)


async def send_all(number: str, *, ask: bool, say: Callable[[str], None]) -> int:
    """Send them, and say what became of each: 0 where all arrived. Raises ConfigError."""
    settings = read_settings()
    clinic = read_clinic(settings.clinic_file)
    parts = (settings.twilio_account_sid, settings.twilio_auth_token, settings.twilio_from)
    if not all(parts):
        message = "SMS is off: it needs TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM"
        raise ConfigError(message)
    try:
        to = phone(number)
    except InvitationError as error:
        raise ConfigError(str(error)) from None
    all_texts = list(texts(clinic))
    total = sum(segments(text.body) for text in all_texts)
    say(
        f"{len(all_texts)} texts about danger, {total} segments, go to that phone now, and are "
        "paid for. Nobody but you should be holding it."
    )
    if ask and not typer.confirm("Send them?", default=False):
        return 1
    channel = Sms(*parts, settings.url, settings.twilio_api_url, settings.sms_per_second)
    try:
        return await _send(channel, to, all_texts, say)
    finally:
        await channel.close()


async def _send(channel: Sms, to: str, all_texts: list[Text], say: Callable[[str], None]) -> int:
    lost = 0
    taken: list[tuple[Text, str]] = []
    for number, text in enumerate(all_texts):
        try:
            taken.append((text, await channel.send(Outgoing(number, to, text.body))))
        except SendError as error:
            lost += 1
            say(f"  not taken  {text.name}: {error.kind}, code {error.code}")
        await asyncio.sleep(1 / channel.per_second)
    loop = asyncio.get_running_loop()
    until = loop.time() + _WAIT_SECONDS
    for text, sid in taken:
        state, code = await _became(channel, sid, until)
        lost += state in {"undelivered", "failed"}
        why = f", code {code}" if code else ""
        say(f"  {state:<10} {text.name}: {_counted(segments(text.body))}{why}")
    if lost:
        say(f"{lost} did not get through. 30007 means that a carrier filtered the words.")
    return 1 if lost else 0


async def _became(channel: Sms, sid: str, until: float) -> tuple[str, str | None]:
    """What became of a text, asked until it is final or time is up."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            state, code = await channel.became(sid)
        except SendError as error:
            return "unknown", error.code
        if state in _FINAL - {"sent"} or loop.time() > until:
            return state, code
        await asyncio.sleep(_LOOK_SECONDS)


def _counted(number: int) -> str:
    return "1 segment" if number == 1 else f"{number} segments"

"""The safe-contact card as it is read in a hurry: what is missing is said, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import phonenumbers

from bot.web import phrases
from bot.web.times import Times
from content.wording import clock

MISSING = "not recorded"
_HOURS = re.compile(r"\s*(\d{1,2})\s*-\s*(\d{1,2})\s*")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the card."""

    name: str
    value: str = field(repr=False)
    missing: bool = False
    alarm: bool = False
    """It forbids something, or somebody must not learn of it."""


@dataclass(frozen=True, slots=True)
class Card:
    """How to reach somebody without harm."""

    phone: str | None = field(repr=False)
    phone_said: str = field(repr=False)
    may_call: bool
    fine_now: bool
    hour_fine: bool
    """Now is not known to be outside their safe hours."""
    hands_off: bool
    """Nothing may go to them: their alert is silent."""
    call_said: str
    lines: tuple[Line, ...] = field(repr=False)


def read(
    card: Mapping[str, Any], numbers: list[str], times: Times, *, hands_off: bool, plain: bool
) -> Card:
    """The card of a person; `numbers` are those they text from, `hands_off` forbids contact.

    A number is only offered to be called if the card says that calling is fine.
    """
    phone = str(card.get("phone") or "") or (numbers[0] if numbers else None)
    calls = card.get("calls")
    hours, inside = _hours(card, times)
    may_call = calls is True and phone is not None and not hands_off
    said = _calling(calls, phone, hands_off=hands_off, inside=inside)
    return Card(phone, shown(phone), may_call, may_call and inside, inside, hands_off, said, (
        _channel(card),
        hours,
        _voicemail(card),
        _words(card, plain=plain),
        _text("Must never learn of it", card.get("never"), alarm=True),
        _text("Where they are tonight", card.get("tonight")),
        _text("Emergency contact", card.get("emergency_contact")),
        _text("No police unless", card.get("no_police_unless"), alarm=True),
        *_in_danger(card),
    ))  # fmt: skip


_ANSWERS = {
    "short": "with one short line: no question, no long text",
    "nothing": "with nothing at all: they chose that you are told, so act",
}


def _in_danger(card: Mapping[str, Any]) -> Iterator[Line]:
    """What was agreed for danger, as far as it differs from the usual."""
    if card.get("answer") in _ANSWERS:
        yield Line("In danger the companion answers", _ANSWERS[str(card["answer"])], alarm=True)
    if card.get("follow_up") is False:
        yield Line("Asking again afterwards", "not wanted", alarm=True)
    if card.get("agreed"):
        yield _text("Agreed for the duress word", card["agreed"], alarm=True)


def age(born: object, times: Times) -> str:
    """Date of birth and age, or that it is not recorded."""
    try:
        day = date.fromisoformat(str(born))
    except ValueError:
        return MISSING
    today = times.today_there()
    years = today.year - day.year - ((today.month, today.day) < (day.month, day.day))
    return f"{day.isoformat()}, {years} years old"


def shown(number: str | None) -> str:
    """A number as it is read and dialled."""
    if number is None:
        return "No number recorded"
    try:
        parsed = phonenumbers.parse(number, "US")
    except phonenumbers.NumberParseException:
        return number
    style = phonenumbers.PhoneNumberFormat
    home = parsed.country_code == 1
    return phonenumbers.format_number(parsed, style.NATIONAL if home else style.INTERNATIONAL)


def _calling(calls: object, phone: str | None, *, hands_off: bool, inside: bool) -> str:
    if hands_off:
        return "Do not call or text. Do what was agreed with them."
    if calls is False:
        return "Do not call."
    if phone is None:
        return ""
    if calls is not True:
        return "Whether calling is safe was not recorded."
    return "Calling is fine." if inside else "Calling is fine, but not at this hour."


def _text(name: str, value: object, *, alarm: bool = False) -> Line:
    said = str(value).strip() if value is not None else ""
    return Line(name, said or MISSING, missing=not said, alarm=alarm and bool(said))


def _channel(card: Mapping[str, Any]) -> Line:
    code = str(card.get("channel") or "")
    return _text("Safe channel", phrases.CHANNELS.get(code, code))


def _hours(card: Mapping[str, Any], times: Times) -> tuple[Line, bool]:
    """The line, and whether now is not known to be outside the hours."""
    said = str(card.get("hours") or "")
    found = _HOURS.fullmatch(said)
    if found is None:
        return _text("Safe hours", said), True
    first, last = (int(hour) % 24 for hour in found.groups())
    hour = times.hour_there()
    inside = first <= hour < last if first < last else hour >= first or hour < last
    now = "now is fine" if inside else "NOT now"
    text = f"{_hour(first)} to {_hour(last)}, their time: {now}"
    return Line("Safe hours", text, alarm=not inside), inside


def _hour(hour: int) -> str:
    return clock(time(hour), "en", "UTC")


def _voicemail(card: Mapping[str, Any]) -> Line:
    said = {True: "fine to leave one, neutral words", False: "never leave one"}
    value = card.get("voicemail")
    known = said.get(value) if isinstance(value, bool) else None
    return Line("Voicemail", known or MISSING, missing=known is None, alarm=value is False)


def _words(card: Mapping[str, Any], *, plain: bool) -> Line:
    cover = card.get("words") != "plain" if "words" in card else not plain
    said = "cover words only: no clinic, no drug, no counselor" if cover else "plain words are fine"
    return Line("Words", said, alarm=cover)

"""The calendar that somebody subscribes to: their times under one neutral name, and nothing else.

The address is a keyed hash of a secret of its own: what is stored can't be turned back into it. It
works until it is taken back, and names nobody, no place and no clinic.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event
from sqlalchemy import Connection, Row

from bot.config import House
from content.wording import Language, entries
from storage import facts, people, seats
from storage.encryption import keyring_of

BACK: Final = timedelta(days=14)
AHEAD: Final = timedelta(days=120)
_WHOSE: Final = "feed:"
_OF: Final = "feed_of:"
_BYTES: Final = 18
_UID: Final = 9
_NAME: Final = 32
"""Hex digits: the name of a fact has room for no more."""
_OFTEN: Final = timedelta(hours=4)
_UNTOLD: Final = ("drug_screen",)
"""Of whose days nobody learns ahead."""


def address(tx: Connection, house: House, person_id: int) -> str:
    """Where it is fetched; the same again until it is taken back."""
    nonce = facts.get_fact(tx, f"{_OF}{person_id}")
    if nonce is None:
        nonce = secrets.token_hex(16)
        facts.put_fact(tx, f"{_OF}{person_id}", nonce)
    token = _keyed(tx, f"feed {person_id} {nonce}", _BYTES)
    facts.put_fact(tx, _name(tx, token)[0], f"{person_id} {nonce}")
    return f"{house.url}/c/{token}.ics"


def revoke(tx: Connection, person_id: int) -> None:
    """Let the address lead nowhere; the next one is another."""
    nonce = facts.get_fact(tx, f"{_OF}{person_id}")
    if nonce is not None:
        token = _keyed(tx, f"feed {person_id} {nonce}", _BYTES)
        for name in _name(tx, token):
            facts.drop_fact(tx, name)
        facts.drop_fact(tx, f"{_OF}{person_id}")


def whose(tx: Connection, token: str) -> int | None:
    """Who subscribed at this address; None: nobody, or no longer."""
    for name in _name(tx, token):
        person_id, _, nonce = (facts.get_fact(tx, name) or "").partition(" ")
        if nonce and facts.get_fact(tx, f"{_OF}{person_id}") == nonce:
            return int(person_id)
    return None


@dataclass(frozen=True, slots=True)
class Feed:
    """What stands in it: seats, each with the name that it has in every copy."""

    language: Language
    seats: tuple[tuple[str, Row[Any]], ...] = field(default=(), repr=False)


def read(tx: Connection, token: str, now: datetime) -> Feed | None:
    """What stands in it now; None: the address leads nowhere.

    Whoever is not with the clinic now has an empty one.
    """
    person_id = whose(tx, token)
    if person_id is None:
        return None
    person = people.get(tx, person_id)
    language: Language = "es" if person.language == "es" else "en"
    if person.status != "active":
        return Feed(language)
    found = [
        (f"{_keyed(tx, f'feed seat {row.id}', _UID)}@c", row)
        for row in seats.with_changes(tx, person_id, now - BACK, now + AHEAD)
        if row.kind not in _UNTOLD and not row.all_day
    ]
    return Feed(language, tuple(found))


def written(feed: Feed) -> bytes:
    """The calendar (RFC 5545); what was called off stands in it as that."""
    whole = Calendar()
    whole.add("prodid", "-//c//c//EN")
    whole.add("version", "2.0")
    whole.add("method", "PUBLISH")
    title = entries(feed.language)["feed.event"].text
    whole.add("x-wr-calname", title)
    whole.add("refresh-interval", _OFTEN, {"value": "DURATION"})
    whole.add("x-published-ttl", "PT4H")
    for uid, row in feed.seats:
        whole.add_component(_event(row, uid, title))
    if feed.seats:
        whole.add_missing_timezones()
    return bytes(whole.to_ical())


def _event(row: Row[Any], uid: str, title: str) -> Event:
    zone = ZoneInfo(row.zone)
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", row.changed_at.astimezone(UTC))
    event.add("last-modified", row.changed_at.astimezone(UTC))
    event.add("sequence", row.changes)
    event.add("dtstart", row.starts_at.astimezone(zone))
    event.add("dtend", row.ends_at.astimezone(zone))
    event.add("summary", title)
    off = row.state != "held" or row.session_state != "planned"
    event.add("status", "CANCELLED" if off else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if off else "OPAQUE")
    event.add("class", "PRIVATE")
    return event


def _keyed(tx: Connection, what: str, size: int) -> str:
    keyed = keyring_of(tx.dialect).digest(what).partition(":")[2]
    return base64.urlsafe_b64encode(bytes.fromhex(keyed)[:size]).decode().rstrip("=")


def _name(tx: Connection, token: str) -> list[str]:
    """Every name under which whose it is may be stored, the present key's first."""
    found = people.digests(tx, f"feed token {token}")
    return [_WHOSE + each.partition(":")[2][:_NAME] for each in found]

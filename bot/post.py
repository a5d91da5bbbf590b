"""Puts words into the outbox: for a person or a member of staff, in their language and channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from content import wording
from handlers.shown import Shows
from storage import outbox, people, staff

NOTHING = Shows()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is written to, at one address."""

    channel: str
    address: str = field(repr=False)
    address_hash: str
    language: wording.Language
    zone: str
    plain: bool
    person_id: int | None = None
    staff_id: int | None = None

    @property
    def covered(self) -> bool:
        """Whether others may read along: then nothing explicit is written."""
        return self.channel == "sms" and not self.plain

    def words(
        self, key: str, values: Mapping[str, wording.Value], shows: Shows = NOTHING
    ) -> wording.Wording:
        """The wording of a key for this recipient, with the choices that come from data."""
        return wording.fill(
            wording.entries(self.language)[key].showing(shows.labels),
            values,
            language=self.language,
            zone=self.zone,
            channel=self.channel,
            plain=self.plain,
        )

    def labels(self, key: str, shows: Shows = NOTHING) -> Mapping[str, str]:
        """The labels of a question's choices as this recipient was shown them."""
        if shows.explicit and self.covered:
            return {}
        entry = wording.entries(self.language).get(key)
        return entry.showing(shows.labels).labels(self.channel, plain=self.plain) if entry else {}


def recipient(person: Row[Any], address: Row[Any]) -> Recipient:
    """A person at one of their addresses."""
    return Recipient(
        channel=address.channel,
        address=address.value,
        address_hash=address.hash,
        language=person.language,
        zone=person.zone,
        plain=person.plain,
        person_id=person.id,
    )


def safe_recipient(tx: Connection, person: Row[Any]) -> Recipient | None:
    """Where a person may be written to unasked; None if nowhere."""
    address = people.safe_address(tx, person.id)
    return recipient(person, address) if address is not None else None


def staff_recipient(
    tx: Connection, staff_id: int, language: wording.Language, zone: str
) -> Recipient | None:
    """A member of staff where they can be reached; None if nowhere."""
    address = staff.reachable(tx, staff_id)
    if address is None:
        return None
    return Recipient(
        address.channel, address.value, address.hash, language, zone, plain=True, staff_id=staff_id
    )


def put(
    tx: Connection,
    to: Recipient,
    words: wording.Wording,
    now: datetime,
    *,
    priority: int = outbox.REPLY,
    **more: Any,
) -> int | None:
    """Queue one message; None if this (person, kind, window) is queued already.

    It can't be forwarded or saved where the channel can forbid that; help in danger can.
    """
    return outbox.put(tx, **row(to, words, now, priority=priority, **more))


def row(
    to: Recipient,
    words: wording.Wording,
    now: datetime,
    *,
    priority: int = outbox.REPLY,
    **more: Any,
) -> dict[str, Any]:
    """The columns of a message, as `put` queues it."""
    return {
        "person_id": to.person_id,
        "staff_id": to.staff_id,
        "channel": to.channel,
        "address": to.address,
        "address_hash": to.address_hash,
        "text": words.body,
        "buttons": [list(choice) for choice in words.choices],
        "priority": priority,
        "created_at": now,
        "private": priority != outbox.CRISIS,
        **more,
    }

"""Whether somebody agreed to be written to, and how that ends: each is a row in the ledger."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import post
from bot.calendars import enrolling
from bot.config import House
from bot.post import Recipient
from storage import outbox, people, reminders

CONSENT_WORDING = "2026-11"
"""Which wording of the consent talk was agreed to; changes whenever its text does."""


def decided(
    tx: Connection, house: House, person: Row[Any], to: Recipient, now: datetime, *, granted: bool
) -> None:
    """They agreed to be written to, or did not, or no longer do."""
    kind = "agreed" if granted else ("withdrawn" if person.agreed else "declined")
    people.write_ledger(
        tx,
        kind,
        now,
        "chosen",
        person_id=person.id,
        address_hash=to.address_hash,
        wording=CONSENT_WORDING,
        language=to.language,
        channel=to.channel,
    )
    people.change(
        tx,
        person.id,
        agreed=granted,
        # What staff have set stays: agreeing again does not end a pause.
        status="active" if granted and person.status == "invited" else person.status,
    )
    # Whoever was enrolled before they agreed has a place from now on.
    enrolling.seated(tx, house, now, person_id=person.id)
    if not granted:
        outbox.cancel(tx, person_id=person.id)
        reminders.drop(tx, person.id)


def stop(tx: Connection, to: Recipient, now: datetime, *, how: str, confirm: bool = True) -> None:
    """Stop everything to an address: a ledger row, the queue taken back, one confirmation."""
    known = people.address_of(tx, to.channel, to.address)
    if known is not None:
        people.set_address_state(tx, known.id, "stopped")
    people.write_ledger(
        tx,
        "stopped",
        now,
        how,
        person_id=to.person_id,
        address_hash=to.address_hash,
        channel=to.channel,
        language=to.language,
    )
    outbox.cancel(tx, address_hash=to.address_hash)
    if confirm:
        post.put(tx, to, to.words("system.stopped", {}), now, kind="stop_confirmed")

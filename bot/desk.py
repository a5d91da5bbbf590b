"""What staff send in by Telegram or SMS: stored and screened like everything, then acted on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import acknowledge, post
from bot.channels import Inbound, Kind
from bot.config import House
from content import wording
from handlers import staffwords
from storage import staff

_LARGEST = 2**31 - 1
"""No alert's number is larger: what is larger was made up."""


def receive(
    tx: Connection, house: House, address: Row[Any], inbound: Inbound, now: datetime
) -> None:
    """Act on a button or on `SEEN 12`; anything else is answered with what can be said."""
    worker = staff.get(tx, address.staff_id)
    to = post.Recipient(
        address.channel,
        address.value,
        address.hash,
        house.clinic.language,
        house.clinic.zone,
        plain=True,
        staff_id=worker.id,
    )
    heard = said(inbound)
    values: dict[str, wording.Value] = {}
    if heard is None:
        key = "staff.help"
    else:
        action, number, outcome = heard
        if action == "link" and acknowledge.link_again(tx, house, number, worker, to, now):
            return
        key, values = acknowledge.act(tx, house, number, worker, action, now, outcome=outcome)
    # Its buttons, where it has any, speak of the same alert.
    about = heard[1] if heard is not None else None
    post.put(tx, to, to.words(key, values), now, kind="staff_reply", asked_in=about)


def said(inbound: Inbound) -> tuple[str, int, str | None] | None:
    """The action, the alert's number and the outcome in words; None if it is no command."""
    if inbound.kind is Kind.BUTTON:
        # A notice's buttons carry the alert's number where a person's carry the turn's.
        if inbound.asked_in is None or inbound.choice not in acknowledge.ACTIONS:
            return None
        if inbound.asked_in > _LARGEST:
            return None
        return inbound.choice, inbound.asked_in, None
    return staffwords.heard(inbound.text)

"""What staff send in by Telegram or SMS: stored and screened like everything, then acted on."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import acknowledge, post, replying
from bot.channels import Inbound, Kind
from bot.config import House
from handlers import staffwords
from storage import staff

_MARKED = ("send", "drop")
_LARGEST = 2**31 - 1
"""No alert's number is larger: what is larger was made up."""


def receive(
    tx: Connection, house: House, address: Row[Any], inbound: Inbound, now: datetime
) -> None:
    """Act on a button, `SEEN 12` or `REPLY 12 …`; else say what can be said."""
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
    if heard is None:
        post.put(tx, to, to.words("staff.help", {}), now, kind="staff_reply")
        return
    action, number, rest = heard
    if action == "link" and acknowledge.link_again(tx, house, number, worker, to, now):
        return
    if action in replying.ACTIONS:
        words = replying.act(tx, house, number, worker, to, (action, rest), now)
    else:
        key, values = acknowledge.act(
            tx, house, number, worker, action, now, outcome=rest, by_text=True
        )
        words = to.words(key, values)
    # Its buttons, where it has any, speak of the same alert.
    post.put(tx, to, words, now, kind="staff_reply", asked_in=number)


def said(inbound: Inbound) -> tuple[str, int, str | None] | None:
    """The action, the alert's number and the words behind it; None if it is no command."""
    if inbound.kind is Kind.BUTTON:
        # A notice's buttons carry the alert's number where a person's carry the turn's.
        if inbound.asked_in is None or inbound.asked_in > _LARGEST or inbound.choice is None:
            return None
        action, _, mark = inbound.choice.partition("_")
        if action in acknowledge.ACTIONS and not mark:
            return action, inbound.asked_in, None
        return (action, inbound.asked_in, mark) if action in _MARKED and mark else None
    heard = staffwords.heard(inbound.text)
    if heard is not None and heard[0] in _MARKED:
        return heard[0], heard[1], None
    return heard

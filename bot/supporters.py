"""A text that somebody wrote for one of their people, sent for them when they press it.

Only to whom staff have asked alone and who agreed, at most one an hour, and never once they said
STOP. It goes to a number that is nobody's here: what comes back from there is a stranger's.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row

from bot import escalation, post
from bot.channels import Inbound, OptOut
from handlers import optout
from handlers.contact import KIND as CONTACT
from storage import items, outbox, people, supporters

_CHANNEL = "sms"
_EVERY = timedelta(hours=1)
_LIVES = timedelta(minutes=30)
"""It is for the hour in which it was pressed."""


def may_go(tx: Connection, person_id: int, which: str, now: datetime) -> str | None:
    """Whether one may go now: "free"; "rests" after one within the hour; None: not to them."""
    found = _contact(tx, person_id, which)
    if found is None or escalation.hands_off(tx, person_id):
        return None
    phone = str(found.data["phone"])
    known = people.address_of(tx, _CHANNEL, phone)
    if known is not None and known.state != "open":
        return None
    if supporters.wants_none(tx, people.digests(tx, f"{_CHANNEL}:{phone}")):
        return None
    rests = supporters.written_since(tx, person_id, found.id, now - _EVERY)
    return "rests" if rests else "free"


def pass_on(
    tx: Connection, person_id: int, which: int, now: datetime, words: str | None = None
) -> None:
    """Queue it, or other words of theirs; nothing, where it may not go after all."""
    if may_go(tx, person_id, str(which), now) != "free":
        return
    found, person = items.get(tx, person_id, which), people.get(tx, person_id)
    if found is None:
        return
    phone = str(found.data["phone"])
    to = post.Recipient(
        _CHANNEL,
        phone,
        people.address_hash(tx, _CHANNEL, phone),
        person.language,
        person.zone,
        plain=False,
        person_id=person_id,
    )
    values = {"name": person.name.split()[0], "words": words or str(found.data["text"])}
    post.put(
        tx,
        to,
        to.words("contacts.passed_on", values),
        now,
        kind=supporters.KIND,
        window=supporters.window(which, now),
        not_after=now + _LIVES,
    )


def _contact(tx: Connection, person_id: int, which: str) -> Row[Any] | None:
    """One of their people who agreed, with a number and words to send."""
    found = items.get(tx, person_id, int(which)) if which.isdecimal() else None
    if found is None or found.kind != CONTACT:
        return None
    ready = all(found.data.get(name) for name in ("agreed", "shared", "phone", "text"))
    return found if ready else None


def lost(tx: Connection, row: Row[Any], now: datetime, *, stopped: bool = False) -> bool:
    """What became of a message was that it did not arrive: True if it was such a text.

    Then the one who pressed it is told, since they count on it; nobody else is.
    """
    if row.kind != supporters.KIND:
        return False
    if stopped:
        _stop(tx, _CHANNEL, row.address_hash, now, "provider")
    person = people.get(tx, row.person_id)
    to = post.safe_recipient(tx, person)
    which = supporters.which(tx, row.id)
    found = items.get(tx, person.id, which) if which is not None else None
    if to is not None and not escalation.hands_off(tx, person.id):
        values = {"who": str(found.data.get("name")) if found else "?"}
        words = to.words("contacts.not_arrived", values)
        post.put(tx, to, words, now, kind="supporter_lost", window=str(row.id))
    return True


def wished(tx: Connection, inbound: Inbound, address_hash: str, now: datetime) -> bool:
    """A stranger wants no messages, or wants them again: kept by address, without a word.

    Whoever was texted for somebody is a stranger here, and STOP holds for them as for all.
    """
    said = optout.heard(inbound.text)
    if inbound.opt_out is OptOut.STOP or said is optout.Wish.STOP:
        _stop(tx, inbound.channel, address_hash, now, "asked")
        outbox.cancel(tx, address_hash=address_hash)
        return True
    if inbound.opt_out is OptOut.START or said is optout.Wish.START:
        hashes = people.digests(tx, f"{inbound.channel}:{inbound.address}")
        if supporters.wants_none(tx, hashes):
            _note(tx, "resumed", inbound.channel, address_hash, now, "asked")
    return False


def _stop(tx: Connection, channel: str, address_hash: str, now: datetime, how: str) -> None:
    if not supporters.wants_none(tx, [address_hash]):
        _note(tx, "stopped", channel, address_hash, now, how)


def _note(
    tx: Connection, kind: str, channel: str, address_hash: str, now: datetime, how: str
) -> None:
    people.write_ledger(tx, kind, now, how, address_hash=address_hash, channel=channel)

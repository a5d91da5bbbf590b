"""What a person is told of their alert, and when nothing may be said: by role, and the truth."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from bot import post, tiers
from content import wording
from handlers.risk import Level
from storage import alerts, outbox, people
from storage.roster import BEGUN

_VICTIM = "victim_of_violence"


def reasons(tx: Connection, number: int) -> set[str]:
    """Every reason for which an alert was opened, raised or added to."""
    return codes_of(alerts.timeline(tx, number))


def codes_of(events: Iterable[Row[Any]]) -> set[str]:
    """The same, of what has been read already."""
    found: set[str] = set()
    for event in events:
        if event.kind in BEGUN:
            level, _, codes = (event.detail or "").partition(" ")
            found |= set((codes if level in set(Level) else event.detail or "").split(","))
    return found - {""}


def hands_off(tx: Connection, person_id: int) -> bool:
    """Whether somebody else may hold the phone, as far as an open alert says.

    Then nothing goes there unasked: no follow-up, no receipt and no check of the number.
    """
    row = alerts.seen_open(tx, person_id)
    return row is not None and (row.silent or _VICTIM in reasons(tx, row.id))


def may_be_told(person: Row[Any], key: str) -> bool:
    """Whether a receipt may go to somebody: not where another person may hold the phone.

    In hospital or custody only who has written since then has it in hand; who has died is never
    written to. Who was discharged can't ask for a person any more, as the last receipt offers.
    """
    if person.status == "discharged" and key == "alert.closed":
        return False
    if person.status in ("hospital", "custody"):
        heard, since = person.heard_at, person.status_at
        return heard is not None and (since is None or heard >= since)
    return bool(person.status != "deceased")


def tell_person(
    tx: Connection, row: Row[Any], key: str, now: datetime, **values: wording.Value
) -> None:
    """Tell the person what happened to an alert they know of; a silent one says nothing.

    Nor does one of somebody who may be hurt or controlled: another may hold the phone.
    """
    if row.silent or not row.known or row.person_id is None or _VICTIM in reasons(tx, row.id):
        return
    person = people.get(tx, row.person_id)
    to = post.safe_recipient(tx, person)
    if to is None or not may_be_told(person, key):
        return
    priority = outbox.CRISIS if tiers.in_danger(row.level) else outbox.REPLY
    words = to.words(key, {"time": now, **values})
    post.put(tx, to, words, now, priority=priority, kind="alert_told", alert_id=row.id)
    alerts.note(tx, row.id, now, "told", detail=key)


def was_read(tx: Connection, number: int) -> bool:
    """Whether somebody has read what came last, and then passed it on or fell silent."""
    read = False
    for event in alerts.timeline(tx, number):
        if event.kind in ("seen", "calling", "passed"):
            read = True
        elif event.kind in BEGUN:
            read = False
    return read

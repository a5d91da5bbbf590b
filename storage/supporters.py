"""Texts to people whom somebody named as theirs: the last one to each, and who wants none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from storage.models import ledger, outbox

KIND = "supporter"
"""What such a text is in the outbox."""


def window(which: int, now: datetime) -> str:
    """Which of somebody's people it is for, and when."""
    return f"{which} {now.isoformat(timespec='minutes')}"


def written_since(tx: Connection, person_id: int, which: int, since: datetime) -> bool:
    """Whether one was queued for this contact since a moment."""
    query = select(outbox.c.id).where(
        outbox.c.person_id == person_id,
        outbox.c.created_at >= since,
        outbox.c.kind == KIND,
        outbox.c.window.startswith(f"{which} "),
    )
    return tx.execute(query.limit(1)).first() is not None


def which(tx: Connection, row_id: int) -> int | None:
    """Which of their people a queued text was for."""
    query = select(outbox.c.window).where(outbox.c.id == row_id)
    found = tx.execute(query).scalar_one_or_none()
    return int(found.split()[0]) if found else None


def wants_none(tx: Connection, hashes: Sequence[str]) -> bool:
    """Whether the last that was heard from an address about messages is that it wants none."""
    query = select(ledger.c.kind).where(
        ledger.c.address_hash.in_(hashes), ledger.c.kind.in_(("stopped", "resumed"))
    )
    return tx.execute(query.order_by(ledger.c.id.desc()).limit(1)).scalar_one_or_none() == "stopped"

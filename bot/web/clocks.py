"""Who has an alert and what its clock does next, in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from bot.web import phrases
from bot.web.times import Times, span

YOU = "You"
_MINUTE = timedelta(minutes=1)


def standing(
    row: Row[Any],
    times: Times,
    taker: str | None,
    *,
    reopened_at: datetime | None = None,
    outcome: str | None = None,
) -> str:
    """Who has it. `taker` is a name or YOU; `outcome` is how it was closed, as stored."""
    has = "have" if taker == YOU else "has"
    if row.state == "closed":
        said, note = phrases.outcome(outcome)
        how = said or note or "no outcome written"
        return f"Closed by {_low(taker)}, {times.here(row.closed_at)}: {how}."
    if row.state == "seen":
        return f"{taker} {has} read it, {times.here(row.taken_at)}. No call noted yet."
    if row.state == "calling" and row.silent:
        return f"{taker} {has} it, since {times.here(row.taken_at)}."
    if row.state == "calling":
        are = "are" if taker == YOU else "is"
        return f"{taker} {are} calling, since {times.here(row.taken_at)}."
    if reopened_at is not None:
        return f"Open again since {times.here(reopened_at)}: no outcome was written. Nobody has it."
    return "Nobody has taken it yet."


def running(row: Row[Any], times: Times) -> str:
    """What happens next by itself, and when; empty if nothing does."""
    if row.state == "closed" or row.next_at is None:
        return ""
    left = row.next_at - times.now
    when = times.here(row.next_at) + (f", in {span(left)}" if left >= _MINUTE else ", any moment")
    if row.state == "open":
        return f"The next people are asked {when}."
    return f"Without an outcome it opens again {when}."


def _low(taker: str | None) -> str:
    return "you" if taker == YOU else taker or "somebody"

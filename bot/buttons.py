"""Old notices on Telegram lose their buttons once somebody has the alert, or it is closed.

A button that still looks alive is pressed at three in the morning by somebody who need not be up.
What was missed is of no weight: pressed, it says who has the alert.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sqlalchemy import Connection

from storage import facts, notices
from storage.store import Store

Clear = Callable[[str, str], None]
"""Takes the buttons of a message away, by its address and its number there; a chore."""

_CHANNEL = "telegram"
_SEEN_TO = "buttons_seen_to"
_CHANGES = 50
_MOST = 20
"""Messages in one go: edits count against the same limits as messages."""


async def sweep(store: Store, clear: Clear) -> int:
    """See to the alerts that changed hands since the last time; returns how many messages."""
    old, until = await store.read(_old)
    for address, number in old:
        clear(address, number)
    if until is not None:
        await store.write(partial(facts.put_fact, name=_SEEN_TO, value=str(until)))
    return len(old)


def _old(tx: Connection) -> tuple[list[tuple[str, str]], int | None]:
    """What to clear now, and until which event that sees to everything."""
    known = facts.get_fact(tx, _SEEN_TO)
    if known is None:
        return [], notices.latest_event(tx)
    found: list[tuple[str, str]] = []
    until: int | None = None
    for change in notices.taken_since(tx, int(known), _CHANGES):
        rows = notices.on_channel(tx, _CHANNEL, change.alert_id)
        # What is just leaving has no number yet; its lease is short.
        if any(row.state == "leased" for row in rows) or len(found) >= _MOST:
            break
        found += [(row.address, row.provider_id) for row in rows if row.buttons and row.provider_id]
        until = change.id
    return list(dict.fromkeys(found)), until

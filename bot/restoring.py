"""What a restored database may not do as if nothing had happened since the backup.

Between the backup and its restoring messages went out, alerts were handled, people signed out.
Of that the database knows nothing, so it neither repeats nor trusts what it cannot know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, insert, inspect, select, update

from bot.backup import BackupError
from bot.database import HALF_RESTORED
from bot.escalation import reopen
from bot.keys import alive
from storage import alerts
from storage.models import alert, audit, fact, metadata, outbox, reminder
from storage.store import Store

RESTORED = "restored"
"""The code of a message that was waiting in the backup."""
_DROPPED = ("page_link", "page_session", "web_session", "setup_link", "draft")
"""A link that was used or taken back since would work again; a text would be confirmed blindly."""
_LONG_AGO = timedelta(hours=12)
_PAST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Settled:
    """How much of what."""

    unsent: int
    """Messages that were waiting and are not sent."""
    alerts: int
    """Alerts that are open and ring again at once."""


def refuse_while_running(store: Store, now: datetime) -> None:
    """SQLite has a lock for it; on PostgreSQL a companion says that it is there. BackupError."""
    if store.sqlite or not store.read_now(lambda tx: inspect(tx).has_table("fact")):
        return
    running = store.read_now(lambda tx: alive(tx, now))
    if running:
        message = f"a companion runs on this database ({running[0].where}): stop it first"
        raise BackupError(message)


def settle(tx: Connection, made: datetime, now: datetime) -> Settled:
    """Make a restored database safe to run: `made` is when its backup was taken."""
    unsent = _expire(tx, now)
    rung = _ring(tx, now)
    _forget_asked(tx, made, now)
    for name in _DROPPED:
        if name in metadata.tables:
            tx.execute(delete(metadata.tables[name]))
    tx.execute(delete(fact).where(fact.c.name == HALF_RESTORED))
    tx.execute(insert(audit).values(at=now, what=RESTORED))
    return Settled(unsent, rung)


def _expire(tx: Connection, now: datetime) -> int:
    """What was waiting may have gone out since, or speaks of a moment that is over.

    No priority is spared: an old crisis text comes out of the blue, and its alert, if open, rings
    anew. Only what might not leave before now is kept, for that cannot have gone out. What a
    member of staff wrote is past its time: when the companion runs it finds it so, and tells them.
    """
    waiting = and_(outbox.c.state.in_(("pending", "leased")), outbox.c.not_before <= now)
    freed = {"code": RESTORED, "lease": None, "leased_until": None}
    written = and_(waiting, outbox.c.said_by.is_not(None))
    late = update(outbox).where(written).values(**freed, state="pending", not_after=_PAST)
    theirs = int(tx.execute(late).rowcount)
    others = update(outbox).where(waiting, outbox.c.said_by.is_(None))
    return theirs + int(tx.execute(others.values(**freed, state="expired")).rowcount)


def _ring(tx: Connection, now: datetime) -> int:
    """Who took an alert since is not known: nobody has it, and the team is told at once."""
    rows = tx.execute(select(alert.c.id, alert.c.level).where(alert.c.state != "closed")).all()
    for row in rows:
        alerts.note(tx, row.id, now, "added", detail=f"{row.level} restored_from_backup")
        reopen(tx, row.id, now)
    return len(rows)


def _forget_asked(tx: Connection, made: datetime, now: datetime) -> None:
    """A reminder may not go twice: what fell due since the backup counts as asked.

    A check-in dated back is too late to be sent, and its next one is computed as ever.
    """
    since = and_(reminder.c.due_at > made, reminder.c.due_at <= now)
    tx.execute(delete(reminder).where(since, reminder.c.kind == "checkin_nudge"))
    asked = update(reminder).where(since, reminder.c.kind == "checkin")
    tx.execute(asked.values(due_at=made - _LONG_AGO))

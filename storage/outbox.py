"""Messages to send: stored with the decision, claimed under a lease, marked by compare-and-swap."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnClause,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from storage.encryption import KeyringError
from storage.models import outbox
from storage.prepared import Prepared
from storage.store import MARK_LENGTH
from storage.upsert import upsert

CRISIS, REPLY, STAFF, REMINDER, BROADCAST = range(5)
"""Priorities; the smallest leaves first."""

UNMARKED = 32
"""Characters of a lease that bears no process's mark."""
_RESTING_STEP = 16
_KEEPS_ITS_PLACE = 20
"""Tries after which a message that can't get through lets later ones to its address pass."""

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
OTHER_WAY = "other_way_"
"""How the kind of what goes again by another channel begins."""
_UNASKED = (
    "answer", "handed_over", "goodbye", "alert_told", "checkin_nudge", "number_check",
    "crisis_hour", "crisis_day", "crisis_unanswered", "crisis_withdrawal", "broadcast",
)  # fmt: skip
_FINAL = ("sent", "delivered", "undelivered", "failed", "expired", "cancelled", "doubted")


def put(tx: Connection, **values: Any) -> int | None:
    """Queue a message and return its id; None if its (person, kind, window) is there already."""
    found = _PUT.first(tx, **_whole(values))
    return None if found is None else int(found.id)


def put_all(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Queue many at once, all with the same columns; what is there already stays as it is."""
    _PUT_ALL.many(tx, [_whole(row) for row in rows])


def _whole(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "buttons": [],
        "private": False,
        "state": "pending",
        "kind": "reply",
        "not_before": values["created_at"],
        **values,
    }


_PUT_ALL = Prepared(lambda dialect: upsert(dialect, outbox).on_conflict_do_nothing())
_PUT = Prepared(
    lambda dialect: upsert(dialect, outbox).on_conflict_do_nothing().returning(outbox.c.id)
)


def claim(
    tx: Connection,
    channel: str,
    now: datetime,
    *,
    most: int,
    lease: timedelta,
    resting: Sequence[str] = (),
    mark: str = "",
) -> list[Row[Any]]:
    """Lease up to `most` messages of a channel, crisis first, at most one an address.

    `mark` names the process that takes them, should it die with them in hand.

    `resting` are the hashes of addresses that were written to a moment ago; a crisis message
    does not wait for them. A message waits for an earlier or more urgent one to its address,
    also while that one waits to be tried again; a crisis message waits for crisis ones only.
    """
    # Rounded up: a statement for each number of addresses would be compiled anew each time.
    padded = list(resting) + list(resting[:1]) * (-len(resting) % _RESTING_STEP)
    token = mark + uuid.uuid4().hex
    given = {"by": channel, "now": now, "most": most, "token": token, "until": now + lease}
    try:
        rows = _claim(len(padded)).rows(tx, **given, **_named(padded))
    except KeyringError:
        leased = tx.execute(select(outbox.c.id).where(outbox.c.lease == token))
        rows = _read(tx, list(leased.scalars()))
    return sorted(rows, key=lambda row: (row.priority, row.id))


def _named(resting: Sequence[str]) -> dict[str, str]:
    return {f"resting{at}": address_hash for at, address_hash in enumerate(resting)}


@cache
def _claim(resting: int) -> Prepared:
    now = bindparam("now", type_=outbox.c.not_before.type)
    other = outbox.alias("other")
    # As literals: with bound values SQLite can't use the partial indexes, and plans anew each time.
    pending: ColumnClause[str] = literal_column("'pending'")
    leased: ColumnClause[str] = literal_column("'leased'")
    ready = and_(outbox.c.state == pending, outbox.c.channel == bindparam("by"))
    in_time = or_(outbox.c.not_after.is_(None), outbox.c.not_after >= now)
    due = and_(outbox.c.not_before <= now, in_time)
    in_line = or_(other.c.not_before <= now, other.c.attempts.between(1, _KEEPS_ITS_PLACE))
    before = exists().where(
        other.c.address_hash == outbox.c.address_hash,
        other.c.state.in_((pending, leased)),
        or_(
            and_(
                other.c.state == leased,
                or_(outbox.c.priority != CRISIS, other.c.priority == CRISIS),
            ),
            and_(
                other.c.state == pending,
                in_line,
                or_(
                    other.c.priority < outbox.c.priority,
                    and_(other.c.priority == outbox.c.priority, other.c.id < outbox.c.id),
                ),
            ),
        ),
    )
    query = (
        select(outbox.c.id)
        .where(ready, due, ~before)
        .order_by(outbox.c.priority, outbox.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
    if resting:
        names: list[BindParameter[str]] = [bindparam(name) for name in _named([""] * resting)]
        # A member of staff may get many at once, and no chat takes more than one a second.
        helped = and_(outbox.c.priority == CRISIS, outbox.c.staff_id.is_(None))
        awake = or_(helped, outbox.c.address_hash.not_in(names))
        query = query.where(awake)
    chosen = query.cte("chosen")
    return Prepared(
        update(outbox)
        .where(outbox.c.id.in_(select(chosen.c.id)), outbox.c.state == pending)
        .values(
            state="leased",
            lease=bindparam("token"),
            leased_until=bindparam("until", type_=outbox.c.leased_until.type),
            attempts=outbox.c.attempts + 1,
        )
        .returning(outbox)
    )


def _read(tx: Connection, ids: list[int]) -> list[Row[Any]]:
    """Leased rows by their ids, crisis first; one that does not open must not stop the others."""
    query = select(outbox).where(outbox.c.state == "leased")
    ordered = query.order_by(outbox.c.priority, outbox.c.id)
    try:
        return list(tx.execute(ordered.where(outbox.c.id.in_(ids))))
    except KeyringError:
        return [row for number in ids for row in _read_alone(tx, query, number)]


def _read_alone(tx: Connection, query: Select[Any], number: int) -> list[Row[Any]]:
    try:
        return list(tx.execute(query.where(outbox.c.id == number)))
    except KeyringError:
        broken = update(outbox).where(outbox.c.id == number)
        tx.execute(broken.values(state="failed", code="unreadable", lease=None, leased_until=None))
        return []


def finish(tx: Connection, row_id: int, lease: str, **values: Any) -> bool:
    """End a lease: whether it was still ours. A worker that was frozen past it changes nothing."""
    done = {"lease": None, "leased_until": None, **values}
    return bool(_FINISH.count(tx, which=row_id, held=lease, **done))


_FINISH = Prepared(
    update(outbox).where(
        outbox.c.id == bindparam("which"),
        outbox.c.lease == bindparam("held"),
        outbox.c.state == literal_column("'leased'"),
    )
)


def expire(tx: Connection, now: datetime) -> list[Row[Any]]:
    """Drop what is past its time: a 9 am reminder never arrives at 6 pm."""
    late = and_(outbox.c.state == "pending", outbox.c.not_after.is_not(None))
    statement = (
        update(outbox)
        .where(late, outbox.c.not_after < now)
        .values(state="expired")
        .returning(
            outbox.c.id,
            outbox.c.kind,
            outbox.c.person_id,
            outbox.c.said_by,
            outbox.c.created_at,
        )
    )
    return list(tx.execute(statement))


def overdue_leases(tx: Connection, now: datetime) -> list[Row[Any]]:
    """Leased rows whose worker died or froze: whether they were sent is in doubt."""
    return _leased(tx, outbox.c.leased_until < now)


def leases(tx: Connection) -> list[Row[Any]]:
    """Every leased row."""
    return _leased(tx)


def leases_of(tx: Connection, marks: Sequence[str]) -> list[Row[Any]]:
    """What processes that are gone had in hand; they bear these marks."""
    marked = func.length(outbox.c.lease) > UNMARKED
    return _leased(tx, and_(marked, func.substr(outbox.c.lease, 1, MARK_LENGTH).in_(marks)))


def _leased(tx: Connection, *which: ColumnElement[bool]) -> list[Row[Any]]:
    query = select(outbox.c.id).where(outbox.c.state == literal_column("'leased'"), *which)
    ids = list(tx.execute(query.with_for_update(skip_locked=True)).scalars())
    return _read(tx, ids) if ids else []


def cancel(tx: Connection, *, address_hash: str | None = None, person_id: int | None = None) -> int:
    """Take back what has not left: everything to an address, or to a person; how much was dropped.

    What is being sent this moment is not tried again, should it fail. What a member of staff
    wrote is past its time from now on: `expire` returns it, so that they are told.
    """
    whose = [outbox.c.address_hash == address_hash] if address_hash is not None else []
    whose += [outbox.c.person_id == person_id] if person_id is not None else []
    return _take_back(tx, *whose)


def _take_back(tx: Connection, *whose: ColumnElement[bool]) -> int:
    waits, flies = outbox.c.state == "pending", outbox.c.state == "leased"
    signed = outbox.c.said_by.is_not(None)
    # Two statements: each has an index of its own.
    for those in ((flies,), (waits, signed)):
        tx.execute(update(outbox).where(*those, *whose).values(not_after=_LONG_AGO))
    cancelled = update(outbox).where(waits, ~signed, *whose).values(state="cancelled")
    return int(tx.execute(cancelled).rowcount)


def take_back(tx: Connection, person_id: int, *, everything: bool) -> None:
    """Take back what waits for a person; but for `everything`, help in danger still leaves."""
    whose = [outbox.c.person_id == person_id]
    _take_back(tx, *(whose if everything else [*whose, outbox.c.priority != CRISIS]))


def hush(tx: Connection, person_id: int) -> None:
    """Take back what nobody should find on the phone; help in danger still leaves."""
    again = and_(outbox.c.kind.startswith(OTHER_WAY, autoescape=True), outbox.c.priority != CRISIS)
    _take_back(tx, outbox.c.person_id == person_id, or_(outbox.c.kind.in_(_UNASKED), again))


def cancel_kind(tx: Connection, kind: str, window: str) -> None:
    """Take back one thing that waits, by what it is and which of them."""
    what = (outbox.c.kind == kind, outbox.c.window == window, outbox.c.state == "pending")
    tx.execute(update(outbox).where(*what).values(state="cancelled"))


def last_said_by(tx: Connection, person_id: int, since: datetime) -> int | None:
    """Which member of staff wrote to a person last, since a moment."""
    query = select(outbox.c.said_by).where(
        outbox.c.person_id == person_id,
        outbox.c.created_at >= since,
        outbox.c.said_by.is_not(None),
    )
    latest = query.order_by(outbox.c.created_at.desc(), outbox.c.id.desc()).limit(1)
    found: int | None = tx.execute(latest).scalar_one_or_none()
    return found


def kinds_since(tx: Connection, person_id: int, prefix: str, since: datetime) -> list[str]:
    """The kinds, beginning so, of what was queued for a person since a moment; oldest first."""
    query = select(outbox.c.kind).where(
        outbox.c.person_id == person_id,
        outbox.c.created_at >= since,
        outbox.c.kind.startswith(prefix, autoescape=True),
    )
    return list(tx.execute(query.order_by(outbox.c.id)).scalars())


def last_of(tx: Connection, person_id: int, kind: str) -> datetime | None:
    """When something of a kind was queued for a person last."""
    query = select(func.max(outbox.c.created_at))
    found: datetime | None = tx.execute(
        query.where(outbox.c.person_id == person_id, outbox.c.kind == kind)
    ).scalar_one()
    return found


def by_provider(tx: Connection, channel: str, provider_id: str) -> Row[Any] | None:
    """The row that a status callback speaks of, if it is here."""
    query = select(outbox).where(outbox.c.channel == channel, outbox.c.provider_id == provider_id)
    return tx.execute(query.with_for_update().limit(1)).one_or_none()


def mark(tx: Connection, row_id: int, **values: Any) -> None:
    """Write what a status callback said."""
    tx.execute(update(outbox).where(outbox.c.id == row_id).values(**values))


def notices_out(tx: Connection, alert_id: int, *, but: int) -> bool:
    """Whether another notice of an alert is on its way or has arrived."""
    query = select(outbox.c.id).where(
        outbox.c.alert_id == alert_id,
        outbox.c.staff_id.is_not(None),
        outbox.c.id != but,
        outbox.c.state.in_(("pending", "leased", "sent", "delivered")),
    )
    return tx.execute(query.limit(1)).first() is not None


def next_due(tx: Connection) -> datetime | None:
    """When the next waiting message may leave."""
    query = select(func.min(outbox.c.not_before)).where(outbox.c.state == "pending")
    found: datetime | None = tx.execute(query).scalar_one_or_none()
    return found


def oldest_urgent(tx: Connection) -> datetime | None:
    """Since when the oldest unsent crisis text or staff notice has been waiting."""
    query = select(func.min(outbox.c.created_at)).where(
        outbox.c.state.in_(("pending", "leased")),
        outbox.c.priority.in_((CRISIS, STAFF)),
    )
    found: datetime | None = tx.execute(query).scalar_one_or_none()
    return found


def waiting(tx: Connection) -> int:
    """How many messages have not left yet."""
    query = select(func.count()).select_from(outbox)
    return int(tx.execute(query.where(outbox.c.state.in_(("pending", "leased")))).scalar_one())


def forget_strangers(tx: Connection, before: datetime) -> int:
    """Erase what was answered to strangers before a moment."""
    statement = delete(outbox).where(
        outbox.c.person_id.is_(None),
        outbox.c.staff_id.is_(None),
        outbox.c.state.in_(_FINAL),
        outbox.c.created_at < before,
    )
    return int(tx.execute(statement).rowcount)

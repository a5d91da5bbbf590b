"""Seats: who holds a place in which session, what they said, what became of it; with its trail."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from storage.models import seat, seat_event, series, session
from storage.upsert import insert_or

Taken = Literal["booked", "full", "gone"]

_OF_SESSION = (
    session.c.series_id,
    session.c.starts_at,
    session.c.ends_at,
    session.c.zone,
    session.c.all_day,
    session.c.kind,
    session.c.title,
    session.c.place,
    session.c.link,
    session.c.staff_id,
    session.c.capacity,
    session.c.state.label("session_state"),
    session.c.word,
    series.c.place.label("usual_place"),
)
_WITH_SESSION = (
    select(seat, *_OF_SESSION)
    .join(session, session.c.id == seat.c.session_id)
    .join(series, series.c.id == session.c.series_id)
)


def of(tx: Connection, person_id: int, since: datetime, until: datetime) -> list[Row[Any]]:
    """Somebody's seats with their sessions that start from a moment until before another."""
    query = _WITH_SESSION.where(
        seat.c.person_id == person_id, session.c.starts_at >= since, session.c.starts_at < until
    )
    return list(tx.execute(query.order_by(session.c.starts_at, seat.c.id)))


def with_changes(
    tx: Connection, person_id: int, since: datetime, until: datetime
) -> list[Row[Any]]:
    """As `of`, with how often each was booked, moved or called off (`changes`) and when last."""
    changes = (
        select(
            seat_event.c.seat_id,
            func.count().label("changes"),
            func.max(seat_event.c.at).label("changed_at"),
        )
        .where(
            # Their own alone: the trail of everybody is long, and an address may be fetched often.
            seat_event.c.seat_id.in_(select(seat.c.id).where(seat.c.person_id == person_id)),
            seat_event.c.what.in_(("booked", "moved", "cancelled", "replied", "given_up")),
        )
        .group_by(seat_event.c.seat_id)
        .subquery()
    )
    query = _WITH_SESSION.add_columns(changes.c.changes, changes.c.changed_at)
    found = query.join(changes, changes.c.seat_id == seat.c.id).where(
        seat.c.person_id == person_id, session.c.starts_at >= since, session.c.starts_at < until
    )
    return list(tx.execute(found.order_by(session.c.starts_at, seat.c.id)))


def unended(tx: Connection, person_id: int, now: datetime) -> list[Row[Any]]:
    """Somebody's in sessions that have not ended."""
    query = _WITH_SESSION.where(seat.c.person_id == person_id, session.c.ends_at > now)
    return list(tx.execute(query.order_by(session.c.starts_at, seat.c.id)))


def of_all(
    tx: Connection, person_ids: Collection[int], since: datetime, until: datetime
) -> dict[int, list[Row[Any]]]:
    """Those of many people in a time, by their numbers; who has none is left out."""
    query = _WITH_SESSION.where(
        seat.c.person_id.in_(person_ids), session.c.starts_at >= since, session.c.starts_at < until
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in tx.execute(query.order_by(session.c.starts_at, seat.c.id)):
        found.setdefault(row.person_id, []).append(row)
    return found


def sitting(tx: Connection, since: datetime, until: datetime) -> list[int]:
    """Who has a seat in a session that starts from a moment until before another."""
    query = select(seat.c.person_id).join(session, session.c.id == seat.c.session_id)
    held = (session.c.starts_at >= since, session.c.starts_at < until, session.c.all_day.is_(False))
    return list(tx.scalars(query.where(*held).distinct().order_by(seat.c.person_id)))


def get(tx: Connection, which: int) -> Row[Any] | None:
    """One with its session."""
    return tx.execute(_WITH_SESSION.where(seat.c.id == which)).one_or_none()


def at(tx: Connection, session_id: int) -> list[Row[Any]]:
    """All of a session, in the order in which they were taken."""
    query = _WITH_SESSION.where(seat.c.session_id == session_id)
    return list(tx.execute(query.order_by(seat.c.id)))


def holders(tx: Connection, session_ids: Collection[int]) -> set[int]:
    """Who holds a place in any of these sessions."""
    query = select(seat.c.person_id).where(seat.c.session_id.in_(session_ids))
    return set(tx.scalars(query.where(seat.c.state == "held")))


def held_before(tx: Connection, session_id: int, person_id: int) -> Row[Any] | None:
    """Somebody's own in a session, whatever became of it."""
    whose = (seat.c.session_id == session_id, seat.c.person_id == person_id)
    return tx.execute(select(seat).where(*whose)).one_or_none()


def taken(tx: Connection, session_id: int) -> int:
    """How many places of a session are held."""
    held = (seat.c.session_id == session_id, seat.c.state == "held")
    return int(tx.execute(select(func.count()).select_from(seat).where(*held)).scalar_one())


def take(
    tx: Connection,
    session_id: int,
    person_id: int,
    via: str,
    now: datetime,
    *,
    instead_of: int | None = None,
    staff_id: int | None = None,
) -> Taken:
    """Take a place where one is free; the session's row is locked meanwhile: nobody gets it twice.

    Whoever holds one already has it. "gone": it was cancelled, or has ended.
    """
    query = select(session).where(session.c.id == session_id).with_for_update()
    row = tx.execute(query).one_or_none()
    if row is None or row.state != "planned" or row.all_day or row.ends_at <= now:
        return "gone"
    whose = (seat.c.session_id == session_id, seat.c.person_id == person_id)
    there = tx.execute(select(seat).where(*whose)).one_or_none()
    if there is not None and there.state == "held":
        return "booked"
    if row.capacity is not None and taken(tx, session_id) >= row.capacity:
        return "full"
    if there is not None:
        again = {"via": via, "state": "held", "reply": None, "barrier": None}
        change(tx, there.id, now, "booked", staff_id, **again, instead_of=instead_of)
        return "booked"
    add(tx, session_id, person_id, via, now, staff_id, instead_of=instead_of)
    return "booked"


def add(
    tx: Connection,
    session_id: int,
    person_id: int,
    via: str,
    now: datetime,
    staff_id: int | None,
    *,
    instead_of: int | None = None,
) -> int:
    """Give somebody who has none a place, whether one is free or not; returns its number."""
    values = {"session_id": session_id, "person_id": person_id, "via": via, "state": "held"}
    new = insert(seat).values(**values, instead_of=instead_of).returning(seat.c.id)
    which = int(tx.execute(new).scalar_one())
    note_all(tx, [which], now, "booked", staff_id, {}, {"via": via, "state": "held"})
    return which


def enrol(
    tx: Connection, sessions: Sequence[int], person_id: int, now: datetime, staff_id: int | None
) -> None:
    """Seat somebody in sessions that they are enrolled for: whoever is enrolled has a place.

    Where somebody else was quicker, they have it already.
    """
    if not sessions:
        return
    values = {"person_id": person_id, "via": "enrolled", "state": "held"}
    new = insert_or(tx, seat).on_conflict_do_nothing().returning(seat.c.id)
    made = tx.execute(new, [{**values, "session_id": each} for each in sessions]).scalars()
    note_all(tx, list(made), now, "booked", staff_id, {}, {"via": "enrolled", "state": "held"})


def change(
    tx: Connection, which: int, now: datetime, what: str, staff_id: int | None, **values: Any
) -> bool:
    """Change a seat and write down what it was before; False where nothing differs."""
    query = select(seat).where(seat.c.id == which).with_for_update()
    row = tx.execute(query).one()
    before = {name: getattr(row, name) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != value}
    if not changed:
        return False
    tx.execute(update(seat).where(seat.c.id == which).values(**changed))
    had = {name: before[name] for name in changed}
    note_all(tx, [which], now, what, staff_id, had, changed)
    return True


def trail(tx: Connection, which: int) -> list[Row[Any]]:
    """Every change of a seat, the oldest first."""
    query = select(seat_event).where(seat_event.c.seat_id == which)
    return list(tx.execute(query.order_by(seat_event.c.id)))


def lately_changed(tx: Connection, person_id: int, now: datetime, since: datetime) -> set[int]:
    """Somebody's seats ahead whose session was moved, cancelled or taken up again since a moment.

    And those that were given to them: nothing in a row says what a place was before.
    """
    ours = seat_event.c.what.in_(("moved", "booked"))
    theirs = (seat_event.c.what == "cancelled") & (session.c.state == "cancelled")
    query = (
        select(seat_event.c.seat_id)
        .join(seat, seat.c.id == seat_event.c.seat_id)
        .join(session, session.c.id == seat.c.session_id)
        .where(
            seat.c.person_id == person_id,
            session.c.starts_at > now,
            seat_event.c.at > since,
            ours | theirs,
        )
    )
    return set(tx.scalars(query))


def note_all(
    tx: Connection,
    seat_ids: Sequence[int],
    now: datetime,
    what: str,
    staff_id: int | None,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Write the same into the trails of some seats."""
    row = {
        "at": now,
        "staff_id": staff_id,
        "what": what,
        "before": _plain(before),
        "after": _plain(after),
    }
    if seat_ids:
        tx.execute(insert(seat_event), [{**row, "seat_id": which} for which in seat_ids])


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
    }

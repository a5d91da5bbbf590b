"""Drug screens and the draws that they come from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from storage import access
from storage.models import draw, person, screen

OPEN: Final = ("planned", "told", "confirmed", "cannot", "unread")
"""States in which staff have not said yet what became of it."""
_A_DAY: Final = timedelta(days=1)
_LONG_AGO: Final = timedelta(days=35)


def add_draw(tx: Connection, **values: Any) -> int:
    """Keep a draw; returns its number."""
    return int(tx.execute(insert(draw).values(**values).returning(draw.c.id)).scalar_one())


def draws(tx: Connection) -> list[Row[Any]]:
    """All of them, the newest first."""
    return list(tx.execute(select(draw).order_by(draw.c.from_on.desc(), draw.c.id.desc())))


def draw_named(tx: Connection, name: str) -> Row[Any] | None:
    """One by its name, locked for a change."""
    return tx.execute(select(draw).where(draw.c.name == name).with_for_update()).one_or_none()


def overlapping(tx: Connection, first: date, last: date) -> Row[Any] | None:
    """A draw that holds for a day of these."""
    query = select(draw).where(draw.c.from_on <= last, draw.c.until_on >= first)
    return tx.execute(query.limit(1)).one_or_none()


def mark_revealed(tx: Connection, which: int, now: datetime) -> None:
    """Its seed is known from now on; the first time counts."""
    fresh = (draw.c.id == which, draw.c.revealed_at.is_(None))
    tx.execute(update(draw).where(*fresh).values(revealed_at=now))


def add(tx: Connection, rows: Sequence[dict[str, Any]]) -> list[Row[Any]]:
    """Keep screens that are planned; returns number, person and day of each."""
    new = insert(screen).returning(screen.c.id, screen.c.person_id, screen.c.day)
    return list(tx.execute(new, [{"state": "planned", **row} for row in rows])) if rows else []


def get(tx: Connection, which: int) -> Row[Any] | None:
    """One by its number."""
    return tx.execute(select(screen).where(screen.c.id == which)).one_or_none()


def ahead(tx: Connection, person_id: int, now: datetime) -> list[Row[Any]]:
    """Somebody's whose time is not over, the next first."""
    query = select(screen).where(screen.c.person_id == person_id, screen.c.until_at > now)
    return list(tx.execute(query.where(screen.c.state.in_(OPEN)).order_by(screen.c.from_at)))


def on(tx: Connection, person_id: int, day: date) -> Row[Any] | None:
    """Somebody's of a day, unless it was called off."""
    query = select(screen).where(screen.c.person_id == person_id, screen.c.day == day)
    return tx.execute(query.where(screen.c.state != "cancelled").limit(1)).one_or_none()


def change(
    tx: Connection, which: int, states: Collection[str], now: datetime | None = None, **values: Any
) -> bool:
    """Change one that is in one of these states; with `now`, while its time is not over."""
    same = [screen.c.id == which, screen.c.state.in_(states)]
    if now is not None:
        same.append(screen.c.until_at > now)
    return bool(tx.execute(update(screen).where(*same).values(**values)).rowcount)


def unheard(tx: Connection, told_before: datetime, now: datetime) -> list[Row[Any]]:
    """Told so long ago and not answered, or over and nothing was heard; with whose they are."""
    quiet = (screen.c.state == "told") & (screen.c.told_at <= told_before)
    over = screen.c.state.in_(("planned", "told")) & (screen.c.until_at <= now)
    query = (
        select(screen, person.c.status)
        .join(person, person.c.id == screen.c.person_id)
        # By its day for that index: a screen of long ago is over, and was looked at then.
        .where(screen.c.day.between(now.date() - _LONG_AGO, now.date() + _A_DAY), quiet | over)
        .order_by(screen.c.id)
        .limit(100)
    )
    return list(tx.execute(query))


def seen(tx: Connection, worker: Row[Any], now: datetime, until: date, most: int) -> list[Row[Any]]:
    """Of those whom somebody may see, up to a day, the newest first; drawn ones ahead never.

    All that wait for an entry; of the others so many.
    """
    query = (
        select(screen, person.c.name)
        .join(person, person.c.id == screen.c.person_id)
        .where(
            access.visible(worker, now),
            (screen.c.day <= until) | screen.c.draw_id.is_(None),
        )
        .order_by(screen.c.day.desc(), screen.c.id.desc())
    )
    waiting = screen.c.state.in_(OPEN)
    found = [*tx.execute(query.where(waiting)), *tx.execute(query.where(~waiting).limit(most))]
    return sorted(found, key=lambda row: (row.day, row.id), reverse=True)


def entered_since(tx: Connection, since: datetime) -> set[int]:
    """Whose results staff have entered since a moment."""
    query = select(screen.c.person_id).where(screen.c.entered_at >= since)
    return set(tx.scalars(query))


def entered(tx: Connection, person_id: int, since: date) -> list[Row[Any]]:
    """Somebody's that staff have closed, from a day on, in order."""
    query = select(screen).where(
        screen.c.person_id == person_id, screen.c.day >= since, screen.c.entered_at.is_not(None)
    )
    return list(tx.execute(query.order_by(screen.c.day, screen.c.id)))

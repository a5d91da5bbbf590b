"""Lists of support meetings, and what stands in them: what came in before and what is new."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Insert, Row, bindparam, delete, func, select, update

from storage.models import feed, meeting
from storage.prepared import Prepared
from storage.upsert import insert_or, upsert

_OWN = ("feed_id", "key")


def _put(dialect: str) -> Insert:
    statement = upsert(dialect, meeting)
    rest = [c.name for c in meeting.columns if c.name not in (*_OWN, "id")]
    made: Insert = statement.on_conflict_do_update(
        index_elements=_OWN, set_={name: statement.excluded[name] for name in rest}
    )
    return made


_PUT = Prepared(_put)
SHOWN = (
    "day", "minute", "zone", "attendance", "location", "address", "lat", "lng",
    "join_url", "join_phone",
)  # fmt: skip
"""What is said of a change: when, where and how it is held."""
_KNOWN = (
    select(meeting.c.key, meeting.c.digest, *(meeting.c[name] for name in SHOWN))
    .where(meeting.c.feed_id == bindparam("list"))
    .where(meeting.c.key.in_(bindparam("some", expanding=True)))
)


def everything(tx: Connection) -> list[Row[Any]]:
    """Every list, by its name."""
    return list(tx.execute(select(feed).order_by(feed.c.name)))


def by_name(tx: Connection, name: str) -> Row[Any] | None:
    """A list by its name."""
    return tx.execute(select(feed).where(feed.c.name == name)).one_or_none()


def settle(tx: Connection, name: str, now: datetime, given: Mapping[str, Any]) -> int:
    """Make a list of that name, or change the one there is; returns its number."""
    values = {"name": name, "dropped": {}, "created_at": now, "kind": "list", **given}
    statement = insert_or(tx, feed).values(values)
    if given:
        statement = statement.on_conflict_do_update(index_elements=["name"], set_=dict(given))
    else:
        statement = statement.on_conflict_do_nothing(index_elements=["name"])
    tx.execute(statement)
    return int(tx.execute(select(feed.c.id).where(feed.c.name == name)).scalar_one())


def change(tx: Connection, number: int, **values: Any) -> None:
    """Change a list."""
    tx.execute(update(feed).where(feed.c.id == number).values(values))


def due(tx: Connection, now: datetime) -> list[str]:
    """The names of the lists to be fetched now, the longest overdue first."""
    query = select(feed.c.name).where(feed.c.due_at <= now, feed.c.url.is_not(None))
    return list(tx.scalars(query.order_by(feed.c.due_at)))


def claim(tx: Connection, name: str, now: datetime, until: datetime) -> bool:
    """Take a list that is due for oneself; False where somebody else was quicker."""
    taken = update(feed).where(feed.c.name == name, feed.c.due_at <= now).values(due_at=until)
    return bool(tx.execute(taken).rowcount)


def known(tx: Connection, number: int, keys: Collection[str]) -> dict[str, Row[Any]]:
    """What is stored of these keys of a list: the digest of each, and what is `SHOWN`."""
    found = tx.execute(_KNOWN, {"list": number, "some": list(keys)})
    return {row.key: row for row in found}


def put(tx: Connection, number: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store meetings of a list, in place of those of the same keys; all name the same columns."""
    _PUT.many(tx, [{**row, "feed_id": number} for row in rows])


def page(tx: Connection, number: int, after: str, most: int) -> list[Row[Any]]:
    """The next meetings of a list after a key, in the order of their keys: id and key."""
    query = select(meeting.c.id, meeting.c.key).where(
        meeting.c.feed_id == number, meeting.c.key > after
    )
    return list(tx.execute(query.order_by(meeting.c.key).limit(most)))


def drop(tx: Connection, number: int, ids: Sequence[int]) -> None:
    """Forget meetings of a list."""
    tx.execute(delete(meeting).where(meeting.c.feed_id == number, meeting.c.id.in_(ids)))


def forget(tx: Connection, number: int) -> None:
    """Forget a list whose meetings are gone."""
    tx.execute(delete(feed).where(feed.c.id == number))


def standing(tx: Connection) -> dict[int, dict[str, int]]:
    """How many meetings of each list are stored, by how they are attended."""
    query = select(meeting.c.feed_id, meeting.c.attendance, func.count())
    counts: dict[int, dict[str, int]] = {}
    for number, attendance, count in tx.execute(
        query.group_by(meeting.c.feed_id, meeting.c.attendance)
    ):
        counts.setdefault(number, {})[attendance] = count
    return counts


def count(tx: Connection, number: int) -> int:
    """How many meetings of a list are stored."""
    query = select(func.count()).select_from(meeting).where(meeting.c.feed_id == number)
    return int(tx.execute(query).scalar_one())

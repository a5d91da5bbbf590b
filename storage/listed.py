"""One meeting as it is listed now, by the name that somebody keeps it under: `list/key`."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from storage.models import feed, meeting
from storage.prepared import Prepared


def parted(name: str) -> tuple[str, str]:
    """The list and the list's own name of it."""
    of, _, key = name.partition("/")
    return of, key


def feed_of(tx: Connection, name: str) -> int | None:
    """The number of the list it stands in; None: there is no such list."""
    found = _FEED.first(tx, what=parted(name)[0])
    return found.id if found is not None else None


_FEED = Prepared(select(feed.c.id).where(feed.c.name == bindparam("what")))


def get(tx: Connection, feed_id: int, key: str) -> Row[Any] | None:
    """It by its list's number and its key; None: it is not listed any more."""
    query = select(meeting).where(meeting.c.feed_id == feed_id, meeting.c.key == key)
    return tx.execute(query).one_or_none()


def alike(tx: Connection, feed_id: int, name: str, day: int, minute: int) -> list[Row[Any]]:
    """Those of a list with the same name at the same hour: a list may give its rows new keys."""
    same = (
        meeting.c.feed_id == feed_id,
        meeting.c.name == name,
        meeting.c.day == day,
        meeting.c.minute == minute,
    )
    return list(tx.execute(select(meeting).where(*same).limit(9)))

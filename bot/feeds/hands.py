"""What writes lists into the store: small steps, through the running server or straight.

SQLite has one writer, and every turn waits for it: a step is a few milliseconds and no more.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection

from bot import control
from bot.config import Settings
from bot.database import open_store, open_to_read
from bot.feeds.rows import stored
from storage import facts, feeds
from storage.store import Store, Work

T = TypeVar("T")

CHANGED: Final = "meetings_changed"
"""The fact that stands from a change of what is listed until everybody was told who has to be."""

Given = dict[str, Any]
Step = Callable[[Connection, Given, datetime], Given]
Carry = Callable[[Connection, str, Given, datetime], Given]


class Reads(Protocol):
    """Reads from the store."""

    def __call__(self, work: Work[T], /) -> T:
        """Run a transaction that only reads."""
        ...


@dataclass(frozen=True, slots=True)
class Hands:
    """The two ways to the store."""

    read: Reads
    do: Callable[[str, Given], Given]
    """Carries a step of `STEPS` out."""
    rows: int = 150
    """Meetings that a step stores at most."""
    characters: int = 40_000
    """The same in JSON: the server's socket takes a line of 64 KB."""


def _settle(tx: Connection, given: Given, now: datetime) -> Given:
    """Make the list, or change it, or leave it as it is."""
    return {"list": feeds.settle(tx, given["name"], now, given["change"])}


def _put(tx: Connection, given: Given, now: datetime) -> Given:
    """Store the next meetings."""
    del now
    feeds.put(tx, given["list"], [stored(row) for row in given["rows"]])
    return {}


def _drop(tx: Connection, given: Given, now: datetime) -> Given:
    """Forget the next meetings."""
    del now
    feeds.drop(tx, given["list"], given["ids"])
    return {}


def _change(tx: Connection, given: Given, now: datetime) -> Given:
    """Write down how it went."""
    change = {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in given["change"].items()
    }
    if change:
        feeds.change(tx, given["list"], **change)
    if given["changed"]:
        facts.put_fact(tx, CHANGED, now.isoformat())
    return {}


def _claim(tx: Connection, given: Given, now: datetime) -> Given:
    """Take a list that is due; nobody else fetches it until then."""
    return {"taken": feeds.claim(tx, given["name"], now, datetime.fromisoformat(given["until"]))}


def _forget(tx: Connection, given: Given, now: datetime) -> Given:
    """Forget a list whose meetings are gone."""
    feeds.forget(tx, given["list"])
    facts.put_fact(tx, CHANGED, now.isoformat())
    return {}


STEPS: Final[dict[str, Step]] = {
    "meetings_settle": _settle,
    "meetings_put": _put,
    "meetings_drop": _drop,
    "meetings_change": _change,
    "meetings_claim": _claim,
    "meetings_forget": _forget,
}


def _step(tx: Connection, what: str, given: Given, now: datetime) -> Given:
    return STEPS[what](tx, given, now)


@contextlib.contextmanager
def opened(settings: Settings, carry: Carry = _step) -> Iterator[Hands]:
    """The way to the store that the settings name; raises ConfigError.

    `carry` does a step where no server runs.
    """
    if settings.database_url.startswith("sqlite"):
        path = control.path_beside(settings.database_file)
        if path.exists() and control.ask(path, "meetings_drop", {"list": 0, "ids": []}) is not None:
            store = open_to_read(settings)
            try:
                yield Hands(store.read_now, partial(control.insist, path))
            finally:
                store.close()
            return
    store = open_store(settings)
    try:
        yield straight(store, carry=carry)
    finally:
        store.close()


def straight(
    store: Store,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    carry: Carry = _step,
) -> Hands:
    """The way where nobody else writes, or everybody may."""
    return Hands(
        store.read_now,
        lambda what, given: store.write_now(lambda tx: carry(tx, what, given, now())),
        # No turn waits for it, and each step waits for the disk.
        rows=1_000,
        characters=1_000_000,
    )

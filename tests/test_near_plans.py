"""Meetings are found by the indexes that are made for it, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from bot import near
from bot.starts import Span
from handlers.meetings import Spot, Wish
from storage import meetings, schema
from storage.encryption import Keyring
from storage.models import meeting
from storage.store import Store
from tests.conftest import START
from tests.databases import Spares, named
from tests.meeting_rows import PHILADELPHIA, listed, north, online, put, row
from tests.test_plans import plans

HERE = Spot(*PHILADELPHIA, "19103", "America/New_York")
WORK: dict[str, Callable[[Connection], Any]] = {
    "now": lambda tx: near.search(tx, Wish(), HERE, HERE.zone, START),
    "online": lambda tx: near.search(tx, Wish(how="online"), None, HERE.zone, START),
    "by phone": lambda tx: near.search(tx, Wish(how="phone"), None, HERE.zone, START),
    "within": lambda tx: near.within(
        tx, Wish(), HERE, Span(START, START + timedelta(hours=6)), miles=25
    ),
    "zones": meetings.online_zones,
}


def fill(tx: Connection) -> None:
    """Thirty thousand: a smaller table is read faster whole."""
    feed = listed(tx)
    rows = [row(feed, n % 7, f"{n % 24}:{n % 60}", **north(n * 0.5)) for n in range(800)]
    put(tx, rows + [online(feed, n % 7, f"{n % 24}:{n % 60}") for n in range(200)])
    columns = [each.name for each in meeting.c if each.name not in ("id", "key")]
    for number in range(5):
        tx.execute(
            text(
                f"INSERT INTO meeting (key, {', '.join(columns)})"
                f" SELECT key || '-{number}', {', '.join(columns)} FROM meeting"
            )
        )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    spares: Spares | None = None
    name = ""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("filled")
        url = f"sqlite:///{folder}/companion.db"
    else:
        spares = request.getfixturevalue("_spares")
        name = spares.take()
        url = named(request.getfixturevalue("postgres"), name)
    store = Store(url, keyring)
    schema.upgrade(store)
    store.write_now(fill)
    yield store
    store.close()
    if spares is not None:
        spares.give_back(name)


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("name", WORK)
def test_no_search_reads_the_whole_table(filled: Store, name: str, *, counted: bool) -> None:
    """Before the database has counted what is in it, and after."""
    if counted:
        with filled.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    said = plans(filled, WORK[name])
    assert any("ix_meeting_" in plan for plan in said), said
    for plan in said:
        assert "Seq Scan on meeting" not in plan, plan
        assert "SCAN meeting" not in plan, plan

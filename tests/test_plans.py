"""How each hot query finds its rows: by the index made for it, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, text
from sqlalchemy.engine import Engine

from storage import alerts, messages, outbox, people, reminders, staff
from storage import plans as safety_plans
from storage.encryption import Keyring
from storage.models import address, alert, message, person, plan_line, reminder
from storage.models import outbox as outbox_table
from storage.store import Store
from tests.conftest import START

PEOPLE = 1_500
Work = Callable[[Connection], Any]
LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Hot:
    """A query, the table that must not be read whole, and the indexes of which it uses one."""

    work: Work
    table: str
    indexes: tuple[str, ...]


QUERIES = {
    "person by address": Hot(
        lambda tx: people.address_of(tx, "telegram", "700"),
        "address",
        ("uq_address_channel_hash", "sqlite_autoindex_address_1"),
    ),
    "addresses of a person": Hot(
        lambda tx: people.safe_address(tx, 700), "address", ("ix_address_person_id",)
    ),
    "outbox claim": Hot(
        lambda tx: outbox.claim(tx, "telegram", START, most=8, lease=LEASE),
        "outbox",
        ("ix_outbox_pending",),
    ),
    "outbox claim, some resting": Hot(
        lambda tx: outbox.claim(
            tx, "telegram", START, most=8, lease=LEASE, resting=["h1", "h2", "h3"]
        ),
        "outbox",
        ("ix_outbox_pending",),
    ),
    "overdue leases": Hot(
        lambda tx: outbox.overdue_leases(tx, START + timedelta(minutes=5)),
        "outbox",
        ("ix_outbox_leased",),
    ),
    "taking back what waits": Hot(
        lambda tx: outbox.cancel(tx, address_hash="h700"),
        "outbox",
        ("ix_outbox_address", "ix_outbox_pending", "ix_outbox_leased"),
    ),
    "status callback": Hot(
        lambda tx: outbox.by_provider(tx, "telegram", "p700"), "outbox", ("ix_outbox_provider",)
    ),
    "due reminders": Hot(
        lambda tx: reminders.due(tx, START, 200), "reminder", ("ix_reminder_due_at",)
    ),
    "due alerts": Hot(lambda tx: alerts.due(tx, START), "alert", ("ix_alert_next_at",)),
    "open alert of a person": Hot(
        lambda tx: alerts.open_of(tx, 700), "alert", ("uq_alert_one_open", "ix_alert_person_id")
    ),
    "message by provider id": Hot(
        lambda tx: messages.seen(tx, "telegram", ["p700"]),
        "message",
        ("uq_message_channel_provider_id", "sqlite_autoindex_message_1"),
    ),
    "messages of a person": Hot(
        lambda tx: messages.of_person(tx, 700, START - timedelta(days=1)),
        "message",
        ("ix_message_person_id_received_at",),
    ),
    "messages from an address": Hot(
        lambda tx: messages.from_address(tx, ["h700"], START - timedelta(days=1)),
        "message",
        ("ix_message_address_hash_received_at",),
    ),
    "lines of a safety plan": Hot(
        lambda tx: safety_plans.lines(tx, 700), "plan_line", ("ix_plan_line_person_id",)
    ),
}


def fill(tx: Connection) -> None:
    """A clinic of some size: most of what it ever sent and heard lies behind it."""
    day = timedelta(days=1)
    staff.add(tx, "Dana Reyes", "counselor", START)
    numbers = range(1, PEOPLE + 1)
    tx.execute(insert(person), [
        {"name": "N", "counselor_id": 1, "language": "en", "zone": "UTC", "status": "active",
         "plain": False, "agreed": True, "card": {}, "created_at": START} for _ in numbers
    ])  # fmt: skip
    tx.execute(insert(address), [
        {"channel": "telegram", "hash": people.address_hash(tx, "telegram", str(n)),
         "value": str(n), "person_id": n, "state": "open", "verified": True, "safe": True,
         "created_at": START} for n in numbers
    ])  # fmt: skip
    tx.execute(insert(message), [
        {"channel": "telegram", "provider_id": f"p{n}-{m}", "person_id": n, "kind": "text",
         "address_hash": f"h{n}", "text": "x", "risk": "none", "labels": [], "words": [],
         "sent_at": START - day * m, "received_at": START - day * m}
        for n in numbers for m in range(2)
    ])  # fmt: skip
    tx.execute(insert(plan_line), [
        {"person_id": n, "section": "people", "text": "x", "at": START}
        for n in numbers for _ in range(3)
    ])  # fmt: skip
    states = ("sent",) * 18 + ("pending", "leased")
    tx.execute(insert(outbox_table), [
        {"person_id": n, "channel": "telegram", "address": str(n), "address_hash": f"h{n}",
         "text": "x", "buttons": [], "private": False, "priority": n % 5, "kind": "reply",
         "window": str(m), "not_before": START, "state": states[(n + 7 * m) % 20],
         "leased_until": START + LEASE, "provider_id": f"p{n}-{m}", "created_at": START}
        for n in numbers for m in range(3)
    ])  # fmt: skip
    tx.execute(insert(reminder), [
        {"person_id": n, "kind": "checkin", "due_at": START + timedelta(minutes=n - 20)}
        for n in numbers
    ])  # fmt: skip
    tx.execute(insert(alert), [
        {"person_id": n, "level": "concern", "state": "open" if n % 50 == 0 else "closed",
         "silent": False, "known": True, "opened_at": START, "clock_from": START, "rung": 0,
         "next_at": START + timedelta(minutes=n - 200)} for n in numbers
    ])  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, keyring: Keyring
) -> Iterator[Store]:
    from storage import schema

    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('plans')}/companion.db"
    else:
        url = request.getfixturevalue("postgres")
    store = Store(url, keyring)
    schema.upgrade(store)
    store.write_now(fill)
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    yield store
    store.close()


def plans(store: Store, work: Work) -> list[str]:
    """What the database says of every statement of a piece of work, as it is run."""
    found: list[tuple[str, Any]] = []

    def heard(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if not statement.startswith("BEGIN"):
            found.append((statement, parameters))

    engine: Engine = store.engine
    explain = "EXPLAIN QUERY PLAN " if store.sqlite else "EXPLAIN "
    with engine.connect() as connection:
        event.listen(engine, "before_cursor_execute", heard)
        try:
            work(connection)
        finally:
            event.remove(engine, "before_cursor_execute", heard)
        said = []
        for statement, parameters in found:
            rows = connection.exec_driver_sql(explain + statement, parameters).all()
            said.append("\n".join(str(row[-1]) for row in rows))
        connection.rollback()
    return said


@pytest.mark.parametrize("name", QUERIES)
def test_the_intended_index_is_used(filled: Store, name: str) -> None:
    hot = QUERIES[name]
    said = plans(filled, hot.work)
    first = said[0]
    assert any(index in first for index in hot.indexes), first
    for plan in said:
        assert f"Seq Scan on {hot.table}" not in plan, plan
        scans = [line for line in plan.splitlines() if line.startswith(f"SCAN {hot.table}")]
        assert all(any(index in line for index in hot.indexes) for line in scans), plan


def test_who_waits_before_it_is_found_by_the_address(filled: Store) -> None:
    first = plans(filled, QUERIES["outbox claim"].work)[0]
    assert "ix_outbox_address" in first
    assert "SCAN other" not in first
    assert "Seq Scan" not in first


def test_a_plan_without_an_index_is_noticed(filled: Store) -> None:
    (said,) = plans(
        filled, lambda tx: tx.execute(text("SELECT id FROM outbox WHERE code = 'x'")).all()
    )
    assert "Seq Scan on outbox" in said or "SCAN outbox" in said

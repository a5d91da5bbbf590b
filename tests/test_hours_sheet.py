"""Hours for payers: what stands in the sheet adds up, and who got it is written down."""

from __future__ import annotations

import asyncio
import csv
import io
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from typer.testing import CliRunner, Result

from bot import hours_sheet
from bot.__main__ import app
from bot.hours_sheet import SUMMED
from storage import prescriptions
from storage.encryption import Keyring
from storage.models import audit
from storage.store import Store
from tests import sessions_held
from tests.conftest import START

MONDAY = date(2026, 10, 26)
ZONE = "America/New_York"
CLINIC = """
sender = "Harbor Check"
phone = "215-555-0100"
after_hours = { mode = "none" }
shifts = [{ who = "counselor", days = "mon-fri", from = "08:00", to = "20:00" }]
"""


def peopled(tx: Connection) -> list[int]:
    """Two people: one of two weeks with a phase that changes and a night in which clocks do."""
    made = sessions_held.somebody(tx, START, "Pia Quill", "Ana Roe")
    pia, ana = made
    prescriptions.add(tx, pia, MONDAY, 540, "=IOP", None, START)
    prescriptions.add(tx, pia, MONDAY + timedelta(days=10), 360, "Step down", None, START)
    group = sessions_held.series(tx, START)
    kept: list[tuple[str, int, dict[str, Any]]] = [
        ("2026-10-26T22:00", 180, {"mark": "present", "minutes": 180}),
        ("2026-10-27T00:00", 120, {"mark": "late", "minutes": 100, "barrier": "ride"}),
        # Saturday 11 pm until Sunday 2 am: four hours, as clocks go back at two.
        ("2026-11-01T03:00", 240, {"mark": "left_early", "minutes": 200}),
        ("2026-11-04T23:00", 180, {"mark": "excused"}),
        ("2026-11-06T23:00", 180, {"mark": "absent"}),
    ]
    there = 0
    for start, minutes, given in kept:
        there = sessions_held.held(tx, group, datetime.fromisoformat(f"{start}+00:00"), minutes)
        sessions_held.sits(tx, there, pia, START, **given)
    sessions_held.sits(tx, there, ana, START)
    return made


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_every_sum_is_that_of_its_lines_and_says_of_which(store: Store) -> None:
    pia, _ = await store.write(peopled)
    until = MONDAY + timedelta(days=13)
    found = await store.read(lambda tx: hours_sheet.read(tx, MONDAY, until, pia, ZONE, START))
    sheet = io.StringIO()
    hours_sheet.write(sheet, found, MONDAY, until, ZONE)
    rows = rows_of(sheet.getvalue())
    assert [row["row"] for row in rows] == [
        *(["session"] * 3), "week", *(["session"] * 2), "week", "total", "notice",
    ]  # fmt: skip
    first, late, night, week, excused, absent, second, total, notice = rows
    assert (first["date"], first["from"], first["until"]) == ("2026-10-26", "18:00", "21:00")
    # From 8 pm: 100 minutes until 10 pm, of which the first session has 40.
    assert (late["attended"], late["why"]) == ("60", "came late")
    assert late["arithmetic"] == "100 of 120 - 40 that another session has = 60"
    assert (night["from"], night["until"], night["length"]) == ("23:00", "02:00", "240")
    assert night["arithmetic"] == "200 of 240"
    assert week["arithmetic"] == "attended 180 + 60 + 200 = 440; prescribed 7/7 x 540 = 540"
    assert week["phase"] == "'=IOP"
    assert (excused["excused"], absent["attended"], absent["why"]) == ("180", "0", "absent")
    assert second["arithmetic"].endswith("prescribed 3/7 x 540 + 4/7 x 360 = 437")
    assert total["arithmetic"] == "attended 440 + 0 = 440"
    for name in (*SUMMED, "prescribed"):
        assert int(total[name]) == int(week[name]) + int(second[name])
    assert notice["arithmetic"].startswith("42 CFR part 2")
    assert "ride" not in sheet.getvalue()
    assert "Pia" not in sheet.getvalue()


async def test_it_leaves_with_a_consent_and_is_written_down(
    database_url: str, tmp_path: Path
) -> None:
    key = Keyring.make()
    store = Store(database_url, Keyring.parse(key))
    made = await store.write(peopled)
    store.close()
    (tmp_path / "clinic.toml").write_text(CLINIC)
    environment = {
        "DATABASE_URL": database_url,
        "COMPANION_KEYS": key,
        "CLINIC_FILE": str(tmp_path / "clinic.toml"),
    }

    async def run(*words: str) -> Result:
        typed = ["hours", "--from", "2026-10-26", "--until", "2026-11-08", *words]
        return await asyncio.to_thread(lambda: CliRunner().invoke(app, typed, env=environment))

    assert (await run("--to", "Acme Health")).exit_code == 2
    assert (await run("--to", " ", "--consented", "2026-10-01")).exit_code == 2
    assert (await run("--to", "Acme Health", "--consented", "2199-10-01")).exit_code == 2
    given = ("--to", "Acme Health", "--consented", "2026-10-01")
    assert (await run(*given, "--person", "99")).exit_code == 1
    done = await run(*given)
    assert done.exit_code == 0, done.output
    assert {row["person"] for row in rows_of(done.stdout)} == {*map(str, made), ""}
    file = tmp_path / "hours.csv"
    done = await run(*given, "--person", str(made[0]), "--csv", str(file))
    assert done.stdout.endswith("hours.csv: 1 person, 2026-10-26 to 2026-11-08.\n")
    assert {row["person"] for row in rows_of(file.read_text("utf-8"))} == {str(made[0]), ""}
    again = Store(database_url, Keyring.parse(key))
    said = again.read_now(
        lambda tx: list(tx.execute(select(audit).where(audit.c.what == "hours_disclosed")))
    )
    again.close()
    assert [row.person_id for row in said] == [*made, made[0]]
    assert said[0].detail == "Acme Health; consent of 2026-10-01; 2026-10-26 to 2026-11-08"

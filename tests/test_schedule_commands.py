"""`companion schedule` as it is typed, alone and beside the running companion."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.demo.lists_api import ListsApi
from storage.encryption import Keyring
from tests.warm import Warm, WarmRunning

FILES = Path(__file__).parent / "calendars"
CLINIC = """sender = "Harbor Check"
phone = "215-555-0100"
[after_hours]
mode = "staffed"
[[shifts]]
who = "supervisor"
days = "mon-sun"
from = "00:00"
to = "00:00"
"""
WEEKLY = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:weekly
DTSTART;TZID=America/New_York:20261005T180000
DTEND;TZID=America/New_York:20261005T210000
RRULE:FREQ=WEEKLY
SUMMARY:{title}
END:VEVENT
END:VCALENDAR
"""


class Line:
    """The command line, in a folder of its own."""

    def __init__(self, folder: Path, database_url: str) -> None:
        (folder / "clinic.toml").write_text(CLINIC)
        self.environment = {
            "DATABASE_URL": database_url,
            "COMPANION_KEYS": Keyring.make(),
            "CLINIC_FILE": str(folder / "clinic.toml"),
            "PUBLIC_URL": "https://companion.example",
        }

    async def run(self, *words: str) -> Result:
        def run() -> Result:
            return CliRunner().invoke(app, ["schedule", *words], env=self.environment)

        return await asyncio.to_thread(run)

    async def said(self, *words: str, code: int = 0) -> str:
        done = await self.run(*words)
        assert done.exit_code == code, done.output
        return done.output

    async def listed(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(await self.said("list", "--days", "120", "--json"))
        return found


async def test_it_is_typed(tmp_path: Path, database_url: str, sites: ListsApi) -> None:
    line = Line(tmp_path, database_url)
    said = await line.said("import", *(str(FILES / f"{n}.ics") for n in ("google", "apple")))
    assert said.startswith("google: ")
    assert "left out: 1, somebody's own (marked private)" in said
    assert "left out: 1, a rule that no session follows" in said
    said = await line.said("import", str(tmp_path / "clinic.toml"), "--name", "no", code=1)
    assert said == "companion: no: it is no calendar file: it does not begin with BEGIN:VCALENDAR\n"
    url = sites.publish("/feed.ics", WEEKLY.format(title="Evening group").encode())
    await line.said("subscribe", url, "--name", "harbor")
    assert await line.said("sync") == "harbor: nothing new\n"
    assert [each.status for each in sites.ledger] == [200, 304]
    count = len((await line.listed())["sessions"])
    sites.fail_next("/feed.ics", "html")
    assert "web page" in await line.said("sync", "harbor", code=1)
    found = await line.listed()
    assert len(found["sessions"]) == count
    problems = {each["name"]: each["problem"] for each in found["calendars"]}
    assert problems["harbor"].startswith("it is a web page")
    sites.publish("/feed.ics", WEEKLY.format(title="Late group").encode())
    assert "changed" in await line.said("sync", "harbor")
    group = next(each for each in (await line.listed())["series"] if each["title"] == "Late group")
    await line.said("set", str(group["id"]), "--capacity", "9", "--kind", "education")
    one = next(e for e in (await line.listed())["sessions"] if e["series"] == group["id"])
    assert (one["capacity"], one["kind"]) == (9, "education")
    await line.said("set", str(group["id"]), "--capacity", "0", "--closed")
    one = next(e for e in (await line.listed())["sessions"] if e["series"] == group["id"])
    assert (one["capacity"], one["kind"]) == (None, "education")
    await line.said("cancel", str(one["id"]))
    assert "no such session ahead" in await line.said("cancel", str(one["id"]), code=1)
    assert "cancelled" in await line.said("list", "--days", "14")
    assert "no such person" in await line.said("enrol", "7", str(group["id"]), code=1)
    again = ("--kind", "yoga", "--at", "9:00", "--minutes", "60", "--from", "2026-12-01")
    assert "kind is one of group" in await line.said("add", "--title", "A", *again, code=1)


async def test_beside_the_running_companion(tmp_path: Path, database_url: str, warm: Warm) -> None:
    async with WarmRunning(tmp_path, database_url, warm) as house:
        (tmp_path / "weekly.ics").write_text(WEEKLY.format(title="Evening group"))
        (line,) = await house.command("schedule", "import", "weekly.ics")
        assert line.startswith("weekly: ")
        (again,) = await house.command("schedule", "import", "weekly.ics")
        assert again.endswith("nothing new")
        given = ("--title", "Morning", "--kind", "group", "--at", "9 am", "--minutes", "60")
        lines = await house.command("schedule", "add", *given, "--from", "2026-12-01")
        assert lines[-1].isdigit()
        assert await house.stop() == 0
        assert "failed" not in house.log.read_text()

"""Lists beside the running companion: loaded through it, fetched by its job."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.config import House, Settings
from bot.demo.lists_api import ListsApi
from bot.feeds import sweep
from bot.feeds.hands import CHANGED, Hands, opened, straight
from bot.feeds.sync import fetch_due
from storage import facts, feeds
from storage.store import Store
from tests.running import Running
from tests.test_lists_commands import ROWS
from tests.waiting import until
from tests.warm import Warm, WarmRunning

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


def added(hands: Hands, name: str, url: str, due: timedelta) -> int:
    number: int = hands.do("meetings_settle", {"name": name, "change": {"url": url}})["list"]
    change = {"due_at": (NOW + due).isoformat()}
    hands.do("meetings_change", {"list": number, "change": change, "changed": False})
    return number


async def test_what_is_due_is_fetched_once_a_day(store: Store, sites: ListsApi) -> None:
    hands = straight(store, lambda: NOW)
    added(hands, "harbor", sites.publish("/harbor", ROWS), -timedelta(minutes=1))
    added(hands, "later", sites.publish("/later", ROWS), timedelta(minutes=1))
    added(hands, "broken", sites.publish("/broken", ROWS), -timedelta(hours=1))
    sites.fail_next("/broken", "403")
    done = await asyncio.to_thread(fetch_due, hands, lambda: NOW)
    assert [each.name for each in done] == ["broken", "harbor"]
    assert await asyncio.to_thread(fetch_due, hands, lambda: NOW) == []
    rows = {row.name: row for row in hands.read(feeds.everything)}
    assert timedelta(hours=20) < rows["harbor"].due_at - NOW <= timedelta(hours=24)
    assert timedelta(minutes=50) < rows["broken"].due_at - NOW <= timedelta(hours=1)
    assert (rows["harbor"].problem, rows["broken"].problem) == (None, "refused")
    assert rows["harbor"].good_at == NOW


async def test_who_was_quicker_fetches_it_alone(store: Store, sites: ListsApi) -> None:
    hands = straight(store, lambda: NOW)
    added(hands, "harbor", sites.publish("/harbor", ROWS), -timedelta(minutes=1))
    until = (NOW + timedelta(hours=1)).isoformat()
    claim = {"name": "harbor", "until": until}
    assert [hands.do("meetings_claim", claim)["taken"] for _ in range(2)] == [True, False]


async def test_a_copy_that_another_release_read_is_asked_for_anew(
    store: Store, sites: ListsApi
) -> None:
    hands = straight(store, lambda: NOW)
    number = added(hands, "harbor", sites.publish("/harbor", ROWS), -timedelta(minutes=1))

    async def due_again(**change: Any) -> int:
        change["due_at"] = (NOW - timedelta(minutes=1)).isoformat()
        hands.do("meetings_change", {"list": number, "change": change, "changed": False})
        await asyncio.to_thread(fetch_due, hands, lambda: NOW)
        return sites.ledger[-1].status

    assert [await due_again(), await due_again()] == [200, 304]
    assert await due_again(reading="0-another") == 200


async def test_word_of_a_change_is_passed_on_once(store: Store, house: House) -> None:
    hands = straight(store, lambda: NOW)
    number = added(hands, "harbor", "https://meetings.example/feed", timedelta(hours=1))
    hands.do("meetings_change", {"list": number, "change": {}, "changed": True})
    assert await sweep.sweep(store, house, NOW) == 0
    assert store.read_now(lambda tx: facts.get_fact(tx, CHANGED)) is None


async def test_beside_the_running_companion(
    tmp_path: Path, database_url: str, warm: Warm, sites: ListsApi
) -> None:
    url = sites.publish("/feed.json", ROWS)
    async with WarmRunning(tmp_path, database_url, warm) as house:
        (tmp_path / "own.json").write_text(json.dumps(ROWS[:30]))
        (line,) = await house.command("meetings", "load", "own.json", "--fellowship", "aa")
        assert "30 new" in line
        await house.command(
            "meetings", "add", url, "--name", "harbor", "--fellowship", "aa", "--yes"
        )
        sites.publish("/feed.json", ROWS[:35])
        _make_due(house, "harbor")
        await house.stop()
        await house.start()
        # Its job fetches at the start, in a process of its own.
        async with asyncio.timeout(60):
            while (await _report(house))["harbor"]["rows"] != 35:  # noqa: ASYNC110 - it watches another process
                await asyncio.sleep(0.2)
        assert (await _report(house))["own"]["stored"] == {"in_person": 30}
        await house.command("meetings", "remove", "harbor")
        assert set(await _report(house)) == {"own"}
        assert await house.stop() == 0
        assert "not_fetched" not in house.log.read_text()


async def test_it_stops_in_the_middle_of_fetching(
    tmp_path: Path, database_url: str, warm: Warm, sites: ListsApi
) -> None:
    sites.slow_seconds = 60
    url = sites.publish("/feed.json", ROWS)
    async with WarmRunning(tmp_path, database_url, warm) as house:
        more = ("--name", "harbor", "--fellowship", "aa", "--yes")
        await house.command("meetings", "add", url, *more)
        # Not before: the job of this start may only now have imported all that it needs.
        await house.stop()
        _make_due(house, "harbor")
        sites.fail_next("/feed.json", "slow")
        await house.start()
        await until(lambda: sites.waiting == 1, 60)
        assert len(_processes(tmp_path)) == 2
        assert await house.stop() == 0
        await until(lambda: not _processes(tmp_path))


def _processes(folder: Path) -> list[str]:
    """What runs in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == folder:
                found.append(process.name)
    return found


def _make_due(house: Running, name: str) -> None:
    settings = Settings(
        database_url=house.environment["DATABASE_URL"],
        companion_keys=house.environment["COMPANION_KEYS"],
    )
    with opened(settings) as hands:
        row = hands.read(lambda tx: feeds.by_name(tx, name))
        assert row is not None
        change = {"due_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
        hands.do("meetings_change", {"list": row.id, "change": change, "changed": False})


async def _report(house: Running) -> dict[str, Any]:
    lines = await house.command("meetings", "report", "--json")
    return {each["name"]: each for each in json.loads("\n".join(lines))}

"""`companion meetings` as it is typed: files and sites in, words and JSON out."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.demo.lists_api import Fault, ListsApi
from storage import feeds
from storage.encryption import Keyring
from storage.store import Store
from tests.bench import meeting_rows

ROWS: list[dict[str, Any]] = [
    {
        "slug": f"group-{n}",
        "name": f"Lantern {n}",
        "day": n % 7,
        "time": "19:30",
        "timezone": "America/New_York",
        "types": ["O", "D"],
        "formatted_address": f"{n + 1} Example St, Harborville, PA, USA",
        "latitude": 39.95,
        "longitude": -75.16,
    }
    for n in range(40)
]
PAGE = (
    '<!doctype html><html><head><meta name="12_step_meeting_list" content="3.19.17">'
    '<link rel="alternate" type="application/json" title="Meetings Feed" href="{feed}">'
    "</head><body>Meetings</body></html>"
)


class Line:
    """The command line, in a folder of its own."""

    def __init__(self, database_url: str) -> None:
        self.environment = {"DATABASE_URL": database_url, "COMPANION_KEYS": Keyring.make()}

    async def run(self, *words: str, said: str = "") -> Result:
        def run() -> Result:
            return CliRunner().invoke(app, ["meetings", *words], env=self.environment, input=said)

        return await asyncio.to_thread(run)

    async def json(self, *words: str, code: int = 0) -> list[dict[str, Any]]:
        done = await self.run(*words, "--json")
        assert done.exit_code == code, done.output
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    def stored(self) -> Store:
        return Store(
            self.environment["DATABASE_URL"], Keyring.parse(self.environment["COMPANION_KEYS"])
        )


@pytest.fixture
def line(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Line:
    monkeypatch.chdir(tmp_path)
    return Line(database_url)


def written(name: str, rows: Any) -> str:
    file = Path(name)
    file.write_text(rows if isinstance(rows, str) else json.dumps(rows))
    return name


async def test_whose_a_list_is_has_to_be_said_only_where_none_of_it_tells(line: Line) -> None:
    row = {"utcStart": "2026-11-24T00:00:00Z", "hostCity": "Philadelphia", "hostState": "PA"}
    page = {"detailUrl": "https://meetings.smartrecovery.org/meetings/1/"}
    mixed = [row | page | {"id": 1, "name": "Tools"}, row | {"id": 2, "name": "Lantern"}]
    assert "nobody said whose" not in (await line.run("load", written("own.json", mixed))).stderr
    assert "nobody said whose" in (await line.run("load", written("harbor.json", ROWS))).stderr


async def test_files_are_loaded_and_what_is_no_list_is_said(line: Line) -> None:
    files = [
        written("harbor.json", ROWS),
        written("page.json", "<html>Just a moment</html>"),
        written("cut.json", json.dumps(ROWS)[:-40]),
        written("empty.json", "[]"),
        written("codes.json", {"A": {"en": "Secular"}}),
        "missing.json",
    ]
    done = {each["source"]: each for each in await line.json("load", *files, code=1)}
    assert set(done) == {"harbor", "page", "cut", "empty", "codes", "missing"}
    harbor = done.pop("harbor")
    assert (harbor["rows"], harbor["meetings"], harbor["added"]) == (40, 40, 40)
    assert harbor["stored"] == {"in_person": 40}
    assert all(each["problem"] and each["words"] for each in done.values())
    assert [each["name"] for each in await line.json("report")] == ["harbor"]


async def test_a_file_that_says_that_there_are_none_takes_nothing_away(line: Line) -> None:
    none: dict[str, list[Any]] = {"meetings": [], "formats": []}
    (first,) = await line.json("load", written("bridges.json", none))
    assert (first["rows"], first["meetings"]) == (0, 0)
    await line.json("load", written("harbor.json", ROWS), "--source", "bridges")
    (again,) = await line.json("load", "bridges.json", code=1)
    assert again["problem"] == "empty"
    assert [each["stored"] for each in await line.json("report")] == [{"in_person": 40}]


async def test_a_newer_file_takes_the_place_of_the_older(line: Line) -> None:
    await line.json("load", written("harbor.json", ROWS), "--fellowship", "aa")
    (again,) = await line.json("load", written("harbor.json", ROWS))
    assert [again[n] for n in ("added", "changed", "removed", "unchanged")] == [0, 0, 0, 40]
    moved = [{**ROWS[0], "time": "20:00"}, *ROWS[2:]]
    written("newer.json", moved)
    (third,) = await line.json("load", "newer.json", "--source", "harbor")
    assert [third[n] for n in ("added", "changed", "removed", "unchanged")] == [0, 1, 1, 38]
    (report,) = await line.json("report")
    assert (report["fellowship"], report["rows"], report["stored"]) == ("aa", 39, {"in_person": 39})


async def test_a_made_up_list_is_read_whole(line: Line) -> None:
    meeting_rows.write(Path("made.json"), 200)
    (done,) = await line.json("load", "made.json", "--fellowship", "aa")
    assert (done["rows_stored"], done["stored"]) == (200, {"in_person": 150, "online": 50})


async def test_what_is_dropped_is_counted(line: Line) -> None:
    rows = [*ROWS, {**ROWS[0], "slug": "untimed", "time": "soon"}, {**ROWS[1]}, "not a row"]
    (done,) = await line.json("load", written("harbor.json", rows))
    assert done["rows"] == done["rows_stored"] + sum(done["dropped"].values()) == 43
    assert sum(done["dropped"].values()) == 3
    shown = (await line.run("report")).stdout
    assert "left out 3 rows" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fellowship", "aaa"], "al-anon"),
        (["--zone", "America/NewYork"], "America/New_York"),
        (["--zone", "EST5"], "America/Chicago"),
        (["--as-of", "yesterday"], "2026-10-01"),
        (["--as-of", "0001-01-01"], "2026-10-01"),
    ],
)
async def test_a_wrong_word_is_refused_with_the_right_ones(
    line: Line, words: list[str], said: str
) -> None:
    done = await line.run("load", written("harbor.json", ROWS), *words)
    assert done.exit_code == 2
    assert said in done.stderr


async def test_a_file_of_nobody_is_loaded_and_said_to_be_so(line: Line) -> None:
    file = written("harbor.json", ROWS)
    assert "--fellowship" in (await line.run("load", file)).stderr
    assert (await line.run("load", file, "--fellowship", "aa")).stderr == ""
    assert (await line.run("load", file)).stderr == ""


async def test_a_list_is_of_the_day_that_is_said(line: Line) -> None:
    await line.run("load", written("harbor.json", ROWS), "--as-of", "2026-10-01")
    (report,) = await line.json("report")
    assert report["as_of"] == "2026-10-01"
    # In the zone of the place as well.
    (found, *_) = await line.json("find", "--near", "19103", "--hours", "168", "--miles", "500")
    assert found["as_of"] == "2026-10-01"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "file:///etc/hosts",
        "javascript:alert(1)",
        "http://[bad",
        "//meetings",
        "http://x:99999/",
    ],
)
async def test_what_is_no_address_is_said_to_be_none(line: Line, address: str) -> None:
    done = await line.run("add", address, "--yes")
    assert done.exit_code == 1
    assert "no address of a site" in done.stderr


async def test_of_a_page_with_many_links_a_few_are_followed(line: Line, sites: ListsApi) -> None:
    links = "".join(
        f'<link rel="alternate" type="application/json" href="/{n}">' for n in range(99)
    )
    broken = '<link rel="alternate" type="application/json" href="http://[bad">'
    done = await line.run("add", sites.page("/meetings", broken + links), "--yes")
    assert done.exit_code == 1
    assert "send it as a file" in done.stderr
    assert len(sites.ledger) < 10


async def test_a_list_is_not_named_like_a_path(line: Line, sites: ListsApi) -> None:
    done = await line.run("add", sites.publish("/feed", ROWS), "--yes", "--name", "../harbor")
    assert done.exit_code == 2
    assert "without /" in done.stderr


async def test_a_site_is_found_told_about_and_fetched_again(line: Line, sites: ListsApi) -> None:
    feed = "/wp-admin/admin-ajax.php?action=meetings"
    sites.publish(feed, ROWS)
    page = sites.page("/meetings", PAGE.format(feed=feed))
    done = await line.run("add", page, "--name", "harbor", said="aa\ny\n")
    assert done.exit_code == 0, done.output
    assert "the page's own link" in done.stdout
    assert "40 in person" in done.stdout
    (report,) = await line.json("report")
    assert (report["fellowship"], report["rows"], report["due"] is not None) == ("aa", 40, True)
    sites.publish(feed, ROWS[:30])
    (synced,) = await line.json("sync")
    assert (synced["removed"], synced["unchanged"]) == (10, 30)
    (synced,) = await line.json("sync", "harbor")
    assert synced == {
        "source": "harbor", "kind": "meeting_guide", "fellowship": "aa", "problem": None,
        "not_modified": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/wp-admin/admin-ajax.php?action=meetings", "/wp-json/tsml/meetings"]
)
async def test_the_usual_addresses_are_tried(line: Line, sites: ListsApi, path: str) -> None:
    sites.publish(path, ROWS)
    page = sites.page("/", "<title>Harborville Intergroup</title>")
    done = await line.run("add", page, "--fellowship", "aa", "--yes")
    assert done.exit_code == 0, done.output
    assert "a usual address" in done.stdout


async def test_a_bmlt_server_needs_no_fellowship(line: Line, sites: ListsApi) -> None:
    root = "/main_server/client_interface/json/?switcher="
    row = {
        "id_bigint": "1", "weekday_tinyint": "2", "venue_type": "1", "start_time": "19:30:00",
        "duration_time": "01:00:00", "formats": "O", "meeting_name": "Lantern",
        "location_street": "12 Example St", "location_municipality": "Harborville",
        "location_province": "PA", "latitude": "39.95", "longitude": "-75.16", "lang_enum": "en",
    }  # fmt: skip
    sites.publish(f"{root}GetSearchResults", [row])
    formats = [{"key_string": "O", "name_string": "Open", "lang": "en", "world_id": "OPEN"}]
    sites.publish(f"{root}GetFormats", formats)
    sites.publish(f"{root}GetServiceBodies", [{"helpline": "555-555-0100"}])
    done = await line.run("add", f"{sites.origin}/main_server/", "--name", "harbor", "--yes")
    assert done.exit_code == 0, done.output
    (report,) = await line.json("report")
    assert (report["kind"], report["fellowship"], report["rows"]) == ("bmlt", "na", 1)
    store = line.stored()
    feed = store.read_now(lambda tx: feeds.by_name(tx, "harbor"))
    store.close()
    assert feed is not None
    assert feed.phone == "555-555-0100"


async def test_a_site_without_a_list_is_said_to_have_none(line: Line, sites: ListsApi) -> None:
    page = sites.page("/", "<title>Harborville</title>")
    done = await line.run("add", page, "--yes")
    assert done.exit_code == 1
    assert "send it as a file" in done.stderr
    assert await line.json("report") == []


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("html", "html"), ("empty", "empty"), ("truncated", "truncated"), ("cut", "truncated"),
        ("403", "refused"), ("401", "refused"), ("500", "away"),
    ],
)  # fmt: skip
async def test_the_last_good_copy_is_kept(
    line: Line, sites: ListsApi, fault: Fault, problem: str
) -> None:
    sites.conditional = False
    url = sites.publish("/feed.json", ROWS)
    done = await line.run("add", url, "--name", "harbor", "--fellowship", "aa", "--yes")
    assert done.exit_code == 0, done.output
    (before,) = await line.json("report")
    sites.fail_next("/feed.json", fault)
    (failed,) = await line.json("sync", code=1)
    assert failed["problem"] == problem
    (after,) = await line.json("report")
    assert (after["problem"], after["failures"], after["stored"]) == (problem, 1, {"in_person": 40})
    assert after["due"] < before["due"]
    assert "not taken" in (await line.run("report")).stdout
    await line.json("sync")
    (well,) = await line.json("report")
    assert (well["problem"], well["failures"]) == (None, 0)


async def test_a_list_that_shrinks_is_not_believed_until_somebody_loads_it(
    line: Line, sites: ListsApi
) -> None:
    url = sites.publish("/feed.json", ROWS)
    await line.run("add", url, "--name", "harbor", "--fellowship", "aa", "--yes")
    sites.publish("/feed.json", ROWS[:20])
    (failed,) = await line.json("sync", code=1)
    assert failed["problem"] == "shrunk"
    (loaded,) = await line.json("load", written("harbor.json", ROWS[:20]))
    assert loaded["removed"] == 20


async def test_a_list_is_removed_with_all_of_it(line: Line) -> None:
    await line.json("load", written("harbor.json", ROWS), written("other.json", ROWS))
    done = await line.run("remove", "harbor")
    assert "40 meetings are gone" in done.stdout
    assert [each["name"] for each in await line.json("report")] == ["other"]
    assert (await line.run("remove", "harbor")).exit_code == 1
    assert "other" in (await line.run("list")).stdout

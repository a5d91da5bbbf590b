from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from bot.__main__ import app
from storage.encryption import Keyring
from storage.store import Store
from tests.meeting_rows import listed, north, online, put, row

Find = Callable[..., Result]
AT = ("--near", "19103", "--at", "2026-11-23T19:30")
KEYS = [
    "id", "fellowship", "name", "start", "attendance", "distance_miles", "address", "join_url",
    "types", "as_of",
]  # fmt: skip


@pytest.fixture
def find(database_url: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> Find:
    monkeypatch.setenv("COMPANION_KEYS", Keyring.make())
    monkeypatch.setenv("DATABASE_URL", database_url)
    feed = store.write_now(lambda tx: listed(tx, "town"))
    rows = [
        row(feed, 1, "20:00", name="aa", key="1", labels=["Open"], **north(2)),
        row(feed, 1, "19:20", name="begun"),
        row(feed, 1, "20:00", name="na", fellowship="na", **north(1)),
        row(feed, 1, "19:30", name="first", weekly=False, fellowship="na"),
        row(feed, 2, "01:30", name="last", fellowship="ca"),
        row(feed, 2, "01:31", name="too late"),
        row(feed, 1, "20:30", name="far", **north(26)),
        row(feed, 1, "20:30", name="women", kinds=["women"]),
        row(feed, 1, "20:30", name="al-anon", fellowship="al-anon"),
        online(feed, 1, "17:00", name="online", zone="America/Los_Angeles"),
        online(feed, 1, "21:00", name="phone", join_phone="+12155550133"),
    ]
    store.write_now(lambda tx: put(tx, rows))
    return lambda *words: CliRunner().invoke(app, ["meetings", "find", *words])


def names(found: Result) -> list[str]:
    assert found.exit_code == 0, found.output
    return [each["name"] for each in json.loads(found.stdout)]


def test_what_starts_within_six_hours_and_25_miles_the_soonest_first(find: Find) -> None:
    found = find(*AT, "--json")
    assert names(found) == ["first", "na", "aa", "online", "al-anon", "women", "phone", "last"]
    told = {each["name"]: each for each in json.loads(found.stdout)}
    assert told["aa"] == {
        "id": "town/1",
        "fellowship": "aa",
        "name": "aa",
        "start": "2026-11-23T20:00:00-05:00",
        "attendance": "in_person",
        "distance_miles": 2.0,
        "address": "12 Oak St, Philadelphia, PA 19103",
        "join_url": None,
        "types": ["Open"],
        "as_of": "2026-11-23",
    }
    assert [list(each) for each in told.values()] == [KEYS] * len(told)
    nowhere = told["online"]
    assert nowhere["start"] == "2026-11-23T20:00:00-05:00"
    assert (nowhere["distance_miles"], nowhere["address"]) == (None, None)
    assert nowhere["join_url"].startswith("https://")
    assert told["first"]["types"][-1] == "Not every week"


def test_what_can_be_asked(find: Find) -> None:
    ask = (*AT, "--json")
    assert names(find(*ask, "--fellowship", "na,CA")) == ["first", "na", "last"]
    assert names(find(*ask, "--fellowship", "al-anon")) == ["al-anon"]
    assert names(find(*ask, "--kind", "women")) == ["women"]
    assert names(find(*ask, "--how", "online")) == ["online", "phone"]
    assert names(find(*ask, "--how", "phone")) == ["phone"]
    assert names(find(*ask, "--how", "near", "--hours", "0.5")) == ["first", "na", "aa"]
    assert names(find(*ask, "--how", "near", "--miles", "1.5", "--hours", "1")) == [
        "first",
        "na",
        "al-anon",
        "women",
    ]
    assert "far" in names(find(*ask, "--miles", "30"))
    assert (
        names(find("--near", "96799", "--at", "2026-11-23T19:30", "--how", "near", "--json")) == []
    )


def test_a_moment_with_its_offset_is_taken_as_it_is(find: Find) -> None:
    asked = ("--near", "19103", "--at", "2026-11-24T00:30Z", "--json", "--how", "near")
    assert names(find(*asked)) == ["first", "na", "aa", "al-anon", "women", "last"]


def test_for_people_it_is_a_table(find: Find) -> None:
    said = find(*AT)
    assert said.exit_code == 0
    lines = said.stdout.splitlines()
    assert lines[0] == "Mon 7:30 PM    0.0 mi  na       first (not every week)"
    assert "                       The Made-up Hall, 12 Oak St, Philadelphia, PA 19103" in lines
    assert "                       +12155550133" in lines
    assert find("--near", "96799", "--how", "near").stdout.startswith("No meeting starts")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--near", "00000"), "no place"),
        (("--near", "STOP"), "no place"),
        (("--near", "Springfield"), "Springfield, IL"),
        ((*AT, "--fellowship", "bb"), "'bb' is none of aa, na"),
        ((*AT, "--kind", "happy"), "'happy' is none of open"),
        (("--near", "19103", "--at", "tonight"), "2026-11-23T19:30"),
        (("--near", "19103", "--at", "9999-12-31T23:30"), "2026-11-23T19:30"),
        (("--near", "19103", "--at", "0001-01-01"), "2026-11-23T19:30"),
        ((*AT, "--miles", "-1"), "--miles"),
        ((*AT, "--hours", "1000"), "--hours"),
        ((*AT, "--how", "walking"), "--how"),
        ((), "--near"),
    ],
)
def test_what_is_wrong_is_said_in_words(find: Find, words: tuple[str, ...], said: str) -> None:
    done = find(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.output
    assert done.stdout == ""

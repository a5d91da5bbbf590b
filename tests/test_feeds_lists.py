"""Files of lists: shapes, vocabularies, what is refused, and that none is held whole."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from bot.feeds import Defaults, lists
from bot.feeds.scan import scanned
from bot.feeds.stream import parts

FOLDER = Path(__file__).parent / "feeds"
ROW = {
    "slug": "a", "name": "Lantern", "day": 1, "time": "20:00",
    "formatted_address": "12 Example Street, Media, PA 19063, USA",
}  # fmt: skip


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "kind", "rows"),
    [
        ("guide.json", "meeting_guide", None),
        ("sheet.json", "meeting_guide", 4),
        ("bridges.json", "bmlt", 20),
        ("own.json", "list", 13),
    ],
)
def test_shapes(name: str, kind: str, rows: int | None) -> None:
    (found,) = lists.read([FOLDER / name]).lists
    read = list(found.rows(Defaults("aa")))
    assert found.kind == kind
    assert len(read) == found.count == (rows or found.count)
    assert any(row.listings for row in read)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "not_json"),
        ("  \n", "not_json"),
        ("<!DOCTYPE html><html></html>", "html"),
        ("Just a moment...", "not_json"),
        (json.dumps([ROW, ROW])[:-1], "truncated"),
        (json.dumps([ROW, ROW])[:-40], "truncated"),
        (json.dumps({"meetings": [ROW]})[:-2], "truncated"),
        (json.dumps([ROW])[:-1] + ",]", "not_json"),
        ('[{"name": nonsense}]', "not_json"),
        (json.dumps([ROW]) + "[]", "not_json"),
        ('{"O": {"en": "Open", "es": "Abierta"}, "C": {"en": "Closed"}}', "no_meetings"),
        ('[{"id": 1, "helpline": "none", "name": "Area"}]', "no_meetings"),
        ("[1, 2, 3]", "no_meetings"),
        ('"a text"', "not_json"),
        ("{}", "no_meetings"),
        ("[" * 100_000, "not_json"),
        (f'[{{"name": {"9" * 5000}}}]', "not_json"),
    ],
)
def test_what_is_no_list_is_refused_and_spoils_no_other(
    tmp_path: Path, text: str, code: str
) -> None:
    bad = write(tmp_path, "bad.json", text)
    found = lists.read([bad, FOLDER / "own.json"])
    assert [(each.name, each.error.code) for each in found.refused] == [("bad", code)]
    assert str(found.refused[0].error)
    assert [each.name for each in found.lists] == ["own"]


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (refused,) = lists.read([tmp_path / "none.json"]).refused
    assert refused.error.code == "unreadable_file"


@pytest.mark.parametrize("text", ["[]", '{"meetings":[],"formats":[]}', " [ ] "])
def test_an_empty_list_is_a_list(tmp_path: Path, text: str) -> None:
    (found,) = lists.read([write(tmp_path, "empty.json", text)]).lists
    assert (found.count, list(found.rows(Defaults()))) == (0, [])


def labels(found: lists.List) -> set[str]:
    return {label for row in found.rows(Defaults()) for one in row.listings for label in one.labels}


def test_a_vocabulary_given_with_its_list() -> None:
    found = lists.read([FOLDER / "bridges.json", FOLDER / "bridges_formats.json"])
    assert found.refused == ()
    (one,) = found.lists
    assert [file.name for file in one.files] == ["bridges.json", "bridges_formats.json"]
    assert {"Beginners", "Spanish", "Surveillance Cameras"} <= labels(one)


def test_a_vocabulary_beside_its_list() -> None:
    (one,) = lists.read([FOLDER / "bridges.json"]).lists
    assert "Beginners" in labels(one)


def test_a_vocabulary_is_not_lent_to_another_list(tmp_path: Path) -> None:
    for name in ("hills", "bridges"):
        shutil.copy(FOLDER / "bridges.json", tmp_path / f"{name}.json")
    words = Path(shutil.copy(FOLDER / "bridges_formats.json", tmp_path))
    found = lists.read([tmp_path / "hills.json", tmp_path / "bridges.json", words])
    assert [bool(labels(each)) for each in found.lists] == [False, True]
    assert labels(found.lists[0]) == set()


def test_the_only_vocabulary_is_that_of_the_only_list(tmp_path: Path) -> None:
    alone = Path(shutil.copy(FOLDER / "bridges.json", tmp_path / "hills.json"))
    assert labels(lists.read([alone]).lists[0]) == set()
    given = lists.read([alone, FOLDER / "bridges_formats.json"])
    assert "Beginners" in labels(given.lists[0])


def test_a_vocabulary_in_the_list_itself(tmp_path: Path) -> None:
    both = {
        "meetings": json.loads((FOLDER / "bridges.json").read_text()),
        "formats": json.loads((FOLDER / "bridges_formats.json").read_text()),
    }
    (one,) = lists.read([write(tmp_path, "both.json", json.dumps(both))]).lists
    assert "Beginners" in labels(one)


def test_a_vocabulary_alone_is_refused() -> None:
    found = lists.read([FOLDER / "bridges_formats.json"])
    assert found.lists == ()
    assert [each.error.code for each in found.refused] == ["vocabulary"]


def test_the_reading_changes_with_the_vocabulary(tmp_path: Path) -> None:
    alone = Path(shutil.copy(FOLDER / "bridges.json", tmp_path / "hills.json"))
    (bare,), (with_words,) = (
        lists.read([alone]).lists,
        lists.read([alone, FOLDER / "bridges_formats.json"]).lists,
    )
    assert bare.reading != with_words.reading
    assert bare.reading == lists.read([alone]).lists[0].reading
    assert len(with_words.reading) <= 40


def test_a_list_with_gaps_is_one(tmp_path: Path) -> None:
    gaps = {"0": ROW, "2": ROW | {"slug": "b"}, "11": ROW | {"slug": "c"}}
    (found,) = lists.read([write(tmp_path, "gaps.json", json.dumps(gaps))]).lists
    read = list(found.rows(Defaults("aa")))
    assert found.count == 3
    assert [row.listings[0].key for row in read] == ["a", "b", "c"]


def test_rows_under_any_key_and_of_any_length(tmp_path: Path) -> None:
    long = ROW | {"slug": "long", "notes": "bell " * 40_000}
    text = json.dumps({"counts": {"a": [1]}, "data": [ROW, long, 12], "page": 1.5}, indent=2)
    (one,) = lists.read([write(tmp_path, "any.json", "\ufeff" + text)]).lists
    read = list(one.rows(Defaults("aa")))
    assert [len(row.listings) for row in read] == [1, 1, 0]
    assert len(read[1].listings[0].notes or "") <= 400


@pytest.mark.parametrize("indent", [None, 1])
def test_the_stream_says_what_json_says(tmp_path: Path, indent: int | None) -> None:
    rows: list[Any] = [ROW, None, [], {}, "é" * 70_000, -1.5e3, True, {"a": [{"b": '"]}\\'}]}]
    file = write(tmp_path, "rows.json", json.dumps(rows, indent=indent))
    assert [value for _, value in parts(file)] == rows


def test_a_list_is_not_held(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        rows = (json.dumps(ROW | {"slug": f"s{n}", "notes": f"{n} " * 200}) for n in range(count))
        file = write(tmp_path, f"{count}.json", f"[{','.join(rows)}]")
        tracemalloc.start()
        scanned(file)
        for _ in parts(file):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(3000) < peak(300) + 1_000_000

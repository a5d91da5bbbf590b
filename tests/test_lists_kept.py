"""A list in the store: what is new is added, what is another changed, what is gone removed."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.feeds import Dropped, FeedError, Listing, Row
from bot.feeds.hands import CHANGED, Hands, straight
from bot.feeds.keep import Before, Intake, Tally
from bot.feeds.rows import digest, key, row
from storage import facts, feeds
from storage.grid import cell
from storage.models import meeting
from storage.store import Store

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
FIRST = Listing(
    key="noon-group", fellowship="aa", name="Noon Group", group_name=None, day=1, minute=720,
    minutes=60, zone="America/New_York", weekly=True, attendance="in_person",
    location="Lantern Hall", address="12 Example St", city="Harborville", state="PA",
    postal="19999", lat=39.95, lng=-75.16, join_url=None, join_phone=None, join_note=None,
    kinds=("open",), labels=("Open",), notes=None, url=None, updated_at=NOW,
)  # fmt: skip


def listings(count: int, **changed: Any) -> list[Row]:
    return [Row((FIRST._replace(key=f"group-{n}", day=n % 7, **changed),)) for n in range(count)]


@pytest.fixture
def hands(store: Store) -> Hands:
    return straight(store, lambda: NOW)


def take(hands: Hands, rows: list[Row], *, by_hand: bool = False) -> Tally:
    """As a sync does it, under one name."""
    stood = hands.read(lambda tx: feeds.by_name(tx, "harbor"))
    before = Before()
    if stood is not None:
        before = Before(stood.id, stood.rows, hands.read(lambda tx: feeds.count(tx, stood.id)))
    with closing(Intake(hands, before)) as intake:
        intake.read(rows, by_hand=by_hand)
        number = hands.do("meetings_settle", {"name": "harbor", "change": {}})["list"]
        intake.write(number)
        tally = intake.tally
    change = {"rows": tally.rows, "dropped": dict(tally.dropped), "good_at": NOW.isoformat()}
    hands.do("meetings_change", {"list": number, "change": change, "changed": tally.touched})
    return tally


def stored(hands: Hands) -> dict[str, Any]:
    return {row.key: row for row in hands.read(lambda tx: tx.execute(select(meeting)).all())}


def counts(tally: Tally) -> tuple[int, int, int, int]:
    return tally.added, tally.changed, tally.removed, tally.unchanged


def test_a_second_copy_changes_nothing(hands: Hands) -> None:
    assert counts(take(hands, listings(1200))) == (1200, 0, 0, 0)
    before = stored(hands)
    again = take(hands, listings(1200))
    assert counts(again) == (0, 0, 0, 1200)
    assert not again.touched
    assert stored(hands) == before


def test_the_right_ones_are_added_changed_and_removed(hands: Hands) -> None:
    take(hands, listings(700))
    ids = {name: each.id for name, each in stored(hands).items()}
    rows = listings(700)[50:]
    rows[3] = dataclasses.replace(rows[3], listings=(rows[3].listings[0]._replace(minute=1140),))
    rows.append(Row((FIRST._replace(key="new"),)))
    tally = take(hands, rows)
    assert counts(tally) == (1, 1, 50, 649)
    assert tally.changes == {"time": 1}
    now = stored(hands)
    assert len(now) == 651
    assert now["group-53"].minute == 1140
    assert now["group-53"].id == ids["group-53"]
    assert "group-49" not in now


def test_every_row_is_stored_or_counted(hands: Hands) -> None:
    days = tuple(FIRST._replace(key=f"daily:{day}", day=day) for day in range(7))
    rows = [
        Row(days),
        Row(dropped=Dropped("no_time")),
        Row(dropped=Dropped("no_time")),
        Row(dropped=Dropped("no_day")),
    ]
    tally = take(hands, rows)
    assert tally.rows == tally.rows_kept + tally.dropped.total() == 4
    assert tally.dropped == {"no_time": 2, "no_day": 1}
    assert tally.meetings == len(stored(hands)) == 7
    row = hands.read(lambda tx: feeds.by_name(tx, "harbor"))
    assert row is not None
    assert row.dropped == {"no_time": 2, "no_day": 1}


def test_what_changed_is_told_apart(hands: Hands) -> None:
    take(hands, listings(6))
    rows = listings(6)
    changes: list[dict[str, Any]] = [
        {"minute": 1, "day": 6}, {"address": "1 Sample Rd", "lat": 40.0}, {"notes": "side door"},
        {"attendance": "online"}, {"join_url": "https://zoom.us/j/1", "attendance": "hybrid"},
    ]  # fmt: skip
    for n, change in enumerate(changes):
        rows[n] = Row((rows[n].listings[0]._replace(**change),))
    tally = take(hands, rows)
    assert counts(tally) == (0, 5, 0, 1)
    # Who is only online is nowhere on the map any more.
    assert tally.changes == {"time": 1, "place": 2, "other": 1, "attendance": 2, "link": 1}


def test_an_edit_that_says_nothing_new_is_no_change(hands: Hands) -> None:
    take(hands, listings(3))
    later = datetime(2026, 11, 24, tzinfo=UTC)
    assert counts(take(hands, listings(3, updated_at=later))) == (0, 0, 0, 3)


@pytest.mark.parametrize("left", [0, 1, 59])
def test_a_list_that_lost_its_rows_is_not_believed(hands: Hands, left: int) -> None:
    take(hands, listings(100))
    with pytest.raises(FeedError) as refused:
        take(hands, listings(left))
    assert refused.value.code == ("shrunk" if left else "empty")
    assert len(stored(hands)) == 100


def test_a_somewhat_smaller_one_is_taken(hands: Hands) -> None:
    take(hands, listings(100))
    assert counts(take(hands, listings(60))) == (0, 0, 40, 60)


def test_by_hand_a_small_one_is_taken_and_an_empty_one_never(hands: Hands) -> None:
    take(hands, listings(100))
    assert counts(take(hands, listings(10), by_hand=True)) == (0, 0, 90, 10)
    with pytest.raises(FeedError):
        take(hands, [], by_hand=True)
    with pytest.raises(FeedError, match="not one"):
        take(hands, [Row(dropped=Dropped("no_time"))] * 10, by_hand=True)
    assert len(stored(hands)) == 10


def test_rows_that_can_no_longer_be_read_count_as_lost(hands: Hands) -> None:
    take(hands, listings(100))
    rows = listings(50) + [Row(dropped=Dropped("no_time")) for n in range(50)]
    with pytest.raises(FeedError, match="40 %"):
        take(hands, rows)


def test_nothing_is_written_of_a_list_that_breaks_off(hands: Hands) -> None:
    take(hands, listings(20))

    def broken() -> Any:
        yield from listings(900, minute=1)
        raise FeedError(*("truncated", "it ends in the middle"))

    with pytest.raises(FeedError):
        take(hands, broken())
    assert {row.minute for row in stored(hands).values()} == {720}


def test_a_change_leaves_word_for_who_saved_one(hands: Hands, store: Store) -> None:
    def word() -> str | None:
        return hands.read(lambda tx: facts.get_fact(tx, CHANGED))

    take(hands, listings(3))
    assert word() == NOW.isoformat()
    store.write_now(lambda tx: facts.drop_fact(tx, CHANGED))
    take(hands, listings(3))
    assert word() is None
    take(hands, listings(2))
    assert word() == NOW.isoformat()


def test_only_who_can_be_visited_has_a_place_on_the_map(hands: Hands) -> None:
    ways = {"in_person": True, "hybrid": True, "online": False, "inactive": False}
    rows = [Row((FIRST._replace(key=way, attendance=way),)) for way in ways]
    take(hands, rows)
    for way, there in ways.items():
        found = stored(hands)[way]
        assert (found.cell == cell(39.95, -75.16)) is there
        assert (found.lat is not None) is there
        assert (found.online_zone is not None) is (way in {"online", "hybrid"})


def test_what_does_not_fit_is_fitted_and_links_are_never_cut(hands: Hands) -> None:
    long = FIRST._replace(
        key="k" * 300, name="n\0ame \ud800" + "é" * 300, notes="x" * 1000,
        join_url="https://zoom.us/j/" + "1" * 1000,
    )  # fmt: skip
    twin = long._replace(key="k" * 299 + "!")
    take(hands, [Row((long,)), Row((twin,))])
    found = stored(hands)
    assert len(found) == 2
    assert set(found) == {key(long), key(twin)}
    one = found[key(long)]
    assert (len(one.key), len(one.name), len(one.notes), one.join_url) == (160, 255, 400, None)


def test_two_lists_may_use_the_same_keys(hands: Hands) -> None:
    take(hands, listings(5))
    other = hands.do("meetings_settle", {"name": "other", "change": {"kind": "bmlt"}})["list"]
    hands.do("meetings_put", {"list": other, "rows": [row(FIRST, digest(FIRST))] * 2})
    assert counts(take(hands, listings(5))) == (0, 0, 0, 5)
    assert hands.read(lambda tx: feeds.count(tx, other)) == 1


def test_a_digest_tells_what_people_are_told() -> None:
    assert digest(FIRST) == digest(FIRST._replace(updated_at=None))
    for change in (
        {"minute": 1}, {"address": "14 Example St"}, {"join_url": "https://zoom.us/j/1"},
        {"kinds": ()}, {"lat": None}, {"weekly": False},
    ):  # fmt: skip
        changed: dict[str, Any] = change
        assert digest(FIRST) != digest(FIRST._replace(**changed))

"""The made-up town of the demo: its lists are read whole, and somebody in it always finds one."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import near
from bot.demo import town
from bot.feeds.hands import straight
from bot.feeds.lists import read
from bot.feeds.sync import bring
from handlers.meetings import Wish
from storage.store import Store

NOW = datetime(2026, 11, 23, 21, tzinfo=UTC)
LISTS = {
    "aa": (town.meeting_guide(), {"in_person": 57, "online": 84, "inactive": 1}),
    "na": (town.bmlt(), {"in_person": 35, "online": 7}),
    "smart": (town.own_list(NOW), {"online": 7}),
}


@pytest.fixture
def listed(store: Store, tmp_path: Path) -> Store:
    for name, (rows, attendance) in LISTS.items():
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(rows), "utf-8")
        given = {"fellowship": "aa"} if name == "aa" else {}
        found = read([file]).lists[0]
        taken = bring(straight(store), found, name, NOW, given=given, fresh={}, by_hand=True)
        assert taken.tally is not None
        assert (taken.fellowship, taken.tally.attendance) == (name, Counter(attendance))
        assert not taken.tally.dropped
    return store


def test_at_every_hour_of_the_week_there_is_something_soon(listed: Store) -> None:
    def look(hour: int) -> timedelta:
        now = NOW + timedelta(hours=hour)
        answer = listed.read_now(
            lambda tx: near.search(tx, Wish(spot=town.SPOT), None, town.ZONE, now)
        )
        return min(meeting.begins for meeting in answer.found) - now

    waits = [look(hour) for hour in range(0, 7 * 24, 5)]
    assert max(waits) <= timedelta(hours=2)


def test_every_fellowship_of_it_is_found(listed: Store) -> None:
    for name in LISTS:
        answer = listed.read_now(
            lambda tx, name=name: near.search(  # type: ignore[misc]
                tx, Wish(spot=town.SPOT, fellowships=(name,)), None, town.ZONE, NOW
            )
        )
        assert answer.asked, name
        assert {meeting.fellowship for meeting in answer.found} == {name}


def test_its_name_and_its_code_are_known_from_its_lists_alone(listed: Store) -> None:
    for said in (town.TOWN, town.POSTAL):
        answer = listed.read_now(
            lambda tx, said=said: near.search(tx, Wish(near=said), None, town.ZONE, NOW)  # type: ignore[misc]
        )
        assert answer.spot is not None, said
        assert answer.circle == 5, said

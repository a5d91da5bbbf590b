"""An urge, and somewhere to go: what begins within the hour, or the words that fall back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.config import House
from handlers import gathering
from handlers.meetings import PLACE, Answer, Spot, answer, wish
from handlers.own import Entry
from storage import entries, people
from storage.store import Store
from tests import meeting_rows
from tests.conftest import HandClock
from tests.meeting_kept import picked
from tests.notebook import NOW, Notebook
from tests.world import World

HELPED: dict[str, Any] = {
    "intensity": 8,
    "skill": gathering.SKILL,
    "after": 3,
    "helped": True,
    "tried": [],
}
HERE = Spot(*meeting_rows.PHILADELPHIA, "19103", "America/New_York").data()
SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def answered(*starts: str) -> str:
    return Answer(found=tuple(picked(start) for start in starts)).to_text()


def test_only_what_begins_within_the_hour_is_an_answer_to_an_urge() -> None:
    turn = Notebook().turn()
    for start, fits in (("09:55", False), ("10:00", True), ("11:00", True), ("11:01", False)):
        said = gathering.words(turn, answered(f"2026-11-23T{start}:00-05:00"))
        assert (said is not None) is fits
    assert gathering.words(turn, None) is None
    assert gathering.words(turn, answered()) is None


def test_without_a_place_of_theirs_only_what_is_online_is_looked_for() -> None:
    own = Notebook()
    assert wish(gathering.query(own.turn())).how == "online"
    own.settings[PLACE] = HERE
    assert wish(gathering.query(own.turn())).how == "any"


def test_it_is_a_thing_to_do_like_the_others() -> None:
    own = Notebook()
    own.entries.append(Entry("craving", NOW - timedelta(days=1), HELPED))
    own.say("crave")
    own.say("8")
    said = own.press("again")
    assert "Ask the team" in said[0]
    assert own.at() == "craving.doing"


@pytest.mark.parametrize("listed", [True, False])
async def test_by_text_message_it_is_an_hour_and_a_street(world: World, *, listed: bool) -> None:
    person_id = await world.joined(**SMS)
    now = world.clock.now()

    def work(tx: Any) -> None:
        feed_id = meeting_rows.listed(tx)
        at = "10:45" if listed else "12:45"
        meeting_rows.put(tx, [meeting_rows.row(feed_id, 1, at, name="Sober Sunrise")])
        people.change(tx, person_id, own={PLACE: HERE})
        entries.add(tx, person_id, "craving", HELPED, now - timedelta(days=1))

    await world.store.write(work)
    for said in ("crave", "8", "1"):
        await world.say(said, **SMS)
    text = world.texts(SMS["address"])[-1]
    assert ("People meet at 10:45 am: 12 Oak St" in text) is listed
    assert "Sober" not in text
    assert ("Ask the team below" in text) is not listed
    assert "I'll ask in 60 min." in text


def test_what_is_found_is_said_with_its_timer() -> None:
    own = Notebook()
    own.near = lambda _: answer(answered("2026-11-23T10:30:00-05:00"))
    own.entries.append(Entry("craving", NOW - timedelta(days=1), HELPED))
    for said in ("crave", "8"):
        own.say(said)
    told = own.press("again")
    assert told[0].startswith("One begins at 10:30 am: Oak Street Serenity, The Made-up Hall")
    assert "60 minutes" in told[1]
    assert own.entries[-1].data["skill"] == gathering.SKILL

"""The list of what is theirs: each with its next hour, behind the PIN."""

from __future__ import annotations

from handlers import going
from handlers.coming import GONE, NEWS
from handlers.meetings import SAVED
from tests.meeting_kept import online, picked
from tests.notebook import Notebook


def owner(**person: object) -> Notebook:
    own = Notebook(**person)
    own.settings = {"path": "none"}
    own.put(going.save(own.turn(), picked()))
    own.press("remind")
    own.put(going.save(own.turn(), online("2026-11-24T19:00:00-05:00", id="made-up/m2")))
    own.press("leave")
    return own


def test_each_stands_with_its_next_hour_and_its_street() -> None:
    own = owner()
    assert own.say("my meetings")[-1].splitlines()[:2] == [
        "1. today 7:30 pm, 12 Oak St, reminder on",
        "2. tomorrow 7 pm, online",
    ]


def test_reminders_are_turned_on_and_off_by_number() -> None:
    own = owner()
    own.say("saved")
    own.press("remind")
    assert "reminder on" not in own.say("1")[-1]
    own.press("remind")
    assert "2. tomorrow 7 pm, online, reminder on" in own.say("2")[-1]
    own.press("remind")
    own.say("7")
    assert own.at() == "saved.reminder"


def test_one_is_taken_away() -> None:
    own = owner()
    own.say("saved")
    own.press("remove")
    own.say("1")
    assert [kept["id"] for kept in own.of(SAVED)] == ["made-up/m2"]


def test_a_pin_guards_it() -> None:
    own = owner()
    own.person = Notebook(pin=True, shut=True).person
    own.say("saved")
    assert own.at() == "pin.enter"


def test_what_is_over_or_gone_is_not_shown() -> None:
    own = owner()
    item = own.items[0]
    own._item(SAVED, {**item.data, NEWS: GONE}, item.id)
    own.put(going.remind(own.turn(), picked("2026-11-23T12:00:00-05:00", id="made-up/m3")))
    own.now = picked().begins
    assert "12 Oak St" not in own.say("saved")[-1]


def test_an_empty_list_still_counts_and_plans() -> None:
    own = Notebook()
    assert "empty" in own.say("mis reuniones")[-1]
    own.press("went")
    assert own.at() == "went.how"
    assert own.say("saved")[0] == "So far this week: 1, 60 minutes in all."
    own.press("plan")
    assert own.at() == "went.many"

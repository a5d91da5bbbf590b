"""After a meeting: whether they got there, how it was, and what the week comes to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import attended, coming, going, went
from handlers.attended import SHARED
from handlers.flow import Say
from handlers.meetings import SAVED
from handlers.own import Entry
from handlers.prompts import PROMPTS
from tests.meeting_kept import online, picked
from tests.notebook import NOW, Notebook

LUNCH = "2026-11-23T12:00:00-05:00"


def reminded(**which: Any) -> Notebook:
    """Somebody who is to be told of one at noon, and is now asked how it was."""
    own = Notebook()
    own.settings = {"path": "none", SHARED: False}
    own.put(going.remind(own.turn(), picked(LUNCH, **which)))
    own.now = datetime.fromisoformat("2026-11-23T13:30:00-05:00")
    return own


def kept_weekly(own: Notebook) -> Notebook:
    own.put(going.save(own.turn(), picked(LUNCH)))
    own.press("remind")
    return own


def went_times(own: Notebook, times: int) -> None:
    """Told of so many, in the days before."""
    for back in range(times):
        day = (NOW - timedelta(days=back)).date().isoformat()
        own.entries.append(Entry(SAVED, NOW - timedelta(days=back), {"day": day, "minutes": 90}))


def test_an_answer_counts_and_they_may_say_how_it_was() -> None:
    own = reminded(minutes=45)
    said = own.prompt("meeting_after", "1")
    assert said is not None
    assert said[0] == "Your 12 pm: did you get there? Either answer is fine."
    assert "that's 1 this week" in own.press("went")[0]
    assert "may fit better" in own.say("2")[0]
    (entry,) = own.entries
    expected = {"item": 1, "day": "2026-11-23", "minutes": 45, "online": False, "how": 2}
    assert entry.data == expected
    assert own.place is None


def test_not_having_gone_is_nothing() -> None:
    own = reminded()
    own.prompt("meeting_after", "1")
    own.press("not_this_time")
    assert own.entries == []


def test_what_was_for_once_is_gone_when_it_was_asked_about() -> None:
    own = reminded()
    own.prompt("meeting_after", "1")
    assert own.of(SAVED) == []
    assert own.prompt("meeting_after", "1") is None


def test_what_stays_is_asked_about_next_week_again() -> None:
    own = kept_weekly(reminded())
    moments = PROMPTS["meeting_after"].moments
    assert moments is not None
    before = own.now - timedelta(minutes=1)
    own.now = before
    assert moments(own.turn()) == {"1": before + timedelta(minutes=1)}
    own.now = before + timedelta(minutes=1)
    own.prompt("meeting_after", "1")
    own.press("went")
    assert moments(own.turn()) == {"1": own.now + timedelta(weeks=1)}
    # It was told; it is not asked again.
    assert own.prompt("meeting_after", "1") is None


def test_who_said_not_this_time_before_it_is_not_asked_after_it() -> None:
    own = kept_weekly(reminded())
    own.now = datetime.fromisoformat("2026-11-23T11:00:00-05:00")
    said = own.prompt("meeting", "1")
    assert said is not None
    assert said[0].startswith("Today at 12 pm: Oak Street Serenity, The Made-up Hall, 12 Oak St")
    own.press("not_today")
    own.now = datetime.fromisoformat("2026-11-23T13:30:00-05:00")
    assert own.prompt("meeting_after", "1") is None
    own.now += timedelta(weeks=1)
    assert own.prompt("meeting_after", "1") is not None


def test_reminders_end_with_one_tap() -> None:
    own = kept_weekly(reminded())
    own.now = datetime.fromisoformat("2026-11-23T11:00:00-05:00")
    own.prompt("meeting", "1")
    own.press("off")
    assert coming.ahead(own.turn()) == {}
    assert own.of(SAVED)[0]["remind"] is False
    once = reminded()
    once.now = datetime.fromisoformat("2026-11-23T11:00:00-05:00")
    once.prompt("meeting", "1")
    once.press("not_today")
    assert once.of(SAVED) == []


def test_a_room_opens_with_its_link_and_asks_nothing() -> None:
    own = Notebook()
    own.settings = {"path": "none"}
    which = online(LUNCH)
    own.put(going.remind(own.turn(), which))
    own.now = which.begins - timedelta(minutes=15)
    said = own.prompt("meeting_join", "1")
    assert said is not None
    assert "This link takes you in" in said[0]
    assert own.place is None


def test_in_cover_words_a_reminder_is_an_hour_and_a_street() -> None:
    own = reminded()
    own.channel = "sms"
    own.now = datetime.fromisoformat("2026-11-23T11:00:00-05:00")
    said = own.prompt("meeting", "1")
    assert said is not None
    assert said[0] == "Today at 12 pm: 12 Oak St. The way: "


def test_a_plan_counts_along_and_is_done_by_itself() -> None:
    own = Notebook()
    own.settings = {"path": "none", SHARED: False}
    own.put(went.plan(own.turn()))
    own.press("two")
    assert own.of("goal") == [
        {"text": "Show up twice", "week": "2026-W48", "state": "open", "meetings": 2}
    ]
    assert "1 of the 2" in own.put(went.told(own.turn().anew()))[0]
    assert "1. Show up twice (1/2)" in own.say("goals")[-1]
    assert "that's the 2 you planned" in own.put(went.told(own.turn().anew()))[0]
    assert own.of("goal")[0]["state"] == "done"
    assert "that's 3 this week" in own.put(went.told(own.turn().anew()))[0]


def test_a_plan_is_changed_or_dropped() -> None:
    own = Notebook()
    for answer in ("two", "three"):
        own.put(went.plan(own.turn()))
        own.press(answer)
    assert [goal["meetings"] for goal in own.of("goal")] == [3]
    own.put(went.plan(own.turn()))
    own.press("none")
    assert own.of("goal") == []


def test_whether_the_team_sees_it_is_asked_once_and_only_with_the_pin_open() -> None:
    own = Notebook()
    own.put(went.told(own.turn().anew()))
    own.press("skip")
    assert own.at() == "went.share"
    own.press("share")
    assert own.settings == {SHARED: True}
    own.put(went.told(own.turn().anew()))
    own.say("5")
    assert own.place is None
    shut = Notebook(pin=True, shut=True)
    shut.put(went.told(shut.turn().anew()))
    shut.press("skip")
    assert shut.place is None
    assert SHARED not in shut.settings


def test_a_questionnaire_that_asks_for_the_days_hears_what_was_told() -> None:
    own = Notebook()
    went_times(own, 9)
    own.entries.append(own.entries[0])
    assert attended.days_lately(own.turn()) == 8
    said = attended.told_before(own.turn(), "bam_iop", "10")
    assert said == (Say("went.told_lately", {"count": "8"}),)
    assert attended.told_before(own.turn(), "bam_iop", "9") == ()
    assert attended.told_before(own.turn(), "phq9", "10") == ()
    assert attended.told_before(Notebook(pin=True, shut=True).turn(), "bam_iop", "10") == ()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["went", "skip", "share", "3", "not_this_time", "!", "off", "going", "not_today", "two"]
        ),
        max_size=8,
    ),
    st.sampled_from(["meeting", "meeting_after"]),
)
def test_any_answers_leave_it_sound(answers: list[str], first: str) -> None:
    own = kept_weekly(reminded())
    own.now = datetime.fromisoformat("2026-11-23T11:00:00-05:00")
    if first == "meeting_after":
        own.now += timedelta(hours=3)
    own.prompt(first, "1")
    for answer in answers:
        own.say(answer, answer if len(answer) > 1 else None)
    assert len(own.of(SAVED)) <= 1
    for prompt in PROMPTS.values():
        if prompt.moments is not None:
            assert all(at > own.now for at in prompt.moments(own.turn()).values())

"""What can be done with a meeting that was picked: be reminded, keep it, hand it on."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

from content.wording import Told
from handlers import coming, going
from handlers.flow import Say, Turn
from handlers.links import Link
from handlers.meetings import SAVED, Meeting
from handlers.own import SendTo
from handlers.prompts import PROMPTS
from tests.meeting_kept import online, picked
from tests.notebook import Notebook

KNOWN = {"path": "none"}
"""Their path was asked before."""


def book(**person: object) -> Notebook:
    made = Notebook(**person)
    made.settings = dict(KNOWN)
    return made


def linked(turn: Turn) -> Turn:
    """With addresses of ours that can be told apart."""

    def link(to: Link) -> str:
        return f"https://h.example/m/{to.kind}{'-weekly' if to.weekly else ''}"

    return dataclasses.replace(turn, around=dataclasses.replace(turn.around, link=link))


def says(notebook: Notebook) -> list[Say]:
    return [effect for effect in notebook.effects if isinstance(effect, Say)]


def comings(notebook: Notebook) -> dict[str, datetime]:
    """What falls due for what they keep, by prompt."""
    found: dict[str, datetime] = {}
    for name in ("meeting", "meeting_join", "meeting_after"):
        moments = PROMPTS[name].moments
        assert moments is not None
        found |= {f"{name}:{number}": at for number, at in moments(notebook.turn()).items()}
    return found


def test_a_reminder_says_when_it_comes_and_comes_then() -> None:
    own, which = book(), picked()
    said = own.put(going.remind(own.turn(), which))
    assert said == ["OK. I'll remind you today at 6:30 pm, and ask later how it was."]
    assert comings(own) == {
        "meeting:1": which.begins - timedelta(hours=1),
        "meeting_after:1": datetime.fromisoformat("2026-11-24T09:30:00-05:00"),
    }
    assert own.place is None


def test_what_begins_within_the_hour_is_not_waited_for() -> None:
    own = book()
    own.now = picked().begins - timedelta(minutes=40)
    (said,) = own.put(going.remind(linked(own.turn()), picked()))
    assert said == "It starts at 7:30 pm. If you can, go now: https://h.example/m/way"
    assert list(comings(own)) == ["meeting_after:1"]


def test_a_room_is_joined_by_a_link_that_comes_just_before() -> None:
    own, which = book(), online()
    (said,) = own.put(going.remind(own.turn(), which))
    assert "You get the link today at 7:15 pm" in said
    assert comings(own)["meeting_join:1"] == which.begins - timedelta(minutes=15)
    assert "meeting:1" not in comings(own)


def test_asked_twice_it_is_kept_once() -> None:
    own = book()
    for _ in range(2):
        own.put(going.remind(own.turn(), picked()))
    assert len(own.of(SAVED)) == 1


def test_so_many_fit_and_what_is_over_makes_room() -> None:
    own = book()
    for number in range(going.MOST):
        own.put(going.remind(own.turn(), picked(id=f"made-up/{number}")))
    (full,) = own.put(going.remind(own.turn(), picked(id="made-up/more")))
    assert str(going.MOST) in full
    assert len(own.of(SAVED)) == going.MOST
    own.now += timedelta(days=4)
    later = picked((picked().begins + timedelta(weeks=1)).isoformat(), id="made-up/more")
    own.put(going.remind(own.turn(), later))
    assert [kept["id"] for kept in own.of(SAVED)] == ["made-up/more"]


def test_one_that_is_kept_may_be_told_of_every_week() -> None:
    own, which = book(), picked()
    assert "each week" in own.put(going.save(own.turn(), which))[-1]
    assert own.at() == "going.weekly"
    assert comings(own) == {}
    own.press("remind")
    assert own.of(SAVED)[0]["saved"] is True
    assert comings(own)["meeting:1"] == which.begins - timedelta(hours=1)
    own.now = which.begins
    assert comings(own)["meeting:1"] == which.begins + timedelta(days=7, hours=-1)


def test_one_that_is_not_listed_weekly_is_told_of_once() -> None:
    own, which = book(), picked(weekly=False)
    assert "not be held each week" in own.put(going.save(own.turn(), which))[-1]
    own.press("remind")
    own.now = which.begins
    assert "meeting:1" not in comings(own)


def test_kept_without_reminders_nothing_comes() -> None:
    own = book()
    own.put(going.save(own.turn(), picked()))
    own.press("leave")
    assert comings(own) == {}
    assert own.place is None


def test_the_path_is_asked_at_the_end_where_it_never_was() -> None:
    own = Notebook()
    own.put(going.remind(own.turn(), picked()))
    assert own.at() == "path.which"


def test_the_calendar_is_told_weekly_only_for_one_they_keep() -> None:
    own = book()
    (said,) = own.put(going.calendar(linked(own.turn()), picked()))
    assert said.endswith("https://h.example/m/calendar")
    own.put(going.save(own.turn(), picked()))
    (said,) = own.put(going.calendar(linked(own.turn()), picked()))
    assert said.endswith("https://h.example/m/calendar-weekly")


def test_a_text_to_hand_on_is_theirs_and_may_leave_the_phone() -> None:
    own = book()
    said = own.put(going.send(linked(own.turn()), picked()))
    text, after = says(own)
    assert text.forward
    assert text.alone
    assert "The Made-up Hall, 12 Oak St" in said[0]
    assert after.key == "going.yours"


def test_by_text_message_it_names_no_meeting() -> None:
    own = book()
    own.channel = "sms"
    said = own.put(going.send(linked(own.turn()), picked()))
    assert said[0] == "Want to come with me? 12 Oak St, today at 7:30 pm. https://h.example/m/way"


def test_a_house_whose_name_tells_is_not_named_in_cover_words() -> None:
    telling = picked(location="Sober Clubhouse", address="")
    where = going.said(book().turn(), telling, telling.begins)["where"]
    assert isinstance(where, Told)
    assert where.text == "Sober Clubhouse"
    assert where.cover == "the place you chose"


def agreed(own: Notebook, **more: object) -> None:
    ana = {"name": "Ana", "phone": "+12155550142", "kind": "sponsor", "text": "Call me"}
    own._item("contact", {**ana, "shared": True, "agreed": "2026-11-20", **more}, None)


def test_who_agreed_gets_it_sent_only_when_they_press_it() -> None:
    own = book()
    agreed(own)
    own.put(going.send(linked(own.turn()), picked()))
    assert own.at() == "going.whom"
    own.press("send")
    (sent,) = [effect for effect in own.effects if isinstance(effect, SendTo)]
    assert sent.which == 1
    assert sent.words is not None
    assert "12 Oak St, today at 7:30 pm." in sent.words
    assert "Serenity" not in sent.words


def test_who_did_not_agree_is_never_offered() -> None:
    own = book()
    agreed(own, agreed=None)
    own.put(going.send(own.turn(), picked()))
    assert own.place is None


def test_one_an_hour_is_enough() -> None:
    own = book()
    agreed(own)
    own.supporter = "rests"
    own.put(going.send(own.turn(), picked()))
    own.press("send")
    assert not [effect for effect in own.effects if isinstance(effect, SendTo)]
    assert [said.key for said in says(own)] == ["contacts.rests"]


def test_a_first_time_is_told_in_short_and_goes_on() -> None:
    own = book()
    first, _ = own.put(going.first_time(own.turn(), picked()))
    assert "Nobody has to speak" in first
    assert "says to stop a medicine, don't" in first
    own.press("remind")
    assert len(own.of(SAVED)) == 1
    first, _ = own.put(going.first_time(own.turn(), online()))
    assert "camera off" in first


def test_what_another_release_kept_otherwise_is_passed_over() -> None:
    own = book()
    own._item(SAVED, {"id": "made-up/old", "remind": True}, None)
    own._item(SAVED, {**picked().data(), "zone": "Nowhere/Land", "remind": True}, None)
    assert comings(own) == {}
    assert coming.item_of(own.turn(), 1) is None
    own.put(going.remind(own.turn(), picked(id="made-up/new")))
    assert [kept["id"] for kept in own.of(SAVED)] == ["made-up/new"]


def test_a_day_is_named_where_they_live() -> None:
    own = book()
    here: list[Meeting] = [picked(f"2026-11-{day}T01:00:00+00:00") for day in ("24", "25", "27")]
    assert [going.day_said(own.turn(), each.begins) for each in here] == [
        "today",
        "tomorrow",
        "Thursday",
    ]

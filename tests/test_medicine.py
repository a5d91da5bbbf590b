"""What is taken at an hour: reminded of, left out and why, refilled; naloxone; and never advice."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from bot import recurring
from bot.config import House
from content import wording
from handlers import dose, medicines, naloxone, refill
from handlers.answers import UNREAD, Said
from handlers.decide import decide, interrupt
from handlers.flow import Outcome, Raise, Record, Say, Turn
from handlers.flows import step_of
from handlers.medicine import opened, tells
from handlers.own import Entry, Item, Own, Remind
from handlers.person import Around, Person
from handlers.prompts import PROMPTS
from handlers.risk import Level
from handlers.settling import Decision
from storage import entries, items, people, pins, reminders, tasks
from storage.models import alert_event
from storage.store import Store
from tests.conftest import START, HandClock
from tests.world import World

NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
HOME = "America/New_York"
DAILY: dict[str, Any] = {
    "label": "", "name": "Methadone 60 mg", "kind": "methadone", "state": "current",
    "times": ["11:00"], "refill_on": None, "flagged": True, "reminders": True,
}  # fmt: skip


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def takes(world: World, person_id: int, **changed: Any) -> int:
    """Staff have written one down."""
    now = world.clock.now()

    def work(tx: Connection) -> int:
        which = items.keep(tx, person_id, "medicine", {**DAILY, **changed}, now)
        recurring.arrange(tx, world.house, person_id, now)
        return which

    return await world.store.write(work)


async def settled(world: World, person_id: int, **own: Any) -> None:
    await world.store.write(lambda tx: people.change(tx, person_id, own=own))


def log(world: World, person_id: int) -> list[dict[str, Any]]:
    """What became of each, the oldest first, without when it was asked."""
    rows = world.store.read_now(lambda tx: entries.latest(tx, person_id, "dose", 99))
    return [dict(row.data) for row in reversed(rows) if row.data["what"] != "asked"]


def whats(world: World, person_id: int) -> list[str]:
    return [row["what"] for row in log(world, person_id)]


def kept(world: World, person_id: int) -> list[dict[str, Any]]:
    rows = world.store.read_now(lambda tx: items.of(tx, person_id, "medicine"))
    return [dict(row.data) for row in rows]


def reasons(world: World) -> list[str]:
    rows = world.store.read_now(
        lambda tx: list(tx.execute(alert_event.select().order_by(alert_event.c.id)))
    )
    return [str(row.detail) for row in rows if row.kind in ("opened", "added", "raised", "again")]


async def said(world: World, text: str) -> str:
    await world.say(text, **SMS)
    return "\n".join(world.sent_since(NUMBER))


async def later(world: World, **ahead: float) -> str:
    await world.later(**ahead)
    return "\n".join(world.sent_since(NUMBER))


async def test_done_is_all_there_is_to_it(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id)
    asked = await later(world, hours=1)
    assert asked.startswith("Your 11 am item. Done?")
    assert "ethadone" not in asked
    assert "noted" in await said(world, "1")
    assert whats(world, person_id) == ["taken"]
    assert await later(world, hours=6) == ""
    assert whats(world, person_id) == ["taken"]
    assert world.alerts() == []


async def test_later_is_once_more_in_an_hour_and_then_no_more(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, flagged=False)
    await later(world, hours=1)
    assert "in an hour" in await said(world, "2")
    assert await later(world, minutes=50) == ""
    again = await later(world, minutes=20)
    assert again.startswith("Once more, your 11 am item.")
    assert "Later" not in again
    assert "leave it" in await said(world, "leave it")
    await later(world, hours=5)
    assert whats(world, person_id) == ["later", "silent"]
    assert world.alerts() == []


async def test_later_and_then_told_is_not_asked_again(world: World) -> None:
    person_id = await world.joined(**SMS)
    which = await takes(world, person_id)
    await later(world, hours=1)
    await said(world, "later")
    await world.store.write(
        lambda tx: entries.add(
            tx, person_id, "dose", {"item": which, "what": "taken"}, world.clock.now()
        )
    )
    assert await later(world, hours=3) == ""


@pytest.mark.parametrize(
    ("answer", "reason", "says"),
    [
        ("1", None, "don't take two"),
        ("2", "medicine_effects", "letting the team know"),
        ("3", "medicine_out", "letting the team know"),
        ("skip", None, "noted"),
    ],
)
async def test_each_reason_has_its_next_step(
    world: World, answer: str, reason: str | None, says: str
) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id)
    await later(world, hours=1)
    assert "What got in the way?" in await said(world, "3")
    assert says in await said(world, answer)
    assert len(reasons(world)) == (1 if reason else 0)
    assert (reason or "") in " ".join(reasons(world))
    assert [each.level for each in world.alerts()] == (["concern"] if reason else [])
    why = {"1": "forgot", "2": "effects", "3": "out"}.get(answer)
    assert log(world, person_id)[-1].get("why") == why


async def test_whoever_does_not_want_it_is_offered_a_person(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id)
    await later(world, hours=1)
    await said(world, "not today")
    assert "don't have to say more" in await said(world, "4")
    assert world.alerts() == []
    await said(world, "1")
    assert "asked_for_person" in reasons(world)[-1]
    assert log(world, person_id) == [{"item": 1, "what": "skipped", "why": "unwanted"}]


async def test_two_flagged_in_a_row_go_to_the_team_the_same_day(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id)
    await later(world, hours=1)
    first = await said(world, "3")
    await said(world, "1")
    assert "double it" not in first
    assert world.alerts() == []
    await later(world, hours=24)
    second = await said(world, "3")
    assert "Don't restart or double it by yourself. Call 215-555-0100." in second
    assert "medicine_missed" in reasons(world)[-1]
    await said(world, "skip")
    third = await later(world, hours=24)
    assert "don't restart or double it" in third
    assert "Your 11 am item" in third
    await said(world, "1")
    assert "double" not in await later(world, hours=24)


async def test_what_is_not_flagged_may_be_left_out(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, flagged=False)
    for hours in (1, 24, 24):
        await later(world, hours=hours)
        assert "restart" not in await said(world, "3")
        await said(world, "skip")
    assert whats(world, person_id) == ["skipped"] * 3
    assert world.alerts() == []


async def test_no_answer_counts_after_some_hours_without_a_word(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id)
    await later(world, hours=2)
    assert whats(world, person_id) == []
    assert await later(world, hours=4) == ""
    assert whats(world, person_id) == ["silent"]
    assert world.alerts() == []
    world.clock.at = START + timedelta(hours=24)
    told = await later(world, hours=6)
    assert whats(world, person_id)[:2] == ["silent", "silent"]
    assert "didn't hear from you about it, and that's OK" in told
    assert "Don't restart or double it" in told
    assert "medicine_missed" in " ".join(reasons(world))


async def test_what_went_by_unheard_and_is_told_late_is_left_out_once(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id)
    await later(world, hours=6)
    told = await said(world, "3")
    assert whats(world, person_id) == ["silent", "skipped"]
    assert "Don't restart or double it" not in told
    assert world.alerts() == []
    await said(world, "skip")
    world.clock.at = START + timedelta(hours=24)
    await later(world, hours=2)
    # Thanksgiving is near, and that was asked since.
    await said(world, "skip")
    assert "Don't restart or double it" in await said(world, "3")
    assert "medicine_missed" in " ".join(reasons(world))


async def test_what_is_told_late_counts_as_told(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id)
    await later(world, hours=6)
    await said(world, "1")
    assert whats(world, person_id) == ["silent", "taken"]


async def test_a_pregnant_one_goes_to_the_team_at_once(world: World) -> None:
    person_id = await world.joined(**SMS)
    await settled(world, person_id, pregnant=True)
    await takes(world, person_id, flagged=False, kind="other")
    await later(world, hours=1)
    told = await said(world, "3")
    assert "Please don't stop any of it on your own. Call 215-555-0100 today." in told
    assert "medicine_missed_pregnant" in reasons(world)[-1]


async def test_two_at_one_hour_are_one_text_and_both_are_asked(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, label="blue cup")
    await takes(world, person_id, label="red cup", flagged=False)
    assert (await later(world, hours=1)).count("Done?") == 1
    assert "Your red cup." in await said(world, "1")
    await said(world, "1")
    assert [row["item"] for row in log(world, person_id)] == [1, 2]


async def test_what_is_open_is_not_lost_under_the_next_hour(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, label="blue cup")
    await takes(world, person_id, label="red cup", times=["12:00"])
    await later(world, hours=1)
    assert "Your blue cup." in await later(world, hours=1)
    assert "Your red cup." in await said(world, "1")
    await said(world, "1")
    assert whats(world, person_id) == ["taken", "taken"]


async def test_the_next_hour_of_the_same_one_ends_the_wait(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, times=["11:00", "13:00"])
    await later(world, hours=3)
    assert whats(world, person_id) == ["silent"]
    assert "1 pm item" in world.texts(NUMBER)[-1]


async def test_an_hour_of_rest_needs_their_yes(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, times=["06:30"])
    world.clock.at = START + timedelta(hours=18)
    assert "item" not in await later(world, hours=5)
    assert "waits for your OK" in await said(world, "meds")
    await said(world, "1")
    assert "early or late" in await said(world, "2")
    assert "on" in await said(world, "1")
    world.clock.at = START + timedelta(hours=42)
    assert "Your 6:30 am item" in await later(world, hours=4)


async def test_an_hour_can_be_set_moved_and_switched_off(world: World) -> None:
    person_id = await world.joined(**SMS)
    assert "Nothing is set" in await said(world, "MEDS")
    await said(world, "1")
    assert "each day" in await said(world, "9:15 am")
    assert "9:15 am item, reminder on" in await said(world, "items")
    await said(world, "1")
    await said(world, "1")
    await said(world, "at 8 pm")
    assert [each["times"] for each in kept(world, person_id)] == [["20:00"]]
    await said(world, "meds")
    await said(world, "1")
    assert "off" in await said(world, "2")
    assert "8 pm item. Done" not in await later(world, hours=24)
    await said(world, "meds")
    await said(world, "1")
    assert "gone" in await said(world, "4")
    assert kept(world, person_id) == []
    rows = world.store.read_now(lambda tx: reminders.of(tx, person_id))
    assert not any(row.kind.startswith("medicine") for row in rows)


async def test_what_the_team_set_keeps_its_name_to_itself(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id)
    for text in ("meds", "1", "3"):
        await said(world, text)
    assert "might tell others" in await said(world, "my methadone")
    assert "might tell others" in await said(world, "counselor thing")
    assert "Kept" in await said(world, "My blue cup")
    assert kept(world, person_id)[0]["label"] == "blue cup"
    assert "Your blue cup." in await later(world, hours=1)
    assert all("ethadone" not in text for text in world.texts(NUMBER))


async def test_a_question_goes_to_a_person(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id)
    await said(world, "my meds")
    await said(world, "3")
    assert "asked_for_person" in reasons(world)[-1]
    await said(world, "can i take it with food")
    assert world.person(person_id).waiting_since is not None


async def test_several_hours_are_for_the_team_to_move(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, times=["09:00", "20:00"])
    await said(world, "meds")
    await said(world, "1")
    assert "more than one hour" in await said(world, "1")


async def test_what_is_stopped_is_neither_asked_nor_shown(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, state="stopped", refill_on="2026-11-30")
    assert "Nothing is set" in await said(world, "meds")
    assert await later(world, hours=2) == ""


async def test_a_pin_guards_the_list(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id)
    await world.store.write(lambda tx: pins.put(tx, person_id, "4711"))
    assert "PIN" in await said(world, "meds")
    assert "11 am item" in await said(world, "4711")
    await later(world, minutes=40)
    await world.say("1", **SMS)
    assert "PIN" in world.sent_since(NUMBER)[-1]


async def test_a_refill_is_spoken_of_twice_unless_it_is_arranged(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, times=[], refill_on="2026-12-03")
    world.clock.at = datetime(2026, 11, 26, 14, 30, tzinfo=UTC)
    first = await later(world, hours=1)
    assert "Your refill comes up in 7 days, on Thursday." in first
    await said(world, "2")
    world.clock.at = datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
    assert "in 2 days, on Thursday" in await later(world, hours=1)
    assert "letting the team know" in await said(world, "3")
    assert "refill_help" in reasons(world)[-1]


async def test_a_refill_that_is_arranged_is_left_alone(world: World) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, times=[], refill_on="2026-12-03")
    world.clock.at = datetime(2026, 11, 26, 14, 30, tzinfo=UTC)
    await later(world, hours=1)
    await said(world, "1")
    rows = world.store.read_now(lambda tx: reminders.of(tx, person_id))
    assert not any(row.kind.startswith("refill") for row in rows)
    assert world.alerts() == []


async def test_naloxone_is_asked_the_day_after_the_first_checkin_then_monthly(
    world: World,
) -> None:
    person_id = await world.joined(**SMS)
    assert "rescue spray" not in await later(world, hours=8)
    await said(world, "6 1 1 1")
    world.clock.at = START + timedelta(hours=24, minutes=50)
    assert "do you have a rescue spray?" in await later(world, minutes=20)
    assert "Where is it?" in await said(world, "1")
    await said(world, "2")
    own = world.person(person_id).own
    assert (own["naloxone"], own["naloxone_at"]) == ("me", "2026-11-24")
    world.clock.at = datetime(2026, 12, 23, 15, 50, tzinfo=UTC)
    assert "rescue spray" not in await later(world, minutes=20)
    world.clock.at = datetime(2026, 12, 24, 15, 50, tzinfo=UTC)
    assert "rescue spray" in await later(world, minutes=20)
    assert "letting the team know" in await said(world, "2")
    assert world.person(person_id).own["naloxone"] == "none"
    (task,) = await world.read(lambda tx: tasks.of(tx, person_id, 9))
    assert (task.kind, task.source, task.state) == ("naloxone", "naloxone", "open")


async def test_a_reminder_between_does_not_hide_silence(world: World) -> None:
    """A text of ours after the check-in is no sign of life of theirs."""
    person_id = await world.joined(**SMS)
    await takes(world, person_id, times=["18:30"], flagged=False)
    await later(world, hours=30)
    assert world.person(person_id).misses == 1


def turn(*those: Item, log: tuple[Entry, ...] = (), **more: Any) -> Turn:
    now = more.pop("now", START)
    own = Own(
        more.pop("settings", {}),
        entries=lambda kind, most: log[:most] if kind == "dose" else (),
        items=lambda kind: those if kind == "medicine" else (),
    )
    person = Person(1, "Sam", zone=more.pop("zone", HOME), **more)
    return Turn(person, Around("Harbor", "215-555-0100", own=own), now)


def item(number: int = 1, **changed: Any) -> Item:
    return Item(number, "medicine", {**DAILY, **changed}, START)


@pytest.mark.parametrize(
    ("day", "at", "then"),
    [
        (date(2027, 3, 13), "09:00", datetime(2027, 3, 14, 13, tzinfo=UTC)),
        (date(2027, 3, 12), "09:00", datetime(2027, 3, 13, 14, tzinfo=UTC)),
        (date(2027, 11, 6), "20:30", datetime(2027, 11, 8, 1, 30, tzinfo=UTC)),
    ],
)
def test_the_hour_stays_where_the_clock_changes(day: date, at: str, then: datetime) -> None:
    now = datetime.combine(day, time(21), ZoneInfo(HOME)).astimezone(UTC)
    assert dose.comings(turn(item(times=[at]), now=now)) == {at.replace(":", ""): then}


def test_an_hour_that_the_clock_skips_or_repeats_comes_once() -> None:
    skipped = turn(item(times=["02:30"], early=True), now=datetime(2027, 3, 14, 5, tzinfo=UTC))
    assert dose.quiet_comings(skipped) == {"0230": datetime(2027, 3, 14, 7, 30, tzinfo=UTC)}
    before = datetime(2027, 11, 7, 5, 29, tzinfo=UTC)
    twice = turn(item(times=["01:30"], early=True), now=before)
    first = dose.quiet_comings(twice)["0130"]
    assert first == datetime(2027, 11, 7, 5, 30, tzinfo=UTC)
    after = dose.quiet_comings(dataclasses.replace(twice, now=first))["0130"]
    assert after == datetime(2027, 11, 8, 6, 30, tzinfo=UTC)


def test_hours_of_rest_and_of_the_day_are_kept_apart() -> None:
    those = item(times=["06:00", "08:00", "21:00", "22:00"], early=True)
    assert set(dose.comings(turn(those))) == {"0800", "2100"}
    assert set(dose.quiet_comings(turn(those))) == {"0600", "2200"}
    assert dose.quiet_comings(turn(item(times=["06:00"]))) == {}
    assert dose.comings(turn(item(reminders=False))) == {}
    assert dose.comings(turn(item(times=["25:00", "x", None]))) == {}


def test_a_refill_comes_at_ten_where_they_live() -> None:
    those = item(refill_on="2027-03-16")
    now = datetime(2027, 3, 10, 12, tzinfo=UTC)
    due = refill.comings(turn(those, now=now, zone="America/Los_Angeles"))
    assert due == {"2027-03-16": datetime(2027, 3, 14, 17, tzinfo=UTC)}
    assert refill.comings(turn(item(refill_on="soon"))) == {}
    assert refill.ask(turn(those, now=datetime(2027, 3, 16, 12, tzinfo=UTC)), "2027-03-16") is None


def test_spanish_says_the_one_and_the_others() -> None:
    assert medicines.label(turn(language="es"), item(times=["13:00"])) == "lo de la 1 p.m."
    assert medicines.label(turn(language="es"), item(times=["09:00"])) == "lo de las 9 a.m."
    both = (item(1), item(2))
    assert medicines.label(turn(*both), both[1]) == "11 am item (2)"


@pytest.mark.parametrize(
    ("label", "real", "told"),
    [
        ("blue cup", "Methadone 60 mg", False),
        ("the 60", "Methadone 60 mg", False),
        ("Zubsolv", "Zubsolv 5.7", True),
        ("my group", "", True),
        ("mi metadona", "", True),
        ("", "Methadone", False),
    ],
)
def test_a_label_tells_nothing(label: str, real: str, *, told: bool) -> None:
    assert tells(label, real) is told


@pytest.mark.parametrize(
    ("text", "due", "again"),
    [
        ("1", "taken", "taken"),
        ("Done", "taken", "taken"),
        ("Yes", "taken", "taken"),
        ("I took it!", "taken", "taken"),
        ("ya me la tomé", "taken", "taken"),
        ("I took it at 3 pm", "taken", "taken"),
        ("me lo tomé a las 9", "taken", "taken"),
        ("i took it 3", UNREAD, UNREAD),
        ("no", "later", "leave"),
        ("todavía no", "later", "leave"),
        ("not today", "skipped", "skipped"),
        ("ok", UNREAD, UNREAD),
        ("i took two", UNREAD, UNREAD),
        ("took it twice", UNREAD, UNREAD),
        ("yes and no", UNREAD, UNREAD),
    ],
)
def test_a_few_words_are_enough_and_two_are_not_one(text: str, due: object, again: object) -> None:
    for step, expected in ((dose.due, due), (dose.again, again)):
        labels = wording.entries("en")[step.key].choices
        assert step.answer.read(Said(text, None, labels)) == expected


def test_prompts_of_another_release_say_nothing() -> None:
    for name in (dose.AGAIN, dose.UNTOLD, dose.TOLD):
        assert PROMPTS[name].ask(turn(), "7") is None
    assert dose.ask(turn(item()), "0700") is None


def test_naloxone_is_not_asked_before_a_checkin_and_weekly_while_unanswered() -> None:
    assert naloxone.comings(turn()) == {}
    unanswered = turn(settings={"naloxone_asked": "2026-11-20"})
    assert naloxone.comings(unanswered)[""] == datetime(2026, 11, 27, 16, tzinfo=UTC)
    assert naloxone.after_checkin(unanswered) == ()
    [first] = naloxone.after_checkin(turn())
    assert first == Remind("naloxone_first", datetime(2026, 11, 23, 16, tzinfo=UTC))


_ANSWERS = st.lists(
    st.sampled_from(
        ["1", "2", "3", "4", "5", "skip", "no", "done", "later", "meds", "7 am", "9 pm", "x",
         "blue cup", "menu", "not today", "talk"]
    ),
    max_size=12,
)  # fmt: skip
_BEGINS: dict[str, Callable[[Turn], Outcome | None]] = {
    "meds": opened,
    "due": lambda t: dose.ask(t, "1100"),
    "again": lambda t: dose.ask_again(t, "1"),
    "refill": lambda t: refill.ask(t, "2026-11-30"),
    "naloxone": lambda t: naloxone.ask(t, ""),
}


@settings(max_examples=150, deadline=None)
@given(
    begin=st.sampled_from(sorted(_BEGINS)),
    answers=_ANSWERS,
    flagged=st.booleans(),
    pregnant=st.booleans(),
    what=st.sampled_from(["taken", "later", "skipped", "silent", "asked"]),
)
def test_any_answers_leave_it_sound(
    begin: str, answers: list[str], what: str, *, flagged: bool, pregnant: bool
) -> None:
    past = tuple(Entry("dose", START, {"item": 1, "what": each}) for each in (what, "silent"))
    those = (item(1, flagged=flagged, refill_on="2026-11-30"), item(2, own=True, flagged=False))
    here = turn(*those, log=past, settings={"pregnant": pregnant})
    outcome: Outcome | None = _BEGINS[begin](here)
    decision = Decision(None, ()) if outcome is None else interrupt(here, outcome, None, None)
    for text in answers:
        decision = decide(here, Said(text), decision.place, decision.parked)
        if decision.find is not None:
            break
        assert decision.place is None or step_of(decision.place) is not None
        assert any(not isinstance(each, Record | Remind) for each in decision.effects)
        said = [each.key for each in decision.effects if isinstance(each, Say)]
        raised = [each for each in decision.effects if isinstance(each, Raise)]
        assert all(each.level is Level.CONCERN for each in raised)
        assert ("dose.no_restart" not in said) or flagged
        assert ("dose.go_on" not in said) or pregnant


async def test_what_was_asked_before_the_daily_question_is_asked_again_after_it(
    world: World,
) -> None:
    person_id = await world.joined(**SMS)
    await takes(world, person_id, times=["17:00"])
    await world.later(hours=8)
    assert world.person(person_id).place["flow"] == "checkin"
    for text in ("6 3 1 1", "skip"):
        await said(world, text)
    assert world.person(person_id).place["flow"] == "dose"
    await said(world, "1")
    assert whats(world, person_id) == ["taken"]

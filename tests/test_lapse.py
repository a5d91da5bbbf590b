"""After use: safety first, one next step, three days of small questions, and a card."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot import delivery
from bot.channels import Delivery, DeliveryState
from bot.config import House
from content.wording import entries as texts
from handlers import afterlapse, commands, lapse
from handlers.answers import UNREAD, Choice, Letters, Said
from handlers.days import two_days_after
from handlers.decide import decide
from handlers.flow import Effect, Outcome, Raise, Record, Say, Turn
from handlers.flows import step_of
from handlers.lines import Written
from handlers.own import Amend, Entry, Item, Json, Own, Remind
from handlers.person import Around, Person, Rules
from handlers.place import Place
from handlers.risk import Level
from storage import entries, items, people, reminders
from storage.models import alert_event, message, outbox
from storage.store import Store
from tests.conftest import HandClock
from tests.notebook import Notebook
from tests.world import World

NOW = datetime(2026, 11, 23, 23, 5, tzinfo=UTC)
"""A Monday, 6:05 pm in New York."""
NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
METHADONE = Item(1, "medicine", {"kind": "methadone", "state": "current"}, NOW)
NALTREXONE = Item(2, "medicine", {"kind": "naltrexone", "state": "stopped"}, NOW)


def turn(
    *log: Entry,
    now: datetime = NOW,
    there: Sequence[Item] = (),
    chosen: dict[str, Json] | None = None,
    rules: Rules | None = None,
    **person: Any,
) -> Turn:
    own = Own(
        chosen or {},
        lambda kind, most: tuple(e for e in reversed(log) if e.kind == kind)[:most],
        lambda kind: tuple(i for i in there if i.kind == kind),
    )
    around = Around("Harbor", "215", team="Until 8 pm.", rules=rules or Rules(), own=own)
    given_person = {"zone": "America/New_York", "checkin_at": time(18), **person}
    return Turn(Person(1, "Sam", **given_person), around, now)


def told(days_ago: float = 0, **data: Json) -> Entry:
    at = NOW - timedelta(days=days_ago)
    day = at.astimezone(ZoneInfo("America/New_York")).date()
    return Entry("lapse", at, {"day": day.isoformat(), **data})


def said(outcome: Outcome | None) -> list[str]:
    assert outcome is not None
    return [effect.key for effect in outcome.effects if isinstance(effect, Say)]


def raised(effects: Iterable[Effect]) -> list[tuple[str, str]]:
    return [(str(e.level), e.reason) for e in effects if isinstance(e, Raise)]


def asks(outcome: Outcome | None) -> str:
    assert outcome is not None
    return str(getattr(outcome.next, "key", ""))


def test_it_is_written_down_before_anything_is_asked() -> None:
    outcome = lapse.opened(turn())
    (kept,) = [e for e in outcome.effects if isinstance(e, Record)]
    assert (kept.kind, kept.data) == ("lapse", {"day": "2026-11-23"})
    assert raised(outcome.effects) == [("concern", "lapse")]
    assert asks(outcome) == "lapse.danger"


def test_one_lapse_is_told_once_however_often_it_is_said() -> None:
    again = lapse.opened(turn(told()))
    assert raised(again.effects) == []
    assert not [e for e in again.effects if isinstance(e, Record)]
    assert len([e for e in again.effects if isinstance(e, Remind)]) == 3
    assert raised(lapse.opened(turn(told(1))).effects) == [("concern", "lapse")]


def test_the_counselor_hears_as_far_as_the_clinics_rule_goes() -> None:
    quiet = turn(rules=Rules(use=False))
    assert raised(lapse.opened(quiet).effects) == []
    assert "lapse.told" not in said(lapse.what.decide(quiet, "other"))


@pytest.mark.parametrize(
    ("answer", "level", "words"),
    [
        ("a", "emergency", "checkin.danger_yes"),
        ("b", "urgent", "checkin.danger_maybe"),
    ],
)
def test_in_danger_the_help_and_nothing_of_next_steps(answer: str, level: str, words: str) -> None:
    outcome = lapse.danger.decide(turn(there=(METHADONE,)), answer)
    assert raised(outcome.effects) == [(level, "danger_after_use")]
    assert said(outcome) == [words]
    assert asks(outcome) == "crisis.afterwards"


@pytest.mark.parametrize(
    ("kind", "there", "words"),
    [
        ("opioid", (), ["lapse.careful"]),
        ("other", (), ["lapse.careful"]),
        (None, (), ["lapse.careful"]),
        ("alcohol", (), ["lapse.drank"]),
        ("benzo", (), ["lapse.calmed"]),
        ("opioid", (NALTREXONE,), ["lapse.careful", "lapse.blocked"]),
        (None, (NALTREXONE,), ["lapse.careful", "lapse.blocked"]),
        ("alcohol", (NALTREXONE,), ["lapse.drank"]),
        ("other", (METHADONE,), ["lapse.careful", "lapse.treated"]),
        ("benzo", (METHADONE,), ["lapse.calmed", "lapse.treated"]),
    ],
)
def test_each_kind_has_words_of_its_own(
    kind: str | None, there: tuple[Item, ...], words: list[str]
) -> None:
    outcome = lapse.what.decide(turn(there=there), kind)
    assert said(outcome) == [*words, "lapse.told"]
    assert asks(outcome) == "lapse.step"


def test_pregnant_and_without_naloxone() -> None:
    chosen: dict[str, Json] = {"pregnant": True, "naloxone": "none"}
    outcome = lapse.what.decide(turn(chosen=chosen), "opioid")
    assert said(outcome)[:3] == ["lapse.careful", "lapse.no_naloxone", "lapse.pregnant"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_nobody_is_told_to_just_stop(language: Any) -> None:
    avoided = ("taper", "cut down", "reduce", "just stop", "poco a poco", "solo deja")
    for key, entry in texts(language).items():
        if key.startswith("lapse."):
            read = " ".join(t for t in (entry.text, entry.sms, entry.cover) if t).casefold()
            assert not [each for each in avoided if each in read], key
    for kind in ("lapse.drank", "lapse.calmed"):
        for text in (texts(language)[kind].text, texts(language)[kind].cover or ""):
            assert "911" in text


def test_who_is_flagged_is_asked_about_the_body_first() -> None:
    flagged = turn(withdrawal=True)
    assert asks(lapse.danger.decide(flagged, "c")) == "lapse.body"
    yes = lapse.body.decide(flagged, "a")
    assert raised(yes.effects) == [("emergency", "signs_of_withdrawal")]
    unsure = lapse.body.decide(flagged, "b")
    assert raised(unsure.effects) == [("urgent", "not_sure_about_withdrawal")]
    assert asks(lapse.body.decide(flagged, "c")) == "lapse.what"


def test_a_wrong_tap_takes_back_what_it_did_and_no_more() -> None:
    undone = lapse.what.decide(turn(told()), "none")
    assert Amend("lapse", {"undone": True}) in undone.effects
    assert [e.at for e in undone.effects if isinstance(e, Remind)] == [None] * 3
    twice = lapse.what.decide(turn(told()).keep(again=True), "none")
    assert not [e for e in twice.effects if isinstance(e, Amend | Remind)]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(("America/New_York", "America/Phoenix", "Pacific/Auckland", "Asia/Kolkata")),
    st.none() | st.times(time(8), time(21)),
)
def test_the_three_days_come_in_order_by_day_and_apart_from_the_check_in(
    at: datetime, zone: str, checkin: time | None
) -> None:
    there = turn(now=at, zone=zone, checkin_at=checkin)
    moments = [lapse.after(there, hours) for hours in lapse.AFTER.values()]
    assert at < moments[0] < moments[1] < moments[2]
    for hours, moment in zip(lapse.AFTER.values(), moments, strict=True):
        here = moment.astimezone(ZoneInfo(zone))
        assert time(8) <= here.time() <= time(21)
        assert abs(moment - at - timedelta(hours=hours)) <= timedelta(hours=15)
        if checkin is not None:
            minutes = (here.hour - checkin.hour) * 60 + here.minute - checkin.minute
            assert abs(minutes) >= 120


def test_a_day_after_the_body_is_asked_after_where_stopping_is_dangerous() -> None:
    assert said(afterlapse.first(turn(told(1, what="alcohol")), "")) == ["lapse.day_body"]
    assert said(afterlapse.first(turn(told(1, what="opioid")), "")) == ["lapse.day"]
    assert afterlapse.first(turn(), "") is None
    assert afterlapse.third(turn(told(3, undone=True)), "") is None
    assert asks(two_days_after(turn(told(2)), "")) == "lapse.day_two"


def test_a_hard_answer_leads_to_a_next_step() -> None:
    assert asks(afterlapse.day_one.decide(turn(), "rough")) == "lapse.step"
    assert asks(afterlapse.day_two.decide(turn(), "harder")) == "lapse.step"
    for answer in ("easier", "same", None):
        assert afterlapse.day_two.decide(turn(), answer).next is None


def test_a_person_can_be_asked_for_from_everywhere() -> None:
    for outcome in (
        lapse.step.decide(turn(), "session"),
        lapse.step.decide(turn(), "counselor"),
        afterlapse.day_one.decide(turn(), "person"),
    ):
        assert ("concern", "asked_for_person") in raised(outcome.effects)
        assert asks(outcome) == "talking.more"


def test_what_was_learned_is_shown_the_next_time_but_not_behind_the_pin() -> None:
    card = Item(7, "learned", {"text": "call Ana first", "before": "a fight"}, NOW)
    there = turn(told(), there=(card,))
    assert lapse.learned(there) == "call Ana first"
    shown = [e for e in lapse.what.decide(there, "other").effects if isinstance(e, Say)]
    assert [e.values for e in shown if e.key == "lapse.last_time"] == [{"words": "call Ana first"}]
    assert lapse.learned(turn(there=(card,), shut=True)) is None
    assert lapse.learned(turn()) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("two beers", "alcohol"),
        ("beer and some percs", "opioid"),
        ("me tomé unas pastillas", "opioid"),
        ("xanax", "benzo"),
        ("Meth", "other"),
        ("3", "benzo"),
        ("skip", None),
        ("call my sister", UNREAD),
        ("no", UNREAD),
    ],
)
def test_a_kind_by_its_name(text: str, kind: object) -> None:
    assert lapse.what.answer.read(Said(text)) == kind


def test_numbers_that_come_late_are_no_line_of_the_card() -> None:
    numbers = Written(("5 5 1 1",))
    assert asks(afterlapse.before.decide(turn(), numbers)) == "lapse.next_time"
    assert said(afterlapse.next_time.decide(turn(), numbers)) == ["lapse.left"]


@pytest.mark.parametrize(
    "text",
    ["SLIP", "i used", "/lapse", "I used!", "consumí", "Tuve un tropiezo", "recaí", "slip"],
)
def test_words_that_lead_here(text: str) -> None:
    assert commands.heard(text) == "lapse"


def test_in_the_check_in_the_same_words_are_its_answer() -> None:
    place = Place("checkin", "used", {"mood": 5, "craving": 2, "slept": "ok"})
    decision = decide(turn(), Said("I used"), place, None)
    assert decision.place is not None
    assert (decision.place.flow, decision.place.step) == ("checkin", "danger")
    assert ("concern", "use") in raised(decision.effects)
    assert decision.parked is None


WORDS = ("a", "B", "c", "1", "2", "3", "5", "skip", "slip", "more", "menu", "days", "what", "plan")


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(st.sampled_from((*WORDS, "call Ana", "a fight", *lapse.AFTER)), max_size=14),
    flagged=st.booleans(),
)
def test_whatever_is_said_it_stands_somewhere_sound(steps: list[str], flagged: bool) -> None:  # noqa: FBT001 - a case
    talk, concerns = Notebook(withdrawal=flagged), 0
    for each in ("slip", *steps):
        talk.now += timedelta(minutes=20)
        if each in lapse.AFTER:
            talk.prompt(each)
        else:
            talk.say(each)
            concerns += raised(talk.effects).count(("concern", "lapse"))
        for place in (talk.place, talk.parked):
            assert place is None or step_of(place) is not None
    told_of = [entry.data for entry in talk.entries if entry.kind == "lapse"]
    assert len(told_of) == concerns > 0
    assert all(set(data) <= {"day", "what", "with", "undone"} for data in told_of)


def test_the_letters_of_danger_are_never_waved_away() -> None:
    for step in (lapse.danger, lapse.body):
        assert isinstance(step.answer, Letters)
        for text in ("yes", "no", "sí", "1", "ok"):
            assert step.answer.read(Said(text)) is UNREAD
    assert isinstance(lapse.step.answer, Choice)


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def due(world: World, person_id: int) -> dict[str, datetime]:
    rows = world.store.read_now(lambda tx: reminders.of(tx, person_id))
    return {row.kind: row.due_at for row in rows if row.kind.startswith("lapse")}


def log(world: World, person_id: int, kind: str = "lapse") -> list[Any]:
    rows = world.store.read_now(lambda tx: entries.latest(tx, person_id, kind, 9))
    return [row.data for row in rows]


def at(world: World, person_id: int) -> tuple[str, str] | None:
    place = world.person(person_id).place
    return (place["flow"], place["step"]) if place else None


async def test_the_whole_of_it(world: World) -> None:
    person_id = await world.joined()
    await world.say("menu")
    for key in ("lapse", "c", "alcohol", "later"):
        await world.press(key)
    assert log(world, person_id) == [{"day": "2026-11-23", "what": "alcohol"}]
    # At 10 am it was told, and the check-in is at 6 pm.
    assert due(world, person_id) == {
        f"lapse_{24 * n}": world.clock.at + timedelta(days=n) for n in (1, 2, 3)
    }
    await world.later(hours=24.5)
    assert "seeing things, or a seizure" in world.texts()[-1]
    # No answer, and the next one comes all the same.
    await world.later(hours=24)
    assert any("And now: easier" in text for text in world.texts())
    await world.later(hours=24)
    assert at(world, person_id) == ("lapse", "company")
    await world.press("friends")
    await world.say("the fight, and then i drank all night")
    await world.say("call Ana before I get home")
    kept = await world.read(lambda tx: items.of(tx, person_id, "learned"))
    assert [row.data["text"] for row in kept] == ["call Ana before I get home"]
    assert log(world, person_id)[0]["with"] == "friends"
    marked = select(message.c.text).where(message.c.kind == lapse.OWN_CARD).order_by(message.c.id)
    theirs = await world.read(lambda tx: list(tx.scalars(marked)))
    assert theirs == ["the fight, and then i drank all night", "call Ana before I get home"]
    noted = await world.read(lambda tx: list(tx.scalars(select(alert_event.c.detail))))
    assert any("lapse" in str(detail) for detail in noted)
    assert not any("relapse_or_use" in str(detail) for detail in noted)
    await world.say("slip")
    await world.press("c")
    await world.press("opioid")
    shown = [row for row in world.rows("100") if "call Ana before I get home" in row.text]
    assert [row.kind for row in shown] == ["own"]


async def test_by_text_what_was_learned_stays_under_its_cover(world: World) -> None:
    person_id = await world.joined(**SMS)
    now = world.clock.now()
    data = {"text": "pour it out at once", "before": ""}
    await world.store.write(lambda tx: items.keep(tx, person_id, "learned", data, now))
    for text in ("slip", "c", "4"):
        await world.say(text, **SMS)
    assert not any("pour it" in text for text in world.texts(NUMBER))
    assert any("DAYS has it" in text for text in world.texts(NUMBER))


async def test_another_lapse_begins_the_three_days_anew(world: World) -> None:
    person_id = await world.joined()
    await world.say("i used")
    first = due(world, person_id)["lapse_72"]
    world.clock.at += timedelta(days=1, hours=2)
    await world.say("i used")
    assert due(world, person_id)["lapse_24"] > world.clock.at
    assert due(world, person_id)["lapse_72"] - first == timedelta(days=1, hours=2)
    assert len(log(world, person_id)) == 2


async def test_the_check_in_and_the_word_are_one_lapse(world: World) -> None:
    person_id = await world.joined(**SMS)
    await world.say("slip", **SMS)
    await world.say("C", **SMS)
    await world.say("skip", **SMS)
    await world.say("5", **SMS)
    await world.later(hours=8)
    await world.say("5 5 1 2", **SMS)
    assert at(world, person_id) == ("checkin", "danger")
    assert len(log(world, person_id)) == 1
    await world.say("C", **SMS)
    assert at(world, person_id) == ("lapse", "what")


async def test_a_filtered_text_goes_again_without_the_names(world: World) -> None:
    await world.joined(**SMS, plain=True)
    for text in ("slip", "A"):
        await world.say(text, **SMS)
    (row,) = [r for r in world.rows(NUMBER) if r.kind == "checkin.danger_yes"]
    assert "naloxone" in row.text

    def sent(tx: Any) -> None:
        tx.execute(
            outbox.update().where(outbox.c.id == row.id).values(state="sent", provider_id="SM1")
        )
        said = Delivery("SM1", DeliveryState.UNDELIVERED, delivery.FILTERED, stopped=False)
        delivery.delivered(tx, world.house, "sms", said, world.clock.now())

    await world.store.write(sent)
    (again,) = [r for r in world.rows(NUMBER) if r.kind == "checkin.danger_yes_bare"]
    assert "rescue spray" in again.text
    assert "naloxone" not in again.text


async def test_danger_in_the_middle_comes_first_and_it_goes_on(world: World) -> None:
    person_id = await world.joined()
    await world.say("slip")
    await world.press("c")
    await world.say("i want to die")
    assert world.alerts()[-1].level == str(Level.URGENT)
    await world.say("C")
    assert at(world, person_id) == ("lapse", "what")


async def test_who_is_away_is_not_asked(world: World) -> None:
    person_id = await world.joined()
    await world.say("slip")
    await world.press("c")
    await world.press("other")
    await world.press("later")
    before = len(world.texts())
    await world.store.write(lambda tx: people.change(tx, person_id, status="hospital"))
    await world.later(hours=26)
    assert world.texts()[before:] == []


async def test_outside_of_the_safe_hours_it_waits_for_them(world: World) -> None:
    person_id = await world.joined()
    await world.say("i used")
    await world.store.write(lambda tx: people.change(tx, person_id, card={"hours": "12-14"}))
    first = due(world, person_id)["lapse_24"]
    await world.later(hours=24.5)
    assert not any("How are you doing now?" in text for text in world.texts())
    # It was due at 10 am.
    assert due(world, person_id)["lapse_24"] == first + timedelta(hours=2)
    await world.later(hours=2)
    assert at(world, person_id) == ("lapse", "day_one")


@pytest.mark.parametrize("text", ["no", "yes", "why do you ask", "?"])
async def test_danger_is_asked_about_as_often_as_it_takes(world: World, text: str) -> None:
    person_id = await world.joined(**SMS)
    await world.say("slip", **SMS)
    for _ in range(4):
        await world.say(text, **SMS)
        assert "A Yes, I am" in world.texts(NUMBER)[-1]
    assert at(world, person_id) == ("lapse", "danger")


@pytest.mark.parametrize(
    ("text", "step"),
    [("not good", "step"), ("mal", "step"), ("so bad", "step"), ("meh", "day_one")],
)
async def test_how_it_is_in_their_own_words(world: World, text: str, step: str) -> None:
    person_id = await world.joined()
    await world.say("i used")
    await world.press("c")
    await world.press("other")
    await world.press("later")
    await world.later(hours=24.5)
    await world.say(text)
    assert at(world, person_id) == ("lapse", step)

"""An urge: help before the log, the timer, what is learned, and when a person is asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.config import House
from content import wording
from content.skills import skills
from content.wording import LANGUAGES
from handlers import commands
from handlers.answers import UNREAD, Choice, Said, Skippable
from handlers.craving import BACK, SOFT, back, craving, soft
from handlers.decide import decide, interrupt
from handlers.flow import Ask, Effect, Raise, Record, Say, Turn
from handlers.flows import step_of
from handlers.own import Amend, Entry, Item, Own, Remind
from handlers.person import Around, Person
from handlers.place import Place
from handlers.prompts import PROMPTS
from handlers.risk import Level
from handlers.settling import Decision
from handlers.strength import OrStrength
from storage import entries
from storage.models import reminder
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
NUMBER = "+12155550123"
SMS: dict[str, Any] = {"channel": "sms", "address": NUMBER}
RAY = {"name": "Ray", "phone": "+12155550142", "kind": "sponsor", "text": ""}


class Talk:
    """One person in a talk, with a log that is written as the door would."""

    def __init__(self, *log: dict[str, Any], contact: dict[str, Any] | None = None) -> None:
        self.log = [dict(entry) for entry in log]
        self.contacts = () if contact is None else (Item(1, "contact", contact, NOW),)
        self.place: Place | None = None
        self.parked: Place | None = None
        self.effects: tuple[Effect, ...] = ()
        self.person: dict[str, Any] = {}

    def turn(self) -> Turn:
        log = tuple(Entry("craving", NOW, entry) for entry in reversed(self.log))
        own = Own(
            {},
            lambda kind, most: log[:most] if kind == "craving" else (),
            lambda kind: self.contacts if kind == "contact" else (),
        )
        around = Around("Harbor", "215", team="Until 8 pm.", own=own)
        return Turn(Person(1, "Sam", **self.person), around, NOW)

    def say(self, text: str = "", choice: str | None = None) -> Talk:
        asked_in = self.place.asked_in if self.place and choice is not None else None
        return self.take(decide(self.turn(), Said(text, choice), self.place, self.parked, asked_in))

    def tap(self, *choices: str) -> Talk:
        for choice in choices:
            self.say(choice=choice)
        return self

    def timer(self) -> Talk:
        outcome = back(self.turn(), "")
        assert outcome is not None
        return self.take(interrupt(self.turn(), outcome, self.place, self.parked))

    def take(self, decision: Decision) -> Talk:
        self.place, self.parked, self.effects = decision.place, decision.parked, decision.effects
        for effect in self.effects:
            if isinstance(effect, Record) and effect.kind == "craving":
                self.log.append(dict(effect.data))
            elif isinstance(effect, Amend) and self.log:
                self.log[-1] |= effect.data
        return self

    @property
    def at(self) -> str:
        return self.place.step if self.place else ""

    @property
    def keys(self) -> list[str]:
        return [effect.key for effect in self.effects if isinstance(effect, Say)]

    @property
    def raised(self) -> list[str]:
        return [effect.reason for effect in self.effects if isinstance(effect, Raise)]

    def timers(self) -> dict[str, datetime | None]:
        return {e.kind: e.at for e in self.effects if isinstance(e, Remind)}


def began(*log: dict[str, Any], **more: Any) -> Talk:
    return Talk(*log, **more).say("/craving")


HELPED = {"intensity": 8, "after": 4, "skill": "walk", "helped": True, "tried": ["walk"]}


@pytest.mark.parametrize(
    "text",
    [
        *("CRAVE", "/craving", "I want to use", "¡Quiero consumir!", "Ganas"),
        *("i really want to use right now", "tengo muchas ganas de consumir ahora"),
    ],
)
def test_a_word_begins_it(text: str) -> None:
    assert commands.heard(text) == "craving"
    assert Talk().say(text).at == "level"


@pytest.mark.parametrize("strength", ["7", "10", "skip"])
def test_a_strong_one_gets_something_to_do_before_any_other_question(strength: str) -> None:
    talk = began().tap(strength)
    assert talk.keys == ["skills.wave", "craving.timer"]
    assert talk.timers() == {BACK: NOW + timedelta(minutes=15), SOFT: None}
    assert talk.log[-1]["skill"] == "wave"


def test_a_mild_one_is_asked_about_and_gets_what_fits() -> None:
    talk = began().tap("4", "money", "home", "alone")
    assert talk.keys[0] == "skills.set_aside"
    assert talk.log[-1] | {"tried": 0, "helped": 0} == {
        "intensity": 4,
        "trigger": "money",
        "place": "home",
        "company": "alone",
        "skill": "set_aside",
        "tried": 0,
        "helped": 0,
    }


def test_none_at_all_is_logged_and_that_is_it() -> None:
    talk = began().tap("0")
    assert (talk.keys, talk.place, talk.log) == (["craving.calm"], None, [{"intensity": 0}])


def test_one_text_says_all_four_and_less_is_enough() -> None:
    talk = began().say("8 2 1 1")
    assert talk.at == "doing"
    assert {"trigger": "place", "place": "home", "company": "alone"}.items() <= talk.log[-1].items()
    assert began().say("5 3").at == "place"
    assert began().say("5 9 9 9").keys == ["system.again_scale_skip"]


def test_what_was_told_is_not_asked_again_afterwards() -> None:
    talk = began().say("8 2 1 1").say("done", "done").tap("3", "helped")
    assert (talk.keys, talk.place) == (["craving.kept"], None)


def test_the_log_comes_last_and_one_skip_ends_it() -> None:
    talk = began().tap("9", "done", "4")
    assert talk.keys == ["craving.fell"]
    assert talk.log[-1]["helped"] is True
    talk.tap("helped")
    assert (talk.keys, talk.at) == (["craving.afterwards"], "trigger")
    assert began().tap("9", "done", "4", "helped", "skip").place is None
    assert talk.tap("people", "skip").keys == ["craving.closed"]
    assert talk.log[-1]["trigger"] == "people"


def test_a_number_under_something_to_do_says_that_it_was_done() -> None:
    talk = began().tap("9").say("5")
    assert talk.keys == ["craving.fell"]
    assert talk.timers() == {BACK: None, SOFT: None}


def test_what_helped_is_offered_first_and_may_be_turned_down() -> None:
    talk = began(HELPED).tap("8")
    last = next(e for e in talk.effects if isinstance(e, Say))
    assert last.key == "craving.last_time"
    assert last.values == {"what": "the walk", "before": "8", "after": "4"}
    assert began(HELPED).tap("8", "again").keys[0] == "skills.walk"
    other = talk.tap("other")
    assert other.keys[0] != "skills.walk"
    assert other.log[-1]["tried"][0] == "walk"


def test_it_learns_what_did_not_help() -> None:
    talk = began().tap("9", "done", "4", "not_really")
    assert talk.log[-1]["helped"] is False
    assert began(*talk.log).tap("9").at == "doing"


def test_a_pin_shuts_what_was_logged_and_who_can_be_called() -> None:
    talk = Talk(HELPED, contact=RAY)
    talk.person = {"pin": True, "shut": True}
    assert talk.say("/craving").tap("8").keys[0] == "skills.walk"
    talk.log.clear()
    assert talk.say("/craving").say("8 3 3 1").keys[0] == "skills.call"


def test_somebody_to_call_is_named_with_a_number() -> None:
    talk = began(contact=RAY).say("8 3 3 1")
    card = next(e for e in talk.effects if isinstance(e, Say))
    assert card.values == {"who": "Ray", "phone": "+1 215-555-0142"}
    assert began().say("8 3 3 1").keys[0] == "skills.call"
    assert began(contact={**RAY, "phone": ""}).say("8 3 3 1").keys[0] == "skills.call"
    covered = wording.entries("en")["craving.call"].variant("sms", plain=False)
    assert not [*wording.gaps(covered)]


def test_each_of_the_four_leads_to_a_next_step() -> None:
    for feeling in ("hungry", "angry", "lonely", "tired"):
        talk = began().say("5 7 1 1").tap("other")
        assert talk.at == "halt"
        name = talk.tap(feeling).log[-1]["skill"]
        assert skills()[name].kind == f"halt_{feeling}"
    assert began().say("5 7 1 1").tap("other", "skip").at == "doing"


def test_strong_and_not_falling_the_counselor_sees_it_once() -> None:
    talk = began().tap("8", "done", "9")
    assert (talk.raised, talk.keys) == (["craving_not_falling"], ["craving.told"])
    talk.tap("other").timer().tap("9")
    assert (talk.raised, talk.keys) == ([], ["craving.told_before"])
    assert talk.tap("person").raised == ["asked_for_person"]
    assert talk.place is not None
    assert talk.place.flow == "talking"


@pytest.mark.parametrize(
    ("first", "then", "keys"),
    [
        ("10", "8", ["craving.fell_a_little"]),
        ("6", "5", ["craving.fell_a_little"]),
        ("5", "6", ["craving.longer"]),
        ("9", "3", ["craving.fell"]),
    ],
)
def test_anything_else_is_no_alarm(first: str, then: str, keys: list[str]) -> None:
    talk = began().tap(first)
    while talk.at != "doing":
        talk.tap("skip")
    talk.tap("done", then)
    assert (talk.raised, talk.keys) == ([], keys)


def test_after_a_few_a_person_is_offered_and_then_more_if_they_like() -> None:
    talk = began().tap("9")
    seen = [talk.log[-1]["skill"]]
    while talk.at != "still":
        talk.tap("tired" if talk.at == "halt" else "other")
        seen.append(talk.log[-1]["skill"])
    assert talk.keys == ["craving.enough"]
    assert talk.timers()[BACK] is None
    assert len(set(seen)) == 3
    assert talk.tap("other").log[-1]["skill"] not in seen


def test_the_timer_asks_once_even_if_something_else_is_open() -> None:
    talk = began().tap("9").say("menu")
    assert talk.place is not None
    assert talk.place.flow == "menu"
    talk.timer()
    assert (talk.at, talk.keys, talk.parked) == ("after", ["craving.time_up"], None)
    assert talk.timers() == {SOFT: NOW + timedelta(minutes=30)}
    talk.tap("2")
    assert talk.keys == ["craving.fell"]


def test_the_timer_of_a_second_one_measures_from_where_it_was() -> None:
    talk = began().tap("9", "done", "8", "other").timer().tap("5")
    assert talk.log[-1]["from"] == 8
    fell = next(e for e in talk.effects if isinstance(e, Say))
    assert fell.values == {"before": "8", "after": "5"}


def test_a_timer_without_an_urge_says_nothing() -> None:
    assert back(Talk().turn(), "") is None
    assert back(Talk({"intensity": 8}).turn(), "") is None
    assert soft(Talk().turn(), "").next is None
    assert PROMPTS[BACK].asked_for
    assert not PROMPTS[SOFT].asked_for


def test_a_new_one_forgets_the_timer_of_the_last() -> None:
    talk = began().tap("9").say("/craving")
    assert talk.timers() == {BACK: None, SOFT: None}
    assert (talk.at, talk.parked) == ("level", None)


def test_the_check_in_leads_straight_to_something_to_do() -> None:
    talk = Talk()
    talk.place = Place("checkin", "help_now", {"craving": 9, "mood": 3})
    talk.tap("try")
    assert (talk.at, talk.log[-1]["intensity"]) == ("doing", 9)
    old = step_of(Place("checkin", "eased"))
    assert old is craving.steps["after"]
    talk.place = Place("checkin", "eased", {"craving": 9})
    assert talk.tap("4").keys == ["craving.fell"]


def test_a_choice_or_a_strength() -> None:
    answer = OrStrength(Choice("done", "other", "person"))
    labels = {"done": "Done", "other": "Something else", "person": "Ask", "skip": "Not now"}
    read = {t: answer.read(Said(t, None, labels)) for t in ("1", "6", "0", "4", "skip", "not now")}
    assert read == {"1": "done", "6": 6, "0": 0, "4": 4, "skip": "skip", "not now": "skip"}
    assert answer.read(Said("banana", None, labels)) is UNREAD
    assert answer.read(Said("", None, {})) is UNREAD
    assert answer.read(Said("", "skip", labels)) == "skip"


def buttons(place: Place | None) -> list[str]:
    """Every button of the question that is open."""
    step = step_of(place)
    if step is None:
        return ["skip"]
    inner = getattr(step.answer, "answer", step.answer)
    keys = [*getattr(inner, "options", ()), *inner.keys]
    return [*keys, "skip"] if isinstance(step.answer, Skippable | OrStrength) else keys


def all_said(effects: Iterable[Effect]) -> None:
    """Every text has its words, in every variant, with all of its gaps filled."""
    for effect in effects:
        if isinstance(effect, Say | Ask):
            key = effect.key if isinstance(effect, Say) else f"{effect.flow}.{effect.step}"
            for language in LANGUAGES:
                for channel, plain in (("telegram", True), ("sms", True), ("sms", False)):
                    given: dict[str, Any] = {
                        "language": language,
                        "zone": "UTC",
                        "channel": channel,
                    }
                    assert wording.word(key, effect.values, plain=plain, **given).text


@given(st.lists(st.integers(0, 40), max_size=40), st.booleans())
@settings(max_examples=80, deadline=None)
def test_whatever_is_answered_it_stands_somewhere(moves: list[int], known: bool) -> None:  # noqa: FBT001
    talk = began(*([HELPED] if known else []), contact=RAY if known else None)
    for move in moves:
        if move == 40:
            if back(talk.turn(), "") is not None:
                talk.timer()
        elif move == 39:
            talk.say("what")
        elif talk.place is None or talk.place.flow != "craving":
            talk.say("/craving")
        else:
            keys = buttons(talk.place)
            talk.tap(keys[move % len(keys)])
        all_said(talk.effects)
        assert talk.place is None or step_of(talk.place) is not None
        assert talk.parked is None or talk.parked.flow != "craving" or talk.place is None
        assert sum(isinstance(effect, Ask) for effect in talk.effects) <= 1
        for entry in talk.log:
            assert not skills()[entry.get("skill", "wave")].cleared
        for at in talk.timers().values():
            assert at is None or timedelta(0) < at - NOW <= timedelta(hours=1)


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


def log(world: World, person_id: int) -> list[dict[str, Any]]:
    return [
        r.data for r in world.store.read_now(lambda tx: entries.latest(tx, person_id, "craving", 9))
    ]


def due(world: World) -> list[str]:
    query = select(reminder.c.kind).where(reminder.c.kind.like("craving%"))
    return [row.kind for row in world.store.read_now(lambda tx: tx.execute(query).all())]


async def test_an_urge_by_text_from_the_first_word_to_the_log(world: World) -> None:
    person_id = await world.joined(**SMS)
    for text in ("pull", "8 2 1 1"):
        await world.say(text, **SMS)
    assert due(world) == [BACK]
    await world.later(minutes=15)
    assert "Where is the pull now" in world.sent_since(NUMBER)[-1]
    assert due(world) == [SOFT]
    await world.say("3", **SMS)
    assert due(world) == []
    await world.say("1", **SMS)
    assert log(world, person_id) == [
        {
            "intensity": 8,
            "trigger": "place",
            "place": "home",
            "company": "alone",
            "skill": "other_room",
            "tried": ["other_room"],
            "after": 3,
            "helped": True,
        }
    ]


async def test_the_timer_rings_at_night_and_the_soft_line_does_not(world: World) -> None:
    await world.joined()
    world.clock.at = world.clock.at.replace(hour=7)  # two in the morning
    await world.say("/craving")
    await world.press("9")
    world.sent_since()
    await world.later(minutes=15)
    assert "15 minutes are up" in world.sent_since()[-1]
    await world.later(minutes=40)
    assert world.sent_since() == []
    assert due(world) == []


async def test_not_falling_opens_an_alert_that_says_so(world: World) -> None:
    await world.joined()
    await world.say("ganas")
    for key in ("9", "done", "10"):
        await world.press(key)
    found = world.alerts()
    assert [alert.level for alert in found] == [Level.CONCERN]
    assert "craving_not_falling" in found[0].reason

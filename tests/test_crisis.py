"""What is said in danger, branch by branch; and what never is: the same help twice, the end."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels import Kind
from bot.config import House
from bot.signals import says_stopped
from content import rules
from handlers import crisis as flow
from handlers.answers import Said
from handlers.crisis import Status, respond
from handlers.decide import decide, in_danger
from handlers.flow import Outcome, Raise, Say, Turn
from handlers.person import Around, Person
from handlers.place import Place
from handlers.risk import Level, Risk
from handlers.settling import Decision
from storage import people
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
PLAN = ("Go to: my sister's porch", "Ask: Ana")
SUICIDAL = Risk(Level.URGENT, ("suicidal_ideation_active",))
MEANS = Risk(Level.EMERGENCY, ("suicidal_plan_or_attempt",))
FRIEND = Risk(Level.EMERGENCY, ("overdose_or_medical_emergency",), bystander=True)
SELF = Risk(Level.EMERGENCY, ("overdose_or_medical_emergency",))
SHAKES = Risk(Level.URGENT, ("dangerous_withdrawal",))
SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}


def turn(*, plan: tuple[str, ...] = (), **person: Any) -> Turn:
    return Turn(Person(1, "Sam", **person), Around("Harbor", "215", plan=plan), NOW)


def keys(outcome: Outcome | Decision) -> list[str]:
    return [effect.key for effect in outcome.effects if isinstance(effect, Say)]


def again(decision: Decision, risk: Risk, **person: Any) -> Decision:
    return in_danger(turn(**person), risk, decision.place, decision.parked, Status.ASKED)


def said(decision: Decision, text: str, **person: Any) -> Decision:
    person = {"alert_open": True, **person}
    return decide(turn(**person), Said(text), decision.place, decision.parked)


def begin(risk: Risk, place: Place | None = None, **given: Any) -> Decision:
    return in_danger(turn(**given), risk, place, None, Status.ASKING)


@pytest.mark.parametrize(
    ("risk", "order"),
    [
        (MEANS, ["crisis.suicide_now", "crisis.plan", "crisis.asking_team"]),
        (SUICIDAL, ["crisis.plan", "crisis.suicide", "crisis.asking_team"]),
        (Risk(Level.EMERGENCY, ("panic",)), ["crisis.panic", "crisis.plan", "crisis.asking_team"]),
        (Risk(Level.URGENT, ("self_harm",)), ["crisis.self_harm", "crisis.plan"]),
        (FRIEND, ["crisis.overdose_other", "crisis.asking_team"]),
        (SELF, ["crisis.overdose_self", "crisis.asking_team"]),
    ],
)
def test_the_order_of_help(risk: Risk, order: list[str]) -> None:
    assert keys(respond(turn(plan=PLAN), risk, Status.ASKING))[: len(order)] == order


def test_a_plan_is_shown_once_a_crisis_and_a_guarded_one_is_named() -> None:
    first = begin(SUICIDAL, plan=PLAN)
    yes = decide(turn(plan=PLAN, alert_open=True), Said("A"), first.place, first.parked)
    assert "crisis.plan" in keys(first)
    assert "crisis.plan" not in keys(yes)
    around = dataclasses.replace(turn().around, plan_shut=True)
    shut = respond(dataclasses.replace(turn(), around=around), MEANS, Status.ASKING)
    assert keys(shut)[:2] == ["crisis.suicide_now", "crisis.plan_there"]


def test_after_a_yes_the_own_plan_follows_the_lines() -> None:
    first = begin(SUICIDAL)
    later = turn(plan=PLAN, alert_open=True)
    assert keys(decide(later, Said("A"), first.place, None)) == ["crisis.said_yes", "crisis.plan"]
    assert keys(decide(later, Said("B"), first.place, None)) == [
        "crisis.plan",
        "crisis.said_unsure",
    ]


@pytest.mark.parametrize(
    "risk", [MEANS, SUICIDAL, FRIEND, SELF, SHAKES, Risk(Level.URGENT, ("harm_to_others",))]
)
def test_never_the_same_help_twice_and_never_the_end(risk: Risk) -> None:
    decision = begin(risk)
    shown = [keys(decision)]
    for _ in range(6):
        decision = again(decision, risk)
        assert decision.place is not None
        assert decision.place.flow == "crisis"
        shown.append(keys(decision))
    firsts = [each[0] for each in shown]
    assert all(one != other for one, other in itertools.pairwise(firsts))
    help_said = [key for key in firsts if not key.startswith("crisis.again")]
    assert len(help_said) == len(set(help_said))


def test_of_two_matters_each_gets_its_help_once() -> None:
    decision = begin(SUICIDAL)
    decision = again(decision, FRIEND)
    assert keys(decision)[0] == "crisis.overdose_other"
    decision = again(decision, SUICIDAL)
    assert keys(decision)[0] == "crisis.again"


def test_help_that_was_read_before_the_talk_ended_is_not_given_again() -> None:
    around = dataclasses.replace(turn().around, said=("crisis.suicide", "crisis.asking_team"))
    outcome = respond(dataclasses.replace(turn(), around=around), SUICIDAL, Status.ASKED)
    assert keys(outcome)[0] == "crisis.again"


def test_a_body_in_danger_gets_the_next_step_instead() -> None:
    assert keys(again(begin(FRIEND), FRIEND))[0] == "crisis.overdose_other_next"
    assert keys(again(begin(SELF), SELF))[0] == "crisis.overdose_self_next"


def test_the_question_is_asked_in_full_once_and_answered_once() -> None:
    first = begin(SUICIDAL)
    second = again(first, SUICIDAL)
    assert [e.bare for e in (*first.effects, *second.effects) if hasattr(e, "bare")] == [
        False,
        True,
    ]
    answered = again(said(second, "C"), SUICIDAL)
    assert answered.place is not None
    assert answered.place.step == "afterwards"


@pytest.mark.parametrize("word", ["yes", "no", "sí", "si", "nope", "yeah", "ok", "1", "3"])
def test_a_bare_yes_or_no_is_never_an_answer(word: str) -> None:
    decision = begin(SUICIDAL)
    for expected in ("system.again_letters", "system.again_letters_more", "system.again_letters"):
        decision = said(decision, word)
        assert keys(decision) == [expected]
        assert decision.place is not None
        assert decision.place.step == "ask"


def test_a_false_alarm_costs_one_answer_and_the_talk_goes_on() -> None:
    parked = Place("checkin", "craving", {"mood": 4})
    decision = begin(SUICIDAL, parked)
    assert decision.parked == parked
    back = said(decision, "C")
    assert back.place is not None
    assert (back.place.flow, back.place.step) == ("checkin", "craving")
    assert keys(back) == ["crisis.said_no"]
    other = said(begin(MEANS, parked), "1")
    assert other.place is not None
    assert other.place.step == "craving"


def test_with_nothing_put_aside_a_no_is_not_the_end() -> None:
    decision = said(begin(SUICIDAL), "C")
    assert decision.place is not None
    assert decision.place.step == "afterwards"


def test_a_person_asked_for_twice_is_not_told_the_same_twice() -> None:
    first = said(begin(MEANS), "2")
    assert keys(first) == ["talk.asked"]
    assert keys(said(first, "2")) == ["crisis.person_asked"]


@pytest.mark.parametrize(
    ("risk", "key"), [(SUICIDAL, "crisis.short"), (FRIEND, "crisis.overdose_other")]
)
def test_the_short_answer_is_one_line_and_asks_nothing(risk: Risk, key: str) -> None:
    place = Place("checkin", "craving")
    decision = begin(risk, place, answered="short")
    assert keys(decision) == [key]
    assert decision.place == place


def test_who_wants_no_answer_gets_none() -> None:
    place = Place("checkin", "craving")
    decision = begin(SUICIDAL, place, answered="nothing")
    assert (decision.place, decision.effects) == (place, ())


def test_withdrawal_is_asked_about_where_staff_flagged_it() -> None:
    assert begin(SHAKES).place.step == "afterwards"  # type: ignore[union-attr]
    decision = begin(SHAKES, withdrawal=True)
    assert keys(decision)[0] == "crisis.withdrawal_signs"
    assert decision.place is not None
    assert decision.place.step == "withdrawal"
    levels = {}
    for letter in "ABC":
        answer = said(decision, letter)
        levels[letter] = [e.level for e in answer.effects if isinstance(e, Raise)]
    assert levels == {"A": [Level.EMERGENCY], "B": [Level.URGENT], "C": []}


@pytest.mark.parametrize(
    ("letter", "level", "key"),
    [
        ("A", Level.EMERGENCY, "crisis.later_yes"),
        ("B", Level.URGENT, "crisis.later_unsure"),
        ("C", None, "crisis.later_no"),
    ],
)
def test_each_answer_to_the_follow_up(letter: str, level: Level | None, key: str) -> None:
    place = Place("crisis", "later")
    decision = decide(turn(alert_open=True), Said(letter), place, None)
    assert key in keys(decision)
    assert [e.level for e in decision.effects if isinstance(e, Raise)] == ([level] if level else [])


def test_every_step_has_its_branch_for_silence_or_is_no_question_about_danger() -> None:
    asked = {name for name, step in flow.crisis.steps.items() if step is not flow.afterwards}
    assert asked == {*flow.UNANSWERED, "later"}


@pytest.mark.parametrize("rule", rules.stopped().rules, ids=lambda rule: rule.name)
def test_who_says_that_they_stopped(rule: Any) -> None:
    assert [text for text in rule.match if not says_stopped(text)] == []
    assert [text for text in rule.unmatched if says_stopped(text)] == []


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


async def changed(world: World, person_id: int, **values: Any) -> None:
    await world.store.write(lambda tx: people.change(tx, person_id, **values))


async def test_help_is_the_panic_word_while_an_alert_is_open(world: World) -> None:
    await world.joined()
    await world.say("HELP")
    assert "/menu" in world.sent_since()[-1]
    assert world.alerts() == []
    await world.say("i want to die")
    world.sent_since()
    for word in ("ayuda", "HELP", "help"):
        await world.say(word)
        ending = world.rows("100")[-1]
        assert "911" in ending.text.splitlines()[-1]
        assert "988" in ending.text.splitlines()[-1]
    assert world.alerts()[0].level == "emergency"


async def test_a_panic_word_of_their_own_is_set_and_heard(world: World) -> None:
    person_id = await world.joined()
    await world.say("settings")
    await world.press("panic")
    for word, wrong in (("ok", "something else"), ("doctor", "by chance"), ("xo", "short")):
        await world.say(word)
        assert wrong in world.sent_since()[-1]
    await world.say("Blue Heron")
    assert world.person(person_id).words == {"panic": "Blue Heron"}
    assert world.alerts() == []
    await world.say("blue heron!!")
    assert world.alerts()[0].level == "emergency"
    await world.say("/now")
    assert world.alerts()[0].state == "open"


@pytest.mark.parametrize("text", ["/now", "NOW", "ahora"])
async def test_a_stranger_gets_the_lines(world: World, text: str) -> None:
    await world.say(text, address="777")
    assert "911" in world.texts("777")[0]
    assert world.alerts() == []


@pytest.mark.parametrize(("answer", "texts"), [("nothing", 0), ("short", 1)])
async def test_the_card_decides_how_danger_is_answered(
    world: World, answer: str, texts: int
) -> None:
    await world.joined(**SMS, card={"answer": answer})
    await world.say("i want to die", **SMS)
    assert len(world.sent_since(SMS["address"])) == texts
    (alert,) = world.alerts()
    assert (alert.level, alert.silent, alert.known) == ("urgent", False, answer != "nothing")


async def test_who_stopped_is_asked_where_staff_flagged_it(world: World) -> None:
    person_id = await world.joined()
    await world.say("i stopped drinking yesterday")
    assert world.alerts() == []
    await changed(world, person_id, withdrawal_since=world.clock.at.date())
    world.sent_since()
    await world.say("i stopped drinking yesterday")
    assert "seizure" in world.sent_since()[0]
    assert [a.level for a in world.alerts()] == ["concern"]
    await world.say("A")
    assert [a.level for a in world.alerts()] == ["emergency"]


@pytest.mark.parametrize("channel", ["telegram", "sms"])
@pytest.mark.parametrize("kind", [Kind.VOICE, Kind.PHOTO, Kind.FILE, Kind.STICKER])
async def test_what_cannot_be_read_says_so_and_staff_hear(
    world: World, channel: str, kind: Kind
) -> None:
    to = SMS if channel == "sms" else {"address": "100"}
    await world.joined(**to)
    await world.say("", kind=kind, **to)
    assert "no one has" in world.sent_since(to["address"])[-1]
    (alert,) = world.alerts()
    assert (alert.level, alert.known) == ("concern", False)
    await world.say("i want to die", **to)
    await world.press("seen", address="900")
    assert world.alerts()[0].state == "seen"
    await world.say("", kind=kind, **to)
    # In the middle of danger whoever had it hears of it again.
    assert (world.alerts()[0].state, world.alerts()[0].level) == ("open", "urgent")


@pytest.mark.parametrize("status", ["paused", "hospital", "custody", "discharged"])
async def test_what_cannot_be_read_says_so_to_who_is_away(world: World, status: str) -> None:
    person_id = await world.joined()
    await changed(world, person_id, status=status)
    for _ in range(2):
        await world.say("", kind=Kind.VOICE)
        assert "no one has" in world.sent_since()[-1]


async def test_where_help_and_harm_come_together_nothing_unasked_is_left(world: World) -> None:
    await world.joined(**SMS, card={"channel": "sms"})
    await world.say("i want to die", **SMS)
    await world.press("seen", address="900")
    await world.say("my boyfriend beats me, i want to kill myself", **SMS)
    waiting = {r.kind for r in world.rows(SMS["address"]) if r.state == "pending"}
    assert "alert_told" not in waiting
    assert any(kind.startswith("crisis.") for kind in waiting)

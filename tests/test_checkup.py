"""Check-ups as a talk: any sequence of answers leaves it sound, and each goes to its own item."""

from __future__ import annotations

import dataclasses
import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.alerts import raise_alert
from bot.config import Clinic, House
from content import wording
from content.instrument import Item, Questionnaire
from content.questionnaires import questionnaires
from content.wording import LANGUAGES, Language
from handlers import checkup, checkup_words
from handlers.answers import UNREAD, Said
from handlers.checkup_days import LED_TO, SCREENER, asked_on, comings, rhythms
from handlers.crisis import Status
from handlers.decide import decide, found, in_danger
from handlers.flow import Ask, Effect, Raise, Say, Turn
from handlers.flows import step_of
from handlers.own import Answers, Checkup, Entry, Own, Remind
from handlers.person import Answered, Around, Person
from handlers.place import Place
from handlers.risk import Level, Risk
from handlers.scoring import following, is_asked, score
from handlers.settling import Decision, settle
from handlers.shown import Shown
from handlers.talking import unpack
from storage import alerts, cases, checkups, people, reminders
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.world import World

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}
TO_BEGIN = [name for name in questionnaires() if name not in LED_TO]


class Talk:
    """One made-up person and the core alone: what it keeps is kept here."""

    def __init__(self, language: Language = "en", own: Own | None = None) -> None:
        self.person = Person(1, "Sam", language, plain=True, checkin_at=time(18))
        self.now = NOW
        self.rows: list[Checkup] = []
        self.place: Place | None = None
        self.parked: Place | None = None
        self.raised: list[Raise] = []
        self.said: list[str] = []
        self.asked: Ask | None = None
        self.reminded: dict[str, datetime | None] = {}
        self.page: str | None = None
        self._own = own or Own()

    def turn(self) -> Turn:
        own = dataclasses.replace(self._own, checkups=self._checkups)
        return Turn(self.person, Around("Harbor", "215", own=own, team="They read it."), self.now)

    def _checkups(self, name: str, most: int) -> tuple[Checkup, ...]:
        return tuple([row for row in reversed(self.rows) if row.name == name][:most])

    def begin(self, name: str) -> None:
        outcome = checkup.ask(self.turn(), name)
        assert outcome is not None
        self.take(settle(outcome, self.turn(), None))
        self.press("ready")

    def press(self, key: str) -> None:
        assert self.place is not None
        self._hear(Said("", key, self.labels()), self.place.asked_in)

    def say(self, text: str) -> None:
        self._hear(Said(text, None, self.labels()), None)

    def danger(self) -> None:
        risk = Risk(Level.URGENT, ("suicidal_ideation_active",))
        self.take(in_danger(self.turn(), risk, self.place, self.parked, Status.ASKING))

    def labels(self) -> dict[str, str]:
        step = step_of(self.place)
        if step is None or self.place is None:
            return {}
        entry = wording.entries(self.person.language)[step.key]
        if step.shows is not None:
            entry = entry.showing(step.shows(self.place.data, self.person.language).labels)
        return dict(entry.labels("telegram", plain=True))

    def _hear(self, said: Said, asked_in: int | None) -> None:
        self.take(decide(self.turn(), said, self.place, self.parked, asked_in))

    def take(self, decision: Decision) -> None:
        if decision.find is not None:
            decision = found(decision, self.page)
        self.place, self.parked, self.asked = decision.place, decision.parked, None
        for effect in decision.effects:
            self._take(effect)

    def _take(self, effect: Effect) -> None:
        match effect:
            case Say(key):
                self.said.append(key)
            case Ask():
                self.asked = effect
            case Raise():
                self.raised.append(effect)
            case Remind(kind, at):
                self.reminded[kind] = at
            case Answers(name, version, answers, scores):
                self._keep(name, version, dict(answers), scores)
            case _:
                pass

    def _keep(self, name: str, version: str, answers: Any, scores: Any) -> None:
        """As `storage.checkups.keep` does."""
        ended = None if scores is None else self.now
        newest = self._checkups(name, 1)
        if newest and newest[0].ended_at is None and newest[0].version == version:
            kept = dataclasses.replace(newest[0], answers=answers, scores=scores, ended_at=ended)
            self.rows[self.rows.index(newest[0])] = kept
            return
        self.rows.append(Checkup(len(self.rows), name, version, self.now, ended, answers, scores))

    def at(self) -> tuple[Questionnaire, Item] | None:
        if self.place is None or self.place.step not in ("item", "screener"):
            return None
        return checkup_words.item_of(self.place.data)

    def asked_about(self) -> set[tuple[str, str]]:
        """The items that are asked, also beneath another question."""
        places = unpack(self.place, self.parked, self.now)[:2]
        found = [checkup_words.item_of(place.data) for place in places if place is not None]
        return {(each[0].name, each[1].key) for each in found if each is not None}

    def answers(self, name: str) -> dict[str, Any]:
        return dict(self._checkups(name, 1)[0].answers)


def options(talk: Talk) -> list[str]:
    place = talk.at()
    assert place is not None
    if place[0].name == SCREENER:
        return ["a", "b", "c"]
    return [*checkup_words.marks(*place), "skip"]


@pytest.mark.parametrize("name", [*TO_BEGIN, "phq9", "gad7"])
def test_every_item_is_reached_in_its_order_and_gets_its_own_answer(name: str) -> None:
    asked, talk = questionnaires()[name], Talk()
    talk.take(settle(talk.turn().keep(of=name).then(checkup.private), talk.turn(), None))
    talk.press("ready")
    reached: dict[str, int] = {}
    while (place := talk.at()) is not None and place[0].name == name:
        # The second option each time: whatever depends on an answer is asked, and no alarm ends it.
        mark, option = list(checkup_words.marks(*place).items())[0 if "9" in place[1].key else 1]
        assert place[1].said("en") in str(talk.asked and talk.asked.values["question"])
        reached[place[1].key] = option.points
        talk.say(mark)
    assert list(reached) == [i.key for i in asked.items if is_asked(i, reached)]
    assert len(reached) == len(asked.items) or name == "phq2_i9"
    assert talk._checkups(name, 1)[0].scores == score(asked, reached).scores
    assert talk.answers(name) == reached


WORDS = ("menu", "talk", "7", "0", "2", "yes", "no", "nothing like that", "check in", "back",
         "later", "skip", "not now", "A", "c", "en espanol", "english", "checkup", "")  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_any_sequence_leaves_it_sound(seed: int) -> None:
    """Numbers, skip, later, menu words and danger in between: no answer goes to another item."""
    chance = random.Random(seed)
    talk = Talk(LANGUAGES[seed % 2])
    talk.begin(TO_BEGIN[seed % len(TO_BEGIN)])
    for _ in range(60):
        before = [dict(row.answers) for row in talk.rows]
        asked, labels = talk.asked_about(), talk.labels()
        kind = chance.random()
        if kind < 0.5 and labels:
            said: str | None = chance.choice([*labels, "nonsense"])
            talk.press(str(said))
        elif kind < 0.9:
            said = chance.choice(WORDS)
            talk.say(str(said))
        elif kind < 0.95:
            said = None
            talk.danger()
        else:
            said = None
            talk.now += timedelta(hours=chance.choice([1, 5, 30]))
        check_sound(talk)
        check_credited(talk, before, asked, spoke=said is not None)


def check_sound(talk: Talk) -> None:
    step = step_of(talk.place)
    assert talk.place is None or step is not None
    if talk.place is not None and talk.place.flow == "checkup" and talk.place.step == "item":
        stands = talk.at()
        assert stands is not None
        row = talk._checkups(stands[0].name, 1)[0]
        assert following(stands[0], dict(row.answers)) is not None or row.ended_at is not None  # type: ignore[arg-type]
    for row in talk.rows:
        asked = questionnaires()[row.name]
        for key, points in row.answers.items():
            fits = {option.points for option in asked.choices(asked.item(key))}
            assert points is None or points in fits
    unended = [row.name for row in talk.rows if row.ended_at is None]
    assert len(unended) == len(set(unended))


def check_credited(
    talk: Talk, before: list[dict[str, Any]], asked: set[tuple[str, str]], *, spoke: bool
) -> None:
    """One answer at most is new in what was there, and it is that of the item that was asked."""
    for row, had in zip(talk.rows, before, strict=False):
        new = {k for k in row.answers if k not in had or row.answers[k] != had[k]}
        gone = set(had) - set(row.answers)
        assert len(new) + len(gone) <= 1, (had, row)
        if new:
            assert spoke
            assert {(row.name, key) for key in new} <= asked


def test_what_is_typed_counts_under_the_digit_it_was_shown_with() -> None:
    nights = {"0": "None", "1": "One", "2": "Two", "later": "Later", "skip": "Skip"}

    def read(text: str) -> Any:
        return Shown().read(Said(text, None, nights))

    assert [read(text) for text in ("2", "two", "TWO!", "0", "none", "#1", "later")] == [
        "2", "2", "2", "0", "0", "1", "later",
    ]  # fmt: skip
    assert read("skip") is None
    assert read("pass") is None
    assert [read(text) for text in ("3", "two or three", "", "22", "-1")] == [UNREAD] * 5
    assert Shown().read(Said("", "skip", nights)) is None
    assert Shown().read(Said("", "9", nights)) is UNREAD


def test_a_digit_is_the_points_of_an_option_where_they_count_from_zero() -> None:
    bam = questionnaires()["bam_iop"]
    assert checkup_words.marks(bam, bam.item("2"))["2"].en.startswith("Two")
    assert list(checkup_words.marks(bam, bam.item("2"))) == ["0", "1", "2", "3", "4"]
    money = checkup_words.marks(bam, bam.item("14"))
    assert {mark: option.points for mark, option in money.items()} == {"1": 0, "2": 4}


def test_two_short_ones_lead_on_and_are_not_asked_twice() -> None:
    talk = Talk()
    talk.begin("phq2")
    for mark in ("2", "3"):
        talk.press(mark)
    place = talk.at()
    assert place is not None
    assert (place[0].name, place[1].key) == ("phq9", "3")
    assert talk.answers("phq9") == {"1": 2, "2": 3}
    assert "checkup.goes_on" in talk.said
    assert talk.rows[0].scores == {"Depression": 5}


def to_item_nine(answered: Answered = "plain") -> Talk:
    """Up to the answer about dying, and with it."""
    talk = Talk()
    talk.person = dataclasses.replace(talk.person, answered=answered)
    talk.begin("phq2")
    for mark in ("3", "3", "0", "0", "0", "0", "0", "0"):
        talk.press(mark)
    assert talk.raised == []
    talk.press("1")
    return talk


def test_an_answer_about_dying_is_heard_at_once_and_leads_to_the_screener() -> None:
    talk = to_item_nine()
    assert [(r.level, r.reason, r.known) for r in talk.raised] == [
        (Level.CONCERN, "phq_item9", True)
    ]
    assert talk.reminded[checkup.UNSCREENED] == NOW + timedelta(minutes=15)
    assert "crisis.heavy" in talk.said
    assert talk.place is not None
    assert (talk.place.flow, talk.place.step) == ("crisis", "screener")
    assert "wished you were dead" in str(talk.asked and talk.asked.values["question"])
    assert talk._checkups("phq9", 1)[0].scores == {"PHQ9": 7}
    for letter in "cccc":
        if talk.at() is not None:
            talk.say(letter)
    assert talk.reminded[checkup.UNSCREENED] is None
    assert len(talk.raised) == 1


@pytest.mark.parametrize(
    ("answered", "said", "known"),
    [("short", "crisis.short", True), ("nothing", "checkup.done", False)],
)
def test_who_wants_few_words_in_danger_is_not_asked_the_screener(
    answered: Answered, said: str, *, known: bool
) -> None:
    talk = to_item_nine(answered)
    assert [(r.level, r.reason, r.known) for r in talk.raised] == [
        (Level.URGENT, "phq_item9", known)
    ]
    assert talk.said[-1] == said
    assert "crisis.heavy" not in talk.said
    assert talk.asked is None


@pytest.mark.parametrize(
    ("letters", "level", "reason", "then"),
    [
        ("cccc", None, "", "crisis.said_no"),
        ("accc", Level.URGENT, "cssrs_low", "crisis.later_unsure"),
        ("aaac", None, "", ""),
        ("aaaccc", Level.URGENT, "cssrs_moderate", "crisis.later_unsure"),
        ("aaca", Level.EMERGENCY, "cssrs_high", "crisis.said_yes"),
        ("acaa", Level.EMERGENCY, "cssrs_high", "crisis.said_yes"),
        ("cbc", Level.URGENT, "cssrs_unanswered", "crisis.later_unsure"),
    ],
)
def test_the_triage_of_the_screener_sets_the_level(
    letters: str, level: Level | None, reason: str, then: str
) -> None:
    talk = Talk()
    talk.take(settle(checkup._screen(talk.turn(), None), talk.turn(), None))
    for letter in letters:
        if talk.at() is not None:
            talk.say(letter)
    assert [(r.level, r.reason) for r in talk.raised] == ([(level, reason)] if level else [])
    if then:
        assert then in talk.said
        assert talk.place is not None
        assert (talk.place.flow, talk.place.step) == ("crisis", "afterwards")
        assert talk.rows[-1].ended_at == NOW


def test_in_the_screener_a_bare_no_is_asked_again() -> None:
    talk = Talk()
    talk.take(settle(checkup._screen(talk.turn(), None), talk.turn(), None))
    for text in ("no", "yes", "No", "2", "nope"):
        talk.say(text)
        assert talk.asked is not None
        assert talk.asked.bare
    assert talk.answers(SCREENER) == {}


def test_a_letter_after_the_screener_was_answered_elsewhere_still_counts() -> None:
    talk = Talk()
    talk.take(settle(checkup._screen(talk.turn(), None), talk.turn(), None))
    talk._keep(SCREENER, "recent.1", {"1": 0}, {"Triage": 0})
    talk.press("a")
    assert [r.reason for r in talk.raised] == ["said_yes_to_suicide"]


def test_every_rule_that_leads_to_the_screener_has_an_alert_of_its_own() -> None:
    leading = [q for q in questionnaires().values() if any(r.to == SCREENER for r in q.leads_to)]
    assert {each.name for each in leading} == {"phq9", "phq2_i9"}
    for each in leading:
        items = {rule.when.item for rule in each.leads_to if rule.to == SCREENER}
        assert items == {rule.when.item for rule in each.alerts if rule.when.item} != {None}


def test_danger_in_between_and_it_goes_on_from_the_same_item() -> None:
    talk = Talk()
    talk.begin("bam_iop")
    talk.press("3")
    talk.danger()
    assert talk.place is not None
    assert talk.place.flow == "crisis"
    talk.say("C")
    talk.press("go_on") if talk.at() is None else None
    place = talk.at()
    assert place is not None
    assert place[1].key == "2"
    assert talk.asked is not None
    assert talk.answers("bam_iop") == {"1": 3}


def test_a_pause_keeps_what_was_answered_and_comes_once_more() -> None:
    talk = Talk()
    talk.begin("bam_iop")
    talk.press("3")
    talk.say("later")
    assert talk.said[-1] == "checkup.paused"
    assert talk.place is None
    assert talk.reminded["checkup_again:bam_iop"] == NOW + timedelta(hours=3)
    outcome = checkup.ask_again(talk.turn(), "bam_iop")
    assert outcome is not None
    talk.take(settle(outcome, talk.turn(), None))
    talk.press("ready")
    place = talk.at()
    assert place is not None
    assert place[1].key == "2"
    assert talk.rows[-1].answers == {"1": 3}


def test_put_off_twice_it_waits_for_its_next_day() -> None:
    talk = Talk()
    outcome = checkup.ask_again(talk.turn(), "bam_iop")
    assert outcome is not None
    talk.take(settle(outcome, talk.turn(), None))
    talk.press("later")
    assert talk.said == ["checkup.until_next"]
    assert talk.reminded == {}


def test_back_takes_the_last_answer_away() -> None:
    talk = Talk()
    talk.begin("bam_iop")
    for key in ("back", "3", "2", "back"):
        talk.press(key)
    place = talk.at()
    assert place is not None
    assert place[1].key == "2"
    assert talk.answers("bam_iop") == {"1": 3}


def test_after_a_day_a_new_one_begins_and_what_was_said_of_use_is_heard() -> None:
    talk = Talk()
    talk.begin("bam_iop")
    for mark in ("1", "1", "1", "3"):
        talk.press(mark)
    talk.now += timedelta(days=7)
    talk.take(settle(checkup.opened(talk.turn()), talk.turn(), None))
    assert talk.place is not None
    assert talk.place.step == "which"
    talk.press("bam_iop")
    talk.press("ready")
    assert [dict(row.answers) for row in talk.rows] == [{"1": 1, "2": 1, "3": 1, "4": 3}, {}]
    assert talk.rows[0].scores == {}
    assert [r.reason for r in talk.raised] == ["bam_use"]


def test_questions_of_another_version_get_no_answer() -> None:
    talk = Talk()
    talk.begin("bam_iop")
    talk.rows[0] = dataclasses.replace(talk.rows[0], version="older")
    talk.press("3")
    assert talk.said[-1] == "checkup.over"
    assert talk.rows[0].answers == {}


def answered_all(talk: Talk, name: str, mark: str = "0") -> None:
    talk.begin(name)
    while (place := talk.at()) is not None:
        talk.press(mark if mark in checkup_words.marks(*place) else "1")


def test_use_that_was_told_before_is_no_news_to_staff() -> None:
    lapse = Entry("lapse", NOW - timedelta(days=2), {})
    for log, reasons in (((), ["bam_use"]), ((lapse,), [])):
        kept = {"lapse": log}
        talk = Talk(own=Own(entries=lambda kind, most, kept=kept: kept.get(kind, ())[:most]))  # type: ignore[misc]
        talk.begin("bam_iop")
        for mark in ("0", "0", "0", "1", "0", "0"):
            talk.press(mark)
        while talk.at() is not None:
            talk.press("skip")
        assert [r.reason for r in talk.raised if r.reason == "bam_use"] == reasons


def test_what_changed_is_said_in_plain_words_and_can_be_seen() -> None:
    talk = Talk()
    answered_all(talk, "bam_iop", "3")
    assert talk.said[-1] == "checkup.done"
    talk.now += timedelta(days=7)
    answered_all(talk, "bam_iop", "3")
    assert talk.said[-2:] == ["checkup.done", "checkup.week_same"]
    talk.now += timedelta(days=7)
    talk.begin("bam_iop")
    better = {"1": "3", "2": "0", "14": "2"}
    while (place := talk.at()) is not None:
        talk.press(better.get(place[1].key, "3"))
    assert talk.said[-3:] == [
        "checkup.done",
        "checkup.week_better",
        "checkup.days_sleep_problems_better",
    ]
    assert talk.place is not None
    assert talk.place.step == "seen"


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_every_change(language: Language) -> None:
    there = wording.entries(language)
    for asked in questionnaires().values():
        for tone in ("better", "worse"):
            for scale in asked.scales:
                if scale.detail and checkup_words.has_words(scale.name, tone):
                    other = "worse" if tone == "better" else "better"
                    assert f"checkup.{checkup_words.slug(scale.name)}_{other}" in there
    for span in ("week", "weeks"):
        assert {f"checkup.{span}_{t}" for t in ("better", "worse", "same", "mixed")} <= there.keys()


def test_behind_a_pin_nothing_of_before_is_said() -> None:
    talk = Talk()
    answered_all(talk, "bam_iop")
    talk.now += timedelta(days=7)
    talk.person = dataclasses.replace(talk.person, pin=True, shut=True)
    answered_all(talk, "bam_iop", "3")
    assert talk.said[-1] == "checkup.done"
    talk.press("picture")
    assert talk.place is not None
    assert talk.place.flow == "pin"


def test_what_can_be_chosen_is_what_can_be_begun() -> None:
    assert set(checkup.NAMES) | {"phq2_i9"} == set(TO_BEGIN)


def around(own: Any = None, **weeks: int) -> Turn:
    person = Person(
        1, "Sam", checkin_at=time(18), zone="America/New_York", since=date(2026, 11, 23)
    )
    settings = {"checkups": own} if own else {}
    facts = Around("Harbor", "215", own=Own(settings=settings), checkups=weeks)
    return Turn(person, facts, NOW)


def local(turn: Turn) -> dict[str, str]:
    from zoneinfo import ZoneInfo

    zone = ZoneInfo(turn.person.zone)
    return {k: v.astimezone(zone).strftime("%d %H:%M") for k, v in comings(turn).items()}


def test_each_comes_on_a_day_of_its_own_an_hour_before_the_check_in() -> None:
    assert local(around(bam_iop=1, phq2=2, gad2=2)) == {
        "bam_iop": "24 17:00",
        "phq2": "25 17:00",
        "gad2": "26 17:00",
    }


def test_their_own_rhythm_goes_before_the_clinics() -> None:
    own = {
        "bam_iop": {"weekday": 6, "time": "09:30"},
        "phq2": {"off": True},
        "craving": {"every_weeks": 1},
        "cssrs": {},
        "no such": {"weekday": 1},
    }
    assert local(around(own, bam_iop=1, phq2=2)) == {"bam_iop": "29 09:30", "craving": "26 17:00"}
    odd: Any = {"bam_iop": {"weekday": "x", "time": 7, "every_weeks": 99}}
    assert local(around(odd, bam_iop=1)) == {"bam_iop": "24 17:00"}


def test_no_day_has_two() -> None:
    own = {name: {"weekday": 1, "every_weeks": 1} for name in ("bam_iop", "phq2", "gad2")}
    those = rhythms(around(own, bam_iop=1, phq2=2, gad2=2))
    days = [date(2026, 11, 24) + timedelta(days=n) for n in range(28)]
    asked = [asked_on(day, those) for day in days]
    # Each begins on the first such weekday of its own days; then all three fall on one.
    assert asked[7:14] == ["bam_iop", "phq2", "gad2", None, None, None, None]
    assert asked[14:21] == asked[7:14]


def test_a_clinic_may_not_ask_what_it_does_not_have() -> None:
    with pytest.raises(ValueError, match="is no questionnaire to begin with"):
        clinic(checkups={"phq9": 1})
    with pytest.raises(ValueError, match="less than or equal to 12"):
        clinic(checkups={"phq2": 13})
    assert Clinic.model_fields["checkups"].get_default(call_default_factory=True) == {
        "bam_iop": 1,
        "phq2": 2,
        "gad2": 2,
    }


@pytest.fixture
async def world(store: Store, clock: HandClock) -> World:
    house = House(clinic(checkups={"bam_iop": 1, "phq2": 2}), "https://companion.example")
    return await World(store, house, clock).staffed()


def stored(world: World, person_id: int, name: str) -> Any:
    return world.store.read_now(lambda tx: checkups.latest(tx, person_id, name, 1))[0]


async def test_it_comes_by_itself_is_asked_once_more_and_then_waits(world: World) -> None:
    person_id = await world.joined()
    await world.later(hours=31)
    assert [text for text in world.texts() if "A check-up for you" in text][1:] == []
    await world.later(hours=18)
    asked = [row for row in world.rows("100") if "A check-up for you" in row.text]
    assert [row.kind for row in asked] == ["checkup:bam_iop", "checkup_again:bam_iop"]
    await world.later(days=5)
    asked = [row.kind for row in world.rows("100") if "A check-up for you" in row.text]
    assert asked[2:] == ["checkup:phq2", "checkup_again:phq2"]
    assert world.person(person_id).misses >= 0
    assert world.alerts() == [] or all(a.level == "concern" for a in world.alerts())


async def test_answers_are_kept_after_every_item_and_survive(world: World) -> None:
    person_id = await world.joined()
    for text in ("checkup", "1", "1", "Good", "2", "skip"):
        await world.say(text)
    row = stored(world, person_id, "bam_iop")
    assert row.answers == {"1": 2, "2": 2, "3": None}
    assert row.scores is None
    await world.say("menu")
    await world.say("checkup")
    await world.press("ready")
    assert "ANY alcohol" in world.texts()[-1]


async def test_by_text_in_plain_words_it_asks_here(world: World) -> None:
    person_id = await world.joined(**SMS, plain=True)
    for text in ("CHECKUP", "2", "1"):
        await world.say(text, **SMS)
    shown = world.texts(SMS["address"])[-1]
    assert "Little interest or pleasure" in shown
    assert "0 Not at all  1 Several days" in shown
    await world.say("1", **SMS)
    await world.say("0", **SMS)
    assert stored(world, person_id, "phq2").scores == {"Depression": 1}


async def test_what_began_on_telegram_says_nothing_explicit_by_covered_text(world: World) -> None:
    person_id = await world.joined()

    def second(tx: Connection) -> None:
        people.add_address(
            tx, "sms", SMS["address"], person_id=person_id, created_at=world.clock.now()
        )

    await world.store.write(second)
    for text in ("checkup", "2", "1"):
        await world.say(text)
    await world.say("1", **SMS)
    assert stored(world, person_id, "phq2").answers == {}
    await world.say("skip", **SMS)
    assert "interest" not in " ".join(world.texts(SMS["address"]))
    assert "depressed" not in " ".join(world.texts(SMS["address"]))
    assert "CHECKUP" in world.texts(SMS["address"])[-1]


async def test_item_nine_is_heard_by_staff_before_anything_else_is_asked(world: World) -> None:
    person_id = await world.joined()
    for text in ("checkup", "2", "1", "3", "3", *["0"] * 6, "2"):
        await world.say(text)
    (alert,) = world.alerts()
    assert (alert.level, alert.reason, alert.known) == ("concern", "phq_item9", True)
    assert "988" in world.texts()[-2]
    assert "wished you were dead" in world.texts()[-1]
    for text in ("A", "A", "C", "A"):
        await world.say(text)
    (alert,) = world.alerts()
    assert alert.level == "emergency"
    assert "Call or text 988 now" in world.texts()[-1]
    assert stored(world, person_id, SCREENER).scores == {"Triage": 3}
    kinds = await world.read(lambda tx: [row.kind for row in reminders.of(tx, person_id)])
    assert "crisis_hour" in kinds


async def said_nine(world: World) -> int:
    person_id = await world.joined()
    for text in ("checkup", "2", "1", "3", "3", *["0"] * 6, "2"):
        await world.say(text)
    return person_id


@pytest.mark.parametrize("says", [(), ("A",), ("menu",)])
async def test_a_screener_that_is_left_makes_it_urgent(world: World, says: tuple[str, ...]) -> None:
    """Also where they talk of something else: no answer is never taken for a no."""
    await said_nine(world)
    for text in says:
        await world.say(text)
    assert world.alerts()[0].level == "concern"
    await world.later(minutes=16)
    (alert,) = world.alerts()
    assert alert.level == "urgent"
    reasons = await world.read(lambda tx: [e.detail for e in cases.events(tx, [1])[1]])
    assert "urgent cssrs_unanswered" in reasons


async def test_a_triage_of_none_leaves_it_a_concern(world: World) -> None:
    person_id = await said_nine(world)
    for text in ("C", "C", "C"):
        await world.say(text)
    assert stored(world, person_id, SCREENER).scores == {"Triage": 0}
    await world.later(minutes=30)
    (alert,) = world.alerts()
    assert (alert.level, alert.state) == ("concern", "open")


async def test_where_a_human_was_quicker_the_screener_is_let_be(world: World) -> None:
    await said_nine(world)
    await world.store.write(lambda tx: alerts.change(tx, 1, state="closed"))
    await world.later(minutes=16)
    assert [alert.level for alert in world.alerts()] == ["concern"]


async def test_who_has_something_else_in_hand_still_hears_of_item_nine(world: World) -> None:
    person_id = await world.joined()

    def taken(tx: Connection) -> None:
        now, who = world.clock.now(), people.locked(tx, person_id)
        number = raise_alert(tx, world.house, who, Level.CONCERN, "craving", now, known=False)
        alerts.change(tx, number, state="seen", taken_by=1, taken_at=now)

    await world.store.write(taken)
    for text in ("checkup", "2", "1", "3", "3", *["0"] * 6, "2"):
        await world.say(text)
    assert world.alerts()[0].state == "open"

"""Nothing gets round the screen: every place of every talk, every phrase, way, language, state."""

from __future__ import annotations

import ast
import asyncio
import dataclasses
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.channels import Inbound, Kind
from bot.config import House
from content.wording import LANGUAGES, Language
from handlers.answers import Skippable
from handlers.flows import FLOWS, step_of
from handlers.place import Place, place_to
from handlers.risk import Level
from storage import outbox as outbox_rows
from storage import people
from storage.models import alert, message, outbox, person
from storage.store import Store
from tests.conftest import HandClock, clinic
from tests.world import World


@dataclass(frozen=True)
class Phrase:
    """Something dangerous, how grave it is at least, and whether it gets the neutral reply."""

    text: str
    level: Level
    neutral: bool = False


PHRASES = (
    Phrase("i want to kill myself tonight", Level.EMERGENCY),
    Phrase("ya no quiero vivir, me quiero matar", Level.URGENT),
    Phrase("my friend isnt breathing, ya le puse narcan", Level.EMERGENCY),
    Phrase("me tomé demasiadas pastillas", Level.EMERGENCY),
    Phrase("he hit me last night", Level.URGENT, neutral=True),
    Phrase("mi esposo me pega", Level.URGENT, neutral=True),
    Phrase("AHORA", Level.EMERGENCY),
    Phrase("Blue heron!", Level.EMERGENCY),
)
WORDS = {"panic": "blue heron", "duress": "paper lantern"}
"""The words of their own that everybody here has."""
DURESS = Phrase("Paper Lantern", Level.EMERGENCY, neutral=True)
WAYS = (("telegram", Kind.TEXT), ("telegram", Kind.EDITED), ("sms", Kind.TEXT))
GONE = Place("checkin", "a_step_of_an_older_release")
PLACES: tuple[Place | None, ...] = (
    None,
    GONE,
    Place("a_flow_that_is_gone", "x"),
    *(Place(flow.name, step) for flow in FLOWS.values() for step in flow.steps),
)
PARKED = ("joining", "checkin")


@dataclass
class Case:
    """One person, where they stand, and what they say."""

    phrase: Phrase
    channel: str
    kind: Kind
    language: Language
    place: Place | None
    state: str = "open"
    agreed: bool = True
    status: str = "active"
    number: int = 0
    person_id: int = 0

    @property
    def address(self) -> str:
        return (
            f"+1215{5550000 + self.number}" if self.channel == "sms" else f"{700000 + self.number}"
        )

    def inbound(self, clock: HandClock, text: str, suffix: str = "") -> Inbound:
        kind = self.kind if not suffix else Kind.TEXT
        provider_id = f"{self.number}{suffix}"
        return Inbound(self.channel, self.address, provider_id, clock.now(), text, kind)


def everywhere(*phrases: Phrase) -> Iterator[Case]:
    """Every phrase at every place; ways and languages take turns there, so that each meets both."""
    every = (*PHRASES, DURESS)
    turns = list(itertools.product(WAYS, LANGUAGES))
    for phrase in phrases:
        for number, place in enumerate(PLACES):
            (channel, kind), language = turns[(number + every.index(phrase)) % len(turns)]
            yield Case(phrase, channel, kind, language, place)


def in_every_state(*phrases: Phrase) -> Iterator[Case]:
    places = (None, GONE, Place("joining", "agree"), Place("checkin", "craving"))
    states: tuple[dict[str, Any], ...] = (
        {"agreed": False, "status": "invited"},
        {"state": "stopped"},
        {"state": "carrier"},
        {"status": "paused"},
        {"status": "custody"},
        {"status": "hospital"},
        {"status": "discharged"},
        {"status": "deceased"},
        {"state": "frozen"},
        {"state": "unreachable"},
        {"agreed": False, "state": "stopped"},
    )
    cases = itertools.product(phrases or PHRASES, WAYS, states)
    for number, (phrase, (channel, kind), state) in enumerate(cases):
        place, language = places[number // len(states) % 4], LANGUAGES[number % 2]
        yield Case(phrase, channel, kind, language, place, **state)


async def settle(world: World, cases: list[Case]) -> None:
    """Put a person at each place, by writing the rows."""
    now = world.clock.now()
    until = now + timedelta(hours=12)

    def work(tx: Connection) -> None:
        for number, case in enumerate(cases, start=1):
            case.number = number
            place = case.place and Place(case.place.flow, case.place.step, {}, 1, until)
            case.person_id = people.add(
                tx,
                name=f"Person {number}",
                counselor_id=1,
                language=case.language,
                zone="America/New_York",
                status=case.status,
                plain=False,
                agreed=case.agreed,
                card={},
                checkin_at="18:00",
                words=WORDS,
                turn=1,
                place=place_to(place),
                created_at=now,
            )
            people.add_address(
                tx,
                case.channel,
                case.address,
                person_id=case.person_id,
                state=case.state,
                created_at=now,
            )

    await world.store.write(work)


async def say(world: World, cases: list[Case], text: str | None = None, suffix: str = "") -> None:
    said = (
        world.door.receive(c.inbound(world.clock, text or c.phrase.text, suffix)) for c in cases
    )
    await asyncio.gather(*said)


def by_person(store: Store, table: Any) -> dict[int, list[Any]]:
    rows = store.read_now(lambda tx: list(tx.execute(select(table).order_by(table.c.id))))
    found: dict[int, list[Any]] = {}
    for row in rows:
        if row.person_id is not None:
            found.setdefault(row.person_id, []).append(row)
    return found


def check_heard(world: World, cases: list[Case]) -> None:
    """Stored with its risk, and an open alert at least as grave."""
    said, alerts = by_person(world.store, message), by_person(world.store, alert)
    for case in cases:
        (stored,) = said[case.person_id]
        assert Level(stored.risk).rank >= case.phrase.level.rank, case
        assert stored.text == case.phrase.text
        (opened,) = alerts[case.person_id]
        assert opened.state == "open", case
        assert Level(opened.level).rank >= case.phrase.level.rank, case
        # Where somebody else may hold the phone, no receipt follows.
        hidden = case.phrase.neutral or case.state == "frozen" or case.status == "deceased"
        assert opened.known is not hidden, case


def check_answered(world: World, cases: list[Case]) -> None:
    """The crisis reply is first in the queue; a neutral one says nothing else."""
    queued = by_person(world.store, outbox)
    for case in cases:
        rows = queued.get(case.person_id, [])
        if case.state == "carrier" or case.status == "deceased":
            assert rows == [], case
        elif case.phrase.neutral:
            neutral = {"en": "Got it.", "es": "Recibido."}[case.language]
            assert [row.text for row in rows] == [neutral], case
        else:
            assert rows[0].priority == outbox_rows.CRISIS, case
            assert "911" in rows[0].text or "988" in rows[0].text, case
            assert all(row.priority == outbox_rows.CRISIS for row in rows), case


def at(row: Any) -> tuple[str, str] | None:
    return None if row.place is None else (row.place["flow"], row.place["step"])


def places_now(world: World) -> dict[int, Any]:
    rows = world.store.read_now(lambda tx: list(tx.execute(select(person))))
    return {row.id: row for row in rows}


def nobody_on_duty() -> House:
    """Without notices to staff, so that a thousand people are heard in seconds."""
    night = {"who": "counselor", "days": "sun", "from": "03:00", "to": "04:00"}
    changed = clinic(after_hours={"mode": "none"}, shifts=[night])
    return House(changed, "https://companion.example")


@pytest.fixture
async def world(store: Store, clock: HandClock) -> World:
    return await World(store, nobody_on_duty(), clock).staffed()


def test_every_place_meets_every_phrase_and_each_of_both_every_way_and_language() -> None:
    turns = {(*way, language) for way in WAYS for language in LANGUAGES}
    by_place: dict[str, set[object]] = {}
    by_phrase: dict[str, set[object]] = {}
    for case in everywhere(*PHRASES):
        turn = (case.channel, case.kind, case.language)
        by_place.setdefault(str(case.place), set()).update((turn, case.phrase))
        by_phrase.setdefault(case.phrase.text, set()).update((turn, str(case.place)))
    assert len(by_place) == len(PLACES)
    assert all(met == {*turns, *PHRASES} for met in by_place.values())
    assert all(met == {*turns, *map(str, PLACES)} for met in by_phrase.values())


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda p: p.text)
async def test_every_place(world: World, phrase: Phrase) -> None:
    cases = list(everywhere(phrase))
    assert len(cases) == len(PLACES)
    await settle(world, cases)
    await say(world, cases)
    check_heard(world, cases)
    check_answered(world, cases)
    await check_parked(world, cases)


async def check_parked(world: World, cases: list[Case]) -> None:
    """The talk in progress comes back when the danger has been talked about."""
    stood = places_now(world)
    for case in cases:
        if case.phrase.neutral and case.place is not None and case.place.flow in FLOWS:
            assert at(stood[case.person_id]) == (case.place.flow, case.place.step), case
    aside = [
        case
        for case in cases
        if case.place is not None
        and case.place.flow in PARKED
        and case.place is not GONE
        and not case.phrase.neutral
    ]
    assert bool(aside) is not cases[0].phrase.neutral
    assert all(
        at(stood[c.person_id]) in (("crisis", "ask"), ("crisis", "afterwards")) for c in aside
    )
    asked = [c for c in aside if at(stood[c.person_id]) == ("crisis", "ask")]
    # A false alarm costs one answer, whichever was asked.
    await say(world, asked, "C", "c")
    await say(world, [c for c in aside if c not in asked], "1", "go on")
    stood = places_now(world)
    for case in aside:
        assert case.place is not None
        assert at(stood[case.person_id]) == (case.place.flow, case.place.step), case


async def test_whatever_the_state_of_the_person(world: World) -> None:
    cases = list(in_every_state())
    await settle(world, cases)
    await say(world, cases)
    check_heard(world, cases)
    check_answered(world, cases)


async def test_a_duress_word_shows_nothing_wherever_it_comes(world: World) -> None:
    """Beside each stands somebody who says what an ordinary check-in is asked for with."""
    cases = [*everywhere(DURESS), *in_every_state(DURESS)]
    twins = [dataclasses.replace(case) for case in cases]
    await settle(world, [*cases, *twins])
    await say(world, cases)
    check_heard(world, cases)
    assert all(row.silent for rows in by_person(world.store, alert).values() for row in rows)
    for twin in twins:
        going_on = twin.place is not None and twin.place.flow == "checkin" and at_scale(twin.place)
        inbound = twin.inbound(world.clock, "skip" if going_on else "check in")
        await world.door.receive(inbound)
    queued, stood = by_person(world.store, outbox), places_now(world)
    unseen = 0
    for case, twin in zip(cases, twins, strict=True):
        if case.state == "frozen":
            continue  # whoever holds it may not even be asked whose number it is
        said, ordinary = (
            [(row.text, row.priority, row.kind) for row in queued.get(who.person_id, [])]
            for who in (case, twin)
        )
        assert said == ordinary, case
        assert at(stood[case.person_id]) == at(stood[twin.person_id]), case
        unseen += not said
    assert unseen < len(cases) / 2


def at_scale(place: Place) -> bool:
    step = step_of(place)
    return step is not None and isinstance(step.answer, Skippable)


async def test_a_sample_on_each_database(store: Store, house: House, clock: HandClock) -> None:
    world = await World(store, house, clock).staffed()
    cases = [*list(everywhere(*PHRASES))[::31], *list(in_every_state())[::11]]
    await settle(world, cases)
    await say(world, cases)
    check_heard(world, cases)
    check_answered(world, cases)


async def test_a_yes_in_danger_is_heard_from_who_has_stopped_or_not_agreed(world: World) -> None:
    suicidal = Phrase("i want to die", Level.URGENT)
    states: tuple[dict[str, Any], ...] = (
        {"agreed": False},
        {"state": "stopped"},
        {"status": "paused"},
    )
    cases = [Case(suicidal, "sms", Kind.TEXT, "en", None, **state) for state in states]
    await settle(world, cases)
    await say(world, cases)
    assert {at(row) for row in places_now(world).values()} == {("crisis", "ask")}
    await say(world, cases, "A", "a")
    alerts = by_person(world.store, alert)
    for case in cases:
        (opened,) = alerts[case.person_id]
        assert opened.level == Level.EMERGENCY, case


def test_a_message_without_a_risk_cannot_be_stored(store: Store) -> None:
    row = {
        "channel": "sms", "provider_id": "1", "address_hash": "h", "kind": "text", "text": "x",
        "labels": [], "words": [], "sent_at": HandClock().now(), "received_at": HandClock().now(),
    }  # fmt: skip
    with pytest.raises(IntegrityError):
        store.write_now(lambda tx: tx.execute(insert(message).values(**row)))
    store.write_now(lambda tx: tx.execute(insert(message).values(**row, risk="none")))
    with pytest.raises(IntegrityError):
        store.write_now(lambda tx: tx.execute(update(message).values(risk=None)))


CALLERS = {
    "screen": {
        "bot.turn",
        "bot.rehearsal",
        "bot.sweeps",
        "bot.app",
        # What shows the screen at work, and what makes its second voter.
        "bot.triage",
        "bot.scorecard",
        "bot.training",
    },
    "decide": {"bot.visit", "bot.rehearsal"},
    "begin": {
        *("bot.visit", "bot.wishes", "bot.rounds", "bot.invitations", "bot.rehearsal"),
        "handlers.orders",
    },
    "in_danger": {"bot.danger", "bot.rehearsal"},
}
"""Who may import what judges and answers; `bot.app` reads the rules at the start."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    root = Path(__file__).parent.parent
    for package in ("bot", "handlers", "storage", "content"):
        for file in (root / package).rglob("*.py"):
            name = ".".join(file.relative_to(root).with_suffix("").parts)
            yield name.removesuffix(".__init__"), ast.parse(file.read_text("utf-8"))


def test_only_the_door_and_its_tools_use_the_core() -> None:
    home = {"screen": "handlers.screening", "begin": "handlers.settling"}
    found: dict[str, set[str]] = {name: set() for name in CALLERS}
    for module, tree in modules():
        for node in ast.walk(tree):
            # A table may bear such a name.
            if isinstance(node, ast.ImportFrom) and not str(node.module).startswith("storage."):
                for alias in node.names:
                    if alias.name in CALLERS:
                        assert node.module == home.get(alias.name, "handlers.decide"), module
                        found[alias.name].add(module)
            imported = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert not {"handlers.screening", "handlers.decide"} & set(imported), module
            if isinstance(node, ast.ImportFrom) and node.module == "handlers":
                assert not {"screening", "decide"} & {a.name for a in node.names}, module
    assert found == CALLERS


def test_only_the_outbox_sends() -> None:
    senders = set()
    for module, tree in modules():
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr == "send":
                owner = ast.unparse(called.value)
                if owner.split(".")[-1].strip("_").endswith("channel"):
                    senders.add(module)
                else:
                    # Inside an adapter or a stand-in: a socket, an HTTP client, a page.
                    assert module.startswith(("bot.channels", "bot.demo")), (module, owner)
    # `companion check --text` tries the texts about danger on a phone of the clinic's own.
    assert senders == {"bot.outbox", "bot.check.phone"}

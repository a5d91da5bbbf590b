"""The duress word: agreed on face to face, answered like a check-in, and shown nowhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels import Kind
from bot.config import House
from storage import people
from storage.models import audit, reminder
from storage.store import Store
from tests.conftest import HandClock
from tests.desk import Desk
from tests.world import SUPERVISOR, World

SMS: dict[str, Any] = {"channel": "sms", "address": "+12155550123"}
WORD = "paper lantern"
DANGER = ("911", "988", "team", "danger")


@pytest.fixture
async def world(store: Store, house: House, clock: HandClock) -> World:
    return await World(store, house, clock).staffed()


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:
    async with Desk(world) as here:
        yield here


async def joined(world: World, **more: Any) -> int:
    person_id = await world.joined(**{**SMS, **more})
    words = {"duress": WORD}
    await world.store.write(lambda tx: people.change(tx, person_id, words=words))
    return person_id


@pytest.mark.parametrize("language", ["en", "es"])
async def test_it_begins_a_check_in_and_staff_hear(world: World, language: str) -> None:
    await joined(world, language=language)
    await world.say("Paper lantern.", **SMS)
    (text,) = world.sent_since(SMS["address"])
    assert not [word for word in DANGER if word in text]
    assert "0-10" in text or "0 a 10" in text
    (alert,) = world.alerts()
    assert (alert.level, alert.silent, alert.known) == ("emergency", True, False)
    assert any("EMERGENCY" in text for text in world.texts("900"))
    assert not any("lantern" in text.lower() for text in world.texts("900"))


async def test_in_a_check_in_it_goes_on(world: World) -> None:
    await joined(world)
    await world.say("checkin", **SMS)
    await world.say("5", **SMS)
    world.sent_since(SMS["address"])
    await world.say(WORD, **SMS)
    assert world.sent_since(SMS["address"]) == ["How did you sleep?\n1 OK  2 Badly"]


async def test_nothing_follows_whatever_staff_do(world: World) -> None:
    await joined(world)
    await world.say("i want to die", **SMS)
    await world.say(WORD, **SMS)
    known = len(world.rows(SMS["address"]))
    for step in ("SEEN 1", "CALLING 1"):
        await world.say(step, address="900")
    await world.later(hours=6)
    await world.say("CLOSE 1 did what was agreed", address="900")
    later = [r for r in world.rows(SMS["address"])[known:] if r.kind != "checkin"]
    assert later == []
    waiting = [r.kind for r in world.rows(SMS["address"]) if r.state == "pending"]
    assert "alert_told" not in waiting


async def test_help_beside_it_is_answered_as_ever(world: World) -> None:
    await joined(world)
    await world.say("HELP", **SMS)
    ordinary = world.sent_since(SMS["address"])
    await world.say(WORD, **SMS)
    world.sent_since(SMS["address"])
    await world.say("HELP", **SMS)
    assert world.sent_since(SMS["address"]) == ordinary


async def test_as_the_words_under_a_picture_it_counts(world: World) -> None:
    await joined(world)
    await world.say(WORD, kind=Kind.PHOTO, **SMS)
    assert world.alerts()[0].level == "emergency"
    assert "can't hear or see this" in world.sent_since(SMS["address"])[-1]


async def test_a_program_that_fails_gives_nothing_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await joined(world)

    def bug(*_: Any, **__: Any) -> None:
        raise ValueError

    monkeypatch.setattr("bot.danger.as_checkin", bug)
    await world.say(WORD, **SMS)
    assert world.sent_since(SMS["address"]) == ["Got it."]
    (alert,) = world.alerts()
    assert (alert.level, alert.silent, alert.known) == ("emergency", True, False)


def card(**typed: str) -> dict[str, str]:
    return {"channel": "sms", "alone": "yes", **typed}


async def test_it_is_set_in_the_console_and_never_shown(desk: Desk) -> None:
    person_id = await desk.world.joined(**SMS)
    here = f"/people/{person_id}/card"
    assert "A duress word is set" not in await desk.text(here)
    text = await desk.follow(await desk.post(here, **card(duress="Paper lantern", agreed="call")))
    assert "The card is changed" in text
    assert "Agreed for the duress word" in text
    assert desk.world.person(person_id).words == {"duress": "Paper lantern"}
    page = await desk.text(here)
    assert "A duress word is set" in page
    assert "lantern" not in page + text
    rows = await desk.world.read(lambda tx: list(tx.execute(select(audit))))
    assert "duress_set" in [row.what for row in rows]
    assert not any("lantern" in (row.detail or "").lower() for row in rows)
    await desk.post(here, **card(duress_off="yes"))
    assert desk.world.person(person_id).words == {}


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("menu", "means something else here"),
        ("NOW", "means something else here"),
        ("stop", "means something else here"),
        ("thanks", "without meaning it"),
        ("xyz", "At least 4 letters"),
        ("one two three four", "At most 3 words"),
        ("blue heron", "their panic word"),
    ],
)
async def test_a_word_that_would_not_do_is_refused_in_words(
    desk: Desk, word: str, why: str
) -> None:
    person_id = await desk.world.joined(**SMS)
    own = {"panic": "Blue Heron"}
    await desk.world.store.write(lambda tx: people.change(tx, person_id, words=own))
    answer = await desk.post(f"/people/{person_id}/card", **card(duress=word))
    assert answer.status_code == 400
    assert why in answer.text
    assert f'value="{word}"' not in answer.text
    assert desk.world.person(person_id).words == own


async def test_only_their_counselor_and_supervisors_agree_on_it(world: World) -> None:
    person_id = await world.joined(**SMS)
    await world.hired("Ana Lima", "counselor", "+12155550166")
    here = f"/people/{person_id}/card"
    async with Desk(world, SUPERVISOR) as desk:
        await desk.follow(await desk.post(here, **card(duress=WORD)))
    assert world.person(person_id).words == {"duress": WORD}
    await world.say(WORD, **SMS)
    ana = await world.worker("Ana Lima")
    from storage import alerts

    now, number = world.clock.at, world.alerts()[0].id
    await world.store.write(lambda tx: alerts.note(tx, number, now, "notified", staff_id=ana.id))
    async with Desk(world, "Ana Lima") as desk:
        assert 'name="duress"' not in await desk.text(here)
        await desk.post(here, **card(duress="another thing", stopped_on="2026-11-20"))
    row = world.person(person_id)
    assert (row.words, row.withdrawal_since) == ({"duress": WORD}, None)


async def test_the_flag_for_withdrawal_begins_and_ends_the_questions(desk: Desk) -> None:
    person_id = await desk.world.joined(**SMS)
    here = f"/people/{person_id}/card"
    day = desk.world.clock.at.date() - timedelta(days=1)
    await desk.follow(await desk.post(here, **card(stopped_on=day.isoformat())))
    assert desk.world.person(person_id).withdrawal_since == day
    assert f'value="{day.isoformat()}"' in await desk.text(here)
    kinds = select(reminder.c.kind).where(reminder.c.kind == "crisis_withdrawal")
    assert len(await desk.world.read(lambda tx: tx.execute(kinds).all())) == 1
    await desk.post(here, **card(stopped_on=""))
    assert desk.world.person(person_id).withdrawal_since is None
    assert await desk.world.read(lambda tx: tx.execute(kinds).all()) == []
    refused = await desk.post(here, **card(stopped_on="soon"))
    assert "A date, or nothing." in refused.text


async def test_how_danger_is_answered_is_on_the_card(desk: Desk) -> None:
    person_id = await desk.world.joined(**SMS)
    here = f"/people/{person_id}/card"
    chosen = card(answer="nothing", follow_up="no")
    text = await desk.follow(await desk.post(here, **chosen))
    assert "with nothing at all" in text
    assert "Asking again afterwards" in text
    kept = desk.world.person(person_id).card
    assert (kept["answer"], kept["follow_up"]) == ("nothing", False)
    refused = await desk.post(here, **card(answer="loudly"))
    assert "Choose how danger is answered." in refused.text

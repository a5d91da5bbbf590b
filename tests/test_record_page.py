"""What somebody logged and answered, on their page; the pictures of it, behind the same door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.config import House
from bot.demo.telegram_photos import size_of
from bot.drawing import Panel, Plot, Series, png
from content.questionnaires import questionnaires
from handlers.scoring import score
from storage import checkups, entries, items, people
from storage.store import Store
from tests.conftest import START, HandClock, clinic
from tests.desk import Desk, words
from tests.world import World

BAM = {
    key: None if points == "-" else int(points)
    for key, points in zip(
        ("1", "2", "3", "4", "5", "6", "8", "9", *map(str, range(10, 18))),
        ["2", "1", "2", "1", "3", "0", "3", "2", "1", "3", "2", "1", "4", "-", "2", "2"],
        strict=True,
    )
}
PHQ9 = {**{str(n): 2 for n in range(1, 9)}, "9": 0, "10": 1}


def answered(
    tx: Connection, who: int, name: str, answers: Mapping[str, int | None], *, back: int = 1
) -> None:
    asked = questionnaires()[name]
    found = dict(score(asked, answers).scores)
    checkups.keep(tx, who, name, asked.version, answers, found, START - timedelta(days=back))


def lived(tx: Connection, who: int) -> None:
    """A bit of everything, with what they keep for themselves among it."""
    for back in (8, 1):
        answered(tx, who, "bam_iop", BAM, back=back)
        answered(tx, who, "phq9", PHQ9, back=back)
    answered(tx, who, "gad7", dict.fromkeys("1234567", 0))
    checkups.keep(tx, who, "gad2", questionnaires()["gad2"].version, {"1": 1}, None, START)
    urge = {"intensity": 8, "trigger": "money", "place": "home", "company": "alone"}
    did = {"skill": "wave", "after": 3, "helped": True}
    entries.add(tx, who, "craving", {**urge, **did}, START - timedelta(hours=3))
    entries.add(tx, who, "craving", {"intensity": 6, "trigger": "<b>"}, START)
    lapse = {"day": "2026-11-20", "what": "opioid", "with": "friends"}
    entries.add(tx, who, "lapse", lapse, START - timedelta(days=2))
    entries.add(tx, who, "lapse", {"day": "2026-11-21", "undone": True}, START - timedelta(days=1))
    medicine = {"name": "naltrexone 50 mg", "label": "", "kind": "naltrexone", "times": ["09:00"]}
    which = items.keep(tx, who, "medicine", medicine, START)
    for n, what in enumerate(("skipped", "taken", "taken")):
        entries.add(tx, who, "dose", {"item": which, "what": what}, START - timedelta(days=n))
    for kind in ("reason", "goal", "learned", "contact"):
        items.keep(tx, who, kind, {"text": f"my own {kind}", "name": "Uncle Roy"}, START)


@pytest.fixture(scope="module", autouse=True)
def _library_is_read() -> None:
    """The first drawing of a process reads the library, which a busy machine is slow at."""
    png(Plot("", (Panel("", 0, 1, (Series("", ((1.0, 1.0),)),)),), ((1.0, ""),)))


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[Desk]:
    async with Desk(await peopled(World(store, house, clock))) as opened:
        yield opened


async def peopled(world: World) -> World:
    await world.staffed()
    who = await world.joined()
    await world.store.write(lambda tx: lived(tx, who))
    return world


def here(desk: Desk, more: str = "") -> str:
    found = desk.world.store.read_now(lambda tx: people.address_of(tx, "telegram", "100"))
    assert found is not None
    return f"/people/{found.person_id}{more}"


async def test_check_ups_have_scores_bands_and_what_to_know_of_them(desk: Desk) -> None:
    text = unescape(words(await desk.text(here(desk))))
    assert "Use 4 of 12 past the cut-off" in text
    assert "Risk Factors 11 of 24" in text
    assert "Risk Factors 11 of 24 past" not in text
    assert "Left out: 15." in text
    assert "Items 5 and 4 don't fit together: ask." in text
    assert "PHQ9 16 of 27 , moderately severe past the cut-off" in text
    assert "how many days did you drink ANY alcohol? One day" in text
    assert "Generalized Anxiety Disorder" in text
    assert "Not finished." in text


async def test_what_was_said_about_dying_stands_beside_the_score(desk: Desk) -> None:
    """Also where it was left out, and what came of the screener before it was left."""
    who = int(here(desk).rpartition("/")[2])

    def said(tx: Connection) -> None:
        answered(tx, who, "phq9", {**PHQ9, "9": 1}, back=0)
        screener = questionnaires()["cssrs"]
        checkups.keep(tx, who, "cssrs", screener.version, {"1": 1, "2": 1, "3": 1}, None, START)

    await desk.world.store.write(said)
    text = unescape(words(await desk.text(here(desk))))
    assert "Item 9 (death, self-harm): Several days." in text
    assert "Have you been thinking about how you might do this? Yes" in text
    left = {**PHQ9, "9": None}
    await desk.world.store.write(lambda tx: answered(tx, who, "phq9", left, back=0))
    assert "Item 9 (death, self-harm) was left out: ask." in await desk.text(here(desk))


async def test_support_that_was_not_asked_about_is_not_past_the_cut_off(desk: Desk) -> None:
    who = int(here(desk).rpartition("/")[2])
    skipped = dict.fromkeys(BAM)
    await desk.world.store.write(lambda tx: answered(tx, who, "bam_iop", skipped, back=0))
    text = unescape(words(await desk.text(here(desk))))
    assert "Protective Factors 0 of 24 Left out: 1, 2, 3," in text


async def test_urges_lapses_and_medicines_are_kinds_and_figures(desk: Desk) -> None:
    text = await desk.text(here(desk))
    read = unescape(words(text))
    assert "8 → 3 Money, pay, Home, alone riding the wave: helped" in read
    assert "10 am 6 <b>" in read
    assert '<td class="word">&lt;b&gt;</td>' in text
    assert "Fri 20 Nov : Opioid or street pill; company: Friends." in read
    assert "Sat 21 Nov :" not in read
    assert "naltrexone 50 mg 9 am: 2 of the last 3 done" in read


async def test_what_they_keep_for_themselves_is_not_there(desk: Desk) -> None:
    text = await desk.text(here(desk))
    assert "my own" not in text
    assert "Uncle Roy" not in text


async def test_where_the_rules_tell_nobody_of_use_the_page_does_not_either(
    store: Store, clock: HandClock
) -> None:
    house = House(clinic(rules={"use": False}), "https://companion.example")
    async with Desk(await peopled(World(store, house, clock))) as desk:
        text = await desk.text(here(desk))
    assert "Days of use" not in text
    assert "Opioid" not in text


@pytest.mark.parametrize("name", ["urges", "bam_iop", "phq9"])
async def test_a_picture_is_drawn_and_the_look_written_down(desk: Desk, name: str) -> None:
    page = await desk.get(here(desk))
    assert f'src="{here(desk)}/charts/{name}.png"' in page.text
    assert "img-src 'self'" in page.headers["content-security-policy"]
    answer = await desk.get(here(desk, f"/charts/{name}.png"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["cache-control"] == "no-store"
    assert size_of(answer.content) is not None
    assert [row.detail for row in await desk.looks("chart")] == [name]


async def test_what_cannot_be_drawn_is_not_there(desk: Desk) -> None:
    for name in ("mood", "craving", "cssrs", "nothing", "..%2fmood"):
        assert (await desk.get(here(desk, f"/charts/{name}.png"))).status_code == 404
    text = await desk.text(here(desk))
    assert "/charts/mood.png" not in text
    # One answer is no course of things.
    assert "/charts/gad7.png" not in text


async def test_a_picture_is_behind_the_same_door(desk: Desk) -> None:
    await desk.world.hired("Noa Iris", "counselor", "+12155550177")
    await desk.world.hired("Olga Ops", "operator", "+12155550178")
    there = here(desk, "/charts/urges.png")
    for name in ("Noa Iris", "Olga Ops"):
        async with Desk(desk.world, name) as other:
            assert (await other.get(there)).status_code == 404
    stranger = desk.world.client()
    answer: Any = await stranger.get(there)
    await stranger.aclose()
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")
    assert await desk.looks("chart") == []

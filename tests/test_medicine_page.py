"""The page of what somebody takes: set, changed, stopped, cleared; each change is arranged anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.config import House
from handlers.own import Own
from storage import entries, items, people, reminders
from storage.store import Store
from tests.conftest import HandClock
from tests.desk import Desk, words
from tests.world import World

NUMBER = "+12155550188"
FILLED = {
    "name": "Methadone <60 mg>", "kind": "methadone", "label": "", "times": "9 am, 8:30 pm",
    "refill_on": "2026-12-03", "flagged": "", "reminders": "yes",
}  # fmt: skip


@pytest.fixture
async def desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[Desk]:
    """Their counselor, in front of a page on which nothing is set."""
    world = await World(store, house, clock).staffed()
    await world.joined(channel="sms", address=NUMBER)
    async with Desk(world) as opened:
        yield opened


PERSON = 1
HERE = f"/people/{PERSON}/medicine"


def due(desk: Desk) -> list[str]:
    rows = desk.world.store.read_now(lambda tx: reminders.of(tx, PERSON))
    return sorted(row.kind for row in rows if row.kind.startswith(("medicine", "refill")))


def stored(desk: Desk) -> list[Any]:
    return desk.world.store.read_now(lambda tx: items.of(tx, PERSON, "medicine"))


async def test_one_is_added_and_its_hours_are_arranged(desk: Desk) -> None:
    page = words(await desk.follow(await desk.post(HERE, **FILLED)))
    assert "Methadone &lt;60 mg&gt;" in page
    assert "Methadone, flagged" in page
    assert "9 am, 8:30 pm" in page
    assert "9 am item" in page
    [row] = stored(desk)
    assert row.data["times"] == ["09:00", "20:30"]
    assert row.data["flagged"] is True
    assert due(desk) == ["medicine:0900", "medicine:2030", "refill:2026-12-03"]
    [look] = await desk.looks("medicine_changed")
    assert "Methadone" in look.detail
    assert await desk.looks("medicine_page")


async def test_one_is_changed_stopped_and_taken_up_again(desk: Desk) -> None:
    await desk.post(HERE, **FILLED)
    which = str(stored(desk)[0].id)
    form = await desk.text(f"{HERE}?which={which}")
    assert 'value="9 am, 8:30 pm"' in form
    changed = {**FILLED, "which": which, "times": "22:00", "label": "blue cup", "flagged": "no"}
    page = words(await desk.follow(await desk.post(HERE, **changed)))
    assert "they have not said yes to that under MEDS" in page
    [row] = stored(desk)
    assert (row.data["label"], row.data["flagged"]) == ("blue cup", False)
    assert due(desk) == ["refill:2026-12-03"]
    await desk.post(f"{HERE}/state", which=which, state="stopped")
    assert due(desk) == []
    assert "(stopped)" in await desk.text(HERE)
    await desk.post(f"{HERE}/state", which=which, state="current")
    assert due(desk) == ["refill:2026-12-03"]
    await desk.post(HERE, **changed)
    assert [each.detail for each in await desk.looks("medicine_changed")][-1].endswith(": current")


async def test_what_they_said_yes_to_holds_for_the_hours_it_had(desk: Desk) -> None:
    await desk.post(HERE, **{**FILLED, "times": "6 am"})
    row = stored(desk)[0]
    agreed = {**row.data, "early": True}
    now = desk.world.clock.now()
    await desk.world.store.write(lambda tx: items.keep(tx, PERSON, "medicine", agreed, now, row.id))
    filled = {**FILLED, "which": str(row.id), "times": "6 am", "label": "cup"}
    await desk.post(HERE, **filled)
    assert "medicine_early:0600" in due(desk)
    await desk.post(HERE, **{**filled, "times": "5 am"})
    assert not any(kind.startswith("medicine") for kind in due(desk))


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("name", " ", "A name is needed"),
        ("kind", "herbal", "Choose its kind"),
        ("label", "x" * 31, "At most 30 letters"),
        ("label", "methadone cup", "tells others"),
        ("label", "group thing", "tells others"),
        ("times", "9 am, whenever", "Hours like"),
        ("times", "1,2,3,4,5,6,7", "Hours like"),
        ("refill_on", "next week", "A date, or nothing"),
        ("flagged", "perhaps", "Choose whether"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_kept(
    desk: Desk, field: str, typed: str, says: str
) -> None:
    answer = await desk.post(HERE, **{**FILLED, field: typed})
    assert answer.status_code == 400
    assert says in words(answer.text)
    assert stored(desk) == []


async def test_a_number_that_is_none_of_theirs_is_nothing(desk: Desk) -> None:
    now = desk.world.clock.now()
    other = await desk.world.store.write(
        lambda tx: items.keep(tx, PERSON, "reason", {"text": "my girl"}, now)
    )
    for which in (str(other), "999"):
        assert (await desk.get(f"{HERE}?which={which}")).status_code == 404
        assert (await desk.post(HERE, **FILLED, which=which)).status_code == 404
        answer = await desk.post(f"{HERE}/state", which=which, state="stopped")
        assert answer.status_code == 404
    assert stored(desk) == []


async def test_what_is_cleared_reaches_the_talks_and_spares_what_they_chose(desk: Desk) -> None:
    await desk.world.store.write(lambda tx: people.change(tx, PERSON, own={"naloxone": "home"}))
    page = await desk.follow(await desk.post(f"{HERE}/body", ticked=["cold", "pregnancy", "x"]))
    assert "yes, at home" in words(page)
    own = Own(desk.world.person(PERSON).own).settings
    assert (own["cleared"], own["conditions"]) == (["cold"], ["pregnancy"])
    assert own["pregnant"] is True
    assert own["naloxone"] == "home"
    assert page.count('name="ticked"') == 12
    assert page.count("checked> Cold water") == page.count("checked> Pregnant") == 1
    assert "checked> Heart" not in page
    again = await desk.post(f"{HERE}/body", ticked=["cold", "pregnancy"])
    assert "said=nothing" in again.headers["location"]
    await desk.post(f"{HERE}/body")
    assert desk.world.person(PERSON).own["pregnant"] is False
    assert len(await desk.looks("body_changed")) == 2


async def test_what_was_left_out_is_on_both_pages(desk: Desk) -> None:
    await desk.post(HERE, **FILLED)
    which, now = stored(desk)[0].id, desk.world.clock.now()

    def work(tx: Connection) -> None:
        for what in ("taken", "asked", "silent", "asked", "skipped"):
            entries.add(tx, PERSON, "dose", {"item": which, "what": what, "why": "out"}, now)

    await desk.world.store.write(work)
    page = words(await desk.text(HERE))
    assert "The last 2 were left out: the nurse today." in page
    assert "left out: ran out" in page
    assert "1 of the last 3 done" in words(await desk.text(f"/people/{PERSON}"))
    assert f'href="{HERE}"' in await desk.text(f"/people/{PERSON}")

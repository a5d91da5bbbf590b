"""What is personal can be read with the keys only, by any of them, and only where it belongs."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from bot.config import House
from storage import people, staff
from storage.encryption import Keyring, KeyringError
from storage.models import alert_event, message, person
from storage.store import Store
from tests.conftest import HandClock
from tests.world import World

SECRET = base64.b64encode(b"k" * 32).decode()
NUMBER = "+12155550173"
NAMES = ("Zebulon", "Quackenbush", "Wilhelmina")
SAID = ("xylophone", "kerfuffle", "murmuration", "brouhaha")


@pytest.mark.parametrize(
    "keys",
    [
        "", ",", "k1", f"k1{SECRET}", f"k 1:{SECRET}", f"k1:{SECRET}x", "k1:c2hvcnQ=",
        f"k1:{SECRET},k2:nonsense", f":{SECRET}", SECRET,
    ],
)  # fmt: skip
def test_wrong_keys_are_refused_and_not_repeated(keys: str) -> None:
    with pytest.raises(KeyringError) as error:
        Keyring.parse(keys)
    assert SECRET not in str(error.value)
    assert "nonsense" not in str(error.value)
    assert "c2hvcnQ" not in str(error.value)


def test_a_keyring_does_not_show_its_keys() -> None:
    ring = Keyring.parse(f"k1:{SECRET}")
    assert SECRET not in repr(ring)
    assert SECRET not in str(ring)


def test_the_same_words_are_never_stored_alike() -> None:
    ring = Keyring.parse(Keyring.make())
    sealed = {ring.seal("hello", "message.text") for _ in range(50)}
    assert len(sealed) == 50
    assert {ring.open(value, "message.text") for value in sealed} == {"hello"}


def test_a_value_opens_in_its_own_column_only_and_unaltered() -> None:
    ring = Keyring.parse(Keyring.make())
    value = ring.seal("hello", "message.text")
    with pytest.raises(KeyringError, match="altered or moved") as error:
        ring.open(value, "person.name")
    assert "hello" not in str(error.value)
    assert value not in str(error.value)
    raw = bytearray(base64.b64decode(value.partition(":")[2]))
    raw[-1] ^= 1
    with pytest.raises(KeyringError):
        ring.open(f"k1:{base64.b64encode(raw).decode()}", "message.text")


def test_rotation_reads_the_old_and_writes_with_the_first() -> None:
    old, new = Keyring.make("old"), Keyring.make("new")
    before, after = Keyring.parse(old), Keyring.parse(f"{new},{old}")
    value = before.seal("hello", "c")
    assert after.open(value, "c") == "hello"
    assert after.seal("hello", "c").startswith("new:")
    assert before.digest("x") in after.digests("x")
    assert after.digest("x").startswith("new:")
    with pytest.raises(KeyringError, match="'old', which is not in COMPANION_KEYS"):
        Keyring.parse(new).open(value, "c")


async def test_people_are_found_after_a_rotation(
    database_url: str, house: House, clock: HandClock
) -> None:
    old, new = Keyring.make("old"), Keyring.make("new")
    store = Store(database_url, Keyring.parse(old))
    world = await World(store, house, clock).staffed()
    person_id = await world.invited()
    code = (await world.do("staff_add", name="Late", role="counselor", sms=None))["code"]
    store.close()
    store = Store(database_url, Keyring.parse(f"{new},{old}"))
    world = World(store, house, clock)
    await world.say("1", provider_id="after")
    assert world.person(person_id).agreed
    assert world.person(person_id).name == "Sam Doe"
    found = await store.read(lambda tx: people.address_of(tx, "telegram", "100"))
    assert found is not None
    assert found.hash.startswith("old:")
    assert await store.read(lambda tx: staff.by_name(tx, "dana  REYES")) is not None
    await world.say(f"/start {code}", address="901", provider_id="late")
    assert "Hello Late" in world.texts("901")[-1]
    stored = await store.read(
        lambda tx: tx.execute(text("SELECT text FROM message")).scalars().all()
    )
    assert {value.partition(":")[0] for value in stored} == {"old", "new"}
    store.close()


async def test_a_value_moved_to_another_column_does_not_open(
    store: Store, house: House, clock: HandClock
) -> None:
    world = await World(store, house, clock).staffed()
    await world.invited()
    move = text("UPDATE person SET name = (SELECT text FROM message LIMIT 1)")
    await store.write(lambda tx: tx.execute(move))
    with pytest.raises(KeyringError):
        await store.read(lambda tx: tx.execute(select(person.c.name)).all())


async def test_a_copied_database_gives_nothing_away(
    tmp_path: Path, request: pytest.FixtureRequest, keyring: Keyring, house: House, clock: HandClock
) -> None:
    # A file is what is copied: SQLite's.
    file = tmp_path / "companion.db"
    shutil.copy(request.getfixturevalue("_template_file"), file)
    store = Store(f"sqlite:///{file}", keyring)
    world = await World(store, house, clock).staffed()
    card = {"phone": NUMBER, "emergency_contact": f"{NAMES[2]} +12155550174", "never": SAID[0]}
    sms: dict[str, Any] = {"channel": "sms", "address": NUMBER}
    person_id = await world.joined(name=f"{NAMES[0]} {NAMES[1]}", card=card, **sms)
    await world.later(hours=9)
    await world.say("4 9 2 1", **sms)
    await world.say(f"i want to die, {SAID[1]}", **sms)
    await world.say(f"CLOSE 1 {SAID[2]}", address="900")
    await world.say(f"a note with {SAID[3]}", address="900")
    told = await world.read(lambda tx: tx.execute(select(alert_event.c.detail)).scalars().all())
    assert any(SAID[2] in (detail or "") for detail in told)
    said = await world.read(lambda tx: tx.execute(select(message.c.text)).scalars().all())
    assert sum(word in line for line in said for word in SAID) >= 2
    assert world.person(person_id).card["never"] == SAID[0]
    private = [*NAMES, *SAID, NUMBER, NUMBER[1:], "2155550174", "Dana", "Reyes", "killing yourself"]
    wal = file.with_name(file.name + "-wal")
    assert wal.exists()
    raw = file.read_bytes() + wal.read_bytes()
    assert b"telegram" in raw
    assert [word for word in private if word.lower().encode() in raw.lower()] == []
    store.close()
    raw = file.read_bytes()
    assert [word for word in private if word.lower().encode() in raw.lower()] == []


async def test_no_column_is_left_in_the_clear(store: Store, house: House, clock: HandClock) -> None:
    world = await World(store, house, clock).staffed()
    await world.invited(name="Zebulon Pike", card={"never": "xylophone"})
    await store.write(lambda tx: tx.execute(update(person).values(place={"flow": "kerfuffle"})))
    query = text("SELECT * FROM person JOIN address ON address.person_id = person.id")
    row = await store.read(lambda tx: str(tx.execute(query).all()))
    for word in ("Zebulon", "Pike", "xylophone", "kerfuffle", "'100'"):
        assert word not in row

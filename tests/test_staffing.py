"""`companion staff` and `invite` as they are typed: what they say, ask, store and never hide."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, select
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.config import House, Settings
from bot.database import open_store
from storage import people, settings, staff
from storage.encryption import Keyring
from storage.models import outbox, person
from storage.store import Store
from tests.conftest import HandClock
from tests.running import CLINIC
from tests.world import COUNSELOR, SUPERVISOR, World

DANA, LEE, KIM = "Dana Reyes", "Lee Okafor", "Kim Poe"
KEY = Keyring.make()
INVITE = (
    "invite", "Sam Doe", "--counselor", DANA, "--born", "1990-01-31", "--consented", "2026-11-20",
    "--yes",
)  # fmt: skip
Companion = Callable[..., Result]


@pytest.fixture
def companion(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Companion:
    """Types a command in a clinic's folder; Telegram is set up, and away."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    (tmp_path / "clinic.toml").write_text(CLINIC)
    (tmp_path / ".env").write_text(
        f"DATABASE_URL={database_url}\nCOMPANION_KEYS={KEY}\nPUBLIC_URL=https://harbor.test\n"
        "TELEGRAM_BOT_TOKEN=7100200300:AAF-loopback-stand-in-0123456789abcde\n"
        "TELEGRAM_API_URL=http://127.0.0.1:1\n"
    )

    def run(*words: str, typed: str = "", code: int = 0) -> Result:
        done = CliRunner().invoke(app, list(words), input=typed)
        assert done.exit_code == code, done.output
        return done

    return run


@pytest.fixture
def staffed(companion: Companion) -> Companion:
    companion("staff", "add", LEE, "--role", "supervisor", "--sms", "+12155550199")
    companion("staff", "add", DANA, "--sms", "+12155550177")
    for number in ("+12155550123", "+12155550124"):
        companion(*INVITE, "--sms", number)
    return companion


def look(companion: Companion, work: Callable[[Connection], object]) -> object:
    del companion
    from bot.config import read_settings

    store = open_store(read_settings())
    try:
        return store.write_now(work)
    finally:
        store.close()


def names(companion: Companion) -> list[str]:
    return [line.split("  ")[0] for line in companion("staff", "list").stdout.splitlines()]


def test_an_empty_staff_is_a_sentence(companion: Companion) -> None:
    said = companion("staff", "list").stdout
    assert said.startswith("Nobody is on the staff yet.")
    assert "companion staff add" in said


def test_with_telegram_away_it_is_said_what_is_stored_and_how_the_link_comes_again(
    companion: Companion,
) -> None:
    done = companion("staff", "add", DANA, "--telegram")
    assert f"{DANA} is on the staff, as counselor, but Telegram does not tell" in done.stdout
    assert f'companion staff reset "{DANA}"' in done.stdout
    assert re.fullmatch(r"https://t\.me/YOUR_BOT\?start=\w{10}", done.stdout.splitlines()[-1])
    assert names(companion) == [DANA]
    done = companion(*INVITE, "--telegram")
    assert "Sam Doe is invited, but Telegram does not tell" in done.stdout
    assert "https://harbor.test/people/1" in done.stdout
    assert "?start=" in done.stdout.splitlines()[-1]
    # Those who are stored already: nobody is invited twice by trying again.
    companion("staff", "add", DANA, "--telegram", code=1)


def test_a_reset_gives_the_link_to_telegram_again_and_none_to_who_is_texted(
    companion: Companion,
) -> None:
    first = companion("staff", "add", DANA, "--telegram").stdout.splitlines()
    again = companion("staff", "reset", DANA).stdout.splitlines()
    assert "?start=" in again[-1]
    assert again[-1] != first[-1]
    assert next(line for line in again if "/setup/" in line) not in first
    companion("staff", "add", LEE, "--role", "supervisor", "--sms", "+12155550199")
    said = companion("staff", "reset", LEE).stdout
    assert "/setup/" in said.splitlines()[-1]
    assert "start=" not in said


def test_leaving_says_first_what_goes_to_whom_and_asks(staffed: Companion) -> None:
    done = staffed("staff", "leave", DANA, typed="n\n", code=1)
    assert f"People who go to {LEE}, supervisor, who has the fewest; `--to NAME` " in done.stdout
    assert "chooses another: 2." in done.stdout
    assert "Open alerts of theirs that others are asked about: 0." in done.stdout
    assert names(staffed) == [LEE, DANA]
    done = staffed("staff", "leave", DANA, typed="y\n")
    assert f"People handed over to {LEE}: 2." in done.stdout
    assert names(staffed) == [LEE]


def test_leaving_without_being_asked_and_to_somebody_by_name(staffed: Companion) -> None:
    staffed("staff", "add", KIM, "--sms", "+12155550166")
    done = staffed("staff", "leave", DANA, "--to", "kim poe", "--yes")
    assert "Do it?" not in done.stdout
    assert f"People who go to {KIM}, counselor: 2." in done.stdout
    counselors = look(
        staffed,
        lambda tx: [
            staff.get(tx, number).name for number in tx.scalars(select(person.c.counselor_id))
        ],
    )
    assert counselors == [KIM, KIM]
    # Without an answer nothing happens, and what can't be done is said before anything is asked.
    assert "Do it?" in staffed("staff", "leave", KIM, code=1).stdout
    assert names(staffed) == [LEE, KIM]
    done = staffed("staff", "leave", "Nobody Here", code=1)
    assert "Do it?" not in done.stdout
    assert "companion staff list" in done.stderr
    assert "last supervisor" in staffed("staff", "leave", LEE, code=1).stderr


def test_what_was_changed_in_the_console_holds_for_commands(staffed: Companion) -> None:
    def change(tx: Connection) -> None:
        settings.put(tx, "phone", "215-555-7734", 1, datetime(2026, 11, 23, tzinfo=UTC))

    look(staffed, change)
    staffed(*INVITE, "--sms", "+12155550125")

    def texts(tx: Connection) -> list[str]:
        which = outbox.c.address_hash == people.address_hash(tx, "sms", "+12155550125")
        return list(tx.scalars(select(outbox.c.text).where(which).order_by(outbox.c.id)))

    said = look(staffed, texts)
    assert isinstance(said, list)
    assert any("215-555-7734" in text for text in said)
    assert not any("215-555-0100" in text for text in said)


async def test_a_new_chat_takes_the_place_of_the_one_before(
    store: Store, house: House, clock: HandClock
) -> None:
    world = await World(store, house, clock).staffed()
    worker = await world.worker(COUNSELOR)

    def told(tx: Connection) -> list[tuple[str, str]]:
        return [(row.value, row.state) for row in staff.addresses(tx, worker.id)]

    code = (await world.do("staff_reset", name=COUNSELOR))["code"]
    # Until the link is opened nobody is cut off from alerts.
    assert await world.read(told) == [("900", "open")]
    await world.say(f"/start {code}", address="901")
    assert await world.read(told) == [("901", "open"), ("900", "stopped")]
    assert (await world.do("staff_reset", name=SUPERVISOR))["code"] is None

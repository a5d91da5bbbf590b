"""Settings: the examples load, and what is wrong is said in words, all of it at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.app import App
from bot.clock import Clock
from bot.config import Clinic, ConfigError, Settings, read_clinic, read_settings
from bot.database import newness, open_store
from handlers.person import Rules
from handlers.risk import Level
from storage import staff
from storage.encryption import Keyring
from storage.store import Store
from tests.conftest import clinic

ROOT = Path(__file__).parent.parent
EXAMPLE = (ROOT / "clinic.example.toml").read_text("utf-8")


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Away from any `.env` and from the settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path


def problems(folder: Path, text: str) -> list[str]:
    file = folder / "clinic.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as error:
        read_clinic(file)
    return str(error.value).splitlines()


def test_the_example_of_a_clinic_is_what_the_code_would_do_anyway() -> None:
    read = read_clinic(ROOT / "clinic.example.toml")
    plain = Clinic(
        sender=read.sender, phone=read.phone, after_hours=read.after_hours, shifts=read.shifts
    )
    assert read == plain
    assert read.rules.for_core() == Rules()
    assert read.ladder(Level.EMERGENCY).rungs[0].after == 0
    assert read.shifts[0].days == ("mon", "tue", "wed", "thu", "fri")


def test_the_example_of_the_environment_names_every_setting() -> None:
    example = (ROOT / ".env.example").read_text("utf-8")
    named = {name.lower() for name in re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)}
    assert named | {"clinic_file"} == set(Settings.model_fields) | {"clinic_file"}


def test_the_example_of_the_environment_loads(elsewhere: Path) -> None:
    (elsewhere / ".env").write_text((ROOT / ".env.example").read_text("utf-8"))
    settings = read_settings()
    assert settings.url == "https://companion.example.org"
    assert settings.sms_per_second == 1
    assert settings.telegram_bot_token == ""


def test_without_anything_it_is_found_where_it_listens() -> None:
    assert read_settings(port=8123).url == "http://127.0.0.1:8123"
    assert read_settings(public_url="https://x.example/").url == "https://x.example"


def test_what_happens_after_hours_must_be_declared(elsewhere: Path) -> None:
    text = re.sub(r"\[after_hours\]\nmode = .*\n", "", EXAMPLE)
    assert problems(elsewhere, text) == ["clinic.toml: [after_hours] is missing"]


def test_the_program_does_not_start_without_it(elsewhere: Path) -> None:
    text = re.sub(r"\[after_hours\]\nmode = .*\n", "", EXAMPLE)
    (elsewhere / "clinic.toml").write_text(text)
    with pytest.raises(ConfigError) as error:
        App(read_settings(companion_keys=Keyring.make()), clock=Clock())
    assert "[after_hours] is missing" in str(error.value)


def test_every_mistake_is_said_at_once(elsewhere: Path) -> None:
    text = (
        EXAMPLE.replace('"America/New_York"', '"Amerika/New_York"')
        .replace('mode = "none"', 'mode = "line"')
        .replace("craving_at_least = 7", "craving_at_least = 11")
        .replace("low_moods_in_a_row", "low_mood_in_a_row")
        .replace('from = "08:00"', 'from = "8 am"')
        .replace('phone = "215-555-0100"', "")
        .replace("{ after = 3,", "{ after = 0,")
    )
    said = problems(elsewhere, text)
    assert len(said) == 7
    for words in (
        "clinic.toml: phone is missing",
        "no time zone is named 'Amerika/New_York'; one is America/New_York",
        'mode "line" needs the number in `line`',
        "[rules]: craving_at_least must be 10 or less",
        "[rules]: low_mood_in_a_row is no setting here; is it misspelled?",
        'the 1st [[shifts]]: from must be a time in quotes, as in "08:00"',
        "emergency: the first rung is at 0 minutes, and each later one is later",
    ):
        assert any(words in line for line in said), words
    assert not any("pydantic" in line or "Value error" in line for line in said)


def test_a_clinic_says_where_its_file_is_missing_or_broken(elsewhere: Path) -> None:
    with pytest.raises(ConfigError, match=r"Copy clinic\.example\.toml"):
        read_clinic(elsewhere / "nowhere.toml")
    (said,) = problems(elsewhere, "sender = ")
    assert said.startswith("clinic.toml: ")


def test_staffed_means_that_no_minute_is_left_out() -> None:
    with pytest.raises(ValidationError, match=r"no shift covers mon 00:00"):
        clinic(shifts=[{"who": "counselor", "days": "mon-fri", "from": "08:00", "to": "20:00"}])
    nights = [
        {"who": "counselor", "days": "mon-sun", "from": "08:00", "to": "20:00"},
        {"who": "supervisor", "days": "mon-sun", "from": "20:00", "to": "08:00"},
    ]
    assert clinic(shifts=nights).after_hours.mode == "staffed"


def test_days_may_run_over_the_weekend() -> None:
    shift = {"who": "counselor", "days": "sat-mon", "from": "08:00", "to": "20:00"}
    made = clinic(after_hours={"mode": "none"}, shifts=[shift])
    assert made.shifts[0].days == ("sat", "sun", "mon")


def test_wrong_settings_are_said_without_their_values() -> None:
    with pytest.raises(ConfigError) as error:
        read_settings(port="hunter2", sms_per_second=0)
    said = str(error.value).splitlines()
    assert len(said) == 2
    assert "hunter2" not in str(error.value)
    assert "PORT must be a whole number" in said[0]
    assert "SMS_PER_SECOND must be more than 0" in said[1]


def test_all_that_is_wrong_stops_the_start(elsewhere: Path) -> None:
    (elsewhere / "clinic.toml").write_text(EXAMPLE.replace('mode = "none"', 'mode = "some"'))
    settings = read_settings(twilio_account_sid="AC1")
    with pytest.raises(ConfigError) as error:
        App(settings, clock=Clock())
    for words in ("[after_hours]: mode must be", "COMPANION_KEYS is not set", "SMS needs all of"):
        assert words in str(error.value)


def test_another_key_is_refused_before_anything_is_written(database_url: str) -> None:
    """Rows of two keys in one database, one of them lost, could never be read as a whole."""
    first, other = Keyring.make("k1"), Keyring.make("k1")
    store = open_store(read_settings(database_url=database_url, companion_keys=first))
    at = datetime(2026, 11, 23, tzinfo=UTC)
    store.write_now(lambda tx: staff.add(tx, "Dana Reyes", "counselor", at))
    store.close()
    for wrong in (other, Keyring.make("k9")):
        with pytest.raises(ConfigError, match="COMPANION_KEYS does not open"):
            open_store(read_settings(database_url=database_url, companion_keys=wrong))
    open_store(read_settings(database_url=database_url, companion_keys=first)).close()


@pytest.mark.parametrize("url", ["mysql://x", "what is this", "postgresql://h:port/x"])
def test_an_address_of_no_database_is_said_in_words(url: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL is sqlite"):
        open_store(read_settings(database_url=url, companion_keys=Keyring.make()))


def test_a_file_that_is_no_text_is_said_in_words(tmp_path: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_bytes("sender = 'Ä'".encode("utf-16"))
    with pytest.raises(ConfigError, match="UTF-8"):
        read_clinic(path)


def test_a_folder_that_is_not_there_is_no_new_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nope/x.db"
    with pytest.raises(ConfigError, match=r"the folder .*/nope is not there"):
        open_store(read_settings(database_url=url, companion_keys=Keyring.make()))
    assert list(tmp_path.iterdir()) == []


def test_a_database_in_which_nobody_has_ever_been_is_told(store: Store) -> None:
    said = newness(store)
    assert said is not None
    assert said.startswith("this database is new and empty: ")
    at = datetime(2026, 11, 23, tzinfo=UTC)
    store.write_now(lambda tx: staff.add(tx, "Dana Reyes", "counselor", at))
    assert newness(store) is None


def test_a_file_of_settings_that_is_no_file_is_said_in_words(elsewhere: Path) -> None:
    (elsewhere / ".env").write_bytes("PORT=8080".encode("utf-16"))
    with pytest.raises(ConfigError, match="UTF-8"):
        read_settings()

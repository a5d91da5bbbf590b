"""`companion check` says everything at once, in words that help, whatever is missing."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.check import duty, example, phone, providers
from bot.check.report import Report
from bot.check.survey import survey
from bot.config import Clinic, House, Settings
from bot.demo.telegram_api import TelegramApi
from bot.demo.twilio_api import TwilioApi
from storage import schema
from storage.encryption import Keyring
from storage.store import Store
from tests.conftest import START, HandClock, clinic
from tests.world import World

ROOT = Path(__file__).parent.parent
KEY = Keyring.make()
SIGNED = """
state = "PA"
[signed]
words = { by = "Dr. Rosa Vance", on = 2026-11-20 }
rules = { by = "Dr. Rosa Vance", on = 2026-11-20 }
limits = { by = "Dr. Rosa Vance", on = 2026-11-20 }
[after_hours]"""
OWN = {
    "[after_hours]": SIGNED.strip(),
    'sender = "Harbor Check"': 'sender = "Blue Door"',
    'phone = "215-555-0100"': 'phone = "215-555-7734"',
}
"""What a clinic writes into the example."""
Write = Callable[..., None]


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes `.env` and clinic.toml, both good but for what is changed."""

    def write(clinic: dict[str, str] | None = None, **env: str) -> None:
        given = {
            "COMPANION_KEYS": KEY, "PUBLIC_URL": "https://harbor.test", "PORT": "1",
            "DATABASE_URL": f"sqlite:///{tmp_path}/companion.db", **env,
        }  # fmt: skip
        (tmp_path / ".env").write_text("".join(f"{k}={v}\n" for k, v in given.items()))
        (tmp_path / ".env").chmod(0o600)
        example = (ROOT / "clinic.example.toml").read_text("utf-8")
        toml = "\n".join(line for line in example.splitlines() if not line.startswith("#"))
        for old, new in {**OWN, **(clinic or {})}.items():
            assert old in toml, old
            toml = toml.replace(old, new, 1)
        (tmp_path / "clinic.toml").write_text(toml)

    return write


async def looked() -> str:
    report = await survey(datetime.now(UTC))
    # Lines are broken where they are long.
    return re.sub(r"\n {6}(?=\S)", " ", report.text())


def _run(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words],
        cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_new_copy_is_greeted_and_told_what_comes_first(tmp_path: Path) -> None:
    code, said = _run(tmp_path, "check")
    assert code == 1
    assert said.startswith("Welcome.")
    steps = ["cp .env.example .env", "companion keys new", "clinic.toml", "companion check"]
    assert [said.index(step) for step in steps] == sorted(said.index(step) for step in steps)
    assert list(tmp_path.iterdir()) == []


def test_half_filled_in_everything_is_said_at_once(tmp_path: Path, write: Write) -> None:
    write(
        {'sender = "Harbor Check"': 'sender = "Harbor Recovery"', "silent_days": "silent_dais"},
        COMPANION_KEYS="k1:tooshort", PUBLIC_URL="http://harbor-recovery.test",
        SMS_PER_SECOND="none", TWILIO_FROM="+12155550100", METRICS_TOKEN="1234",
        TELEGRAM_WEBHOOK_SECRET="not good",
    )  # fmt: skip
    (tmp_path / ".env").chmod(0o644)
    code, said = _run(tmp_path, "check")
    said = re.sub(r"\n {6}(?=\S)", " ", said)
    assert code == 1
    for words in (
        "SMS_PER_SECOND must be a number.",
        "Others on this machine can read .env",
        "PUBLIC_URL does not begin with https://",
        "SMS is half set up: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are empty",
        "TELEGRAM_WEBHOOK_SECRET has a letter",
        "METRICS_TOKEN is short enough to be guessed",
        "COMPANION_KEYS: key k1 is not id:base64 of 32 bytes",
        "[rules]: silent_dais is no setting here; is it misspelled? Do:",
        "The sender 'Harbor Recovery' says 'recovery'",
        "The address harbor-recovery.test says 'recovery'",
        " 10) ",
    ):
        assert words in said, words
    assert "tooshort" not in said
    assert "Traceback" not in said


async def test_what_was_not_signed_is_a_problem_and_what_was_is_said(write: Write) -> None:
    write({"limits = { by": "# limits = { by"})
    said = await looked()
    assert "Signed for words: Dr. Rosa Vance, 20 Nov 2026." in said
    assert "Nobody has signed for the limits" in said
    assert "Nobody has signed for the texts" not in said
    assert "There is no database yet" in said


AS_IT_IS = {line: line for line in OWN}
"""Copied from the example and left."""


async def test_what_was_copied_from_the_example_is_a_problem(write: Write) -> None:
    signed = SIGNED.strip().replace("Dr. Rosa Vance", "Dr  Ann Lee")
    line = 'mode = "line"\nline = "215-555-0111"'
    write({**AS_IT_IS, "[after_hours]": signed, 'mode = "none"': line})
    said = await looked()
    for words in (
        "The sender 'Harbor Check' is the example's.",
        "phone = '215-555-0100' is the example's",
        "after_hours.line = '215-555-0111' is the example's",
        "The signature for words is the example's",
        "The signature for rules is the example's",
        "The signature for limits is the example's",
    ):
        assert words in said, words
    write()
    assert "the example's" not in await looked()


def test_what_the_example_holds_is_known_as_such() -> None:
    text = (ROOT / "clinic.example.toml").read_text("utf-8")
    given = tomllib.loads(text)
    assert example.is_sender(given["sender"])
    assert example.is_number(given["phone"])
    signers = re.findall(r'by = "([^"]+)"', text)
    assert signers
    assert all(example.is_signer(name) for name in signers)
    numbers = re.findall(r"\d{3}-555-\d{4}", text)
    assert all(example.is_number(number) for number in numbers)


TOKEN = "7100200300:AAF-loopback-stand-in-0123456789abcde"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TELEGRAM_BOT_TOKEN", "hunter2", "digits, a colon and 35 letters"),
        ("TELEGRAM_BOT_TOKEN", TOKEN.partition(":")[2], "digits, a colon and 35 letters"),
        ("TWILIO_ACCOUNT_SID", "hunter2", "AC and 32 digits or letters a to f; this has 7"),
        ("TWILIO_ACCOUNT_SID", "SK" + "0" * 32, "an API key's"),
        ("TWILIO_AUTH_TOKEN", "hunter2", "32 digits or letters a to f"),
        ("TWILIO_AUTH_TOKEN", "0" * 31, "this has 31 characters"),
        ("TWILIO_FROM", "2155557734", "begins with + and its country"),
        ("TWILIO_FROM", "+1 (215) 555-7734", "begins with + and its country"),
        ("TWILIO_FROM", "MGhunter2", "a messaging service is MG and 32"),
        ("TWILIO_FROM", "hunter2", "a number as Twilio shows it"),
    ],
)
async def test_what_can_not_be_a_token_is_said_and_not_shown(
    write: Write, name: str, value: str, words: str
) -> None:
    good = {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "0" * 32,
        "TWILIO_FROM": "+12155557734", "TWILIO_API_URL": "http://127.0.0.1:1",
        "TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_API_URL": "http://127.0.0.1:1",
    }  # fmt: skip
    write(**good)
    assert "can't be right" not in await looked()
    write(**{**good, name: value})
    said = await looked()
    assert f"{name} can't be right: " in said
    assert words in said
    assert value not in said
    assert f"{name.partition('_')[0].capitalize()} was not asked" in said


async def test_settings_that_are_no_text_do_not_stop_the_others(
    write: Write, tmp_path: Path
) -> None:
    write()
    (tmp_path / ".env").write_bytes("PORT=1".encode("utf-16"))
    said = await looked()
    assert ".env is no plain text" in said
    assert "COMPANION_KEYS is not set" in said


async def test_keys_that_do_not_open_what_is_stored(
    write: Write, database_url: str, house: House, clock: HandClock
) -> None:
    store = Store(database_url, Keyring.parse(KEY))
    await World(store, house, clock).staffed()
    write(DATABASE_URL=database_url)
    said = await looked()
    assert "The keys open it" in said
    # The server is there and has the lock: we only read.
    store.write_now(lambda tx: tx.execute(text("UPDATE staff SET role = role")))
    for other in (Keyring.make(), Keyring.make("k2")):
        write(DATABASE_URL=database_url, COMPANION_KEYS=other)
        assert "does not open what is stored (written with: k1)" in await looked()
    store.close()


async def test_a_database_of_another_release_or_none_at_all(write: Write, tmp_path: Path) -> None:
    write(DATABASE_URL="postgresql://nobody:hunter2@127.0.0.1:1/nothing")
    said = await looked()
    assert "PostgreSQL at 127.0.0.1:1 can't be reached" in said
    assert "hunter2" not in said
    write(DATABASE_URL=f"sqlite:///{tmp_path}/nope/x.db")
    said = await looked()
    assert "nope, is not there" in said
    assert "it is made when" not in said
    write(DATABASE_URL="what is this")
    assert "DATABASE_URL is sqlite:" in await looked()
    write()
    store = Store(f"sqlite:///{tmp_path}/companion.db", Keyring.parse(KEY))
    schema.upgrade(store, schema.known()[-1])
    store.close()
    assert "The database is of an older release" in await looked()
    (tmp_path / "companion.db").write_bytes(b"no database at all, but long enough" * 100)
    assert "can't be read as a database" in await looked()


@pytest.fixture
async def telegram() -> AsyncIterator[TelegramApi]:
    api = TelegramApi(limits=None)
    await api.start()
    yield api
    await api.close()


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioApi]:
    api = TwilioApi()
    await api.start()
    yield api
    await api.close()


async def _said_of(look: Callable[..., object], **settings: str) -> str:
    report = Report()
    await look(report, Settings(public_url="https://harbor.test", **settings))  # type: ignore[misc, arg-type]
    return re.sub(r"\n {6}(?=\S)", " ", report.text())


async def test_a_wrong_token_is_told_from_a_provider_out_of_reach(
    telegram: TelegramApi, twilio: TwilioApi
) -> None:
    good = {"telegram_bot_token": telegram.token, "telegram_api_url": telegram.origin}
    said = await _said_of(providers.telegram, **good)
    assert f"the bot is @{telegram.username}" in said
    wrong = {**good, "telegram_bot_token": "7100200300:" + "A" * 35}
    assert "TELEGRAM_BOT_TOKEN is wrong" in await _said_of(providers.telegram, **wrong)
    away = {**good, "telegram_api_url": "http://127.0.0.1:1"}
    assert "Telegram can't be reached" in await _said_of(providers.telegram, **away)
    number = {
        "twilio_account_sid": twilio.account_sid, "twilio_auth_token": twilio.auth_token,
        "twilio_from": twilio.numbers[0], "twilio_api_url": twilio.origin,
    }  # fmt: skip
    wrong = {**number, "twilio_auth_token": "0" * 32}
    assert "TWILIO_AUTH_TOKEN is wrong" in await _said_of(providers.twilio, **wrong)
    away = {**number, "twilio_api_url": "http://127.0.0.1:1"}
    assert "Twilio can't be reached" in await _said_of(providers.twilio, **away)
    other = {**number, "twilio_from": "+12025550100"}
    assert "not a number of this account" in await _said_of(providers.twilio, **other)
    for url, words in (
        (None, "but to nobody"),
        ("https://elsewhere.test/sms", "but to https://elsewhere.test/sms"),
        ("https://harbor.test/sms", "tries only once"),
        ("https://harbor.test/sms#rc=5&rp=all", "ok What comes in is posted to"),
    ):
        twilio.sms_url = url
        assert words in re.sub(r" +", " ", await _said_of(providers.twilio, **number))


async def test_a_webhook_that_fails_is_said(telegram: TelegramApi) -> None:
    from bot.channels.telegram import Telegram, WebhookSettings

    channel = Telegram(
        telegram.token, telegram.origin, webhook=WebhookSettings("http://127.0.0.1:1/telegram", "s")
    )
    await channel.start()
    sam = telegram.new_user("Sam")
    await telegram.say(sam, "hello")
    token = {"telegram_bot_token": telegram.token, "telegram_api_url": telegram.origin}
    said = ""
    for _ in range(100):
        said = await _said_of(providers.telegram, **token, telegram_webhook_secret="s")
        if "could not post to us" in said:
            break
    assert "could not post to us" in said
    assert "Telegram posts to another address" in said
    await channel.close()


async def test_what_stands_at_the_public_address(twilio: TwilioApi) -> None:
    port = twilio.origin.rpartition(":")[2]
    said = await _said_of(providers.reach, port="1")
    assert "Nothing answers here at 127.0.0.1:1" in said
    # Something that is no companion answers where we should listen.
    assert "Nothing answers here" in await _said_of(providers.reach, port=port)


async def _duty(store: Store, made: Clinic, now: datetime = START) -> str:
    report = Report()
    store.read_now(lambda tx: duty.rota(report, tx, made, now))
    return re.sub(r"\n {6}(?=\S)", " ", report.text())


async def test_who_is_on_duty_and_where_nobody_is(
    store: Store, house: House, clock: HandClock
) -> None:
    world = World(store, house, clock)
    assert "nobody on the staff yet" in await _duty(store, clinic())
    await world.staffed()
    await world.joined()
    said = await _duty(store, clinic())
    assert "At every hour somebody hears of danger." in said
    assert re.search(r"Tue 24 Nov +8 am - 8 pm +Dana Reyes, counselor", said)
    assert re.search(r"all day +Lee Okafor, supervisor", said)
    nights = {"who": "supervisor", "days": "mon-fri", "from": "08:00", "to": "20:00"}
    days = {"who": "counselor", "days": "mon-fri", "from": "08:00", "to": "20:00"}
    named = {"who": "Ghost Person", "days": "mon-sun", "from": "00:00", "to": "00:00"}
    made = clinic(shifts=[nights, days, named], after_hours={"mode": "staffed"})
    said = await _duty(store, made)
    assert "A shift names 'Ghost Person', who is not on the staff" in said
    assert "though after hours is declared staffed" in said
    assert "Fri 27 Nov 8 pm - Mon 30 Nov 8 am" in said
    said = await _duty(store, clinic(shifts=[nights, days], after_hours={"mode": "none"}))
    assert "people are told so" in said
    never = clinic(shifts=[nights], after_hours={"mode": "none"})
    assert "Dana Reyes has 1 patients and is never on duty this week" in await _duty(store, never)


async def test_who_can_not_be_told_is_named(store: Store, house: House, clock: HandClock) -> None:
    world = await World(store, house, clock).staffed()
    await world.do("staff_add", name="New Person", role="supervisor", sms=None, pin="1234")
    said = await _duty(store, clinic())
    assert "New Person is on duty but has no address to be told at" in said
    assert "Lee Okafor is on duty but" not in said
    assert "New Person, supervisor   (can't be told)" in said


async def test_every_text_about_danger_goes_to_a_test_phone(
    write: Write, twilio: TwilioApi
) -> None:
    write(
        TWILIO_ACCOUNT_SID=twilio.account_sid, TWILIO_AUTH_TOKEN=twilio.auth_token,
        TWILIO_FROM=twilio.numbers[0], TWILIO_API_URL=twilio.origin, SMS_PER_SECOND="500",
        PUBLIC_URL="http://127.0.0.1:1",
    )  # fmt: skip
    twilio.per_second = None
    twilio.fail_next("21610")
    twilio.fail_next("30007")
    said: list[str] = []
    assert await phone.send_all("+1 215 555 0177", ask=False, say=said.append) == 1
    wanted = list(phone.texts(clinic()))
    arrived = [one.body for one in twilio.texts("+12155550177")]
    assert len(wanted) > 40
    assert {"en crisis.overdose_self_bare", "es crisis.overdose_self plain"} <= {
        each.name for each in wanted
    }
    assert set(arrived) == {each.body for each in wanted[2:]}
    assert "code 21610" in said[1]
    assert any("code 30007" in line for line in said)
    assert sum("delivered  " in line for line in said) == len(wanted) - 2
    assert said[-1].startswith("2 did not get through")
    assert not [each for each in wanted if "{" in each.body]


def test_a_signature_needs_a_name_and_a_day_that_has_come(write: Write, tmp_path: Path) -> None:
    from bot.config import ConfigError, read_clinic

    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    for changed, words in (
        ({"on = 2026-11-20 }": f"on = {tomorrow} }}"}, "signed.words: the date is in the future"),
        ({'words = { by = "Dr. Rosa Vance"': 'words = { by = " "'}, "a name is needed"),
        ({'state = "PA"': 'state = "Pennsylvania"'}, "two letters of a US state"),
    ):  # fmt: skip
        write(changed)
        with pytest.raises(ConfigError, match=words):
            read_clinic(tmp_path / "clinic.toml")

"""No log line, repr or error carries a name, a number, a word or a token."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot import log
from bot.channels import Button, Inbound, Outgoing, SendError, SendProblem
from bot.config import House, Settings
from bot.invitations import Invitation
from bot.post import Recipient
from content.wording import Wording
from handlers.answers import Said
from handlers.flow import Find, Record
from handlers.matching import Hit
from handlers.person import Person
from handlers.risk import Level, Risk
from storage.store import Store, StoreDownError
from tests.conftest import HandClock
from tests.world import World

PRIVATE = ("Zebulon", "murmuration", "+12155550173", "123456:AAtoken", "hunter2")
EVERYTHING = " ".join(PRIVATE)
TOKEN = PRIVATE[3]


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged, as it leaves; the logging of the tests themselves is put back."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in ("httpx", "telegram", "aiohttp")}
    log.configure(logging.DEBUG)
    written = io.StringIO()
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers[:], root.level = before
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def clear_of(written: str) -> None:
    assert written
    for word in PRIVATE:
        assert word not in written


def test_of_our_own_records_the_named_fields_only(lines: io.StringIO) -> None:
    extra = {"person": 7, "kind": "reply", "address": PRIVATE[2], "text": EVERYTHING, "name_": "x"}
    logging.getLogger("companion.turn").warning("send_failed", extra=extra)
    line = json.loads(lines.getvalue())
    assert set(line) == {"at", "level", "logger", "action", "person", "kind"}
    assert (line["action"], line["person"], line["level"]) == ("send_failed", 7, "warning")
    clear_of(lines.getvalue())


def test_an_exception_is_its_type_and_place(lines: io.StringIO) -> None:
    def fails() -> None:
        raise ValueError(EVERYTHING) from KeyError(EVERYTHING)

    try:
        fails()
    except ValueError:
        logging.getLogger("companion.turn").exception("turn_failed")
    line = json.loads(lines.getvalue())
    assert line["error"] == "ValueError"
    assert line["where"][-1].startswith("test_log.py:")
    clear_of(lines.getvalue())


@pytest.mark.parametrize(
    "name", ["httpx", "telegram.request", "aiohttp.access", "sqlalchemy.x", "x"]
)
def test_of_foreign_records_no_message(lines: io.StringIO, name: str) -> None:
    logger = logging.getLogger(name)
    logger.error("POST https://api.telegram.org/bot%s/sendMessage %s", TOKEN, EVERYTHING)
    logger.error(EVERYTHING, extra={"person": EVERYTHING, "kind": EVERYTHING})
    written = lines.getvalue()
    assert [set(json.loads(line)) for line in written.splitlines()] == [
        {"at", "level", "logger"}
    ] * 2
    clear_of(written)


def test_libraries_are_quiet_below_a_warning(lines: io.StringIO) -> None:
    for name in ("httpx", "httpcore", "telegram", "twilio", "aiohttp.client", "uvicorn.access"):
        logging.getLogger(name).info(EVERYTHING)
    assert lines.getvalue() == ""


async def test_an_error_of_the_database_keeps_its_parameters(
    store: Store, lines: io.StringIO
) -> None:
    query = text("SELECT nothing FROM nowhere WHERE name = :name")
    with pytest.raises((SQLAlchemyError, StoreDownError)) as failed:
        await store.write(lambda tx: tx.execute(query, {"name": EVERYTHING}))
    for name in ("companion.turn", "asyncio"):
        logging.getLogger(name).error("it_failed", exc_info=failed.value)
    assert len(lines.getvalue().splitlines()) >= 2
    clear_of(lines.getvalue())


async def test_a_whole_talk_with_a_bug_in_it(
    store: Store, house: House, clock: HandClock, lines: io.StringIO, monkeypatch: Any
) -> None:
    world = await World(store, house, clock).staffed()
    to: dict[str, Any] = {"channel": "sms", "address": PRIVATE[2]}
    await world.joined(name=f"{PRIVATE[0]} X", **to)

    def bug(*given: Any, **_: Any) -> None:
        raise ValueError(repr(given) + EVERYTHING)

    monkeypatch.setattr("bot.visit.decide", bug)
    monkeypatch.setattr("bot.danger.in_danger", bug)
    await world.say(f"hello {PRIVATE[1]}", **to)
    await world.say(f"i want to die {PRIVATE[1]}", **to)
    actions = [json.loads(line).get("action") for line in lines.getvalue().splitlines()]
    assert {"flow_failed", "crisis_failed"} <= set(actions)
    clear_of(lines.getvalue())


NOW = datetime(2026, 11, 23, tzinfo=UTC)
VALUES = [
    Inbound("sms", PRIVATE[2], "id", NOW, EVERYTHING, choice=PRIVATE[1]),
    Outgoing(1, PRIVATE[2], EVERYTHING, (Button("a", "Yes"),)),
    Person(1, PRIVATE[0]),
    Risk(Level.URGENT, ("panic",), (EVERYTHING,)),
    Said(EVERYTHING, PRIVATE[1], {"a": EVERYTHING}),
    Record("word", {"word": EVERYTHING}),
    Find("zone", EVERYTHING, lambda turn, _: turn.end()),
    Wording(EVERYTHING, (), EVERYTHING),
    Recipient("sms", PRIVATE[2], "h", "en", "UTC", plain=True),
    Settings(
        _env_file=None,  # type: ignore[call-arg]
        companion_keys=PRIVATE[4],
        telegram_bot_token=TOKEN,
        telegram_webhook_secret=PRIVATE[4],
        twilio_auth_token=PRIVATE[4],
    ),
    Invitation(
        PRIVATE[0], "Dana", date(1990, 1, 31), date(2026, 1, 1), PRIVATE[2], card={"x": EVERYTHING}
    ),
    SendError(SendProblem.UNKNOWN, "timeout"),
    Hit(None, EVERYTHING),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_repr_shows_nothing_private(value: object) -> None:
    for shown in (repr(value), str(value)):
        clear_of(shown)
    assert "1990" not in repr(value)

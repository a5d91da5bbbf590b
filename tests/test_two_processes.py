"""Two processes on one PostgreSQL: what is due or delivered twice happens once."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Connection, create_engine, text

from bot.demo import twilio_hooks
from bot.demo.telegram_api import TelegramApi
from storage import outbox as outbox_rows
from storage import reminders
from tests.crowd import SENDER, SENT, Crowd, join, noon
from tests.running import CLINIC, Running, until
from tests.warm import Warm, WarmRunning, warm_interpreter

pytestmark = [
    pytest.mark.crash,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]

PATIENCE = 120
SECRET = "a-secret-of-the-webhook"
BY_TEXT = tuple(f"+1215555{2000 + n}" for n in range(10))


@pytest.fixture(scope="module")
def warm() -> Iterator[Warm]:
    with warm_interpreter() as made:
        yield made


@asynccontextmanager
async def pair(
    warm: Warm, folder: Path, database_url: str
) -> AsyncIterator[tuple[Running, Running, Crowd]]:
    """Both behind one public address; twenty people on Telegram and ten by text."""
    one = WarmRunning(folder, database_url, warm)
    one.environment["TELEGRAM_WEBHOOK_SECRET"] = SECRET
    crowd = Crowd(one, "telegram")
    await crowd.move_in(20, zone=noon(), checkin_at="12:00")
    now = datetime.now(UTC)
    for number in BY_TEXT:
        crowd.write(
            lambda tx, n=number: join(  # type: ignore[misc]
                tx, crowd.counselor, "sms", n, now, zone=noon(), checkin_at="12:00"
            )
        )
    beside = folder / "beside"
    beside.mkdir()
    (beside / "clinic.toml").write_text(CLINIC)
    two = WarmRunning(beside, database_url, warm)
    two.telegram, two.twilio = one.telegram, one.twilio
    async with one:
        two.environment = one.environment | {"PORT": str(two.port)}
        await two.start()
        try:
            yield one, two, crowd
        finally:
            await two.stop()
            crowd.close()


async def test_each_reminder_is_sent_once(warm: Warm, tmp_path: Path, database_url: str) -> None:
    async with pair(warm, tmp_path, database_url) as (_, _, crowd):
        await asyncio.to_thread(_all_due_while_both_look, crowd)
        await until(lambda: len(_reminded(crowd)) == 30, PATIENCE)
        await until(lambda: crowd.read(outbox_rows.waiting) == 0, PATIENCE)
        rows = crowd.outbox()
        assert len(rows) == 30
        assert {row.state for row in rows} <= set(SENT)
        assert {row.attempts for row in rows} == {1}
        assert crowd.arrived() == Counter((row.address, row.text.strip()) for row in rows)
        assert len(crowd.arrived()) == 30


def _reminded(crowd: Crowd) -> list[Any]:
    return [row for row in crowd.outbox() if row.kind == "checkin"]


def _all_due_while_both_look(crowd: Crowd) -> None:
    """Hold the table until both processes wait for it, so that they begin together."""
    url = crowd.house.environment["DATABASE_URL"].replace("postgresql:", "postgresql+psycopg:", 1)
    engine = create_engine(url)
    ids = crowd.read(lambda tx: list(tx.execute(text("SELECT id FROM person")).scalars()))
    waiting = (
        "SELECT count(DISTINCT pid) >= 2 FROM pg_locks "
        "WHERE relation = 'reminder'::regclass AND NOT granted"
    )
    # Whoever lost has to be through as well, or it could still double what is counted.
    done = (
        "SELECT count(*) = 0 FROM pg_stat_activity WHERE state <> 'idle' "
        "AND datname = current_database() AND pid <> pg_backend_pid()"
    )
    with engine.connect() as held, engine.connect() as watch:
        held.execute(text("LOCK TABLE reminder IN ACCESS EXCLUSIVE MODE"))
        now = datetime.now(UTC)
        for number in ids:
            reminders.put(held, number, "checkin", now)
        _await(watch, waiting)
        held.commit()
        _await(watch, done)
    engine.dispose()


def _await(watch: Connection, query: str) -> None:
    until = time.monotonic() + PATIENCE
    while not watch.execute(text(query)).scalar_one():
        assert time.monotonic() < until, query
        watch.rollback()
    watch.rollback()


async def test_a_webhook_to_both_at_once_acts_once(
    warm: Warm, tmp_path: Path, database_url: str
) -> None:
    async with (
        pair(warm, tmp_path, database_url) as (one, two, crowd),
        aiohttp.ClientSession() as session,
    ):
        posts = []
        for member, update in zip(crowd.members, await _updates(crowd), strict=True):
            member.said.append("checkin")
            headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
            posts += [
                session.post(f"{house.url}/telegram", data=json.dumps(update), headers=headers)
                for house in (one, two)
            ]
        for number in BY_TEXT:
            posts += [_text(session, one, house, number) for house in (one, two)]
        answers = await asyncio.gather(*posts)
        assert {answer.status for answer in answers} == {200}
        assert len(crowd.stored()) == 30
        await until(lambda: crowd.read(outbox_rows.waiting) == 0, PATIENCE)
        assert len(crowd.outbox()) == 30
        assert crowd.doubles() == Counter()
        crowd.assert_in_place()


async def _updates(crowd: Crowd) -> list[dict[str, Any]]:
    """What the service would post for each of them: made by one that knows the same people."""
    copy = TelegramApi()
    copy.new_user("Dana")
    for member in crowd.members:
        assert copy.new_user("Ana") == int(member.address)
        await copy.say(int(member.address), "checkin")
    return [pending.update for pending in copy.updates._pending]


def _text(session: aiohttp.ClientSession, public: Running, house: Running, number: str) -> Any:
    twilio = house.twilio
    sid = f"SM{int(number):032x}"
    fields = twilio_hooks.text_fields(twilio.account_sid, sid, number, SENDER, "checkin", 1)
    signature = twilio_hooks.sign(f"{public.url}/sms", fields, twilio.auth_token)
    return session.post(f"{house.url}/sms", data=fields, headers={"X-Twilio-Signature": signature})

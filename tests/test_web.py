from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.datastructures import FormData

from bot.channels import (
    Delivery,
    DeliveryState,
    Inbound,
    Receive,
    TryLaterError,
    WebhookRejectedError,
)
from bot.channels.sms import Sms
from bot.channels.telegram import Telegram, WebhookSettings
from bot.config import House
from bot.log import JsonFormatter
from bot.web.hooks import LARGEST, SmsHook, TelegramHook
from bot.web.site import Site, build
from storage.encryption import Keyring
from storage.store import Store, StoreDownError
from tests.conftest import HandClock

SECRET = "hook-secret"
WORDS = "tell nobody about me"


@dataclass
class Rig:
    """The app with a door that keeps what it gets and fails as it is told to."""

    store: Store
    house: House
    clock: HandClock
    telegram: TelegramHook | None = None
    sms: SmsHook | None = None
    got: list[Inbound] = field(default_factory=list)
    said: list[tuple[str, Delivery]] = field(default_factory=list)
    failing: Exception | None = None
    well: dict[str, Any] | Exception = field(default_factory=lambda: {"ok": True, "waiting": 0})

    async def receive(self, inbound: Inbound) -> None:
        if self.failing is not None:
            raise self.failing
        self.got.append(inbound)

    async def delivered(self, channel: str, delivery: Delivery) -> None:
        if self.failing is not None:
            raise self.failing
        self.said.append((channel, delivery))

    async def health(self) -> dict[str, Any]:
        if isinstance(self.well, Exception):
            raise self.well
        return self.well

    def client(self) -> httpx.AsyncClient:
        site = Site(
            store=self.store,
            house=self.house,
            clock=self.clock,
            receive=self.receive,
            telegram=self.telegram,
            sms=self.sms,
            delivered=self.delivered,
            wake=lambda: None,
            health=self.health,
        )
        transport = httpx.ASGITransport(app=build(site))
        return httpx.AsyncClient(transport=transport, base_url=self.house.url)


class SignedSms:
    """The SMS channel's side of the contract: what is signed `good` is taken."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.forms: list[FormData] = []

    def verify(
        self, path: str, form: FormData, signature: str | None, settings: str | None = None
    ) -> None:
        del settings
        self.paths.append(path)
        self.forms.append(form)
        if signature != "good":
            raise WebhookRejectedError

    def inbound(self, form: FormData) -> Inbound:
        if "From" not in form:
            raise WebhookRejectedError
        address, text = str(form["From"]), str(form.get("Body", ""))
        return Inbound("sms", address, str(form["MessageSid"]), datetime.now(UTC), text)

    def delivery(self, form: FormData) -> Delivery | None:
        state = str(form["MessageStatus"])
        known = state in set(DeliveryState)
        return Delivery(str(form["MessageSid"]), DeliveryState(state)) if known else None


class SecretTelegram:
    """The Telegram channel's side of the contract."""

    async def webhook(self, secret_header: str | None, body: bytes, receive: Receive) -> None:
        if secret_header != SECRET:
            raise WebhookRejectedError
        text = json.loads(body)["message"]["text"]
        await receive(Inbound("telegram", "7", "u1", datetime.now(UTC), text))


@pytest.fixture
def rig(store: Store, house: House, clock: HandClock) -> Rig:
    return Rig(store, house, clock, SecretTelegram(), SignedSms())


@pytest.fixture
async def client(rig: Rig) -> AsyncIterator[httpx.AsyncClient]:
    async with rig.client() as opened:
        yield opened


def _update(client: httpx.AsyncClient, secret: str = SECRET) -> Awaitable[httpx.Response]:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
    return client.post("/telegram", json={"message": {"text": WORDS}}, headers=headers)


def _text(client: httpx.AsyncClient, signature: str = "good") -> Awaitable[httpx.Response]:
    form = {"MessageSid": "SM1", "From": "+12155550100", "Body": WORDS}
    return client.post("/sms", data=form, headers={"X-Twilio-Signature": signature})


def _status(client: httpx.AsyncClient, state: str = "delivered") -> Awaitable[httpx.Response]:
    form = {"MessageSid": "SM1", "MessageStatus": state}
    return client.post("/sms/status", data=form, headers={"X-Twilio-Signature": "good"})


Post = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]
POSTS = [_update, _text, _status]


async def test_an_update_reaches_the_door_before_it_is_confirmed(
    rig: Rig, client: httpx.AsyncClient
) -> None:
    assert (await _update(client)).status_code == 200
    assert [each.text for each in rig.got] == [WORDS]


async def test_an_update_without_the_secret_is_refused(rig: Rig, client: httpx.AsyncClient) -> None:
    assert (await _update(client, "guess")).status_code == 403
    assert (await client.post("/telegram", content=b"{}")).status_code == 403
    assert rig.got == []


async def test_a_text_is_answered_with_an_empty_twiml(rig: Rig, client: httpx.AsyncClient) -> None:
    answer = await _text(client)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.text.endswith("<Response/>")
    assert [each.text for each in rig.got] == [WORDS]


async def test_a_text_that_is_not_signed_is_refused(rig: Rig, client: httpx.AsyncClient) -> None:
    assert (await _text(client, "bad")).status_code == 403
    assert (await client.post("/sms/status", data={"MessageSid": "SM1"})).status_code == 403
    assert rig.got == []
    assert rig.said == []


async def test_the_query_and_repeated_keys_are_part_of_what_is_signed(
    rig: Rig, client: httpx.AsyncClient
) -> None:
    body = b"MessageSid=SM1&From=%2B1&To=a&To=b&Empty=&Body=a+b%26c"
    headers = {
        "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
        "x-twilio-signature": "good",
    }
    answer = await client.post("/sms?bodySHA256=a%2Fb&x=1", content=body, headers=headers)
    assert answer.status_code == 200
    assert isinstance(rig.sms, SignedSms)
    assert rig.sms.paths == ["/sms?bodySHA256=a%2Fb&x=1"]
    form = rig.sms.forms[0]
    assert form.getlist("To") == ["a", "b"]
    assert (form["Empty"], form["Body"]) == ("", "a b&c")


async def test_a_status_is_handed_on(rig: Rig, client: httpx.AsyncClient) -> None:
    assert (await _status(client)).status_code == 204
    assert (await _status(client, "queued")).status_code == 204
    assert rig.said == [("sms", Delivery("SM1", DeliveryState.DELIVERED))]


@pytest.mark.parametrize("post", POSTS)
@pytest.mark.parametrize("error", [TryLaterError(), StoreDownError()])
async def test_what_can_not_be_stored_is_asked_for_again(
    rig: Rig, client: httpx.AsyncClient, post: Post, error: Exception
) -> None:
    rig.failing = error
    answer = await post(client)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("post", POSTS)
async def test_a_broken_promise_of_the_door_quotes_nothing(
    rig: Rig, client: httpx.AsyncClient, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    rig.failing = RuntimeError(WORDS)
    answer = await post(client)
    assert answer.status_code == 500
    assert WORDS not in answer.text
    assert caplog.records
    assert not any(WORDS in JsonFormatter().format(record) for record in caplog.records)


@pytest.mark.parametrize("post", POSTS)
async def test_a_channel_that_is_off_is_not_there(rig: Rig, post: Post) -> None:
    rig.telegram = rig.sms = None
    async with rig.client() as client:
        assert (await post(client)).status_code == 404


@pytest.mark.parametrize(
    "path", ["/telegram", "/sms", "/sms/status", "/sign-in", "/setup/x", "/alerts/1/act"]
)
@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_that_is_too_large_is_refused(
    rig: Rig, client: httpx.AsyncClient, path: str, *, announced: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(LARGEST // 4096 + 1):
            yield b"a" * 4096

    content: Any = b"a" * (LARGEST + 1) if announced else pieces()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert (await client.post(path, content=content, headers=headers)).status_code == 413
    assert rig.got == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"MessageSid=SM1&From=%ff%fe", "application/x-www-form-urlencoded"),
        (b"MessageSid=\xff", "application/x-www-form-urlencoded"),
        (b"&".join(b"a=1" for _ in range(500)), "application/x-www-form-urlencoded"),
        (b'{"MessageSid": "SM1"}', "application/json"),
        (b"", ""),
        (b"MessageSid=SM1", "application/x-www-form-urlencoded"),
    ],
    ids=["letters", "bytes", "fields", "json", "empty", "incomplete"],
)
async def test_a_form_that_can_not_be_read_is_a_400(
    rig: Rig, client: httpx.AsyncClient, body: bytes, kind: str
) -> None:
    headers = {"content-type": kind, "x-twilio-signature": "good"}
    assert (await client.post("/sms", content=body, headers=headers)).status_code == 400
    assert rig.got == []


@pytest.mark.parametrize("path", ["/telegram", "/sms"])
async def test_nothing_of_a_body_reaches_a_log(
    rig: Rig, client: httpx.AsyncClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rig.failing = TryLaterError()
    for secret in ("good", SECRET, ""):
        await client.post(
            path,
            content=f"Body={WORDS}\xff".encode("latin-1"),
            headers={
                "content-type": "application/x-www-form-urlencoded",
                "x-twilio-signature": secret,
                "x-telegram-bot-api-secret-token": secret,
            },
        )
    assert WORDS not in "".join(record.getMessage() for record in caplog.records)
    assert not any(WORDS in JsonFormatter().format(record) for record in caplog.records)


async def test_the_real_channels_fit(rig: Rig) -> None:
    origin = rig.house.url
    sms = Sms("AC" + "0" * 32, "token", "+12155550111", origin)
    telegram = Telegram("7:token", webhook=WebhookSettings(f"{origin}/telegram", SECRET))
    rig.sms, rig.telegram = sms, telegram
    async with rig.client() as client:
        assert (await _text(client)).status_code == 403
        assert (await _update(client, "guess")).status_code == 403
        unreadable = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        answer = await client.post("/telegram", content=b"{]", headers=unreadable)
        assert answer.status_code == 200
    await sms.close()
    await telegram.close()


async def test_health_says_yes_or_no(rig: Rig, client: httpx.AsyncClient) -> None:
    rig.well = {"ok": True, "tick_age_seconds": 3.0, "waiting": 2}
    answer = await client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert answer.headers["cache-control"] == "no-store"
    rig.well = {"ok": False, "tick_age_seconds": 300.0}
    assert (await client.get("/health")).status_code == 503
    rig.well = RuntimeError("postgresql://somebody:password@host")
    answer = await client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"ok": False})


@pytest.mark.parametrize("path", ["/", "/health", "/sign-in", "/setup/x", "/docs"])
async def test_every_answer_carries_the_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    policy = {part.strip() for part in headers["content-security-policy"].split(";")}
    assert policy == {
        "default-src 'none'",
        "style-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    }
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("accept", "kind"), [("text/html,*/*", "text/html"), ("", "text/plain")])
async def test_what_is_not_there_says_so(client: httpx.AsyncClient, accept: str, kind: str) -> None:
    answer = await client.get("/no/such/page", headers={"accept": accept})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(kind)
    assert "Nothing here" in answer.text


async def test_the_style_sheet_is_checked_and_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/static/page.css")
    assert first.headers["content-type"].startswith("text/css")
    same = {"If-None-Match": first.headers["etag"]}
    assert (await client.get("/static/page.css", headers=same)).status_code == 304


async def test_a_database_that_is_away_is_said_so(
    tmp_path: Path, keyring: Keyring, house: House, clock: HandClock
) -> None:
    # It has no tables: every read fails as it does when the file or the server is gone.
    store = Store(f"sqlite:///{tmp_path}/empty.db", keyring)
    async with Rig(store, house, clock).client() as client:
        answer = await client.get("/setup/nothing")
    store.close()
    assert answer.status_code == 503
    assert "reply to the notice" in answer.text
    assert "content-security-policy" in answer.headers

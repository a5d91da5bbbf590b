from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import pytest

from bot.demo.twilio_api import TwilioApi
from bot.demo.twilio_hooks import sign
from tests.sms_house import House, open_house

SERVICE = "+15005550006"
PHONE = "+14155550123"
Answer = tuple[int, dict[str, Any]]


@pytest.fixture
async def api() -> AsyncIterator[TwilioApi]:
    api = TwilioApi(read_seconds=2)
    await api.start()
    yield api
    await api.close()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as house:
        yield house


class Caller:
    """Somebody who speaks to the service by hand."""

    def __init__(self, api: TwilioApi) -> None:
        self.api = api
        self.path = f"/2010-04-01/Accounts/{api.account_sid}/Messages"

    async def call(
        self, method: str, path: str, token: str | None = None, **options: Any
    ) -> Answer:
        auth = aiohttp.encode_basic_auth(self.api.account_sid, token or self.api.auth_token)
        async with (
            aiohttp.ClientSession(headers={"Authorization": auth}) as session,
            session.request(method, self.api.origin + path, **options) as response,
        ):
            if response.content_type != "application/json":
                return response.status, {}
            return response.status, await response.json()

    async def create(self, token: str | None = None, **changes: str | None) -> Answer:
        form = {"From": SERVICE, "To": PHONE, "Body": "hello", **changes}
        data = {key: value for key, value in form.items() if value is not None}
        return await self.call("POST", f"{self.path}.json", token, data=data)

    async def listed(self, **asked: str) -> list[dict[str, Any]]:
        _, page = await self.call("GET", f"{self.path}.json", params=asked)
        found: list[dict[str, Any]] = page["messages"]
        while page["next_page_uri"]:
            _, page = await self.call("GET", page["next_page_uri"])
            found += page["messages"]
        return found


@pytest.fixture
def caller(api: TwilioApi) -> Caller:
    return Caller(api)


async def test_a_created_message_looks_like_the_service_s_own(
    api: TwilioApi, caller: Caller
) -> None:
    status, made = await caller.create(Body="x" * 161)
    assert status == 201
    assert len(made["sid"]) == 34
    assert made["sid"].startswith("SM")
    assert (made["status"], made["num_segments"], made["date_sent"]) == ("queued", "2", None)
    assert parsedate_to_datetime(made["date_created"]).tzinfo is not None
    await api.settle()
    _, fetched = await caller.call("GET", f"{caller.path}/{made['sid']}.json")
    assert fetched["status"] == "delivered"
    assert fetched["date_sent"] is not None
    assert [text.segments for text in api.texts(PHONE)] == [2]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": None}, 21604),
        ({"From": None}, 21603),
        ({"From": "+15005550099"}, 21606),
        ({"To": "4155550123"}, 21211),
        ({"Body": ""}, 21602),
        ({"Body": None}, 21602),
        ({"Body": "x" * 1601}, 21617),
        ({"ValidityPeriod": "0"}, 90007),
        ({"ValidityPeriod": "36001"}, 90007),
        ({"StatusCallback": "nowhere"}, 21609),
    ],
)
async def test_a_bad_request_is_refused_with_the_service_s_code(
    api: TwilioApi, caller: Caller, changes: dict[str, str | None], code: int
) -> None:
    status, error = await caller.create(**changes)
    assert (status, error["status"], error["code"]) == (400, 400, code)
    assert set(error) == {"code", "message", "more_info", "status"}
    assert api.messages == ()


async def test_1600_letters_and_a_messaging_service_are_fine(caller: Caller) -> None:
    assert (await caller.create(Body="x" * 1600, ValidityPeriod="36000"))[0] == 201
    service = caller.api.service_sid
    status, made = await caller.create(From=None, MessagingServiceSid=service)
    assert (status, made["status"]) == (201, "accepted")


async def test_a_wrong_token_is_refused(api: TwilioApi, caller: Caller) -> None:
    status, error = await caller.create(token="wrong")
    assert (status, error["code"]) == (401, 20003)
    assert api.messages == ()


async def test_too_many_at_once_are_throttled(api: TwilioApi, caller: Caller) -> None:
    api.concurrency = 0
    status, error = await caller.create()
    assert (status, error["code"]) == (429, 20429)
    api.concurrency = 1
    assert (await caller.create())[0] == 201


async def test_a_full_queue_refuses(api: TwilioApi, caller: Caller) -> None:
    api.paused, api.queue_limit = True, 3
    assert (await caller.create(Body="x" * 306))[0] == 201
    assert (await caller.create(Body="x" * 306))[1]["code"] == 21611
    api.paused = False
    await api.settle()
    assert (await caller.create(Body="x" * 306))[0] == 201


async def test_a_sender_keeps_its_rate(api: TwilioApi, caller: Caller) -> None:
    api.per_second = 20
    begun = datetime.now(UTC)
    for _ in range(2):
        await caller.create(Body="x" * 306)
    await api.settle()
    first, second = (text.moment for text in api.texts(PHONE))
    assert min(first - begun, second - first) >= timedelta(seconds=0.095)


async def test_what_waited_too_long_is_not_sent(
    api: TwilioApi, caller: Caller, house: House
) -> None:
    moment = datetime(2026, 11, 22, 9, tzinfo=UTC)
    api.now, api.paused = (lambda: moment), True
    await caller.create(ValidityPeriod="3600", StatusCallback=house.origin + "/status")
    moment += timedelta(hours=2)
    api.paused = False
    await api.settle()
    assert api.texts(PHONE) == []
    assert [(form["MessageStatus"], form["ErrorCode"]) for form in house.forms("/status")] == [
        ("undelivered", "30036")
    ]


async def test_status_callbacks_are_signed_and_ordered_as_told(
    api: TwilioApi, caller: Caller, house: House
) -> None:
    url = house.origin + "/status"
    _, first = await caller.create(StatusCallback=url)
    await api.settle()
    api.callback_order = lambda statuses: [*reversed(statuses), statuses[0]]
    await caller.create(StatusCallback=url)
    await api.settle()
    statuses = [form["MessageStatus"] for form in house.forms("/status")]
    assert statuses == ["sent", "delivered", "delivered", "sent", "sent"]
    _, form, headers = house.posts[0]
    assert form["MessageSid"] == first["sid"]
    fields = [(key, str(value)) for key, value in form.multi_items()]
    assert headers["X-Twilio-Signature"] == sign(url, fields, api.auth_token)


@pytest.mark.parametrize(
    ("state", "code"),
    [("unreachable", "30003"), ("blocked", "30004"), ("unknown", "30005"), ("landline", "30006")],
)
async def test_a_handset_that_gets_nothing(
    api: TwilioApi, caller: Caller, house: House, state: Any, code: str
) -> None:
    api.handset(PHONE, state)
    await caller.create(StatusCallback=house.origin + "/status")
    await api.settle()
    assert house.forms("/status")[-1]["ErrorCode"] == code
    assert api.texts(PHONE) == []
    api.handset(PHONE, "ok")
    await caller.create()
    await api.settle()
    assert len(api.texts(PHONE)) == 1


async def test_a_list_is_newest_first_filtered_and_paged(api: TwilioApi, caller: Caller) -> None:
    moment = datetime(2026, 11, 20, 9, tzinfo=UTC)
    api.now = lambda: moment
    for number in range(5):
        await caller.create(Body=f"day {number}")
        await api.settle()
        moment += timedelta(days=1)
    await api.text(PHONE, SERVICE, "in")
    api.paused = True
    await caller.create(Body="waiting")
    bodies = [one["body"] for one in await caller.listed(To=PHONE, PageSize="2")]
    assert bodies == ["waiting", "day 4", "day 3", "day 2", "day 1", "day 0"]
    assert [one["body"] for one in await caller.listed(To=SERVICE)] == ["in"]
    assert [one["body"] for one in await caller.listed(From=PHONE)] == ["in"]
    since = {"To": PHONE, "DateSent>": "2026-11-23T09:00:00Z"}
    assert [one["body"] for one in await caller.listed(**since)] == ["day 4", "day 3"]
    until = {"To": PHONE, "DateSent<": "2026-11-21T09:00:00Z"}
    assert [one["body"] for one in await caller.listed(**until)] == ["day 1", "day 0"]
    day = {"To": PHONE, "DateSent": "2026-11-22"}
    assert [one["body"] for one in await caller.listed(**day)] == ["day 2"]


async def test_an_inbound_text_is_posted_signed_with_repeated_keys(
    api: TwilioApi, house: House
) -> None:
    api.sms_url = house.origin + "/sms?a=1#rc=2"
    sid = await api.text(PHONE, SERVICE, "hé 👋", extra=[("Tag", "b"), ("Tag", "a"), ("Tag", "b")])
    path, form, headers = house.posts[0]
    assert path == "/sms?a=1"
    assert (form["MessageSid"], form["From"], form["To"]) == (sid, PHONE, SERVICE)
    assert (form["Body"], form["NumMedia"]) == ("hé 👋", "0")
    assert form.getlist("Tag") == ["b", "a", "b"]
    fields = [(key, str(value)) for key, value in form.multi_items()]
    url = house.origin + "/sms?a=1"
    assert headers["X-Twilio-Signature"] == sign(url, fields, api.auth_token)
    assert [text.from_service for text in api.texts(PHONE)] == [False]


async def test_media_come_as_links(api: TwilioApi, house: House) -> None:
    api.sms_url = house.origin + "/sms"
    sid = await api.text(PHONE, SERVICE, "", media=2, content_type="audio/amr")
    form = house.forms("/sms")[0]
    assert sid.startswith("MM")
    assert (form["NumMedia"], form["MediaContentType1"]) == ("2", "audio/amr")
    assert str(form["MediaUrl0"]).startswith(api.origin)


async def test_by_default_a_server_error_is_not_tried_again(api: TwilioApi, house: House) -> None:
    api.sms_url, house.statuses = house.origin + "/sms", [500]
    sid = await api.text(PHONE, SERVICE, "hello")
    assert len(house.posts) == 1
    assert [e.detail for e in api.ledger if e.what == "error" and e.sid == sid] == ["11200"]
    assert [one.sid for one in api.messages] == [sid]
    await api.repeat(sid)
    assert [form["MessageSid"] for form in house.forms("/sms")] == [sid, sid]


async def test_the_url_s_fragment_asks_for_more_tries(api: TwilioApi, house: House) -> None:
    api.sms_url, house.statuses = house.origin + "/sms#rc=5&rp=all", [503, 404, 500]
    await api.text(PHONE, SERVICE, "hello")
    assert len(house.posts) == 4
    tokens = {headers["I-Twilio-Idempotency-Token"] for _, _, headers in house.posts}
    assert len(tokens) == 1
    assert "error" not in [entry.what for entry in api.ledger]


async def test_a_slow_webhook_is_given_up(api: TwilioApi, house: House) -> None:
    api.sms_url, house.seconds = house.origin + "/sms", 30
    await api.text(PHONE, SERVICE, "hello")
    assert [e.detail for e in api.ledger if e.what in {"webhook", "error"}] == ["rt", "11200"]


async def test_a_house_that_is_down_leaves_the_text_in_the_list(
    api: TwilioApi, caller: Caller
) -> None:
    async with open_house() as house:
        api.sms_url = house.origin + "/sms"
    sid = await api.text(PHONE, SERVICE, "anybody there?")
    assert [e.detail for e in api.ledger if e.what in {"webhook", "error"}] == ["ct", "11200"]
    assert [one["sid"] for one in await caller.listed(To=SERVICE)] == [sid]


@pytest.mark.parametrize(
    "word", ["STOP", "unsubscribe", "End", "QUIT", "StopAll", "REVOKE", "OPTOUT", "cancel"]
)
async def test_the_carrier_s_own_words_block_once(
    api: TwilioApi, caller: Caller, word: str
) -> None:
    await api.text(PHONE, SERVICE, f" {word} ")
    await api.settle()
    await api.text(PHONE, SERVICE, word)
    await api.settle()
    assert [text.from_service for text in api.texts(PHONE)] == [False, True, False]
    assert (await caller.create())[1]["code"] == 21610
    await api.text(PHONE, SERVICE, "unstop")
    assert (await caller.create())[0] == 201


async def test_a_sentence_is_no_carrier_s_word(api: TwilioApi, caller: Caller) -> None:
    await api.text(PHONE, SERVICE, "please stop")
    await api.text(PHONE, SERVICE, "yes")
    assert (await caller.create())[0] == 201
    await api.settle()
    assert [text.from_service for text in api.texts(PHONE)] == [False, False, True]


async def test_advanced_opt_out_names_the_kind(api: TwilioApi, house: House) -> None:
    api.sms_url = house.origin + "/sms"
    await api.text(PHONE, SERVICE, "STOP")
    api.advanced_opt_out = True
    for word in ("STOP", "YES", "INFO", "hello"):
        await api.text(PHONE, SERVICE, word)
    kinds = [form.get("OptOutType") for form in house.forms("/sms")]
    assert kinds == [None, "STOP", "START", "HELP", None]


async def test_stop_catches_what_still_waits(api: TwilioApi, caller: Caller, house: House) -> None:
    api.paused = True
    await caller.create(StatusCallback=house.origin + "/status")
    await api.text(PHONE, SERVICE, "STOP")
    api.paused = False
    await api.settle()
    assert [text.body[:8] for text in api.texts(PHONE) if text.from_service] == ["You have"]
    form = house.forms("/status")[0]
    assert (form["MessageStatus"], form["ErrorCode"]) == ("failed", "21610")


async def test_a_careless_answer_goes_to_the_person(api: TwilioApi, house: House) -> None:
    api.sms_url, house.body, house.content_type = house.origin + "/sms", "ok", "text/plain"
    await api.text(PHONE, SERVICE, "hello")
    house.body, house.content_type = "<Response><Message>hi</Message></Response>", "text/xml"
    await api.text(PHONE, SERVICE, "hello")
    await api.settle()
    assert [text.body for text in api.texts(PHONE) if text.from_service] == ["ok", "hi"]
    house.body = "<Response>"
    await api.text(PHONE, SERVICE, "hello")
    assert api.ledger[-1].detail == "12100"


@pytest.mark.parametrize(
    ("kind", "status", "taken"),
    [
        ("429", 429, 0),
        ("5xx", 503, 0),
        ("20003", 401, 0),
        ("accept_then_5xx", 502, 1),
        ("30007", 201, 1),
    ],
)
async def test_faults_happen_as_often_as_told(
    api: TwilioApi, caller: Caller, kind: str, status: int, taken: int
) -> None:
    api.fail_next(kind, times=2)
    assert [(await caller.create())[0] for _ in range(3)] == [status, status, 201]
    await api.settle()
    assert len(api.messages) == 2 * taken + 1
    assert len(api.texts(PHONE)) == (3 if kind == "accept_then_5xx" else 1)


async def test_whoever_watches_is_told(api: TwilioApi) -> None:
    seen: list[int] = []
    api.on_change = lambda: seen.append(len(api.texts(PHONE)))
    await api.text(PHONE, SERVICE, "hello")
    assert seen[-1] == 1

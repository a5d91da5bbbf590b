from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import logging
import logging.config
import socket
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile

from bot.channels import (
    Button,
    Channel,
    DeliveryState,
    Kind,
    OptOut,
    Outgoing,
    SendError,
    SendProblem,
    WebhookRejectedError,
)
from bot.channels.sms import Sms
from bot.demo.twilio_api import TwilioApi
from bot.demo.twilio_hooks import sign
from tests.sms_house import House, open_house

SERVICE = "+15005550006"
PHONE = "+14155550123"
BODY = "Evening. 4 numbers? Day, pull, sleep, plan."
SENDERS = {"number": SERVICE, "service": "MG0123456789abcdef0123456789abcdef"}


def outgoing(text: str = BODY, address: str = PHONE, valid_for: int | None = None) -> Outgoing:
    return Outgoing(reference=1, address=address, text=text, valid_for=valid_for)


@pytest.fixture
async def api() -> AsyncIterator[TwilioApi]:
    api = TwilioApi()
    await api.start()
    yield api
    await api.close()


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with open_house() as house:
        yield house


@pytest.fixture
async def sms(api: TwilioApi, house: House) -> AsyncIterator[Sms]:
    sms = Sms(api.account_sid, api.auth_token, SERVICE, house.origin, api.origin)
    yield sms
    await sms.close()


@contextlib.contextmanager
def impatient(sms: Sms, fault: str) -> Iterator[None]:
    """Wait less for what never comes; what does come has all its time."""
    patience = sms._seconds
    if fault == "hang":
        sms._seconds = 1
    yield
    sms._seconds = patience


async def failure(sending: Awaitable[object]) -> SendError:
    with pytest.raises(SendError) as caught:
        await sending
    error = caught.value
    assert error.__cause__ is None
    assert error.__context__ is None
    return error


def posts(api: TwilioApi) -> int:
    return sum(entry.what == "request" and entry.detail == "POST" for entry in api.ledger)


async def test_a_text_arrives_and_its_fate_is_reported(
    api: TwilioApi, sms: Sms, house: House
) -> None:
    channel: Channel = sms
    sid = await channel.send(outgoing())
    await api.settle()
    assert [text.body for text in api.texts(PHONE)] == [BODY]
    found = [sms.delivery(form) for form in house.forms("/sms/status")]
    assert [(one.provider_id, one.state) for one in found if one] == [
        (sid, DeliveryState.SENT),
        (sid, DeliveryState.DELIVERED),
    ]
    for path, form, headers in house.posts:
        sms.verify(path, form, headers["X-Twilio-Signature"])


@pytest.mark.parametrize(("asked", "told"), [(None, 36_000), (0, 1), (600, 600), (99_999, 36_000)])
async def test_validity_stays_within_the_provider_s_limits(
    api: TwilioApi, sms: Sms, asked: int | None, told: int
) -> None:
    await sms.send(outgoing(valid_for=asked))
    assert [one.valid_for for one in api.messages] == [told]


async def test_only_link_buttons_are_written_out(api: TwilioApi, sms: Sms) -> None:
    buttons = (
        Button("yes", "Yes"),
        Button("page", "Page", url="https://example.org/a"),
        Button("shown", "Shown", url="https://example.org/b"),
    )
    text = "1 Yes. See https://example.org/b"
    await sms.send(Outgoing(1, PHONE, text, buttons))
    await api.settle()
    assert api.texts(PHONE)[0].body == f"{text}\nhttps://example.org/a"


async def test_a_region_in_the_surroundings_does_not_move_our_origin(
    api: TwilioApi, sms: Sms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    assert await sms.send(outgoing()) == api.messages[0].sid


async def test_a_messaging_service_sends_and_catches_up(api: TwilioApi, house: House) -> None:
    sms = Sms(api.account_sid, api.auth_token, api.service_sid, house.origin, api.origin)
    begun = datetime.now(UTC)
    await sms.send(outgoing())
    await api.text(PHONE, SERVICE, "hello")
    await api.settle()
    assert api.messages[0].service == api.service_sid
    assert [one.text for one in await sms.catch_up(begun)] == ["hello"]
    states = [sms.delivery(form) for form in house.forms("/sms/status")]
    assert [one and one.state for one in states] == [None, "sent", "delivered"]
    await sms.close()


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("429", SendProblem.THROTTLED, "20429"),
        ("21611", SendProblem.THROTTLED, "21611"),
        ("21610", SendProblem.STOPPED, "21610"),
        ("21211", SendProblem.REJECTED, "21211"),
        ("21614", SendProblem.REJECTED, "21614"),
        ("20003", SendProblem.UNREACHABLE, "20003"),
        ("5xx", SendProblem.UNKNOWN, "503"),
        ("accept_then_5xx", SendProblem.UNKNOWN, "502"),
        ("accept_then_drop", SendProblem.UNKNOWN, "cut"),
        ("hang", SendProblem.UNKNOWN, "timeout"),
    ],
)
async def test_errors_are_told_apart_and_nothing_is_posted_twice(
    api: TwilioApi, sms: Sms, fault: str, kind: SendProblem, code: str
) -> None:
    api.fail_next(fault)
    begun = datetime.now(UTC)
    with impatient(sms, fault):
        error = await failure(sms.send(outgoing()))
    assert (error.kind, error.code) == (kind, code)
    assert (error.retry_after or 0) > 0 or kind is not SendProblem.THROTTLED
    assert posts(api) == 1
    taken = await sms.find(outgoing(), begun)
    assert (taken is not None) == fault.startswith("accept")
    assert await sms.send(outgoing())


@pytest.mark.parametrize("text", ["", "x" * 1601])
async def test_a_text_that_no_sms_can_hold_is_rejected(sms: Sms, text: str) -> None:
    assert (await failure(sms.send(outgoing(text)))).kind is SendProblem.REJECTED


async def test_wrong_credentials_are_rejected(api: TwilioApi, house: House) -> None:
    sms = Sms(api.account_sid, "another", SERVICE, house.origin, api.origin)
    calls = (sms.send(outgoing()), sms.find(outgoing(), datetime.now(UTC)))
    errors = [await failure(call) for call in calls]
    assert {(error.kind, error.code) for error in errors} == {(SendProblem.UNREACHABLE, "20003")}
    await sms.close()


async def test_no_connection_means_not_accepted() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{taken.getsockname()[1]}"
        sms = Sms("AC1", "token", SERVICE, "https://example.org", origin)
        error = await failure(sms.send(outgoing()))
        await sms.close()
    assert error.kind is SendProblem.UNREACHABLE


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 201 Created\r\nContent-Length: 8\r\n\r\n{broken}",
        b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}",
        b"not http at all\r\n\r\n",
    ],
)
async def test_a_line_cut_after_the_request_leaves_doubt(answer: bytes) -> None:
    heard = 0

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        await reader.readuntil(b"\r\n\r\n")
        heard += 1
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with server:
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        sms = Sms("AC1", "token", SERVICE, "https://example.org", origin)
        error = await failure(sms.send(outgoing()))
        await sms.close()
    assert (error.kind, heard) == (SendProblem.UNKNOWN, 1)


async def test_find_sees_what_still_waits_but_nothing_older(api: TwilioApi, sms: Sms) -> None:
    moment = datetime(2026, 11, 22, 9, 0, 0, 700_000, tzinfo=UTC)
    api.now = lambda: moment
    await sms.send(outgoing())
    await api.settle()
    moment += timedelta(minutes=1)
    assert await sms.find(outgoing(), moment) is None
    api.paused = True
    sid = await sms.send(outgoing())
    assert await sms.find(outgoing(), moment) == sid
    assert await sms.find(outgoing(text="another"), moment) is None
    assert await sms.find(outgoing(address="+14155550199"), moment) is None


async def test_find_passes_over_what_never_arrived(api: TwilioApi, sms: Sms) -> None:
    """Its status was told of a message that nobody knew: it goes again, and is heard of then."""
    begun = datetime.now(UTC)
    api.fail_next("30007")
    await sms.send(outgoing())
    await api.settle()
    assert await sms.find(outgoing(), begun) is None
    sid = await sms.send(outgoing())
    await api.settle()
    assert await sms.find(outgoing(), begun) == sid


async def test_find_turns_pages(api: TwilioApi, sms: Sms) -> None:
    api.paused, begun = True, datetime.now(UTC)
    sid = await sms.send(outgoing())
    for number in range(51):
        await sms.send(outgoing(text=f"later {number}"))
    assert await sms.find(outgoing(), begun) == sid


async def test_find_does_not_take_their_words_for_ours(api: TwilioApi, sms: Sms) -> None:
    begun = datetime.now(UTC)
    await api.text(PHONE, SERVICE, BODY)
    assert await sms.find(outgoing(address=SERVICE), begun) is None


async def test_catch_up_reads_every_page_oldest_first(api: TwilioApi, sms: Sms) -> None:
    start = moment = datetime(2026, 11, 22, 9, tzinfo=UTC)
    api.now = lambda: moment
    await api.text(PHONE, SERVICE, "before")
    moment += timedelta(hours=1)
    await sms.send(outgoing())
    for number in range(620):
        await api.text(PHONE, SERVICE, f"text {number}")
        moment += timedelta(seconds=1)
    sid = await api.text(PHONE, SERVICE, "with a picture", media=1)
    found = await sms.catch_up(start + timedelta(minutes=30))
    assert [one.text for one in found[:-1]] == [f"text {number}" for number in range(620)]
    assert found[5].sent_at == start + timedelta(hours=1, seconds=5)
    last = found[-1]
    assert (last.provider_id, last.kind, last.address) == (sid, Kind.FILE, PHONE)


async def test_catch_up_finds_what_the_webhook_missed_under_the_same_id(
    api: TwilioApi, sms: Sms, house: House
) -> None:
    begun = datetime.now(UTC)
    api.sms_url, house.statuses = house.origin + "/sms", [500]
    sid = await api.text(PHONE, SERVICE, "are you there?")
    assert [one.provider_id for one in await sms.catch_up(begun)] == [sid]
    await api.repeat(sid)
    assert {sms.inbound(form).provider_id for form in house.forms("/sms")} == {sid}


@pytest.mark.parametrize("fault", ["5xx", "hang", "429"])
async def test_a_list_that_fails_says_so(api: TwilioApi, sms: Sms, fault: str) -> None:
    api.fail_next(fault, times=2, method="GET")
    for call in (sms.find(outgoing(), datetime.now(UTC)), sms.catch_up(datetime.now(UTC))):
        with impatient(sms, fault):
            error = await failure(call)
        assert error.kind in {SendProblem.UNKNOWN, SendProblem.THROTTLED}


async def test_a_number_that_stopped_is_told_by_the_api_and_by_the_callback(
    api: TwilioApi, sms: Sms, house: House
) -> None:
    api.paused = True
    sid = await sms.send(outgoing())
    await api.text(PHONE, SERVICE, "STOP")
    assert (await failure(sms.send(outgoing()))).kind is SendProblem.STOPPED
    api.paused = False
    await api.settle()
    [form] = house.forms("/sms/status")
    delivery = sms.delivery(form)
    assert delivery is not None
    assert (delivery.provider_id, delivery.code, delivery.stopped) == (sid, "21610", True)
    assert delivery.state is DeliveryState.UNDELIVERED


async def test_a_filtered_text_carries_its_code(api: TwilioApi, sms: Sms, house: House) -> None:
    api.fail_next("30007")
    api.callback_order = lambda statuses: [*reversed(statuses), *statuses]
    await sms.send(outgoing())
    await api.settle()
    found = [sms.delivery(form) for form in house.forms("/sms/status")]
    assert [(one.state, one.code) for one in found if one] == [
        ("undelivered", "30007"),
        ("sent", None),
        ("sent", None),
        ("undelivered", "30007"),
    ]


@pytest.mark.parametrize(
    ("media", "content_type", "kind"),
    [
        (0, "", Kind.TEXT),
        (1, "image/jpeg", Kind.PHOTO),
        (2, "audio/amr", Kind.VOICE),
        (1, "video/3gpp", Kind.FILE),
        (1, "text/x-vcard", Kind.CONTACT),
    ],
)
async def test_an_inbound_text_is_read(
    api: TwilioApi, house: House, sms: Sms, media: int, content_type: str, kind: Kind
) -> None:
    api.sms_url = house.origin + "/sms"
    sid = await api.text(PHONE, SERVICE, "look\u0000 👋", media, content_type=content_type)
    path, form, headers = house.posts[0]
    sms.verify(path, form, headers["X-Twilio-Signature"])
    found = sms.inbound(form)
    assert (found.provider_id, found.address, found.channel) == (sid, PHONE, "sms")
    assert (found.text, found.kind, found.opt_out) == ("look 👋", kind, None)


async def test_the_carrier_s_own_handling_is_passed_on(
    api: TwilioApi, house: House, sms: Sms
) -> None:
    api.sms_url, api.advanced_opt_out = house.origin + "/sms", True
    for word in ("stop", "Start", "help", "hello"):
        await api.text(PHONE, SERVICE, word)
    kinds = [sms.inbound(form).opt_out for form in house.forms("/sms")]
    assert kinds == [OptOut.STOP, OptOut.START, OptOut.HELP, None]


def test_forms_that_say_nothing_are_rejected() -> None:
    sms = official()
    for read in (sms.inbound, sms.delivery):
        with pytest.raises(WebhookRejectedError):
            read(FormData([("Body", "hello")]))
    assert sms.delivery(FormData([("MessageSid", "SM1"), ("MessageStatus", "odd")])) is None


# The vectors that the provider publishes with its own libraries.
CALL = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
REPEATED = [
    ("Sid", "CA123"),
    ("SidAccount", "AC123"),
    ("Digits", "5678"),
    ("Digits", "1234"),
    ("Digits", "1234"),
]
PATH = "/myapp.php?foo=1&bar=2"
HOST = "mycompany.com"


def official(origin: str = f"https://{HOST}", shared_key: str | None = None) -> Sms:
    return Sms("AC1", "12345", SERVICE, origin, shared_key=shared_key)


@pytest.mark.parametrize(
    ("origin", "fields", "signature"),
    [
        (f"https://{HOST}", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (f"https://{HOST}", REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (f"https://{HOST}", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (f"https://{HOST}:443", CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (f"https://{HOST}:443", CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (f"http://{HOST}:80/", CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
        (f"http://{HOST}:1234", CALL, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ],
)
def test_the_official_vectors_hold(
    origin: str, fields: list[tuple[str, str]], signature: str
) -> None:
    form = FormData(list(fields))
    official(origin).verify(PATH, form, signature)
    with pytest.raises(WebhookRejectedError):
        official(origin).verify(PATH, FormData([*fields, ("More", "1")]), signature)


def test_the_official_vector_of_a_hashed_body_holds() -> None:
    digest = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
    path = f"{PATH}&bodySHA256={digest}"
    official().verify(path, FormData(), "a9nBmqA0ju/hNViExpshrM61xv4=")


@pytest.mark.parametrize(
    "signature",
    [None, "", "RSOY", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "RSOYDt4T1cUTdK1PDd93/VVr8B9=", "é" * 28],
)
def test_a_signature_that_is_missing_short_or_wrong_is_rejected(signature: str | None) -> None:
    with pytest.raises(WebhookRejectedError):
        official().verify(PATH, FormData(list(CALL)), signature)


@pytest.mark.parametrize(
    ("origin", "path"),
    [
        (f"http://{HOST}", PATH),
        ("https://mycompany.org", PATH),
        (f"https://{HOST}", "/myapp.php?foo=1"),
        (f"https://{HOST}", ":99999/myapp.php"),
        (f"https://{HOST}", "//evil:bad/"),
        (f"https://{HOST}", "/\udcff"),
    ],
)
def test_another_origin_or_path_is_rejected(origin: str, path: str) -> None:
    with pytest.raises(WebhookRejectedError):
        official(origin).verify(path, FormData(list(CALL)), "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


def test_another_port_is_rejected() -> None:
    with pytest.raises(WebhookRejectedError):
        official(f"http://{HOST}:8080").verify(
            PATH, FormData(list(CALL)), "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="
        )


def test_an_uploaded_file_is_rejected() -> None:
    form = FormData([*CALL, ("File", UploadFile(file=BytesIO(b"x")))])
    with pytest.raises(WebhookRejectedError):
        official().verify(PATH, form, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


def test_a_shared_key_signs_with_sha256() -> None:
    text = f"https://{HOST}{PATH}" + "".join(key + value for key, value in CALL)
    digest = hmac.new(b"shared", text.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    form = FormData(list(CALL))
    official(shared_key="shared").verify(PATH, form, signature, settings)
    refused: list[tuple[Sms, str | None]] = [
        (official(shared_key="shared"), None),
        (official(shared_key="another"), settings),
        (official(), settings),
        (official(shared_key="shared"), "algorithm=HMAC_MD5"),
    ]
    for sms, said in refused:
        with pytest.raises(WebhookRejectedError):
            sms.verify(PATH, form, signature, said)


WORDS = st.text(st.characters(codec="utf-8"), max_size=12)


@given(st.lists(st.tuples(st.sampled_from(["A", "AB", "B", "Body"]), WORDS), max_size=8))
def test_what_the_provider_signs_we_accept(fields: list[tuple[str, str]]) -> None:
    url = f"https://{HOST}/sms?{urlencode({'a': 'á b'})}"
    path = url.removeprefix(f"https://{HOST}")
    official().verify(path, FormData(list(fields)), sign(url, fields, "12345"))


async def test_nothing_personal_is_logged_or_raised(
    api: TwilioApi, sms: Sms, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
    logging.getLogger("bot.channels.sms").debug("heard")
    begun = datetime.now(UTC)
    refused: list[Callable[[], Awaitable[object]]] = [
        lambda: sms.send(outgoing(address="+1415555")),
        lambda: sms.find(outgoing(), begun),
    ]
    api.sms_url = house.origin + "/sms"
    await api.text(PHONE, SERVICE, BODY)
    await sms.send(outgoing())
    await sms.find(outgoing(), begun)
    await sms.catch_up(begun)
    api.fail_next("5xx", method="GET")
    said = [repr(sms), repr(sms.inbound(house.forms("/sms")[0])), repr(outgoing())]
    for call in refused:
        try:
            await call()
        except SendError as error:
            said += [str(error), repr(error), "".join(traceback.format_exception(error))]
    with pytest.raises(WebhookRejectedError) as rejected:
        sms.verify("/sms", house.forms("/sms")[0], "x" * 28)
    await api.settle()
    # The stand-in's access log is off, but pytest hangs its own handler on it.
    records = [record for record in caplog.records if record.name != "uvicorn.access"]
    said += [repr(rejected.value), *(record.getMessage() for record in records)]
    assert "heard" in said
    for secret in (PHONE, PHONE[1:], "1415555", BODY, api.auth_token, "Evening"):
        assert not [line for line in said if secret in line]

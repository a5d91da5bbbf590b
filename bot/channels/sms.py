# mypy: disable-error-code=import-untyped
"""SMS through Twilio: its webhooks and its Messages resource, in our words.

What Twilio says of an error can carry a number or a text. It ends here: what leaves this
file is a code.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import aiohttp
from starlette.datastructures import FormData
from twilio.base.exceptions import TwilioException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import (
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    get_signature_algorithm,
)
from twilio.rest import Client

from bot.channels import (
    IDLE_SECONDS,
    Delivery,
    Inbound,
    Kind,
    Outgoing,
    SendError,
    SendProblem,
    WebhookRejectedError,
    sms_forms,
)

T = TypeVar("T")

SMS_PATH: Final = "/sms"
"""Where inbound texts are posted to, on the public origin."""
STATUS_PATH: Final = "/sms/status"
"""Where status callbacks are posted to, on the public origin."""

_LONGEST_VALID = 36_000
_CONNECT_SECONDS = 5
# Twilio's times are whole seconds, and its clock is not ours.
_CLOCK_SLACK = timedelta(seconds=2)
_QUEUE_FULL_SECONDS = 60
_THROTTLED = frozenset({"20429", "21611"})
_STOPPED = "21610"
_LOST = ("failed", "undelivered", "canceled")
# The library logs each URL and query at INFO, phone numbers included. Outside of the
# hierarchy no logging configuration can wake this one up.
_SILENT = logging.Logger("silent", logging.CRITICAL + 1)  # noqa: LOG001


class Sms:
    """One Twilio sender: a number, or a messaging service (MG…).

    `public_url` and `api_url` are origins. `shared_key` is the secret of a webhook shared
    key, for webhooks signed with HMAC-SHA256; without it only the auth token's are taken.
    """

    name = "sms"
    per_address_seconds = 0.5
    pictures = False

    def __init__(  # noqa: PLR0913, a client's settings
        self,
        account_sid: str,
        auth_token: str,
        sender: str,
        public_url: str,
        api_url: str = "https://api.twilio.com",
        per_second: float = 1.0,
        *,
        shared_key: str | None = None,
        seconds: float = 20.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Hold the settings; `seconds` bounds each request. Nothing is opened before the first."""
        self.per_second = per_second
        self._account_sid = account_sid
        self._auth_token = auth_token
        self._sender = sender
        self._public_url = public_url.rstrip("/")
        self._api_url = api_url.rstrip("/")
        self._seconds = seconds
        self._now = now
        self._signers = {HMAC_SHA1: RequestValidator(auth_token)}
        if shared_key:
            self._signers[HMAC_SHA256] = RequestValidator(shared_key)
        self._session: aiohttp.ClientSession | None = None
        self._api: Any = None

    async def send(self, message: Outgoing) -> str:
        """Hand over one message and return its sid; raises SendError."""
        options: dict[str, Any] = {
            "to": message.address,
            "body": _body(message),
            "status_callback": self._public_url + STATUS_PATH,
        }
        if message.valid_for is not None:
            options["validity_period"] = max(1, min(message.valid_for, _LONGEST_VALID))
        if self._is_service:
            options["messaging_service_sid"] = self._sender
        else:
            options["from_"] = self._sender
        created = await self._call(self._messages.create_async(**options))
        if not created.sid:
            raise SendError(SendProblem.UNKNOWN, "sid")
        return str(created.sid)

    async def find(self, message: Outgoing, since: datetime) -> str | None:
        """Return the sid of this message if Twilio took it since then; raises SendError.

        Not of one that is lost: that was told before we knew its sid. It asks for no date: a
        message that still waits in Twilio's queue has none.
        """
        earliest = since - _CLOCK_SLACK
        body = _folded(_body(message))
        async for records in self._pages(to=message.address, page_size=50):
            recent = [one for one in records if (one.date_created or since) >= earliest]
            for one in recent:
                ours = str(one.direction).startswith("outbound") and _folded(one.body) == body
                if ours and str(one.status) not in _LOST:
                    return str(one.sid)
            if not recent:
                break
        return None

    async def catch_up(self, since: datetime) -> list[Inbound]:
        """Return what people sent us since then, oldest first; raises SendError.

        For texts whose webhook never arrived. The list does not say what kind a picture
        or a recording is: all of them are files.
        """
        options: dict[str, Any] = {"date_sent_after": since.astimezone(UTC), "page_size": 500}
        if not self._is_service:
            options["to"] = self._sender
        found = [
            Inbound(
                channel=self.name,
                address=str(one.from_),
                provider_id=str(one.sid),
                sent_at=one.date_sent or one.date_created or self._now(),
                text=one.body or "",
                kind=Kind.FILE if str(one.num_media or "0") != "0" else Kind.TEXT,
            )
            async for records in self._pages(**options)
            for one in records
            if one.direction == "inbound"
        ]
        # The list is newest first, and texts of one second must keep their order.
        found.reverse()
        return sorted(found, key=lambda one: one.sent_at)

    async def webhook_of_number(self) -> str | None:
        """Where Twilio posts what comes in to our number; raises SendError.

        None where the account has no such number. Of a messaging service it is not known: "".
        """
        if self._is_service:
            await self._call(self._messages.page_async(page_size=1))
            return ""
        owned = self._account.incoming_phone_numbers
        page = await self._call(owned.page_async(phone_number=self._sender))
        return next((str(one.sms_url or "") for one in page), None)

    async def became(self, sid: str) -> tuple[str, str | None]:
        """What became of a message: its state in Twilio's words, and a code; raises SendError."""
        found = await self._call(self._account.messages(sid).fetch_async())
        return str(found.status), str(found.error_code) if found.error_code else None

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()
        self._session = self._api = None

    def verify(
        self, path: str, form: FormData, signature: str | None, settings: str | None = None
    ) -> None:
        """Raise WebhookRejectedError unless Twilio signed this form for our public URL.

        `path` holds the query too; `signature` is the X-Twilio-Signature header, `settings`
        X-Twilio-Webhooks-Signature-Settings. What the request says of its own host is ignored.
        """
        algorithm = get_signature_algorithm(settings).upper()
        signer = self._signers.get(algorithm)
        given = (signature or "").encode("utf-8", "replace")
        good = False
        if signer is not None and path.startswith("/"):
            # An uploaded file, or letters that are no text, can't be signed: nothing of Twilio's.
            with contextlib.suppress(TypeError, ValueError):
                for origin in _origins(self._public_url):
                    wanted = signer.compute_signature(origin + path, form, algorithm)
                    good |= hmac.compare_digest(wanted.encode("ascii"), given)
        if not good:
            reason = "no valid signature"
            raise WebhookRejectedError(reason)

    def inbound(self, form: FormData) -> Inbound:
        """Read a verified text; raises WebhookRejectedError if it has no id or sender."""
        return sms_forms.inbound(form, self._now())

    def delivery(self, form: FormData) -> Delivery | None:
        """Read a verified status callback; None where nothing has left Twilio yet."""
        return sms_forms.delivery(form)

    @property
    def _is_service(self) -> bool:
        return self._sender.startswith("MG")

    @property
    def _messages(self) -> Any:
        return self._account.messages

    @property
    def _account(self) -> Any:
        """The account's resources; made late, because their session belongs to a running loop."""
        if self._api is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
                raise_for_status=_refuse_throttled,
            )
            http = AsyncTwilioHttpClient(pool_connections=False, logger=_SILENT)
            http.session = self._session
            client = Client(
                self._account_sid,
                self._auth_token,
                http_client=http,
                credential_provider=_BasicAuth(self._account_sid, self._auth_token),
                # A region or an edge in the surroundings would rewrite our origin.
                environment={"TWILIO_REGION": "", "TWILIO_EDGE": ""},
            )
            client.api.base_url = self._api_url
            self._api = client.api.v2010.account
        return self._api

    async def _pages(self, **options: Any) -> AsyncIterator[list[Any]]:
        page = await self._call(self._messages.page_async(**options))
        while page is not None:
            yield list(page)
            page = await self._call(page.next_page_async())

    async def _call(self, request: Awaitable[T]) -> T:
        """Bound a request; its exception dies here, because it may quote a number or a text."""
        try:
            async with asyncio.timeout(self._seconds):
                return await request
        except (TwilioException, aiohttp.ClientError, OSError, ValueError) as error:
            problem = _problem(error)
        raise problem


class _BasicAuth:
    """The credentials as a header: what the library does by itself, aiohttp gives up."""

    def __init__(self, account_sid: str, auth_token: str) -> None:
        self._header = aiohttp.encode_basic_auth(account_sid, auth_token)

    def to_auth_strategy(self) -> _BasicAuth:
        """Be one's own strategy."""
        return self

    def get_auth_string(self) -> str:
        """The Authorization header."""
        return self._header


def _body(message: Outgoing) -> str:
    """The text, and under it the links that it doesn't show yet."""
    links = [one.url for one in message.buttons if one.url and one.url not in message.text]
    return "\n".join([message.text, *links])


def _folded(body: str | None) -> str:
    """A text as it compares after the way through a provider."""
    return (body or "").replace("\r\n", "\n").strip()


def _origins(public_url: str) -> tuple[str, str]:
    """The origin with and without its port: Twilio signs either."""
    parts = urlsplit(public_url)
    port = f":{parts.port or (443 if parts.scheme == 'https' else 80)}"
    bare = parts.netloc.removesuffix(port)
    return f"{parts.scheme}://{bare}{parts.path}", f"{parts.scheme}://{bare}{port}{parts.path}"


async def _refuse_throttled(response: aiohttp.ClientResponse) -> None:
    """Read Retry-After while it is at hand: the library's exception has no headers."""
    if response.status == 429:  # noqa: PLR2004
        wait = response.headers.get("Retry-After", "")
        response.close()
        raise SendError(SendProblem.THROTTLED, "20429", float(wait) if wait.isdecimal() else None)


def _problem(error: Exception) -> SendError:
    """What a failed request means for the message."""
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return SendError(SendProblem.UNREACHABLE, "connect")
    if isinstance(error, TimeoutError):
        return SendError(SendProblem.UNKNOWN, "timeout")
    if not isinstance(error, TwilioException):
        return SendError(SendProblem.UNKNOWN, "cut")
    # A page that fails says its status only through the response among its arguments.
    page = error.args[-1] if error.args else None
    status = int(getattr(error, "status", 0) or getattr(page, "status_code", 0))
    code = str(getattr(error, "code", None) or status)
    return _refusal(status, code if code.isdecimal() else str(status))


def _refusal(status: int, code: str) -> SendError:
    """What Twilio's own answer means: only a plain 4xx is certainly a no."""
    if code in _THROTTLED:
        return SendError(SendProblem.THROTTLED, code, _QUEUE_FULL_SECONDS)
    if code == _STOPPED:
        return SendError(SendProblem.STOPPED, code)
    if status == 401:  # noqa: PLR2004
        return SendError(SendProblem.UNREACHABLE, "20003")
    if 400 <= status < 500 and status != 408:  # noqa: PLR2004
        return SendError(SendProblem.REJECTED, code)
    return SendError(SendProblem.UNKNOWN, code)

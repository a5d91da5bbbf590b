"""A stand-in for Twilio's Messages API on loopback: it behaves, and fails when it is told to."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlencode

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.demo.twilio_network import Network, new_sid
from bot.demo.twilio_records import VERSION, Message, as_json
from bot.web.server import Server, listen, server
from content.segments import segments

_NUMBER = re.compile(r"\+[1-9]\d{7,14}")
_LONGEST = 1_600
_LONGEST_VALID = 36_000
_LARGEST_PAGE = 1_000

Handler = Callable[[Request], Awaitable[Response]]


class _Cut(Response):
    """Half an answer: the connection closes before the promised end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin, and leave."""
        del scope, receive
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"sid": "', "more_body": True})


class TwilioApi(Network):
    """The service as its clients see it. `numbers` are the account's own.

    `ledger` and `messages` are the truth that tests compare with; `now` may be a demo's clock.
    """

    def __init__(
        self,
        account_sid: str = "AC0123456789abcdef0123456789abcdef",
        auth_token: str = "0123456789abcdeffedcba9876543210",  # noqa: S107 - made up
        numbers: Sequence[str] = ("+15005550006",),
        *,
        service_sid: str = "MG0123456789abcdef0123456789abcdef",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        read_seconds: float = 15.0,
    ) -> None:
        super().__init__(account_sid, auth_token, now, read_seconds)
        self.numbers = tuple(numbers)
        self.service_sid = service_sid
        self.concurrency = 50
        """Requests in flight beyond which the service answers 429."""
        self.queue_limit = 36_000
        """Segments that one sender's queue holds."""
        self._faults: dict[str, deque[str]] = {"GET": deque(), "POST": deque()}
        self._in_flight = 0
        self._closing = asyncio.Event()
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `origin` says where."""
        listener = listen("127.0.0.1", port)
        self.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._session = aiohttp.ClientSession()
        path = f"/{VERSION}/Accounts/{{account}}/Messages"
        routes = [
            Route(f"{path}.json", self._guarded(self._create), methods=["POST"]),
            Route(f"{path}.json", self._guarded(self._page), methods=["GET"]),
            Route(f"{path}/{{sid}}.json", self._guarded(self._fetch), methods=["GET"]),
            Route(
                f"/{VERSION}/Accounts/{{account}}/IncomingPhoneNumbers.json",
                self._guarded(self._owned),
                methods=["GET"],
            ),
        ]
        self._server = server(Starlette(routes=routes))
        self._serving = asyncio.create_task(self._server.serve([listener]))

    async def close(self) -> None:
        """Stop listening, sending and posting; whoever waits for an answer gets one."""
        self._closing.set()
        self.paused = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server and self._serving:
            self._server.should_exit = True
            await self._serving
        if self._session:
            await self._session.close()

    def fail_next(self, kind: str, times: int = 1, method: str = "POST") -> None:
        """Make the next requests fail.

        429, 5xx and hang (no answer, nothing taken) hold for GET too; accept_then_drop and
        accept_then_5xx take the message first; 2xxxx refuses it; 3xxxx takes it, and it is
        undelivered with that code.
        """
        self._faults[method].extend([kind] * times)

    def _guarded(self, handler: Handler) -> Handler:
        """Check who asks and how many do, and fail as told, before the handler's turn."""

        async def guarded(request: Request) -> Response:
            self._note("request", None, request.method)
            self._in_flight += 1
            try:
                if self._in_flight > self.concurrency:
                    return self._throttled()
                if not self._knows(request):
                    return _error(401, 20003, "Authenticate")
                if request.path_params["account"] != self.account_sid:
                    return _error(404, 20404, f"The resource {request.url.path} was not found")
                return await self._failing_first(handler, request)
            finally:
                self._in_flight -= 1

        return guarded

    async def _failing_first(self, handler: Handler, request: Request) -> Response:
        faults = self._faults[request.method]
        fault = faults.popleft() if faults else ""
        request.state.later = int(fault) if re.fullmatch(r"3\d{4}", fault) else None
        if fault == "hang":
            await self._closing.wait()
        if fault in {"5xx", "hang"}:
            return Response("<h1>Service Unavailable</h1>", 503, media_type="text/html")
        if fault in {"429", "20429"}:
            return self._throttled()
        if fault == "20003":
            return _error(401, 20003, "Authenticate")
        if re.fullmatch(r"2\d{4}", fault):
            return self._refuse(int(fault), "Refused, as it was told to")
        answer = await handler(request)
        if fault == "accept_then_5xx":
            return Response("<h1>Bad Gateway</h1>", 502, media_type="text/html")
        return _Cut() if fault == "accept_then_drop" else answer

    def _knows(self, request: Request) -> bool:
        pair = f"{self.account_sid}:{self.auth_token}".encode()
        wanted = "Basic " + base64.b64encode(pair).decode()
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), wanted.encode())

    def _throttled(self) -> Response:
        self._note("refused", None, "20429")
        answer = _error(429, 20429, "Too Many Requests")
        answer.headers["Retry-After"] = "1"
        answer.headers["Twilio-Concurrent-Requests"] = str(self._in_flight)
        return answer

    def _refuse(self, code: int, reason: str) -> Response:
        self._note("refused", None, str(code))
        return _error(400, code, reason)

    async def _create(self, request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        service = form.get("MessagingServiceSid")
        sender = form.get("From") or (self.numbers[0] if service == self.service_sid else "")
        problem = self._problem(form, sender)
        if problem:
            return self._refuse(*problem)
        now = self.now()
        message = Message(
            sid=new_sid("SM"),
            direction="outbound-api",
            sender=sender,
            to=form["To"],
            body=form["Body"],
            status="accepted" if service else "queued",
            created=now,
            updated=now,
            segments=segments(form["Body"]),
            valid_for=int(form.get("ValidityPeriod", _LONGEST_VALID)),
            callback=form.get("StatusCallback"),
            service=service,
        )
        self._accept(message, request.state.later)
        return JSONResponse(as_json(message, self.account_sid), 201)

    def _problem(self, form: dict[str, str], sender: str) -> tuple[int, str] | None:
        """What is wrong with a create request: the service's code, and its kind of sentence."""
        to, body, valid = form.get("To", ""), form.get("Body", ""), form.get("ValidityPeriod", "1")
        callback = form.get("StatusCallback", "http://")
        checks = [
            (not to, 21604, "A 'To' phone number is required."),
            (not sender, 21603, "A 'From' phone number is required."),
            (sender not in self.numbers, 21606, f"The 'From' phone number {sender} is not yours."),
            (not _NUMBER.fullmatch(to), 21211, f"Invalid 'To' Phone Number: {to}"),
            (not body.strip(), 21602, "Message body is required."),
            (len(body) > _LONGEST, 21617, "The message body exceeds the 1600 character limit."),
            (
                not valid.isdecimal() or not 1 <= int(valid) <= _LONGEST_VALID,
                90007,
                "Invalid validity period value",
            ),
            (
                not callback.startswith(("http://", "https://")),
                21609,
                f"The 'StatusCallback' URL {callback} is not a valid URL.",
            ),
            (self.is_stopped(sender, to), 21610, f"{to} has unsubscribed from {sender}"),
            (
                self._waiting(sender) + segments(body) > self.queue_limit,
                21611,
                f"This 'From' number {sender} has exceeded the maximum number of queued messages",
            ),
        ]
        return next(((code, reason) for wrong, code, reason in checks if wrong), None)

    async def _fetch(self, request: Request) -> Response:
        found = self._by_sid.get(request.path_params["sid"])
        if found is None:
            return _error(404, 20404, f"The resource {request.url.path} was not found")
        return JSONResponse(as_json(found, self.account_sid))

    async def _owned(self, request: Request) -> Response:
        """The account's numbers, and where what comes in to them is posted."""
        asked = request.query_params.get("PhoneNumber")
        shown = [
            {"sid": f"PN{at:032d}", "phone_number": one, "sms_url": self.sms_url or ""}
            for at, one in enumerate(self.numbers)
            if asked in (None, one)
        ]
        page = {"incoming_phone_numbers": shown, "page": 0, "page_size": 50}
        return JSONResponse({**page, "uri": request.url.path, "next_page_uri": None})

    async def _page(self, request: Request) -> Response:
        """Newest first. A filter on dates leaves out what has none yet."""
        asked = dict(request.query_params)
        chosen = [one for one in reversed(self.messages) if _matches(one, asked)]
        size = min(int(asked.get("PageSize", "50")), _LARGEST_PAGE)
        after = asked.get("PageToken", "").removeprefix("PA")
        begin = 1 + next((n for n, one in enumerate(chosen) if one.sid == after), -1)
        shown, number = chosen[begin : begin + size], int(asked.get("Page", "0"))
        path, following = request.url.path, None
        if begin + size < len(chosen):
            turn = {"PageSize": size, "Page": number + 1, "PageToken": "PA" + shown[-1].sid}
            following = f"{path}?{urlencode({**asked, **turn})}"
        return JSONResponse(
            {
                "messages": [as_json(one, self.account_sid) for one in shown],
                "page": number,
                "page_size": size,
                "start": begin,
                "end": begin + max(0, len(shown) - 1),
                "uri": f"{path}?{urlencode(asked)}",
                "first_page_uri": f"{path}?PageSize={size}&Page=0",
                "next_page_uri": following,
                "previous_page_uri": None,
            }
        )


def _matches(message: Message, asked: dict[str, str]) -> bool:
    if asked.get("To", message.to) != message.to:
        return False
    if asked.get("From", message.sender) != message.sender:
        return False
    dates = {key: _moment(value) for key, value in asked.items() if key.startswith("DateSent")}
    if not dates:
        return True
    if message.sent is None:
        return False
    sent = message.sent.replace(microsecond=0)
    return (
        dates.get("DateSent>", sent) <= sent <= dates.get("DateSent<", sent)
        and dates.get("DateSent", sent).date() == sent.date()
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _error(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": message, "more_info": more, "status": status}
    return JSONResponse(body, status)

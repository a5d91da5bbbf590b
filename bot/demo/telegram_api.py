"""A stand-in for the Telegram Bot API on loopback: it behaves, misbehaves on request, remembers.

It speaks the service's HTTP over real sockets and writes every call into a ledger.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.demo.telegram_methods import USUAL, Limits, Methods
from bot.demo.telegram_updates import ApiError, Json, Updates
from bot.web.server import Server, listen, server

FaultKind = Literal["429", "5xx", "hang", "drop", "half"]
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{30,}")
_CUT = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came: `status` is the HTTP status answered, 0 when the line was cut."""

    method: str
    params: Mapping[str, str] = field(repr=False)
    status: int
    moment: datetime


@dataclass(frozen=True, slots=True)
class _Fault:
    kind: FaultKind
    seconds: float
    status: int
    accepted: bool

    @property
    def cuts(self) -> bool:
        """Whether the caller gets no whole answer."""
        return self.kind in ("drop", "half") or (self.kind == "hang" and not self.accepted)


class TelegramApi(Methods):
    """The service and everybody who uses it. `speed` shortens the waits between webhook tries."""

    def __init__(
        self,
        *,
        token: str = "7100200300:AAF-loopback-stand-in-0123456789abcde",  # noqa: S107 - made up
        username: str = "evening_companion_bot",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        speed: float = 1.0,
        limits: Limits | None = USUAL,
    ) -> None:
        me = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Evening",
            "username": username,
        }
        super().__init__(Updates(now, speed), now, me, limits)
        self.token = token
        self.username = username
        self.ledger: list[Call] = []
        self.origin = ""
        self._faults: list[tuple[str, _Fault]] = []
        self._closing = asyncio.Event()
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `origin` says where."""
        listener = listen("127.0.0.1", port)
        self.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        route = Route("/bot{token}/{method}", self._call, methods=["GET", "POST"])
        self._server = server(Starlette(routes=[route]))
        self._serving = asyncio.create_task(self._server.serve([listener]))

    async def close(self) -> None:
        """Stop listening and posting; whoever waits for an answer gets one."""
        self._closing.set()
        await self.updates.close()
        if self._server and self._serving:
            self._server.should_exit = True
            await self._serving

    @property
    def deliver_twice(self) -> bool:
        """Whether every update comes more than once; `updates.copies` says how often."""
        return self.updates.copies > 1

    @deliver_twice.setter
    def deliver_twice(self, twice: bool) -> None:
        self.updates.copies = 2 if twice else 1

    def fail_next(
        self,
        method: str,
        kind: FaultKind,
        times: int = 1,
        *,
        seconds: float = 3,
        status: int = 500,
        accepted: bool = False,
    ) -> None:
        """Let the next calls of a method ("*" for any) fail.

        `429` asks to wait `seconds`; `5xx` answers `status`; `drop` cuts the line without an
        answer; `half` breaks off in mid-answer; `hang` is silent for `seconds`, then cuts. With
        `accepted` the call is carried out all the same: only its answer is lost (or, after a
        hang, late).
        """
        self._faults += [(method, _Fault(kind, seconds, status, accepted))] * times

    async def _call(self, request: Request) -> Response:
        method, token = request.path_params["method"], request.path_params["token"]
        params, files = await _params(request)
        fault = self._fault(method)
        try:
            if token != self.token:
                raise _wrong_token(token)
            if fault and not fault.accepted:
                result: Any = self._fail(fault)
            else:
                result = await self.do(method, params, files)
            answer = {"ok": True, "result": result}
            status = 200
            if fault and fault.accepted:
                self._fail(fault)
        except ApiError as error:
            answer, status = _refusal(error), error.code
        cut = fault is not None and fault.cuts
        self.ledger.append(Call(method, params, _CUT if cut else status, self._now()))
        if fault is None:
            return JSONResponse(answer, status)
        return await self._misbehave(fault, request, answer, status)

    def _fail(self, fault: _Fault) -> Json:
        if fault.kind == "429":
            wait = max(1, math.ceil(fault.seconds))
            raise ApiError(429, f"Too Many Requests: retry after {wait}", wait)
        if fault.kind == "5xx":
            raise ApiError(fault.status, "Internal Server Error")
        return {}

    def _fault(self, method: str) -> _Fault | None:
        for at, (wanted, fault) in enumerate(self._faults):
            if wanted in (method, "*"):
                del self._faults[at]
                return fault
        return None

    async def _misbehave(
        self, fault: _Fault, request: Request, answer: Json, status: int
    ) -> Response:
        if fault.kind == "hang":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), fault.seconds)
        response = JSONResponse(answer, status)
        if fault.cuts:
            body = bytes(response.body)
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            self._cut(request, head + body[: len(body) // 2] if fault.kind == "half" else b"")
            # The server must see that the line is gone before it is handed an answer.
            await asyncio.sleep(0.01)
        return response

    def _cut(self, request: Request, last: bytes) -> None:
        """Write what is left to say past the server and hang up, unless the caller has."""
        lines: set[Any] = set(self._server.server_state.connections) if self._server else set()
        for line in lines:
            if line.scope is request.scope:
                line.transport.write(last)
                line.transport.close()


def _wrong_token(token: str) -> ApiError:
    if _TOKEN.fullmatch(token):
        return ApiError(401, "Unauthorized")
    return ApiError(404, "Not Found")


def _refusal(error: ApiError) -> Json:
    answer: Json = {"ok": False, "error_code": error.code, "description": error.description}
    if error.retry_after is not None:
        answer["parameters"] = {"retry_after": error.retry_after}
    return answer


async def _params(request: Request) -> tuple[dict[str, str], dict[str, bytes]]:
    """Parameters from the query, a form or a JSON body, structured ones as JSON text; and files."""
    params = dict(request.query_params)
    if request.headers.get("content-type", "").startswith("application/json"):
        body = json.loads(await request.body() or b"{}")
        given = {k: v if isinstance(v, str) else json.dumps(v) for k, v in body.items()}
        return params | given, {}
    async with request.form() as form:
        files = {k: await v.read() for k, v in form.items() if isinstance(v, UploadFile)}
        return params | {k: v for k, v in form.items() if isinstance(v, str)}, files

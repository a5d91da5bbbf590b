"""A stand-in for the sites that publish lists of meetings: they behave, and fail when told to."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final, Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bot.web.server import Server, listen, server

Fault = Literal["html", "empty", "truncated", "cut", "slow", "401", "403", "404", "500", "503"]
_CHALLENGE: Final = "<!doctype html><title>Just a moment</title><p>Checking your browser.</p>"
_SMALL: Final = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came, and what it was answered with."""

    path: str
    """With its query."""
    headers: dict[str, str]
    status: int


@dataclass(frozen=True, slots=True)
class _Document:
    body: bytes
    kind: str
    etag: str
    modified: datetime


class _Cut(Response):
    """Half of what was promised: the connection closes before the end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin, and leave."""
        del scope, receive
        size = str(2 * len(self.body)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": True})


class ListsApi:
    """All sites in one. `ledger` is what was asked of them."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.origin = ""
        self.ledger: list[Asked] = []
        self.conditional = True
        """Whether it knows which copy somebody has."""
        self.slow_seconds = 3.0
        self.waiting = 0
        """How many are kept waiting now."""
        self._now = now
        self._documents: dict[str, _Document] = {}
        self._moved: dict[str, str] = {}
        self._faults: dict[str, deque[Fault]] = {}
        self._closing = asyncio.Event()
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on loopback; `origin` says where."""
        listener = listen("127.0.0.1", port)
        self.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET"])])
        self._server = server(app)
        self._serving = asyncio.create_task(self._server.serve([listener]))

    async def close(self) -> None:
        """Stop listening; whoever waits for an answer gets one."""
        self._closing.set()
        if self._server and self._serving:
            self._server.should_exit = True
            await self._serving

    def publish(self, path: str, rows: Any) -> str:
        """Put a list (or a text, or bytes as they are) at a path; returns its address.

        The path may have a query; one without is found by any.
        """
        body = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
        self._put(path, body, "application/json")
        return f"{self.origin}{path}"

    def page(self, path: str, html: str) -> str:
        """Put a web page at a path; returns its address."""
        self._put(path, html.encode(), "text/html; charset=utf-8")
        return f"{self.origin}{path}"

    def move(self, path: str, target: str) -> str:
        """Send who asks for a path somewhere else; returns its address."""
        self._moved[path] = target
        return f"{self.origin}{path}"

    def fail_next(self, path: str, fault: Fault, times: int = 1) -> None:
        """Make the next answers at a path fail.

        `truncated` ends inside the JSON and says nothing of it; `cut` breaks the connection off;
        `slow` takes `slow_seconds` for its first byte.
        """
        self._faults.setdefault(path, deque()).extend([fault] * times)

    def _put(self, path: str, body: bytes, kind: str) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        self._documents[path] = _Document(body, kind, etag, self._now().replace(microsecond=0))

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        whole = f"{path}?{request.url.query}" if request.url.query else path
        at = whole if whole in self._documents else path
        faults = self._faults.get(at) or self._faults.get(path)
        document = self._documents.get(at)
        if faults:
            response = await self._fail(faults.popleft(), document)
        elif path in self._moved:
            response = Response(status_code=302, headers={"Location": self._moved[path]})
        elif document is None:
            response = Response("not here", 404, media_type="text/plain")
        else:
            response = self._whole(request, document)
        self.ledger.append(Asked(whole, dict(request.headers), response.status_code))
        return response

    async def _fail(self, fault: Fault, document: _Document | None) -> Response:
        body = document.body if document else b"[]"
        match fault:
            case "html":
                # With 200, as challenges come.
                return Response(_CHALLENGE, media_type="text/html")
            case "empty":
                return Response(b"[]", media_type="application/json")
            case "truncated":
                return Response(body[: len(body) // 2], media_type="application/json")
            case "cut":
                return _Cut(body[: len(body) // 2])
            case "slow":
                self.waiting += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), self.slow_seconds)
                self.waiting -= 1
                return Response(body, media_type="application/json")
            case _:
                return Response("no", int(fault), media_type="text/plain")

    def _whole(self, request: Request, document: _Document) -> Response:
        headers = {"Content-Type": document.kind}
        if self.conditional:
            headers |= {
                "ETag": document.etag,
                "Last-Modified": format_datetime(document.modified, usegmt=True),
            }
            asked = request.headers.get("if-none-match")
            since = request.headers.get("if-modified-since")
            known = asked == document.etag or (asked is None and since == headers["Last-Modified"])
            if known:
                return Response(status_code=304, headers=headers)
        body = document.body
        if len(body) > _SMALL and "gzip" in request.headers.get("accept-encoding", ""):
            body = gzip.compress(body, 1)
            headers["Content-Encoding"] = "gzip"
        return Response(body, headers=headers)

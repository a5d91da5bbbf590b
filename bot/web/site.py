"""The web side: webhooks, health, and the page of an alert; every route is listed here."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Scope, Send
from starlette.types import Receive as Read

from bot.channels import Receive
from bot.clock import Clock
from bot.config import House
from bot.web.alert_page import AlertPages, page
from bot.web.hooks import Delivered, Hooks, RefusedError, SmsHook, TelegramHook
from storage.store import Store, StoreDownError

_log = logging.getLogger("companion.web")

_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_CSS: Final = resources.files("bot.web").joinpath("static/page.css").read_bytes()
_CSS_TAG: Final = f'"{hashlib.sha256(_CSS).hexdigest()[:16]}"'


@dataclass(frozen=True, slots=True)
class Site:
    """What the web side stands on."""

    store: Store
    house: House
    clock: Clock
    receive: Receive
    """The door."""
    telegram: TelegramHook | None
    """The channel that takes Telegram's webhook; None: it is off, or polls."""
    sms: SmsHook | None
    delivered: Delivered
    """Takes what a status callback says, by the channel's name."""
    wake: Callable[[], None]
    """Tells the senders that there may be something to send."""
    health: Callable[[], Awaitable[dict[str, Any]]]
    """How the house is; `ok` says whether it is well."""


def build(site: Site) -> Starlette:
    """The application, with every address that it answers at."""
    hooks = Hooks(site.receive, site.telegram, site.sms, site.delivered)
    alert = AlertPages(site.store, site.house, site.clock, site.wake)

    async def health(request: Request) -> Response:
        del request
        try:
            found = await site.health()
        except Exception as error:  # noqa: BLE001 - whatever it is, the house is not well
            _log.error("health_failed", extra={"error": type(error).__name__})
            found = {"ok": False}
        return JSONResponse(found, 200 if found.get("ok") is True else 503)

    return Starlette(
        routes=[
            Route("/telegram", hooks.telegram, methods=["POST"]),
            Route("/sms", hooks.text, methods=["POST"]),
            Route("/sms/status", hooks.status, methods=["POST"]),
            Route("/health", health, methods=["GET"]),
            Route("/a/{token}", alert.show, methods=["GET"]),
            Route("/a/{token}", alert.enter, methods=["POST"]),
            Route("/a/{token}/act", alert.act, methods=["POST"]),
            Route("/a/{token}/lock", alert.lock, methods=["POST"]),
            Route("/static/page.css", _css, methods=["GET"]),
        ],
        middleware=[Middleware(_Guard)],
        exception_handlers={
            HTTPException: _refused,
            RefusedError: _refused,
            StoreDownError: _down,
        },
    )


async def _css(request: Request) -> Response:
    headers = {"Cache-Control": "no-cache", "ETag": _CSS_TAG}
    if request.headers.get("if-none-match") == _CSS_TAG:
        return Response(status_code=304, headers=headers)
    return Response(_CSS, media_type="text/css", headers=headers)


async def _refused(request: Request, error: Exception) -> Response:
    del request
    status = error.status_code if isinstance(error, HTTPException) else _status(error)
    headers = error.headers if isinstance(error, HTTPException) else None
    return Response("Nothing here.\n", status, headers, media_type="text/plain")


def _status(error: Exception) -> int:
    return error.status if isinstance(error, RefusedError) else 500


async def _down(request: Request, error: Exception) -> Response:
    del request, error
    response = page("down", 503)
    response.headers["Retry-After"] = "5"
    return response


class _Guard:
    """Puts the headers on every answer, and lets no exception out: its text may hold anything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Read, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((n, v) for n, v in _RAW_HEADERS if n not in given),
                ]
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception:  # noqa: BLE001 - whatever it is, it ends here
            # Our formatter keeps an exception's type and place and drops its text.
            _log.exception("page_failed")
            if not begun:
                await page("down", 500)(scope, receive, guarded)


_RAW_HEADERS: Final = [(n.lower().encode(), v.encode()) for n, v in _HEADERS.items()]

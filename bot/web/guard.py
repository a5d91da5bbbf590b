"""What stands around every answer: headers, no exception, and no form from another site."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.pages import page

_log = logging.getLogger("companion.web")

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
WITH_PICTURES: Final = {"Content-Security-Policy": f"{_POLICY}; img-src 'self'"}
"""For a page that shows pictures of ours."""
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_RAW_HEADERS: Final = [(n.lower().encode(), v.encode()) for n, v in _HEADERS.items()]
_HTTPS_FROM_NOW_ON: Final = (b"strict-transport-security", b"max-age=31536000")
_READING: Final = ("GET", "HEAD", "OPTIONS")
_FOREIGN: Final = ("cross-site", "same-site")


class Guard:
    """Puts the headers on every answer, and lets no exception out: its text may hold anything.

    What a browser says comes from another site changes nothing. Providers' webhooks say nothing
    of the kind.
    """

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self._app = app
        self._headers = [*_RAW_HEADERS, _HTTPS_FROM_NOW_ON] if https else _RAW_HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
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
                    *((n, v) for n, v in self._headers if n not in given),
                ]
            await send(message)

        if _is_foreign(scope):
            await page("away", 403, back="/", written="")(scope, receive, guarded)
            return
        try:
            await self._app(scope, receive, guarded)
        except Exception:  # noqa: BLE001 - whatever it is, it ends here
            # Our formatter keeps an exception's type and place and drops its text.
            _log.exception("page_failed")
            if not begun:
                await page("down", 500)(scope, receive, guarded)


def _is_foreign(scope: Scope) -> bool:
    site = Headers(scope=scope).get("sec-fetch-site")
    return scope["method"] not in _READING and site in _FOREIGN

"""How the house is, for machines: yes or no for anybody, figures for who has the token."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

_log = logging.getLogger("companion.web")


class Status:
    """`/health` and `/metrics`."""

    def __init__(
        self,
        health: Callable[[], Awaitable[dict[str, Any]]],
        metrics: Callable[[], Awaitable[bytes]] | None,
        token: str,
    ) -> None:
        self._health = health
        self._metrics = metrics
        self._token = token

    async def health(self, request: Request) -> Response:
        """200 or 503 and `ok`; how many alerts are open is said to nobody without the token."""
        try:
            found = await self._health()
        except Exception as error:  # noqa: BLE001 - whatever it is, the house is not well
            _log.error("health_failed", extra={"error": type(error).__name__})
            found = {"ok": False}
        well = found.get("ok") is True
        shown = found if self._trusts(request) else {"ok": well}
        return JSONResponse(shown, 200 if well else 503)

    async def metrics(self, request: Request) -> Response:
        """The figures, in the text format of Prometheus; 404 while no token is set."""
        if self._metrics is None or not self._token:
            return Response(status_code=404)
        if not self._trusts(request):
            return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(await self._metrics(), media_type=CONTENT_TYPE_LATEST)

    def _trusts(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").encode("utf-8", "replace")
        return bool(self._token) and hmac.compare_digest(given, f"Bearer {self._token}".encode())

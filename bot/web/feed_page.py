"""What a phone's calendar fetches: somebody's times, for whoever has the address."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.calendars import own_feed
from bot.web.tries import Bucket
from content.wording import entries

if TYPE_CHECKING:
    from bot.web.site import Site

_LONGEST: Final = 64
_BURST: Final = 6
_A_MINUTE: Final = 1 / 60
_KNOWN: Final = 2000
"""Of so many addresses it is remembered how often they were fetched."""


class FeedPage:
    """`/c/{token}.ics`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._strangers = Bucket()
        self._fetched: OrderedDict[str, Bucket] = OrderedDict()

    def routes(self) -> list[Route]:
        """Open to whoever has the address."""
        return [Route("/c/{token}.ics", self.feed, methods=["GET"])]

    async def feed(self, request: Request) -> Response:
        """The calendar, or that it is the copy they have."""
        token, now = str(request.path_params["token"])[:_LONGEST], self._site.clock.now()
        found = await self._site.store.read(lambda tx: own_feed.read(tx, token, now))
        if found is None:
            if not self._strangers.take(now.timestamp()):
                return _later()
            return Response(status_code=404)
        if not self._bucket(token).take(now.timestamp()):
            return _later()
        body = await asyncio.to_thread(own_feed.written, found)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "private, max-age=900"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        name = entries(found.language)["feed.file"].text
        headers["Content-Disposition"] = f'inline; filename="{name}.ics"'
        return Response(body, media_type="text/calendar", headers=headers)

    def _bucket(self, token: str) -> Bucket:
        key = hashlib.sha256(token.encode()).hexdigest()
        bucket = self._fetched.pop(key, None) or Bucket(_BURST, _A_MINUTE)
        self._fetched[key] = bucket
        while len(self._fetched) > _KNOWN:
            self._fetched.popitem(last=False)
        return bucket


def _later() -> Response:
    return Response(status_code=429, headers={"Retry-After": "60"})

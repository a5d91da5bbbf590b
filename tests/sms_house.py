"""A web server that keeps what is posted to it, and answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qsl

from aiohttp import web
from starlette.datastructures import FormData


class House:
    def __init__(self) -> None:
        self.origin = ""
        self.posts: list[tuple[str, FormData, dict[str, str]]] = []
        self.statuses: list[int] = []
        self.body = "<Response/>"
        self.content_type = "text/xml"
        self.seconds = 0.0
        self._leaving = asyncio.Event()

    def forms(self, path: str) -> list[FormData]:
        return [form for at, form, _ in self.posts if at == path]

    async def take(self, request: web.Request) -> web.Response:
        fields = parse_qsl(await request.text(), keep_blank_values=True)
        self.posts.append((request.path_qs, FormData(list(fields)), dict(request.headers)))
        if self.seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), self.seconds)
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, text=self.body, content_type=self.content_type)

    def leave(self) -> None:
        self._leaving.set()


@asynccontextmanager
async def open_house() -> AsyncIterator[House]:
    house = House()
    app = web.Application()
    app.router.add_post("/{tail:.*}", house.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    house.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield house
    finally:
        house.leave()
        await runner.cleanup()

"""A member of staff in front of a browser, for tests of the console's pages."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Self

import httpx
from sqlalchemy import select

from storage.models import audit
from tests.world import COUNSELOR, World


class Desk:
    """Somebody who is signed in; every page is read as text."""

    def __init__(self, world: World, name: str = COUNSELOR) -> None:
        self.world = world
        self.name = name
        self.browser = world.client()

    async def __aenter__(self) -> Self:
        await self.world.signed_in(self.browser, self.name)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.browser.aclose()

    async def get(self, path: str) -> httpx.Response:
        return await self.browser.get(path)

    async def text(self, path: str) -> str:
        answer = await self.browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.text

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        form = {"form": self.world.form_key(self.browser), **fields}
        return await self.browser.post(path, data=form)

    async def follow(self, answer: httpx.Response) -> str:
        """Where a form led, as text."""
        assert answer.status_code == 303, answer.status_code
        return await self.text(answer.headers["location"])

    async def looks(self, what: str) -> list[Any]:
        """The audit rows of a kind, in order."""
        query = select(audit).where(audit.c.what == what).order_by(audit.c.id)
        return list(await self.world.read(lambda tx: list(tx.execute(query))))


def title(text: str) -> str:
    """The title of a page."""
    return str(re.findall(r"<title>(.*?)</title>", text)[0])


def words(text: str) -> str:
    """A page as it is read, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())

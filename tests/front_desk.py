"""Staff who sign in with browsers of their own, for tests of the console's front door."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from sqlalchemy import func, select

from bot.config import House
from bot.web import totp
from storage.models import audit, web_session
from storage.store import Store
from tests.conftest import HandClock
from tests.world import COUNSELOR, PASSWORD, SUPERVISOR, World

OPERATOR = "Olga Lind"
MINUTE = timedelta(minutes=1)


@dataclass
class FrontDesk:
    """A clinic whose staff sign in with browsers of their own."""

    world: World
    browser: httpx.AsyncClient
    secrets: dict[str, str] = field(default_factory=dict)

    def code(self, name: str = COUNSELOR, steps: int = 0) -> str:
        step = totp.step_at(self.world.clock.at) + steps
        return totp.code_of(self.secrets[name], step)

    async def enter(
        self,
        name: str = COUNSELOR,
        *,
        password: str = PASSWORD,
        code: str | None = None,
        to: str = "",
        browser: httpx.AsyncClient | None = None,
    ) -> httpx.Response:
        form = {
            "name": name,
            "password": password,
            "code": code if code is not None else self.code(name),
            "next": to,
        }
        return await (browser or self.browser).post("/sign-in", data=form)

    async def press(self, path: str, **form: str) -> httpx.Response:
        key = self.world.form_key(self.browser)
        return await self.browser.post(path, data={"form": key, **form})

    async def is_in(self, browser: httpx.AsyncClient | None = None) -> bool:
        return (await (browser or self.browser).get("/account")).status_code == 200

    def stranger(self) -> httpx.AsyncClient:
        """Another browser on the same web side."""
        return httpx.AsyncClient(transport=self.browser._transport, base_url=self.world.house.url)

    def later(self, **ahead: float) -> None:
        self.world.clock.at += timedelta(**ahead)

    async def row(self, name: str = COUNSELOR) -> Any:
        return await self.world.worker(name)

    async def audited(self, what: str) -> int:
        query = select(func.count()).select_from(audit).where(audit.c.what == what)
        return int(await self.world.read(lambda tx: tx.execute(query).scalar_one()))

    async def sessions(self) -> int:
        query = select(func.count()).select_from(web_session)
        return int(await self.world.read(lambda tx: tx.execute(query).scalar_one()))


@contextlib.asynccontextmanager
async def front_desk(store: Store, house: House, clock: HandClock) -> AsyncIterator[FrontDesk]:
    """A counselor, a supervisor and an operator who are set up, and a first browser."""
    world = await World(store, house, clock).staffed()
    await world.hired(OPERATOR, "operator", "+12155550177")
    secrets = {name: await world.set_up(name) for name in (COUNSELOR, SUPERVISOR, OPERATOR)}
    async with world.client() as browser:
        yield FrontDesk(world, browser, secrets)


async def link_of(desk: FrontDesk, name: str = COUNSELOR) -> str:
    reply = await desk.world.do("staff_reset", name=name)
    return str(reply["setup"]).removeprefix(desk.world.house.url)


def secret_in(text: str) -> str:
    found = re.search(r"<kbd>([A-Z2-7 ]{32,})</kbd>", text)
    assert found is not None
    return found[1].replace(" ", "")


async def choose(
    desk: FrontDesk,
    link: str,
    shown: str | None = None,
    *,
    password: str = "harbor lamp nine tulips",
    **changed: str,
) -> httpx.Response:
    shown = shown or (await desk.browser.get(link)).text
    code = totp.code_of(secret_in(shown), totp.step_at(desk.world.clock.at))
    form = {"name": COUNSELOR, "password": password, "again": password, "code": code, **changed}
    return await desk.browser.post(link, data={"sealed": sealed_in(shown), **form})


def sealed_in(text: str) -> str:
    found = re.search(r'name="sealed" value="([^"]+)"', text)
    assert found is not None
    return found[1]

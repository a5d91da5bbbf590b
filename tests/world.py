"""A small world for tests of the door: a clinic, its staff, its people, and what was sent."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import httpx
from argon2 import PasswordHasher
from sqlalchemy import Connection, select

from bot import commands, rounds, sweeps
from bot.channels import Inbound, Kind
from bot.config import House
from bot.turn import Door
from bot.web import sessions, totp
from bot.web.gate import Gate
from bot.web.site import Site, build
from storage import people, staff
from storage.models import alert, outbox, person
from storage.store import Store
from tests.conftest import HandClock

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes that cost next to nothing: how much they cost is written in each."""
PASSWORD = "four odd words here"
COUNSELOR = "Dana Reyes"
SUPERVISOR = "Lee Okafor"


class World:
    """Says things to the door, and reads what it queued."""

    def __init__(self, store: Store, house: House, clock: HandClock, **door: Any) -> None:
        self.store = store
        self.house = house
        self.clock = clock
        self.woken = 0
        self.door = Door(store, house, clock, self._wake, **door)
        self.gate = Gate(store, house, clock)
        self._ids = itertools.count(1)
        self._read = 0

    def _wake(self) -> None:
        self.woken += 1

    async def staffed(self) -> World:
        """A counselor on Telegram and a supervisor by text."""
        code = (await self.do("staff_add", name=COUNSELOR, role="counselor", sms=None))["code"]
        await self.say(f"/start {code}", address="900")
        await self.do("staff_add", name=SUPERVISOR, role="supervisor", sms="+12155550199")
        return self

    async def hired(self, name: str, role: str, sms: str) -> int:
        """One more member of staff, told by text; returns their id."""
        reply = await self.do("staff_add", name=name, role=role, sms=sms)
        assert "error" not in reply, reply
        return int((await self.worker(name)).id)

    async def worker(self, name: str) -> Any:
        """A member of staff's row."""
        return await self.store.read(lambda tx: staff.by_name(tx, name))

    async def signed_in(self, client: httpx.AsyncClient, name: str) -> httpx.AsyncClient:
        """The client, with the cookie of a new session of this member of staff's."""
        now = self.clock.now()

        def work(tx: Connection) -> str:
            worker = staff.by_name(tx, name)
            assert worker is not None
            return sessions.begin(tx, worker.id, now)

        token = await self.store.write(work)
        client.cookies.set(self.gate.cookie, token)
        return client

    def form_key(self, client: httpx.AsyncClient) -> str:
        """What a form of the client's session must carry, as `form`."""
        return sessions.form_key(self.store, client.cookies.get(self.gate.cookie) or "")

    async def set_up(self, name: str, password: str = PASSWORD) -> str:
        """Give a member of staff a password and a second factor; returns its secret."""
        worker = await self.worker(name)
        made = {"password": CHEAP.hash(password), "totp": totp.new_secret(), "totp_step": None}
        await self.store.write(lambda tx: staff.change(tx, worker.id, **made))
        return str(made["totp"])

    def site(self, **changed: Any) -> Site:
        """The web side of this world; `wake` is counted, and nobody is on a channel."""

        async def nothing(*_: Any) -> None:
            """Nobody is told."""

        async def well() -> dict[str, Any]:
            return {"ok": True}

        given: dict[str, Any] = {
            "store": self.store,
            "house": self.house,
            "clock": self.clock,
            "receive": self.door.receive,
            "telegram": None,
            "sms": None,
            "delivered": nothing,
            "wake": self._wake,
            "health": well,
            "hasher": CHEAP,
            **changed,
        }
        return Site(**given)

    def client(self, **changed: Any) -> httpx.AsyncClient:
        """A browser of its own on the web side; it follows no redirect by itself."""
        transport = httpx.ASGITransport(app=build(self.site(**changed)))
        return httpx.AsyncClient(transport=transport, base_url=self.house.url)

    async def do(self, what: str, **given: Any) -> dict[str, Any]:
        return await self.store.write(
            lambda tx: commands.COMMANDS[what](tx, self.house, given, self.clock.now())
        )

    async def invited(
        self,
        name: str = "Sam Doe",
        channel: str = "telegram",
        language: str = "en",
        address: str = "100",
        **more: Any,
    ) -> int:
        """A person who has been invited and has opened the invitation; returns their id."""
        given = {
            "name": name,
            "counselor": COUNSELOR,
            "born": "1990-01-31",
            "consented": "2026-11-20",
            "sms": address if channel == "sms" else None,
            "language": language,
            "plain": False,
            "card": {},
            **more,
        }
        reply = await self.do("invite", **given)
        assert "error" not in reply, reply
        if channel == "telegram":
            await self.say(f"/start {reply['code']}", address=address)
        return await self.store.read(
            lambda tx: people.address_of(tx, channel, address).person_id  # type: ignore[union-attr]
        )

    async def joined(self, **more: Any) -> int:
        """A person who agreed, lives in Philadelphia, and is asked at 6 pm."""
        person_id = await self.invited(**more)
        channel, address = more.get("channel", "telegram"), more.get("address", "100")
        language = more.get("language", "en")
        for text in ("1", "1" if language == "en" else "2", "19103", "18:00"):
            await self.say(text, channel=channel, address=address)
        self.sent_since()
        return person_id

    async def say(
        self,
        text: str,
        *,
        channel: str = "telegram",
        address: str = "100",
        kind: Kind = Kind.TEXT,
        **more: Any,
    ) -> str:
        """Hand a message to the door; returns its provider id."""
        provider_id = more.pop("provider_id", None) or f"m{next(self._ids)}"
        sent_at = more.pop("sent_at", self.clock.now())
        await self.door.receive(Inbound(channel, address, provider_id, sent_at, text, kind, **more))
        return provider_id

    async def press(self, key: str, *, address: str = "100", asked_in: int | None = None) -> None:
        """Press a button of the last message that had any."""
        if asked_in is None:
            asked_in = self.rows(address=address)[-1].asked_in
        await self.say(key, address=address, kind=Kind.BUTTON, choice=key, asked_in=asked_in)

    def rows(self, address: str | None = None) -> list[Any]:
        """Every message queued, in order."""
        found = self.store.read_now(
            lambda tx: list(tx.execute(select(outbox).order_by(outbox.c.id)))
        )
        return [row for row in found if address is None or row.address == address]

    def texts(self, address: str = "100") -> list[str]:
        """What was queued for an address, in order."""
        return [row.text for row in self.rows(address)]

    def sent_since(self, address: str = "100") -> list[str]:
        """What was queued for an address since this was last asked."""
        rows = [r for r in self.rows() if r.id > self._read]
        self._read = max([r.id for r in rows], default=self._read)
        return [row.text for row in rows if row.address == address]

    def alerts(self) -> list[Any]:
        """Every alert, in order."""
        return self.store.read_now(lambda tx: list(tx.execute(select(alert).order_by(alert.c.id))))

    def person(self, person_id: int) -> Any:
        """A person's row."""
        return self.store.read_now(
            lambda tx: tx.execute(select(person).where(person.c.id == person_id)).one()
        )

    async def later(self, **ahead: float) -> None:
        """Move the clock on and run the sweeps, a few minutes at a time."""
        until = self.clock.at + timedelta(**ahead)
        step = timedelta(minutes=5 if ahead.get("minutes") else 30)
        while self.clock.at < until:
            self.clock.at = min(self.clock.at + step, until)
            await rounds.sweep(self.store, self.house, self.clock.at)
            await sweeps.escalate(self.store, self.house, self.clock.at)
            await sweeps.keep_outbox(self.store, self.house, self.clock.at)

    async def read(self, work: Any) -> Any:
        """Look into the database."""

        def run(tx: Connection) -> Any:
            return work(tx)

        return await self.store.read(run)

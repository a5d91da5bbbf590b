"""What staff in the demo have in their head and on their phone: how to sign in."""

from __future__ import annotations

from typing import Any, Final

from argon2 import PasswordHasher
from sqlalchemy import Connection

from bot import setup
from bot.app import App
from bot.clock import Clock
from bot.web import totp
from storage import staff

PASSWORD: Final = "paper boat on the lake"  # noqa: S105 - everybody in the demo is made up
_HASH: Final = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


class Desk:
    """Sets accounts up, and plays the authenticator app."""

    def __init__(self, app: App, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def set_up(self, link: str) -> None:
        """Use a set-up link as its page does, with the demo's one password."""
        token, now = link.rpartition("/")[2], self._clock.now()
        secret, step = totp.new_secret(), totp.step_at(now)
        await self._app.store.write(lambda tx: setup.use(tx, token, _HASH, secret, step, now))

    async def shown(self, name: str) -> dict[str, Any]:
        """Where the console is, and what this member of staff signs in with at this moment."""

        def work(tx: Connection) -> tuple[str, int | None]:
            worker = staff.by_name(tx, name)
            return ("", None) if worker is None else (worker.totp or "", worker.totp_step)

        secret, last = await self._app.store.read(work)
        return {
            "url": f"{self._app.settings.url}/",
            "name": name,
            "password": PASSWORD,
            "code": self._code(secret, last) if secret else "",
        }

    def _code(self, secret: str, last: int | None) -> str:
        """The first that was not taken yet: a phone's clock may be half a minute ahead."""
        now = totp.step_at(self._clock.now())
        step = max(now, (last or 0) + 1)
        return totp.code_of(secret, step) if step <= now + 1 else "the next, soon"

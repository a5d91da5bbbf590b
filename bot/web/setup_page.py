"""Where a one-time link leads: choose a password, put a secret into an app, show that it works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import setup
from bot.web import browsers, passwords, sessions, totp
from bot.web.gate import Gate, home, typed
from bot.web.hooks import read_form
from bot.web.pages import page
from bot.web.proof import Desk
from storage import staff

if TYPE_CHECKING:
    from bot.web.site import Site

WRONG_CODE = (
    "That code is not the one. Is it the entry you have just made, and is the phone's clock right?"
)


class SetupPages:
    """`/setup/{token}`: the token alone opens it, once."""

    def __init__(self, site: Site, gate: Gate, desk: Desk) -> None:
        self._site = site
        self._gate = gate
        self._desk = desk

    def routes(self) -> list[Route]:
        """Open to whoever has the link."""
        return [
            Route("/setup/{token}", self.ask, methods=["GET"]),
            Route("/setup/{token}", self.take, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """The form, or that the link no longer works."""
        worker = await self._owner(request)
        if worker is None:
            return self._gone()
        # Fresh on each page: whoever opened the link before knows nothing of what is stored.
        return self._page(request, worker, totp.new_secret())

    async def take(self, request: Request) -> Response:
        """Store what was chosen once the code shows that the app has the secret."""
        form, now = await read_form(request), self._site.clock.now()
        worker = await self._owner(request)
        if worker is None:
            return self._gone()
        secret = totp.unsealed(self._site.store.keyring, typed(form, "sealed"), worker.id)
        if secret is None:
            return RedirectResponse(request.url.path, 303)
        chosen = typed(form, "password")
        problem = passwords.problem(chosen, worker.name, self._site.house.clinic.sender)
        if problem is None and chosen != typed(form, "again"):
            problem = "The two are not the same. Please type the password twice."
        step = totp.step_of(secret, typed(form, "code"), now, None)
        if problem is not None or step is None:
            wrong = "" if step is not None else WRONG_CODE
            return self._page(request, worker, secret, 400, problem=problem or "", wrong=wrong)
        password = await self._desk.hashed(chosen)
        done = await self._site.store.write(
            lambda tx: self._finish(tx, request, password, secret, step)
        )
        if done is None:
            return self._gone()
        worker, session = done
        response = RedirectResponse(home(worker.role), 303)
        mark = browsers.mark(self._site.store.keyring, worker, now)
        await self._gate.begin(request, response, session, mark)
        return response

    def _finish(
        self, tx: Connection, request: Request, password: str, secret: str, step: int
    ) -> tuple[Row[Any], str] | None:
        now = self._site.clock.now()
        staff_id = setup.use(tx, request.path_params["token"], password, secret, step, now)
        if staff_id is None:
            return None
        return staff.get(tx, staff_id), sessions.begin(tx, staff_id, now)

    async def _owner(self, request: Request) -> Row[Any] | None:
        token, now = request.path_params["token"], self._site.clock.now()
        return await self._site.store.read(lambda tx: setup.owner(tx, token, now))

    def _page(
        self,
        request: Request,
        worker: Row[Any],
        secret: str,
        status: int = 200,
        *,
        problem: str = "",
        wrong: str = "",
    ) -> Response:
        address = totp.uri(secret, worker.name, self._site.house.clinic.sender)
        return page(
            "setup",
            status,
            path=request.url.path,
            name=worker.name,
            shortest=passwords.SHORTEST,
            longest=passwords.LONGEST,
            address=address,
            picture=totp.picture(address),
            secret=totp.grouped(secret),
            sealed=totp.sealed(self._site.store.keyring, secret, worker.id),
            problem=problem,
            wrong=wrong,
        )

    def _gone(self) -> Response:
        return page("gone", 404, days=setup.LIFE.days)

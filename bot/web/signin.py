"""The sign-in: name, password and code in one form; and the way out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web import browsers, sessions
from bot.web.gate import EVERYBODY, Gate, Visitor, home, said_of, typed
from bot.web.hooks import read_form
from bot.web.pages import page
from bot.web.proof import BusyError, Desk
from storage import staff

if TYPE_CHECKING:
    from bot.web.site import Site

_OWN: Final = re.compile(r"/(?:[a-z0-9_-]+(?:/[a-z0-9_-]+)*)?")
"""Every page of ours, and nothing that a browser takes for another host."""
_LONGEST_NAME: Final = 200
_LONGEST_CODE: Final = 20
_SAID: Final = {
    "out": "You are signed out.",
    "everywhere": "You are signed out everywhere.",
}
_WRONG: Final = (
    "That did not let you in. Name, password and code all have to be right, and a code works only "
    "once: take the next one. After five wrong tries even the right ones have to wait, one minute "
    "at first, an hour at most."
)
_BUSY: Final = (
    "Too many tries are being made at this moment, maybe not by you. Try again in a minute."
)


class SignInPages:
    """`/sign-in` and `/sign-out`."""

    def __init__(self, site: Site, gate: Gate, desk: Desk) -> None:
        self._site = site
        self._gate = gate
        self._desk = desk

    def routes(self) -> list[Route]:
        """The sign-in is open to anybody."""
        return [
            Route("/sign-in", self.ask, methods=["GET"]),
            Route("/sign-in", self.enter, methods=["POST"]),
            self._gate.take("/sign-out", self.leave, EVERYBODY),
        ]

    async def ask(self, request: Request) -> Response:
        """The form; whoever is signed in already goes on."""
        to = _own(request.query_params.get("next", ""))
        visitor = await self._gate.visitor(request)
        if visitor is not None:
            return RedirectResponse(to or home(visitor.role), 303)
        said = said_of(request, _SAID)
        return self._page(to=to, said=said)

    async def enter(self, request: Request) -> Response:
        """Take the form; what is wrong with it is never said more closely than that it is."""
        form = await read_form(request)
        name, to = typed(form, "name").strip()[:_LONGEST_NAME], _own(typed(form, "next"))
        now = self._site.clock.now()
        try:
            found = await self._desk.sign_in(
                name,
                typed(form, "password"),
                typed(form, "code")[:_LONGEST_CODE],
                request.cookies.get(browsers.COOKIE, ""),
                now,
            )
        except BusyError:
            return self._page(429, name=name, to=to, wrong=_BUSY)
        if found is None:
            return self._page(403, name=name, to=to, wrong=_WRONG)
        response = RedirectResponse(to or home(found.staff.role), 303)
        await self._gate.begin(request, response, found.session, found.browser)
        return response

    async def leave(self, request: Request, visitor: Visitor) -> Response:
        """End this session."""
        del request

        def work(tx: Connection) -> None:
            sessions.end(tx, visitor.session)
            staff.looked(tx, visitor.id, None, "sign_out", visitor.now)

        await self._site.store.write(work)
        response = RedirectResponse("/sign-in?said=out", 303)
        self._gate.forget(response)
        return response

    def _page(
        self, status: int = 200, *, name: str = "", to: str = "", said: str = "", wrong: str = ""
    ) -> Response:
        phone = self._site.house.clinic.phone
        return page("signin", status, name=name, to=to, said=said, wrong=wrong, phone=phone)


def _own(path: str) -> str:
    """A path of ours, or nothing: nobody is ever sent elsewhere."""
    return path if _OWN.fullmatch(path) else ""

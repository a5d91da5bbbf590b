"""The gate of the console: every page behind it names the roles that may open it.

Without a session a page asks to sign in and then shows itself; a form is told that nothing was
saved. A form must carry the key of its session. What a role may not open looks like nothing.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Row
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.clock import Clock
from bot.config import House
from bot.web import browsers, sessions
from bot.web.hooks import RefusedError, read_form
from bot.web.pages import page
from storage import staff
from storage.store import Store

COOKIE: Final = "companion"
CLINICAL: Final = ("counselor", "supervisor")
SUPERVISOR: Final = ("supervisor",)
EVERYBODY: Final = ("counselor", "supervisor", "operator")
AGAIN: Final = "again"
"""In the query of a page that loaded itself: nobody is there, so the session goes on resting."""
_WRITTEN: Final = ("text", "note")
_LONGEST_KEPT: Final = 5000
_LARGEST: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Visitor:
    """A member of staff who is signed in, and what they sent."""

    staff: Row[Any] = field(repr=False)
    """Their row: id, name, role, active."""
    now: datetime
    session: str = field(repr=False)
    key: str = field(repr=False)
    """The key that every form must carry: `<input type="hidden" name="form" value="{{ key }}">`."""
    form: FormData = field(default_factory=FormData, repr=False)

    @property
    def id(self) -> int:
        """Their number."""
        return int(self.staff.id)

    @property
    def role(self) -> str:
        """Counselor, supervisor or operator."""
        return str(self.staff.role)

    def field(self, name: str, longest: int = 2000) -> str:
        """One field of the form as text, trimmed; empty if it is missing or a file."""
        return typed(self.form, name).replace("\r\n", "\n").strip()[:longest]

    def chosen(self, name: str) -> int:
        """The number that a field chooses; what can't be one looks like nothing."""
        found = chosen_number(self.field(name))
        if found is None:
            raise RefusedError(404)
        return found


Page = Callable[[Request, Visitor], Awaitable[Response]]


class Gate:
    """Makes routes of pages: who may open them is said with each."""

    def __init__(self, store: Store, house: House, clock: Clock) -> None:
        self._store = store
        self._house = house
        self._clock = clock

    def show(self, path: str, shown: Page, roles: tuple[str, ...] = CLINICAL) -> Route:
        """A page to look at."""

        async def endpoint(request: Request) -> Response:
            visitor = await self.visitor(request)
            if visitor is None:
                return self.sign_in(request)
            if visitor.role not in roles:
                if path == "/":
                    return RedirectResponse(home(visitor.role), 303)
                raise RefusedError(404)
            return await shown(request, visitor)

        return Route(path, endpoint, methods=["GET"])

    def take(self, path: str, taken: Page, roles: tuple[str, ...] = CLINICAL) -> Route:
        """A form that changes something."""

        async def endpoint(request: Request) -> Response:
            form = await read_form(request)
            visitor = await self.visitor(request, form)
            if visitor is None:
                return self._away(request, form)
            if visitor.role not in roles:
                raise RefusedError(404)
            if not sessions.is_form_key(self._store, visitor.session, visitor.field("form")):
                return self._away(request, form)
            return await taken(request, visitor)

        return Route(path, endpoint, methods=["POST"])

    async def visitor(self, request: Request, form: FormData | None = None) -> Visitor | None:
        """Who is signed in with this request's cookie; None: nobody."""
        token = self.token(request)
        if not token:
            return None
        now = self._clock.now()

        def known(tx: Any) -> tuple[Row[Any], Row[Any]] | None:
            session = sessions.find(tx, token, now)
            return None if session is None else (session, staff.get(tx, session.staff_id))

        found = await self._store.read(known)
        if found is None:
            return None
        session, worker = found
        if sessions.is_worth_noting(session, now) and AGAIN not in request.query_params:
            await self._store.write(lambda tx: sessions.touch(tx, session, now))
        key = sessions.form_key(self._store, token)
        return Visitor(worker, now, token, key, form if form is not None else FormData())

    def _away(self, request: Request, form: FormData) -> Response:
        """Nothing was saved; what was written in a form of ours is given back, to be copied."""
        token, given = self.token(request), form.get("form")
        ours = isinstance(given, str) and sessions.is_form_key(self._store, token, given)
        kept = [value for name in _WRITTEN if isinstance(value := form.get(name), str) and value]
        written = "\n\n".join(kept)[:_LONGEST_KEPT] if ours and token else ""
        return page("away", 403, back=_page_of(request), written=written)

    def sign_in(self, request: Request) -> Response:
        """To the sign-in, and from there back to the page that was asked for."""
        response = RedirectResponse(f"/sign-in?next={quote(request.url.path)}", 303)
        self.forget(response)
        return response

    @property
    def _https(self) -> bool:
        return self._house.url.startswith("https:")

    @property
    def cookie(self) -> str:
        """The session cookie's name; with this prefix no neighbouring host can set it."""
        return f"__Host-{COOKIE}" if self._https else COOKIE

    def token(self, request: Request) -> str:
        """The session's token that a browser sent, or nothing."""
        return request.cookies.get(self.cookie, "")

    async def begin(self, request: Request, response: Response, token: str, mark: str) -> None:
        """Go on in a new session: the one before it ends, and the browser is known from now on."""
        before = self.token(request)
        if before:
            await self._store.write(lambda tx: sessions.end(tx, before))
        self.keep(response, token)
        self._remember(response, mark)

    def keep(self, response: Response, token: str) -> None:
        """Hand a session's token to the browser."""
        response.set_cookie(
            self.cookie,
            token,
            max_age=int(sessions.LONGEST.total_seconds()),
            path="/",
            secure=self._https,
            httponly=True,
            # Lax, so that the link in a notice opens for who is signed in already; every form
            # carries its key beside the cookie.
            samesite="lax",
        )

    def forget(self, response: Response) -> None:
        """Take the token from the browser."""
        response.delete_cookie(self.cookie, path="/", secure=self._https, httponly=True)

    def _remember(self, response: Response, mark: str) -> None:
        """Let the browser be known at the next sign-in; only that page ever sees it."""
        response.set_cookie(
            browsers.COOKIE,
            mark,
            max_age=int(browsers.LIFE.total_seconds()),
            path="/sign-in",
            secure=self._https,
            httponly=True,
            samesite="strict",
        )


def typed(form: FormData, name: str) -> str:
    """One field of a form exactly as it was typed; empty if it is missing."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def home(role: str) -> str:
    """The page that somebody begins with."""
    return "/" if role in CLINICAL else "/staff"


def number(request: Request, name: str = "number") -> int:
    """A number from the path; what can't be one looks like nothing."""
    found = chosen_number(request.path_params[name])
    if found is None:
        raise RefusedError(404)
    return found


def said_of(request: Request, words: Mapping[str, str]) -> str:
    """What the page says of the act that led to it; nothing where its query names none of them."""
    return words.get(request.query_params.get("said", ""), "")


def chosen_number(given: str) -> int | None:
    """A number that a form or a query names; None where it can't be one of ours."""
    return int(given) if re.fullmatch("[0-9]{1,10}", given) and int(given) <= _LARGEST else None


def _page_of(request: Request) -> str:
    """The page that a form stood on: `/people/3/reply` stands on `/people/3`."""
    parts = request.url.path.strip("/").split("/")
    whole = len(parts) - 1 if len(parts) > 1 else len(parts)
    return "/" + "/".join(parts[:whole])

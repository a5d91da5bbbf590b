"""The page of one alert: who, how to reach them safely, what happened, and what staff say of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot import acknowledge, escalation
from bot.channels import clean
from bot.clock import Clock
from bot.config import House
from bot.web import case, phrases, pin
from bot.web.hooks import RefusedError, read_form
from bot.web.pages import page
from storage import staff
from storage.models import alert as alert_table
from storage.store import Store

COOKIE: Final = "page"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST_NOTE: Final = 2000
_SAID: Final = {
    "staff.taken_by_you": "Noted: you have read it. It is yours.",
    "staff.calling_by_you": "Noted: you are calling. It is yours.",
    "staff.passed": "Passed on. The next people are asked.",
    "staff.closed": "Closed.",
    "staff.not_open": "It was closed already. Nothing was changed.",
    "staff.taken_by_other": "Somebody else has taken it already. Nothing was changed.",
    "staff.unknown": "That was not possible. Nothing was changed.",
    "no_outcome": "Not closed yet: choose how it went. Your note is still here.",
    "stale": "This page was too old. Nothing was changed: please press again.",
}
_AWAY: Final = "Nothing was saved: the page was locked in between. Please give the PIN again."
_WRONG: Final = (
    "That did not open it. After five wrong tries in a row even the right PIN has to wait: "
    "one minute at first, then longer each time, an hour at most."
)


@dataclass(frozen=True, slots=True)
class _Let:
    """Somebody who was let in: to which alert, and by which session."""

    number: int
    staff_id: int
    token: str = field(repr=False)
    session: str = field(repr=False)


class AlertPages:
    """Behind a link that expires, a PIN, and a session of fifteen minutes from the last look."""

    def __init__(self, store: Store, house: House, clock: Clock, wake: Callable[[], None]) -> None:
        self._store = store
        self._house = house
        self._clock = clock
        self._wake = wake
        self._pins = pin.PinDesk(store)

    async def show(self, request: Request) -> Response:
        """The page, or the question for the PIN; a dead link says nothing but that."""
        let = await self._let_in(request)
        if let is not None:
            return await self._page(let, _SAID.get(request.query_params.get("said", ""), ""))
        return await self._ask(_token(request))

    async def enter(self, request: Request) -> Response:
        """Take the PIN; a right one opens a session."""
        token = _token(request)
        form = await read_form(request)
        session = await self._pins.open(token, _field(form, "pin"), self._clock.now())
        if session is None:
            return await self._ask(token, _WRONG, 403)
        response = RedirectResponse(f"/a/{token}", 303)
        self._keep(response, token, session)
        return response

    async def act(self, request: Request) -> Response:
        """Seen, calling, pass on, or closed with an outcome."""
        form = await read_form(request)
        let = await self._let_in(request)
        if let is None:
            return await self._ask(_token(request), _AWAY, 403)
        action, chosen = _field(form, "action"), _field(form, "outcome")
        note = clean(_field(form, "note")).replace("\r\n", "\n").strip()[:_LONGEST_NOTE]
        if action not in acknowledge.ACTIONS:
            raise RefusedError(400)
        if action == "close" and chosen not in phrases.OUTCOMES:
            return await self._page(let, _SAID["no_outcome"], note=note, status=400)
        outcome = f"{chosen}\n{note}".strip() if action == "close" else None
        now, given = self._clock.now(), _field(form, "form")
        said = await self._store.write(
            lambda tx: self._act(tx, let, given, action, outcome, now),
        )
        if said is None:
            return await self._page(let, _SAID["stale"], note=note, status=403)
        self._wake()
        # Only the name of what was said goes into the address.
        response = RedirectResponse(f"/a/{let.token}?said={said}", 303)
        self._keep(response, let.token, let.session)
        return response

    async def lock(self, request: Request) -> Response:
        """End the session: for a computer that others use."""
        token, session = _token(request), request.cookies.get(COOKIE, "")
        await self._store.write(lambda tx: pin.end(tx, session))
        response = RedirectResponse(f"/a/{token}", 303)
        response.delete_cookie(COOKIE, path=f"/a/{token}")
        return response

    def _act(
        self,
        tx: Connection,
        let: _Let,
        given: str,
        action: str,
        outcome: str | None,
        now: datetime,
    ) -> str | None:
        if not pin.is_form_key(tx, let.session, given):
            return None
        worker = staff.get(tx, let.staff_id)
        key, _ = acknowledge.act(tx, self._house, let.number, worker, action, now, outcome=outcome)
        return key

    async def _let_in(self, request: Request) -> _Let | None:
        token, session = _token(request), request.cookies.get(COOKIE)
        if not session:
            return None
        now = self._clock.now()
        link = await self._store.write(lambda tx: pin.renew(tx, token, session, now))
        return _Let(link.alert_id, link.staff_id, token, session) if link is not None else None

    async def _page(self, let: _Let, said: str, note: str = "", status: int = 200) -> Response:
        now = self._clock.now()
        await self._store.write(lambda tx: _looked(tx, let, now))
        found = await self._store.read(
            lambda tx: case.read(tx, self._house, let.number, let.staff_id, now)
        )
        response = page(
            "alert",
            status,
            case=found,
            said=said,
            note=note,
            here=f"/a/{let.token}",
            key=pin.form_key(self._store, let.session),
            outcomes=phrases.OUTCOMES,
            longest=_LONGEST_NOTE,
            zone=self._house.clinic.zone,
        )
        self._keep(response, let.token, let.session)
        return response

    async def _ask(self, token: str, said: str = "", status: int = 200) -> Response:
        now = self._clock.now()
        link = await self._store.read(lambda tx: pin.allowed(tx, token, now))
        if link is None:
            return page("gone", 404, phone=self._house.clinic.phone, hours=escalation.LINK_HOURS)
        return page("pin", status, said=said, here=f"/a/{token}")

    def _keep(self, response: Response, token: str, session: str) -> None:
        response.set_cookie(
            COOKIE,
            session,
            max_age=int(pin.SESSION.total_seconds()),
            path=f"/a/{token}",
            secure=self._house.url.startswith("https:"),
            httponly=True,
            samesite="strict",
        )


def _looked(tx: Connection, let: _Let, now: datetime) -> None:
    person_id = tx.execute(
        select(alert_table.c.person_id).where(alert_table.c.id == let.number)
    ).scalar_one()
    staff.looked(tx, let.staff_id, person_id, "alert_page", now)


def _token(request: Request) -> str:
    token: str = request.path_params["token"]
    if not _TOKEN.fullmatch(token):
        # It would be written into a cookie's path.
        raise RefusedError(404)
    return token


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""

"""One's own account: password, second factor, open sessions, and where notices go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web import browsers, card, passwords, sessions, totp
from bot.web.gate import EVERYBODY, Gate, Visitor, said_of, typed
from bot.web.pages import page
from bot.web.proof import Desk
from bot.web.setup_page import WRONG_CODE
from bot.web.times import Times
from storage import staff

if TYPE_CHECKING:
    from bot.web.site import Site

_SAID: Final = {
    "password": "Your password is changed. Wherever else you were signed in, you are signed out.",
    "factor": "Codes come from the new entry now. You can delete the old one from your phone.",
    "others": "Wherever else you were signed in, you are signed out.",
}
_WRONG: Final = (
    "Nothing was changed: password and code both have to be right, and a code works only once, "
    "so take the next one. After five wrong tries it rests for a while."
)
_CHANNELS: Final = {"telegram": "Telegram", "sms": "Text message"}
_STATES: Final = {
    "open": "working",
    "stopped": "stopped from that phone: no notice goes there",
    "carrier": "stopped by the phone company: no notice goes there",
    "unreachable": "out of reach: no notice arrives there",
    "frozen": "held back: it may be somebody else's number now",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where notices go."""

    channel: str
    where: str = field(repr=False)
    state: str
    works: bool


class AccountPages:
    """`/account`, for everybody on the staff."""

    def __init__(self, site: Site, gate: Gate, desk: Desk) -> None:
        self._site = site
        self._gate = gate
        self._desk = desk

    def routes(self) -> list[Route]:
        """Whoever is signed in sees their own."""
        show, take = self._gate.show, self._gate.take
        return [
            show("/account", self.show, EVERYBODY),
            take("/account/password", self.password, EVERYBODY),
            show("/account/factor", self.ask_factor, EVERYBODY),
            take("/account/factor", self.factor, EVERYBODY),
            take("/account/sign-out-others", self.end_others, EVERYBODY),
            take("/account/sign-out-everywhere", self.end_all, EVERYBODY),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The account."""
        return await self._page(visitor, said=said_of(request, _SAID))

    async def password(self, request: Request, visitor: Visitor) -> Response:
        """Another password: the old one and a code are asked for."""
        chosen = typed(visitor.form, "new")
        problem = passwords.problem(chosen, visitor.staff.name, self._site.house.clinic.sender)
        if problem is None and chosen != typed(visitor.form, "again"):
            problem = "The two are not the same. Please type the new password twice."
        if problem is not None:
            return await self._page(visitor, 400, problem=problem)
        step = await self._proved(visitor)
        if step is None:
            return await self._page(visitor, 403, problem=_WRONG)
        stored = await self._desk.hashed(chosen)
        return await self._changed(request, visitor, step, "password", password=stored)

    async def ask_factor(self, request: Request, visitor: Visitor) -> Response:
        """A new secret to put into the app; nothing is stored until its code was shown."""
        del request
        return self._factor_page(visitor, totp.new_secret())

    async def factor(self, request: Request, visitor: Visitor) -> Response:
        """Another second factor: password, a code of the old one and a code of the new one."""
        carried = typed(visitor.form, "sealed")
        secret = totp.unsealed(self._site.store.keyring, carried, visitor.id)
        if secret is None:
            return RedirectResponse("/account/factor", 303)
        new = totp.step_of(secret, typed(visitor.form, "new_code"), visitor.now, None)
        if new is None:
            return self._factor_page(visitor, secret, 400, wrong=WRONG_CODE)
        step = await self._proved(visitor)
        if step is None:
            return self._factor_page(visitor, secret, 403, problem=_WRONG)
        changed = {"totp": secret, "totp_step": new}
        return await self._changed(request, visitor, step, "factor", **changed)

    async def end_others(self, request: Request, visitor: Visitor) -> Response:
        """End every session but this one."""
        del request

        def work(tx: Connection) -> None:
            sessions.end_others(tx, visitor.id, visitor.session)
            staff.looked(tx, visitor.id, None, "sign_out_others", visitor.now)

        await self._site.store.write(work)
        return RedirectResponse("/account?said=others", 303)

    async def end_all(self, request: Request, visitor: Visitor) -> Response:
        """End every session, this one too."""
        del request

        def work(tx: Connection) -> None:
            sessions.end_all(tx, visitor.id)
            staff.looked(tx, visitor.id, None, "sign_out_everywhere", visitor.now)

        await self._site.store.write(work)
        response = RedirectResponse("/sign-in?said=everywhere", 303)
        self._gate.forget(response)
        return response

    async def _proved(self, visitor: Visitor) -> int | None:
        given, code = typed(visitor.form, "password"), visitor.field("code")
        return await self._desk.prove(visitor.staff, given, code, visitor.session, visitor.now)

    async def _changed(
        self, request: Request, visitor: Visitor, step: int, what: str, **values: Any
    ) -> Response:
        """Store it; every session ends, and this browser goes on in a new one."""

        def work(tx: Connection) -> tuple[Row[Any], str] | None:
            if not staff.use_step(tx, visitor.staff, step):
                return None
            staff.change(tx, visitor.id, **values)
            staff.looked(tx, visitor.id, None, f"{what}_changed", visitor.now)
            sessions.end_all(tx, visitor.id)
            return staff.get(tx, visitor.id), sessions.begin(tx, visitor.id, visitor.now)

        done = await self._site.store.write(work)
        if done is None:
            return await self._page(visitor, 403, problem=_WRONG)
        worker, session = done
        response = RedirectResponse(f"/account?said={what}", 303)
        mark = browsers.mark(self._site.store.keyring, worker, visitor.now)
        await self._gate.begin(request, response, session, mark)
        return response

    def _factor_page(
        self,
        visitor: Visitor,
        secret: str,
        status: int = 200,
        *,
        problem: str = "",
        wrong: str = "",
    ) -> Response:
        address = totp.uri(secret, visitor.staff.name, self._site.house.clinic.sender)
        return page(
            "factor",
            status,
            visitor=visitor,
            here="account",
            sealed=totp.sealed(self._site.store.keyring, secret, visitor.id),
            address=address,
            picture=totp.picture(address),
            secret=totp.grouped(secret),
            problem=problem,
            wrong=wrong,
        )

    async def _page(
        self, visitor: Visitor, status: int = 200, *, said: str = "", problem: str = ""
    ) -> Response:
        now, zone = visitor.now, self._site.house.clinic.zone
        found, places = await self._site.store.read(
            lambda tx: (
                sessions.of(tx, visitor.id, visitor.session, now),
                staff.addresses(tx, visitor.id),
            )
        )
        times = Times(now, zone, zone)
        return page(
            "account",
            status,
            visitor=visitor,
            here="account",
            sessions=[(times.at(s.opened_at), times.ago(s.seen_at), s.here) for s in found],
            places=[_place(row) for row in places],
            shortest=passwords.SHORTEST,
            longest=passwords.LONGEST,
            said=said,
            problem=problem,
        )


def _place(row: Row[Any]) -> Place:
    where = card.shown(row.value) if row.channel == "sms" else ""
    state = _STATES.get(row.state, row.state)
    return Place(_CHANNELS.get(row.channel, row.channel), where, state, row.state == "open")

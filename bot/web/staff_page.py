"""Everybody on the staff: who they are to the companion, and joining, a lost phone, leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import handover, hiring, invitations, post, setup
from bot.config import ROLES
from bot.handover import HandoverError
from bot.invitations import InvitationError
from bot.web import staff_list, ticket
from bot.web.gate import SUPERVISOR, Gate, Visitor, chosen_number, number, said_of
from bot.web.hooks import RefusedError
from bot.web.invite_form import refused, sentence
from bot.web.pages import page
from bot.web.staff_list import Line
from bot.web.ticket import Ticket
from bot.web.times import Times
from storage import leaving, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_MANAGERS: Final = ("supervisor", "operator")
_FIELDS: Final = ("name", "role", "channel", "sms")
_SAID: Final = {
    "left": "They have left: signed out, no notices, everything handed over.",
}


class StaffPages:
    """`/staff`. An operator sees no name of a person, and opens the accounts of operators only."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Every address, with who may use it."""
        return [
            self._gate.show("/staff", self.show, _MANAGERS),
            self._gate.take("/staff", self.add, _MANAGERS),
            self._gate.show("/staff/{number}", self.one, _MANAGERS),
            self._gate.take("/staff/{number}/reset", self.reset, _MANAGERS),
            self._gate.take("/staff/{number}/notices", self.notices, _MANAGERS),
            self._gate.take("/staff/{number}/leave", self.leave, SUPERVISOR),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """Everybody, and the form for somebody new."""
        said = said_of(request, _SAID)
        return await self._everybody(visitor, dict.fromkeys(_FIELDS, ""), {}, said)

    async def add(self, request: Request, visitor: Visitor) -> Response:
        """Somebody new; their two links are on the answer, this once."""
        del request
        typed = {name: visitor.field(name, 80) for name in _FIELDS}
        errors: dict[str, str] = {}
        if typed["role"] not in _roles(visitor):
            errors["role"] = "Choose a role."
        if typed["channel"] not in ("telegram", "sms"):
            errors["channel"] = "Choose where their notices go."
        if typed["channel"] == "sms" and not typed["sms"]:
            errors["sms"] = "The number is needed."
        if not typed["name"]:
            errors["name"] = "A name is needed."
        if errors:
            return await self._everybody(visitor, typed, errors, status=400)
        house, now = self._site.house, visitor.now
        sms = typed["sms"] if typed["channel"] == "sms" else None

        def work(tx: Connection) -> tuple[str, Ticket | None]:
            hired = hiring.hire(tx, house, typed["name"], typed["role"], sms, now, by=visitor.staff)
            link = setup.new_setup_link(tx, house, hired.staff_id, now)
            detail = f"{typed['name']}, {typed['role']}"
            staff.looked(tx, visitor.id, None, "staff_added", now, detail)
            return link, ticket.telegram(tx, hired.code)

        try:
            link, code = await self._site.store.write(work)
        except InvitationError as error:
            await refused(self._site.store, visitor, error)
            errors["sms" if "number" in str(error) else "name"] = sentence(error)
            return await self._everybody(visitor, typed, errors, status=400)
        return self._links(visitor, typed["name"], link, code, by_text=sms is not None)

    async def one(self, request: Request, visitor: Visitor) -> Response:
        """One of them, and what can be done."""
        return await self._one(visitor, number(request))

    async def reset(self, request: Request, visitor: Visitor) -> Response:
        """A new set-up link: what they signed in with before works no more."""
        staff_id, house, now = number(request), self._site.house, visitor.now

        def work(tx: Connection) -> tuple[str, str]:
            line = self._line(tx, visitor, staff_id)
            if not _may_open(visitor, line):
                raise RefusedError(404)
            staff.looked(tx, visitor.id, None, "staff_reset", now, line.name)
            clinic = house.clinic
            to = post.staff_recipient(tx, staff_id, clinic.language, clinic.zone)
            if to is not None:
                # Whoever holds the link is taken for them: they hear of it elsewhere.
                post.put(tx, to, to.words("staff.reset", {}), now, kind="staff_reset")
            return line.name, setup.new_setup_link(tx, house, staff_id, now)

        name, link = await self._site.carry_out(work)
        return self._links(visitor, name, link, None)

    async def notices(self, request: Request, visitor: Visitor) -> Response:
        """Another place for their notices; the one before it is let go at once."""
        staff_id, now = number(request), visitor.now
        typed = {"channel": visitor.field("channel"), "sms": visitor.field("sms", 30)}
        by_text = typed["channel"] == "sms"
        if typed["channel"] not in ("telegram", "sms") or (by_text and not typed["sms"]):
            errors = {"sms" if by_text else "channel": "Say where: Telegram, or a number to text."}
            return await self._one(visitor, staff_id, typed, errors, 400)

        def work(tx: Connection) -> tuple[str, Ticket | None]:
            line = self._line(tx, visitor, staff_id)
            if not _may_open(visitor, line) and staff_id != visitor.id:
                raise RefusedError(404)
            code = hiring.connect(
                tx, staff_id, typed["sms"] if by_text else None, now, by=visitor.staff
            )
            staff.looked(tx, visitor.id, None, "staff_notices", now, line.name)
            return line.name, ticket.telegram(tx, code)

        try:
            name, code = await self._site.store.write(work)
        except InvitationError as error:
            await refused(self._site.store, visitor, error)
            return await self._one(visitor, staff_id, typed, {"sms": sentence(error)}, 400)
        return self._links(visitor, name, None, code, by_text=by_text)

    async def leave(self, request: Request, visitor: Visitor) -> Response:
        """What leaving would do; and once that was seen and confirmed, leaving."""
        staff_id, house, now = number(request), self._site.house, visitor.now
        heir = chosen_number(visitor.field("heir"))
        sure = visitor.field("sure") == "yes"

        def work(tx: Connection) -> tuple[Line, dict[int, str], tuple[int, int]]:
            line = self._line(tx, visitor, staff_id)
            heirs = {each.id: each.name for each in self._heirs(tx, visitor, staff_id)}
            if line.kept or (heir is not None and heir not in heirs):
                raise RefusedError(404)
            burden = _burden(tx, staff_id)
            if sure and (heir is not None or not burden[0]):
                handover.leave(tx, house, staff_id, heir, visitor.id, now)
            return line, heirs, burden

        try:
            line, heirs, (people, alerts) = await self._site.store.write(work)
        except HandoverError as error:
            return await self._one(visitor, staff_id, {}, {"heir": sentence(error)}, 400)
        if people and heir is None:
            errors = {"heir": "They have people: choose who takes over."}
            return await self._one(visitor, staff_id, {}, errors, 400)
        if sure:
            self._site.wake()
            return RedirectResponse("/staff?said=left", 303)
        return page(
            "staff_leave",
            visitor=visitor,
            here="staff",
            line=line,
            heir=heir,
            heir_name=heirs.get(heir or 0, ""),
            people=people,
            alerts=alerts,
        )

    async def _everybody(
        self,
        visitor: Visitor,
        typed: dict[str, str],
        errors: dict[str, str],
        said: str = "",
        status: int = 200,
    ) -> Response:
        clinic = self._site.house.clinic
        lines = await self._site.store.read(
            lambda tx: staff_list.read(tx, clinic, visitor.staff, visitor.now)
        )
        return page(
            "staff",
            status,
            visitor=visitor,
            here="staff",
            lines=lines,
            typed=typed,
            errors=errors,
            said=said,
            roles=_roles(visitor),
        )

    async def _one(
        self,
        visitor: Visitor,
        staff_id: int,
        typed: dict[str, str] | None = None,
        errors: dict[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        def work(tx: Connection) -> tuple[Line, list[Line], tuple[int, int]]:
            line = self._line(tx, visitor, staff_id)
            return line, self._heirs(tx, visitor, staff_id), _burden(tx, staff_id)

        line, heirs, (people, alerts) = await self._site.store.read(work)
        return page(
            "staff_one",
            status,
            visitor=visitor,
            here="staff",
            line=line,
            heirs=[(str(each.id), each.name) for each in heirs],
            people=people,
            alerts=alerts,
            typed={"channel": "", "sms": "", "heir": "", **(typed or {})},
            errors=errors or {},
            may_open=_may_open(visitor, line),
        )

    def _line(self, tx: Connection, visitor: Visitor, staff_id: int) -> Line:
        """One of the staff as they are now; raises RefusedError."""
        lines = staff_list.read(tx, self._site.house.clinic, visitor.staff, visitor.now)
        found = next((line for line in lines if line.id == staff_id), None)
        if found is None:
            raise RefusedError(404)
        return found

    def _heirs(self, tx: Connection, visitor: Visitor, staff_id: int) -> list[Line]:
        """Who can take over somebody's people."""
        lines = staff_list.read(tx, self._site.house.clinic, visitor.staff, visitor.now)
        return [line for line in lines if line.id != staff_id and line.role != "operator"]

    def _links(
        self,
        visitor: Visitor,
        name: str,
        link: str | None,
        code: Ticket | None,
        *,
        by_text: bool = False,
    ) -> Response:
        """The links, this once: they are stored as hashes only."""
        zone = self._site.house.clinic.zone
        times = Times(visitor.now, zone, zone)
        return page(
            "staff_links",
            visitor=visitor,
            here="staff",
            who=name,
            setup=Ticket(link) if link else None,
            setup_until=times.here(visitor.now + setup.LIFE),
            code=code,
            code_until=times.here(visitor.now + invitations.LIFE),
            by_text=by_text,
        )


def _roles(visitor: Visitor) -> tuple[str, ...]:
    """Which roles they may give: nobody makes somebody who may do more than themselves."""
    return tuple(ROLES) if visitor.role == "supervisor" else ("operator",)


def _may_open(visitor: Visitor, line: Line) -> bool:
    """Whether they may be handed the other's new set-up link: it opens the account."""
    return line.id != visitor.id and line.role in _roles(visitor)


def _burden(tx: Connection, staff_id: int) -> tuple[int, int]:
    """How many people and open alerts leaving would hand over."""
    return len(leaving.people_of(tx, staff_id)), len(leaving.alerts_of(tx, staff_id))

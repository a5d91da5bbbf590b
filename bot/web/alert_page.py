"""The page of one alert: who, how to reach them safely, what happened, and what staff say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import acknowledge, answering, handover
from bot.channels import clean
from bot.web import case, colleagues, phrases
from bot.web.gate import Gate, Visitor, chosen_number, number, said_of
from bot.web.hooks import RefusedError
from bot.web.pages import page
from storage import access, staff

if TYPE_CHECKING:
    from bot.web.site import Site

LONGEST_NOTE: Final = 2000
_SAID: Final = {
    "staff.taken_by_you": "Noted: you have read it. It is yours.",
    "staff.taken_may_wait": "Noted: you have read it. It is yours.",
    "staff.snoozed": "Put off. It is yours until then, and comes back by itself.",
    "staff.no_snooze": "This can't wait, so it was not put off.",
    "staff.calling_by_you": "Noted: you are calling. It is yours.",
    "staff.passed": "Passed on. The next people are asked.",
    "staff.handed": "Your colleague is asked now. It is open until they take it.",
    "staff.closed": "Closed.",
    "staff.not_open": "It was closed already. Nothing was changed.",
    "staff.taken_by_other": "Somebody else has taken it already. Nothing was changed.",
    "staff.not_on_duty": "They are not on duty now, or can't be reached. Nothing was changed.",
    "staff.cannot_take": "They can't take it. Nothing was changed.",
    "staff.unknown": "That was not possible. Nothing was changed.",
    "no_outcome": "Not closed yet: choose how it went. Your note is still here.",
    "no_colleague": "Choose which colleague to ask. Nothing was changed.",
}


class AlertPages:
    """An alert for whoever may see its person."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        return [
            self._gate.show("/alerts/{number}", self.show),
            self._gate.take("/alerts/{number}/act", self.act),
        ]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The page, with what was said of the last thing that was done."""
        said = said_of(request, _SAID)
        return await self._page(number(request), visitor, said)

    async def act(self, request: Request, visitor: Visitor) -> Response:
        """Seen, calling, put off, passed on, handed to a colleague, or closed with an outcome."""
        which, action = number(request), visitor.field("action")
        chosen, note = visitor.field("outcome"), clean(visitor.field("note", LONGEST_NOTE))
        colleague = chosen_number(visitor.field("to"))
        if action not in (*acknowledge.ACTIONS, "hand"):
            raise RefusedError(400)
        if action == "close" and chosen not in phrases.OUTCOMES:
            return await self._page(which, visitor, _SAID["no_outcome"], note=note, status=400)
        if action == "hand" and colleague is None:
            return await self._page(which, visitor, _SAID["no_colleague"], status=400)
        outcome = f"{chosen}\n{note}".strip() if action == "close" else None
        if action == "snooze":
            outcome = visitor.field("minutes")

        def work(tx: Connection) -> str:
            if not access.may_see_alert(tx, which, visitor.staff, visitor.now):
                raise RefusedError(404)
            house, worker, now = self._site.house, visitor.staff, visitor.now
            if action == "hand" and colleague is not None:
                return handover.hand_alert(tx, house, which, worker, colleague, now)
            key, _ = acknowledge.act(tx, house, which, worker, action, now, outcome=outcome)
            return key

        said = await self._site.carry_out(work)
        # Only the name of what was said goes into the address.
        return RedirectResponse(f"/alerts/{which}?said={said}", 303)

    async def _page(
        self, which: int, visitor: Visitor, said: str, note: str = "", status: int = 200
    ) -> Response:
        house, worker, now = self._site.house, visitor.staff, visitor.now

        def read(tx: Connection) -> tuple[case.Case, list[tuple[int, str]]] | None:
            found = case.read(tx, house, which, worker, now)
            if found is None:
                return None
            return found, colleagues.on_duty(tx, house, now, but=worker.id)

        found = await self._site.store.read(read)
        if found is None:
            raise RefusedError(404)
        shown, others = found
        await self._site.store.write(
            lambda tx: staff.looked(tx, worker.id, shown.person_id, "alert_page", now)
        )
        return page(
            "alert",
            status,
            visitor=visitor,
            here="",
            case=shown,
            said=said,
            note=note,
            colleagues=others,
            outcomes=phrases.OUTCOMES,
            longest_note=LONGEST_NOTE,
            longest=answering.MOST,
            zone=house.clinic.zone,
        )

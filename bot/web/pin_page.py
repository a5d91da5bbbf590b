"""Taking off a forgotten PIN, once it is certain who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web import persons
from bot.web.gate import Gate, Visitor, number
from bot.web.pages import page
from storage import pins, staff

if TYPE_CHECKING:
    from bot.web.site import Site


class PinPages:
    """A person's PIN for whoever may see them; nobody sees the PIN itself."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        here = "/people/{number}/pin"
        return [self._gate.show(here, self.show), self._gate.take(here, self.remove)]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """What to ask before it is taken off."""
        return await self._page(number(request), visitor)

    async def remove(self, request: Request, visitor: Visitor) -> Response:
        """Take it off; what it guarded opens without one."""
        person_id, now = number(request), visitor.now
        if visitor.field("sure") != "yes":
            return await self._page(person_id, visitor, wrong="First be certain who asks.")

        def work(tx: Connection) -> str:
            person = persons.locked(tx, person_id, visitor)
            if person.pin is None:
                return "nothing"
            pins.put(tx, person_id, None)
            staff.looked(tx, visitor.id, person_id, "pin_removed", now)
            return "pin"

        said = await self._site.store.write(work)
        return RedirectResponse(f"/people/{person_id}?said={said}", 303)

    async def _page(self, person_id: int, visitor: Visitor, wrong: str = "") -> Response:
        person = await self._site.store.read(lambda tx: persons.seen(tx, person_id, visitor))
        await self._site.store.write(
            lambda tx: staff.looked(tx, visitor.id, person_id, "pin_page", visitor.now)
        )
        return page(
            "pin",
            400 if wrong else 200,
            visitor=visitor,
            here="people",
            person_id=person_id,
            name=person.name,
            there=person.pin is not None,
            wrong=wrong,
        )

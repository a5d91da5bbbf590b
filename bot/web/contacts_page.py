"""The people somebody shares with their team, and that one of them was asked alone and agreed.

Only then, and only when the person presses it, a text that they wrote leaves for that contact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web import persons
from bot.web.gate import Gate, Visitor, chosen_number, number
from bot.web.pages import page
from content import wording
from handlers import moments
from handlers.contact import KIND, spaced
from storage import items, staff

if TYPE_CHECKING:
    from bot.web.site import Site

_WRONG_DAY = "Which day did they agree? Today or earlier."
_NOT_SURE = "First ask them yourself, with nobody else there."
_WHO = {
    "sponsor": "sponsor",
    "friend": "a friend",
    "family": "family",
    "peer": "in recovery too",
}


@dataclass(frozen=True, slots=True)
class Contact:
    """One of their people, as far as staff may see them."""

    number: int
    name: str = field(repr=False)
    phone: str = field(repr=False)
    who: str
    text: str = field(repr=False)
    agreed: str
    """The day on which they agreed to be texted; empty: they were not asked, or did not."""


def read(tx: Connection, person_id: int) -> tuple[list[Contact], int]:
    """Those that are shared, and how many are not."""
    rows = items.of(tx, person_id, KIND)
    shared = [
        Contact(
            row.id,
            str(row.data.get("name") or ""),
            spaced(str(row.data.get("phone") or "")),
            _WHO.get(str(row.data.get("kind")), ""),
            str(row.data.get("text") or ""),
            str(row.data.get("agreed") or ""),
        )
        for row in rows
        if row.data.get("shared")
    ]
    return shared, len(rows) - len(shared)


class ContactsPages:
    """Their people for whoever may see them; never those that they keep to themselves."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its addresses, for counselors and supervisors."""
        here = "/people/{number}/contacts"
        return [self._gate.show(here, self.show), self._gate.take(here, self.record)]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """The list, with what was agreed."""
        return await self._page(number(request), visitor)

    async def record(self, request: Request, visitor: Visitor) -> Response:
        """Asked alone and agreed on a day, or no longer."""
        person_id, which = number(request), chosen_number(visitor.field("contact"))
        day = moments.day(visitor.field("agreed"))
        today = visitor.now.astimezone(ZoneInfo(self._site.house.clinic.zone)).date()
        ends = visitor.field("does") == "end"
        if not ends and visitor.field("sure") != "yes":
            return await self._page(person_id, visitor, wrong=_NOT_SURE)
        if not ends and (day is None or day > today):
            return await self._page(person_id, visitor, wrong=_WRONG_DAY)
        agreed = None if ends or day is None else day.isoformat()

        def work(tx: Connection) -> str:
            persons.locked(tx, person_id, visitor)
            row = items.get(tx, person_id, which) if which is not None else None
            if row is None or row.kind != KIND or not row.data.get("shared"):
                return "nothing"
            if row.data.get("agreed") == agreed:
                return "nothing"
            items.keep(tx, person_id, KIND, {**row.data, "agreed": agreed}, visitor.now, row.id)
            what = "contact_ended" if ends else "contact_agreed"
            staff.looked(tx, visitor.id, person_id, what, visitor.now, str(row.id))
            return "contact"

        said = await self._site.store.write(work)
        return RedirectResponse(f"/people/{person_id}?said={said}", 303)

    async def _page(self, person_id: int, visitor: Visitor, wrong: str = "") -> Response:
        def look(tx: Connection) -> tuple[str, str, list[Contact], int]:
            person = persons.seen(tx, person_id, visitor)
            shared, hidden = read(tx, person_id)
            staff.looked(tx, visitor.id, person_id, "contacts_page", visitor.now)
            example = wording.entries(person.language)["contacts.passed_on"].text
            return person.name, example.partition("{words}")[2], shared, hidden

        name, ending, shared, hidden = await self._site.store.write(look)
        return page(
            "contacts",
            400 if wrong else 200,
            visitor=visitor,
            here="people",
            person_id=person_id,
            name=name,
            contacts=shared,
            hidden=hidden,
            ending=ending.strip().replace("{name}", name.split()[0]),
            today=visitor.now.astimezone(ZoneInfo(self._site.house.clinic.zone)).date(),
            wrong=wrong,
        )

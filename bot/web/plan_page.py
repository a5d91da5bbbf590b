"""A person's safety plan for their team, as far as they share it; and on paper.

What they keep to themselves stays so on every page and in every emergency: then staff see that
there is a plan, and nothing of it. Every look at one that is shared is written down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.web import persons
from bot.web.gate import Gate, Visitor, number
from bot.web.pages import page
from bot.web.times import Times
from content import wording
from handlers.plan import PARTS, title
from storage import plans, staff

if TYPE_CHECKING:
    from bot.web.site import Site


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as staff may see it: without parts if it is not shared, or there is none."""

    there: bool
    shared: bool
    pin: bool
    """They guard it with a PIN."""
    changed: str = ""
    parts: list[tuple[str, list[str]]] = field(default_factory=list, repr=False)


def read(tx: Connection, person: Row[Any], times: Times, language: wording.Language = "en") -> Plan:
    """The plan of a person whom the reader may see; the parts are named in this language."""
    lines, pin = plans.lines(tx, person.id), person.pin is not None
    if not lines or not person.plan_shared:
        return Plan(bool(lines), person.plan_shared, pin)
    texts: dict[str, list[str]] = {}
    for line in lines:
        texts.setdefault(line.section, []).append(line.text)
    parts = [(title(part, language), texts[part]) for part in PARTS if part in texts]
    return Plan(there=True, shared=True, pin=pin, changed=times.day(lines[-1].at), parts=parts)


class PlanPages:
    """The plan of a person for whoever may see them."""

    def __init__(self, site: Site, gate: Gate) -> None:
        self._site = site
        self._gate = gate

    def routes(self) -> list[Route]:
        """Its address, for counselors and supervisors."""
        return [self._gate.show("/people/{number}/plan", self.show)]

    async def show(self, request: Request, visitor: Visitor) -> Response:
        """In their own language and without their name on paper, to be taken along."""
        person_id, zone = number(request), self._site.house.clinic.zone

        def look(tx: Connection) -> tuple[Row[Any], Plan]:
            person = persons.seen(tx, person_id, visitor)
            found = read(tx, person, Times(visitor.now, zone, person.zone), person.language)
            what = "plan_page" if found.parts else "plan_page_without"
            staff.looked(tx, visitor.id, person_id, what, visitor.now)
            return person, found

        person, found = await self._site.store.write(look)
        words = wording.entries(person.language)
        return page(
            "plan",
            visitor=visitor,
            here="people",
            person_id=person.id,
            name=person.name,
            language=person.language,
            plan=found,
            heading=words["plan.paper_heading"].text,
            ending=words["plan.paper_ending"].text,
        )
